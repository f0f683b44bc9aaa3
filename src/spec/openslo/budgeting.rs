//! `budgetingMethod`: what the error budget counts.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::indicator::Measure;
use super::objective::{self, number};
use super::read::{Reader, entry, value};
use super::window;
use crate::duration::Duration;
use crate::slo::Objective;
use crate::spec::make;
use crate::spec::node::{Entry, Node, Scalar};

/// What the error budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

const METHODS: [(&str, Method); 3] = [
    ("Occurrences", Method::Occurrences),
    ("Timeslices", Method::Timeslices),
    ("RatioTimeslices", Method::RatioTimeslices),
];
/// Lengths of slices in minutes; those from 5 on fit counters.
const LENGTHS: [u64; 8] = [1, 2, 5, 10, 15, 20, 30, 60];
/// What comes nearest to slices without a single bad event.
const ALL_GOOD: &str = "99.9999";

/// The method of an SLO.
pub(super) fn method(spec: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Method> {
    let Some(node) = value(spec, &["budgetingMethod"]) else {
        reader.read_as(
            spec.head(),
            "there is no `budgetingMethod`: read as `Occurrences`",
            "write `budgetingMethod: Occurrences`",
        );
        return Some(Method::Occurrences);
    };
    let words = METHODS.map(|(word, _)| word);
    let text = reader
        .decoder
        .text(node, &crate::suggest::one_of(words))?
        .to_owned();
    let Some((_, method)) = METHODS.iter().find(|(word, _)| *word == text) else {
        reader.decoder.unknown_word(node, &text, &words);
        return None;
    };
    Some(*method)
}

/// Says that a mean of ratios is what the budget counts.
pub(super) fn warn_of_means(spec: &Node, reader: &mut Reader<'_, '_, '_>) {
    if let Some(method) = entry(spec, "budgetingMethod") {
        reader.read_as(
            method.value.at,
            "read as a ratio that is weighted by time: an idle minute counts like a busy one",
            "write `Occurrences` to count events, or `Timeslices` to count good slices",
        );
    }
}

/// The slices of an objective, as a native spec has them.
pub(super) fn slices(
    objective: &Node,
    measure: Measure,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Arc<Node>> {
    let length = length(objective, measure, reader);
    let target = target(objective, reader);
    let (length, target) = (length?, target?);
    let at = length.at;
    let slices = make::map(at)
        .put("length", at, length)
        .put("target", target.at, target)
        .done();
    Some(make::map(at).put("slices", at, slices).done())
}

fn length(
    objective: &Node,
    measure: Measure,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Arc<Node>> {
    let Some(written) = value(objective, &["timeSliceWindow"]) else {
        reader.missing(
            objective.head(),
            "an objective of time slices",
            "timeSliceWindow",
        );
        return None;
    };
    let Some(length) = window::duration(written).filter(|length| *length > Duration::ZERO) else {
        let message = format!(
            "expected a duration such as 5m, found {}",
            written.describe()
        );
        reader.invalid(
            written.at,
            message,
            "write the length of a slice, for instance 5m",
        );
        return None;
    };
    let (shortest, why) = match measure {
        Measure::Threshold => (1, "gauges are read every 1m"),
        Measure::Events | Measure::Ratio => (5, "rates are taken over 5m"),
    };
    let nearest = LENGTHS
        .into_iter()
        .filter(|minutes| *minutes >= shortest)
        .map(Duration::from_mins)
        .min_by_key(|fit| fit.millis().abs_diff(length.millis()))?;
    if nearest != length {
        let nearest = nearest.single_unit();
        reader.read_as(
            written.at,
            format!(
                "a slice is a multiple of {shortest}m ({why}) that divides an hour: \
                 read as {nearest}"
            ),
            &format!("write `timeSliceWindow: {nearest}`"),
        );
    }
    Some(make::plain(nearest.single_unit(), written.at))
}

fn target(objective: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Arc<Node>> {
    let Some(written) = entry(objective, "timeSliceTarget") else {
        reader.missing(
            objective.head(),
            "an objective of time slices",
            "timeSliceTarget",
        );
        return None;
    };
    if is_one(written, reader) {
        reader.read_as(
            written.value.at,
            format!("a slice without any bad event: read as {ALL_GOOD} % good events"),
            "write how much of a slice has to be good, for instance 0.99",
        );
        return Some(make::plain(ALL_GOOD, written.value.at));
    }
    Some(objective::from_ratio(written, reader)?.node())
}

fn is_one(written: &Entry, reader: &mut Reader<'_, '_, '_>) -> bool {
    let scalar = written.value.as_scalar();
    scalar.is_some_and(Scalar::is_number)
        && number(&written.value, "a ratio such as 0.95", reader) == Some(Decimal::ONE)
}

/// The objective of a composite in percent, and the native weights of its components:
/// its burn rate is the sum of their burn rates, each times its weight.
pub(super) fn combine(parts: &[(Objective, Decimal)]) -> Option<(Objective, Vec<Decimal>)> {
    /// As exact as a weight has to be.
    const DIGITS: u32 = 8;
    let sum: Decimal = parts.iter().map(|(_, weight)| *weight).sum();
    let (first, _) = parts.first()?;
    let equal = parts.iter().all(|(objective, _)| objective == first);
    let mut burns = Decimal::ZERO;
    for (objective, weight) in parts {
        let burn = weight.checked_div(sum)?.checked_div(objective.budget())?;
        burns = burns.checked_add(burn)?;
    }
    let budget = Decimal::ONE.checked_div(burns)?;
    let objective = if equal {
        *first
    } else {
        let percent = (Decimal::ONE - budget) * Decimal::ONE_HUNDRED;
        Objective::from_percent(percent.round_dp(DIGITS))?
    };
    let mut left = Decimal::ONE;
    let mut weights = Vec::new();
    for (index, (objective, weight)) in parts.iter().enumerate() {
        let share = weight.checked_div(sum)?.checked_mul(budget)?;
        let exact = share.checked_div(objective.budget())?.round_dp(DIGITS);
        // All of them together are exactly 1.
        let weight = if index + 1 == parts.len() {
            left
        } else {
            exact
        };
        left -= weight;
        weights.push(weight.normalize());
    }
    weights
        .iter()
        .all(|weight| *weight > Decimal::ZERO)
        .then_some((objective, weights))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[(&str, &str)]) -> Vec<(Objective, Decimal)> {
        let part = |(objective, weight): &(&str, &str)| {
            let percent = objective.parse().unwrap();
            (
                Objective::from_percent(percent).unwrap(),
                weight.parse().unwrap(),
            )
        };
        parts.iter().map(part).collect()
    }

    #[test]
    fn equal_objectives_are_the_objective_of_the_whole() {
        let (objective, weights) =
            combine(&parts(&[("99.9", "1"), ("99.9", "1"), ("99.9", "1")])).unwrap();
        assert_eq!(objective.to_string(), "99.9");
        assert_eq!(weights.iter().sum::<Decimal>(), Decimal::ONE);
        assert_eq!(weights[0].to_string(), "0.33333333");
        assert_eq!(weights[2].to_string(), "0.33333334");
    }

    /// All of it bad in one component alone burns its weight over its budget.
    #[test]
    fn burns_what_the_components_burn() {
        let written = parts(&[("99", "3"), ("99.9", "1")]);
        let (objective, weights) = combine(&written).unwrap();
        assert_eq!(weights.iter().sum::<Decimal>(), Decimal::ONE);
        for ((component, weight), native) in written.iter().zip(&weights) {
            let meant = *weight / Decimal::from(4) / component.budget();
            let here = *native / objective.budget();
            let off = (here / meant - Decimal::ONE).abs();
            assert!(off < Decimal::new(1, 5), "{meant} {here}");
        }
    }
}
