//! The series of each kind of SLI.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smol_str::format_smolstr;

use super::gauge::Affine;
use super::labels::{Identity, fail, matches, satisfy};
use super::{Growth, Reason, Series, Signal, counters};
use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, Matcher, VectorSelector};
use crate::promql::{inspect, print};
use crate::slo::{
    Anchor, Comparison, ComparisonOp, Events, Freshness, Histogram, HistogramType, MatcherList,
    Query, Sli, Slo, Split, Unit,
};

type Labels = BTreeMap<String, String>;
type Made = Result<Vec<Series>, Reason>;

/// How close to its bound a gauge is, on either side.
const CLOSE: f64 = 0.05;

/// The series that drive an SLO that is no composite, in the group with the labels `fixed`.
pub(super) fn series(slo: &Slo, fixed: &Labels) -> Made {
    match &slo.sli.value {
        Sli::Events(sli) => events(sli, fixed),
        Sli::Latency(sli) => histogram(
            &sli.histogram,
            &bands_of(sli.threshold.value),
            sli.errors_where.as_ref(),
            fixed,
        ),
        Sli::Satisfaction(sli) => histogram(
            &sli.histogram,
            &bands(&sli.anchors),
            sli.errors_where.as_ref(),
            fixed,
        ),
        Sli::Freshness(Freshness::Histogram {
            histogram: h,
            max_age,
        }) => histogram(h, &bands_of(max_age.value), None, fixed),
        Sli::Freshness(Freshness::Timestamp {
            timestamp,
            unit,
            max_age,
            ..
        }) => self::timestamp(timestamp, *unit, max_age.value, fixed),
        Sli::Freshness(Freshness::Age {
            age, unit, max_age, ..
        }) => {
            let bound = max_age.value.as_secs_f64() * per_second(*unit);
            switch(age, bound * (1.0 - CLOSE), bound * (1.0 + CLOSE), fixed)
        }
        Sli::Probe(query) => switch(query, 1.0, 0.0, fixed),
        Sli::Threshold(sli) => {
            let (good, bad) = around(sli.good.value);
            switch(&sli.expr, good, bad, fixed)
        }
        // Nobody fills in for a part of it that does not exist yet.
        Sli::Ratio(sli) => {
            let mut series = ratio(&sli.error_ratio.expr, fixed)?;
            for series in &mut series {
                series.lazy = false;
            }
            Ok(series)
        }
        Sli::Composite(_) => Err(Reason::new("it has no series of its own")),
    }
}

/// Every selector that an SLI reads.
pub(super) fn selectors(slo: &Slo, found: &mut Vec<VectorSelector>) {
    let mut of = |query: &Query| {
        found.extend(
            inspect::selectors(&query.expr)
                .iter()
                .map(|used| used.selector.clone()),
        );
    };
    match &slo.sli.value {
        Sli::Events(sli) => {
            of(&sli.total);
            if let Split::Bad(query) | Split::Good(query) = &sli.split {
                of(query);
            }
        }
        Sli::Freshness(Freshness::Timestamp { timestamp, .. }) => of(timestamp),
        Sli::Freshness(Freshness::Age { age, .. }) => of(age),
        Sli::Probe(query) => of(query),
        Sli::Threshold(sli) => of(&sli.expr),
        Sli::Ratio(sli) => of(&sli.error_ratio),
        Sli::Latency(crate::slo::Latency { histogram, .. })
        | Sli::Satisfaction(crate::slo::Satisfaction { histogram, .. })
        | Sli::Freshness(Freshness::Histogram { histogram, .. }) => {
            for suffix in ["_count", "_bucket"] {
                found.extend(base(histogram, suffix));
            }
        }
        Sli::Composite(_) => {}
    }
}

fn counter(identity: Identity, growth: Growth, lazy: bool) -> Series {
    made(identity, Signal::Counter(growth), lazy)
}

fn made((name, labels): Identity, signal: Signal, lazy: bool) -> Series {
    Series {
        name,
        labels,
        group: 0,
        signal,
        lazy,
        slices: None,
        share: 1.0,
    }
}

const ALL: Growth = growth(1.0, 0.0, 0.0);
const BAD: Growth = growth(0.0, 1.0, 0.0);
const GOOD: Growth = growth(1.0, -1.0, 0.0);

const fn growth(base: f64, slope: f64, bend: f64) -> Growth {
    Growth { base, slope, bend }
}

/// One of `count` counters that grow alike.
#[expect(clippy::cast_precision_loss, reason = "a handful of counters")]
fn part(whole: Growth, count: usize) -> Growth {
    let count = count as f64;
    growth(whole.base / count, whole.slope / count, whole.bend / count)
}

fn events(sli: &Events, fixed: &Labels) -> Made {
    let total = counters::of(&sli.total.expr)?;
    match &sli.split {
        Split::BadWhere(matchers) => told_apart(&total, &matchers.matchers, BAD, GOOD, fixed),
        Split::GoodWhere(matchers) => told_apart(&total, &matchers.matchers, GOOD, BAD, fixed),
        Split::Bad(query) => counted_apart(&sli.total.expr, &query.expr, BAD, GOOD, fixed),
        Split::Good(query) => counted_apart(&sli.total.expr, &query.expr, GOOD, BAD, fixed),
    }
}

