//! Numbers and spans of time as people read them, the same in every format.

use crate::duration::Duration;

/// What stands where a number should be and nobody knows it.
pub(crate) const NO_DATA: &str = "no data";

/// Percent that floating point makes of nothing.
const NOISE: f64 = 1e-9;

/// `1 error`, `2 errors`. Without commas, since scripts look for such lines.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `1 more error`, `2 more errors`.
pub(crate) fn count_more(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} more {noun}{plural}")
}

/// A share as percent, to a tenth: `12.5 %`, `-35 %`. What is little is not nothing
/// (`<0.1 %`), and almost all is not all (`>99.9 %`).
pub(crate) fn percent(ratio: Option<f64>) -> String {
    let Some(percent) = in_percent(ratio) else {
        return NO_DATA.to_owned();
    };
    let size = percent.abs();
    let sign = if percent < 0.0 { "-" } else { "" };
    if size < NOISE {
        "0 %".to_owned()
    } else if size < 0.1 {
        let than = if percent < 0.0 { ">" } else { "<" };
        format!("{than}{sign}0.1 %")
    } else if (99.95..100.0 - NOISE).contains(&size) {
        let than = if percent < 0.0 { "<" } else { ">" };
        format!("{than}{sign}99.9 %")
    } else if size >= 1_000.0 {
        format!("{sign}{} %", large(size))
    } else {
        format!("{sign}{} %", short(size, 1))
    }
}

/// An error ratio as percent, to two digits however small: `0.042 %`.
pub(crate) fn ratio(ratio: Option<f64>) -> String {
    match in_percent(ratio) {
        Some(percent) if (1e-6..1.0).contains(&percent) => {
            format!("{} %", short(percent, two_digits(percent)))
        }
        Some(percent) if (NOISE..1e-6).contains(&percent) => "<0.000001 %".to_owned(),
        _ => percent(ratio),
    }
}

/// A burn rate: `0.4x`, `14.4x`, `1,000x`; `-` when idle or unknown.
pub(crate) fn rate(rate: Option<f64>) -> String {
    match rate.filter(|rate| rate.is_finite()) {
        None => "-".to_owned(),
        Some(rate) if rate.abs() < NOISE => "0x".to_owned(),
        Some(rate) if rate > 0.0 && rate < 0.1 => "<0.1x".to_owned(),
        Some(rate) if rate.abs() < 99.95 => format!("{rate:.1}x"),
        Some(rate) => format!("{}x", large(rate)),
    }
}

/// A window: `1h`, `3d`.
pub(crate) fn window(window: Duration) -> String {
    window.single_unit()
}

/// How long something takes or is away, to two units: `3d 4h`, `45m`, `<1m`, `>1y`.
pub(crate) fn span(seconds: f64) -> String {
    const YEAR: f64 = 365.0 * 86_400.0;
    if seconds > YEAR {
        return ">1y".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a year, and less than nothing is nothing"
    )]
    let minutes = (seconds / 60.0) as u64;
    let units = [
        ("d", minutes / 1_440),
        ("h", minutes / 60 % 24),
        ("m", minutes % 60),
    ];
    let first = units.iter().position(|(_, number)| *number > 0);
    let Some(first) = first else {
        return "<1m".to_owned();
    };
    let shown = units[first..].iter().take(2);
    let shown = shown.filter(|(_, number)| *number > 0);
    let shown: Vec<_> = shown
        .map(|(unit, number)| format!("{number}{unit}"))
        .collect();
    shown.join(" ")
}

