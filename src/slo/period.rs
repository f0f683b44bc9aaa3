use std::fmt;

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
