use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::summary::{self, Counts, Summary};
use crate::check::{Finding, Origin, Outcome, Standing, Verdict};
use crate::diagnostic::{JsonFinding, Places, pretty_json};
use crate::prometheus::Labels;
use crate::slo::SloId;
use crate::source::Sources;
use crate::words;

/// Changes only when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// Everything a check says, for programs. Fields are only ever added within one
/// `version`; `docs/check-json.md` says what each of them means.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    server: Server<'a>,
    /// The instant that was asked about, RFC 3339.
    at: Option<String>,
    summary: Totals,
    /// One per SLO, group and place, worst first.
    slos: Vec<Row<'a>>,
    /// Sorted by place.
    findings: Vec<About<'a>>,
    notes: &'a [String],
    usage: Usage,
}

#[derive(Serialize)]
struct Server<'a> {
    url: &'a str,
    /// Product and version as one text; null when nobody answered.
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct Totals {
    slos: ByVerdict,
    rows: ByVerdict,
    errors: usize,
    warnings: usize,
    accepted: usize,
}

#[derive(Serialize)]
struct ByVerdict {
    all: usize,
    breached: usize,
    unknown: usize,
    at_risk: usize,
    ok: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    service: &'a str,
    slo: &'a str,
    owner: Option<&'a str>,
    file: &'a str,
    line: usize,
    /// Labels of `group_by`.
    group: &'a Labels,
    /// Labels that tell servers or clusters apart.
    labels: &'a Labels,
    verdict: &'a str,
    reasons: &'a [String],
    /// Percent, to the digit.
    objective: Box<RawValue>,
    period: &'a str,
    budget_left: Option<f64>,
    error_ratio: Option<f64>,
    coverage: Option<f64>,
    origin: &'a str,
    promise: Option<Promise<'a>>,
    burn: Vec<Burn>,
    exhausted_in_seconds: Option<f64>,
    alerts: Vec<Alert<'a>>,
}

#[derive(Serialize)]
struct Promise<'a> {
    objective: Box<RawValue>,
    period: &'a str,
    left: Option<f64>,
}

#[derive(Serialize)]
struct Burn {
    window: String,
    rate: Option<f64>,
}

#[derive(Serialize)]
struct Alert<'a> {
    name: &'a str,
    severity: &'a str,
    expected: bool,
    firing: bool,
}

/// A finding as `validate --format json` shows it, and what it is about.
#[derive(Serialize)]
struct About<'a> {
    service: Option<&'a str>,
    slo: Option<&'a str>,
    #[serde(flatten)]
    finding: JsonFinding<'a>,
}

#[derive(Serialize)]
struct Usage {
    requests: u64,
    samples: u64,
    seconds: Option<f64>,
}

/// Everything as JSON, documented in `docs/check-json.md`; ends with a newline.
/// Control characters are escaped; what is not a number is null.
pub fn json(outcome: &Outcome, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let findings = summary::sorted(outcome);
    let diagnostics = summary::diagnostics(&outcome.findings);
    let report = Report {
        version: VERSION,
        server: Server {
            url: &outcome.url,
            version: Some(outcome.server.as_str()).filter(|server| !server.is_empty()),
        },
        at: words::instant(outcome.at).map(|at| at.to_string()),
        summary: Summary::of(outcome, &diagnostics).into(),
        slos: (outcome.standings.iter())
            .map(|standing| Row::new(standing, &mut places))
            .collect(),
        findings: (findings.into_iter())
            .map(|finding| About::new(finding, &mut places))
            .collect(),
        notes: &outcome.notes,
        usage: Usage {
            requests: outcome.requests,
            samples: outcome.samples,
            seconds: finite(Some(outcome.seconds)),
        },
    };
    pretty_json(&report)
}

impl<'a> Row<'a> {
    fn new(standing: &'a Standing, places: &mut Places<'a>) -> Self {
        let place = places.of(standing.at);
        Self {
            service: &standing.slo.service,
            slo: &standing.slo.name,
            owner: standing.owner.as_deref(),
            file: place.file,
            line: place.line,
            group: &standing.group,
            labels: &standing.place,
            verdict: standing.verdict.name(),
            reasons: &standing.reasons,
            objective: exact(standing.objective.percent()),
            period: &standing.period,
            budget_left: finite(standing.budget_left),
            error_ratio: finite(standing.error_ratio),
            coverage: finite(standing.coverage),
            origin: origin(standing.origin),
            promise: standing.promise.as_ref().map(|promise| Promise {
                objective: exact(promise.objective.percent()),
                period: &promise.period,
                left: finite(promise.left),
            }),
            burn: burn(standing),
            exhausted_in_seconds: finite(standing.exhausted_in),
            alerts: alerts(standing),
        }
    }
}

fn burn(standing: &Standing) -> Vec<Burn> {
    let burn = standing.burn.iter();
    burn.map(|burn| Burn {
        window: words::window(burn.window),
        rate: finite(burn.rate),
    })
    .collect()
}

fn alerts(standing: &Standing) -> Vec<Alert<'_>> {
    let alerts = standing.alerts.iter();
    alerts
        .map(|alert| Alert {
            name: &alert.name,
            severity: alert.severity.name(),
            expected: alert.expected,
            firing: alert.firing,
        })
        .collect()
}

impl<'a> About<'a> {
    fn new(Finding { slo, diagnostic }: &'a Finding, places: &mut Places<'a>) -> Self {
        let name = |part: fn(&SloId) -> &str| slo.as_ref().map(part);
        Self {
            service: name(|slo| &slo.service),
            slo: name(|slo| &slo.name),
            finding: JsonFinding::new(diagnostic, places),
        }
    }
}

impl From<Summary> for Totals {
    fn from(summary: Summary) -> Self {
        Self {
            slos: (&summary.slos).into(),
            rows: (&summary.rows).into(),
            errors: summary.errors,
            warnings: summary.warnings,
            accepted: summary.accepted,
        }
    }
}

impl From<&Counts> for ByVerdict {
    fn from(counts: &Counts) -> Self {
        Self {
            all: counts.all(),
            breached: counts.of(Verdict::Breached),
            unknown: counts.of(Verdict::Unknown),
            at_risk: counts.of(Verdict::AtRisk),
            ok: counts.of(Verdict::Ok),
        }
    }
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Recorded => "recorded",
        Origin::Raw => "raw",
        Origin::Nothing => "none",
    }
}

/// What JSON can say: neither NaN nor infinity, and zero without a sign.
pub(super) fn finite(number: Option<f64>) -> Option<f64> {
    number
        .filter(|number| number.is_finite())
        .map(|number| number + 0.0)
}

/// The digits as they are written, which a binary number might not keep.
pub(super) fn exact(percent: Decimal) -> Box<RawValue> {
    let digits = percent.normalize().to_string();
    // A decimal is a number in JSON, too.
    RawValue::from_string(digits).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
