//! The report for programs. Fields are only ever added within one `version`;
//! `docs/report-json.md` says what each of them means.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::budget::{Point, Span};
use crate::diagnostic::pretty_json;
use crate::measure::Origin;
use crate::prometheus::Labels;
use crate::report::json::{exact, finite};
use crate::review::{
    Attribution, Band, Counts, DowntimeReview, GoalReview, Happiness, HappinessPoint, Held,
    IncidentReview, PolicyReview, Previous, Review, SloReview, ValueShare,
};
use crate::slo::Decision;

/// Changes only when a field changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    at: Instant,
    period: &'a str,
    time_zone: &'a str,
    server: &'a str,
    headlines: &'a [String],
    rollups: Vec<Rollup<'a>>,
    slos: Vec<Entry<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Rollup<'a> {
    label: &'a str,
    values: Vec<RollupValue<'a>>,
}

#[derive(Serialize)]
struct RollupValue<'a> {
    value: &'a str,
    all: usize,
    held: usize,
    missed: usize,
    unknown: usize,
    promise_broken: usize,
    freeze: usize,
    slow: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    service: &'a str,
    slo: &'a str,
    group: &'a Labels,
    owner: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
    description: Option<&'a str>,
    kind: &'a str,
    runbook_url: Option<&'a str>,
    sentence: &'a str,
    held: &'a str,
    unit: &'a str,
    objective: Goal<'a>,
    promise: Option<Goal<'a>>,
    buffer: Option<&'a str>,
    previous: Option<Before>,
    timeline: Vec<Box<RawValue>>,
    incidents: Vec<Incident<'a>>,
    more_incidents: usize,
    spent_by: Vec<SpentBy<'a>>,
    happiness: Option<Feeling<'a>>,
    policy: Policy<'a>,
    origin: &'a str,
    downtime: Vec<Downtime<'a>>,
}

#[derive(Serialize)]
struct Goal<'a> {
    percent: Box<RawValue>,
    held: &'static str,
    period: &'a str,
    start: Instant,
    end: Instant,
    period_ends: Instant,
    error_ratio: Ratio,
    left: Ratio,
    bad: Ratio,
    total: Ratio,
    allowed: Ratio,
    coverage: Ratio,
    excluded_seconds: i64,
}

#[derive(Serialize)]
struct Before {
    start: Instant,
    end: Instant,
    error_ratio: Ratio,
    left: Ratio,
    coverage: Ratio,
}

#[derive(Serialize)]
struct Left {
    at: Instant,
    left: Ratio,
}

#[derive(Serialize)]
struct Incident<'a> {
    start: Instant,
    end: Instant,
    seconds: i64,
    open: bool,
    share: Ratio,
    bad: Ratio,
    total: Ratio,
    peak_burn: Ratio,
    spent_by: Vec<SpentBy<'a>>,
}

#[derive(Serialize)]
struct SpentBy<'a> {
    label: &'a str,
    values: Vec<Spent<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct Spent<'a> {
    value: &'a str,
    share: Ratio,
    budget: Ratio,
}

#[derive(Serialize)]
struct Feeling<'a> {
    index: Ratio,
    previous_index: Ratio,
    bands: Vec<FeelingBand<'a>>,
    points: Vec<Box<RawValue>>,
}

#[derive(Serialize)]
struct FeelingBand<'a> {
    name: &'a str,
    bounds: &'a str,
    pain: Ratio,
    share: Ratio,
}

#[derive(Serialize)]
struct FeelingPoint {
    at: Instant,
    index: Ratio,
    shares: Vec<Ratio>,
}

#[derive(Serialize)]
struct Policy<'a> {
    decision: Option<&'a str>,
    reason: &'a str,
    meaning: &'a str,
    overridden: Option<&'a str>,
    thaw: Option<&'a str>,
    thaws_at: Option<Instant>,
}

#[derive(Serialize)]
struct Downtime<'a> {
    start: Instant,
    end: Instant,
    reason: Option<&'a str>,
    counted: bool,
}

/// Unix seconds, written as RFC 3339; null where there is no such instant.
struct Instant(i64);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = Timestamp::from_second(self.0).ok();
        at.map(|at| at.to_string()).serialize(serializer)
    }
}

/// A number that JSON can say, or null.
struct Ratio(Option<f64>);

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        finite(self.0).serialize(serializer)
    }
}

/// Everything as JSON, documented in `docs/report-json.md`; ends with a newline.
/// Control characters are escaped; what is not a number is null.
pub fn json(review: &Review) -> String {
    let rollups = review.rollups.iter().map(|rollup| Rollup {
        label: &rollup.label,
        values: (rollup.rows.iter())
            .map(|(value, counts)| RollupValue::new(value, counts))
            .collect(),
    });
    pretty_json(&Report {
        version: VERSION,
        at: Instant(review.at),
        period: &review.period,
        time_zone: &review.time_zone,
        server: &review.server,
        headlines: &review.headlines,
        rollups: rollups.collect(),
        slos: review.slos.iter().map(Entry::new).collect(),
        notes: &review.notes,
    })
}

impl<'a> RollupValue<'a> {
    const fn new(value: &'a str, counts: &Counts) -> Self {
        Self {
            value,
            all: counts.all,
            held: counts.held,
            missed: counts.missed,
            unknown: counts.unknown,
            promise_broken: counts.promise_broken,
            freeze: counts.freeze,
            slow: counts.slow,
        }
    }
}

