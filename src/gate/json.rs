//! The same for pipelines; `docs/gate-json.md` says what each field means.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Gate, Outcome, Verdict};
use crate::budget::{Events, Reason};
use crate::diagnostic::{Places, pretty_json};
use crate::measure::Origin;
use crate::prometheus::Labels;
use crate::slo::Decision;
use crate::source::Sources;

/// Changes only when a field changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    server: &'a str,
    at: Option<String>,
    decision: &'static str,
    exit_code: u8,
    summary: Summary,
    slos: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Summary {
    all: usize,
    freeze: usize,
    unknown: usize,
    slow: usize,
    ship: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    service: &'a str,
    slo: &'a str,
    owner: Option<&'a str>,
    file: &'a str,
    line: usize,
    group: &'a Labels,
    decision: &'static str,
    assumed: bool,
    policy: Policy<'a>,
    #[serde(rename = "override")]
    overridden: Option<Overridden<'a>>,
    thaw: Option<Thaws<'a>>,
    meaning: &'a str,
    objective: Box<RawValue>,
    period: String,
    budget_left: Option<f64>,
    error_ratio: Option<f64>,
    bad: Option<f64>,
    total: Option<f64>,
    coverage: Option<f64>,
    excluded_seconds: i64,
    largest_incident: Option<Largest>,
    origin: &'static str,
    failed: Option<&'a str>,
}

#[derive(Serialize)]
struct Policy<'a> {
    decision: &'static str,
    at_least: &'static str,
    default: bool,
    reason: &'a str,
    holding: Vec<Rule<'a>>,
    unknown: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    when: String,
    #[serde(rename = "do")]
    decision: &'static str,
    low: Option<f64>,
    high: Option<f64>,
    measured: Option<f64>,
    say: Option<&'a str>,
}

#[derive(Serialize)]
struct Overridden<'a> {
    decision: &'static str,
    reason: &'a str,
    by: &'a str,
    until: String,
}

#[derive(Serialize)]
struct Thaws<'a> {
    at: Option<String>,
    decision: &'static str,
    sentence: Option<&'a str>,
}

#[derive(Serialize)]
struct Largest {
    start: Option<String>,
    end: Option<String>,
    open: bool,
    budget: Option<f64>,
}

impl Gate<'_> {
    /// As JSON; ends with a newline. `exit_code` is the one that the run ends with.
    pub fn json(&self, sources: &Sources, exit_code: u8) -> String {
        let mut places = Places::new(sources);
        let verdicts = self.verdicts.iter();
        pretty_json(&Report {
            version: VERSION,
            server: &self.server,
            at: instant(self.at),
            decision: self.outcome().name(),
            exit_code,
            summary: Summary {
                all: self.verdicts.len(),
                freeze: self.count(Outcome::Freeze),
                unknown: self.count(Outcome::Unknown),
                slow: self.count(Outcome::Slow),
                ship: self.count(Outcome::Ship),
            },
            slos: verdicts.map(|verdict| row(verdict, &mut places)).collect(),
        })
    }
}

fn row<'a>(verdict: &'a Verdict<'a>, places: &mut Places<'a>) -> Row<'a> {
    let Verdict { slo, standing, .. } = verdict;
    let place = places.of(slo.name_at);
    let events = standing.events;
    let number = |of: fn(Events) -> f64| finite(events.map(of));
    Row {
        service: &slo.id.service,
        slo: &slo.id.name,
        owner: slo.owner.as_ref().map(|owner| owner.value.as_str()),
        file: place.file,
        line: place.line,
        group: &verdict.group,
        decision: verdict.outcome.name(),
        assumed: verdict.is_assumed,
        policy: policy(verdict),
        overridden: verdict.overridden.map(|overridden| Overridden {
            decision: overridden.decision.name(),
            reason: &overridden.reason,
            by: &overridden.by,
            until: overridden.until.value.to_string(),
        }),
        thaw: verdict.thaw.map(|thaw| Thaws {
            at: instant(thaw.at),
            decision: thaw.decision.name(),
            sentence: verdict.review.thaw.as_deref(),
        }),
        meaning: &verdict.review.meaning,
        objective: exact(slo.objective.value.percent()),
        period: slo.period.value.to_string(),
        budget_left: finite(standing.left()),
        error_ratio: finite(standing.error_ratio),
        bad: number(|events| events.bad),
        total: number(|events| events.total),
        coverage: finite(standing.coverage),
        excluded_seconds: standing.excluded,
        largest_incident: verdict.largest_incident.map(|(incident, share)| Largest {
            start: instant(incident.span.start),
            end: instant(incident.span.end),
            open: incident.is_open,
            budget: finite(Some(share)),
        }),
        origin: match verdict.origin {
            Origin::Nothing => "none",
            Origin::Recorded => "recorded",
            Origin::Raw => "raw",
            Origin::Mixed => "mixed",
        },
        failed: verdict.failed,
    }
}

fn policy<'a>(verdict: &'a Verdict<'a>) -> Policy<'a> {
    let ruling = &verdict.ruling;
    Policy {
        decision: ruling.decision.map_or("unknown", Decision::name),
        at_least: ruling.at_least.name(),
        default: ruling.is_default,
        reason: &verdict.review.reason,
        holding: ruling.reasons.iter().map(rule).collect(),
        unknown: ruling.unknown.iter().map(rule).collect(),
    }
}

fn rule(reason: &Reason) -> Rule<'_> {
    Rule {
        when: reason.condition.to_string(),
        decision: reason.decision.name(),
        low: finite(Some(reason.value.low)),
        high: finite(Some(reason.value.high)),
        measured: finite(Some(reason.coverage)),
        say: reason.say.as_deref(),
    }
}

fn instant(at: i64) -> Option<String> {
    Some(Timestamp::from_second(at).ok()?.to_string())
}

/// What JSON can say: neither NaN nor infinity, and zero without a sign.
fn finite(number: Option<f64>) -> Option<f64> {
    let finite = number.filter(|number| number.is_finite());
    finite.map(|number| number + 0.0)
}

/// The digits as they are written, which a binary number might not keep.
fn exact(percent: Decimal) -> Box<RawValue> {
    let digits = percent.normalize().to_string();
    // A decimal is a number in JSON, too.
    RawValue::from_string(digits).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
