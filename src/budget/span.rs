//! Stretches of time.

use jiff::Timestamp;

use crate::burn::SLOW_INTERVAL;
use crate::slo::{Calendar, Period};

/// Length of a tile in seconds.
pub const TILE: i64 = SLOW_INTERVAL.millis().cast_signed() / 1000;

/// The same to calculate with.
pub(crate) const TILE_SECONDS: f64 = 300.0;
const _: () = assert!(TILE == 300);

/// A stretch of time, in Unix seconds: after `start`, up to and with `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The instant before the first one.
    pub start: i64,
    /// The last instant.
    pub end: i64,
}

impl Span {
    /// The stretch of this many seconds that ends at `end`.
    pub const fn before(end: i64, seconds: i64) -> Self {
        Self {
            start: end.saturating_sub(seconds),
            end,
        }
    }

    /// Its length in seconds, never negative.
    pub const fn seconds(self) -> i64 {
        let seconds = self.end.saturating_sub(self.start);
        if seconds < 0 { 0 } else { seconds }
    }

    /// What it shares with another; empty where they do not meet.
    #[must_use]
    pub fn overlap(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }

    /// Whether it holds any time.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// The period that `at` lies in: what has passed of it, and when it ends. A rolling period
/// has always passed as a whole.
pub fn period_at(period: &Period, at: i64) -> Span {
    match period {
        Period::Rolling(length) => Span::before(at, seconds(*length)),
        Period::Calendar(calendar) => {
            bounds(calendar, at).unwrap_or_else(|| Span::before(at, seconds(period.nominal())))
        }
    }
}

/// The calendar periods that a stretch of time meets, in order.
pub fn calendar_periods(calendar: &Calendar, span: Span) -> Vec<Span> {
    let mut periods = Vec::new();
    // The first instant of a period is the end of the one before it.
    let mut at = span.start.saturating_add(1);
    while let Some(period) = bounds(calendar, at).filter(|period| period.start < span.end) {
        periods.push(period);
        at = period.end.saturating_add(1);
    }
    periods
}

/// The period whose instants, after its start and up to its end, `at` is one of.
fn bounds(calendar: &Calendar, at: i64) -> Option<Span> {
    let inside = Timestamp::from_second(at.checked_sub(1)?).ok()?;
    let (start, end) = calendar.bounds(inside)?;
    let span = Span {
        start: start.as_second(),
        end: end.as_second(),
    };
    (!span.is_empty()).then_some(span)
}

fn seconds(length: crate::duration::Duration) -> i64 {
    i64::try_from(length.millis() / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::CalendarUnit;

    fn instant(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn months_have_the_hours_that_the_clock_gives_them() {
        let berlin = Calendar {
            unit: CalendarUnit::Month,
            time_zone: "Europe/Berlin".to_owned(),
        };
        let span = Span {
            start: instant("2026-02-10T00:00:00Z"),
            end: instant("2026-11-02T00:00:00Z"),
        };
        let hours: Vec<i64> = calendar_periods(&berlin, span)
            .iter()
            .map(|period| period.seconds() / 3600)
            .collect();
        // March loses an hour, October has one more.
        assert_eq!(
            hours,
            [28, 31, 30, 31, 30, 31, 31, 30, 31, 30]
                .map(|days: i64| days * 24)
                .into_iter()
                .zip([0, -1, 0, 0, 0, 0, 0, 0, 1, 0])
                .map(|(hours, more)| hours + more)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_instant_between_two_periods_is_the_last_of_the_first() {
        let month = Period::Calendar(Calendar {
            unit: CalendarUnit::Month,
            time_zone: "UTC".to_owned(),
        });
        let turn = instant("2026-11-01T00:00:00Z");
        assert_eq!(period_at(&month, turn).end, turn);
        assert_eq!(period_at(&month, turn + 1).start, turn);
    }
}
