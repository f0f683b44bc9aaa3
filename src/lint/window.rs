//! Fixed windows beside placeholders.

use super::queries::{RATES, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{Expr, ExprKind, Window, WindowKind};
use crate::promql::inspect;
use crate::slo::Slo;

/// SLI003: a part looks back a fixed time, another as far as a rule asks for.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        findings.extend(mixed(&written));
    }
}

fn mixed(written: &Written<'_>) -> Option<Diagnostic> {
    let expr = &written.query.expr;
    let windows = inspect::windows(expr);
    let filled = windows
        .iter()
        .find(|window| inspect::is_placeholder(window))?;
    let fixed = fixed_rate(expr)?;
    Some(
        written
            .finding(
                &sli::MIXED_WINDOWS,
                fixed.span,
                "this part always looks back the same time, the rest as far as a rule asks for",
            )
            .with_secondary(written.query.locate(filled.span), "filled in by the rules")
            .with_help("write `[$window]` here, too"),
    )
}

/// A counter's rate over a window that is written out.
fn fixed_rate(expr: &Expr) -> Option<&Window> {
    let mut found = None;
    inspect::walk(expr, &mut |node, path| {
        if let ExprKind::Range(range) = &node.kind
            && matches!(range.range.kind, WindowKind::Literal(..))
            && path.is_within(&RATES)
            && found.is_none()
        {
            found = Some(&range.range);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, ratio};

    #[test]
    fn finds_mixed_windows() {
        let total = "sum(rate(x_total[$window]))";
        let code = r#"sum(rate(x_total{c="d"}[5m]))"#;
        assert_eq!(codes(&ratio(&format!("{code} / {total}"))), ["SLI003 5m"]);
        assert!(
            codes(&ratio(&format!(
                "{total} / {total} and max_over_time(up[1d]) > 0"
            )))
            .is_empty()
        );
    }
}
