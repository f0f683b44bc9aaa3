//! What the SDK's YAML reader takes a scalar for: it reads YAML 1.1, in which `yes`
//! is a boolean and `017` is 15.

use crate::spec::node::Scalar;

/// A scalar as the SDK sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(f64),
    Text,
}

pub(super) fn resolve(scalar: &Scalar) -> Plain {
    if !scalar.is_plain() {
        return Plain::Text;
    }
    match scalar.text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Plain::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Plain::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Plain::Number(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::Number(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Plain::Number(f64::NEG_INFINITY),
        text => number(text).map_or(Plain::Text, Plain::Number),
    }
}

/// `5`, `-1_000`, `0x1F`, `017`, `1e3`.
fn number(text: &str) -> Option<f64> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let whole = whole(digits).map(|whole| sign * whole);
    whole.or_else(|| decimal(digits).map(|number| sign * number))
}

#[expect(clippy::cast_precision_loss, reason = "as the SDK does")]
fn whole(digits: &str) -> Option<f64> {
    let bases = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)];
    let lower = digits.to_ascii_lowercase();
    let prefixed = bases
        .iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base)))
        .filter(|(rest, _)| !rest.is_empty());
    let (rest, base) = prefixed.unwrap_or((&lower, 10));
    // A second sign would be read, too.
    let is_digits = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let number = is_digits.then(|| u64::from_str_radix(rest, base).ok())?;
    number.map(|number| number as f64)
}

fn decimal(digits: &str) -> Option<f64> {
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    let number: f64 = is_decimal.then(|| digits.parse().ok())??;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, SourceSpan, Sources, Span};
    use crate::spec::make;

    fn at() -> SourceSpan {
        let id: SourceId = Sources::default().add("t", "");
        SourceSpan::new(id, Span::default())
    }

    #[test]
    fn reads_yaml_1_1() {
        for (text, expected) in [
            ("yes", Plain::Bool(true)),
            ("Off", Plain::Bool(false)),
            ("tRue", Plain::Text),
            ("~", Plain::Null),
            ("nULL", Plain::Text),
            ("0x1F", Plain::Number(31.0)),
            ("-0x1F", Plain::Number(-31.0)),
            ("0o17", Plain::Number(15.0)),
            ("0o8", Plain::Text),
            ("017", Plain::Number(15.0)),
            ("08", Plain::Number(8.0)),
            ("0", Plain::Number(0.0)),
            ("0.", Plain::Number(0.0)),
            ("1_0.5", Plain::Number(10.5)),
            ("_1", Plain::Text),
            ("+.5", Plain::Number(0.5)),
            ("1.e5", Plain::Number(100_000.0)),
            ("1e", Plain::Text),
            ("1e999", Plain::Text),
            ("--5", Plain::Text),
            ("-", Plain::Text),
            ("0b101", Plain::Number(5.0)),
            ("0b", Plain::Text),
            ("0x1p3", Plain::Text),
            ("2022-01-01", Plain::Text),
            ("12:30:45", Plain::Text),
            ("infinity", Plain::Text),
            ("99999999999999999999", Plain::Number(1e20)),
            ("28d", Plain::Text),
        ] {
            let node = make::plain(text, at());
            assert_eq!(resolve(node.as_scalar().unwrap()), expected, "{text}");
        }
        let quoted = make::text("5", at());
        assert_eq!(resolve(quoted.as_scalar().unwrap()), Plain::Text);
    }
}
