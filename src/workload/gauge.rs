//! What a gauge must be for an expression over it to have a given value.

use super::Reason;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, UnaryOp, VectorSelector};
use crate::promql::print;

/// An expression that is `offset + slope · gauge`, of a single series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine<'e> {
    pub(super) selector: &'e VectorSelector,
    pub(super) offset: f64,
    pub(super) slope: f64,
}

impl<'e> Affine<'e> {
    /// Reads an expression; fails when it is anything but affine in one gauge.
    pub(super) fn of(expr: &'e Expr) -> Result<Self, Reason> {
        match read(expr) {
            Some(Value {
                selector: Some(selector),
                offset,
                slope,
            }) if slope != 0.0 => Ok(Self {
                selector,
                offset,
                slope,
            }),
            _ => Err(Reason::new(format!(
                "`{}` does not follow from a single gauge",
                print(expr)
            ))),
        }
    }

    /// The value of the gauge at which the expression is `wanted`.
    pub(super) fn solve(&self, wanted: f64) -> f64 {
        (wanted - self.offset) / self.slope
    }

    /// Whether the expression is the gauge itself.
    pub(super) fn is_plain(&self) -> bool {
        self.offset == 0.0 && (self.slope - 1.0).abs() < f64::EPSILON
    }
}

/// A number, or a multiple of a gauge.
struct Value<'e> {
    selector: Option<&'e VectorSelector>,
    offset: f64,
    slope: f64,
}

fn read(expr: &Expr) -> Option<Value<'_>> {
    match &expr.kind {
        ExprKind::Number(number) => Some(constant(number.value)),
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => read(inner),
        ExprKind::Unary(UnaryOp::Minus, inner) => read(inner).map(|value| scaled(value, -1.0)),
        ExprKind::Selector(selector) => gauge(selector),
        ExprKind::Aggregate(aggregate)
            if aggregate.param.is_none()
                && matches!(aggregate.op.name.as_str(), "sum" | "avg" | "min" | "max") =>
        {
            read(&aggregate.expr)
        }
        ExprKind::Call(call)
            if matches!(
                call.func.name.as_str(),
                "avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time"
            ) =>
        {
            match &call.args.first()?.kind {
                ExprKind::Range(range) => gauge(&range.selector),
                _ => None,
            }
        }
        ExprKind::Binary(binary) if binary.matching.is_none() => {
            let (lhs, rhs) = (read(&binary.lhs)?, read(&binary.rhs)?);
            combined(binary.op, lhs, rhs)
        }
        _ => None,
    }
}

fn gauge(selector: &VectorSelector) -> Option<Value<'_>> {
    let plain = selector.modifiers.offset.is_none() && selector.modifiers.at.is_none();
    plain.then_some(Value {
        selector: Some(selector),
        offset: 0.0,
        slope: 1.0,
    })
}

fn combined<'e>(op: BinaryOp, lhs: Value<'e>, rhs: Value<'e>) -> Option<Value<'e>> {
    if lhs.selector.is_some() && rhs.selector.is_some() {
        return None;
    }
    let is_constant = |value: &Value<'_>| value.selector.is_none();
    match op {
        BinaryOp::Add => Some(sum(lhs, rhs)),
        BinaryOp::Sub => Some(sum(lhs, scaled(rhs, -1.0))),
        BinaryOp::Mul if is_constant(&lhs) => Some(scaled(rhs, lhs.offset)),
        BinaryOp::Mul => Some(scaled(lhs, rhs.offset)),
        BinaryOp::Div if is_constant(&rhs) && rhs.offset != 0.0 => {
            Some(scaled(lhs, 1.0 / rhs.offset))
        }
        _ => None,
    }
}

const fn constant<'e>(offset: f64) -> Value<'e> {
    Value {
        selector: None,
        offset,
        slope: 0.0,
    }
}

fn scaled(value: Value<'_>, by: f64) -> Value<'_> {
    Value {
        offset: value.offset * by,
        slope: value.slope * by,
        ..value
    }
}

fn sum<'e>(lhs: Value<'e>, rhs: Value<'e>) -> Value<'e> {
    Value {
        selector: lhs.selector.or(rhs.selector),
        offset: lhs.offset + rhs.offset,
        slope: lhs.slope + rhs.slope,
    }
}
