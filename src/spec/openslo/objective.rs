//! `target` and `targetPercent`, to the digit.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::read::{Reader, entry};
use crate::diagnostic::codes::{slo, spec};
use crate::slo::Objective;
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Entry, Node};
use crate::spec::values::parse_decimal;

/// What an objective aims at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) objective: Objective,
    pub(super) at: SourceSpan,
    pub(super) key_at: SourceSpan,
}

impl Target {
    /// In percent, as a native spec has it.
    pub(super) fn node(&self) -> Arc<Node> {
        make::plain(self.objective.to_string(), self.at)
    }
}

/// The target of an objective; reports what is wrong with it.
pub(super) fn read(objective: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Target> {
    match (
        entry(objective, "target"),
        entry(objective, "targetPercent"),
    ) {
        (Some(ratio), None) => from_ratio(ratio, reader),
        (None, Some(percent)) => from_percent(percent, reader),
        (Some(ratio), Some(percent)) => {
            reader.decoder.error_with_help(
                &spec::CONFLICTING_KEYS,
                percent.key_at,
                "an objective takes only one of `target` and `targetPercent`",
                format!("keep one of them: `target` is on line {}", {
                    let at = ratio.key_at;
                    let sources = reader.decoder.sources;
                    sources.line_column(at.source, at.span.start).0
                }),
            );
            None
        }
        (None, None) => {
            reader.decoder.error_with_help(
                &spec::MISSING_KEY,
                objective.head(),
                "an objective needs one of the keys `target` and `targetPercent`",
                "add `target: 0.999`, or `targetPercent: 99.9`",
            );
            None
        }
    }
}

/// A ratio such as 0.95 under another key, such as the target of a slice.
pub(super) fn from_ratio(entry: &Entry, reader: &mut Reader<'_, '_, '_>) -> Option<Target> {
    let ratio = number(&entry.value, "a ratio such as 0.999", reader)?;
    let percent = ratio.checked_mul(Decimal::ONE_HUNDRED);
    let objective = percent.and_then(Objective::from_percent);
    if objective.is_none() {
        let key = &entry.key;
        let meant = Objective::from_percent(ratio).filter(|_| ratio > Decimal::ONE);
        let help = match meant {
            Some(meant) if key == "target" => format!(
                "did you mean `target: {}`, or `targetPercent: {meant}`?",
                meant.ratio()
            ),
            Some(meant) => format!("did you mean {}?", meant.ratio()),
            None => "for instance 0.999".to_owned(),
        };
        reader.decoder.error_with_help(
            &slo::OBJECTIVE_RANGE,
            entry.value.at,
            format!("`{key}` is a ratio above 0 and below 1, found {ratio}"),
            help,
        );
    }
    Some(target(objective?, entry))
}

fn from_percent(entry: &Entry, reader: &mut Reader<'_, '_, '_>) -> Option<Target> {
    let percent = number(&entry.value, "a percentage such as 99.9", reader)?;
    if percent > Decimal::ZERO && percent <= Decimal::ONE {
        let help = Objective::from_percent(percent * Decimal::ONE_HUNDRED).map_or_else(
            || "for instance 99.9".to_owned(),
            |meant| format!("did you mean {meant}, or `target: {percent}`?"),
        );
        reader.decoder.error_with_help(
            &slo::OBJECTIVE_RATIO,
            entry.value.at,
            format!("expected a percentage such as 99.9, found the ratio {percent}"),
            help,
        );
        return None;
    }
    let objective = Objective::from_percent(percent);
    if objective.is_none() {
        reader.decoder.error_with_help(
            &slo::OBJECTIVE_RANGE,
            entry.value.at,
            format!("expected a percentage above 0 and below 100, found {percent}"),
            "for instance 99.9",
        );
    }
    Some(target(objective?, entry))
}

fn target(objective: Objective, entry: &Entry) -> Target {
    Target {
        objective,
        at: entry.value.at,
        key_at: entry.key_at,
    }
}

/// An exact decimal number.
pub(super) fn number(
    node: &Node,
    expected: &str,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Decimal> {
    let text = reader.decoder.number(node, expected)?;
    let number = parse_decimal(text);
    if number.is_none() {
        reader.invalid(
            node.at,
            format!("`{text}` cannot be held exactly"),
            "write a decimal number with at most 28 digits",
        );
    }
    number
}
