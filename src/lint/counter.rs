//! Counters that are read as if they were gauges.

use super::queries::{RATES, Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::BinaryOp;
use crate::promql::inspect::{self, Path, SelectorUse};
use crate::slo::Slo;

/// Functions and aggregations to which the value of a counter does not matter,
/// or that know what a counter is.
const FINE: [&str; 12] = [
    "absent",
    "absent_over_time",
    "changes",
    "count",
    "count_over_time",
    "group",
    "present_over_time",
    "resets",
    "start_timestamp",
    "timestamp",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
];

/// SLI002: a raw counter without `rate`.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        if has_place_for_raw_counters(&written) {
            continue;
        }
        inspect::walk(&written.query.expr, &mut |node, path| {
            if let Some(used) = inspect::selector_use(node)
                && let Some(name) = used.name()
                && is_counter(name)
                && !is_handled(path)
                && !path.is_right_of(node, &[BinaryOp::And, BinaryOp::Unless])
            {
                findings.push(raw(&written, used, name));
            }
        });
    }
}

/// What the rules take the rate of.
fn has_place_for_raw_counters(written: &Written<'_>) -> bool {
    written.role == Role::Histogram || written.is_rated()
}

fn is_handled(path: Path<'_, '_>) -> bool {
    path.is_within(&RATES) || path.is_within(&FINE)
}

fn is_counter(name: &str) -> bool {
    name.ends_with("_total") || name.ends_with("_bucket")
}

fn raw(written: &Written<'_>, used: SelectorUse<'_>, name: &str) -> Diagnostic {
    let window = match written.role {
        Role::Gauge => "5m",
        _ => "$window",
    };
    written
        .finding(
            &sli::COUNTER_WITHOUT_RATE,
            used.span,
            format!("`{name}` is by its name a counter: what it counts is in its rate"),
        )
        .with_help(format!("write `rate({name}[{window}])`"))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, gauge, ratio};

    #[test]
    fn finds_counters_without_rate() {
        assert_eq!(
            codes(&gauge("sum(failures_total)")),
            ["SLI002 failures_total"]
        );
        assert_eq!(
            codes(&ratio(
                "errors_total / requests_total + 0 * rate(a_total[$window])"
            )),
            ["SLI002 errors_total", "SLI002 requests_total"]
        );
        assert_eq!(
            codes(&event("sum(avg_over_time(x_total[$window]))", "y_total")),
            ["SLI002 x_total"]
        );
    }

    #[test]
    fn leaves_counters_alone_that_are_rated_or_counted() {
        for fine in [
            "sum(rate(failures_total[5m]))",
            "count(failures_total)",
            "lag unless failures_total",
            "node_memory_MemTotal_bytes",
        ] {
            assert!(codes(&gauge(fine)).is_empty(), "{fine}");
        }
        assert!(codes(&event("x_total", "y_total")).is_empty());
    }
}