/// The same in whole words, for people who read no code: `3 days 4 hours`, `45 minutes`;
/// less than a minute to the second.
pub(crate) fn long_span(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NO_DATA.to_owned();
    }
    let seconds = seconds.abs();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts saturate, and so long a time has no minutes that matter"
    )]
    let whole = seconds.round() as u64;
    let units = [
        ("day", whole / 86_400),
        ("hour", whole / 3_600 % 24),
        ("minute", whole / 60 % 60),
    ];
    let Some(first) = units.iter().position(|(_, number)| *number > 0) else {
        return match whole {
            0 if seconds > 0.0 => "less than a second".to_owned(),
            0 => "no time".to_owned(),
            1 => "1 second".to_owned(),
            whole => format!("{whole} seconds"),
        };
    };
    let shown = units[first..].iter().take(2);
    let shown = shown.filter(|(_, number)| *number > 0);
    let shown: Vec<_> = shown
        .map(|(unit, number)| {
            let plural = if *number == 1 { "" } else { "s" };
            format!("{} {unit}{plural}", grouped(&number.to_string()))
        })
        .collect();
    shown.join(" ")
}

/// What went well, of what went wrong: `99.958 %`, with as many digits as tell it from all.
pub(crate) fn good(error_ratio: Option<f64>) -> String {
    let Some(bad) = in_percent(error_ratio) else {
        return NO_DATA.to_owned();
    };
    let good = 100.0 - bad;
    if bad.abs() < NOISE {
        "100 %".to_owned()
    } else if (1e-6..1.0).contains(&bad) {
        format!("{} %", short(good, two_digits(bad)))
    } else if (NOISE..1e-6).contains(&bad) {
        ">99.999999 %".to_owned()
    } else {
        percent(Some(good / 100.0))
    }
}

/// A number of events, which rates make fractions of: `1,350`, `1.2 million`, `<1`.
pub(crate) fn amount(number: f64) -> String {
    if !number.is_finite() {
        return NO_DATA.to_owned();
    }
    let number = number.max(0.0);
    if number > NOISE && number < 0.95 {
        return "<1".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts saturate, and none is negative"
    )]
    let whole = number.round() as u64;
    quantity(whole)
}

/// How long a run took: `3.1 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    format!("{:.1} s", seconds.max(0.0))
}

/// A large number in short: `47,300`, `1.2 million`.
pub(crate) fn quantity(number: u64) -> String {
    for (word, size) in [("billion", 1_000_000_000), ("million", 1_000_000)] {
        if number >= size {
            let tenths = number / (size / 10);
            let whole = grouped(&(tenths / 10).to_string());
            return match tenths % 10 {
                0 => format!("{whole} {word}"),
                tenth => format!("{whole}.{tenth} {word}"),
            };
        }
    }
    grouped(&number.to_string())
}

/// An instant, given in Unix seconds, to the second or, where it matters, to the millisecond.
pub(crate) fn instant(unix: f64) -> Option<jiff::Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "is checked by jiff")]
    let millis = (unix * 1_000.0).round() as i64;
    let is_known = unix.is_finite();
    is_known.then(|| jiff::Timestamp::from_millisecond(millis).ok())?
}

/// A ratio as percent, unless it is none.
fn in_percent(ratio: Option<f64>) -> Option<f64> {
    Some(ratio.filter(|ratio| ratio.is_finite())? * 100.0)
}

/// Places after the point that show two digits of a number below 1.
fn two_digits(number: f64) -> usize {
    let places = (0..8).find(|places| number * 10_f64.powi(*places) >= 10.0);
    let places = places.and_then(|places| usize::try_from(places).ok());
    places.unwrap_or(8)
}

