//! Rates of what is no counter.

use super::queries::{RATES, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryOp, Call, Expr, ExprKind};
use crate::promql::inspect::{self, bare};
use crate::slo::Slo;
use crate::source::Span;

/// Functions that read histograms, whose names end in units like those of gauges.
const HISTOGRAMS: [&str; 6] = [
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_quantile",
    "histogram_quantiles",
    "histogram_sum",
];

/// Endings that only gauges have, whatever the exporter.
const GAUGES: [&str; 28] = [
    "_active",
    "_age",
    "_age_seconds",
    "_available",
    "_bytes",
    "_celsius",
    "_connected",
    "_current",
    "_depth",
    "_free",
    "_in_flight",
    "_in_progress",
    "_inflight",
    "_info",
    "_lag",
    "_lag_seconds",
    "_length",
    "_percent",
    "_percentage",
    "_pending",
    "_ratio",
    "_seconds",
    "_size",
    "_temperature",
    "_timestamp",
    "_up",
    "_usage",
    "_utilization",
];

/// SLI009: rate of a sum. SLI010: rate of what is by its name a gauge.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        if written.is_rated() {
            for used in inspect::selectors(&written.query.expr) {
                let name = used.name().unwrap_or_default();
                findings.extend(by_name(&written, name, used.span, false));
            }
        }
        inspect::walk(&written.query.expr, &mut |node, path| {
            if let ExprKind::Call(call) = &node.kind
                && RATES.contains(&call.func.name.as_str())
            {
                findings.extend(rated(&written, call, path.is_within(&HISTOGRAMS)));
            }
        });
    }
}

fn rated(written: &Written<'_>, call: &Call, histogram: bool) -> Option<Diagnostic> {
    match &bare(call.args.first()?).kind {
        ExprKind::Range(range) => by_name(
            written,
            inspect::name_of(&range.selector)?,
            range.selector_span,
            histogram,
        ),
        ExprKind::Subquery(subquery) => {
            let func = &call.func.name;
            derived(written, func, bare(&subquery.expr))
        }
        _ => None,
    }
}

fn by_name(written: &Written<'_>, name: &str, span: Span, histogram: bool) -> Option<Diagnostic> {
    let recorded = name.rsplit_once(':').map(|(_, operation)| operation);
    if recorded.is_some_and(|operation| operation.starts_with("sum")) {
        return Some(of_sum(
            written,
            span,
            format!(
                "`{name}` is by its name a recorded sum: a rate of it takes a restart for traffic"
            ),
        ));
    }
    let is_gauge = match recorded {
        Some(operation) => ["rate", "irate", "ratio", "increase", "avg", "mean"]
            .iter()
            .any(|start| operation.starts_with(start)),
        None => {
            !histogram
                && (matches!(name, "up" | "probe_success")
                    || GAUGES.iter().any(|ending| name.ends_with(ending)))
        }
    };
    is_gauge.then(|| {
        let how = if written.is_rated() {
            "the rules take the rate of it"
        } else {
            "a rate only means something for counters"
        };
        written
            .finding(
                &sli::RATE_OF_GAUGE,
                span,
                format!("`{name}` is by its name no counter, and {how}"),
            )
            .with_help("name a counter, or use the SLI kind `threshold` for a gauge")
    })
}

/// A subquery is evaluated before the rate looks for resets.
fn derived(written: &Written<'_>, func: &str, inner: &Expr) -> Option<Diagnostic> {
    match &inner.kind {
        ExprKind::Aggregate(aggregate) => Some(of_sum(
            written,
            inner.span,
            format!(
                "`{func}` of a `{}`: where one of its series restarts, this takes it for traffic",
                aggregate.op.name
            ),
        )),
        ExprKind::Call(call) if RATES.contains(&call.func.name.as_str()) => Some(of_rate(
            written,
            inner.span,
            format!("`{func}` of a `{}`: a rate is no counter", call.func.name),
        )),
        ExprKind::Binary(binary) if binary.op == BinaryOp::Div => Some(of_rate(
            written,
            inner.span,
            format!("`{func}` of a ratio: a ratio is no counter"),
        )),
        _ => None,
    }
}

fn of_sum(written: &Written<'_>, span: Span, message: String) -> Diagnostic {
    written
        .finding(&sli::RATE_OF_SUM, span, message)
        .with_help("take the rate first, then the sum: `sum(rate(…[$window]))`")
}

fn of_rate(written: &Written<'_>, span: Span, message: String) -> Diagnostic {
    written
        .finding(&sli::RATE_OF_GAUGE, span, message)
        .with_help("take the rate once, of the counter itself")
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, ratio};

    const FINE: &str = "sum(rate(y_total[$window]))";

    #[test]
    fn finds_rates_of_sums() {
        assert_eq!(
            codes(&event("rate(sum(x_total)[$window:1m])", FINE)),
            ["SLI009 sum(x_total)"]
        );
        assert_eq!(
            codes(&event("sum(increase(job:x:sum[$window]))", FINE)),
            ["SLI009 job:x:sum"]
        );
        assert_eq!(codes(&event("job:x:sum", "y_total")), ["SLI009 job:x:sum"]);
        assert!(codes(&event("sum(rate(x_total[$window]))", FINE)).is_empty());
    }

    #[test]
    fn finds_rates_of_gauges() {
        assert_eq!(
            codes(&event("memory_bytes", "y_total")),
            ["SLI010 memory_bytes"]
        );
        assert_eq!(
            codes(&event("sum(rate(queue_depth[$window]))", FINE)),
            ["SLI010 queue_depth"]
        );
        assert_eq!(
            codes(&event("sum(rate(job:x:rate5m[$window]))", FINE)),
            ["SLI010 job:x:rate5m"]
        );
        assert_eq!(
            codes(&ratio("increase(rate(x_total[5m])[$window:1m])")),
            ["SLI010 rate(x_total[5m])", "SLI003 5m"]
        );
    }

    #[test]
    fn takes_names_without_the_suffix_of_counters() {
        for fine in [
            "nginx_ingress_controller_requests",
            "x_seconds_count",
            "process_cpu_seconds_total",
        ] {
            assert!(codes(&event(fine, "y_total")).is_empty(), "{fine}");
        }
        assert_eq!(
            codes(&event("histogram_count(rate(x_seconds[$window]))", FINE)),
            ["PQL004 histogram_count"]
        );
    }
}
