//! Recording rules of the two groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::burn::{BASE_WINDOW, LONGEST_FAST_WINDOW, SLOW_INTERVAL};
use crate::duration::Duration;
use crate::promql::ast::Expr;
use crate::promql::build::{aggregate, call, number};
use crate::slo::{Budgeting, Objective, Period, Sli};

use super::calendar::{self, Names};
use super::composite::{self, Sums};
use super::period::Span;
use super::raw;
use super::series::{
    BAD, BAD_NOW, BAD_TILE, BUDGET_REMAINING, COVERAGE, INFO, OBJECTIVE, PERIOD_RATIO,
    PROMISE_PERIOD_RATIO, PROMISE_REMAINING, SEEN, TOTAL, TOTAL_NOW, TOTAL_PERIOD_AVG, TOTAL_TILE,
    error_ratio, own_expr, own_over,
};
use super::tree::{div, mul, ratio, sub};
use super::{Context, Rule};

/// Bad and total of the base window, and the ratios derived from them.
pub(super) fn fast(cx: &Context<'_>) -> Vec<Rule> {
    let mut rules = base(cx);
    let fast = |window: &Duration| *window <= LONGEST_FAST_WINDOW;
    for window in cx.windows().into_iter().filter(fast) {
        rules.extend(window_ratio(cx, window).map(|expr| cx.record(&error_ratio(window), expr)));
    }
    rules
}

/// Tiles, and everything that is derived from them.
pub(super) fn slow(cx: &Context<'_>) -> Vec<Rule> {
    let mut rules = tiles(cx);
    let slow = |window: &Duration| *window > LONGEST_FAST_WINDOW;
    for window in cx.windows().into_iter().filter(slow) {
        rules.extend(window_ratio(cx, window).map(|expr| cx.record(&error_ratio(window), expr)));
    }
    rules.extend(budgets(cx));
    rules.push(info(cx));
    rules.push(cx.record(
        OBJECTIVE,
        call("vector", vec![number(&cx.slo.objective.value.ratio())]),
    ));
    rules
}

fn base(cx: &Context<'_>) -> Vec<Rule> {
    let slo = cx.slo;
    let mut rules = Vec::new();
    rules.extend(raw::seen(slo).map(|expr| cx.record(SEEN, expr)));
    let pair = match &slo.budgeting {
        Budgeting::Events => raw::pair(slo, BASE_WINDOW, Some(again(cx, TOTAL))),
        Budgeting::Slices { length, target } => {
            if slo.sli.value.is_gauge()
                && let Some(now) = raw::now_pair(slo, again(cx, TOTAL_NOW))
            {
                rules.push(cx.record(TOTAL_NOW, now.total));
                rules.push(cx.record(BAD_NOW, now.bad));
            }
            raw::slice_pair(slo, length.value, target.value)
        }
    };
    if let Some(pair) = pair {
        rules.push(cx.record(TOTAL, pair.total));
        rules.push(cx.record(BAD, pair.bad));
    }
    rules
}

/// Tiles of counted events reach one scrape further back than the tile, so that
/// neighbouring ones join without losing the increment between them.
fn tiles(cx: &Context<'_>) -> Vec<Rule> {
    let slo = cx.slo;
    if cx.is_composite() {
        return Vec::new();
    }
    let pair = match (&slo.budgeting, slo.scrape()) {
        (Budgeting::Slices { length, target }, _) => {
            raw::slice_tile(slo, length.value, target.value)
        }
        (Budgeting::Events, Some(scrape)) if slo.sli.value.counts_events() => {
            raw::pair(slo, SLOW_INTERVAL + scrape, Some(again(cx, TOTAL_TILE)))
        }
        _ => None,
    };
    let (total, bad) = match pair {
        Some(pair) => (pair.total, pair.bad),
        None => (
            own_over("avg_over_time", &slo.id, TOTAL, SLOW_INTERVAL),
            own_over("avg_over_time", &slo.id, BAD, SLOW_INTERVAL),
        ),
    };
    vec![cx.record(TOTAL_TILE, total), cx.record(BAD_TILE, bad)]
}

/// The total that was just recorded, with the labels of `group_by` only.
fn again(cx: &Context<'_>, name: &str) -> Expr {
    aggregate("sum", cx.slo.group_labels(), own_expr(&cx.slo.id, name))
}

fn window_ratio(cx: &Context<'_>, window: Duration) -> Option<Expr> {
    let sums = |id: &crate::slo::SloId| {
        // What gauges record is no rate over a window, but what one evaluation saw.
        let seen_at_once = cx
            .all
            .get(id)
            .is_some_and(|slo| slo.sli.value.is_gauge() && slo.budgeting == Budgeting::Events);
        if window == BASE_WINDOW && !seen_at_once {
            return Sums {
                bad: own_expr(id, BAD),
                total: own_expr(id, TOTAL),
            };
        }
        let (bad, total) = if window <= LONGEST_FAST_WINDOW {
            (BAD, TOTAL)
        } else {
            (BAD_TILE, TOTAL_TILE)
        };
        Sums {
            bad: own_over("sum_over_time", id, bad, window),
            total: own_over("sum_over_time", id, total, window),
        }
    };
    if cx.is_composite() {
        return composite::error_ratio(cx.slo, cx.all, &sums);
    }
    let Sums { bad, total } = sums(&cx.slo.id);
    Some(ratio(bad, total))
}

