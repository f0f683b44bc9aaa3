//! Instants and stretches of time as people read them, in a time zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::budget::Span;
use crate::slo::{CalendarUnit, Period};

/// Writes instants for people who read them at some instant: its year goes without saying.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
    year: i16,
}

impl Clock {
    /// `now` in Unix seconds.
    pub(crate) fn new(zone: &TimeZone, now: i64) -> Self {
        Self {
            year: zoned(now, zone).year(),
            zone: zone.clone(),
        }
    }

    /// `3 December 10:40 CET`
    pub(crate) fn instant(&self, at: i64) -> String {
        let zone = zoned(at, &self.zone).strftime("%Z").to_string();
        format!("{} {zone}", self.minute(at))
    }

    /// `3 December 10:40`
    pub(crate) fn minute(&self, at: i64) -> String {
        let at = zoned(at, &self.zone);
        format!("{} {}", self.day_of(&at), at.strftime("%H:%M"))
    }

    /// `14 November 10:05–10:40`, `14 November 22:05 – 15 November 01:10`
    pub(crate) fn span(&self, span: Span) -> String {
        let (start, end) = (zoned(span.start, &self.zone), zoned(span.end, &self.zone));
        if start.date() == end.date() {
            format!("{}–{}", self.minute(span.start), end.strftime("%H:%M"))
        } else {
            format!("{} – {}", self.minute(span.start), self.minute(span.end))
        }
    }

    fn day_of(&self, at: &Zoned) -> String {
        let year = if at.year() == self.year { "" } else { " %Y" };
        at.strftime(&format!("%-d %B{year}")).to_string()
    }
}

/// `over 30d`, `of November 2026`, `of the week from 23 November 2026`: what is said after
/// `the error budget`. A calendar period is that which `span` is a part of.
pub(crate) fn of_period(period: &Period, span: Span) -> String {
    let Period::Calendar(calendar) = period else {
        return period.phrase();
    };
    let zone = TimeZone::get(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let first = zoned(span.start, &zone);
    let name = match calendar.unit {
        CalendarUnit::Week => first.strftime("the week from %-d %B %Y"),
        CalendarUnit::Month => first.strftime("%B %Y"),
        CalendarUnit::Quarter => {
            let quarter = (first.month() - 1) / 3 + 1;
            return format!("of Q{quarter} {}", first.year());
        }
        CalendarUnit::Year => first.strftime("%Y"),
    };
    format!("of {name}")
}

/// `1 December 2026`
pub(crate) fn day(day: jiff::civil::Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

fn zoned(at: i64, zone: &TimeZone) -> Zoned {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn instants_are_those_of_the_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let clock = Clock::new(&berlin, unix("2026-11-26T12:00:00Z"));
        for (at, shown) in [
            ("2026-12-03T09:40:00Z", "3 December 10:40 CET"),
            ("2026-07-01T22:30:00Z", "2 July 00:30 CEST"),
            ("2026-12-31T23:30:00Z", "1 January 2027 00:30 CET"),
        ] {
            assert_eq!(clock.instant(unix(at)), shown);
        }
        let span = |start: &str, end: &str| {
            clock.span(Span {
                start: unix(start),
                end: unix(end),
            })
        };
        assert_eq!(
            span("2026-11-14T09:05:00Z", "2026-11-14T09:40:00Z"),
            "14 November 10:05–10:40"
        );
        assert_eq!(
            span("2026-11-14T21:05:00Z", "2026-11-15T00:10:00Z"),
            "14 November 22:05 – 15 November 01:10"
        );
    }

    #[test]
    fn periods_have_names() {
        let calendar = |unit| {
            Period::Calendar(crate::slo::Calendar {
                unit,
                time_zone: "Europe/Berlin".to_owned(),
            })
        };
        let begins = |at| Span {
            start: unix(at),
            end: unix(at) + 60,
        };
        for (unit, start, name) in [
            (
                CalendarUnit::Month,
                "2026-10-31T23:00:00Z",
                "of November 2026",
            ),
            (
                CalendarUnit::Week,
                "2026-11-22T23:00:00Z",
                "of the week from 23 November 2026",
            ),
            (CalendarUnit::Quarter, "2026-09-30T22:00:00Z", "of Q4 2026"),
            (CalendarUnit::Year, "2025-12-31T23:00:00Z", "of 2026"),
        ] {
            assert_eq!(of_period(&calendar(unit), begins(start)), name);
        }
        let rolling = Period::Rolling(crate::duration::Duration::from_days(30));
        assert_eq!(
            of_period(&rolling, begins("2026-11-22T23:00:00Z")),
            "over 30d"
        );
    }
}
