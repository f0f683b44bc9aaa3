//! What can go wrong between here and Prometheus.

use std::time::Duration;

use reqwest::Url;

/// Why Prometheus gave no answer. URLs are shown without user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The URL is none that can be asked.
    Url {
        /// As it was given, without user and password where it could be read.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers there.
    Unreachable {
        /// Where.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The connection cannot be trusted, or the server does not trust us.
    Tls {
        /// Where.
        url: String,
        /// What is wrong, and what to do about it.
        reason: String,
    },
    /// Somebody answers, but not the API: 404, or a web page.
    WrongPath {
        /// Where.
        url: String,
        /// Where the API was found, if it was looked for.
        instead: Option<String>,
    },
    /// Somebody answers, but nothing there is like Prometheus.
    NotPrometheus {
        /// Where.
        url: String,
    },
    /// Prometheus answers, or something like it, but this part of the API is missing.
    NoSuchApi {
        /// Where.
        url: String,
        /// The part: `api/v1/rules`.
        path: String,
    },
    /// The server sends us to another host, which was told nothing.
    Redirected {
        /// Where.
        url: String,
        /// The URL that would have to be given to ask there.
        to: String,
    },
    /// 401 or 403.
    Refused {
        /// Where.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// No answer in time, or Prometheus gave up on the query.
    Timeout {
        /// Where.
        url: String,
        /// How long was waited at most.
        after: Duration,
    },
    /// Prometheus is starting or stopping.
    NotReady {
        /// Where.
        url: String,
    },
    /// The query does not parse, or a parameter is wrong.
    BadQuery {
        /// In the words of Prometheus, without the place.
        message: String,
        /// Byte offset in the query, where one is given.
        at: Option<usize>,
    },
    /// The query parses but cannot be evaluated on the data that is there.
    Execution {
        /// In the words of Prometheus.
        message: String,
    },
    /// Another status than success, after all attempts.
    Status {
        /// Where.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is not in the form of the API.
    Malformed {
        /// Where.
        url: String,
        /// What was not understood.
        reason: String,
    },
    /// The answer is longer than is sensible, or has no end.
    TooLarge {
        /// Where.
        url: String,
        /// How many bytes are read at most.
        limit: usize,
    },
}

impl Error {
    /// Whether the server is well, but has no such part of the API: Thanos, Mimir and
    /// VictoriaMetrics lack several.
    pub const fn is_missing_api(&self) -> bool {
        matches!(self, Self::NoSuchApi { .. })
    }

    /// The same, or it is there and not for us: what tells about a server itself is often
    /// shut where its values are open.
    pub const fn is_closed_api(&self) -> bool {
        self.is_missing_api() || matches!(self, Self::Refused { .. })
    }

    /// Whether the question took too long, for the server or for a proxy before it.
    pub const fn is_late(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. } | Self::Status { status: 504, .. }
        )
    }

    /// Whether less might be answered: Prometheus says "would load too many samples into
    /// memory", others that a limit is exceeded.
    pub fn is_too_much(&self) -> bool {
        match self {
            Self::TooLarge { .. } => true,
            Self::Execution { message } | Self::BadQuery { message, .. } => {
                let message = message.to_lowercase();
                let is_limit = ["too many", "exceed", "limit"];
                is_limit.iter().any(|word| message.contains(word))
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url { url, reason } => write!(f, "`{url}` is not a URL to ask: {reason}"),
            Self::Unreachable { url, reason } => write!(f, "cannot reach {url}: {reason}"),
            Self::Tls { url, reason } => write!(f, "no trust between here and {url}: {reason}"),
            Self::WrongPath { url, instead: None } => write!(
                f,
                "no Prometheus API at {url}: is a path prefix missing, or one too many?"
            ),
            Self::WrongPath {
                url,
                instead: Some(instead),
            } => write!(
                f,
                "no Prometheus API at {url}, but at {instead}: give that URL"
            ),
            Self::NotPrometheus { url } => write!(
                f,
                "{url} does not answer as Prometheus does: are host, port and path prefix right?"
            ),
            Self::NoSuchApi { url, path } => write!(f, "{url} has no {path}"),
            Self::Redirected { url, to } => write!(
                f,
                "{url} redirects to {to}: give that URL if it is the Prometheus that is meant"
            ),
            Self::Refused { url, status } => write!(
                f,
                "{url} refuses access (HTTP {status}): credentials, or a header with the tenant, \
                 are missing or do not suffice"
            ),
            Self::Timeout { url, after } => {
                write!(f, "no answer from {url} within {} s", after.as_secs_f64())
            }
            Self::NotReady { url } => write!(f, "{url} is not ready yet"),
            Self::BadQuery { message, at: None } => write!(f, "bad query: {message}"),
            Self::BadQuery {
                message,
                at: Some(at),
            } => write!(f, "bad query at byte {at}: {message}"),
            Self::Execution { message } => write!(f, "the query cannot be evaluated: {message}"),
            Self::Status { url, status: 429 } => {
                write!(f, "{url} is asked too much (HTTP 429): ask less at once")
            }
            Self::Status { url, status } => write!(f, "{url} answers with HTTP {status}"),
            Self::Malformed { url, reason } => {
                write!(f, "{url} does not answer as Prometheus does: {reason}")
            }
            Self::TooLarge { url, limit } => {
                write!(f, "the answer of {url} is longer than {limit} bytes")
            }
        }
    }
}

impl std::error::Error for Error {}

/// A URL without what is secret in it: who asks, and what is asked.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail for URLs that cannot have a user, and then there is none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// Takes the place out of `invalid parameter "query": 1:13: parse error: …`, as an
/// offset in `query`. Prometheus counts lines and columns from 1, columns in bytes.
pub(super) fn bad_query(text: &str, query: &str) -> Error {
    let text = text
        .strip_prefix("invalid parameter \"query\": ")
        .unwrap_or(text);
    let mut parts = text.splitn(3, ':');
    let mut number = || parts.next()?.parse::<usize>().ok()?.checked_sub(1);
    if let (Some(line), Some(column), Some(message)) = (number(), number(), parts.next()) {
        let lines = query.split_inclusive('\n');
        let start: usize = lines.take(line).map(str::len).sum();
        let message = message.trim_start();
        return Error::BadQuery {
            message: message
                .strip_prefix("parse error: ")
                .unwrap_or(message)
                .to_owned(),
            at: Some((start + column).min(query.len())),
        };
    }
    Error::BadQuery {
        message: text.to_owned(),
        at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_place_in_a_query_of_several_lines() {
        let query = "sum(up)\n/ on( sum(down)";
        let error = bad_query(
            "invalid parameter \"query\": 2:10: parse error: unexpected \"(\"",
            query,
        );
        assert_eq!(
            error,
            Error::BadQuery {
                message: "unexpected \"(\"".into(),
                at: query.rfind('(')
            }
        );
    }

    #[test]
    fn a_place_outside_the_query_or_none_is_no_trouble() {
        let far = bad_query("9:99: parse error: what", "up");
        assert_eq!(
            far,
            Error::BadQuery {
                message: "what".into(),
                at: Some(2)
            }
        );
        for text in [
            "",
            "0:0: x",
            "invalid parameter \"time\": no: time: at: all",
        ] {
            let Error::BadQuery { message, at } = bad_query(text, "up") else {
                panic!("{text}");
            };
            assert_eq!((message.as_str(), at), (text, None));
        }
    }
}
