//! Whether expressions have the shape that the rules are built on.

use super::queries::{Role, Written, written};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::{promql, sli};
use crate::promql::ast::ExprKind;
use crate::promql::functions::ValueType;
use crate::promql::{inspect, value_type};
use crate::slo::Slo;

/// PQL002, SLI001, SLI002.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        findings.extend(match written.role {
            Role::Histogram => histogram(&written),
            _ => not_a_vector(&written),
        });
    }
}

fn not_a_vector(written: &Written<'_>) -> Option<Diagnostic> {
    let expr = &written.query.expr;
    let found = value_type(expr);
    if found == ValueType::Vector {
        return None;
    }
    let help = match found {
        ValueType::Matrix if written.role == Role::Events => {
            "leave the range out, or count with `sum(rate(…[$window]))`"
        }
        ValueType::Matrix => "put a function such as `max_over_time(…)` around it",
        _ => "name a metric; a number alone measures nothing",
    };
    let message = format!(
        "expected an instant vector in `{}`, found a {}",
        written.key,
        found.name()
    );
    Some(
        written
            .finding(&promql::TYPE_MISMATCH, expr.span, message)
            .with_help(help),
    )
}

/// The rules add suffixes and matchers to the selector of a histogram.
fn histogram(written: &Written<'_>) -> Option<Diagnostic> {
    let expr = &written.query.expr;
    let name = match &expr.kind {
        ExprKind::Selector(selector) => selector.name.as_ref(),
        _ => None,
    };
    let Some(name) = name else {
        let example = inspect::selectors(expr)
            .first()
            .and_then(inspect::SelectorUse::name)
            .map_or("http_request_duration_seconds", base);
        return Some(
            written
                .finding(
                    &sli::NOT_A_HISTOGRAM,
                    expr.span,
                    "expected the name of a histogram, with matchers at most",
                )
                .with_help(format!(
                    "write `{example}{{…}}`; the rules read its buckets"
                )),
        );
    };
    let base = base(&name.name);
    if base == name.name {
        return None;
    }
    let message = format!(
        "`{}` is by its name one of the series of the histogram `{base}`",
        name.name
    );
    Some(
        written
            .finding(&sli::HISTOGRAM_SUFFIX, name.span, message)
            .with_help(format!("write `{base}`: the rules add the suffixes")),
    )
}

/// The name of a histogram without the suffix of one of its series.
fn base(name: &str) -> &str {
    ["_bucket", "_count", "_sum"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, gauge, latency};

    #[test]
    fn needs_instant_vectors() {
        assert_eq!(
            codes(&event("x_total[5m]", "y_total")),
            ["PQL002 x_total[5m]"]
        );
        assert_eq!(codes(&gauge("5")), ["PQL002 5"]);
        assert!(codes(&event("x_total", "y_total")).is_empty());
    }

    #[test]
    fn needs_the_name_of_a_histogram() {
        assert_eq!(codes(&latency("sum(a_seconds)")), ["SLI001 sum(a_seconds)"]);
        assert_eq!(
            codes(&latency(r#"{__name__="a_seconds"}"#)),
            [r#"SLI001 {__name__="a_seconds"}"#]
        );
        assert_eq!(
            codes(&latency(r#"a_seconds_bucket{job="b"}"#)),
            ["SLI002 a_seconds_bucket"]
        );
        assert!(codes(&latency(r#"a_seconds{job="b"}"#)).is_empty());
    }
}
