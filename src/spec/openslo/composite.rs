//! Objectives with indicators of their own: an SLO for each, and one of them all.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::alerts::Alerts;
use super::budgeting::Method;
use super::objects::Objects;
use super::slo::{Frame, Part, numbered};
use super::target::{self, Target, decimal};
use super::{get, indicator};
use crate::diagnostic::codes::{import, spec};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::foreign::Translated;
use crate::spec::make;
use crate::spec::node::Node;

/// Digits of weights and of the objective after the point.
const DIGITS: u32 = 12;

/// Whether an objective has an indicator of its own.
pub(super) fn is_part(objective: &Node) -> bool {
    get::entry(objective, "indicator").is_some() || get::entry(objective, "indicatorRef").is_some()
}

/// The objectives of a composite.
pub(super) struct Parts<'n> {
    pub(super) frame: &'n Frame<'n>,
    pub(super) objectives: &'n [Arc<Node>],
    pub(super) method: Method,
    pub(super) objects: &'n Objects,
}

/// What a part counts in the whole.
struct Share {
    name: Arc<Node>,
    target: Target,
    weight: Decimal,
    at: SourceSpan,
}

impl Parts<'_> {
    pub(super) fn translate(
        &self,
        alerts: Alerts,
        before: usize,
        decoder: &mut Decoder<'_>,
    ) -> Vec<Translated> {
        for objective in self
            .objectives
            .iter()
            .filter(|objective| !is_part(objective))
        {
            decoder.error_with_help(
                &spec::MISSING_KEY,
                objective.head(),
                "this objective needs an `indicator` or `indicatorRef`, as the others have",
                "add it, or put one indicator beside `objectives` for all of them",
            );
        }
        let names = numbered(self.frame.metadata.name, self.objectives, 1);
        let mut slos = Vec::new();
        let mut shares = Vec::new();
        for (objective, name) in self.objectives.iter().zip(names) {
            slos.push(self.part(objective, &name, decoder));
            shares.extend(share(objective, name, decoder));
        }
        if shares.len() == self.objectives.len() {
            slos.extend(self.whole(&shares, &alerts, decoder));
        }
        if decoder.errors() > before {
            slos.iter_mut().for_each(|slo| slo.usable = false);
        }
        slos
    }

    fn part(&self, objective: &Node, name: &Arc<Node>, decoder: &mut Decoder<'_>) -> Translated {
        let before = decoder.errors();
        let sli = indicator::of(objective, self.objects, decoder).and_then(|sli| {
            indicator::translate(sli, objective, self.method, self.objects, decoder)
        });
        let part = Part {
            name: Arc::clone(name),
            objective,
            target: target::read(objective, decoder),
            sli,
            alerts: Alerts::none(objective.head()),
        };
        let complete = decoder.errors() == before;
        self.frame.slo(part, self.method, complete, decoder)
    }

    fn whole(
        &self,
        shares: &[Share],
        alerts: &Alerts,
        decoder: &mut Decoder<'_>,
    ) -> Option<Translated> {
        let at = get::key_at(self.frame.spec, "objectives");
        let service = get::scalar(&self.frame.service)?;
        let id = |share: &Share| {
            let name = get::scalar(&share.name).unwrap_or_default();
            make::text(format!("{service}/{name}"), share.at)
        };
        let weights: Vec<(Decimal, Decimal)> = shares
            .iter()
            .map(|share| (share.weight, budget(&share.target)))
            .collect();
        let (budget, weights) = solve(&weights)?;
        let composite = if self.method == Method::Timeslices {
            every_slice(get::key_at(self.frame.spec, "budgetingMethod"), decoder);
            let every = shares.iter().map(id).collect();
            make::map(at).put("every", at, make::seq(every, at))
        } else {
            let weighted = shares.iter().zip(weights).map(|(share, weight)| {
                make::map(share.at)
                    .put("slo", share.at, id(share))
                    .put(
                        "weight",
                        share.at,
                        make::plain(weight.normalize().to_string(), share.at),
                    )
                    .done()
            });
            make::map(at).put("weighted", at, make::seq(weighted.collect(), at))
        };
        let percent = (Decimal::ONE_HUNDRED * (Decimal::ONE - budget)).normalize();
        let target = Target { percent, at };
        let sli = make::map(at).put("composite", at, composite.done()).done();
        let slo = self
            .frame
            .head(self.frame.metadata.name)
            .put("objective", at, target.node())
            .put_some("period", at, self.frame.period())
            .put("sli", at, sli)
            .put("alerts", at, alerts.node(Some(&target), decoder));
        Some(
            self.frame
                .document(slo, self.frame.window.is_some(), decoder),
        )
    }
}

