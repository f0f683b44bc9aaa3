//! Means of ratios, which count an idle minute as much as a busy one.

use super::queries::{RATES, Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryOp, Expr, ExprKind};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, bare};
use crate::promql::value_type;
use crate::slo::Slo;

/// SLI011: the mean of ratios.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        inspect::walk(&written.query.expr, &mut |node, _| {
            findings.extend(mean(&written, node));
        });
    }
}

fn mean(written: &Written<'_>, node: &Expr) -> Option<Diagnostic> {
    let (function, averaged, over) = match &node.kind {
        ExprKind::Call(call) if call.func.name == "avg_over_time" => {
            (&call.func, call.args.first()?, "minute")
        }
        ExprKind::Aggregate(aggregate) if aggregate.op.name.eq_ignore_ascii_case("avg") => {
            (&aggregate.op, &aggregate.expr, "series")
        }
        _ => return None,
    };
    // The mean of gauges in relation to others, such as memory in use, is what it says.
    if !is_ratio(averaged) || (written.role == Role::Gauge && !counts(averaged)) {
        return None;
    }
    Some(
        written
            .finding(
                &sli::MEAN_OF_RATIOS,
                node.span,
                format!(
                    "`{}` of a ratio counts an idle {over} as much as a busy one",
                    function.name
                ),
            )
            .with_help("use the SLI kind `events` with `bad` and `total`: the rules divide last"),
    )
}

/// Whether events are counted in it.
fn counts(expr: &Expr) -> bool {
    let mut found = false;
    inspect::walk(expr, &mut |node, _| {
        if let ExprKind::Call(call) = &node.kind {
            found |= RATES.contains(&call.func.name.as_str());
        }
    });
    found
}

fn is_ratio(expr: &Expr) -> bool {
    match &bare(expr).kind {
        ExprKind::Subquery(subquery) => is_ratio(&subquery.expr),
        ExprKind::Range(range) => inspect::name_of(&range.selector).is_some_and(named_ratio),
        ExprKind::Selector(selector) => inspect::name_of(selector).is_some_and(named_ratio),
        ExprKind::Binary(binary) => match binary.op {
            BinaryOp::Div => [&binary.lhs, &binary.rhs]
                .iter()
                .all(|side| value_type(side) == ValueType::Vector),
            // `1 - good / total`
            _ => is_ratio(&binary.lhs) || is_ratio(&binary.rhs),
        },
        _ => false,
    }
}

/// `job:errors:ratio_rate5m`, `cache_hit_ratio`.
fn named_ratio(name: &str) -> bool {
    name.split([':', '_']).any(|word| word == "ratio")
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, gauge, ratio};

    #[test]
    fn finds_means_of_ratios() {
        for text in [
            "avg_over_time(job:errors:ratio_rate5m[$window])",
            "avg(a / rate(b_total[$window]))",
            "avg_over_time((1 - a / b)[$window:1m])",
        ] {
            assert_eq!(codes(&ratio(text)), [format!("SLI011 {text}")]);
        }
        let text = "avg(rate(a_total[5m]) / rate(b_total[5m]))";
        assert_eq!(codes(&gauge(text)), [format!("SLI011 {text}")]);
    }

    #[test]
    fn leaves_other_means_alone() {
        assert!(codes(&ratio("avg_over_time(job:latency:mean[$window])")).is_empty());
        assert!(codes(&gauge("avg(lag / 1000)")).is_empty());
        assert!(codes(&gauge("avg(memory_free / memory_size)")).is_empty());
    }
}
