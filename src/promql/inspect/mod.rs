//! What an expression reads and what comes out of it, without a server.

mod labels;
mod matchers;

pub use labels::{Labels, Sides, each_match, labels};
pub use matchers::{accepts, contradict, implies, same, values};

use super::ast::{
    BinaryOp, Expr, ExprKind, MatchOp, Modifiers, VectorSelector, Window, WindowKind,
};
use crate::source::Span;

/// A node on the way from the root of an expression, and those above it.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a, 'p> {
    /// From the root to the parent.
    above: &'p [&'a Expr],
}

impl<'a> Path<'a, '_> {
    /// The nodes above, the nearest first.
    pub fn up(&self) -> impl Iterator<Item = &'a Expr> {
        self.above.iter().rev().copied()
    }

    /// Whether a call of one of these functions, or one of these aggregations, is above.
    pub fn is_within(&self, functions: &[&str]) -> bool {
        self.up().any(|node| match &node.kind {
            ExprKind::Call(call) => functions.contains(&call.func.name.as_str()),
            ExprKind::Aggregate(aggregate) => functions
                .iter()
                .any(|name| aggregate.op.name.eq_ignore_ascii_case(name)),
            _ => false,
        })
    }

    /// Whether `node` lies in the right operand of one of these operators.
    pub fn is_right_of(&self, node: &Expr, ops: &[BinaryOp]) -> bool {
        let mut child = node;
        for parent in self.up() {
            if let ExprKind::Binary(binary) = &parent.kind
                && ops.contains(&binary.op)
                && std::ptr::eq(&raw const binary.rhs, child)
            {
                return true;
            }
            child = parent;
        }
        false
    }
}

/// Visits every node, those above first.
pub fn walk<'a>(expr: &'a Expr, visit: &mut impl FnMut(&'a Expr, Path<'a, '_>)) {
    descend(expr, &mut Vec::new(), visit);
}

fn descend<'a>(
    expr: &'a Expr,
    above: &mut Vec<&'a Expr>,
    visit: &mut impl FnMut(&'a Expr, Path<'a, '_>),
) {
    visit(expr, Path { above });
    above.push(expr);
    for child in children(expr) {
        descend(child, above, visit);
    }
    above.pop();
}

/// The operands and arguments of a node, in written order.
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Range(_) => {
            Vec::new()
        }
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => vec![inner],
        ExprKind::Binary(binary) => vec![&binary.lhs, &binary.rhs],
        ExprKind::Subquery(subquery) => vec![&subquery.expr],
        ExprKind::Call(call) => call.args.iter().collect(),
        ExprKind::Aggregate(aggregate) => aggregate.param.iter().chain([&aggregate.expr]).collect(),
    }
}

/// A selector and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct SelectorUse<'a> {
    /// What is selected.
    pub selector: &'a VectorSelector,
    /// Place of the selector without range and modifiers.
    pub span: Span,
    /// Its range; none for an instant vector.
    pub range: Option<&'a Window>,
}

impl<'a> SelectorUse<'a> {
    /// The name of the metric, if there is exactly one.
    pub fn name(&self) -> Option<&'a str> {
        name_of(self.selector)
    }
}

/// The selector that a node is, with or without a range.
pub fn selector_use(expr: &Expr) -> Option<SelectorUse<'_>> {
    match &expr.kind {
        ExprKind::Selector(selector) => Some(SelectorUse {
            selector,
            span: expr.span,
            range: None,
        }),
        ExprKind::Range(range) => Some(SelectorUse {
            selector: &range.selector,
            span: range.selector_span,
            range: Some(&range.range),
        }),
        _ => None,
    }
}

/// All selectors of an expression, in written order.
pub fn selectors(expr: &Expr) -> Vec<SelectorUse<'_>> {
    let mut found = Vec::new();
    walk(expr, &mut |node, _| found.extend(selector_use(node)));
    found
}

/// The name of the metric, also as `{__name__="a"}`, if there is exactly one.
pub fn name_of(selector: &VectorSelector) -> Option<&str> {
    if let Some(name) = &selector.name {
        return Some(&name.name);
    }
    selector
        .matchers
        .iter()
        .find(|matcher| matcher.label.name == "__name__" && matcher.op == MatchOp::Equal)
        .map(|matcher| matcher.value.value.as_str())
}

/// All ranges, steps and offsets of an expression.
pub fn windows(expr: &Expr) -> Vec<&Window> {
    fn offset(modifiers: &Modifiers) -> Option<&Window> {
        modifiers.offset.as_ref().map(|offset| &offset.window)
    }
    let mut found = Vec::new();
    walk(expr, &mut |node, _| match &node.kind {
        ExprKind::Selector(selector) => found.extend(offset(&selector.modifiers)),
        ExprKind::Range(range) => {
            found.push(&range.range);
            found.extend(offset(&range.selector.modifiers));
        }
        ExprKind::Subquery(subquery) => {
            found.push(&subquery.range);
            found.extend(&subquery.step);
            found.extend(offset(&subquery.modifiers));
        }
        _ => {}
    });
    found
}

/// Whether a window is filled in by the rule compiler.
pub const fn is_placeholder(window: &Window) -> bool {
    matches!(window.kind, WindowKind::Placeholder(_))
}

/// The expression without the parentheses around it.
pub fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse;

    #[test]
    fn finds_selectors_with_their_places() {
        let text = r#"sum(rate(a{b="c"}[5m])) / {__name__="d"} offset 5m"#;
        let expr = parse(text).unwrap();
        let found: Vec<_> = selectors(&expr)
            .iter()
            .map(|used| (used.name().unwrap(), used.range.is_some()))
            .collect();
        assert_eq!(found, [("a", true), ("d", false)]);
        let span = selectors(&expr)[0].span;
        assert_eq!(&text[span.start..span.end], r#"a{b="c"}"#);
    }

    #[test]
    fn knows_where_a_node_stands() {
        let text = "sum(rate(a[5m]) unless b) / (c > 0)";
        let expr = parse(text).unwrap();
        let mut seen = Vec::new();
        walk(&expr, &mut |node, path| {
            if let Some(used) = selector_use(node) {
                seen.push((
                    used.name().unwrap(),
                    path.is_within(&["rate"]),
                    path.is_right_of(node, &[BinaryOp::Unless]),
                    path.is_right_of(node, &[BinaryOp::Div]),
                ));
            }
        });
        assert_eq!(
            seen,
            [
                ("a", true, false, false),
                ("b", false, true, false),
                ("c", false, false, true)
            ]
        );
    }

    #[test]
    fn tells_placeholders() {
        let expr = parse("rate(a[$window]) + max_over_time(b[1h:5m])").unwrap();
        let placeholders: Vec<_> = windows(&expr).into_iter().map(is_placeholder).collect();
        assert_eq!(placeholders, [true, false, false]);
    }
}
