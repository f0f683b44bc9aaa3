//! A classic histogram, as a curve of how many were good within a bound.

use super::loss::Estimate;

/// How many observations that did not fail were within each bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Bounds, rising, and the number of observations up to each, never falling. The last
    /// bound is infinite.
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// From the number of observations up to each bound, in any order, and the number of all
    /// that are good however slow. What sums of several processes with other buckets let
    /// fall is taken as level.
    pub fn new(buckets: impl IntoIterator<Item = (f64, f64)>, all: f64) -> Self {
        let is_usable = |(bound, count): &(f64, f64)| {
            !bound.is_nan() && *bound < f64::INFINITY && !count.is_nan()
        };
        let mut points: Vec<(f64, f64)> = buckets.into_iter().filter(is_usable).collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        points.push((f64::INFINITY, all));
        let mut highest: f64 = 0.0;
        for (_, count) in &mut points {
            highest = highest.max(*count);
            *count = highest;
        }
        Self { points }
    }

    /// How many were within a bound: between two bounds of buckets, as if they were spread
    /// evenly, as Prometheus takes it; above the last finite bound, none. Whatever is to be
    /// faster than nothing is too slow.
    pub fn within(&self, bound: f64) -> Estimate {
        if bound <= 0.0 || bound.is_nan() {
            return Estimate::exact(0.0);
        }
        let above = self.points.partition_point(|(le, _)| *le < bound);
        let Some(&(upper, most)) = self.points.get(above) else {
            return Estimate::exact(self.all());
        };
        if upper <= bound {
            return Estimate::exact(most);
        }
        // Durations and ages begin at 0.
        let (lower, least) = match above
            .checked_sub(1)
            .and_then(|below| self.points.get(below))
        {
            Some((lower, least)) => (lower.max(0.0), *least),
            None => (0.0, 0.0),
        };
        let likely = if upper.is_finite() {
            least + (most - least) * (bound - lower) / (upper - lower)
        } else {
            least
        };
        Estimate {
            least,
            likely,
            most,
        }
    }

    /// The two bounds of buckets that a bound lies between, when it is none itself.
    pub fn around(&self, bound: f64) -> Option<(f64, f64)> {
        let above = self.points.partition_point(|(le, _)| *le < bound);
        let (upper, _) = self.points.get(above)?;
        let below = above
            .checked_sub(1)
            .and_then(|below| self.points.get(below));
        let lower = below.map_or(0.0, |(lower, _)| lower.max(0.0));
        (bound > 0.0 && *upper > bound).then_some((lower, *upper))
    }

    /// All that did not fail.
    fn all(&self) -> f64 {
        self.points.last().map_or(0.0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 50 up to 0.1 s, 90 up to 0.4 s, 98 up to 1 s, 100 in all.
    fn curve() -> Curve {
        Curve::new(
            [
                (0.4, 90.0),
                (0.1, 50.0),
                (1.0, 98.0),
                (f64::INFINITY, 100.0),
            ],
            100.0,
        )
    }

    #[test]
    fn a_bound_of_a_bucket_is_exact() {
        for (bound, count) in [(0.1, 50.0), (0.4, 90.0), (1.0, 98.0)] {
            assert_eq!(curve().within(bound), Estimate::exact(count));
            assert_eq!(curve().around(bound), None);
        }
    }

    #[test]
    fn between_two_bounds_is_what_a_line_says_and_what_can_be() {
        let within = curve().within(0.2);
        assert!(
            (within.likely - (50.0 + 40.0 / 3.0)).abs() < 1e-9,
            "{within:?}"
        );
        assert_eq!((within.least, within.most), (50.0, 90.0));
        assert_eq!(curve().around(0.2), Some((0.1, 0.4)));
        // The first bucket begins at 0.
        let first = curve().within(0.05);
        assert_eq!((first.least, first.likely, first.most), (0.0, 25.0, 50.0));
        // Nobody knows how slow the slowest were.
        let last = curve().within(3.0);
        assert_eq!((last.least, last.likely, last.most), (98.0, 98.0, 100.0));
    }

    #[test]
    fn nothing_is_faster_than_nothing() {
        for bound in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(curve().within(bound), Estimate::exact(0.0));
        }
        assert_eq!(Curve::new([], 0.0).within(1.0), Estimate::exact(0.0));
        assert_eq!(curve().within(f64::INFINITY), Estimate::exact(100.0));
    }

    #[test]
    fn what_falls_is_level() {
        let curve = Curve::new(
            [(1.0, 5.0), (2.0, 3.0), (f64::NAN, 9.0), (3.0, f64::NAN)],
            4.0,
        );
        assert_eq!(curve.within(2.0), Estimate::exact(5.0));
        assert_eq!(curve.within(f64::INFINITY), Estimate::exact(5.0));
    }

    proptest! {
        #[test]
        fn slower_is_never_better(
            buckets in prop::collection::vec((0.0..10.0_f64, 0.0..100.0_f64), 0..8),
            one in -1.0..12.0_f64,
            other in -1.0..12.0_f64,
        ) {
            let curve = Curve::new(buckets, 80.0);
            let (low, high) = (one.min(other), one.max(other));
            let (low, high) = (curve.within(low), curve.within(high));
            prop_assert!(low.least <= high.least && low.most <= high.most);
            prop_assert!(low.likely <= high.likely + 1e-9, "{low:?} {high:?}");
            prop_assert!(low.least <= low.likely && low.likely <= low.most + 1e-9);
        }
    }
}
