//! For programs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::backtest::model::{
    Advice, Fired, Group, Incident, Outcome, Planned, Promise, Replayed, SloReplay, Unsuggested,
    Version, Which,
};
use crate::backtest::{self, Backtest, Change, Count};
use crate::budget::{Span, Standing, float};
use crate::diagnostic::pretty_json;
use crate::prometheus::Labels;
use crate::rules::AlarmKind;
use crate::slo::{Decision, Objective, Severity};
use crate::words;

/// Changes only when a field changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    server: &'a str,
    start: String,
    end: String,
    baseline: Option<&'a str>,
    change: Option<ChangeJson<'a>>,
    slos: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    pages_per_month: Pair,
    tickets_per_month: Pair,
    slos: Vec<ChangeOf<'a>>,
    unmeasured: Vec<UnmeasuredJson<'a>>,
    failed: usize,
}

#[derive(Serialize)]
struct UnmeasuredJson<'a> {
    service: &'a str,
    slo: &'a str,
    version: &'static str,
}

#[derive(Serialize)]
struct ChangeOf<'a> {
    service: &'a str,
    slo: &'a str,
    is_new: bool,
    is_gone: bool,
    pages_per_month: Pair,
    tickets_per_month: Pair,
}

#[derive(Serialize)]
struct Pair {
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct Row<'a> {
    service: &'a str,
    slo: &'a str,
    status: &'static str,
    reason: Option<&'a str>,
    start: Option<String>,
    end: Option<String>,
    versions: Vec<VersionJson<'a>>,
    advice: Option<AdviceJson>,
}

#[derive(Serialize)]
struct VersionJson<'a> {
    version: &'static str,
    objective: Option<Box<RawValue>>,
    period: &'a str,
    within_budget: Option<f64>,
    pages_per_month: f64,
    tickets_per_month: f64,
    days: Days,
    groups: Vec<GroupJson<'a>>,
    alerts: Vec<AlertJson<'a>>,
    downtime: Vec<Downtime<'a>>,
}

#[derive(Serialize)]
struct Days {
    frozen: f64,
    slow: f64,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    labels: &'a Labels,
    overall: StandingJson,
    within_budget: Option<f64>,
    worst: Option<StandingJson>,
    periods: Vec<PeriodJson>,
    promise: Option<PromiseJson>,
    policy_days: BTreeMap<&'static str, f64>,
    incidents: Vec<IncidentJson>,
    timeline: Vec<PointJson>,
}

#[derive(Serialize)]
struct StandingJson {
    start: String,
    end: String,
    error_ratio: Option<f64>,
    bad: Option<f64>,
    total: Option<f64>,
    allowed: Option<f64>,
    spent: Option<f64>,
    coverage: Option<f64>,
    excluded_seconds: i64,
}

#[derive(Serialize)]
struct PeriodJson {
    start: String,
    end: String,
    is_over: bool,
    standing: StandingJson,
}

#[derive(Serialize)]
struct PromiseJson {
    objective: Option<Box<RawValue>>,
    within: Option<f64>,
    worst: Option<StandingJson>,
}

#[derive(Serialize)]
struct IncidentJson {
    start: String,
    end: String,
    bad: f64,
    total: f64,
    spent: Option<f64>,
    peak_burn: f64,
    is_open: bool,
    was_alerted: bool,
    in_downtime: bool,
}

#[derive(Serialize)]
struct PointJson {
    at: String,
    left: Option<f64>,
}

#[derive(Serialize)]
struct AlertJson<'a> {
    name: &'a str,
    kind: &'static str,
    severity: &'static str,
    labels: &'a Labels,
    start: String,
    end: Option<String>,
    began_before: bool,
    pairs: Option<Vec<PairJson>>,
    almost_entirely: Option<bool>,
    spent_before: Option<f64>,
    spent: Option<f64>,
    budget_gone_after_seconds: Option<i64>,
    budget_was_gone: Option<bool>,
    next_to_nothing: bool,
    in_downtime: bool,
}

#[derive(Serialize)]
struct PairJson {
    long: String,
    short: String,
    factor: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Downtime<'a> {
    start: String,
    end: String,
    reason: Option<&'a str>,
    excluded: bool,
}

#[derive(Serialize)]
struct AdviceJson {
    suggested: Option<Suggested>,
    not_suggested: Option<&'static str>,
    unknown_groups: usize,
    good: Option<f64>,
    events: Option<f64>,
    good_confidence: Option<[f64; 2]>,
    thin: Vec<ThinJson>,
}

