use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::diagnostic::codes::{slo, spec};
use crate::slo::Objective;
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::Node;

/// An exact decimal number.
fn decimal(node: &Node, expected: &str, decoder: &mut Decoder<'_>) -> Option<Decimal> {
    let text = decoder.number(node, expected)?;
    let number = parse_decimal(text);
    if number.is_none() {
        decoder.error_with_help(
            &spec::INVALID_VALUE,
            node.at,
            format!("`{text}` cannot be held exactly"),
            "write a decimal number with at most 28 digits",
        );
    }
    number
}

/// `99.9`, `-3`, `1e-3`; exact or not at all.
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.strip_prefix('+').unwrap_or(text);
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

/// The objective in percent.
impl Decode for Objective {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let percent = decimal(node, "a percentage such as 99.9", decoder)?;
        let objective = Self::from_percent(percent);
        if percent > Decimal::ZERO && percent <= Decimal::ONE {
            let hint = Self::from_percent(percent * Decimal::ONE_HUNDRED)
                .map_or_else(|| "99.9".to_owned(), |hint| hint.to_string());
            decoder.error_with_help(
                &slo::OBJECTIVE_RATIO,
                node.at,
                format!("expected a percentage such as 99.9, found the ratio {percent}"),
                format!("did you mean {hint}?"),
            );
            return None;
        }
        if objective.is_none() {
            decoder.error_with_help(
                &slo::OBJECTIVE_RANGE,
                node.at,
                format!("expected a percentage above 0 and below 100, found {percent}"),
                if percent == Decimal::ONE_HUNDRED {
                    "100 leaves no error budget, so any error would breach it for good: \
                     take what customers really need, such as 99.9"
                } else {
                    "for instance 99.9"
                },
            );
        }
        objective
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 100})
    }
}

/// Declares a number with a range of its own.
macro_rules! number {
    ($(#[$doc:meta])+ $name:ident, $expected:literal, $example:literal, $low:literal < x <= $high:literal) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) Decimal);

        impl Decode for $name {
            fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
                let number = decimal(node, $expected, decoder)?;
                if number > Decimal::from($low) && number <= Decimal::from($high) {
                    return Some(Self(number.normalize()));
                }
                decoder.error_with_help(
                    &spec::INVALID_VALUE,
                    node.at,
                    concat!("expected ", $expected, ", found ").to_owned() + &number.to_string(),
                    concat!("for instance ", $example),
                );
                None
            }

            fn schema(_: &mut Definitions) -> Value {
                json!({"type": "number", "exclusiveMinimum": $low, "maximum": $high})
            }
        }
    };
}

number!(
    /// A share of something in percent.
    Percent, "a percentage above 0 and up to 100", "25", 0 < x <= 100
);
number!(
    /// The share of a component.
    Weight, "a share above 0 and up to 1", "0.6", 0 < x <= 1
);

/// What is left of a budget, in percent. Nobody waits for the last percent, so
/// less than 1 is a ratio; below 0 is a budget that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BelowPercent(pub(crate) Decimal);

impl Decode for BelowPercent {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let is_zero = |text: &str| parse_decimal(text).is_some_and(|number| number.is_zero());
        if let Some(scalar) = node.as_scalar()
            && scalar.is_number()
            && is_zero(&scalar.text)
        {
            return Some(Self(Decimal::ZERO));
        }
        let Percent(percent) = Percent::decode(node, decoder)?;
        if percent >= Decimal::ONE {
            return Some(Self(percent));
        }
        let meant = (percent * Decimal::ONE_HUNDRED).normalize();
        decoder.error_with_help(
            &slo::OBJECTIVE_RATIO,
            node.at,
            format!("expected a percentage such as 25, found the ratio {percent}"),
            format!("did you mean {meant}?"),
        );
        None
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"oneOf": [
            {"const": 0},
            {"type": "number", "minimum": 1, "maximum": 100},
        ]})
    }
}

/// How much something hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pain(pub(crate) Decimal);

impl Decode for Pain {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let expected = "a number from 0 (no pain) to 1 (as bad as an error)";
        let number = decimal(node, expected, decoder)?;
        if (Decimal::ZERO..=Decimal::ONE).contains(&number) {
            return Some(Self(number.normalize()));
        }
        decoder.error_with_help(
            &spec::INVALID_VALUE,
            node.at,
            format!("expected {expected}, found {number}"),
            "for instance 0.5",
        );
        None
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

/// A whole number from 1.
impl Decode for u64 {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let expected = "a whole number from 1";
        let text = decoder.number(node, expected)?;
        let number = text.parse().ok().filter(|number| *number > 0);
        if number.is_none() {
            decoder.error_with_help(
                &spec::INVALID_VALUE,
                node.at,
                format!("expected {expected}, found {text}"),
                "for instance 5",
            );
        }
        number
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "integer", "minimum": 1})
    }
}