/// To this many places, without the zeros that say nothing.
fn short(number: f64, places: usize) -> String {
    let text = format!("{number:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A whole number; in powers of ten when nobody would count its digits.
fn large(number: f64) -> String {
    if number.abs() < 1e12 {
        grouped(&format!("{number:.0}"))
    } else {
        format!("{number:.1e}")
    }
}

/// Digits with a comma before every three.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_do_not_lie() {
        for (ratio, shown) in [
            (0.0, "0 %"),
            (-0.0, "0 %"),
            (1e-17, "0 %"),
            (0.000_3, "<0.1 %"),
            (-0.000_3, ">-0.1 %"),
            (0.001, "0.1 %"),
            (0.125, "12.5 %"),
            (-0.35, "-35 %"),
            (0.999_000_000_001, "99.9 %"),
            (0.999_6, ">99.9 %"),
            (-0.999_6, "<-99.9 %"),
            (0.999_999_999_999_9, "100 %"),
            (1.0, "100 %"),
            (-1.2, "-120 %"),
            (-12_345.6, "-1,234,560 %"),
            (f64::NAN, "no data"),
            (f64::INFINITY, "no data"),
        ] {
            assert_eq!(percent(Some(ratio)), shown, "{ratio}");
        }
        assert_eq!(percent(None), "no data");
    }

    #[test]
    fn small_ratios_keep_two_digits() {
        for (value, shown) in [
            (0.0, "0 %"),
            (0.000_42, "0.042 %"),
            (0.000_001, "0.0001 %"),
            (0.009_99, "1 %"),
            (0.123_4, "12.3 %"),
            (0.000_000_000_1, "<0.000001 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(ratio(Some(value)), shown, "{value}");
        }
        assert_eq!(ratio(None), "no data");
    }

    #[test]
    fn burn_rates() {
        for (value, shown) in [
            (0.0, "0x"),
            (0.04, "<0.1x"),
            (1.0, "1.0x"),
            (14.42, "14.4x"),
            (99.97, "100x"),
            (1_000.0, "1,000x"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(rate(Some(value)), shown, "{value}");
        }
    }

    #[test]
    fn spans_have_two_units() {
        for (seconds, shown) in [
            (-5.0, "<1m"),
            (59.0, "<1m"),
            (60.0, "1m"),
            (2_700.0, "45m"),
            (7_500.0, "2h 5m"),
            (86_400.0, "1d"),
            (273_600.0, "3d 4h"),
            (86_460.0, "1d"),
            (1e12, ">1y"),
            (f64::INFINITY, ">1y"),
        ] {
            assert_eq!(span(seconds), shown, "{seconds}");
        }
    }

    #[test]
    fn spans_in_words() {
        for (seconds, shown) in [
            (0.0, "no time"),
            (0.2, "less than a second"),
            (1.0, "1 second"),
            (59.0, "59 seconds"),
            (60.0, "1 minute"),
            (7_500.0, "2 hours 5 minutes"),
            (90_000.0, "1 day 1 hour"),
            (86_460.0, "1 day"),
            (365.0 * 86_400.0, "365 days"),
            (1e12, "11,574,074 days 1 hour"),
            (f64::NAN, "no data"),
        ] {
            assert_eq!(long_span(seconds), shown, "{seconds}");
        }
    }

    #[test]
    fn almost_all_is_not_all() {
        for (bad, shown) in [
            (0.0, "100 %"),
            (0.000_42, "99.958 %"),
            (0.000_001, "99.9999 %"),
            (0.004, "99.6 %"),
            (0.05, "95 %"),
            (1.0, "0 %"),
            (0.000_000_000_1, ">99.999999 %"),
        ] {
            assert_eq!(good(Some(bad)), shown, "{bad}");
        }
        assert_eq!(good(None), "no data");
    }

    #[test]
    fn events_are_whole() {
        for (number, shown) in [
            (0.0, "0"),
            (0.4, "<1"),
            (0.99, "1"),
            (1_350.4, "1,350"),
            (-3.0, "0"),
            (1e30, "18,446,744,073.7 billion"),
            (f64::INFINITY, "no data"),
        ] {
            assert_eq!(amount(number), shown, "{number}");
        }
    }

    #[test]
    fn large_numbers_are_short() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (47_300, "47,300"),
            (1_000_000, "1 million"),
            (1_249_000, "1.2 million"),
            (2_500_000_000, "2.5 billion"),
        ] {
            assert_eq!(quantity(number), shown);
        }
        assert_eq!(count(1, "error"), "1 error");
        assert_eq!(count(1_200, "error"), "1200 errors");
    }

    #[test]
    fn instants_that_do_not_exist() {
        let shown = |unix| instant(unix).map(|at| at.to_string());
        assert_eq!(
            shown(1_790_000_000.0).as_deref(),
            Some("2026-09-21T14:13:20Z")
        );
        assert_eq!(shown(f64::NAN), None);
        assert_eq!(shown(1e300), None);
    }
}
