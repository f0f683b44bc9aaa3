//! Durations as Prometheus writes them.

use std::fmt;

/// A span of time in whole milliseconds, written the way Prometheus does:
/// `5m`, `1h30m`, `30d`. A day is 24 h, a week 7 d, a year 365 d.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Duration(u64);

/// Units from the largest to the smallest, in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseDurationError {
    /// Nothing was written.
    Empty,
    /// A number, unit or order that Prometheus does not take.
    Malformed,
    /// More than Prometheus can hold (2^63 ns).
    TooLong,
}

impl fmt::Display for ParseDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty duration",
            Self::Malformed => {
                "not a duration: expected whole numbers with the units y, w, d, h, m, s, ms \
                 from large to small, such as `30d` or `1h30m`"
            }
            Self::TooLong => "duration out of range",
        })
    }
}

impl std::error::Error for ParseDurationError {}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }

    /// From minutes.
    pub const fn from_mins(mins: u64) -> Self {
        Self::from_secs(mins * 60)
    }

    /// From hours.
    pub const fn from_hours(hours: u64) -> Self {
        Self::from_mins(hours * 60)
    }

    /// From days of 24 hours.
    pub const fn from_days(days: u64) -> Self {
        Self::from_hours(days * 24)
    }

    /// What is left of it after `other`; zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// In milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// In seconds, without the rest.
    pub const fn secs(self) -> u64 {
        self.0 / 1_000
    }

    /// In seconds.
    #[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285,000 years")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Parses what Prometheus takes: units from large to small, each at most once, `0` alone.
    pub fn parse(text: &str) -> Result<Self, ParseDurationError> {
        if text.is_empty() {
            return Err(ParseDurationError::Empty);
        }
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let mut rest = text;
        let mut millis: u64 = 0;
        let mut next_unit = 0;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let letters = after.len()
                - after
                    .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                    .len();
            let (unit, after) = after.split_at(letters);
            let index = UNITS
                .iter()
                .position(|(name, _)| *name == unit)
                .filter(|index| *index >= next_unit && digits > 0)
                .ok_or(ParseDurationError::Malformed)?;
            next_unit = index + 1;
            let number: u64 = number.parse().map_err(|_| ParseDurationError::TooLong)?;
            millis = number
                .checked_mul(UNITS[index].1)
                .and_then(|part| millis.checked_add(part))
                .filter(|total| i64::try_from(u128::from(*total) * 1_000_000).is_ok())
                .ok_or(ParseDurationError::TooLong)?;
            rest = after;
        }
        Ok(Self(millis))
    }

    /// In the largest single unit up to days that divides it: `1h`, `90m`, `28d`.
    /// Weeks and years are not used, so that one window has one name.
    pub fn single_unit(self) -> String {
        if self.0 == 0 {
            return "0s".to_owned();
        }
        UNITS[2..]
            .iter()
            .find(|(_, millis)| self.0.is_multiple_of(*millis))
            .map_or_else(String::new, |(unit, millis)| {
                format!("{}{unit}", self.0 / millis)
            })
    }

    /// As Prometheus and Sloth print it: whole years and weeks as such, anything else
    /// in days and below: `4w`, `1w`, `30d`, `1d12h`.
    pub fn canonical(self) -> String {
        let whole = UNITS[..2]
            .iter()
            .find(|(_, millis)| self.0 > 0 && self.0.is_multiple_of(*millis));
        whole.map_or_else(
            || self.to_string(),
            |(unit, millis)| format!("{}{unit}", self.0 / millis),
        )
    }
}

/// Compound, as people write it: `1h30m`, `5m30s`, `30d`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, millis) in &UNITS[2..] {
            if rest >= *millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl std::ops::Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Mul<u64> for Duration {
    type Output = Self;

    fn mul(self, factor: u64) -> Self {
        Self(self.0 * factor)
    }
}

impl std::ops::Div<u64> for Duration {
    type Output = Self;

    fn div(self, divisor: u64) -> Self {
        Self(self.0 / divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_prometheus_takes() {
        for (text, millis) in [
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("1y", 31_536_000_000),
            ("15ms", 15),
            ("0", 0),
        ] {
            assert_eq!(
                Duration::parse(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "5", "m", "1.5h", "5m1h", "5m5m", "-5m", "5 m", "5M"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
        assert_eq!(Duration::parse("300y"), Err(ParseDurationError::TooLong));
    }

    #[test]
    fn prints_one_name_per_window() {
        for (millis, single, compound) in [
            (5_400_000, "90m", "1h30m"),
            (2_419_200_000, "28d", "28d"),
            (330_000, "330s", "5m30s"),
            (0, "0s", "0s"),
        ] {
            assert_eq!(Duration::from_millis(millis).single_unit(), single);
            assert_eq!(Duration::from_millis(millis).to_string(), compound);
        }
    }

    #[test]
    fn prints_what_prometheus_prints() {
        // As `model.Duration` of Prometheus' common library does.
        for (days, hours, canonical) in [
            (7, 0, "1w"),
            (28, 0, "4w"),
            (30, 0, "30d"),
            (90, 0, "90d"),
            (365, 0, "1y"),
            (364, 0, "52w"),
            (1, 12, "1d12h"),
            (7, 1, "7d1h"),
            (0, 1, "1h"),
            (0, 0, "0s"),
        ] {
            let duration = Duration::from_days(days) + Duration::from_hours(hours);
            assert_eq!(duration.canonical(), canonical);
        }
    }
}
