//! One question on its way: redirects, limits, and what the network says. Knows HTTP,
//! but nothing of what is asked.

use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use super::access::{Access, AccessError};
use super::error::{Error, shown};
use super::patience::Settings;
use super::tls;

/// More redirects than this are a circle.
const REDIRECTS: usize = 5;

/// What Go says when it hears HTTP where it speaks TLS.
const WANTS_TLS: &[u8] = b"Client sent an HTTP request to an HTTPS server";

/// Sends questions to one server.
pub(super) struct Transport {
    http: reqwest::Client,
    access: Access,
    base: Url,
    timeout: Duration,
    max_body: usize,
}

/// What is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// Below the path prefix, percent-encoded.
    pub(super) path: &'a str,
    /// Names and values.
    pub(super) fields: Vec<(&'a str, &'a str)>,
    /// As a form, which has no limit of length as a URL has.
    pub(super) is_form: bool,
}

impl<'a> Question<'a> {
    pub(super) const fn get(path: &'a str, fields: Vec<(&'a str, &'a str)>) -> Self {
        Self {
            path,
            fields,
            is_form: false,
        }
    }

    pub(super) const fn post(path: &'a str, fields: Vec<(&'a str, &'a str)>) -> Self {
        Self {
            path,
            fields,
            is_form: true,
        }
    }

    /// The expression, if one is to be evaluated.
    pub(super) fn query(&self) -> Option<&'a str> {
        let query = self.fields.iter().find(|(name, _)| *name == "query");
        query.map(|(_, query)| *query)
    }
}

/// What came back, whatever it says.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// Of the body, by its header.
    pub(super) is_json: bool,
    /// How long to wait before the same question may be asked again.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// The next attempt may end better.
    pub(super) is_passing: bool,
    /// How long to wait before it, if the server says.
    pub(super) retry_after: Option<Duration>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            is_passing: false,
            retry_after: None,
        }
    }
}

impl Transport {
    /// See [`Access::hide`].
    pub(super) fn hide(&self, text: &str) -> String {
        self.access.hide(text)
    }

