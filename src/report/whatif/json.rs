use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Page;
use super::words;
use crate::budget::Standing;
use crate::diagnostic::{Places, pretty_json};
use crate::measure::Origin;
use crate::prometheus::Labels;
use crate::report::json::{exact, finite};
use crate::slo::{Budgeting, Sli, Slo};
use crate::source::Sources;
use crate::whatif::{self, Answer, Assumed, Changed, Found, Held, Slower};

/// Changes only when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// Everything as data; `docs/whatif-json.md` says what each field means.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    server: Server<'a>,
    at: Option<String>,
    slower: Option<String>,
    slos: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Server<'a> {
    url: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    service: &'a str,
    slo: &'a str,
    owner: Option<&'a str>,
    file: &'a str,
    line: usize,
    group: &'a Labels,
    kind: &'static str,
    objective: Box<RawValue>,
    period: String,
    unknown: Option<String>,
    sentences: Vec<String>,
    measured: Option<Measured>,
    depends_on: Vec<Dependency<'a>>,
    unchanged: Option<Outcome<'a>>,
    changed: Vec<Then<'a>>,
}

#[derive(Serialize)]
struct Measured {
    from: Option<String>,
    to: Option<String>,
    coverage: Option<f64>,
    origin: &'static str,
    distribution_known: Option<f64>,
    events: Option<f64>,
    error_ratio: Option<f64>,
    budget_left: Option<f64>,
    promise_left: Option<f64>,
}

#[derive(Serialize)]
struct Dependency<'a> {
    service: Option<&'a str>,
    slo: Option<&'a str>,
    objective: Box<RawValue>,
    measured_error_ratio: Option<f64>,
}

#[derive(Serialize)]
struct Then<'a> {
    assumed: &'static str,
    lost: Estimate,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(flatten)]
    objective: Goal,
    happiness: Option<Estimate>,
    strictest_objective: Option<Box<RawValue>>,
    strictest_objective_for_sure: Option<Box<RawValue>>,
    strictest_objective_with_confidence: Option<Box<RawValue>>,
    promise: Option<Promise>,
    alerts: Vec<Alert<'a>>,
}

#[derive(Serialize)]
struct Promise {
    objective: Box<RawValue>,
    period: String,
    #[serde(flatten)]
    goal: Goal,
}

#[derive(Serialize)]
struct Goal {
    error_ratio: Estimate,
    burn_rate: Estimate,
    budget_left: Estimate,
    held: Option<bool>,
    gone: bool,
    gone_in_seconds: Option<i64>,
    gone_in_seconds_earliest: Option<i64>,
    gone_in_seconds_latest: Option<i64>,
    spent_in_the_end: Option<f64>,
}

#[derive(Serialize)]
struct Estimate {
    least: Option<f64>,
    likely: Option<f64>,
    most: Option<f64>,
}

#[derive(Serialize)]
struct Alert<'a> {
    name: &'a str,
    severity: &'static str,
    why: &'a str,
}

/// Everything as JSON, documented in `docs/whatif-json.md`; ends with a newline.
pub fn json(page: &Page<'_>, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    pretty_json(&Report {
        version: VERSION,
        server: Server {
            url: &page.url,
            version: &page.server,
        },
        at: instant(page.at),
        slower: page.slower.map(|slower| match slower {
            Slower::By(by) => by.to_string(),
            Slower::Percent(percent) => format!("{percent}%"),
        }),
        slos: (page.answers.iter())
            .map(|answer| row(answer, &mut places))
            .collect(),
    })
}

