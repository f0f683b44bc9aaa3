//! What an expression reads, and how far back.

use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind, MatchOp, Modifiers, VectorSelector, Window, WindowKind};

/// One selector of an expression.
pub(super) struct Read<'a> {
    /// Name of the series.
    pub(super) name: &'a str,
    selector: &'a VectorSelector,
    /// From the instant of evaluation to the oldest sample that counts.
    pub(super) back: Duration,
}

impl Read<'_> {
    /// The value that the selector asks of a label.
    pub(super) fn matcher(&self, label: &str) -> Option<&str> {
        let mut matchers = self.selector.matchers.iter();
        let found = matchers.find(|m| m.label.name == label && m.op == MatchOp::Equal)?;
        Some(&found.value.value)
    }
}

/// Calls `see` for every selector by name.
pub(super) fn visit<'a>(expr: &'a Expr, see: &mut impl FnMut(&Read<'a>)) {
    walk(expr, Duration::ZERO, see);
}

fn walk<'a>(expr: &'a Expr, back: Duration, see: &mut impl FnMut(&Read<'a>)) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => {}
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => walk(inner, back, see),
        ExprKind::Binary(binary) => {
            walk(&binary.lhs, back, see);
            walk(&binary.rhs, back, see);
        }
        ExprKind::Selector(selector) => read(selector, back, see),
        ExprKind::Range(range) => read(&range.selector, back + length(&range.range), see),
        ExprKind::Subquery(subquery) => {
            let back = back + length(&subquery.range) + shift(&subquery.modifiers);
            walk(&subquery.expr, back, see);
        }
        ExprKind::Call(call) => call.args.iter().for_each(|arg| walk(arg, back, see)),
        ExprKind::Aggregate(aggregate) => {
            if let Some(param) = &aggregate.param {
                walk(param, back, see);
            }
            walk(&aggregate.expr, back, see);
        }
    }
}

fn read<'a>(selector: &'a VectorSelector, back: Duration, see: &mut impl FnMut(&Read<'a>)) {
    // What `@ end()` reads is read at the instant of evaluation, wherever it stands.
    let back = if selector.modifiers.at.is_some() {
        Duration::ZERO
    } else {
        back
    };
    if let Some(name) = &selector.name {
        see(&Read {
            name: &name.name,
            selector,
            back: back + shift(&selector.modifiers),
        });
    }
}

fn shift(modifiers: &Modifiers) -> Duration {
    match &modifiers.offset {
        Some(offset) if !offset.negative => length(&offset.window),
        _ => Duration::ZERO,
    }
}

/// Generated rules have literal windows only.
const fn length(window: &Window) -> Duration {
    match &window.kind {
        WindowKind::Literal(length, _) => *length,
        WindowKind::Placeholder(_) | WindowKind::Expr(_) => Duration::ZERO,
    }
}
