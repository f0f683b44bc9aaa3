//! What a server knows of how long things took.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::change::{Slower, bounds, shortened};
use super::curve::Curve;
use super::loss::{Estimate, Loss};
use crate::budget::Span;
use crate::duration::Duration;
use crate::prometheus::{Client, Error, Labels};
use crate::promql::ast::Expr;
use crate::replay::{self, Question, is_absent};
use crate::rules::{self, Direct, Distribution};
use crate::scope::Scope;
use crate::slo::{Freshness, Histogram, Sli, Slo};

/// Lengths of the parts that a period is asked in, in seconds.
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// The label of buckets.
const LE: &str = "le";

/// What gets worse of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Shifted {
    /// The share of good events that are no longer good.
    pub loss: Loss,
    /// How many were observed, or (seconds · series) where time is counted.
    pub observed: f64,
    /// The bounds that lie between two buckets.
    pub between: Vec<Between>,
}

/// A bound that is none of a bucket, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// What was looked for.
    pub bound: f64,
    /// The bounds of the buckets around it; the upper one may be infinite.
    pub buckets: (f64, f64),
}

/// Why nothing came of a question, in the words of the server.
pub type Failed = String;

/// Who is asked, and about which time.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Who.
    pub client: &'a Client,
    /// What narrows every question.
    pub scope: &'a Scope,
    /// When; its ends are multiples of a tile.
    pub span: Span,
}

/// What gets worse, by group, as what happened over a stretch of time tells. An error is one of the server, not of
/// the SLO.
pub async fn shifted(
    asked: &Asked<'_>,
    slo: &Slo,
    slower: Slower,
) -> Result<Result<BTreeMap<Labels, Shifted>, Failed>, Error> {
    let answer = match rules::distribution(slo, Duration::ZERO) {
        Some(_) => of_curves(asked, slo, slower).await,
        None => of_bounds(asked, slo, slower).await,
    };
    match answer {
        Ok(shifted) => Ok(Ok(shifted)),
        Err(Error::BadQuery { message, .. } | Error::Execution { message }) => Ok(Err(message)),
        Err(error) => Err(error),
    }
}

/// From the buckets of a classic histogram.
async fn of_curves(
    asked: &Asked<'_>,
    slo: &Slo,
    slower: Slower,
) -> Result<BTreeMap<Labels, Shifted>, Error> {
    let sums = |part: fn(Distribution) -> Option<Expr>| {
        let expr = move |window| rules::distribution(slo, window).and_then(part);
        asked.sums(expr)
    };
    let total = sums(|all| Some(all.total)).await?;
    let buckets = by_bound(sums(|all| Some(all.buckets)).await?);
    let failed = by_bound(sums(|all| all.failed).await?);
    let Some(histogram) = histogram(&slo.sli.value) else {
        return Ok(BTreeMap::new());
    };
    let shifted = total.into_iter().filter_map(|(group, observed)| {
        // Without buckets nobody knows.
        let buckets = buckets.get(&group).filter(|buckets| !buckets.is_empty())?;
        let curve = curve(buckets, failed.get(&group), observed);
        let shifted = of_curve(&curve, slo, histogram, slower, observed);
        Some((group, shifted))
    });
    Ok(shifted.collect())
}

/// By bound, as it is written, and what was observed up to it.
type Buckets = Vec<(f64, f64)>;
/// By group: how many were within each bound. One bound has several names (`1` and `1.0`)
/// where clients or servers write it differently, and their counts add up.
fn by_bound(sums: BTreeMap<Labels, f64>) -> BTreeMap<Labels, Buckets> {
    let mut groups: BTreeMap<Labels, Buckets> = BTreeMap::new();
    for (mut labels, sum) in sums {
        let bound: Option<f64> = labels.remove(LE).and_then(|le| le.parse().ok());
        let Some(bound) = bound else { continue };
        let buckets = groups.entry(labels).or_default();
        match buckets
            .iter_mut()
            .find(|(known, _)| known.total_cmp(&bound).is_eq())
        {
            Some((_, count)) => *count += sum,
            None => buckets.push((bound, sum)),
        }
    }
    groups
}

/// What did not fail. A bucket in which nothing failed may have no series of failures.
fn curve(buckets: &Buckets, failed: Option<&Buckets>, observed: f64) -> Curve {
    let mut failed: Buckets = failed.cloned().unwrap_or_default();
    failed.sort_by(|one, other| one.0.total_cmp(&other.0));
    let failed_within = |bound: f64| {
        let up_to = failed.iter().take_while(|(le, _)| *le <= bound);
        up_to.map(|(_, count)| *count).fold(0.0, f64::max)
    };
    let good = buckets
        .iter()
        .map(|(bound, count)| (*bound, count - failed_within(*bound)));
    Curve::new(good, observed - failed_within(f64::INFINITY))
}

