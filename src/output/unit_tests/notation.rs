//! How promtool writes series and samples.

use std::fmt::Write as _;

use crate::promql::build::quote;
use crate::workload::{Series, Step};

/// `name{label="value"}`.
pub(super) fn series(series: &Series) -> String {
    let labels: Vec<String> = series
        .labels
        .iter()
        .map(|(label, value)| format!("{label}={}", quote(value)))
        .collect();
    format!("{}{{{}}}", series.name, labels.join(","))
}

/// Whether promtool before 3.0 can read the names in a series.
pub(super) fn can_write(series: &Series) -> bool {
    let plain = |name: &str, also: char| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == also)
    };
    plain(&series.name, ':') && series.labels.keys().all(|label| plain(label, '_'))
}

/// Samples as runs: `0+60x9` is ten samples from 0 to 540. Empty when there is no sample.
/// Counters grow by whole numbers, so that runs stay runs.
pub(super) fn values(steps: &[Step]) -> String {
    let mut counter = 0.0;
    let mut values: Vec<Option<f64>> = steps
        .iter()
        .map(|step| match step {
            Step::Missing => None,
            Step::Grow(by) => {
                counter += by.round();
                Some(counter)
            }
            Step::Set(value) => Some(*value),
        })
        .collect();
    let last = values.iter().rposition(Option::is_some);
    // What vanishes leaves a marker at once, as it does when a target or series goes.
    let stale = last.is_some_and(|last| last + 1 < values.len());
    values.truncate(last.map_or(0, |last| last + 1));
    let mut text = String::new();
    let mut rest = values.as_slice();
    while let Some(first) = rest.first() {
        let length = run(rest);
        if !text.is_empty() {
            text.push(' ');
        }
        // Writing to a string does not fail.
        let _ = match first {
            None => write!(text, "_x{length}"),
            Some(first) => {
                let by = match rest.get(1) {
                    Some(Some(second)) if length > 1 => second - first,
                    _ => 0.0,
                };
                let sign = if by < 0.0 { "" } else { "+" };
                write!(text, "{first}{sign}{by}x{}", length - 1)
            }
        };
        rest = &rest[length..];
    }
    if stale {
        text.push_str(" stale");
    }
    text
}

/// How many samples from the first on are equally far apart, or missing.
fn run(values: &[Option<f64>]) -> usize {
    let [Some(first), rest @ ..] = values else {
        return values.iter().take_while(|value| value.is_none()).count();
    };
    let Some(Some(second)) = rest.first() else {
        return 1;
    };
    let by = second - first;
    let mut before = *first;
    let mut length = 1;
    for value in rest {
        match value {
            Some(value) if (value - before).to_bits() == by.to_bits() => {
                before = *value;
                length += 1;
            }
            _ => break,
        }
    }
    length
}

/// A text as a YAML scalar in quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let odd = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    if !text.contains(odd) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if odd(c) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_runs() {
        for (steps, text) in [
            (
                vec![Step::Grow(0.0), Step::Grow(60.0), Step::Grow(60.0)],
                "0+60x2",
            ),
            (
                vec![
                    Step::Missing,
                    Step::Missing,
                    Step::Grow(0.0),
                    Step::Grow(5.0),
                    Step::Missing,
                ],
                "_x2 0+5x1 stale",
            ),
            (
                vec![Step::Set(3.0), Step::Set(3.0), Step::Set(1.0)],
                "3+0x1 1+0x0",
            ),
            (
                vec![Step::Set(3.0), Step::Set(1.0), Step::Set(-1.0)],
                "3-2x2",
            ),
            (vec![Step::Missing], ""),
        ] {
            assert_eq!(values(&steps), text);
        }
    }

    #[test]
    fn quotes_every_text() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert_eq!(quoted("a\n\"b\u{feff}"), "\"a\\u000a\\\"b\\ufeff\"");
    }
}
