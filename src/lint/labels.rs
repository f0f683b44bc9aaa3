//! Labels that are lost, and sides of an operator whose labels never agree.

use super::queries::{Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryOp, Expr, ExprKind};
use crate::promql::inspect::{self, Labels};
use crate::promql::symbol;
use crate::slo::Slo;
use crate::source::{Located, Span};

/// SLI004: a label of `group_by` is gone. SLI005: labels never agree.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        let query = &written.query;
        let out = inspect::each_match(&query.expr, &mut |sides| {
            let joins_nothing =
                matches!((&sides.left, &sides.right), (Labels::Only(a), Labels::Only(b)) if a != b);
            if sides.binary.op != BinaryOp::Or && joins_nothing {
                findings.push(never_agree(&written, &sides));
            }
        });
        // What a histogram is read with is the rules' own.
        if written.role != Role::Histogram {
            for label in &slo.group_by {
                if !out.allow(&label.value) {
                    findings.push(lost(&written, label));
                }
            }
        }
    }
}

fn never_agree(written: &Written<'_>, sides: &inspect::Sides<'_>) -> Diagnostic {
    let binary = sides.binary;
    let at = |span: Span| written.query.locate(span);
    let effect = match binary.op {
        BinaryOp::Unless => "removes nothing",
        _ => "has no result",
    };
    written
        .finding(
            &sli::LABELS_DIFFER,
            binary.op_span,
            format!(
                "`{}` {effect}: the series on its sides never have the same labels",
                symbol(binary.op)
            ),
        )
        .with_secondary(at(binary.lhs.span), format!("matched by {}", sides.left))
        .with_secondary(at(binary.rhs.span), format!("matched by {}", sides.right))
        .with_help(
            "aggregate both sides by the same labels, or say with `on (…)` which have to agree",
        )
}

fn lost(written: &Written<'_>, label: &Located<String>) -> Diagnostic {
    let expr = &written.query.expr;
    let message = format!(
        "`{}` is grouped by `{}`, but no label `{}` comes out of it",
        written.key, label.value, label.value
    );
    written
        .finding(&sli::GROUP_LABEL_LOST, culprit(expr, &label.value), message)
        .with_secondary(label.at, "grouped by it here")
        .with_help(format!(
            "keep it: `sum by ({}) (…)`, or take it out of `group_by`",
            label.value
        ))
}

/// The aggregation that drops a label, or else the whole expression.
fn culprit(expr: &Expr, label: &str) -> Span {
    let mut found = None;
    inspect::walk(expr, &mut |node, _| {
        if let ExprKind::Aggregate(aggregate) = &node.kind
            && found.is_none()
            && !inspect::labels(node).allow(label)
        {
            found = Some(aggregate.op.span);
        }
    });
    found.unwrap_or(expr.span)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, gauge, grouped, ratio};

    #[test]
    fn finds_lost_labels() {
        let slo = |total| grouped(&["region"], event(total, "bad_total"));
        assert_eq!(codes(&slo("sum(rate(x_total[$window]))")), ["SLI004 sum"]);
        assert_eq!(
            codes(&slo("sum without (region) (rate(x_total[$window]))")),
            ["SLI004 sum"]
        );
        assert!(codes(&slo("sum by (region, pod) (rate(x_total[$window]))")).is_empty());
        assert!(codes(&slo("x_total")).is_empty());
        assert_eq!(
            codes(&grouped(&["region"], gauge("sum(lag)"))),
            ["SLI004 sum"]
        );
    }

    #[test]
    fn finds_sides_that_never_agree() {
        let a = "sum by (code) (rate(x_total[$window]))";
        let b = "sum(rate(x_total[$window]))";
        assert_eq!(codes(&ratio(&format!("{a} / {b}"))), ["SLI005 /"]);
        assert_eq!(codes(&ratio(&format!("{b} / on (code) {a}"))), ["SLI005 /"]);
        assert!(codes(&ratio(&format!("{a} / ignoring (code) group_left {b}"))).is_empty());
        assert!(codes(&ratio(&format!("{a} / on () group_left {b}"))).is_empty());
        assert!(codes(&ratio(&format!("sum(x) / y and {b}"))).is_empty());
    }
}