#[derive(Serialize)]
struct Suggested {
    objective: Option<Box<RawValue>>,
    worst_spent: Option<f64>,
    periods_kept: u64,
    periods: u64,
    kept_confidence: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct ThinJson {
    objective: Option<Box<RawValue>>,
    events_per_period: f64,
    budget_events: f64,
    max_supportable: Option<f64>,
}

/// Everything as JSON, documented in `docs/backtest-json.md`; ends with a newline.
pub fn json(backtest: &Backtest, server: &str) -> String {
    let change = backtest::change(backtest);
    let report = Report {
        version: VERSION,
        server,
        start: instant(backtest.span.start),
        end: instant(backtest.span.end),
        baseline: backtest.baseline.as_deref(),
        change: change.as_ref().map(changed),
        slos: backtest.slos.iter().map(slo).collect(),
    };
    pretty_json(&report)
}

fn changed<'a>(change: &Change<'a>) -> ChangeJson<'a> {
    let slos = change.slos.iter().map(|slo| ChangeOf {
        service: &slo.id.service,
        slo: &slo.id.name,
        is_new: slo.is_new,
        is_gone: slo.is_gone,
        pages_per_month: pair(slo.pages),
        tickets_per_month: pair(slo.tickets),
    });
    ChangeJson {
        pages_per_month: pair(change.pages),
        tickets_per_month: pair(change.tickets),
        slos: slos.collect(),
        unmeasured: change
            .unmeasured
            .iter()
            .map(|found| UnmeasuredJson {
                service: &found.id.service,
                slo: &found.id.name,
                version: which(found.which),
            })
            .collect(),
        failed: change.failed,
    }
}

const fn which(version: Which) -> &'static str {
    match version {
        Which::Spec => "spec",
        Which::Baseline => "baseline",
        Which::Objective => "objective",
    }
}

const fn pair(count: Count) -> Pair {
    Pair {
        before: count.before,
        after: count.after,
    }
}

fn slo(replay: &SloReplay) -> Row<'_> {
    let (status, reason, replayed) = match &replay.outcome {
        Outcome::NoData => ("no_data", None, None),
        Outcome::Failed(reason) => ("failed", Some(reason.as_str()), None),
        Outcome::Replayed(replayed) => ("replayed", None, Some(replayed)),
    };
    let versions = replayed.into_iter().flat_map(|replayed| {
        let versions = replayed.versions.iter();
        versions.map(|version| self::version(version, replayed))
    });
    Row {
        service: &replay.id.service,
        slo: &replay.id.name,
        status,
        reason,
        start: replayed.map(|replayed| instant(replayed.span.start)),
        end: replayed.map(|replayed| instant(replayed.span.end)),
        versions: versions.collect(),
        advice: replayed.and_then(|replayed| replayed.advice.as_ref().map(advice)),
    }
}

fn version<'a>(version: &'a Version, replayed: &Replayed) -> VersionJson<'a> {
    VersionJson {
        version: which(version.which),
        objective: raw(version.objective),
        period: &version.period,
        within_budget: version.within(),
        pages_per_month: version.per_month(Severity::Page, replayed.span),
        tickets_per_month: version.per_month(Severity::Ticket, replayed.span),
        days: Days {
            frozen: version.days(Decision::Freeze),
            slow: version.days(Decision::Slow),
        },
        groups: version.groups.iter().map(group).collect(),
        alerts: version.alerts.iter().map(alert).collect(),
        downtime: version.downtime.iter().map(downtime).collect(),
    }
}

fn group(group: &Group) -> GroupJson<'_> {
    let days = |(decision, seconds): (&Decision, &i64)| {
        (super::decision(*decision), float(*seconds) / 86_400.0)
    };
    GroupJson {
        labels: &group.labels,
        overall: standing(&group.overall),
        within_budget: group.within,
        worst: group.worst.as_ref().map(standing),
        periods: group.periods.iter().map(period).collect(),
        promise: group.promise.as_ref().map(promise),
        policy_days: group.policy.iter().map(days).collect(),
        incidents: group.incidents.iter().map(incident).collect(),
        timeline: group
            .timeline
            .iter()
            .map(|point| PointJson {
                at: instant(point.at),
                left: finite(point.left),
            })
            .collect(),
    }
}

