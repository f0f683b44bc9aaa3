//! Shapes that many rules share.

use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{binary, call, number};

pub(super) fn add(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Add, lhs, rhs)
}

pub(super) fn sub(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Sub, lhs, rhs)
}

pub(super) fn mul(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Mul, lhs, rhs)
}

pub(super) fn div(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Div, lhs, rhs)
}

pub(super) fn modulo(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Mod, lhs, rhs)
}

pub(super) fn or(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Or, lhs, rhs)
}

pub(super) fn and(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::And, lhs, rhs)
}

/// `lhs > rhs`
pub(super) fn above(lhs: Expr, rhs: Expr) -> Expr {
    binary(BinaryOp::Gt, lhs, rhs)
}

/// `lhs or 0 * of`: a part of which none was seen yet is 0. Both sides must
/// have the same labels, else `or` keeps both and the recording fails.
pub(super) fn or_zero(lhs: Expr, of: Expr) -> Expr {
    or(lhs, mul(number("0"), of))
}

/// `bad / (total > 0)`: absent when idle, never NaN.
pub(super) fn ratio(bad: Expr, total: Expr) -> Expr {
    div(bad, above(total, number("0")))
}

/// `clamp_min(expr, 0)`
pub(super) fn not_negative(expr: Expr) -> Expr {
    call("clamp_min", vec![expr, number("0")])
}

/// `clamp_max(expr, 1)`
pub(super) fn at_most_one(expr: Expr) -> Expr {
    call("clamp_max", vec![expr, number("1")])
}

/// `time()`
pub(super) fn time() -> Expr {
    call("time", Vec::new())
}

/// `rate(expr)`
pub(super) fn rate(range: Expr) -> Expr {
    call("rate", vec![range])
}

/// The range that holds what belongs to a length of time and not the instant at
/// its start, which belongs to the one before: Prometheus 2 closes ranges on
/// both sides. Timestamps are whole milliseconds, so nothing falls between.
pub(super) const fn just_below(length: Duration) -> Duration {
    Duration::from_millis(length.millis().saturating_sub(1))
}
