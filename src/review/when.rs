//! Which period is reported.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::budget::{Span, TILE, period_at};
use crate::slo::{Calendar, CalendarUnit, Period};

/// Which period is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// That of each SLO, as it stands.
    Own,
    /// The last one that has ended: of the calendar unit of each SLO, or the last month
    /// where its period rolls.
    Last,
    /// One with a name.
    Named(Named),
}

/// A year, quarter, month or week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    unit: CalendarUnit,
    first_day: Date,
}

/// A period that is reported, and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) span: Span,
    pub(super) previous: Span,
    /// `over 30d`, `per month (Europe/Berlin)`, `in October 2026`.
    pub(super) phrase: String,
    /// The same in a sentence about what happened: `over 30d`, `this month`.
    pub(super) said: String,
    /// The period rolls, and so does its budget.
    pub(super) is_rolling: bool,
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Self::Last);
        }
        Named::parse(text).map(Self::Named).ok_or_else(|| {
            format!("`{text}` is no period: write 2026-10, 2026-Q3, 2026-W40, 2026, or last")
        })
    }
}

impl Named {
    fn parse(text: &str) -> Option<Self> {
        let (year, part) = match text.split_once('-') {
            Some((year, part)) => (year, Some(part)),
            None => (text, None),
        };
        let is_number = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let year: i16 = is_number(year, 4).then(|| year.parse().ok())??;
        let number = |text: &str, digits| -> Option<i8> {
            is_number(text, digits).then(|| text.parse().ok())?
        };
        let (unit, first_day) = match part {
            None => (CalendarUnit::Year, Date::new(year, 1, 1)),
            Some(part) => match part.strip_prefix('Q').or_else(|| part.strip_prefix('q')) {
                Some(quarter) => {
                    let quarter = number(quarter, 1).filter(|quarter| (1..=4).contains(quarter))?;
                    (CalendarUnit::Quarter, Date::new(year, quarter * 3 - 2, 1))
                }
                None => match part.strip_prefix('W').or_else(|| part.strip_prefix('w')) {
                    Some(week) => {
                        let week = number(week, 2)?;
                        let monday = jiff::civil::Weekday::Monday;
                        let date = jiff::civil::ISOWeekDate::new(year, week, monday);
                        (CalendarUnit::Week, date.map(jiff::civil::ISOWeekDate::date))
                    }
                    None => (CalendarUnit::Month, Date::new(year, number(part, 2)?, 1)),
                },
            },
        };
        Some(Self {
            unit,
            first_day: first_day.ok()?,
        })
    }

    /// The one that holds a day.
    fn of(unit: CalendarUnit, zone: &str, at: i64) -> Option<Self> {
        let calendar = Calendar {
            unit,
            time_zone: zone.to_owned(),
        };
        let (start, _) = calendar.bounds(Timestamp::from_second(at).ok()?)?;
        let zone = TimeZone::get(zone).ok()?;
        Some(Self {
            unit,
            first_day: start.to_zoned(zone).date(),
        })
    }

    fn span(self, zone: &str) -> Option<Span> {
        let calendar = Calendar {
            unit: self.unit,
            time_zone: zone.to_owned(),
        };
        let start = self.first_day.to_zoned(TimeZone::get(zone).ok()?).ok()?;
        let (start, end) = calendar.bounds(start.timestamp())?;
        Some(Span {
            start: start.as_second(),
            end: end.as_second(),
        })
    }

    fn frame(self, zone: &str) -> Option<Frame> {
        let span = self.span(zone)?;
        let before = Self::of(self.unit, zone, span.start - 1)?;
        Some(Frame {
            span,
            previous: before.span(zone)?,
            phrase: format!("in {self}"),
            said: format!("in {self}"),
            is_rolling: false,
        })
    }
}

/// `October 2026`, `Q3 2026`, `week 40 of 2026`.
impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = self.first_day;
        match self.unit {
            CalendarUnit::Year => write!(f, "{:04}", day.year()),
            CalendarUnit::Quarter => write!(f, "Q{} {}", (day.month() - 1) / 3 + 1, day.year()),
            CalendarUnit::Month => write!(f, "{}", day.strftime("%B %Y")),
            CalendarUnit::Week => {
                let week = day.iso_week_date();
                write!(f, "week {} of {}", week.week(), week.year())
            }
        }
    }
}

