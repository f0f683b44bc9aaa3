//! Counted events.

use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind, Matcher};
use crate::promql::build::{aggregate, range};
use crate::promql::rewrite::{add_matchers, increase_to_rate, with_window};
use crate::rules::tree::{not_negative, or_zero, rate, sub};
use crate::slo::{Events, Slo, Split};

/// Events per second over `window`, summed to the labels of `group_by`.
pub(super) fn counted(slo: &Slo, query: &Expr, extra: &[Matcher], window: Duration) -> Expr {
    let narrowed = add_matchers(query, extra);
    let per_second = match narrowed.kind {
        ExprKind::Selector(selector) => rate(range(selector, window)),
        _ => with_window(&increase_to_rate(&narrowed), window),
    };
    if is_summed_to(&per_second, slo) {
        return per_second;
    }
    aggregate("sum", slo.group_labels(), per_second)
}

/// The events per second that the split counts, good or bad, as they are.
pub(super) fn part(slo: &Slo, sli: &Events, window: Duration) -> Expr {
    match &sli.split {
        Split::BadWhere(matchers) | Split::GoodWhere(matchers) => {
            counted(slo, &sli.total.expr, &matchers.matchers, window)
        }
        Split::Bad(query) | Split::Good(query) => counted(slo, &query.expr, &[], window),
    }
}

/// Bad events per second. Good ones are filled before they are subtracted, or a
/// total outage without a single good event would read as no error.
pub(super) fn bad(slo: &Slo, sli: &Events, window: Duration, total: Expr) -> Expr {
    let total_query = &sli.total.expr;
    match &sli.split {
        Split::BadWhere(matchers) => {
            or_zero(counted(slo, total_query, &matchers.matchers, window), total)
        }
        Split::Bad(query) => or_zero(counted(slo, &query.expr, &[], window), total),
        Split::GoodWhere(matchers) => {
            all_but(counted(slo, total_query, &matchers.matchers, window), total)
        }
        Split::Good(query) => all_but(counted(slo, &query.expr, &[], window), total),
    }
}

fn all_but(good: Expr, total: Expr) -> Expr {
    not_negative(sub(total.clone(), or_zero(good, total)))
}

/// Whether an expression is a sum to exactly the labels of `group_by` already.
fn is_summed_to(expr: &Expr, slo: &Slo) -> bool {
    let ExprKind::Aggregate(aggregate) = &expr.kind else {
        return false;
    };
    let Some(grouping) = &aggregate.grouping else {
        return aggregate.op.name == "sum" && slo.group_by.is_empty();
    };
    let mut labels: Vec<_> = grouping
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    aggregate.op.name == "sum" && !grouping.without && labels.into_iter().eq(slo.group_labels())
}
