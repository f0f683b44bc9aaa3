//! Window placeholders: where they are missing, mixed with fixed windows, or not filled in.

use super::queries::{RATES, Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{Expr, ExprKind, Modifiers, Window, WindowKind};
use crate::promql::inspect;
use crate::slo::Slo;

/// SLI004, SLI005, SLI006.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        match written.role {
            Role::Gauge => findings.extend(stray(&written)),
            Role::Events | Role::ErrorRatio if !written.is_rated() => {
                findings.extend(missing(&written).or_else(|| mixed(&written)));
            }
            _ => {}
        }
    }
}

fn missing(written: &Written<'_>) -> Option<Diagnostic> {
    let expr = &written.query.expr;
    let windows = inspect::windows(expr);
    if windows.iter().any(|window| inspect::is_placeholder(window)) {
        return None;
    }
    match windows.first() {
        Some(fixed) => Some(
            written
                .finding(
                    &sli::MISSING_WINDOW,
                    fixed.span,
                    "this window is always the same: expected `$window`, \
                     which the rules fill in",
                )
                .with_help("write `[$window]`"),
        ),
        // A ratio may be recorded elsewhere; counters are never read as they are.
        None if written.role == Role::ErrorRatio => None,
        None => Some(
            written
                .finding(
                    &sli::MISSING_WINDOW,
                    expr.span,
                    "expected a bare counter, or an expression with `$window`",
                )
                .with_help("write `sum(rate(…[$window]))`, or the counter alone"),
        ),
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

/// Gauges are read as they are, so nothing fills the placeholder in.
fn stray(written: &Written<'_>) -> Option<Diagnostic> {
    let placeholder = all_windows(&written.query.expr)
        .into_iter()
        .find(|window| inspect::is_placeholder(window))?;
    let message = format!(
        "`{}` is read at each evaluation, so there is no window to fill in",
        written.key
    );
    Some(
        written
            .finding(&sli::STRAY_WINDOW, placeholder.span, message)
            .with_help("write a fixed window such as `5m`"),
    )
}

/// Ranges, steps and offsets.
fn all_windows(expr: &Expr) -> Vec<&Window> {
    let mut found = Vec::new();
    inspect::walk(expr, &mut |node, _| match &node.kind {
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

fn offset(modifiers: &Modifiers) -> Option<&Window> {
    modifiers.offset.as_ref().map(|offset| &offset.window)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, gauge, ratio};

    #[test]
    fn finds_missing_windows() {
        let fine = "sum(rate(y_total[$window]))";
        assert_eq!(codes(&event("sum(rate(x_total[5m]))", fine)), ["SLI004 5m"]);
        assert_eq!(codes(&event("sum(x_total)", fine)), ["SLI004 sum(x_total)"]);
        assert_eq!(codes(&event("(x_total)", fine)), ["SLI004 (x_total)"]);
        assert_eq!(codes(&ratio("max_over_time(a:ratio[1h])")), ["SLI004 1h"]);
        assert!(codes(&event("x_total", fine)).is_empty());
        assert!(codes(&ratio("1 - a:success")).is_empty());
    }

    #[test]
    fn finds_mixed_windows() {
        assert_eq!(
            codes(&ratio(
                "sum(rate(x_total{c=\"d\"}[5m])) / sum(rate(x_total[$window]))"
            )),
            ["SLI005 5m"]
        );
        assert!(
            codes(&ratio(
                "sum(rate(x_total[$window])) / sum(rate(y_total[$window])) and max_over_time(up[1d]) > 0"
            ))
            .is_empty()
        );
    }

    #[test]
    fn finds_windows_that_nothing_fills_in() {
        assert_eq!(
            codes(&gauge("max_over_time(lag[$window])")),
            ["SLI006 $window"]
        );
        assert_eq!(codes(&gauge("lag offset $window")), ["SLI006 $window"]);
        assert!(codes(&gauge("max_over_time(lag[5m])")).is_empty());
    }
}
