//! Time slices: 1 for a bad one, 0 for a good or an empty one; an empty one counts 0 in the total.

use rust_decimal::Decimal;

use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{binary_bool, call, number, subquery};
use crate::rules::series::{BAD_NOW, TOTAL_NOW, own_over};
use crate::rules::tree::{just_below, or_zero, ratio};
use crate::slo::{Objective, Slo};

use super::{Pair, pair, positive};

/// The pair of the last finished slice. Steps of a subquery are aligned to the
/// clock, so that the slice is too, whenever the group is evaluated.
pub(in crate::rules) fn slice_pair(slo: &Slo, length: Duration, target: Objective) -> Option<Pair> {
    let whole = if slo.sli.value.is_gauge() {
        let within = just_below(length);
        Pair {
            total: own_over("sum_over_time", &slo.id, TOTAL_NOW, within),
            bad: own_over("sum_over_time", &slo.id, BAD_NOW, within),
        }
    } else {
        let overlap = slo.scrape().unwrap_or(Duration::ZERO);
        pair(slo, length + overlap, None)?
    };
    let allowed: Decimal = target.budget();
    let bad = binary_bool(
        BinaryOp::Gt,
        ratio(whole.bad, whole.total.clone()),
        number(&allowed),
    );
    // An idle slice is known to be idle: that is not the same as no data.
    let bad = or_zero(bad, whole.total.clone());
    let total = binary_bool(BinaryOp::Gt, whole.total, number("0"));
    Some(Pair {
        total: last_slice(total, length),
        bad: last_slice(bad, length),
    })
}

/// The pair of the last finished slice as a tile: an idle one covers nothing.
pub(in crate::rules) fn slice_tile(slo: &Slo, length: Duration, target: Objective) -> Option<Pair> {
    let Pair { total, bad } = slice_pair(slo, length, target)?;
    Some(Pair {
        total: positive(total),
        bad,
    })
}

/// The pair of this evaluation, recorded under slices of gauges.
pub(in crate::rules) fn now_pair(slo: &Slo, total_again: Expr) -> Option<Pair> {
    pair(slo, Duration::ZERO, Some(total_again))
}

fn last_slice(expr: Expr, length: Duration) -> Expr {
    call(
        "last_over_time",
        vec![subquery(expr, just_below(length), length)],
    )
}
