use std::fmt;

use rust_decimal::Decimal;

/// An objective in percent, 0 < o < 100, exact to the digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objective(Decimal);

impl Objective {
    /// From percent; `None` outside 0 < o < 100.
    pub fn from_percent(percent: Decimal) -> Option<Self> {
        (percent > Decimal::ZERO && percent < Decimal::ONE_HUNDRED)
            .then(|| Self(percent.normalize()))
    }

    /// In percent.
    pub const fn percent(self) -> Decimal {
        self.0
    }

    /// As a ratio, 0–1: 99.9 % is 0.999.
    pub fn ratio(self) -> Decimal {
        (self.0 / Decimal::ONE_HUNDRED).normalize()
    }

    /// The error budget as a ratio, 0–1: 99.9 % leaves 0.001.
    pub fn budget(self) -> Decimal {
        (Decimal::ONE - self.ratio()).normalize()
    }
}

/// Percent without the sign: `99.9`.
impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact() {
        let objective = Objective::from_percent("99.90".parse().unwrap()).unwrap();
        assert_eq!(objective.to_string(), "99.9");
        assert_eq!(objective.ratio().to_string(), "0.999");
        assert_eq!(objective.budget().to_string(), "0.001");
    }

    #[test]
    fn keeps_its_range() {
        for percent in ["0", "100", "-1", "100.1"] {
            assert_eq!(
                Objective::from_percent(percent.parse().unwrap()),
                None,
                "{percent}"
            );
        }
    }
}
