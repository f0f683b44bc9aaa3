//! What a server is and can, and what it means when it does not answer.

use std::collections::BTreeMap;

use super::Findings;
use crate::diagnostic::{Code, Diagnostic, codes::server as codes};
use crate::prometheus::{Error, Product, ServerInfo};
use crate::slo::{Freshness, Histogram, HistogramType, Sli, Slo};

/// The oldest Prometheus that the rules are written for.
const OLDEST: (u64, u64, u64) = (2, 42, 0);
/// From this version on native histograms need no feature flag.
const NATIVE_STABLE: (u64, u64, u64) = (3, 8, 0);
/// The flag that they need before.
const NATIVE_FLAG: &str = "native-histograms";

/// The finding that says why a server cannot be asked.
pub fn unanswered(error: &Error) -> Diagnostic {
    let (code, help): (&'static Code, &str) = match error {
        Error::Url { .. } => (
            &codes::WRONG_PATH,
            "give the URL that people open Prometheus with: `http://prometheus:9090`",
        ),
        Error::Unreachable { .. } => (
            &codes::UNREACHABLE,
            "see whether it runs, whether host and port are right, and whether a firewall, VPN or proxy is \
             in between",
        ),
        Error::Tls { .. } => (
            &codes::CERTIFICATE,
            "name the authority that signed its certificate with --ca-file, and a client certificate, where \
             one is asked for, with --cert-file and --key-file",
        ),
        Error::WrongPath { .. } | Error::NoSuchApi { .. } => (
            &codes::WRONG_PATH,
            "give the URL up to its path prefix, without `/api/v1` or `/graph`",
        ),
        Error::NotPrometheus { .. } => (
            &codes::NOT_PROMETHEUS,
            "give the URL of a Prometheus, or of a Thanos, Mimir or VictoriaMetrics that answers queries",
        ),
        Error::Redirected { .. } => (
            &codes::REDIRECTED,
            "credentials are not carried to another host: give its URL, if it is the right one",
        ),
        Error::Refused { .. } => (
            &codes::ACCESS_REFUSED,
            "give a token with --bearer-token-file or PROMETHEUS_BEARER_TOKEN, a user with --username and \
             --password-file, or a tenant with --header 'X-Scope-OrgID: …'",
        ),
        Error::Timeout { .. } => (
            &codes::NO_ANSWER,
            "see what it is busy with; --timeout waits longer, --select asks about fewer SLOs",
        ),
        Error::NotReady { .. } => (
            &codes::NOT_READY,
            "wait until it has read its data: `/-/ready` says when",
        ),
        Error::Status { .. } => (
            &codes::OVERLOADED,
            "it was asked several times; ask again later, with --concurrency 1 if it is overloaded",
        ),
        Error::BadQuery { .. }
        | Error::Execution { .. }
        | Error::Malformed { .. }
        | Error::TooLarge { .. } => (
            &codes::UNUSABLE_ANSWER,
            "see what answers there, and whether a proxy in between cuts or changes answers",
        ),
    };
    Diagnostic::new(code, error.to_string()).with_help(help)
}

/// Whether the server can evaluate the rules of these SLOs. `flags` are those of its
/// command line, where it tells them.
pub(super) fn check(
    server: &ServerInfo,
    flags: Option<&BTreeMap<String, String>>,
    slos: &[&Slo],
    findings: &mut Findings,
) {
    let (Product::Prometheus, Some(version)) = (server.product, server.version_number) else {
        return;
    };
    if version < OLDEST {
        let (major, minor, _) = OLDEST;
        findings.push_general(
            Diagnostic::new(
                &codes::TOO_OLD,
                format!(
                    "the rules need Prometheus {major}.{minor}, and this is {}",
                    server.version
                ),
            )
            .with_help("update Prometheus"),
        );
    }
    let enabled = flags.and_then(|flags| flags.get("enable-feature"));
    let is_on = |flag: &str| {
        enabled.is_none_or(|enabled| enabled.split(',').any(|enabled| enabled.trim() == flag))
    };
    if version >= NATIVE_STABLE || is_on(NATIVE_FLAG) {
        return;
    }
    for slo in slos {
        if let Some(histogram) = histogram(&slo.sli.value)
            && histogram.kind == HistogramType::Native
        {
            findings.push(slo, native_is_off(server, histogram));
        }
    }
}

/// That answers were incomplete, where a server warned of it. What Prometheus says of the
/// query itself is no matter of the server.
pub(super) fn partial(warnings: &[String], findings: &mut Findings) {
    let partial = warnings.iter().filter(|text| !text.starts_with("PromQL "));
    for warning in partial {
        findings.push_general(
            Diagnostic::new(
                &codes::PARTIAL_DATA,
                format!("the server says that its answers are incomplete: {warning}"),
            )
            .with_help(
                "take no number of this check for true; check again when all of it is there",
            ),
        );
    }
}

/// That questions were not answered in time: what they ask for is not known, which is no
/// sign that all is well.
pub(super) fn late(questions: usize, findings: &mut Findings) {
    if questions == 0 {
        return;
    }
    let are = if questions == 1 {
        "question was"
    } else {
        "questions were"
    };
    findings.push_general(
        Diagnostic::new(
            &codes::NO_ANSWER,
            format!("{questions} {are} not answered in time: what they ask for is not known"),
        )
        .with_help(
            "see what the server is busy with; --timeout waits longer, --select asks about fewer SLOs",
        ),
    );
}

fn native_is_off(server: &ServerInfo, histogram: &Histogram) -> Diagnostic {
    Diagnostic::at(
        &codes::FEATURE_OFF,
        histogram.selector.map.at(),
        format!(
            "this SLO reads a native histogram, and Prometheus {} keeps none: \
             it runs without --enable-feature={NATIVE_FLAG}",
            server.version
        ),
    )
    .with_help("start it with the flag, or read the classic buckets: `type: classic`")
}

const fn histogram(sli: &Sli) -> Option<&Histogram> {
    match sli {
        Sli::Latency(latency) => Some(&latency.histogram),
        Sli::Satisfaction(satisfaction) => Some(&satisfaction.histogram),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => Some(histogram),
        _ => None,
    }
}
