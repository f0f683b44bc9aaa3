//! Burn-rate mathematics: which pairs of windows alert at which factor, how
//! soon they fire, when they reset, and whether they can fire at all.
//!
//! The scheme is that of the SRE Workbook, chapter 5, "Multiwindow,
//! Multi-Burn-Rate Alerts": a pair fires while the error ratio of a long window
//! (enough was spent) and of a short one (it is still being spent) are both
//! above `factor · budget`.

mod forecast;
mod solve;
mod timing;

pub use forecast::{Arm, History, Outlook, Stretch};
pub use solve::{
    SEVERITIES, all_windows, factor_cap, fitted, lowest_reachable_objective, own_pair, pairs,
};
pub use timing::{Firing, Timing};

use rust_decimal::Decimal;

use crate::duration::Duration;
use crate::slo::Severity;

/// Length of the window that everything shorter than a tile is derived from.
pub const BASE_WINDOW: Duration = Duration::from_mins(5);
/// How often fast rules and alerts are evaluated.
pub const FAST_INTERVAL: Duration = Duration::from_mins(1);
/// How often slow rules are evaluated, and how much time a tile covers.
pub const SLOW_INTERVAL: Duration = Duration::from_mins(5);
/// Windows up to this length are derived from the base window, longer ones from tiles.
pub const LONGEST_FAST_WINDOW: Duration = Duration::from_hours(6);

/// A long and a short window that alert together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Whom it alerts.
    pub severity: Severity,
    /// Long window: how much must be spent.
    pub long: Duration,
    /// Short window: that it is still being spent.
    pub short: Duration,
    /// Burn rate from which both windows count.
    pub factor: Decimal,
}

impl Pair {
    /// The error ratio (0–1) above which both windows count.
    pub fn threshold(&self, budget: Decimal) -> Decimal {
        (self.factor * budget).normalize()
    }

    /// Share of the budget (0–1) that one long window at the threshold spends:
    /// factor · long / period.
    pub fn budget_spent(&self, period: Duration) -> Decimal {
        (self.factor * Decimal::from(self.long.millis()) / Decimal::from(period.millis()))
            .normalize()
    }

    /// Whether an error ratio of 1 reaches the threshold.
    pub fn can_fire(&self, budget: Decimal) -> bool {
        self.threshold(budget) < Decimal::ONE
    }
}
