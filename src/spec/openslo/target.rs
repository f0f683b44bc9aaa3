//! Targets: a ratio, or percent.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::get;
use crate::diagnostic::codes::{slo, spec};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;

/// The objective in percent, exactly.
pub(super) struct Target {
    pub(super) percent: Decimal,
    pub(super) at: SourceSpan,
}

impl Target {
    pub(super) fn node(&self) -> Arc<Node> {
        make::plain(self.percent.normalize().to_string(), self.at)
    }
}

/// The target of an objective; anything between 0 and 1, both excluded.
pub(super) fn read(objective: &Node, decoder: &mut Decoder<'_>) -> Option<Target> {
    let (key, ratio) = match (
        get::entry(objective, "target"),
        get::entry(objective, "targetPercent"),
    ) {
        (Some(target), _) => (target, true),
        (None, Some(percent)) => (percent, false),
        (None, None) => {
            decoder.error_with_help(
                &spec::MISSING_KEY,
                objective.head(),
                "an objective needs the key `target`",
                "add `target: 0.999`, or `targetPercent: 99.9`",
            );
            return None;
        }
    };
    let at = key.value.at;
    let number = decimal(&key.value, decoder)?;
    let meant = |help: String, message: String, decoder: &mut Decoder<'_>| {
        decoder.error_with_help(&slo::OBJECTIVE_RATIO, at, message, help);
        None
    };
    let hundred = Decimal::ONE_HUNDRED;
    if ratio && number > Decimal::ONE && number < hundred {
        let ratio = (number / hundred).normalize();
        let message = format!("expected a ratio such as 0.999, found {number}");
        return meant(
            format!("did you mean `target: {ratio}`, or `targetPercent`?"),
            message,
            decoder,
        );
    }
    if !ratio && number > Decimal::ZERO && number < Decimal::ONE {
        let percent = (number * hundred).normalize();
        let message = format!("expected percent such as 99.9, found the ratio {number}");
        return meant(
            format!("did you mean {percent}, or `target`?"),
            message,
            decoder,
        );
    }
    let percent = if ratio {
        number.checked_mul(hundred)
    } else {
        Some(number)
    };
    let within = percent.filter(|percent| *percent > Decimal::ZERO && *percent < hundred);
    let Some(percent) = within else {
        decoder.error_with_help(
            &slo::OBJECTIVE_RANGE,
            at,
            format!(
                "expected a target above 0 and below {}, found {number}",
                if ratio { 1 } else { 100 }
            ),
            "a target of 0 promises nothing, and one without any error leaves no error budget",
        );
        return None;
    };
    Some(Target { percent, at })
}

/// A number, exactly.
pub(super) fn decimal(node: &Node, decoder: &mut Decoder<'_>) -> Option<Decimal> {
    let text = decoder.number(node, "a number")?;
    let number = text
        .parse()
        .or_else(|_| Decimal::from_scientific(text))
        .ok();
    if number.is_none() {
        decoder.wrong_type(node, "a number with at most 28 digits", None);
    }
    number
}
