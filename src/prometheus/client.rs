//! The client: one method per question.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde::de::DeserializeOwned;

use super::answer::{Answer, BuildInfo, Envelope, QueryData, RuleGroup, RulesData, Series};
use super::error::{Error, bad_query};

/// How patient the client is.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// How often a question is asked at most, when the server is overloaded (429, 5xx).
    pub attempts: u32,
    /// Wait before the second attempt; doubled before each further one.
    pub backoff: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            attempts: 4,
            backoff: Duration::from_millis(250),
        }
    }
}

/// Longest wait that a server can ask for between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Asks one Prometheus.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    settings: Settings,
}

/// Name and value of the fields of a form.
type Form<'a> = [(&'a str, &'a str)];

impl Client {
    /// `url` is what people call the URL of their Prometheus: up to its path
    /// prefix, without `/api/v1`.
    pub fn new(url: &str, settings: Settings) -> Result<Self, Error> {
        let mut base = Url::parse(url).map_err(|error| Error::Url {
            // What cannot be read cannot be freed of secrets either.
            url: url
                .rsplit_once('@')
                .map_or(url, |(_, rest)| rest)
                .to_owned(),
            reason: error.to_string(),
        })?;
        let reject = |reason: &str| Error::Url {
            url: shown(&base),
            reason: reason.to_owned(),
        };
        if base.scheme() != "http" {
            return Err(reject("only http:// is supported"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(reject("it must end with its path"));
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .build()
            .map_err(|error| Error::Url {
                url: shown(&base),
                reason: causes(&error),
            })?;
        Ok(Self {
            http,
            base,
            settings,
        })
    }

    /// The URL that is asked, without user and password.
    pub fn url(&self) -> String {
        shown(&self.base)
    }

    /// The value of `query` at an instant in Unix seconds.
    pub async fn query(&self, query: &str, at: f64) -> Result<Answer, Error> {
        let form = [("query", query), ("time", &at.to_string())];
        let data: QueryData = self.post("api/v1/query", &form).await?;
        data.instant().map_err(|reason| self.malformed(reason))
    }

    /// The same, with what it cost.
    pub async fn query_with_stats(&self, query: &str, at: f64) -> Result<Answer, Error> {
        let form = [
            ("query", query),
            ("time", &at.to_string()),
            ("stats", "all"),
        ];
        let data: QueryData = self.post("api/v1/query", &form).await?;
        data.instant().map_err(|reason| self.malformed(reason))
    }

    /// The values of `query` from `start` to `end`, both included, every `step`
    /// seconds. Prometheus answers with 11,000 points per series at most.
    pub async fn query_range(
        &self,
        query: &str,
        start: f64,
        end: f64,
        step: f64,
    ) -> Result<Vec<Series>, Error> {
        let form = [
            ("query", query),
            ("start", &start.to_string()),
            ("end", &end.to_string()),
            ("step", &step.to_string()),
        ];
        let data: QueryData = self.post("api/v1/query_range", &form).await?;
        data.range().map_err(|reason| self.malformed(reason))
    }

    /// The rules that are loaded, with the alerts that they have raised.
    pub async fn rules(&self) -> Result<Vec<RuleGroup>, Error> {
        let data: RulesData = self.get("api/v1/rules").await?;
        Ok(data.groups)
    }

    /// The version of the server, as it writes it: `2.42.0+ds`.
    pub async fn version(&self) -> Result<String, Error> {
        let info: BuildInfo = self.get("api/v1/status/buildinfo").await?;
        Ok(info.version)
    }

    /// Whether the server answers queries; asked once.
    pub async fn ready(&self) -> Result<(), Error> {
        let url = self.at("-/ready")?;
        let response = self.http.get(url).send().await;
        let response = response.map_err(|error| self.unsent(&error))?;
        match response.status() {
            StatusCode::OK => Ok(()),
            StatusCode::SERVICE_UNAVAILABLE => Err(Error::NotReady { url: self.url() }),
            status => Err(self.status(status)),
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, form: &Form<'_>) -> Result<T, Error> {
        let url = self.at(path)?;
        // A form has no limit of length; a URL has.
        let request = || self.http.post(url.clone()).form(form);
        let query = form.iter().find(|(name, _)| *name == "query");
        self.ask(request, query.map_or("", |(_, query)| query))
            .await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = self.at(path)?;
        self.ask(|| self.http.get(url.clone()), "").await
    }

    /// Asks until there is an answer or the attempts are used up. Questions change
    /// nothing on the server, so that asking again is safe.
    async fn ask<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
        query: &str,
    ) -> Result<T, Error> {
        let mut pause = self.settings.backoff;
        let mut attempt = 1;
        loop {
            let response = request().send().await;
            let response = response.map_err(|error| self.unsent(&error))?;
            let wanted = retry_after(&response);
            match self.read(response, query).await {
                Err(error) if attempt < self.settings.attempts && is_passing(&error) => {
                    tokio::time::sleep(wanted.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    pause *= 2;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, response: Response, query: &str) -> Result<T, Error> {
        let status = response.status();
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json"));
        if !is_json {
            return Err(if status.is_success() {
                Error::WrongPath { url: self.url() }
            } else {
                self.status(status)
            });
        }
        let body = response
            .bytes()
            .await
            .map_err(|error| self.unsent(&error))?;
        let answer: Envelope<T> = serde_json::from_slice(&body).map_err(|error| {
            if status.is_success() {
                self.malformed(error.to_string())
            } else {
                self.status(status)
            }
        })?;
        if status.is_success() && answer.status == "success" {
            let data = answer.data;
            return data.ok_or_else(|| self.malformed("an answer without data".to_owned()));
        }
        Err(match answer.error_type.as_str() {
            "bad_data" => bad_query(&answer.error, query),
            "execution" => Error::Execution {
                message: answer.error,
            },
            "timeout" | "canceled" => self.timeout(),
            _ => self.status(status),
        })
    }

    fn at(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(|error| Error::Url {
            url: self.url(),
            reason: error.to_string(),
        })
    }

    fn unsent(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() {
            return self.timeout();
        }
        Error::Unreachable {
            url: self.url(),
            reason: causes(error),
        }
    }

    fn timeout(&self) -> Error {
        Error::Timeout {
            url: self.url(),
            after: self.settings.timeout,
        }
    }

    fn status(&self, status: StatusCode) -> Error {
        let url = self.url();
        match status {
            StatusCode::NOT_FOUND => Error::WrongPath { url },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Refused {
                url,
                status: status.as_u16(),
            },
            StatusCode::SERVICE_UNAVAILABLE => Error::NotReady { url },
            _ => Error::Status {
                url,
                status: status.as_u16(),
            },
        }
    }

    fn malformed(&self, reason: String) -> Error {
        Error::Malformed {
            url: self.url(),
            reason,
        }
    }
}

/// A server that is overloaded or restarting may answer next time.
const fn is_passing(error: &Error) -> bool {
    match error {
        Error::NotReady { .. } => true,
        Error::Status { status, .. } => *status == 429 || *status >= 500,
        _ => false,
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.parse().ok().map(Duration::from_secs)
}

/// A URL without what is secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail for URLs that cannot have a user, and then there is none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// The innermost cause says most, and has no URL in it.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
