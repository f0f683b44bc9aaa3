//! What is read from the raw metrics: all events and bad events of an SLI.

mod events;
mod gauge;
mod histogram;
mod slices;

pub(super) use gauge::of_group;
pub(super) use slices::{now_pair, slice_pair, slice_tile};

use crate::duration::Duration;
use crate::promql::ast::Expr;
use crate::promql::build::{aggregate, call, number};
use crate::promql::rewrite::with_window;
use crate::slo::{Freshness, HistogramType, Sli, Slo};

use super::direct::{Distribution, Scale, Unguarded};
use super::tree::{above, or};

/// All events and bad events, per second for counted events, as numbers of
/// series for gauges; both with exactly the labels of `group_by`.
pub(super) struct Pair {
    pub(super) total: Expr,
    pub(super) bad: Expr,
}

/// The pair over `window`. `total_again` stands for the total wherever bad
/// needs it: the series it was just recorded as, or the expression itself.
///
/// Composites have no pair of their own.
pub(super) fn pair(slo: &Slo, window: Duration, total_again: Option<Expr>) -> Option<Pair> {
    let total = total(slo, window)?;
    let again = total_again.unwrap_or_else(|| total.clone());
    let bad = match &slo.sli.value {
        Sli::Events(sli) => events::bad(slo, sli, window, again),
        Sli::Latency(sli) => histogram::latency_bad(slo, sli, window, again),
        Sli::Satisfaction(sli) => histogram::satisfaction_bad(slo, sli, window, again),
        Sli::Freshness(Freshness::Histogram { histogram, max_age }) => {
            histogram::slower_than(slo, histogram, max_age.value, None, window, again)
        }
        Sli::Freshness(_) | Sli::Probe(_) | Sli::Threshold(_) => gauge::bad(slo, again)?,
        Sli::Ratio(sli) => call(
            "clamp_max",
            vec![
                aggregate(
                    "avg",
                    slo.group_labels(),
                    measured(&sli.error_ratio.expr, window),
                ),
                number("1"),
            ],
        ),
        Sli::Composite(_) => return None,
    };
    Some(Pair { total, bad })
}

fn total(slo: &Slo, window: Duration) -> Option<Expr> {
    Some(match &slo.sli.value {
        Sli::Events(sli) => events::counted(slo, &sli.total.expr, &[], window),
        Sli::Latency(sli) => histogram::count(slo, &sli.histogram, window),
        Sli::Satisfaction(sli) => histogram::count(slo, &sli.histogram, window),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => {
            histogram::count(slo, histogram, window)
        }
        Sli::Freshness(_) | Sli::Probe(_) | Sli::Threshold(_) => gauge::total(slo)?,
        Sli::Ratio(sli) => aggregate(
            "group",
            slo.group_labels(),
            measured(&sli.error_ratio.expr, window),
        ),
        Sli::Composite(_) => return None,
    })
}

/// See [`Unguarded`].
pub(super) fn unguarded(slo: &Slo, window: Duration) -> Option<Unguarded> {
    let (total, part) = match &slo.sli.value {
        Sli::Events(sli) => (total(slo, window)?, Some(events::part(slo, sli, window))),
        Sli::Latency(_) | Sli::Satisfaction(_) | Sli::Freshness(Freshness::Histogram { .. }) => {
            let Pair { total, bad } = pair(slo, window, None)?;
            (total, Some(bad))
        }
        Sli::Freshness(_) | Sli::Probe(_) | Sli::Threshold(_) => (gauge::present(slo)?, None),
        Sli::Ratio(sli) => (with_window(&sli.error_ratio.expr, window), None),
        Sli::Composite(_) => return None,
    };
    Some(Unguarded { total, part })
}

/// See [`Distribution`].
pub(super) fn distribution(slo: &Slo, window: Duration) -> Option<Distribution> {
    let (histogram, errors) = match &slo.sli.value {
        Sli::Latency(sli) => (&sli.histogram, sli.errors_where.as_ref()),
        Sli::Satisfaction(sli) => (&sli.histogram, sli.errors_where.as_ref()),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => (histogram, None),
        _ => return None,
    };
    if histogram.kind != HistogramType::Classic {
        return None;
    }
    let (buckets, failed) = histogram::buckets(slo, histogram, errors, window);
    Some(Distribution {
        total: histogram::count(slo, histogram, window),
        buckets,
        failed,
    })
}

/// See [`super::direct::Scale`].
pub(super) fn scale(slo: &Slo, window: Duration) -> Option<Scale> {
    let Sli::Satisfaction(sli) = &slo.sli.value else {
        return None;
    };
    Some(Scale {
        within: histogram::within_anchors(slo, sli, window),
        total: histogram::count(slo, &sli.histogram, window),
    })
}

/// What `slo:seen:count` records, for SLIs in which a missing group counts.
pub(super) fn seen(slo: &Slo) -> Option<Expr> {
    gauge::counts_missing(slo)
        .then(|| gauge::present(slo))
        .flatten()
}

/// A ratio where it has a value: the comparison drops NaN.
fn measured(expr: &Expr, window: Duration) -> Expr {
    crate::promql::build::binary(
        crate::promql::ast::BinaryOp::Ge,
        with_window(expr, window),
        number("0"),
    )
}

/// The first operand that has a value for a group, in this order.
fn first_of(operands: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    operands.into_iter().reduce(or)
}

fn positive(expr: Expr) -> Expr {
    above(expr, number("0"))
}