impl<'a> Entry<'a> {
    fn new(slo: &'a SloReview) -> Self {
        Self {
            service: &slo.id.service,
            slo: &slo.id.name,
            group: &slo.group,
            owner: slo.owner.as_deref(),
            labels: &slo.labels,
            description: slo.description.as_deref(),
            kind: slo.kind,
            runbook_url: slo.runbook_url.as_deref(),
            sentence: &slo.sentence,
            held: held(slo.held),
            unit: slo.unit.unwrap_or("seconds"),
            objective: Goal::new(&slo.objective),
            promise: slo.promise.as_ref().map(Goal::new),
            buffer: slo.buffer.as_deref(),
            previous: slo.previous.as_ref().map(Before::new),
            timeline: slo.timeline.iter().map(left).collect(),
            incidents: slo.incidents.iter().map(Incident::new).collect(),
            more_incidents: slo.more_incidents,
            spent_by: slo.spent_by.iter().map(SpentBy::new).collect(),
            happiness: slo.happiness.as_ref().map(Feeling::new),
            policy: Policy::new(&slo.policy),
            origin: origin(slo.origin),
            downtime: slo.downtime.iter().map(Downtime::new).collect(),
        }
    }
}

impl<'a> Goal<'a> {
    fn new(goal: &'a GoalReview) -> Self {
        let Span { start, end } = goal.span;
        Self {
            percent: exact(goal.percent),
            held: held(goal.held),
            period: &goal.period,
            start: Instant(start),
            end: Instant(end),
            period_ends: Instant(goal.ends),
            error_ratio: Ratio(goal.error_ratio),
            left: Ratio(goal.left),
            bad: Ratio(goal.bad),
            total: Ratio(goal.total),
            allowed: Ratio(goal.allowed),
            coverage: Ratio(goal.coverage),
            excluded_seconds: goal.excluded,
        }
    }
}

impl Before {
    const fn new(previous: &Previous) -> Self {
        let Span { start, end } = previous.span;
        Self {
            start: Instant(start),
            end: Instant(end),
            error_ratio: Ratio(previous.error_ratio),
            left: Ratio(previous.left),
            coverage: Ratio(previous.coverage),
        }
    }
}

/// A point on a line of its own: there are hundreds of them.
fn left(point: &Point) -> Box<RawValue> {
    compact(&Left {
        at: Instant(point.at),
        left: Ratio(point.left),
    })
}

fn compact(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl<'a> Incident<'a> {
    fn new(incident: &'a IncidentReview) -> Self {
        let Span { start, end } = incident.span;
        Self {
            start: Instant(start),
            end: Instant(end),
            seconds: incident.span.seconds(),
            open: incident.is_open,
            share: Ratio(Some(incident.share)),
            bad: Ratio(Some(incident.bad)),
            total: Ratio(Some(incident.total)),
            peak_burn: Ratio(Some(incident.peak_burn)),
            spent_by: incident.spent_by.iter().map(SpentBy::new).collect(),
        }
    }
}

impl<'a> SpentBy<'a> {
    fn new(attribution: &'a Attribution) -> Self {
        let value = |share: &'a ValueShare| Spent {
            value: &share.value,
            share: Ratio(Some(share.share)),
            budget: Ratio(share.budget),
        };
        Self {
            label: &attribution.label,
            values: attribution.values.iter().map(value).collect(),
            more: attribution.more,
        }
    }
}

impl<'a> Feeling<'a> {
    fn new(scale: &'a Happiness) -> Self {
        let band = |band: &'a Band| FeelingBand {
            name: &band.name,
            bounds: &band.bounds,
            pain: Ratio(Some(band.pain)),
            share: Ratio(band.share),
        };
        let point = |point: &HappinessPoint| {
            compact(&FeelingPoint {
                at: Instant(point.at),
                index: Ratio(point.index),
                shares: point
                    .shares
                    .iter()
                    .map(|share| Ratio(Some(*share)))
                    .collect(),
            })
        };
        Self {
            index: Ratio(scale.index),
            previous_index: Ratio(scale.previous),
            bands: scale.bands.iter().map(band).collect(),
            points: scale.points.iter().map(point).collect(),
        }
    }
}

impl<'a> Policy<'a> {
    fn new(policy: &'a PolicyReview) -> Self {
        Self {
            decision: policy.decision.map(decision),
            reason: &policy.reason,
            meaning: &policy.meaning,
            overridden: policy.overridden.as_deref(),
            thaw: policy.thaw.as_deref(),
            thaws_at: policy.thaws_at.map(Instant),
        }
    }
}

impl<'a> Downtime<'a> {
    fn new(downtime: &'a DowntimeReview) -> Self {
        let Span { start, end } = downtime.span;
        Self {
            start: Instant(start),
            end: Instant(end),
            reason: downtime.reason.as_deref(),
            counted: downtime.is_counted,
        }
    }
}

const fn held(held: Held) -> &'static str {
    match held {
        Held::Held => "held",
        Held::Missed => "missed",
        Held::Unknown => "unknown",
    }
}

const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Ship => "ship",
        Decision::Slow => "slow",
        Decision::Freeze => "freeze",
    }
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Recorded => "recorded",
        Origin::Raw => "raw",
        Origin::Mixed => "mixed",
        Origin::Nothing => "none",
    }
}
