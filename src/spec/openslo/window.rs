//! `timeWindow` of v1 and `timeWindows` of v1alpha: the period.

use std::sync::Arc;

use jiff::civil::{DateTime, Weekday};

use super::read::{Reader, entry, flag, items, value, word, word_at};
use crate::diagnostic::codes::slo;
use crate::duration::Duration;
use crate::slo::CalendarUnit;
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::Node;

/// The period of an SLO.
pub(super) struct Window {
    /// As a native spec has it; `None` for the default.
    pub(super) node: Option<Arc<Node>>,
    pub(super) key_at: SourceSpan,
    /// What it counts for burn rates.
    pub(super) nominal: Duration,
}

/// What a native SLO without a period has.
const DEFAULT: Duration = Duration::from_days(30);

/// The period of an SLO; reports what cannot be one.
pub(super) fn read(spec: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Window> {
    let key = if reader.alpha {
        "timeWindows"
    } else {
        "timeWindow"
    };
    let Some(windows) = entry(spec, key) else {
        reader.read_as(
            spec.head(),
            format!("there is no `{key}`: read as 30 days, rolling"),
            "write the time window that the objective holds for",
        );
        return Some(Window {
            node: None,
            key_at: spec.head(),
            nominal: DEFAULT,
        });
    };
    let list = items(Some(&windows.value));
    let Some((first, more)) = list.split_first() else {
        reader.missing(windows.value.at, "an SLO", key);
        return None;
    };
    if let Some(second) = more.first() {
        reader.read_as(
            second.head(),
            "an SLO has one time window here: read as the first alone",
            "write an SLO of its own for each time window",
        );
    }
    let length = if reader.alpha {
        from_count(first, reader)
    } else {
        from_duration(first, reader)
    }?;
    let calendar = value(first, &["calendar"]).filter(|_| is_calendar(first, reader));
    let (node, nominal) = match calendar {
        Some(calendar) => by_calendar(calendar, &length, reader)?,
        None => rolling(&length, reader)?,
    };
    Some(Window {
        node: (node.as_ref().is_map() || nominal != DEFAULT).then_some(node),
        key_at: windows.key_at,
        nominal,
    })
}

impl Node {
    const fn is_map(&self) -> bool {
        matches!(self.kind, crate::spec::node::Kind::Map(_))
    }
}

/// Whether a window with a calendar follows it.
fn is_calendar(window: &Node, reader: &mut Reader<'_, '_, '_>) -> bool {
    let rolling = flag(window, &["isRolling"]) == Some(true);
    if rolling && let Some(calendar) = entry(window, "calendar") {
        reader.read_as(
            calendar.key_at,
            "a rolling window has no calendar: read as rolling",
            "leave `calendar` out, or write `isRolling: false`",
        );
    }
    !rolling
}

/// A number of units of time.
struct Length {
    count: u64,
    unit: Unit,
    at: SourceSpan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    const fn length(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_mins(1),
            Self::Hour => Duration::from_hours(1),
            Self::Day => Duration::from_days(1),
            Self::Week => Duration::from_days(7),
            Self::Month => Duration::from_days(30),
            Self::Quarter => Duration::from_days(90),
            Self::Year => Duration::from_days(365),
        }
    }
}

impl Length {
    fn nominal(&self) -> Option<Duration> {
        let millis = self.unit.length().millis().checked_mul(self.count)?;
        Some(Duration::from_millis(millis)).filter(|length| *length <= LONGEST)
    }
}

/// Longer than anything that is read, and short enough to be added up.
const LONGEST: Duration = Duration::from_days(100 * 365);

