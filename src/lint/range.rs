//! Ranges that hold too few samples.

use super::queries::{RATES, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{ExprKind, WindowKind};
use crate::promql::inspect;
use crate::slo::Slo;

/// A rate needs two scrapes; one may be late and one may fail.
const SCRAPES: u64 = 4;

/// SLI017: a range shorter than four scrapes.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    let Some(scrape) = slo.scrape() else { return };
    let least = scrape * SCRAPES;
    for written in written(&slo.sli.value) {
        inspect::walk(&written.query.expr, &mut |node, path| {
            if let ExprKind::Range(range) = &node.kind
                && let WindowKind::Literal(length, text) = &range.range.kind
                && *length < least
                && path.is_within(&RATES)
            {
                findings.push(
                    written
                        .finding(
                            &sli::RANGE_TOO_SHORT,
                            range.range.span,
                            format!(
                                "{text} holds fewer than {SCRAPES} scrapes at one every {scrape}"
                            ),
                        )
                        .with_help(format!("look back at least {least}")),
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::duration::Duration;
    use crate::lint::testing::{codes, gauge, scraped_every};

    #[test]
    fn finds_ranges_with_too_few_samples() {
        let slo = |expr| scraped_every(Duration::from_secs(30), gauge(expr));
        assert_eq!(codes(&slo("sum(rate(x_total[1m]))")), ["SLI017 1m"]);
        assert!(codes(&slo("sum(rate(x_total[2m]))")).is_empty());
        assert!(codes(&slo("max_over_time(lag[1m])")).is_empty());
        assert!(codes(&gauge("sum(rate(x_total[10s]))")).is_empty());
    }
}