fn row<'a>(answer: &'a Answer<'a>, places: &mut Places<'a>) -> Row<'a> {
    let slo = answer.slo;
    let place = places.of(slo.name_at);
    let found = answer.found.as_ref();
    Row {
        service: &slo.id.service,
        slo: &slo.id.name,
        owner: slo.owner.as_ref().map(|owner| owner.value.as_str()),
        file: place.file,
        line: place.line,
        group: &answer.group,
        kind: slo.sli.value.kind(),
        objective: exact(slo.objective.value.percent()),
        period: slo.period.value.to_string(),
        unknown: found.err().map(words::unknown),
        sentences: found.map_or_else(|_| Vec::new(), |found| words::sentences(slo, found)),
        measured: found.ok().map(|found| measured(slo, found)),
        depends_on: found.map_or_else(|_| Vec::new(), dependencies),
        unchanged: found.ok().map(|found| outcome(slo, &found.unchanged)),
        changed: found.map_or_else(
            |_| Vec::new(),
            |found| {
                found
                    .changed
                    .iter()
                    .map(|changed| then(slo, changed))
                    .collect()
            },
        ),
    }
}

fn measured(slo: &Slo, found: &Found) -> Measured {
    let counts = slo.sli.value.counts_events() && slo.budgeting == Budgeting::Events;
    Measured {
        from: instant(found.like.start),
        to: instant(found.like.end),
        coverage: finite(found.coverage),
        origin: match found.origin {
            Origin::Nothing => "none",
            Origin::Recorded => "recorded",
            Origin::Raw => "raw",
            Origin::Mixed => "mixed",
        },
        distribution_known: finite(found.distribution_known()),
        events: finite(Some(found.events)).filter(|_| counts),
        error_ratio: finite(found.objective.error_ratio),
        budget_left: finite(found.objective.left()),
        promise_left: finite(found.promise.as_ref().and_then(Standing::left)),
    }
}

fn dependencies(found: &Found) -> Vec<Dependency<'_>> {
    let called = found.dependencies.iter();
    called
        .map(|called| Dependency {
            service: called.slo.as_ref().map(|slo| slo.service.as_str()),
            slo: called.slo.as_ref().map(|slo| slo.name.as_str()),
            objective: exact(called.objective.percent()),
            measured_error_ratio: finite(called.measured),
        })
        .collect()
}

fn then<'a>(slo: &Slo, changed: &'a Changed) -> Then<'a> {
    Then {
        assumed: match changed.assumed {
            Assumed::Objectives => "objectives",
            Assumed::Measured => "measured",
        },
        lost: changed.loss.share().into(),
        outcome: outcome(slo, &changed.outcome),
    }
}

fn outcome<'a>(slo: &Slo, outcome: &'a whatif::Outcome) -> Outcome<'a> {
    let is_scale = matches!(slo.sli.value, Sli::Satisfaction(_));
    let ratio = outcome.objective.error_ratio;
    Outcome {
        objective: goal(&outcome.objective),
        happiness: is_scale.then(|| ratio.map_falling(|ratio| 1.0 - ratio).into()),
        strictest_objective: percent(outcome.strictest),
        strictest_objective_for_sure: percent(outcome.strictest_for_sure),
        strictest_objective_with_confidence: percent(outcome.strictest_with_confidence),
        promise: outcome.promise.as_ref().map(|promise| Promise {
            objective: exact(promise.objective.percent()),
            period: promise.period.to_string(),
            goal: goal(promise),
        }),
        alerts: (outcome.alerts.iter())
            .map(|alert| Alert {
                name: &alert.name,
                severity: alert.severity.name(),
                why: &alert.why,
            })
            .collect(),
    }
}

fn goal(held: &Held) -> Goal {
    Goal {
        error_ratio: held.error_ratio.into(),
        burn_rate: held.burn.into(),
        budget_left: held.left.into(),
        held: held.is_held,
        gone: held.course.is_gone,
        gone_in_seconds: held.course.gone_in,
        gone_in_seconds_earliest: held.earliest,
        gone_in_seconds_latest: held.latest,
        spent_in_the_end: finite(held.course.spent_in_the_end),
    }
}

impl From<whatif::Estimate> for Estimate {
    fn from(estimate: whatif::Estimate) -> Self {
        Self {
            least: finite(Some(estimate.least)),
            likely: finite(Some(estimate.likely)),
            most: finite(Some(estimate.most)),
        }
    }
}

fn percent(percent: Option<Decimal>) -> Option<Box<RawValue>> {
    percent.map(exact)
}

fn instant(unix: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(unix).ok()?;
    Some(at.to_string())
}
