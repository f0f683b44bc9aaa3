//! How soon a pair fires and resets, including what the rules add: windows are
//! derived from rates over five minutes that are recorded every minute, or from
//! tiles recorded every five minutes.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{BASE_WINDOW, FAST_INTERVAL, LONGEST_FAST_WINDOW, Pair, SLOW_INTERVAL};
use crate::duration::Duration;

/// What the rules add to the times that the windows alone would give.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How often the raw metrics are scraped.
    pub scrape: Duration,
    /// How often fast rules and alerts are evaluated.
    pub fast: Duration,
    /// How often slow rules are evaluated.
    pub slow: Duration,
}

/// When a pair fires after the onset of a steady error ratio, traffic being constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// Before this it cannot have fired.
    pub earliest: Duration,
    /// By now it has.
    pub latest: Duration,
}

impl Timing {
    /// The intervals of the generated rule groups.
    pub const fn new(scrape: Duration) -> Self {
        Self {
            scrape,
            fast: FAST_INTERVAL,
            slow: SLOW_INTERVAL,
        }
    }

    /// When `pair` fires if the error ratio (0–1) goes from 0 to `errors`; `None`
    /// if it never does. Raw: factor · budget / errors · long window (SRE
    /// Workbook, chapter 5, "Burn rate").
    pub fn firing(&self, pair: &Pair, budget: Decimal, errors: f64) -> Option<Firing> {
        let share = pair.threshold(budget).to_f64()? / errors;
        if share.is_nan() || share >= 1.0 {
            return None;
        }
        let long = self.crossing(pair.long, share);
        let short = self.crossing(pair.short, share);
        Some(Firing {
            earliest: long.earliest.max(short.earliest),
            latest: long.latest.max(short.latest) + self.fast,
        })
    }

    /// When `pair` is silent again after an error ratio of `errors` (0–1) has
    /// ended that filled both windows: short window · (1 − factor · budget / errors),
    /// plus what the rules add.
    pub fn reset(&self, pair: &Pair, budget: Decimal, errors: f64) -> Duration {
        let share = pair.threshold(budget).to_f64().unwrap_or(1.0) / errors;
        self.crossing(pair.short, (1.0 - share).max(0.0)).latest + self.fast
    }

    /// When a window is filled to `share` (0–1) of a step.
    fn crossing(&self, window: Duration, share: f64) -> Firing {
        let raw = window.as_secs_f64() * share;
        let (middle, spread) = if window <= BASE_WINDOW {
            (raw, self.fast)
        } else if window <= LONGEST_FAST_WINDOW {
            (smoothed(raw), self.fast * 2)
        } else {
            // A tile is read up to one interval after its end.
            (raw + self.slow.as_secs_f64() / 2.0, self.slow + self.fast)
        };
        let early = self.scrape + spread;
        Firing {
            earliest: seconds((middle - early.as_secs_f64()).max(0.0).floor()),
            latest: seconds(middle.ceil()) + self.scrape + spread,
        }
    }
}

/// A step shows in the rate over the base window as a ramp of the window's
/// length. Summed up, it is behind by half of that; while the ramp still rises,
/// the sum is t² / (2 · base window).
fn smoothed(raw: f64) -> f64 {
    let base = BASE_WINDOW.as_secs_f64();
    if raw >= base / 2.0 {
        raw + base / 2.0
    } else {
        (2.0 * base * raw).sqrt()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and windows are short"
)]
fn seconds(seconds: f64) -> Duration {
    Duration::from_secs(seconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::Severity;

    fn pair(factor: &str, long: u64, short: u64) -> Pair {
        Pair {
            severity: Severity::Page,
            long: Duration::from_mins(long),
            short: Duration::from_mins(short),
            factor: factor.parse().unwrap(),
        }
    }

    #[test]
    fn a_total_outage_pages_within_minutes() {
        let timing = Timing::new(Duration::from_secs(30));
        let firing = timing
            .firing(&pair("14.4", 60, 5), Decimal::new(1, 3), 1.0)
            .unwrap();
        // 52 s of errors in an hour; the ramp of the rate makes that about 3 minutes.
        assert_eq!(firing.earliest, Duration::from_secs(26));
        assert_eq!(firing.latest, Duration::from_secs(177 + 30 + 120 + 60));
    }

    #[test]
    fn below_the_threshold_it_never_fires() {
        let timing = Timing::new(Duration::from_secs(30));
        let pair = pair("14.4", 60, 5);
        assert_eq!(timing.firing(&pair, Decimal::new(1, 3), 0.0144), None);
        assert_eq!(timing.firing(&pair, Decimal::new(1, 3), 0.0), None);
        assert!(timing.firing(&pair, Decimal::new(1, 3), 0.0145).is_some());
    }

    #[test]
    fn the_short_window_decides_the_reset() {
        let timing = Timing::new(Duration::from_secs(30));
        let reset = timing.reset(&pair("14.4", 60, 5), Decimal::new(1, 3), 1.0);
        assert!(
            reset >= Duration::from_mins(5) && reset <= Duration::from_mins(8),
            "{reset}"
        );
    }
}