fn of_curve(
    curve: &Curve,
    slo: &Slo,
    histogram: &Histogram,
    slower: Slower,
    observed: f64,
) -> Shifted {
    let mut good = 0.0;
    let mut after = Estimate::exact(0.0);
    let mut between = Vec::new();
    let per_second = float(histogram.unit.of(Duration::from_secs(1)));
    for bound in bounds(&slo.sli.value) {
        let weight = float(bound.weight);
        let then = float(slower.before(bound.within, histogram.unit));
        let within = curve.within(then);
        good += weight * curve.within(float(histogram.unit.of(bound.within))).likely;
        after.least += weight * within.least;
        after.likely += weight * within.likely;
        after.most += weight * within.most;
        if let Some((lower, upper)) = curve.around(then) {
            between.push(Between {
                bound: then / per_second,
                buckets: (lower / per_second, upper / per_second),
            });
        }
    }
    Shifted {
        loss: Loss::of_good(good, after),
        observed,
        between,
    }
}

fn histogram(sli: &Sli) -> Option<&Histogram> {
    match sli {
        Sli::Latency(sli) => Some(&sli.histogram),
        Sli::Satisfaction(sli) => Some(&sli.histogram),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => Some(histogram),
        _ => None,
    }
}

/// From two measurements, with the bounds of the spec and with shorter ones: of what can be
/// read at any bound.
async fn of_bounds(
    asked: &Asked<'_>,
    slo: &Slo,
    slower: Slower,
) -> Result<BTreeMap<Labels, Shifted>, Error> {
    let Some(short) = shortened(slo, slower) else {
        return Ok(BTreeMap::new());
    };
    let sums = |slo, part: fn(Direct) -> Expr| {
        let expr = move |window| rules::direct(slo, window).map(part);
        asked.sums(expr)
    };
    let total = sums(slo, |direct| direct.total).await?;
    let bad = sums(slo, |direct| direct.bad).await?;
    let then = sums(&short, |direct| direct.bad).await?;
    let shifted = total.into_iter().filter_map(|(group, observed)| {
        let good = observed - bad.get(&group)?;
        let after = observed - then.get(&group)?;
        let shifted = Shifted {
            loss: Loss::of_good(good, Estimate::exact(after)),
            observed,
            between: Vec::new(),
        };
        Some((group, shifted))
    });
    Ok(shifted.collect())
}

impl Asked<'_> {
    /// The sum over all the time of what an expression says per second, by its labels.
    async fn sums(
        &self,
        expr: impl Fn(Duration) -> Option<Expr>,
    ) -> Result<BTreeMap<Labels, f64>, Error> {
        let mut sums = self.sums_of_parts(&expr, DAY).await;
        // What cannot be read a day at once may be read an hour at once.
        let is_too_much = |error: &Error| error.is_late() || error.is_too_much();
        if sums.as_ref().is_err_and(is_too_much) {
            sums = self.sums_of_parts(&expr, HOUR).await;
        }
        sums
    }

    async fn sums_of_parts(
        &self,
        expr: &impl Fn(Duration) -> Option<Expr>,
        length: i64,
    ) -> Result<BTreeMap<Labels, f64>, Error> {
        let mut sums: BTreeMap<Labels, f64> = BTreeMap::new();
        let mut add = |labels: &Labels, per_second: f64, seconds: i64| {
            if per_second.is_finite() {
                *sums.entry(labels.clone()).or_default() += per_second * float(seconds.into());
            }
        };
        let query = |seconds: i64| {
            let window = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            expr(window).map(|expr| self.scope.query(&expr))
        };
        let (whole, rest) = parts(self.span, length);
        if let (Some(whole), Some(query)) = (whole, query(length)) {
            let step = length * 1000;
            let question = Question { query, step };
            let ends = (whole.start * 1000 + step, whole.end * 1000);
            let table = replay::ask(self.client, &question, ends).await?;
            for column in &table.columns {
                for value in column.values.iter().filter(|value| !is_absent(**value)) {
                    add(&column.labels, *value, length);
                }
            }
        }
        for part in rest {
            let Some(query) = query(part.seconds()) else {
                continue;
            };
            let answer = self.client.query(&query, float(part.end.into())).await?;
            for sample in answer.samples {
                add(&sample.labels, sample.value, part.seconds());
            }
        }
        Ok(sums)
    }
}