impl Which {
    /// What is reported of a period, as of an instant. `zone` is that of periods that have
    /// none of their own; `None` where the calendar has no such period.
    pub(super) fn frame(&self, period: &Period, zone: &str, at: i64) -> Option<Frame> {
        let (unit, zone) = match period {
            Period::Calendar(calendar) => (calendar.unit, calendar.time_zone.as_str()),
            Period::Rolling(_) => (CalendarUnit::Month, zone),
        };
        match self {
            Self::Named(named) => named.frame(zone),
            Self::Last => {
                let running = Named::of(unit, zone, at)?.span(zone)?;
                Named::of(unit, zone, running.start - 1)?.frame(zone)
            }
            Self::Own => Some(own(period, at)),
        }
    }

    /// In a heading.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Own => "the period of each objective".to_owned(),
            Self::Last => "the last period that has ended".to_owned(),
            Self::Named(named) => named.to_string(),
        }
    }
}

fn own(period: &Period, at: i64) -> Frame {
    let span = period_at(period, at);
    Frame {
        span,
        previous: match period {
            Period::Rolling(_) => Span::before(span.start, span.seconds()),
            Period::Calendar(_) => period_at(period, span.start),
        },
        phrase: period.phrase(),
        said: match period {
            Period::Rolling(_) => period.phrase(),
            Period::Calendar(calendar) => format!("this {}", calendar.unit.name()),
        },
        is_rolling: matches!(period, Period::Rolling(_)),
    }
}

/// The last end of a tile up to an instant.
pub(super) const fn aligned(at: i64) -> i64 {
    at.div_euclid(TILE) * TILE
}

/// The zone of instants that are shown: that of all calendar periods, if it is one.
pub(super) fn common_zone<'a>(periods: impl Iterator<Item = &'a Period>) -> Option<String> {
    let mut zones = periods.filter_map(|period| match period {
        Period::Calendar(calendar) => Some(calendar.time_zone.as_str()),
        Period::Rolling(_) => None,
    });
    let first = zones.next()?;
    zones.all(|zone| zone == first).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str, zone: &str) -> String {
        let Which::Named(named) = text.parse().unwrap() else {
            panic!("{text}")
        };
        let frame = named.frame(zone).unwrap();
        let instant = |at| Timestamp::from_second(at).unwrap();
        format!(
            "{}: {} to {}, before from {}",
            frame.phrase,
            instant(frame.span.start),
            instant(frame.span.end),
            instant(frame.previous.start)
        )
    }

    #[test]
    fn named_periods_are_those_of_the_zone() {
        for (text, zone, expected) in [
            (
                "2026-10",
                "Europe/Berlin",
                "in October 2026: 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, before from 2026-08-31T22:00:00Z",
            ),
            (
                "2026-Q1",
                "UTC",
                "in Q1 2026: 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z, before from 2025-10-01T00:00:00Z",
            ),
            (
                "2026-W01",
                "America/New_York",
                "in week 1 of 2026: 2025-12-29T05:00:00Z to 2026-01-05T05:00:00Z, before from 2025-12-22T05:00:00Z",
            ),
            (
                "2026",
                "Asia/Kolkata",
                "in 2026: 2025-12-31T18:30:00Z to 2026-12-31T18:30:00Z, before from 2024-12-31T18:30:00Z",
            ),
        ] {
            assert_eq!(frame(text, zone), expected);
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "2026-13",
            "2026-Q5",
            "2026-W54",
            "26-10",
            "2026-1",
            "yesterday",
            "2026-Q",
            "-1",
        ] {
            assert!(text.parse::<Which>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_period_has_ended() {
        let at = "2026-11-01T00:00:00Z"
            .parse::<Timestamp>()
            .unwrap()
            .as_second();
        let rolling = Period::Rolling(crate::duration::Duration::from_days(30));
        let frame = |at| Which::Last.frame(&rolling, "UTC", at).unwrap().phrase;
        // At midnight October is over.
        assert_eq!(frame(at), "in October 2026");
        assert_eq!(frame(at - 1), "in September 2026");
    }
}