fn share(objective: &Node, name: Arc<Node>, decoder: &mut Decoder<'_>) -> Option<Share> {
    // What is wrong with the target was reported with the part.
    let target = target::read(objective, decoder)?;
    let (weight, at) = match get::entry(objective, "compositeWeight") {
        None => (Decimal::ONE, objective.head()),
        Some(entry) => (decimal(&entry.value, decoder)?, entry.value.at),
    };
    if weight <= Decimal::ZERO {
        decoder.error_with_help(
            &spec::INVALID_VALUE,
            at,
            format!("expected a weight above 0, found {weight}"),
            "leave the key out for a weight of 1",
        );
        return None;
    }
    Some(Share {
        name,
        target,
        weight,
        at,
    })
}

fn budget(target: &Target) -> Decimal {
    (Decimal::ONE_HUNDRED - target.percent) / Decimal::ONE_HUNDRED
}

/// The budget of the whole and the weights of the error ratios of its parts, such that
/// its burn rate is the weighted mean of theirs: Σ vᵢ·eᵢ / B = Σ wᵢ·eᵢ / bᵢ with Σ wᵢ = 1
/// and Σ vᵢ = 1, from which B = 1 / Σ (wᵢ / bᵢ) and vᵢ = wᵢ·B / bᵢ.
fn solve(parts: &[(Decimal, Decimal)]) -> Option<(Decimal, Vec<Decimal>)> {
    let sum: Decimal = parts.iter().map(|(weight, _)| *weight).sum();
    let first = parts.first()?.1;
    let same = parts.iter().all(|(_, budget)| *budget == first);
    let budget = if same {
        first
    } else {
        let mut inverse = Decimal::ZERO;
        for (weight, budget) in parts {
            inverse += weight.checked_div(sum)?.checked_div(*budget)?;
        }
        Decimal::ONE.checked_div(inverse)?.round_dp(DIGITS)
    };
    let mut weights = Vec::new();
    let mut rest = Decimal::ONE;
    for (index, (weight, own)) in parts.iter().enumerate() {
        // The last one makes the sum exactly 1.
        let weight = if index + 1 == parts.len() {
            rest
        } else {
            let share = weight.checked_div(sum)?;
            share
                .checked_mul(budget.checked_div(*own)?)?
                .round_dp(DIGITS)
        };
        rest -= weight;
        weights.push(weight);
    }
    Some((budget, weights))
}

fn every_slice(at: SourceSpan, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &import::READ_AS,
        at,
        "a slice is bad if that of any part is; read as parts that fail independently of each other",
        "use `budgetingMethod: Occurrences` for a weighted mean",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimals(pairs: &[(&str, &str)]) -> Vec<(Decimal, Decimal)> {
        let parse = |text: &str| text.parse().unwrap();
        pairs.iter().map(|(w, b)| (parse(w), parse(b))).collect()
    }

    #[test]
    fn the_whole_burns_as_its_parts_in_their_weights() {
        let parts = decimals(&[("1", "0.01"), ("3", "0.001")]);
        let (budget, weights) = solve(&parts).unwrap();
        assert_eq!(weights.iter().sum::<Decimal>(), Decimal::ONE);
        let errors = [Decimal::new(5, 3), Decimal::new(2, 3)];
        let whole: Decimal = errors.iter().zip(&weights).map(|(e, v)| e * v).sum();
        // 1/4 · 0.005/0.01 + 3/4 · 0.002/0.001
        let expected = Decimal::new(1625, 3);
        assert!((whole / budget - expected).abs() < Decimal::new(1, 6));
    }

    #[test]
    fn equal_targets_are_the_target_of_the_whole() {
        let parts = decimals(&[("1", "0.001"), ("1", "0.001"), ("1", "0.001")]);
        let (budget, weights) = solve(&parts).unwrap();
        assert_eq!(budget, Decimal::new(1, 3));
        assert_eq!(weights.iter().sum::<Decimal>(), Decimal::ONE);
    }
}