/// `28d`, `1M`
fn from_duration(window: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Length> {
    let Some(node) = value(window, &["duration"]) else {
        reader.missing(window.head(), "a time window", "duration");
        return None;
    };
    let length = shorthand(node);
    if length.is_none() {
        let found = node.describe();
        reader.invalid(
            node.at,
            format!("expected a duration such as 28d or 1M, found {found}"),
            "write a whole number above 0 and one of m, h, d, w, M, Q and Y",
        );
    }
    length
}

/// A duration in `OpenSLO`'s own units.
fn shorthand(node: &Node) -> Option<Length> {
    let text = word(node)?;
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?.trim_end();
    let count = number.strip_prefix('+').unwrap_or(number).parse().ok();
    let unit = match unit {
        'm' => Unit::Minute,
        'h' => Unit::Hour,
        'd' => Unit::Day,
        'w' => Unit::Week,
        'M' => Unit::Month,
        'Q' => Unit::Quarter,
        'Y' => Unit::Year,
        _ => return None,
    };
    Some(Length {
        count: count.filter(|count| *count > 0)?,
        unit,
        at: node.at,
    })
}

/// A duration in `OpenSLO`'s own units, with its number of minutes at least 0.
pub(super) fn duration(node: &Node) -> Option<Duration> {
    let zero = |text: &str| text.trim_end_matches('m') == "0";
    if word(node).is_some_and(zero) {
        return Some(Duration::ZERO);
    }
    shorthand(node)?.nominal()
}

/// `{unit: Day, count: 28}`
fn from_count(window: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Length> {
    let (Some(unit), Some(count)) = (value(window, &["unit"]), value(window, &["count"])) else {
        let key = if entry(window, "unit").is_some() {
            "count"
        } else {
            "unit"
        };
        reader.missing(window.head(), "a time window", key);
        return None;
    };
    let units = [
        "Second", "Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year",
    ];
    let text = reader.decoder.text(unit, "a unit of time such as `Day`")?;
    let found = match &*text.to_ascii_lowercase() {
        "second" => Unit::Second,
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "quarter" => Unit::Quarter,
        "year" => Unit::Year,
        _ => {
            reader.decoder.unknown_word(unit, text, &units);
            return None;
        }
    };
    let number = reader.decoder.number(count, "a whole number from 1")?;
    let Some(number) = number.parse().ok().filter(|number| *number > 0) else {
        let message = format!("expected a whole number from 1, found {number}");
        reader.invalid(count.at, message, "for instance 28");
        return None;
    };
    Some(Length {
        count: number,
        unit: found,
        at: count.at,
    })
}

type Period = (Arc<Node>, Duration);

fn rolling(length: &Length, reader: &mut Reader<'_, '_, '_>) -> Option<Period> {
    let nominal = whole_hours(length, reader)?;
    Some((make::plain(nominal.single_unit(), length.at), nominal))
}

/// The length of a period that can be one.
fn whole_hours(length: &Length, reader: &mut Reader<'_, '_, '_>) -> Option<Duration> {
    let hour = Duration::from_hours(1).millis();
    let nominal = length.nominal();
    let fits = nominal.filter(|nominal| nominal.millis().is_multiple_of(hour));
    let minutes = length.unit == Unit::Minute && length.count <= 12;
    let Some(nominal) = fits.filter(|_| length.unit != Unit::Minute) else {
        let help = if minutes {
            format!("did you mean {}M?", length.count)
        } else {
            "write a period of 1 day to 1 year, for instance 30 days".to_owned()
        };
        reader.decoder.error_with_help(
            &slo::PERIOD_RANGE,
            length.at,
            "an objective holds for 1 day to 1 year, in whole hours",
            help,
        );
        return None;
    };
    Some(nominal)
}

fn by_calendar(
    calendar: &Node,
    length: &Length,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Period> {
    let nominal = whole_hours(length, reader)?;
    let unit = match (length.count, length.unit) {
        (1, Unit::Week) | (7, Unit::Day) => Some(CalendarUnit::Week),
        (1, Unit::Month) => Some(CalendarUnit::Month),
        (1, Unit::Quarter) | (3, Unit::Month) => Some(CalendarUnit::Quarter),
        (1, Unit::Year) | (12, Unit::Month) | (4, Unit::Quarter) => Some(CalendarUnit::Year),
        _ => None,
    };
    let unit = if let Some(unit) = unit {
        if let Some(start) = value(calendar, &["startTime"]) {
            aligned(start, unit, reader);
        }
        unit
    } else {
        let unit = nearest(nominal);
        reader.read_as(
            length.at,
            format!(
                "a calendar period is a week, month, quarter or year: read as a {}",
                unit.name()
            ),
            "write one of 1w, 1M, 1Q and 1Y, or `isRolling: true`",
        );
        unit
    };
    let zone = value(calendar, &["timeZone"])
        .filter(|_| word_at(calendar, &["timeZone"]).is_some_and(|zone| zone != "UTC"));
    let node = make::map(calendar.at)
        .put("calendar", length.at, make::plain(unit.name(), length.at))
        .put_some("time_zone", calendar.head(), zone.cloned())
        .done();
    let nominal = unit_length(unit);
    Some((node, nominal))
}

const fn unit_length(unit: CalendarUnit) -> Duration {
    match unit {
        CalendarUnit::Week => Unit::Week.length(),
        CalendarUnit::Month => Unit::Month.length(),
        CalendarUnit::Quarter => Unit::Quarter.length(),
        CalendarUnit::Year => Unit::Year.length(),
    }
}

/// The unit whose length is the nearest.
fn nearest(length: Duration) -> CalendarUnit {
    [
        CalendarUnit::Week,
        CalendarUnit::Month,
        CalendarUnit::Quarter,
        CalendarUnit::Year,
    ]
    .into_iter()
    .min_by_key(|unit| unit_length(*unit).millis().abs_diff(length.millis()))
    .unwrap_or(CalendarUnit::Month)
}

/// Reports periods that begin on another day than they do here.
fn aligned(start: &Node, unit: CalendarUnit, reader: &mut Reader<'_, '_, '_>) {
    let text = word(start).unwrap_or_default();
    let Ok(time) = DateTime::strptime("%Y-%m-%d %H:%M:%S", text) else {
        reader.invalid(
            start.at,
            format!("expected a date and a time, found {}", start.describe()),
            "write it as 2026-01-01 00:00:00",
        );
        return;
    };
    let first = time.day() == 1;
    let (fits, begin) = match unit {
        CalendarUnit::Week => (time.weekday() == Weekday::Monday, "on Mondays"),
        CalendarUnit::Month => (first, "on the first of the month"),
        CalendarUnit::Quarter => (
            first && time.month() % 3 == 1,
            "on the first of January, April, July and October",
        ),
        CalendarUnit::Year => (time.date().day_of_year() == 1, "on the first of January"),
    };
    let midnight = time.time() == jiff::civil::Time::midnight();
    if !fits || !midnight {
        reader.read_as(
            start.at,
            format!(
                "the {}s counted from here begin at another time than those of the calendar: \
                 read as beginning at midnight {begin}",
                unit.name()
            ),
            "write the beginning of such a period as `startTime`",
        );
    }
}
