//! Histograms, classic and native.

use rust_decimal::Decimal;
use smol_str::format_smolstr;

use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, Matcher, VectorSelector};
use crate::promql::build::{aggregate, binary, bucket_bound, call, chain, number, range};
use crate::rules::tree::{mul, not_negative, or_zero, rate, sub};
use crate::slo::{Histogram, HistogramType, Latency, MatcherList, Satisfaction, Slo};

/// Observations per second.
pub(super) fn count(slo: &Slo, histogram: &Histogram, window: Duration) -> Expr {
    match histogram.kind {
        HistogramType::Classic => summed(slo, base(histogram, "_count"), window),
        HistogramType::Native => call(
            "histogram_count",
            vec![summed(slo, base(histogram, ""), window)],
        ),
    }
}

/// Requests per second that were slower than the threshold, or failed.
pub(super) fn latency_bad(slo: &Slo, sli: &Latency, window: Duration, total: Expr) -> Expr {
    slower_than(
        slo,
        &sli.histogram,
        sli.threshold.value,
        sli.errors_where.as_ref(),
        window,
        total,
    )
}

/// Observations per second above `threshold`.
pub(super) fn slower_than(
    slo: &Slo,
    histogram: &Histogram,
    threshold: Duration,
    errors: Option<&MatcherList>,
    window: Duration,
    total: Expr,
) -> Expr {
    let good = within(slo, histogram, threshold, errors, window);
    rest(histogram, good, total)
}

/// Unhappiness per second: the total without Σ (rise of pain) · (requests within the anchor),
/// the happiness of the anchored scale.
pub(super) fn satisfaction_bad(
    slo: &Slo,
    sli: &Satisfaction,
    window: Duration,
    total: Expr,
) -> Expr {
    let rises = sli.anchors.windows(2).filter_map(|bands| {
        let within_band = bands[0].within.as_ref()?.value;
        let rise: Decimal = (bands[1].pain - bands[0].pain).normalize();
        let requests = within(
            slo,
            &sli.histogram,
            within_band,
            sli.errors_where.as_ref(),
            window,
        );
        Some(if rise == Decimal::ONE {
            requests
        } else {
            mul(number(&rise), requests)
        })
    });
    match chain(BinaryOp::Add, rises) {
        Some(happy) => rest(&sli.histogram, happy, total),
        None => total,
    }
}

/// Requests per second up to each bound of the anchored scale, failures left out.
pub(super) fn within_anchors(slo: &Slo, sli: &Satisfaction, window: Duration) -> Vec<Expr> {
    let bounds = sli.anchors.iter().filter_map(|anchor| {
        let bound = anchor.within.as_ref()?.value;
        let errors = sli.errors_where.as_ref();
        Some(within(slo, &sli.histogram, bound, errors, window))
    });
    bounds.collect()
}

/// The total without the good ones. A classic histogram is never filled: where
/// the bucket is missing, bad is absent, and the no-data alert says so. A native
/// one has no good observation only when it has none.
fn rest(histogram: &Histogram, good: Expr, total: Expr) -> Expr {
    let good = match histogram.kind {
        HistogramType::Classic => good,
        HistogramType::Native => or_zero(good, total.clone()),
    };
    not_negative(sub(total, good))
}

/// Observations per second of a classic histogram by bucket (`le`), and of those the ones
/// that failed.
pub(super) fn buckets(
    slo: &Slo,
    histogram: &Histogram,
    errors: Option<&MatcherList>,
    window: Duration,
) -> (Expr, Option<Expr>) {
    let read = |extra: &[Matcher]| {
        let mut bucket = base(histogram, "_bucket");
        bucket.matchers.extend_from_slice(extra);
        let labels = slo.group_labels().chain(["le"]);
        aggregate("sum", labels, rate(range(bucket, window)))
    };
    let failed = errors.map(|errors| read(&errors.matchers));
    (read(&[]), failed)
}

/// Observations per second up to `bound`, without failures.
fn within(
    slo: &Slo,
    histogram: &Histogram,
    bound: Duration,
    errors: Option<&MatcherList>,
    window: Duration,
) -> Expr {
    let bound = histogram.unit.of(bound);
    let read = |extra: &[Matcher]| match histogram.kind {
        HistogramType::Classic => {
            let mut bucket = base(histogram, "_bucket");
            bucket.matchers.extend_from_slice(extra);
            bucket.matchers.push(bucket_bound(bound));
            summed(slo, bucket, window)
        }
        HistogramType::Native => {
            let mut series = base(histogram, "");
            series.matchers.extend_from_slice(extra);
            let observed = summed(slo, series, window);
            let share = call(
                "histogram_fraction",
                vec![number("0"), number(&bound), observed.clone()],
            );
            // The fraction of nothing is NaN; the comparison drops it.
            mul(
                binary(BinaryOp::Ge, share, number("0")),
                call("histogram_count", vec![observed]),
            )
        }
    };
    match errors {
        None => read(&[]),
        // What failed is taken away, not what succeeded read: where nothing ever
        // succeeded there is no series of it, and an outage would be no data.
        Some(errors) => {
            let all = read(&[]);
            sub(all.clone(), or_zero(read(&errors.matchers), all))
        }
    }
}

fn summed(slo: &Slo, selector: VectorSelector, window: Duration) -> Expr {
    aggregate("sum", slo.group_labels(), rate(range(selector, window)))
}

/// The selector of the base metric with a suffix on its name.
fn base(histogram: &Histogram, suffix: &str) -> VectorSelector {
    match &histogram.selector.expr.kind {
        ExprKind::Selector(selector) => {
            let mut selector = selector.clone();
            if let Some(name) = &mut selector.name {
                name.name = format_smolstr!("{}{suffix}", name.name);
            }
            selector
        }
        // The front end takes only bare selectors here.
        _ => VectorSelector {
            name: None,
            matchers: Vec::new(),
            modifiers: crate::promql::ast::Modifiers::default(),
        },
    }
}
