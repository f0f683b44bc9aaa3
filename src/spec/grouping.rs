//! Which labels the expressions of other tools keep: natively they are named apart.

use std::sync::Arc;

use super::make;
use super::node::Node;
use crate::promql::ast::{Aggregate, Expr, ExprKind};
use crate::promql::inspect;
use crate::source::SourceSpan;

/// The labels that an expression keeps: those of the aggregations it is made of.
pub(super) fn kept(expr: &Expr) -> Option<Vec<String>> {
    match &inspect::bare(expr).kind {
        ExprKind::Aggregate(aggregate) => by(aggregate),
        ExprKind::Binary(binary) if binary.matching.is_none() => {
            match (kept(&binary.lhs), kept(&binary.rhs)) {
                (Some(left), Some(right)) => (left == right).then_some(left),
                (one, other) => one.or(other),
            }
        }
        ExprKind::Unary(_, inner) => kept(inner),
        _ => None,
    }
}

/// The labels of `by (…)`, sorted; none without it. `without` keeps nobody knows which.
pub(super) fn by(aggregate: &Aggregate) -> Option<Vec<String>> {
    let Some(grouping) = &aggregate.grouping else {
        return Some(Vec::new());
    };
    let names = grouping.labels.iter().map(|label| label.name.to_string());
    let mut labels: Vec<String> = names.collect();
    labels.sort();
    labels.dedup();
    (!grouping.without).then_some(labels)
}

/// The labels as a `group_by`, unless there is none.
pub(super) fn list(labels: &[String], at: SourceSpan) -> Option<Arc<Node>> {
    let items = labels.iter().map(|label| make::text(label.as_str(), at));
    (!labels.is_empty()).then(|| make::seq(items.collect(), at))
}
