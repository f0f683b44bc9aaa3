//! Numbers of which not everything is known.

use rust_decimal::prelude::ToPrimitive;

use crate::slo::{ComparisonOp, Condition};

/// Numbers that differ by less than this, relative to the bound, are the same: sums of tiles
/// are not exact, and a budget that is spent to the last event is spent.
const NOISE: f64 = 1e-9;

/// What is known of a number: it lies between the two, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// It is not below this.
    pub low: f64,
    /// It is not above this.
    pub high: f64,
}

impl Known {
    /// Nothing.
    pub const NOTHING: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// All that there is to know.
    pub const fn exactly(value: f64) -> Self {
        if value.is_nan() {
            return Self::NOTHING;
        }
        Self {
            low: value,
            high: value,
        }
    }

    /// A number between two others.
    pub const fn between(low: f64, high: f64) -> Self {
        if low.is_nan() || high.is_nan() {
            return Self::NOTHING;
        }
        Self { low, high }
    }

    /// The number, where it is known.
    pub fn exact(self) -> Option<f64> {
        #[expect(
            clippy::float_cmp,
            reason = "both are the same number, or they are not"
        )]
        let is_exact = self.low == self.high;
        is_exact.then_some(self.low)
    }

    /// Whether a condition on the number holds; `None` where what is known does not tell.
    pub fn holds(self, condition: &Condition) -> Option<bool> {
        let bound = condition.value.to_f64()?;
        let noise = NOISE * bound.abs().max(1.0);
        let is_below = |value: f64| value < bound - noise;
        let is_above = |value: f64| value > bound + noise;
        let certain = |always: bool, never: bool| match (always, never) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        let below = certain(is_below(self.high), !is_below(self.low));
        let above = certain(is_above(self.low), !is_above(self.high));
        let equal = match (below, above) {
            (Some(true), _) | (_, Some(true)) => Some(false),
            (Some(false), Some(false)) => Some(true),
            _ => None,
        };
        match condition.op {
            ComparisonOp::Less => below,
            ComparisonOp::LessOrEqual => above.map(|above| !above),
            ComparisonOp::Greater => above,
            ComparisonOp::GreaterOrEqual => below.map(|below| !below),
            ComparisonOp::Equal => equal,
            ComparisonOp::NotEqual => equal.map(|equal| !equal),
        }
    }
}
