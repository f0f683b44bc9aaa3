//! What becomes of objective, promise and alerts.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::alerts::{self, Raised};
use super::loss::{Estimate, Loss};
use crate::budget::{self, Course, Goal, Span, Track};
use crate::duration::Duration;
use crate::slo::{Budgeting, Objective, Period, Slo};

/// The quantile of the normal distribution that leaves 2.5 % at each end.
const Z: f64 = 1.96;
/// Events are few where the true ratio may well be higher than the measured one by this
/// factor.
const FEW: f64 = 1.25;
/// How close (relative) two ratios are that are the same.
const SAME: f64 = 1e-9;

/// What is held under a change, and what is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The objective.
    pub objective: Held,
    /// The promise, where there is one.
    pub promise: Option<Held>,
    /// The strictest objective that is still met, in percent; `None` where nothing is bad
    /// (any is met), or everything.
    pub strictest: Option<Decimal>,
    /// The same if as much is bad as can be.
    pub strictest_for_sure: Option<Decimal>,
    /// What can be claimed with 95 % confidence, in percent, where there are so few events
    /// that it is much less.
    pub strictest_with_confidence: Option<Decimal>,
    /// Alerts that would be raised, and stay.
    pub alerts: Vec<Raised>,
}

/// What becomes of an objective or a promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What is held.
    pub objective: Objective,
    /// Over which time.
    pub period: Period,
    /// Error ratio (0–1) of a whole period.
    pub error_ratio: Estimate,
    /// How many times faster than allowed the budget burns.
    pub burn: Estimate,
    /// Share of the budget that a whole period leaves; below 0 when overspent.
    pub left: Estimate,
    /// Whether a whole period holds it; `None` where buckets are too coarse to tell.
    pub is_held: Option<bool>,
    /// What becomes of the budget of today.
    pub course: Course,
    /// Seconds until it is gone if as much is bad as can be.
    pub earliest: Option<i64>,
    /// Seconds until it is gone if as little is bad as can be.
    pub latest: Option<i64>,
}

/// The stretch before an instant that stands for a whole period: of a calendar period as
/// many days as it has on average, so that the second of a month is not judged by the first.
pub fn like(period: &Period, at: i64) -> Span {
    Span::before(at, seconds(period.nominal()))
}

/// What becomes of an SLO, or one group of it, from the end of its track on; `None` where
/// nothing was measured.
pub fn outcome(slo: &Slo, track: &Track, loss: Loss) -> Option<Outcome> {
    let objective = held(track, slo.objective.value, &slo.period.value, loss)?;
    let promise = slo
        .promise
        .as_ref()
        .and_then(|promise| held(track, promise.objective.value, &promise.period.value, loss));
    let span = like(&slo.period.value, track.span().end);
    let events = track.events(span)?.total;
    let ratio = objective.error_ratio;
    let counts = slo.sli.value.counts_events() && slo.budgeting == Budgeting::Events;
    let highest = wilson(ratio.likely, events);
    let is_thin = counts && highest > ratio.likely * FEW;
    let per_second = events / float(span.seconds());
    Some(Outcome {
        strictest: strictest(ratio.likely),
        strictest_for_sure: strictest(ratio.most),
        strictest_with_confidence: is_thin.then(|| strictest(highest)).flatten(),
        alerts: alerts::raised(slo, &objective, promise.as_ref(), per_second),
        objective,
        promise,
    })
}

fn held(track: &Track, objective: Objective, period: &Period, loss: Loss) -> Option<Held> {
    let goal = Goal::new(objective, period);
    let span = like(period, track.span().end);
    let error_ratio = loss.applied(track.error_ratio(span)?);
    let course = |loss| budget::course(track, &goal, span, loss);
    let share = loss.share();
    let likely = course(share.likely);
    let [earliest, latest] = if share.is_exact() {
        [likely.gone_in; 2]
    } else {
        [share.most, share.least].map(|loss| course(loss).gone_in)
    };
    Some(Held {
        objective,
        period: period.clone(),
        error_ratio,
        burn: error_ratio.map(|ratio| ratio / goal.budget),
        left: error_ratio.map_falling(|ratio| 1.0 - ratio / goal.budget),
        is_held: is_held(error_ratio, goal.budget),
        course: likely,
        earliest,
        latest,
    })
}

fn is_held(ratio: Estimate, budget: f64) -> Option<bool> {
    let allowed = budget * (1.0 + SAME);
    let [least, most] = [ratio.least, ratio.most].map(|ratio| ratio <= allowed);
    (least == most).then_some(least)
}

/// The strictest objective, in percent, that an error ratio (0–1) meets: the budget is
/// rounded up to two digits. `None` where nothing is bad, or nearly everything.
pub fn strictest(ratio: f64) -> Option<Decimal> {
    if !(ratio > 0.0 && ratio < 1.0) {
        return None;
    }
    let places = (1..=12).find(|places| ratio * 10_f64.powi(*places) >= 10.0);
    let places = places.unwrap_or(12);
    let scaled = ratio * 10_f64.powi(places);
    let digits = Decimal::from_f64((scaled * (1.0 - SAME)).ceil())?;
    let budget = digits
        .to_i64()
        .map(|digits| Decimal::new(digits, places.unsigned_abs()))?;
    let percent = ((Decimal::ONE - budget) * Decimal::ONE_HUNDRED).normalize();
    Objective::from_percent(percent).map(Objective::percent)
}

