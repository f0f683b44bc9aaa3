//! Where a period stands, and what an error ratio has spent of its budget.

use jiff::Timestamp;
use rust_decimal::prelude::ToPrimitive;

use crate::burn::BASE_WINDOW;
use crate::duration::Duration;
use crate::slo::Period;

/// Where a period stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// From its start; its whole length when it rolls.
    pub(super) elapsed: Duration,
    /// To its end; zero when it rolls.
    pub(super) left: Duration,
}

impl Progress {
    /// Where `period` stands at an instant in Unix seconds.
    pub(super) fn of(period: &Period, now: f64) -> Self {
        let rolling = Self {
            elapsed: period.nominal(),
            left: Duration::ZERO,
        };
        let Period::Calendar(calendar) = period else {
            return rolling;
        };
        let at = now.to_i64().and_then(|at| Timestamp::from_second(at).ok());
        let Some((at, (start, end))) = at.and_then(|at| Some((at, calendar.bounds(at)?))) else {
            return rolling;
        };
        let between = |from: Timestamp, to: Timestamp| {
            let seconds = to.as_second() - from.as_second();
            Duration::from_secs(seconds.to_u64().unwrap_or(0))
        };
        Self {
            elapsed: between(start, at).max(BASE_WINDOW),
            left: between(at, end),
        }
    }

    /// The share of the budget that an error ratio over the time so far has spent, where
    /// `total` is the mean rate of events so far and `average` the one that is expected
    /// of the time to come. Without counts only time is known.
    pub(super) fn spent(self, ratio: f64, budget: f64, rates: Option<(f64, f64)>) -> f64 {
        let (elapsed, left) = (self.elapsed.as_secs_f64(), self.left.as_secs_f64());
        let share = match rates {
            Some((total, average)) => total * elapsed / (total * elapsed + average * left),
            None => elapsed / (elapsed + left),
        };
        ratio * share / budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::{Calendar, CalendarUnit};

    #[test]
    fn a_bad_hour_on_the_first_does_not_spend_the_month() {
        let month = Period::Calendar(Calendar {
            unit: CalendarUnit::Month,
            time_zone: "UTC".to_owned(),
        });
        let first: Timestamp = "2026-09-01T01:00:00Z".parse().unwrap();
        let now = first.as_second().to_f64().unwrap();
        let progress = Progress::of(&month, now);
        assert_eq!(progress.elapsed, Duration::from_hours(1));
        assert_eq!(progress.left, Duration::from_hours(30 * 24 - 1));
        // Half of an hour's requests failed: half an hour of 720 of a budget of 1 %.
        let spent = progress.spent(0.5, 0.01, Some((10.0, 10.0)));
        assert!((spent - 0.5 / 720.0 / 0.01).abs() < 1e-12, "{spent}");
        assert!((progress.spent(0.5, 0.01, None) - spent).abs() < 1e-12);
    }

    #[test]
    fn a_rolling_period_is_always_whole() {
        let period = Period::Rolling(Duration::from_days(30));
        let progress = Progress::of(&period, 1e9);
        let spent = progress.spent(0.0005, 0.001, None);
        assert!((spent - 0.5).abs() < 1e-12, "{spent}");
    }
}