/// Series that meet the matchers and series that do not.
fn told_apart(
    total: &[&VectorSelector],
    matchers: &[Matcher],
    meeting: Growth,
    others: Growth,
    fixed: &Labels,
) -> Made {
    let mut series = Vec::new();
    for selector in total {
        let inside = satisfy(selector, matchers, &[], fixed)?;
        let outside = fail(selector, matchers, fixed)?;
        series.push(counter(outside, part(others, total.len()), true));
        series.push(counter(inside, part(meeting, total.len()), true));
    }
    Ok(series)
}

/// A part that has selectors of its own, of the same metric as the total or of another one.
fn counted_apart(
    total: &Expr,
    counted: &Expr,
    meeting: Growth,
    others: Growth,
    fixed: &Labels,
) -> Made {
    // `total - good` as bad.
    if let Some((whole, rest)) = counters::difference(counted) {
        if print(whole) == print(total) {
            return counted_apart(total, rest, others, meeting, fixed);
        }
        return Err(Reason::new(format!(
            "`{}` does not subtract from its total",
            print(counted)
        )));
    }
    let total = counters::of(total)?;
    let counted = counters::of(counted)?;
    let mut series = Vec::new();
    let mut within = 0;
    for selector in &counted {
        let identity = satisfy(selector, &[], &[], fixed)?;
        within += usize::from(
            total
                .iter()
                .any(|total| matches(total, &identity.0, &identity.1)),
        );
        series.push(counter(identity, part(meeting, counted.len()), true));
    }
    let (rest, lazy) = match within {
        0 => (ALL, false),
        all if all == counted.len() => (others, true),
        _ => return Err(Reason::new("its counters overlap in part")),
    };
    let counted: Vec<VectorSelector> = counted.into_iter().cloned().collect();
    for selector in &total {
        let identity = satisfy(selector, &[], &counted, fixed)?;
        series.push(counter(identity, part(rest, total.len()), lazy));
    }
    Ok(series)
}

/// The bounds of the bands from the fastest to the slowest, and their pain; the
/// last has no bound.
struct Band {
    within: Option<Duration>,
    pain: f64,
}

fn bands_of(bound: Duration) -> [Band; 2] {
    [
        Band {
            within: Some(bound),
            pain: 0.0,
        },
        Band {
            within: None,
            pain: 1.0,
        },
    ]
}

fn bands(anchors: &[Anchor]) -> Vec<Band> {
    anchors
        .iter()
        .map(|anchor| Band {
            within: anchor.within.as_ref().map(|within| within.value),
            pain: anchor.pain.to_f64().unwrap_or(1.0),
        })
        .collect()
}

/// A classic histogram. Where failures hurt, half of the bad events fail fast.
fn histogram(
    histogram: &Histogram,
    bands: &[Band],
    errors: Option<&MatcherList>,
    fixed: &Labels,
) -> Made {
    if histogram.kind == HistogramType::Native {
        return Err(Reason::new(
            "promtool before 3.0 takes no native histograms as input",
        ));
    }
    let (Some(count), Some(bucket)) = (base(histogram, "_count"), base(histogram, "_bucket"))
    else {
        return Err(Reason::new("its histogram is no selector"));
    };
    let failing = if errors.is_some() { 0.5 } else { 0.0 };
    let matchers = errors.map_or(&[][..], |errors| &errors.matchers);
    let mut series = Vec::new();
    let mut observed = |labels: Identity, bounds: Vec<(String, Growth)>, all, lazy| {
        for (le, growth) in bounds {
            let mut labels = labels.1.clone();
            labels.insert("le".to_owned(), le);
            series.push(counter((bucket_name(&bucket), labels), growth, lazy));
        }
        series.push(counter(labels, all, lazy));
    };
    let served = if matchers.is_empty() {
        satisfy(&count, &[], &[], fixed)?
    } else {
        fail(&count, matchers, fixed)?
    };
    let shares = cumulative(bands, 1.0 - failing);
    let bounds = |growths: Vec<Growth>| -> Vec<(String, Growth)> {
        bands
            .iter()
            .map(|band| le(band.within, histogram.unit))
            .zip(growths)
            .collect()
    };
    let served_all = growth(1.0, -failing, 0.0);
    observed(served, bounds(shares), served_all, false);
    if !matchers.is_empty() {
        let failed = satisfy(&count, matchers, &[], fixed)?;
        let growth = growth(0.0, failing, 0.0);
        observed(failed, bounds(vec![growth; bands.len()]), growth, true);
    }
    Ok(series)
}