    /// `url` may have user and password in it, which are taken as such.
    pub(super) fn new(url: &str, access: Access, settings: &Settings) -> Result<Self, Error> {
        let mut base = Url::parse(url).map_err(|error| Error::Url {
            // What cannot be read cannot be freed of secrets either.
            url: url
                .rsplit_once('@')
                .map_or(url, |(_, rest)| rest)
                .to_owned(),
            reason: error.to_string(),
        })?;
        let reject = |reason: String| Error::Url {
            url: shown(&base),
            reason,
        };
        if !matches!(base.scheme(), "http" | "https") {
            return Err(reject("it must start with http:// or https://".to_owned()));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(reject("it must end with its path".to_owned()));
        }
        let access = with_password_in(&base, access).map_err(|error| reject(error.to_string()))?;
        // Both fail for URLs without a host, which are not among these.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self {
            http: tls::client(&base, &access)?,
            access,
            base,
            timeout: settings.timeout,
            max_body: settings.max_body,
        })
    }

    /// The same server below another path.
    pub(super) fn below(&self, path: &str) -> Self {
        let mut base = self.base.clone();
        base.set_path(path);
        Self {
            http: self.http.clone(),
            access: self.access.clone(),
            base,
            timeout: self.timeout,
            max_body: self.max_body,
        }
    }

    /// The path prefix, with a slash at both ends.
    pub(super) fn prefix(&self) -> &str {
        self.base.path()
    }

    /// The URL that is asked, without user and password.
    pub(super) fn url(&self) -> String {
        shown(&self.base)
    }

    /// Asks once. How long that may take is for the caller to say.
    pub(super) async fn send(&self, question: &Question<'_>) -> Result<Reply, Failure> {
        let mut url = self.base.join(question.path).map_err(|error| Error::Url {
            url: self.url(),
            reason: error.to_string(),
        })?;
        if !question.is_form && !question.fields.is_empty() {
            url.query_pairs_mut().extend_pairs(&question.fields);
        }
        for _ in 0..=REDIRECTS {
            let response = self.request(&url, question).send().await;
            let response = response.map_err(|error| self.failure(&error))?;
            let Some(to) = redirect(&response, &url) else {
                return self.read(response).await;
            };
            if !is_same_server(&url, &to) {
                return Err(self.redirected(&to, question.path).into());
            }
            url = to;
        }
        Err(self
            .malformed(format!("it redirects more than {REDIRECTS} times"))
            .into())
    }

    fn request(&self, url: &Url, question: &Question<'_>) -> reqwest::RequestBuilder {
        let request = if question.is_form {
            self.http.post(url.clone()).form(&question.fields)
        } else {
            self.http.get(url.clone())
        };
        self.access.authorize(request)
    }

    async fn read(&self, mut response: Response) -> Result<Reply, Failure> {
        let mut reply = Reply {
            status: response.status(),
            is_json: is_json(response.headers()),
            retry_after: retry_after(response.headers()),
            body: Vec::new(),
        };
        // Counted after decompression: a header can promise less than comes.
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(&error))?
        {
            if reply.body.len() + chunk.len() > self.max_body {
                let limit = self.max_body;
                let url = self.url();
                return Err(Error::TooLarge { url, limit }.into());
            }
            reply.body.extend_from_slice(&chunk);
        }
        if reply.status == StatusCode::BAD_REQUEST && reply.body.starts_with(WANTS_TLS) {
            let reason = "it speaks TLS: give the URL with https://".to_owned();
            let url = self.url();
            return Err(Error::Tls { url, reason }.into());
        }
        Ok(reply)
    }

    fn redirected(&self, to: &Url, path: &str) -> Error {
        let to = shown(to);
        Error::Redirected {
            url: self.url(),
            to: to
                .strip_suffix(path)
                .map_or(&*to, |prefix| prefix.trim_end_matches('/'))
                .to_owned(),
        }
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let url = self.url();
        if let Some(reason) = tls::problem(error) {
            return Error::Tls { url, reason }.into();
        }
        if error.is_decode() && is_undecodable(error) {
            let reason = "the answer is compressed, but cannot be unpacked".to_owned();
            return Error::Malformed { url, reason }.into();
        }
        Failure {
            error: Error::Unreachable {
                url,
                reason: tls::innermost(error),
            },
            // A connection that was made and then broken is worth another one.
            is_passing: !error.is_connect() && !error.is_builder(),
            retry_after: None,
        }
    }

    pub(super) fn timeout(&self) -> Error {
        self.timeout_after(self.timeout)
    }

    pub(super) fn timeout_after(&self, after: Duration) -> Error {
        Error::Timeout {
            url: self.url(),
            after,
        }
    }

    pub(super) fn malformed(&self, reason: String) -> Error {
        Error::Malformed {
            url: self.url(),
            reason,
        }
    }
}

/// User and password can stand in the URL as well.
fn with_password_in(url: &Url, access: Access) -> Result<Access, AccessError> {
    let password = url.password();
    if url.username().is_empty() && password.is_none() {
        return Ok(access);
    }
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    access.with_password(
        &decoded(url.username()),
        &decoded(password.unwrap_or_default()),
    )
}

/// Where an answer sends us.
fn redirect(response: &Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(to).ok()
}

/// Whether what is secret at one URL may be told at the other: they are of one server,
/// and the way there is no less safe.
fn is_same_server(from: &Url, to: &Url) -> bool {
    let is_same_port =
        from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default();
    let is_safer = from.scheme() == "http" && to.scheme() == "https";
    from.host_str() == to.host_str() && (is_same_port || is_safer)
}

/// An answer without a type may be anything, so it is taken for what was asked for.
fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        let value = value.to_str().unwrap_or_default();
        value.starts_with("application/json")
    })
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value);
    let date = SystemTime::from(date.ok()?);
    // A date that has passed is no wait at all.
    Some(
        date.duration_since(SystemTime::now())
            .unwrap_or(Duration::ZERO),
    )
}

/// As opposed to an answer that breaks off.
fn is_undecodable(error: &reqwest::Error) -> bool {
    let mut causes = tls::chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| {
        matches!(
            cause.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    })
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("url", &self.url())
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
