use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, codes::slo, codes::spec};
use crate::duration::{Duration, ParseDurationError};
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::Node;
use crate::suggest::{closest, one_of};

const DURATION_PATTERN: &str =
    "^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

/// A length of time as Prometheus writes it.
impl Decode for Duration {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        duration(node, decoder).filter(|duration| {
            if *duration == Self::ZERO {
                decoder.error_with_help(
                    &spec::INVALID_VALUE,
                    node.at,
                    "expected a duration above zero, found none",
                    "for instance 5m or 30d",
                );
            }
            *duration > Self::ZERO
        })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "minLength": 2, "pattern": DURATION_PATTERN})
    }
}

fn duration(node: &Node, decoder: &mut Decoder<'_>) -> Option<Duration> {
    let expected = "a duration such as 5m or 30d";
    if let Some(scalar) = node.as_scalar()
        && scalar.is_number()
        && scalar.text != "0"
    {
        let with_units: Vec<String> = ["ms", "s", "m", "d"]
            .iter()
            .filter_map(|unit| mend(&format!("{}{unit}", scalar.text)))
            .map(|duration| duration.to_string())
            .collect();
        let help = if with_units.is_empty() {
            format!("write {expected}")
        } else {
            let meant = one_of(with_units.iter().map(String::as_str));
            format!("add a unit: did you mean {meant}?")
        };
        decoder.wrong_type(node, expected, Some(help));
        return None;
    }
    let text = match node.as_scalar() {
        Some(scalar) if scalar.is_number() => "0",
        _ => decoder.text(node, expected)?,
    };
    match Duration::parse(text) {
        Ok(duration) => Some(duration),
        Err(error) => {
            let message = format!("`{text}`: {error}");
            let diagnostic = Diagnostic::at(&spec::INVALID_VALUE, node.at, message);
            decoder.push(diagnostic.with_help(match (error, mend(text)) {
                (ParseDurationError::TooLong, _) => "Prometheus holds at most 292 years".to_owned(),
                (_, Some(meant)) => format!("did you mean `{meant}`?"),
                (_, None) => "for instance 5m or 30d".to_owned(),
            }));
            None
        }
    }
}

/// `5 min` → `5m`, `30 days` → `30d`, `1.5h` → `1h30m`.
fn mend(text: &str) -> Option<Duration> {
    let text = text.trim().to_lowercase();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim() {
        "ms" | "msec" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 60e3,
        "h" | "hr" | "hour" | "hours" => 3_600e3,
        "d" | "day" | "days" => 86_400e3,
        "w" | "week" | "weeks" => 604_800e3,
        "mo" | "month" | "months" => 2_592_000e3,
        "y" | "year" | "years" => 31_536_000e3,
        _ => return None,
    };
    let millis = number.parse::<f64>().ok()? * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie in range; digits and dots have no sign"
    )]
    (1.0..1e14)
        .contains(&millis)
        .then(|| Duration::from_millis(millis.round() as u64))
}

/// The length of a rolling period: 1d to 1y in whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeriodLength(pub(crate) Duration);

impl Decode for PeriodLength {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        const MONTH: &str = "did you mean `30d`, or `{calendar: month}`?";
        if let Some(scalar) = node.as_scalar()
            && let Some(unit) = calendar_word(&scalar.text)
        {
            decoder.error_with_help(
                &slo::PERIOD_RANGE,
                node.at,
                format!("`{}` is no duration", scalar.text),
                match unit {
                    "month" => MONTH.to_owned(),
                    _ => format!("did you mean `{{calendar: {unit}}}`?"),
                },
            );
            return None;
        }
        let length = duration(node, decoder)?;
        let message = if length < Duration::from_days(1) {
            "a period lasts at least 1d"
        } else if length > Duration::from_days(365) {
            "a period lasts at most 1y"
        } else if length.millis().is_multiple_of(3_600_000) {
            return Some(Self(length));
        } else {
            "a period lasts whole hours"
        };
        let found = node.as_scalar().map_or("", |scalar| &scalar.text);
        let diagnostic = Diagnostic::at(
            &slo::PERIOD_RANGE,
            node.at,
            format!("{message}, found `{found}`"),
        );
        let minutes = found.ends_with('m');
        decoder.push(if minutes && found == "1m" {
            diagnostic.with_help(format!("`m` is minutes; {MONTH}"))
        } else if minutes && length < Duration::from_hours(1) {
            let months = length.secs() / 60;
            diagnostic.with_help(format!(
                "`m` is minutes; if months were meant: `{}d`",
                months * 30
            ))
        } else {
            diagnostic.with_help("for instance `30d`, or `{calendar: month}`")
        });
        None
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "minLength": 2, "pattern": DURATION_PATTERN})
    }
}

/// The calendar unit that a text like `1M`, `month` or `quarterly` means.
fn calendar_word(text: &str) -> Option<&'static str> {
    let bare = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    if bare == "M" {
        return Some("month");
    }
    match bare.to_lowercase().as_str() {
        "mo" | "month" | "months" | "monthly" | "calendar month" => Some("month"),
        "week" | "weekly" | "calendar week" => Some("week"),
        "q" | "quarter" | "quarterly" => Some("quarter"),
        "year" | "yearly" => Some("year"),
        _ => None,
    }
}

/// The name of a time zone as the IANA database spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeZoneName(pub(crate) String);

impl Decode for TimeZoneName {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "a time zone such as Europe/Berlin")?;
        let database = TimeZoneDatabase::bundled();
        let known = database.get(text).ok();
        // The database finds names in any case; rules are written with its own spelling.
        if let Some(name) = known.as_ref().and_then(|zone| zone.iana_name()) {
            return Some(Self(name.to_owned()));
        }
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        let mut diagnostic = Diagnostic::at(
            &slo::UNKNOWN_TIME_ZONE,
            node.at,
            format!("`{text}` is no time zone of the IANA database"),
        );
        let cities = names.iter().filter(|name| {
            name.rsplit('/')
                .next()
                .is_some_and(|city| city.eq_ignore_ascii_case(text))
        });
        let near = cities
            .map(String::as_str)
            .next()
            .or_else(|| closest(text, names.iter().map(String::as_str)));
        diagnostic = match near {
            Some(name) => diagnostic.with_help(format!("did you mean `{name}`?")),
            None => diagnostic.with_help("names look like `Europe/Berlin`; `UTC` is the default"),
        };
        decoder.push(diagnostic);
        None
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "examples": ["UTC", "Europe/Berlin"]})
    }
}

/// An instant with its offset from UTC.
impl Decode for jiff::Timestamp {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "an instant such as 2026-12-01T02:00:00Z")?;
        let instant = text.parse().ok();
        if instant.is_none() {
            decoder.error_with_help(
                &spec::INVALID_VALUE,
                node.at,
                format!("expected an instant with its offset from UTC, found `{text}`"),
                "write date, time and offset: 2026-12-01T02:00:00Z or 2026-12-01T03:00:00+01:00",
            );
        }
        instant
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "format": "date-time"})
    }
}

/// A day of the calendar.
impl Decode for jiff::civil::Date {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "a date such as 2027-03-01")?;
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            decoder.error_with_help(
                &spec::INVALID_VALUE,
                node.at,
                format!("expected a date, found `{text}`"),
                "write a day that there is, as 2027-03-01",
            );
        }
        date
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "format": "date"})
    }
}