/// Shares of the requests that are served within each band, so that together
/// they hurt by `slow` · e. Between the extremes all bands are in use.
fn cumulative(bands: &[Band], slow: f64) -> Vec<Growth> {
    let middle = bands.get(1..bands.len().saturating_sub(1)).unwrap_or(&[]);
    #[expect(clippy::cast_precision_loss, reason = "a handful of bands")]
    let each = slow / (2.0 * middle.len().max(1) as f64);
    let spared: f64 = middle.iter().map(|band| each * (1.0 - band.pain)).sum();
    // Fastest band: all but the bad ones and those that hurt only a little.
    let mut share = growth(1.0, -1.0, -spared);
    let mut shares = vec![share];
    for _ in middle {
        share.bend += each;
        shares.push(share);
    }
    // Failures are no part of what is served.
    shares.push(growth(1.0, slow - 1.0, 0.0));
    shares
}

fn le(bound: Option<Duration>, unit: Unit) -> String {
    bound.map_or_else(
        || "+Inf".to_owned(),
        |bound| {
            let millis = Decimal::from(bound.millis());
            match unit {
                Unit::Milliseconds => millis.normalize().to_string(),
                Unit::Seconds => (millis / Decimal::ONE_THOUSAND).normalize().to_string(),
            }
        },
    )
}

/// The selector of a series of a histogram.
fn base(histogram: &Histogram, suffix: &str) -> Option<VectorSelector> {
    let ExprKind::Selector(selector) = &histogram.selector.expr.kind else {
        return None;
    };
    let mut selector = selector.clone();
    let name = &mut selector.name.as_mut()?.name;
    *name = format_smolstr!("{name}{suffix}");
    Some(selector)
}

fn bucket_name(bucket: &VectorSelector) -> String {
    bucket
        .name
        .as_ref()
        .map_or_else(String::new, |name| name.name.to_string())
}

const fn per_second(unit: Unit) -> f64 {
    match unit {
        Unit::Seconds => 1.0,
        Unit::Milliseconds => 1000.0,
    }
}

fn timestamp(query: &Query, unit: Unit, max_age: Duration, fixed: &Labels) -> Made {
    let read = Affine::of(&query.expr)?;
    if !read.is_plain() {
        return Err(Reason::new(format!("`{}` is no time", query.text)));
    }
    let max_age = max_age.as_secs_f64();
    let signal = Signal::Timestamp {
        good_age: max_age * (1.0 - CLOSE),
        bad_age: max_age * (1.0 + CLOSE),
        per_second: per_second(unit),
    };
    Ok(vec![made(
        satisfy(read.selector, &[], &[], fixed)?,
        signal,
        false,
    )])
}

/// A gauge that lets an expression have one of two values.
fn switch(query: &Query, good: f64, bad: f64, fixed: &Labels) -> Made {
    let read = Affine::of(&query.expr)?;
    let signal = Signal::Switch {
        good: read.solve(good),
        bad: read.solve(bad),
    };
    Ok(vec![made(
        satisfy(read.selector, &[], &[], fixed)?,
        signal,
        false,
    )])
}

/// A value that meets a condition and one that does not, as close as it makes sense.
fn around(condition: Comparison) -> (f64, f64) {
    let bound = condition.value.to_f64().unwrap_or(0.0);
    let away = if bound == 0.0 {
        1.0
    } else {
        bound.abs() * CLOSE
    };
    match condition.op {
        ComparisonOp::Less => (bound - away, bound),
        ComparisonOp::LessOrEqual | ComparisonOp::Equal => (bound, bound + away),
        ComparisonOp::Greater | ComparisonOp::NotEqual => (bound + away, bound),
        ComparisonOp::GreaterOrEqual => (bound, bound - away),
    }
}

/// A gauge that is the ratio, or counters of which it is one.
fn ratio(expr: &Expr, fixed: &Labels) -> Made {
    if let Ok(read) = Affine::of(expr) {
        let signal = Signal::Level {
            base: read.solve(0.0),
            slope: read.solve(1.0) - read.solve(0.0),
        };
        return Ok(vec![made(
            satisfy(read.selector, &[], &[], fixed)?,
            signal,
            false,
        )]);
    }
    let too_complicated =
        || Reason::new(format!("`{}` is not a ratio of two counters", print(expr)));
    match &unwrapped(expr).kind {
        ExprKind::Binary(binary) if binary.op == BinaryOp::Div => {
            counted_apart(&binary.rhs, &binary.lhs, BAD, GOOD, fixed)
        }
        ExprKind::Binary(binary) if binary.op == BinaryOp::Sub => {
            match (&unwrapped(&binary.lhs).kind, &unwrapped(&binary.rhs).kind) {
                (ExprKind::Number(one), ExprKind::Binary(good))
                    if one.value.to_bits() == 1.0_f64.to_bits() && good.op == BinaryOp::Div =>
                {
                    counted_apart(&good.rhs, &good.lhs, GOOD, BAD, fixed)
                }
                _ => Err(too_complicated()),
            }
        }
        _ => Err(too_complicated()),
    }
}

fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => unwrapped(inner),
        _ => expr,
    }
}
