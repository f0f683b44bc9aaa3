//! Alerting rules.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::burn::{self, LONGEST_FAST_WINDOW};
use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{aggregate, binary, call, number, offset, paren, range, subquery};
use crate::slo::{Basis, Route, Severity, Sli};

use super::raw::of_group;
use super::series::{
    BAD, BAD_TILE, BUDGET_REMAINING, PROMISE_REMAINING, TOTAL, TOTAL_PERIOD_AVG, error_ratio, own,
    own_expr, own_over,
};
use super::tree::{above, and, div, mul, or};
use super::{Context, Layout, Rule, sloth, texts};

/// Slow ratios are read back this far, so that one late evaluation does not drop them.
pub(super) const LATE: Duration = Duration::from_mins(12);
/// The error ratio of an hour from which a service counts as failing almost entirely.
const ALMOST_ENTIRELY: Decimal = Decimal::from_parts(9, 0, 0, false, 1);
/// Data is looked for this much around the half of a window, so that an outage of
/// Prometheus does not silence an alert half a window later.
const BRIDGED: Duration = Duration::from_mins(30);
/// How long a group is remembered for the alert on missing data.
const REMEMBERED: Duration = Duration::from_days(1);

/// An alert of an SLO and what it is made of.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// What it says when it fires.
    pub kind: AlarmKind,
    /// Whom it alerts.
    pub severity: Severity,
    /// The alerting rule. It holds where any of the arms does.
    pub rule: Rule,
    /// Each of them suffices.
    pub arms: Vec<Arm>,
}

/// What an alert says when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// The budget is being spent too fast.
    BurnRate,
    /// There is no data.
    NoData,
    /// Less than this many percent of the budget are left.
    BudgetLeft(Decimal),
    /// Less than this many percent of the promise's budget are left.
    PromiseAtRisk(Decimal),
}

/// One way in which an alert fires.
#[derive(Debug, Clone)]
pub struct Arm {
    /// What it looks at.
    pub why: Why,
    /// Holds where there is a value.
    pub expr: Expr,
}

/// What an arm of an alert looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A pair of windows.
    Pair(burn::Pair),
    /// An hour in which nearly everything failed, however little that was.
    AlmostEntirely,
    /// The whole expression of an alert without such parts.
    Whole,
}

/// All alerts of an SLO, in a fixed order.
pub(super) fn rules(cx: &Context<'_>) -> Vec<Rule> {
    alarms(cx).into_iter().map(|alarm| alarm.rule).collect()
}

/// The same, with what they are made of.
pub(super) fn alarms(cx: &Context<'_>) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for severity in [Severity::Page, Severity::Ticket] {
        alarms.extend(burn_rate(cx, severity));
    }
    alarms.extend(no_data(cx));
    alarms.extend(budget_left(cx));
    alarms.extend(promise_at_risk(cx));
    alarms
}

fn burn_rate(cx: &Context<'_>, severity: Severity) -> Option<Alarm> {
    let slo = cx.slo;
    let route = slo.alerting.route(severity)?;
    let pairs = cx.pairs.iter().filter(|pair| pair.severity == severity);
    let arms = pairs.map(|pair| Arm {
        why: Why::Pair(*pair),
        expr: arm(cx, route, pair),
    });
    let failing = almost_entirely(cx, severity, route).map(|expr| Arm {
        why: Why::AlmostEntirely,
        expr,
    });
    let arms: Vec<Arm> = arms.chain(failing).collect();
    let expr = arms.iter().map(|arm| paren(arm.expr.clone())).reduce(or)?;
    let rule = if cx.options.layout == Layout::Sloth {
        sloth::alerts::burn(cx, severity, route, expr)
    } else {
        alert(
            cx,
            &slo.alerting.name.value,
            (severity, route),
            expr,
            None,
            texts::burn(slo),
        )
    };
    Some(Alarm {
        kind: AlarmKind::BurnRate,
        severity,
        rule,
        arms,
    })
}