/// The period of the objective and that of the promise.
fn budgets(cx: &Context<'_>) -> Vec<Rule> {
    let slo = cx.slo;
    let span = Span {
        id: &slo.id,
        period: &slo.period.value,
        names: calendar::PERIOD,
    };
    let mut rules = period_ratio(cx, &span, PERIOD_RATIO);
    rules.push(cx.record(
        BUDGET_REMAINING,
        remaining(cx, &span, PERIOD_RATIO, slo.objective.value),
    ));
    if let Some(promise) = &slo.promise {
        let own = promise.period.value != slo.period.value;
        let promised = Span {
            id: &slo.id,
            period: &promise.period.value,
            names: calendar::PROMISE,
        };
        if own {
            rules.extend(period_ratio(cx, &promised, PROMISE_PERIOD_RATIO));
        }
        let (span, name) = if own {
            (&promised, PROMISE_PERIOD_RATIO)
        } else {
            (&span, PERIOD_RATIO)
        };
        rules.push(cx.record(
            PROMISE_REMAINING,
            remaining(cx, span, name, promise.objective.value),
        ));
    }
    rules.extend(coverage(cx, &span).map(|expr| cx.record(COVERAGE, expr)));
    if slo.alerting.basis.value == crate::slo::Basis::Budget {
        let average = own_over(
            "avg_over_time",
            &slo.id,
            TOTAL_TILE,
            slo.period.value.nominal(),
        );
        rules.push(cx.record(TOTAL_PERIOD_AVG, average));
    }
    rules
}

fn period_ratio(cx: &Context<'_>, span: &Span<'_>, name: &str) -> Vec<Rule> {
    let mut rules = describe_calendar(cx, span.period, span.names);
    let sums = |id: &crate::slo::SloId| Sums {
        bad: span.over("sum_over_time", id, BAD_TILE),
        total: span.over("sum_over_time", id, TOTAL_TILE),
    };
    let expr = if cx.is_composite() {
        composite::error_ratio(cx.slo, cx.all, &sums)
    } else {
        let Sums { bad, total } = sums(&cx.slo.id);
        Some(ratio(bad, total))
    };
    rules.extend(expr.map(|expr| cx.record(name, expr)));
    rules
}

fn describe_calendar(cx: &Context<'_>, period: &Period, names: Names) -> Vec<Rule> {
    let Period::Calendar(calendar) = period else {
        return Vec::new();
    };
    calendar::rules(&cx.slo.id, calendar, names)
        .into_iter()
        .map(|(name, expr)| cx.record(name, expr))
        .collect()
}

/// 1 − bad / (budget · total of the period).
fn remaining(cx: &Context<'_>, span: &Span<'_>, ratio_name: &str, objective: Objective) -> Expr {
    let id = &cx.slo.id;
    let budget = number(&objective.budget());
    let recorded = own_expr(id, ratio_name);
    let spent = match (span.period, span.elapsed()) {
        // Without counts only time is known.
        (Period::Calendar(_), Some(elapsed)) if cx.is_composite() => {
            mul(div(recorded, budget), elapsed)
        }
        (Period::Calendar(_), _) => {
            let bad = span.over("sum_over_time", id, BAD_TILE);
            let total =
                span.projected_total(span.over("sum_over_time", id, TOTAL_TILE), TOTAL_TILE);
            div(ratio(bad, total), budget)
        }
        (Period::Rolling(_), _) => div(recorded, budget),
    };
    sub(number("1"), spent)
}

fn coverage(cx: &Context<'_>, span: &Span<'_>) -> Option<Expr> {
    if !cx.is_composite() {
        return Some(span.coverage(&cx.slo.id, TOTAL_TILE));
    }
    let covered: Vec<_> = composite::leaves(cx.slo, cx.all)
        .into_iter()
        .map(|leaf| {
            let covered = span.coverage(leaf, TOTAL_TILE);
            // A component may be split into more groups than the whole.
            let kept = ["service", "slo"].into_iter().chain(cx.slo.group_labels());
            aggregate("min", kept, covered)
        })
        .collect();
    composite::least(cx.slo, covered)
}

fn info(cx: &Context<'_>) -> Rule {
    let slo = cx.slo;
    let mut labels: BTreeMap<String, String> = cx.options.labels.clone();
    labels.extend(
        slo.labels
            .iter()
            .map(|(name, value)| (name.clone(), value.value.clone())),
    );
    labels.extend(
        slo.owner
            .iter()
            .map(|owner| ("owner".to_owned(), owner.value.clone())),
    );
    labels.insert("objective".to_owned(), slo.objective.value.to_string());
    labels.insert("period".to_owned(), slo.period.value.to_string());
    labels.insert("sli".to_owned(), kind(&slo.sli.value));
    if let Some(promise) = &slo.promise {
        labels.insert("promise".to_owned(), promise.objective.value.to_string());
    }
    labels.extend(cx.own_labels.as_ref().clone());
    Rule::Record {
        record: INFO.to_owned(),
        expr: call("vector", vec![number("1")]),
        labels: Arc::new(labels),
    }
}

fn kind(sli: &Sli) -> String {
    sli.kind().to_owned()
}
