//! Who answers at a URL. When it is not Prometheus, says what is there, and where
//! Prometheus is if that can be found.

use std::collections::BTreeSet;

use super::answer::QueryData;
use super::client::{BUILD_INFO, Client, QUERY, READY};
use super::error::Error;
use super::loaded::BuildInfo;
use super::reply;
use super::transport::{Question, Reply, Transport};

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// By what it says about itself; Prometheus where it says nothing.
    pub product: Product,
    /// As it is written, of the product itself: `2.42.0+ds`. Empty where it says nothing.
    pub version: String,
    /// The same as numbers. VictoriaMetrics claims to be a Prometheus 2.24.0, or nothing.
    pub version_number: Option<(u64, u64, u64)>,
}

/// What speaks the API of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Prometheus itself.
    Prometheus,
    /// Thanos Query.
    Thanos,
    /// Grafana Mimir.
    Mimir,
    /// VictoriaMetrics.
    VictoriaMetrics,
}

impl std::fmt::Display for Product {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Prometheus => "Prometheus",
            Self::Thanos => "Thanos",
            Self::Mimir => "Mimir",
            Self::VictoriaMetrics => "VictoriaMetrics",
        })
    }
}

impl From<BuildInfo> for ServerInfo {
    fn from(info: BuildInfo) -> Self {
        let says_nothing = info.version.is_none();
        let version = info.version.unwrap_or_default();
        let version_number = version_number(&version);
        let product = if info.application.contains("Mimir") {
            Product::Mimir
        } else if says_nothing || (version == "2.24.0" && info.revision.is_empty()) {
            // A real Prometheus of that version knows its revision.
            Product::VictoriaMetrics
        } else if version_number.is_some_and(|(major, _, _)| major == 0) {
            Product::Thanos
        } else {
            Product::Prometheus
        };
        Self {
            product,
            version,
            version_number,
        }
    }
}

/// The numbers at the start: `v2.42.0+ds`, `3.0.0-rc.1`.
fn version_number(version: &str) -> Option<(u64, u64, u64)> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let mut parts = version.splitn(3, '.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit());
        part[..end.unwrap_or(part.len())].parse().ok()
    });
    let mut next = || parts.next().flatten();
    Some((next()?, next()?, next()?))
}

impl Client {
    /// Who answers, and whether queries can be asked. Meant to be the first question:
    /// further ones are asked as the product wants them.
    pub async fn probe(&self) -> Result<ServerInfo, Error> {
        let info = self.look().await?;
        self.set_product(info.product);
        Ok(info)
    }

    async fn look(&self) -> Result<ServerInfo, Error> {
        let here = self.transport();
        // Many have no readiness below a prefix, or hide it; that is no bad sign.
        if let Err(error) = self.is_ready(here).await
            && is_final(&error)
        {
            return Err(error);
        }
        let no_info = match self.info(here).await {
            Ok(info) => return Ok(info),
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => error,
        };
        match self.evaluates(here).await {
            Ok(()) => Ok(ServerInfo {
                product: Product::Prometheus,
                version: String::new(),
                version_number: None,
            }),
            Err(no_answer) => Err(self.explain(no_info, no_answer).await),
        }
    }

    /// What to say when neither the version nor a value is to be had.
    async fn explain(&self, no_info: Error, no_answer: Error) -> Error {
        if !is_strange(&no_answer) {
            return no_answer;
        }
        if matches!(no_info, Error::Refused { .. }) {
            return no_info;
        }
        let is_page = matches!(no_info, Error::WrongPath { .. });
        let url = self.url();
        match self.elsewhere().await {
            None if !is_page => Error::NotPrometheus { url },
            instead => Error::WrongPath { url, instead },
        }
    }

    /// Where on the same server Prometheus is.
    async fn elsewhere(&self) -> Option<String> {
        let here = self.transport();
        for prefix in other_prefixes(here.prefix()) {
            let there = here.below(&prefix);
            match self.info(&there).await {
                Ok(_) => return Some(there.url()),
                Err(error) if is_final(&error) => return None,
                Err(_) => {}
            }
            if self.evaluates(&there).await.is_ok() {
                return Some(there.url());
            }
        }
        None
    }

    async fn is_ready(&self, at: &Transport) -> Result<(), Error> {
        let question = Question::get(READY, Vec::new());
        let understand = |reply: Reply| reply::ready(at, &question, reply);
        self.patience().ask(at, &question, understand).await
    }

    async fn info(&self, at: &Transport) -> Result<ServerInfo, Error> {
        let question = Question::get(BUILD_INFO, Vec::new());
        let understand = |reply| reply::envelope::<BuildInfo>(at, &question, reply);
        let envelope = self.patience().ask(at, &question, understand).await?;
        Ok(reply::data(at, envelope.data)?.into())
    }

    async fn evaluates(&self, at: &Transport) -> Result<(), Error> {
        let question = Question::post(QUERY, vec![("query", "vector(1)")]);
        let understand = |reply| reply::envelope::<QueryData>(at, &question, reply);
        let envelope = self.patience().ask(at, &question, understand).await?;
        let answer = reply::data(at, envelope.data)?.instant();
        answer.map(drop).map_err(|reason| at.malformed(reason))
    }
}

/// Whether other questions to the same server would fail as well.
const fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::Unreachable { .. }
            | Error::Tls { .. }
            | Error::Timeout { .. }
            | Error::NotReady { .. }
    )
}

/// Whether this is what something else than Prometheus would answer to a query.
const fn is_strange(error: &Error) -> bool {
    match error {
        Error::WrongPath { .. } | Error::NoSuchApi { .. } | Error::Malformed { .. } => true,
        Error::Status { status, .. } => *status < 500 && *status != 429,
        _ => false,
    }
}

/// Where Prometheus may be when it is not here: further up, as when the URL of a page
/// was given, or below its usual name.
fn other_prefixes(prefix: &str) -> Vec<String> {
    let segments: Vec<_> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    let further_up = (0..segments.len()).rev().map(|end| match end {
        0 => "/".to_owned(),
        _ => format!("/{}/", segments[..end].join("/")),
    });
    let usual = [format!("{prefix}prometheus/"), "/prometheus/".to_owned()];
    let mut seen = BTreeSet::from([prefix.to_owned()]);
    // A URL of many segments is not worth many questions.
    let candidates = further_up.take(4).chain(usual);
    candidates
        .filter(|path| seen.insert(path.clone()))
        .collect()
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
