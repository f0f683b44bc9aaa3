//! The counters that an expression adds up.

use super::Reason;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, VectorSelector};
use crate::promql::print;

/// The counters of a selector or of a sum of rates. The value of the expression
/// must be the sum of what they count.
pub(super) fn of(expr: &Expr) -> Result<Vec<&VectorSelector>, Reason> {
    let mut found = Vec::new();
    if let ExprKind::Selector(selector) = &expr.kind {
        add(selector, &mut found)?;
    } else {
        collect(expr, &mut found)?;
    }
    Ok(found)
}

/// `a - b`, if it is that.
pub(super) fn difference(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match &expr.kind {
        ExprKind::Paren(inner) => difference(inner),
        ExprKind::Binary(binary) if binary.op == BinaryOp::Sub => Some((&binary.lhs, &binary.rhs)),
        ExprKind::Call(call) if call.func.name.starts_with("clamp") => {
            difference(call.args.first()?)
        }
        _ => None,
    }
}

fn collect<'e>(expr: &'e Expr, found: &mut Vec<&'e VectorSelector>) -> Result<(), Reason> {
    match &expr.kind {
        ExprKind::Paren(inner) => collect(inner, found),
        ExprKind::Aggregate(aggregate) if aggregate.op.name == "sum" => {
            collect(&aggregate.expr, found)
        }
        ExprKind::Call(call)
            if matches!(call.func.name.as_str(), "rate" | "increase")
                && let [argument] = call.args.as_slice()
                && let ExprKind::Range(range) = &argument.kind =>
        {
            add(&range.selector, found)
        }
        ExprKind::Binary(binary) => match binary.op {
            BinaryOp::Add => {
                collect(&binary.lhs, found)?;
                collect(&binary.rhs, found)
            }
            // What follows fills in where there is nothing yet, or keeps an idle total out.
            BinaryOp::Or | BinaryOp::Gt => collect(&binary.lhs, found),
            _ => Err(too_complicated(expr)),
        },
        _ => Err(too_complicated(expr)),
    }
}

fn add<'e>(
    selector: &'e VectorSelector,
    found: &mut Vec<&'e VectorSelector>,
) -> Result<(), Reason> {
    let modifiers = &selector.modifiers;
    if modifiers.offset.is_some() || modifiers.at.is_some() {
        return Err(Reason::new("it reads another time than now"));
    }
    found.push(selector);
    Ok(())
}

fn too_complicated(expr: &Expr) -> Reason {
    Reason::new(format!("`{}` is not a sum of counters", print(expr)))
}