/// An alert that has no parts.
fn whole(kind: AlarmKind, severity: Severity, rule: Rule) -> Alarm {
    let arms = match &rule {
        Rule::Alert { expr, .. } => vec![Arm {
            why: Why::Whole,
            expr: expr.clone(),
        }],
        Rule::Record { .. } => Vec::new(),
    };
    Alarm {
        kind,
        severity,
        rule,
        arms,
    }
}

/// Both windows above the factor, with data for half of the long one, so that a
/// new service does not page on five minutes of history.
fn arm(cx: &Context<'_>, route: &Route, pair: &burn::Pair) -> Expr {
    let factor = || number(&pair.factor);
    let burns = |window| above(burn_of(cx, route, window), factor());
    let both = and(burns(pair.long), burns(pair.short));
    let settled = and_native(cx, both, half_a_window_ago(cx, pair.long));
    match &cx.slo.alerting.min_bad_events {
        None => settled,
        Some(least) => {
            let seconds = number(&pair.long.secs());
            let events = mul(bad_per_second(cx, pair.long), seconds);
            // Rates are extrapolated, so k events may read as a little less.
            let enough = number(&(Decimal::from(least.value) - Decimal::new(5, 1)));
            and_native(cx, settled, above(events, enough))
        }
    }
}

/// How many times faster than allowed the budget burns over a window.
fn burn_of(cx: &Context<'_>, route: &Route, window: Duration) -> Expr {
    let id = &cx.slo.id;
    let budget = number(&cx.slo.objective.value.budget());
    match cx.slo.alerting.basis.value {
        Basis::BurnRate => div(ratio_of(cx, route, window), budget),
        // bad(W) ≥ p · budget · total(P), with factor = p · P / W, as rates.
        Basis::Budget => {
            let per_second = own_over("last_over_time", id, TOTAL_PERIOD_AVG, LATE);
            let allowed = mul(above(per_second, number("0")), budget);
            let burn = div(bad_per_second(cx, window), allowed);
            match cx.options.layout {
                Layout::Native => burn,
                Layout::Sloth => sloth::alerts::labelled(cx, route, window, burn),
            }
        }
    }
}

/// The error ratio of a window.
fn ratio_of(cx: &Context<'_>, route: &Route, window: Duration) -> Expr {
    let id = &cx.slo.id;
    match cx.options.layout {
        Layout::Native if window <= LONGEST_FAST_WINDOW => own_expr(id, error_ratio(window)),
        Layout::Native => own_over("last_over_time", id, error_ratio(window), LATE),
        Layout::Sloth => sloth::alerts::ratio(cx, route, window),
    }
}

/// `lhs and rhs`, where `rhs` is read from native series.
fn and_native(cx: &Context<'_>, lhs: Expr, rhs: Expr) -> Expr {
    match cx.options.layout {
        Layout::Native => and(lhs, rhs),
        Layout::Sloth => sloth::alerts::and_native(cx, lhs, rhs),
    }
}

/// Mean rate of bad events over a window.
fn bad_per_second(cx: &Context<'_>, window: Duration) -> Expr {
    let series = if window <= LONGEST_FAST_WINDOW {
        BAD
    } else {
        BAD_TILE
    };
    own_over("avg_over_time", &cx.slo.id, series, window)
}

fn half_a_window_ago(cx: &Context<'_>, long: Duration) -> Expr {
    let series = if cx.is_composite() {
        error_ratio(burn::BASE_WINDOW)
    } else {
        SmolStr::new_static(TOTAL)
    };
    let then = range(offset(own(&cx.slo.id, series), long / 2), BRIDGED);
    call("last_over_time", vec![then])
}

/// Whatever `min_bad_events` asks for, a service that fails almost entirely for
/// an hour raises a ticket.
fn almost_entirely(cx: &Context<'_>, severity: Severity, route: &Route) -> Option<Expr> {
    cx.slo.alerting.min_bad_events.as_ref()?;
    (severity == Severity::Ticket || cx.slo.alerting.ticket.is_none()).then(|| {
        let hour = Duration::from_hours(1);
        let budget = cx.slo.objective.value.budget();
        let failing = above(
            div(ratio_of(cx, route, hour), number(&budget)),
            div(number(&ALMOST_ENTIRELY), number(&budget)),
        );
        and_native(cx, failing, half_a_window_ago(cx, hour))
    })
}

