//! Lengths of time and time windows.

use std::sync::Arc;

use jiff::civil::{DateTime, Weekday};

use super::get;
use crate::diagnostic::codes::{import, slo, spec};
use crate::duration::Duration;
use crate::slo::CalendarUnit;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;

/// `30d`: a number and a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shorthand {
    count: u64,
    unit: char,
}

const DAY: u64 = 24 * 60;

impl Shorthand {
    /// The length; a month has 30 days, a quarter 90, a year 365.
    pub(super) fn length(self) -> Option<Duration> {
        let minutes = match self.unit {
            'm' => 1,
            'h' => 60,
            'd' => DAY,
            'w' => 7 * DAY,
            'M' => 30 * DAY,
            'Q' => 90 * DAY,
            _ => 365 * DAY,
        };
        let minutes = self.count.checked_mul(minutes)?;
        Some(Duration::from_millis(minutes.checked_mul(60_000)?))
    }

    fn calendar(self) -> Option<CalendarUnit> {
        match (self.count, self.unit) {
            (1, 'w') | (7, 'd') => Some(CalendarUnit::Week),
            (1, 'M') => Some(CalendarUnit::Month),
            (3, 'M') | (1, 'Q') => Some(CalendarUnit::Quarter),
            (12, 'M') | (4, 'Q') | (1, 'Y') => Some(CalendarUnit::Year),
            _ => None,
        }
    }
}

/// A duration-shorthand; anything else is reported.
pub(super) fn shorthand(node: &Node, decoder: &mut Decoder<'_>) -> Option<Shorthand> {
    let expected = "a duration such as 5m or 30d";
    let text = decoder.text(node, expected)?;
    let trimmed = text.trim().trim_start_matches('+');
    let digits = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = trimmed.get(digits.len()..).unwrap_or_default().trim();
    let count: Option<u64> = digits.parse().ok();
    let mut signs = unit.chars();
    let unit = signs.next().filter(|unit| "mhdwMQY".contains(*unit));
    match (count.filter(|count| *count > 0), unit, signs.next()) {
        (Some(count), Some(unit), None) => Some(Shorthand { count, unit }),
        _ => {
            decoder.error_with_help(
                &spec::INVALID_VALUE,
                node.at,
                format!(
                    "expected {expected}, found `{}`",
                    crate::spec::node::shorten(text)
                ),
                "write a number above zero and one of m, h, d, w, M (months), Q (quarters), Y",
            );
            None
        }
    }
}

/// The period of an SLO as a native value.
pub(super) struct Window {
    /// Absent for the native default.
    pub(super) node: Option<Arc<Node>>,
    /// The length that burn-rate factors use.
    pub(super) nominal: Duration,
}

const DEFAULT: Duration = Duration::from_days(30);

/// `timeWindow` of v1; `None` after reporting why not.
pub(super) fn translate(spec: &Node, decoder: &mut Decoder<'_>) -> Option<Window> {
    let at = get::key_at(spec, "timeWindow");
    let Some(window) = get::items(spec, "timeWindow", decoder).and_then(<[_]>::first) else {
        decoder.error_with_help(
            &import::READ_AS,
            at,
            "this SLO has no time window; it holds over 30d",
            "add `timeWindow: [{duration: 30d, isRolling: true}]`",
        );
        return Some(Window {
            node: None,
            nominal: DEFAULT,
        });
    };
    let duration = &get::required(window, "duration", "a time window", decoder)?.value;
    let shorthand = shorthand(duration, decoder)?;
    let calendar = get::value(window, "calendar").filter(|_| !get::flag(window, "isRolling"));
    match calendar {
        Some(calendar) => self::calendar(calendar, shorthand, duration, decoder),
        None => rolling(shorthand, duration, decoder),
    }
}

pub(super) fn rolling(
    shorthand: Shorthand,
    node: &Node,
    decoder: &mut Decoder<'_>,
) -> Option<Window> {
    let length = shorthand.length()?;
    if shorthand.unit == 'm' {
        decoder.error_with_help(
            &slo::PERIOD_RANGE,
            node.at,
            format!("a period of {} is too short: at least 1d", length),
            format!(
                "`m` is minutes; did you mean `{}M`, months?",
                shorthand.count
            ),
        );
        return None;
    }
    let text = length.single_unit();
    Some(Window {
        node: Some(make::plain(text, node.at)),
        nominal: length,
    })
}

fn calendar(
    node: &Node,
    shorthand: Shorthand,
    duration: &Node,
    decoder: &mut Decoder<'_>,
) -> Option<Window> {
    let Some(unit) = shorthand.calendar() else {
        decoder.error_with_help(
            &import::READ_AS,
            duration.at,
            "a calendar window is a week, a month, a quarter or a year; this one is read as rolling",
            "write `1w`, `1M`, `1Q` or `1Y`, or `isRolling: true`",
        );
        return rolling(shorthand, duration, decoder);
    };
    if let Some(start) = get::value(node, "startTime")
        && get::scalar(start)
            .and_then(start_of)
            .is_some_and(|start| !is_first(unit, start))
    {
        decoder.error_with_help(
            &import::READ_AS,
            start.at,
            format!(
                "this {0} does not begin where a {0} begins; it is read as one that does",
                unit.name()
            ),
            "begin it at midnight of a Monday, of the first of a month, a quarter or a year",
        );
    }
    let mut calendar = make::map(duration.at).put(
        "calendar",
        duration.at,
        make::plain(unit.name(), duration.at),
    );
    calendar = calendar.put_some("time_zone", node.at, get::value(node, "timeZone").cloned());
    Some(Window {
        node: Some(calendar.done()),
        nominal: shorthand.length()?,
    })
}

fn start_of(text: &str) -> Option<DateTime> {
    text.trim().replacen(' ', "T", 1).parse().ok()
}

/// Whether a calendar period of this unit begins there.
fn is_first(unit: CalendarUnit, start: DateTime) -> bool {
    let midnight = start.time() == jiff::civil::Time::midnight();
    let first = start.day() == 1;
    midnight
        && match unit {
            CalendarUnit::Week => start.date().weekday() == Weekday::Monday,
            CalendarUnit::Month => first,
            CalendarUnit::Quarter => first && (start.month() - 1) % 3 == 0,
            CalendarUnit::Year => first && start.month() == 1,
        }
}
