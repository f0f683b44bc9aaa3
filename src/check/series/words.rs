//! Numbers and times as people read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::suggest;

/// `3h 10m`, `30s`
pub(super) fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{:.0}s", seconds.max(0.0))
    } else {
        crate::words::span(seconds)
    }
}

/// `42 %`
pub(super) fn percent(ratio: f64) -> String {
    crate::words::percent(Some(ratio))
}

/// Words that are listed at most.
const LISTED: usize = 8;

/// `2026-10-03 14:05 UTC`
pub(super) fn moment(unix: f64) -> String {
    zoned(unix).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The day, in UTC.
pub(super) fn date(unix: f64) -> Date {
    zoned(unix).date()
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of this century")]
fn zoned(unix: f64) -> Zoned {
    let moment = Timestamp::from_second(unix as i64).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC)
}

/// `3h 10m ago, at 2026-10-03 14:05 UTC`
pub(super) fn ago(unix: f64, now: f64) -> String {
    format!("{} ago, at {}", time(now - unix), moment(unix))
}

/// A number of things: `12,300`, `0.4`.
pub(super) fn number(value: f64) -> String {
    if value < 10.0 {
        return short(value);
    }
    crate::words::grouped(&format!("{value:.0}"))
}

/// With one digit after the point where the number is small.
fn short(value: f64) -> String {
    let digits = usize::from(value < 10.0);
    trimmed(&format!("{value:.digits$}")).to_owned()
}

/// Without zeros at the end of a fraction.
pub(super) fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Some of the words, in backticks: `a`, `b` and 12 more.
pub(super) fn some<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.len().checked_sub(LISTED) {
        None | Some(0) => suggest::all_of(words),
        Some(more) => {
            let shown: Vec<_> = words[..LISTED]
                .iter()
                .map(|word| format!("`{word}`"))
                .collect();
            format!("{} and {more} more", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_when_and_how_many() {
        let numbers = [0.44, 3.0, 12_345.6, 1_234_567.0].map(number);
        assert_eq!(numbers, ["0.4", "3", "12,346", "1,234,567"]);
        assert_eq!(moment(1_790_000_000.0), "2026-09-21 14:13 UTC");
    }

    #[test]
    fn lists_some() {
        assert_eq!(some(["a", "b"]), "`a` and `b`");
        let many: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert!(some(many.iter().map(String::as_str)).ends_with("`7` and 2 more"));
    }
}
