//! Numbers and facts in words, as reasons and findings say them.

use super::outcome::{AlertStanding, Burn};
use crate::slo::Slo;

/// `42 %`, `0.25 %`, `-35 %`: three significant digits at most; what is not nothing does
/// not read as nothing.
pub(crate) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let digits = match percent.abs() {
        p if p >= 9.95 || p == 0.0 => 0,
        p if p >= 0.995 => 1,
        p if p >= 0.0095 => 2,
        _ => {
            return if ratio < 0.0 {
                "just below 0 %"
            } else {
                "<0.01 %"
            }
            .to_owned();
        }
    };
    let text = format!("{percent:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    // A hundred is only said when nothing is missing.
    match text {
        "100" if ratio < 1.0 => ">99 %".to_owned(),
        "-0" => "0 %".to_owned(),
        text => format!("{text} %"),
    }
}

/// `14x`, `0.35x`.
pub(crate) fn burn_rate(rate: f64) -> String {
    let digits = match rate.abs() {
        r if r >= 9.95 => 0,
        r if r >= 0.995 => 1,
        _ => 2,
    };
    format!("{rate:.digits$}x")
}

/// `3d 4h`, `5h 10m`, `12m`, `40s`: the two largest units.
pub(crate) fn time(seconds: f64) -> String {
    const UNITS: [(&str, f64); 4] = [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0), ("s", 1.0)];
    let seconds = seconds.max(0.0).round();
    let first = UNITS.iter().position(|(_, length)| seconds >= *length);
    let first = first.unwrap_or(UNITS.len() - 1);
    let (unit, length) = UNITS[first];
    let whole = (seconds / length).floor();
    let rest = UNITS.get(first + 1).map(|(unit, next)| {
        let rest = ((seconds - whole * length) / next).floor();
        (rest > 0.0).then(|| format!(" {rest}{unit}"))
    });
    format!("{whole}{unit}{}", rest.flatten().unwrap_or_default())
}

/// What is said of a budget that is gone.
pub(super) fn gone(slo: &Slo, left: f64) -> String {
    let spent = percent(1.0 - left);
    let period = slo.period.value.phrase();
    format!("the error budget is gone: {spent} of what is allowed {period} is spent")
}

/// What burns, by the alert that says so.
pub(super) fn burning(alert: &AlertStanding, burn: &[Burn]) -> String {
    let fastest = burn
        .iter()
        .filter_map(|burn| Some((burn.window, burn.rate?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let severity = alert.severity.name();
    let state = if alert.firing { "fires" } else { "should fire" };
    match fastest {
        Some((window, rate)) => format!(
            "it burns: {} over {}, {} ({severity}) {state}",
            burn_rate(rate),
            window.single_unit(),
            alert.name
        ),
        None => format!("it burns: {} ({severity}) {state}", alert.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_as_they_are() {
        for (ratio, text) in [
            (0.0, "0 %"),
            (-0.0, "0 %"),
            (1.0, "100 %"),
            (0.99999, ">99 %"),
            (0.4212, "42 %"),
            (0.07, "7 %"),
            (0.0713, "7.1 %"),
            (0.002_54, "0.25 %"),
            (0.000_01, "<0.01 %"),
            (-0.35, "-35 %"),
            (-0.000_001, "just below 0 %"),
            (-12.0, "-1200 %"),
        ] {
            assert_eq!(percent(ratio), text, "{ratio}");
        }
    }

    #[test]
    fn times_have_two_units() {
        for (seconds, text) in [
            (0.0, "0s"),
            (59.6, "1m"),
            (40.0, "40s"),
            (725.0, "12m 5s"),
            (18_600.0, "5h 10m"),
            (18_000.0, "5h"),
            (273_600.0, "3d 4h"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }

    #[test]
    fn burn_rates_are_short() {
        let shown: Vec<_> = [0.0, 0.354, 1.0, 14.4, 987.6].map(burn_rate).into();
        assert_eq!(shown, ["0.00x", "0.35x", "1.0x", "14x", "988x"]);
    }
}