fn no_data(cx: &Context<'_>) -> Option<Alarm> {
    let slo = cx.slo;
    let no_data = slo.alerting.no_data.as_ref()?;
    let routed = |severity| Some((severity, slo.alerting.route(severity)?));
    let route = match &no_data.severity {
        Some(severity) => routed(severity.value),
        None => routed(Severity::Ticket).or_else(|| routed(Severity::Page)),
    }?;
    let names: &[&str] = match slo.sli.value {
        Sli::Composite(_) => &["slo:error_ratio:5m"],
        _ => &[TOTAL, BAD],
    };
    let mut arms: Vec<Expr> = Vec::new();
    for name in names {
        arms.push(call("absent", vec![own_expr(&slo.id, *name)]));
    }
    if !slo.group_by.is_empty() {
        arms.extend(names.iter().map(|name| group_gone(cx, name)));
        for group in super::groups::combinations(slo) {
            arms.extend(
                names
                    .iter()
                    .map(|name| call("absent", vec![of_group(slo, name, &group)])),
            );
        }
    }
    let expr = arms.into_iter().reduce(or)?;
    let rule = alert(
        cx,
        &no_data.name.value,
        route,
        expr,
        Some(no_data.after),
        texts::no_data(slo),
    );
    Some(whole(AlarmKind::NoData, route.0, rule))
}

/// Groups that were there within a day and are not now.
fn group_gone(cx: &Context<'_>, name: &str) -> Expr {
    let id = &cx.slo.id;
    let labels = || ["service", "slo"].into_iter().chain(cx.slo.group_labels());
    let before = call(
        "count_over_time",
        vec![subquery(
            own_expr(id, name),
            REMEMBERED,
            Duration::from_mins(5),
        )],
    );
    let gone = binary(BinaryOp::Unless, before, own_expr(id, name));
    aggregate("count", labels(), gone)
}

fn budget_left(cx: &Context<'_>) -> Vec<Alarm> {
    let slo = cx.slo;
    let alarms = slo.alerting.budget_left.iter().filter_map(|rule| {
        let route = slo.alerting.route(rule.severity)?;
        let expr = below(cx, BUDGET_REMAINING, rule.below);
        let text = texts::budget_left(slo, "its error budget", &rule.below.normalize().to_string());
        let route = (rule.severity, route);
        let alert = alert(cx, &rule.name.value, route, expr, None, text);
        Some(whole(
            AlarmKind::BudgetLeft(rule.below),
            rule.severity,
            alert,
        ))
    });
    alarms.collect()
}

fn promise_at_risk(cx: &Context<'_>) -> Option<Alarm> {
    let slo = cx.slo;
    slo.promise.as_ref()?;
    let rule = slo.alerting.promise_at_risk.as_ref()?;
    let route = slo.alerting.route(rule.severity)?;
    let expr = below(cx, PROMISE_REMAINING, rule.below);
    let text = texts::budget_left(
        slo,
        "the budget that its promise allows",
        &rule.below.normalize().to_string(),
    );
    let route = (rule.severity, route);
    let alert = alert(cx, &rule.name.value, route, expr, None, text);
    Some(whole(
        AlarmKind::PromiseAtRisk(rule.below),
        rule.severity,
        alert,
    ))
}

fn below(cx: &Context<'_>, series: &str, percent: Decimal) -> Expr {
    let bound = number(&(percent / Decimal::ONE_HUNDRED).normalize());
    binary(
        BinaryOp::Lt,
        own_over("last_over_time", &cx.slo.id, series, LATE),
        bound,
    )
}

fn alert(
    cx: &Context<'_>,
    name: &str,
    (severity, route): (Severity, &Route),
    expr: Expr,
    hold: Option<Duration>,
    text: (String, String),
) -> Rule {
    Rule::Alert {
        alert: name.to_owned(),
        expr,
        hold,
        labels: match cx.options.layout {
            Layout::Native => texts::labels(cx.slo, route, &cx.options.labels),
            Layout::Sloth => sloth::alerts::labels_of_addition(cx, severity, route),
        },
        annotations: texts::annotations(cx.slo, Some(route), text),
    }
}
