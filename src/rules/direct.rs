//! The definition of an SLI evaluated on the raw metrics alone, without anything that
//! rules have recorded: what recorded values are compared with, and what stands in for
//! them while they have no history.

use crate::burn::{BASE_WINDOW, FAST_INTERVAL, LONGEST_FAST_WINDOW, SLOW_INTERVAL};
use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind, Window, WindowKind};
use crate::promql::build::{self, aggregate, call, number, string, subquery};
use crate::promql::inspect::selector_use;
use crate::promql::rewrite::transform;
use crate::slo::{Budgeting, Sli, Slo};

use super::composite::{self, Sums};
use super::series::{BAD_NOW, SEEN, TOTAL_NOW};
use super::tree::{add, at_most_one, div, mul, or, ratio};
use super::{Catalogue, raw};

/// Bad and total over a window, in the same unit: events per second, or mean numbers of
/// series or slices. Both have exactly the labels of `group_by`.
#[derive(Debug, Clone)]
pub struct Direct {
    /// What is bad.
    pub bad: Expr,
    /// Everything.
    pub total: Expr,
}

/// Bad and total over the window that ends at the instant of evaluation; `None` for
/// composites, which have no counts of their own.
pub fn direct(slo: &Slo, window: Duration) -> Option<Direct> {
    let mean = |expr: &Expr, step| {
        let within = subquery(without_recorded(slo, expr), window, step);
        call("avg_over_time", vec![within])
    };
    let (pair, step) = match &slo.budgeting {
        Budgeting::Slices { length, target } => (
            raw::slice_pair(slo, length.value, target.value)?,
            length.value,
        ),
        Budgeting::Events if slo.sli.value.counts_events() => {
            let pair = raw::pair(slo, window, None)?;
            return Some(Direct {
                bad: pair.bad,
                total: pair.total,
            });
        }
        Budgeting::Events => (seen(slo, BASE_WINDOW)?, step(slo, window)),
    };
    Some(Direct {
        bad: mean(&pair.bad, step),
        total: mean(&pair.total, step),
    })
}

/// The error ratio (0–1) over the window that ends at the instant of evaluation, absent
/// where there is nothing to divide by.
pub fn direct_ratio(slo: &Slo, all: &Catalogue<'_>, window: Duration) -> Option<Expr> {
    if !matches!(slo.sli.value, Sli::Composite(_)) {
        let Direct { bad, total } = direct(slo, window)?;
        return Some(ratio(bad, total));
    }
    let leaves = composite::leaves(slo, all);
    let known = leaves.iter().all(|leaf| {
        all.get(*leaf)
            .is_some_and(|leaf| direct(leaf, window).is_some())
    });
    if !known {
        return None;
    }
    composite::error_ratio(slo, all, &|id| {
        let leaf = all.get(id).and_then(|leaf| direct(leaf, window));
        // All of them are there; an empty vector would leave the whole without a value.
        leaf.map_or_else(nothing, |direct| Sums {
            bad: direct.bad,
            total: direct.total,
        })
    })
}

/// Share (0–1) of the time before the instant of evaluation for which there is data.
pub fn direct_coverage(slo: &Slo, all: &Catalogue<'_>, length: Duration) -> Option<Expr> {
    let step = if length < Duration::from_days(2) {
        SLOW_INTERVAL
    } else {
        Duration::from_hours(1)
    };
    let covered = |leaf: &Slo| {
        let now = direct(leaf, BASE_WINDOW)?.total;
        let count = call("count_over_time", vec![subquery(now.clone(), length, step)]);
        // What is newer than every look is there all the same.
        let newer = add(mul(number("0"), now), number("0.5"));
        let count = or(count, newer);
        let expected = (length.millis() / step.millis()).max(1);
        Some(at_most_one(div(count, number(&expected))))
    };
    if !matches!(slo.sli.value, Sli::Composite(_)) {
        return covered(slo);
    }
    let parts: Option<Vec<Expr>> = composite::leaves(slo, all)
        .into_iter()
        .enumerate()
        .map(|(index, leaf)| {
            let covered = covered(all.get(leaf)?)?;
            let least = aggregate("min", slo.group_labels(), covered);
            Some(marked(least, index))
        })
        .collect();
    composite::least(slo, parts?)
}

/// Keeps the same labels of several parts apart.
fn marked(expr: Expr, index: usize) -> Expr {
    let text = |text: &str| build::expr(ExprKind::String(string(text)));
    let index = index.to_string();
    call(
        "label_replace",
        vec![expr, text("__part"), text(&index), text(""), text("")],
    )
}

/// What an SLI measures, as its author wrote it: nothing is filled in, clamped or
/// dropped, so that what is wrong with it can be seen.
#[derive(Debug, Clone)]
pub struct Unguarded {
    /// All events per second, or the number of series; for `ratio` the ratio itself.
    pub total: Expr,
    /// The good or bad events per second, whichever the author counts. Of histograms
    /// the bad ones; `None` for what is no part of a total.
    pub part: Option<Expr>,
}

/// See [`Unguarded`]; `None` for composites.
pub fn unguarded(slo: &Slo, window: Duration) -> Option<Unguarded> {
    raw::unguarded(slo, window)
}

/// How what an SLI observes is distributed over the buckets of its classic histogram:
/// observations per second over a window. All have the labels of `group_by`.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// All observations.
    pub total: Expr,
    /// Those up to each bound; with the label `le` besides.
    pub buckets: Expr,
    /// The same of observations that are bad however fast they were.
    pub failed: Option<Expr>,
}

/// See [`Distribution`]; `None` for SLIs without a classic histogram.
pub fn distribution(slo: &Slo, window: Duration) -> Option<Distribution> {
    raw::distribution(slo, window)
}