fn standing(standing: &Standing) -> StandingJson {
    let Span { start, end } = standing.span;
    StandingJson {
        start: instant(start),
        end: instant(end),
        error_ratio: finite(standing.error_ratio),
        bad: standing.events.map(|events| events.bad),
        total: standing.events.map(|events| events.total),
        allowed: finite(standing.allowed),
        spent: finite(standing.spent),
        coverage: standing.coverage,
        excluded_seconds: standing.excluded,
    }
}

fn period(period: &backtest::model::Period) -> PeriodJson {
    PeriodJson {
        start: instant(period.span.start),
        end: instant(period.span.end),
        is_over: period.is_over,
        standing: standing(&period.standing),
    }
}

fn promise(promise: &Promise) -> PromiseJson {
    PromiseJson {
        objective: raw(promise.objective),
        within: promise.within,
        worst: promise.worst.as_ref().map(standing),
    }
}

fn incident(incident: &Incident) -> IncidentJson {
    IncidentJson {
        start: instant(incident.span.start),
        end: instant(incident.span.end),
        bad: incident.events.bad,
        total: incident.events.total,
        spent: finite(incident.spent),
        peak_burn: incident.peak_burn,
        is_open: incident.is_open,
        was_alerted: incident.was_alerted,
        in_downtime: incident.in_downtime,
    }
}

fn alert(alert: &Fired) -> AlertJson<'_> {
    let pairs = alert.pairs.iter().map(|pair| PairJson {
        long: words::window(pair.long),
        short: words::window(pair.short),
        factor: RawValue::from_string(pair.factor.normalize().to_string()).ok(),
    });
    let is_seen = !alert.began_before;
    AlertJson {
        name: &alert.name,
        kind: match alert.kind {
            AlarmKind::BurnRate => "burn_rate",
            AlarmKind::NoData => "no_data",
            AlarmKind::BudgetLeft(_) => "budget_left",
            AlarmKind::PromiseAtRisk(_) => "promise_at_risk",
        },
        severity: alert.severity.name(),
        labels: &alert.labels,
        start: instant(alert.start),
        end: alert.end.map(instant),
        began_before: alert.began_before,
        pairs: is_seen.then(|| pairs.collect()),
        almost_entirely: is_seen.then_some(alert.almost_entirely),
        spent_before: alert.cost.and_then(|cost| cost.before),
        spent: alert.cost.map(|cost| cost.whole),
        budget_gone_after_seconds: alert.cost.and_then(|cost| cost.gone_after),
        budget_was_gone: alert.cost.and_then(|cost| cost.was_gone),
        next_to_nothing: alert.is_for_next_to_nothing(),
        in_downtime: alert.in_downtime,
    }
}

fn downtime(planned: &Planned) -> Downtime<'_> {
    Downtime {
        start: instant(planned.span.start),
        end: instant(planned.span.end),
        reason: planned.reason.as_deref(),
        excluded: planned.excluded,
    }
}

fn advice(advice: &Advice) -> AdviceJson {
    let both = |interval: Option<(f64, f64)>| interval.map(|(low, high)| [low, high]);
    let thin = advice.thin.iter().map(|thin| ThinJson {
        objective: raw(thin.objective),
        events_per_period: thin.events,
        budget_events: thin.budget,
        max_supportable: thin.supportable,
    });
    AdviceJson {
        suggested: advice.suggested.ok().map(|suggestion| Suggested {
            objective: raw(suggestion.objective),
            worst_spent: finite(suggestion.worst),
            periods_kept: suggestion.kept.kept,
            periods: suggestion.kept.of,
            kept_confidence: both(suggestion.kept.confidence),
        }),
        not_suggested: advice.suggested.err().map(|reason| match reason {
            Unsuggested::Nothing => "nothing_measured",
            Unsuggested::NoWholePeriod => "no_whole_period",
            Unsuggested::TooLittleMeasured => "too_little_measured",
            Unsuggested::NoneKept => "none_kept",
            Unsuggested::TooLittleTraffic => "too_little_traffic",
        }),
        unknown_groups: advice.unknown,
        good: finite(advice.measured.good),
        events: advice.measured.events,
        good_confidence: both(advice.measured.confidence),
        thin: thin.collect(),
    }
}

/// A decimal to the digit, as in the spec.
fn raw(objective: Objective) -> Option<Box<RawValue>> {
    RawValue::from_string(objective.to_string()).ok()
}

fn instant(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}
