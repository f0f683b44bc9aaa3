//! What an expression reads, and how far back.

use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind, MatchOp, Modifiers, VectorSelector, Window, WindowKind};
use crate::promql::inspect;

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

/// All selectors by name.
pub(super) fn reads(expr: &Expr) -> Vec<Read<'_>> {
    let mut found = Vec::new();
    inspect::walk(expr, &mut |node, path| {
        let Some(used) = inspect::selector_use(node) else {
            return;
        };
        let Some(name) = &used.selector.name else {
            return;
        };
        let modifiers = &used.selector.modifiers;
        // What `@ end()` reads is read at the instant of evaluation, wherever it stands.
        let from = if modifiers.at.is_some() {
            Duration::ZERO
        } else {
            path.up()
                .map(subquery)
                .fold(Duration::ZERO, |sum, back| sum + back)
                + used.range.map_or(Duration::ZERO, length)
        };
        found.push(Read {
            name: &name.name,
            selector: used.selector,
            back: from + shift(modifiers),
        });
    });
    found
}

/// How much further back a subquery reaches than what it is made of.
fn subquery(node: &Expr) -> Duration {
    match &node.kind {
        ExprKind::Subquery(subquery) => length(&subquery.range) + shift(&subquery.modifiers),
        _ => Duration::ZERO,
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
