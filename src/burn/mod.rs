//! Burn-rate mathematics: which pairs of windows alert at which factor, how
//! soon they fire, when they reset, and whether they can fire at all.

use rust_decimal::Decimal;

use crate::duration::Duration;
use crate::slo::Severity;

/// A long and a short window that alert together (SRE Workbook, chapter 5,
/// "Multiwindow, Multi-Burn-Rate Alerts").
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
