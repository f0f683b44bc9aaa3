//! `or vector(0)` where series have labels.

use std::collections::BTreeSet;

use super::queries::{Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{Aggregate, BinaryExpr, BinaryOp, Expr, ExprKind};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, bare};
use crate::promql::value_type;
use crate::slo::Slo;
use crate::source::Span;

/// SLI008: a zero without labels.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    // Without groups the rules sum everything, and one more 0 does no harm.
    let labels_matter = !slo.group_by.is_empty();
    for written in written(&slo.sli.value) {
        let expr = &written.query.expr;
        let zeros = zeros(expr);
        if !zeros.is_empty() {
            descend(&written, expr, &zeros, labels_matter, findings);
        }
    }
}

/// Places of the `or` between series with labels and a constant without.
fn zeros(expr: &Expr) -> BTreeSet<Span> {
    let mut zeros = BTreeSet::new();
    inspect::each_match(expr, &mut |sides| {
        let is_constant = matches!(
            &bare(&sides.binary.rhs).kind,
            ExprKind::Call(call) if call.func.name == "vector"
        );
        if sides.binary.op == BinaryOp::Or && is_constant && !sides.whole_left.is_none() {
            zeros.insert(sides.binary.op_span);
        }
    });
    zeros
}

/// Reports zeros where labels matter.
fn descend(
    written: &Written<'_>,
    expr: &Expr,
    zeros: &BTreeSet<Span>,
    matter: bool,
    findings: &mut Vec<Diagnostic>,
) {
    let matter = match &expr.kind {
        ExprKind::Aggregate(aggregate) => keeps_labels(aggregate).unwrap_or(matter),
        ExprKind::Binary(binary) if binary.op == BinaryOp::Or => {
            if matter && zeros.contains(&binary.op_span) {
                findings.push(finding(written, binary));
            }
            matter
        }
        ExprKind::Binary(binary) => matter || joins_vectors(binary),
        _ => matter,
    };
    for child in inspect::children(expr) {
        descend(written, child, zeros, matter, findings);
    }
}

/// Whether labels within an aggregation show in its result; `None` where it passes them on.
fn keeps_labels(aggregate: &Aggregate) -> Option<bool> {
    if ["topk", "bottomk"].contains(&aggregate.op.name.as_str()) {
        return None;
    }
    Some(
        aggregate
            .grouping
            .as_ref()
            .is_some_and(|grouping| grouping.without || !grouping.labels.is_empty()),
    )
}

/// Whether labels decide what is joined with what.
fn joins_vectors(binary: &BinaryExpr) -> bool {
    let matches_labels = binary
        .matching
        .as_ref()
        .is_none_or(|matching| !matching.on || !matching.labels.is_empty());
    matches_labels
        && [&binary.lhs, &binary.rhs]
            .iter()
            .all(|side| value_type(side) == ValueType::Vector)
}

fn finding(written: &Written<'_>, binary: &BinaryExpr) -> Diagnostic {
    written
        .finding(
            &sli::ZERO_WITHOUT_LABELS,
            binary.op_span.join(binary.rhs.span),
            "`or vector(…)` adds a series without labels; it fills no gap of the series beside it",
        )
        .with_secondary(written.query.locate(binary.lhs.span), "these have labels")
        .with_help(
            "leave it out of `bad` and `good`, which the rules fill with 0; \
             elsewhere write `or 0 * …` of series with the same labels",
        )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, grouped, ratio};

    #[test]
    fn finds_zeros_without_labels() {
        let by = "sum by (region) (rate(x_total[$window]))";
        let bad = format!("{by} or vector(0)");
        assert_eq!(
            codes(&grouped(&["region"], event("y_total", &bad))),
            ["SLI008 or vector(0)"]
        );
        assert_eq!(
            codes(&ratio(&format!("({bad}) / {by}"))),
            ["SLI008 or vector(0)"]
        );
    }

    #[test]
    fn leaves_harmless_zeros_alone() {
        let sum = "sum(rate(x_total[$window]))";
        assert!(codes(&event("y_total", &format!("{sum} or vector(0)"))).is_empty());
        assert!(codes(&ratio(&format!("({sum} or vector(0)) / {sum}"))).is_empty());
        let by = "sum by (region) (rate(x_total[$window]))";
        assert!(codes(&event("y_total", &format!("sum({by} or vector(0))"))).is_empty());
        assert!(
            codes(&grouped(
                &["region"],
                event("y_total", &format!("{by} or 0 * {by}"))
            ))
            .is_empty()
        );
    }
}