/// The parts that begin and end with multiples of a length, as one, and what is left at
/// both ends.
fn parts(span: Span, length: i64) -> (Option<Span>, Vec<Span>) {
    let start = span.start.div_euclid(length) * length;
    let start = if start < span.start {
        start + length
    } else {
        start
    };
    let end = span.end.div_euclid(length) * length;
    if start > end {
        return (None, vec![span]);
    }
    let pieces = [
        Span { start, end },
        Span {
            start: span.start,
            end: start,
        },
        Span {
            start: end,
            end: span.end,
        },
    ];
    let mut pieces = pieces.into_iter();
    let whole = pieces.next().filter(|whole| !whole.is_empty());
    (whole, pieces.filter(|piece| !piece.is_empty()).collect())
}

/// As it is written, to the nearest number.
fn float(number: Decimal) -> f64 {
    number.normalize().to_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bound_with_two_names_is_one_bound() {
        let sums = [("1", 3.0), ("1.0", 4.0), ("+Inf", 9.0)].map(|(le, count)| {
            let labels = Labels::from([(LE.to_owned(), le.to_owned())]);
            (labels, count)
        });
        let groups = by_bound(sums.into());
        let mut buckets = groups[&Labels::new()].clone();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert_eq!(buckets, [(1.0, 7.0), (f64::INFINITY, 9.0)]);
    }

    #[test]
    fn parts_add_up() {
        for (start, end, length) in [
            (0, 86_400, 86_400),
            (300, 200_000, 86_400),
            (300, 600, 3_600),
            (3_500, 3_700, 3_600),
            (7_200, 7_500, 3_600),
        ] {
            let span = Span { start, end };
            let (whole, rest) = parts(span, length);
            let all: i64 = whole.iter().chain(&rest).map(|part| part.seconds()).sum();
            assert_eq!(all, span.seconds(), "{span:?}");
            assert!(
                whole
                    .is_none_or(|whole| whole.seconds() % length == 0 && whole.start % length == 0)
            );
        }
    }

    #[test]
    fn what_failed_is_in_no_bucket() {
        let buckets = vec![(0.1, 50.0), (0.4, 90.0), (f64::INFINITY, 100.0)];
        // Failures were fast, and have no series for the second bucket.
        let failed = vec![(f64::INFINITY, 10.0), (0.1, 10.0)];
        let curve = curve(&buckets, Some(&failed), 100.0);
        assert_eq!(curve.within(0.1), Estimate::exact(40.0));
        assert_eq!(curve.within(0.4), Estimate::exact(80.0));
        assert_eq!(curve.within(f64::INFINITY), Estimate::exact(90.0));
    }

    #[test]
    fn a_change_of_nothing_loses_nothing() {
        let slo = crate::testing::slos(
            "- {name: a, objective: 99, sli: {latency: {histogram: h_seconds, threshold: 400ms}}}",
        )
        .remove(0);
        let curve = Curve::new([(0.1, 50.0), (0.2, 80.0), (0.4, 90.0)], 100.0);
        let loss = |slower| {
            let histogram = histogram(&slo.sli.value).unwrap();
            of_curve(&curve, &slo, histogram, slower, 100.0)
                .loss
                .share()
        };
        assert_eq!(loss(Slower::By(Duration::ZERO)), Estimate::exact(0.0));
        let half = loss(Slower::Percent(Decimal::ONE_HUNDRED));
        assert!(
            half.is_exact() && (half.likely - 1.0 / 9.0).abs() < 1e-12,
            "{half:?}"
        );
        assert_eq!(
            loss(Slower::By(Duration::from_secs(1))),
            Estimate::exact(1.0)
        );
    }

    #[test]
    fn native_histograms_are_read_at_the_shorter_bound() {
        let native = "- {name: a, objective: 99, sli: {latency: {histogram: h_seconds, type: native, \
                      threshold: 400ms, errors_where: 'code=\"500\"'}}}";
        let slo = crate::testing::slos(native).remove(0);
        let bad = |slower: &str| {
            let short = shortened(&slo, slower.parse().unwrap()).unwrap();
            let direct = rules::direct(&short, Duration::from_days(1)).unwrap();
            crate::promql::print(&direct.bad)
        };
        assert!(rules::distribution(&slo, Duration::from_days(1)).is_none());
        for (slower, bound) in [("150ms", "0.25"), ("25%", "0.32"), ("1s", "0")] {
            let query = bad(slower);
            let read = format!("histogram_fraction(0, {bound}, sum(rate(h_seconds");
            let reads = query.matches("histogram_fraction(").count();
            assert!(reads >= 2, "{slower}: {query}");
            assert_eq!(query.matches(&read).count(), reads, "{slower}: {query}");
        }
    }
}