/// The upper end of Wilson's interval for a ratio of so many events.
fn wilson(ratio: f64, events: f64) -> f64 {
    if events <= 0.0 {
        return 1.0;
    }
    let square = Z * Z / events;
    let spread = (ratio * (1.0 - ratio) / events + square / events / 4.0).sqrt();
    (ratio + square / 2.0 + Z * spread) / (1.0 + square)
}

pub(super) fn seconds(length: Duration) -> i64 {
    i64::try_from(length.millis() / 1000).unwrap_or(i64::MAX)
}

/// Seconds are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn float(seconds: i64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Join, Part};
    use crate::prometheus::Labels;
    use crate::testing::slo;

    fn percent(ratio: f64) -> Option<String> {
        strictest(ratio).map(|percent| percent.to_string())
    }

    #[test]
    fn the_strictest_objective_is_rounded_down() {
        for (ratio, said) in [
            (0.001_23, "99.87"),
            (0.001, "99.9"),
            (0.001_2, "99.88"),
            (0.000_041_01, "99.9958"),
            (0.1, "90"),
            (0.2, "80"),
            (0.123, "87"),
            (0.5, "50"),
            (0.951, "4"),
            (1e-15, "99.9999999999"),
        ] {
            let found = percent(ratio).unwrap();
            assert_eq!(found, said, "{ratio}");
            let budget = strictest(ratio).unwrap();
            let budget = (Decimal::ONE_HUNDRED - budget).to_f64().unwrap() / 100.0;
            assert!(budget >= ratio * (1.0 - 1e-6), "{ratio} is not met");
        }
        for ratio in [0.0, -0.0, 1.0, 0.999, f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(percent(ratio), None, "{ratio}");
        }
    }

    #[test]
    fn few_events_allow_no_strict_claim() {
        // One of 4,320: no more than 0.131 %.
        let highest = wilson(1.0 / 4_320.0, 4_320.0);
        assert!((highest - 0.001_31).abs() < 5e-6, "{highest}");
        assert!((wilson(0.0, 3_000.0) - 0.001_28).abs() < 1e-5);
        assert!((wilson(0.0, 0.0) - 1.0).abs() < 1e-12);
    }

    /// `days` days with 1,000 events a tile.
    fn track(days: usize, bad: f64) -> Track {
        let tiles = days * 288;
        let part = Part {
            bad: vec![bad; tiles],
            total: vec![1_000.0; tiles],
        };
        Track::new(Labels::new(), 300, Join::Part(0), &[part], &[], 0)
    }

    #[test]
    fn a_change_of_nothing_is_today() {
        let slo = slo("99.9", "");
        let track = track(30, 0.5);
        let today = outcome(&slo, &track, Loss::NONE).unwrap();
        let objective = &today.objective;
        assert!((objective.error_ratio.likely - 0.000_5).abs() < 1e-12);
        assert!((objective.left.likely - 0.5).abs() < 1e-9);
        assert_eq!(objective.is_held, Some(true));
        assert_eq!(today.strictest, Some(Decimal::new(9995, 2)));
        assert!(today.alerts.is_empty(), "{:?}", today.alerts);
        assert_eq!(today.strictest_with_confidence, None);
    }

    #[test]
    fn a_dependency_with_the_same_objective_spends_the_budget() {
        let slo = slo("99.9", "promise: 99.5");
        let then = outcome(&slo, &track(30, 0.5), Loss::exact(0.001)).unwrap();
        assert_eq!(then.objective.is_held, Some(false));
        assert!(
            (then.objective.burn.likely - 1.4995).abs() < 1e-9,
            "{then:?}"
        );
        // From 50 % to more than 100 % spent: half a period at twice the pace.
        let gone_in = then.objective.course.gone_in.unwrap();
        assert!((gone_in - 15 * 86_400).abs() < 86_400, "{gone_in}");
        let promise = then.promise.unwrap();
        assert_eq!(promise.is_held, Some(true));
        assert_eq!(promise.course.gone_in, None);
        assert_eq!(then.strictest, Some(Decimal::new(9985, 2)));
    }

    #[test]
    fn coarse_buckets_do_not_tell() {
        let slo = slo("99.9", "");
        let after = Estimate {
            least: 900.0,
            likely: 999.0,
            most: 1_000.0,
        };
        let then = outcome(&slo, &track(30, 0.5), Loss::of_good(1_000.0, after)).unwrap();
        assert_eq!(then.objective.is_held, None);
        assert_eq!(then.objective.latest, None);
        assert!(then.objective.earliest.unwrap() < then.objective.course.gone_in.unwrap());
        assert_eq!(then.strictest_for_sure, Some(Decimal::new(89, 0)));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(outcome(&slo("99.9", ""), &track(0, 0.0), Loss::NONE), None);
    }
}