/// An anchored scale over a window, as events per second with the labels of `group_by`.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Requests up to each bound, from the fastest; failures are in none.
    pub within: Vec<Expr>,
    /// All requests.
    pub total: Expr,
}

/// The anchored scale of an SLO; `None` where its SLI is not `satisfaction`.
pub fn scale(slo: &Slo, window: Duration) -> Option<Scale> {
    raw::scale(slo, window)
}

fn nothing() -> Sums {
    let empty = || call("absent", vec![call("vector", vec![super::tree::time()])]);
    Sums {
        bad: empty(),
        total: empty(),
    }
}

/// What was really there. Where a missing series counts, it does so from the moment on
/// at which rules look for it; before, nobody knows whether there should have been one.
fn seen(slo: &Slo, window: Duration) -> Option<raw::Pair> {
    let Some(total) = raw::seen(slo) else {
        return raw::pair(slo, window, None);
    };
    let bad = raw::pair(slo, window, Some(total.clone()))?.bad;
    Some(raw::Pair { total, bad })
}

/// How often something is looked at that has no counter behind it.
fn step(slo: &Slo, window: Duration) -> Duration {
    match slo.sli.value {
        Sli::Ratio(_) => BASE_WINDOW,
        _ if window <= LONGEST_FAST_WINDOW => FAST_INTERVAL,
        _ => SLOW_INTERVAL,
    }
}

/// Puts what was recorded in place of the series it is recorded as.
fn without_recorded(slo: &Slo, expr: &Expr) -> Expr {
    let replace = |expr: &Expr, of: &dyn Fn(&str) -> Option<Expr>| {
        transform(expr, &mut |node| {
            let Some(used) = selector_use(node) else {
                return;
            };
            let Some(recorded) = used.name().and_then(of) else {
                return;
            };
            *node = match used.range {
                None => recorded,
                Some(range) => subquery(recorded, length(range), step_within(range)),
            };
        })
    };
    let present = |name: &str| (name == SEEN).then(|| raw::seen(slo)).flatten();
    let now = |name: &str| {
        let pair = seen(slo, Duration::ZERO)?;
        match name {
            TOTAL_NOW => Some(pair.total),
            BAD_NOW => Some(pair.bad),
            _ => None,
        }
    };
    replace(&replace(expr, &now), &present)
}

/// Generated rules have literal windows only.
const fn length(window: &Window) -> Duration {
    match &window.kind {
        WindowKind::Literal(length, _) => *length,
        WindowKind::Placeholder(_) | WindowKind::Expr(_) => Duration::ZERO,
    }
}

/// A slice is made of what was seen each minute; what is only remembered can be coarser.
fn step_within(window: &Window) -> Duration {
    if length(window) < Duration::from_days(1) {
        FAST_INTERVAL
    } else {
        SLOW_INTERVAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{inspect, print};

    /// The direct ratio over an hour of each SLO.
    fn ratios(slos: &str) -> Vec<String> {
        let slos = crate::testing::slos(slos);
        let all: Catalogue<'_> = slos.iter().map(|slo| (&slo.id, slo)).collect();
        let ratio = |slo| direct_ratio(slo, &all, Duration::from_hours(1)).unwrap();
        slos.iter()
            .map(|slo| {
                let expr = ratio(slo);
                for used in inspect::selectors(&expr) {
                    let name = used.name().unwrap();
                    assert!(!name.starts_with("slo:"), "{name} in {}", print(&expr));
                }
                // Nor does anything count that was never there.
                assert!(!print(&expr).contains("vector"), "{}", print(&expr));
                print(&expr)
            })
            .collect()
    }

    #[test]
    fn nothing_recorded_is_read() {
        let ratios = ratios(
            "- {name: a, objective: 99, sli: {events: {total: r_total, bad_where: 'code=\"500\"'}}}\n\
             - {name: b, objective: 99, sli: {probe: {metric: up}}}\n\
             - {name: c, objective: 99, sli: {freshness: {timestamp: t_seconds, max_age: 1h}}}\n\
             - {name: d, objective: 99, sli: {threshold: {expr: queue, good: '< 9', missing: bad}}}\n\
             - {name: e, objective: 99, budgeting: {slices: {length: 5m, target: 95}}, \
                sli: {probe: {metric: up}}}\n\
             - {name: f, objective: 99, budgeting: {slices: {length: 5m, target: 95}}, \
                sli: {events: {total: r_total, bad_where: 'code=\"500\"'}}}\n\
             - {name: g, objective: 99, sli: {ratio: {error_ratio: 'errors:ratio$window'}}}\n"
                .replace("'errors:ratio$window'", "'avg_over_time(errors:ratio[$window])'")
                .as_str(),
        );
        assert_eq!(
            ratios[0],
            "(sum(rate(r_total{code=\"500\"}[1h])) or 0 * sum(rate(r_total[1h]))) / (sum(rate(r_total[1h])) > 0)"
        );
        assert!(ratios[1].contains("[1h:1m]"), "{}", ratios[1]);
    }

    #[test]
    fn a_composite_is_made_of_its_components() {
        let ratios = ratios(
            "- {name: a, objective: 99, sli: {events: {total: r_total, bad_where: 'code=\"500\"'}}}\n\
             - {name: b, objective: 99, sli: {probe: {metric: up}}}\n\
             - {name: c, objective: 95, sli: {composite: {every: [s/a, s/b]}}}\n",
        );
        assert!(
            ratios[2].contains("r_total") && ratios[2].contains("up"),
            "{}",
            ratios[2]
        );
    }
}
