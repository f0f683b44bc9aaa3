//! Changes to trees: fill in windows, add matchers.

use smol_str::{SmolStr, ToSmolStr as _};

use super::ast::{Expr, ExprKind, Matcher, Modifiers, VectorSelector, Window, WindowKind};
use crate::duration::Duration;

/// The expression with every window placeholder replaced by `window`, and
/// `increase` over a placeholder turned into `rate`, so that values of windows
/// of different length can be compared.
#[must_use]
pub fn with_window(expr: &Expr, window: Duration) -> Expr {
    transform(expr, &mut |node| match &mut node.kind {
        ExprKind::Selector(selector) => fill_offset(&mut selector.modifiers, window),
        ExprKind::Range(range) => {
            fill(&mut range.range, window);
            fill_offset(&mut range.selector.modifiers, window);
        }
        ExprKind::Subquery(subquery) => {
            fill_offset(&mut subquery.modifiers, window);
            fill(&mut subquery.range, window);
            if let Some(step) = &mut subquery.step {
                fill(step, window);
            }
        }
        _ => {}
    })
}

/// The expression with `increase(x[<placeholder>])` turned into `rate(x[<placeholder>])`.
#[must_use]
pub fn increase_to_rate(expr: &Expr) -> Expr {
    transform(expr, &mut |node| {
        if let ExprKind::Call(call) = &mut node.kind
            && call.func.name == "increase"
            && call.args.first().is_some_and(reads_placeholder)
        {
            call.func.name = SmolStr::new_static("rate");
        }
    })
}

/// The expression with `matchers` added to every selector.
#[must_use]
pub fn add_matchers(expr: &Expr, matchers: &[Matcher]) -> Expr {
    let add = |selector: &mut VectorSelector| selector.matchers.extend_from_slice(matchers);
    transform(expr, &mut |node| match &mut node.kind {
        ExprKind::Selector(selector) => add(selector),
        ExprKind::Range(range) => add(&mut range.selector),
        _ => {}
    })
}

/// A copy in which `change` has been applied to every node, the leaves first.
pub fn transform(expr: &Expr, change: &mut impl FnMut(&mut Expr)) -> Expr {
    let mut copy = expr.clone();
    visit_mut(&mut copy, change);
    copy
}

fn visit_mut(expr: &mut Expr, change: &mut impl FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Range(_) => {}
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => visit_mut(inner, change),
        ExprKind::Binary(binary) => {
            visit_mut(&mut binary.lhs, change);
            visit_mut(&mut binary.rhs, change);
        }
        ExprKind::Subquery(subquery) => visit_mut(&mut subquery.expr, change),
        ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| visit_mut(arg, change)),
        ExprKind::Aggregate(aggregate) => {
            if let Some(param) = &mut aggregate.param {
                visit_mut(param, change);
            }
            visit_mut(&mut aggregate.expr, change);
        }
    }
    change(expr);
}

fn reads_placeholder(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Range(range) if matches!(range.range.kind, WindowKind::Placeholder(_)))
}

fn fill_offset(modifiers: &mut Modifiers, duration: Duration) {
    if let Some(offset) = &mut modifiers.offset {
        fill(&mut offset.window, duration);
    }
}

fn fill(window: &mut Window, duration: Duration) {
    if matches!(window.kind, WindowKind::Placeholder(_)) {
        window.kind = WindowKind::Literal(duration, duration.to_smolstr());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{parse, print};

    #[test]
    fn fills_in_every_placeholder() {
        let expr =
            parse("rate(a[$window] offset $window) + max_over_time(b[$window:$window])").unwrap();
        assert_eq!(
            print(&with_window(&expr, Duration::from_mins(5))),
            "rate(a[5m] offset 5m) + max_over_time(b[5m:5m])"
        );
    }
}
