use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::duration::Duration;

/// The span over which an objective holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Period {
    /// The time before now, always of the same length: 1d to 1y.
    Rolling(Duration),
    /// From a calendar date to the next one.
    Calendar(Calendar),
}

/// A calendar period in a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Week, month, quarter or year.
    pub unit: CalendarUnit,
    /// Name of the time zone in the IANA database, as it is spelt there.
    pub time_zone: String,
}

/// The length of a calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarUnit {
    /// From Monday.
    Week,
    /// From the first.
    Month,
    /// From the first of January, April, July or October.
    Quarter,
    /// From the first of January.
    Year,
}

impl CalendarUnit {
    /// As it is written in a spec.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The longest that one can be, in days.
    pub const fn longest_days(self) -> u64 {
        match self {
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter => 92,
            Self::Year => 366,
        }
    }
}

impl Calendar {
    /// First instant of the period that holds `at`, and of the one after it; `None` for
    /// an instant or a time zone that does not exist.
    pub fn bounds(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let today = at.to_zoned(zone.clone()).date();
        let first = self.unit.first_day(today)?;
        let next = first.checked_add(self.unit.span()).ok()?;
        // A midnight that a change of the clock skips begins with the first instant after it.
        let start = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
        Some((start(first)?, start(next)?))
    }
}

impl CalendarUnit {
    fn first_day(self, day: Date) -> Option<Date> {
        match self {
            Self::Week => {
                let since_monday = day.weekday().to_monday_zero_offset();
                day.checked_sub(Span::new().days(since_monday)).ok()
            }
            Self::Month => Some(day.first_of_month()),
            Self::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                Date::new(day.year(), month, 1).ok()
            }
            Self::Year => Some(day.first_of_year()),
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Week => Span::new().weeks(1),
            Self::Month => Span::new().months(1),
            Self::Quarter => Span::new().months(3),
            Self::Year => Span::new().years(1),
        }
    }
}

impl Period {
    /// The length that burn-rate factors use; a month counts 30 days, a quarter 90.
    pub const fn nominal(&self) -> Duration {
        match self {
            Self::Rolling(duration) => *duration,
            Self::Calendar(calendar) => Duration::from_days(match calendar.unit {
                CalendarUnit::Week => 7,
                CalendarUnit::Month => 30,
                CalendarUnit::Quarter => 90,
                CalendarUnit::Year => 365,
            }),
        }
    }

    /// In a sentence, after what holds: `over 30d`, `per month (Europe/Berlin)`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Rolling(_) => format!("over {self}"),
            Self::Calendar(_) => format!("per {self}"),
        }
    }
}

/// `30d`, or `month (Europe/Berlin)`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(duration) => f.write_str(&duration.single_unit()),
            Self::Calendar(Calendar { unit, time_zone }) => {
                write!(f, "{} ({time_zone})", unit.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_periods_begin_and_end_at_midnight_of_the_zone() {
        for (unit, zone, at, start, end) in [
            (
                CalendarUnit::Month,
                "UTC",
                "2026-02-14T12:00:00Z",
                "2026-02-01T00:00:00Z",
                "2026-03-01T00:00:00Z",
            ),
            // The clock goes forward on 29 March.
            (
                CalendarUnit::Month,
                "Europe/Berlin",
                "2026-03-30T12:00:00Z",
                "2026-02-28T23:00:00Z",
                "2026-03-31T22:00:00Z",
            ),
            (
                CalendarUnit::Month,
                "Europe/Berlin",
                "2026-03-31T22:00:00Z",
                "2026-03-31T22:00:00Z",
                "2026-04-30T22:00:00Z",
            ),
            (
                CalendarUnit::Week,
                "America/New_York",
                "2026-11-26T03:00:00Z",
                "2026-11-23T05:00:00Z",
                "2026-11-30T05:00:00Z",
            ),
            (
                CalendarUnit::Quarter,
                "Asia/Kolkata",
                "2026-11-26T03:00:00Z",
                "2026-09-30T18:30:00Z",
                "2026-12-31T18:30:00Z",
            ),
            (
                CalendarUnit::Year,
                "UTC",
                "2028-12-31T23:59:59Z",
                "2028-01-01T00:00:00Z",
                "2029-01-01T00:00:00Z",
            ),
        ] {
            let calendar = Calendar {
                unit,
                time_zone: zone.to_owned(),
            };
            let instant = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(
                calendar.bounds(instant(at)),
                Some((instant(start), instant(end))),
                "{unit:?} {zone} {at}"
            );
        }
    }
}
