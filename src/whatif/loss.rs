//! What a change turns bad.

/// A number that the server can only tell between two others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// No less than this.
    pub least: f64,
    /// What is likely.
    pub likely: f64,
    /// No more than this.
    pub most: f64,
}

impl Estimate {
    /// A number that is known.
    pub const fn exact(number: f64) -> Self {
        Self {
            least: number,
            likely: number,
            most: number,
        }
    }

    /// Each of the three by a function that rises.
    #[must_use]
    pub fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        Self {
            least: rising(self.least),
            likely: rising(self.likely),
            most: rising(self.most),
        }
    }

    /// Each of the three by a function that falls.
    #[must_use]
    pub fn map_falling(self, falling: impl Fn(f64) -> f64) -> Self {
        Self {
            least: falling(self.most),
            likely: falling(self.likely),
            most: falling(self.least),
        }
    }

    /// Whether there is nothing to guess.
    pub fn is_exact(self) -> bool {
        self.most - self.least <= 1e-12 * self.most.abs().max(1e-3)
    }
}

/// The share (0–1) of good events that a change turns bad. What is bad already stays so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss(Estimate);

impl Loss {
    /// Nothing changes.
    pub const NONE: Self = Self(Estimate::exact(0.0));

    /// A share that is known, such as what a dependency fails; from 0 to 1.
    pub fn exact(share: f64) -> Self {
        Self(Estimate::exact(unit(share)))
    }

    /// What of `before` good events is not among those `after`.
    pub fn of_good(before: f64, after: Estimate) -> Self {
        if before <= 0.0 {
            return Self::NONE;
        }
        Self(after.map_falling(|after| unit(1.0 - after / before)))
    }

    /// Both changes, of which neither knows of the other: what is good after both was spared
    /// by each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = |one: f64, other: f64| 1.0 - (1.0 - one) * (1.0 - other);
        Self(Estimate {
            least: both(self.0.least, other.0.least),
            likely: both(self.0.likely, other.0.likely),
            most: both(self.0.most, other.0.most),
        })
    }

    /// What an error ratio (0–1) becomes: 1 − (1 − e)(1 − loss).
    pub fn applied(self, error_ratio: f64) -> Estimate {
        self.0.map(|loss| 1.0 - (1.0 - error_ratio) * (1.0 - loss))
    }

    /// The share itself.
    pub const fn share(self) -> Estimate {
        self.0
    }
}

fn unit(share: f64) -> f64 {
    if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-12
    }

    #[test]
    fn steps_in_series_fail_independently() {
        // 1 % here, 10 % there: 0.99 · 0.9 is good.
        let loss = Loss::exact(0.1);
        assert!(near(loss.applied(0.01).likely, 1.0 - 0.99 * 0.9));
        assert!(near(Loss::NONE.applied(0.01).likely, 0.01));
        assert!(near(Loss::exact(1.0).applied(0.01).likely, 1.0));
    }

    #[test]
    fn what_was_good_before_can_only_be_lost() {
        let after = Estimate {
            least: 60.0,
            likely: 70.0,
            most: 80.0,
        };
        let loss = Loss::of_good(80.0, after).share();
        assert!(near(loss.least, 0.0) && near(loss.likely, 0.125) && near(loss.most, 0.25));
        // Nothing good is left to be lost.
        assert_eq!(Loss::of_good(0.0, Estimate::exact(0.0)), Loss::NONE);
    }

    proptest! {
        #[test]
        fn the_order_of_changes_does_not_matter(
            a in 0.0..=1.0_f64, b in 0.0..=1.0_f64, c in 0.0..=1.0_f64, e in 0.0..=1.0_f64
        ) {
            let [a, b, c] = [a, b, c].map(Loss::exact);
            let one = a.and(b).and(c).applied(e).likely;
            let other = c.and(a.and(b)).applied(e).likely;
            let last = b.applied(a.applied(c.applied(e).likely).likely).likely;
            prop_assert!((one - other).abs() < 1e-12 && (one - last).abs() < 1e-12);
            prop_assert!((e - 1e-12..=1.0).contains(&one));
        }
    }
}
