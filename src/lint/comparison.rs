//! Comparisons that drop series where a number is needed.

use super::queries::{Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryExpr, BinaryOp, Expr, ExprKind};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, Path, bare};
use crate::promql::{is_comparison, symbol, value_type};
use crate::slo::Slo;

/// Where the result says how many series were left.
const COUNTING: [&str; 3] = ["absent", "count", "group"];

/// SLI015: a comparison without `bool` drops what does not meet it.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        inspect::walk(&written.query.expr, &mut |node, path| {
            if let ExprKind::Binary(binary) = &node.kind
                && is_comparison(binary.op)
                && !binary.return_bool
                && value_type(node) == ValueType::Vector
                && !is_guard(binary, &written)
                && !is_wanted(node, path)
            {
                findings.push(finding(&written, binary));
            }
        });
    }
}

/// Drops only what is no number or no traffic.
fn is_guard(binary: &BinaryExpr, written: &Written<'_>) -> bool {
    let is_zero =
        |side: &Expr| matches!(&bare(side).kind, ExprKind::Number(number) if number.value == 0.0);
    is_zero(&binary.rhs)
        && match binary.op {
            BinaryOp::Ge => true,
            // Events that are absent count as 0; the time 0 means never.
            BinaryOp::Gt | BinaryOp::Ne => {
                written.role == Role::Events || written.key == "timestamp"
            }
            _ => false,
        }
}

/// A condition, a divisor's guard, or what is counted.
fn is_wanted(node: &Expr, path: Path<'_, '_>) -> bool {
    path.is_right_of(node, &[BinaryOp::And, BinaryOp::Unless, BinaryOp::Div])
        || path.is_within(&COUNTING)
}

fn finding(written: &Written<'_>, binary: &BinaryExpr) -> Diagnostic {
    let op = symbol(binary.op);
    let effect = match written.role {
        Role::Gauge => "where it does not hold, nothing is measured",
        _ => "where it does not hold, nothing is counted",
    };
    let help = if written.key == "expr" {
        format!("leave the comparison to `good`, or write `{op} bool`")
    } else {
        format!("leave it out, or write `{op} bool` for 0 and 1")
    };
    written
        .finding(
            &sli::COMPARISON_DROPS,
            binary.op_span.join(binary.rhs.span),
            format!("`{op}` without `bool` drops series: {effect}"),
        )
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, gauge, ratio};

    #[test]
    fn finds_comparisons_that_drop_series() {
        assert_eq!(codes(&gauge("lag > 100")), ["SLI015 > 100"]);
        assert_eq!(
            codes(&ratio("(a > 0) / (rate(b_total[$window]) > 0)")),
            ["SLI015 > 0"]
        );
        assert_eq!(
            codes(&event("x_total", "sum(rate(y_total[$window])) > 5")),
            ["SLI015 > 5"]
        );
    }

    #[test]
    fn takes_guards_and_conditions() {
        for fine in [
            "lag > bool 100",
            "lag and up > 0",
            "count(lag > 5)",
            "lag >= 0",
        ] {
            assert!(codes(&gauge(fine)).is_empty(), "{fine}");
        }
        assert!(codes(&ratio("a / (rate(b_total[$window]) > 0)")).is_empty());
        assert!(codes(&event("x_total", "sum(rate(y_total[$window])) > 0")).is_empty());
    }
}
