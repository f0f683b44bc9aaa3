//! Objectives with indicators of their own: one SLO that is made of them.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::budgeting::{self, Method};
use super::objective::{self, Target};
use super::read::{Reader, entry, value};
use super::slo::Draft;
use crate::diagnostic::{Diagnostic, codes::spec as codes};
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::Node;

/// Whether an objective or an SLO says what it measures.
pub(super) fn has_indicator(node: &Node) -> bool {
    entry(node, "indicator").is_some() || entry(node, "indicatorRef").is_some()
}

/// Whether the objectives are components; reports when only some of them are, or when
/// the SLO measures something besides.
pub(super) fn is_composite(
    spec: &Node,
    objectives: &[&Arc<Node>],
    reader: &mut Reader<'_, '_, '_>,
) -> Option<bool> {
    let own = |objective: &&&Arc<Node>| has_indicator(objective);
    let Some(with) = objectives.iter().find(own) else {
        return Some(false);
    };
    if has_indicator(spec) {
        reader.decoder.push(
            Diagnostic::new(
                &codes::CONFLICTING_KEYS,
                "an indicator stands in the SLO and in an objective",
            )
            .with_primary(with.head(), "in this objective")
            .with_secondary(spec.head(), "in this SLO")
            .with_help("keep one of them: in the objectives of a composite, else in the SLO"),
        );
        return None;
    }
    if let Some(without) = objectives.iter().find(|objective| !own(objective)) {
        reader.decoder.push(
            Diagnostic::new(
                &codes::MISSING_KEY,
                "this objective needs the key `indicator` or `indicatorRef`, as others have it",
            )
            .with_primary(without.head(), "")
            .with_secondary(with.head(), "this one has")
            .with_help("all objectives of a composite have indicators of their own, or none has"),
        );
        return None;
    }
    Some(objectives.len() > 1)
}

/// The SLO that is made of the components.
pub(super) fn draft(
    spec: &Node,
    name: &Arc<Node>,
    service: &str,
    components: &[(Draft, Decimal)],
    method: Method,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Draft> {
    let at = entry(spec, "objectives").map_or(name.at, |entry| entry.key_at);
    let parts: Vec<_> = components
        .iter()
        .map(|(draft, weight)| (draft.target.objective, *weight))
        .collect();
    let first = components.first()?.0.target;
    let reference = |draft: &Draft| {
        let name = draft.name.as_scalar().map_or("", |scalar| &scalar.text);
        make::text(format!("{service}/{name}"), draft.name.at)
    };
    let (how, list, objective) = if method == Method::Timeslices {
        let lowest = parts.iter().map(|(objective, _)| *objective).min()?;
        reader.read_as(
            at,
            format!(
                "read as steps that all have to work, at the lowest of their targets \
                 ({lowest} %): budgets of slices cannot be weighted"
            ),
            "write `Occurrences` for a weighted mean",
        );
        let list = components.iter().map(|(draft, _)| reference(draft));
        ("every", list.collect(), lowest)
    } else {
        let Some((objective, weights)) = budgeting::combine(&parts) else {
            reader.invalid(
                at,
                "the weights of these objectives lie too far apart to be told from nothing",
                "bring the values of `compositeWeight` nearer to each other",
            );
            return None;
        };
        let list = components.iter().zip(weights).map(|((draft, _), weight)| {
            let at = draft.name.at;
            make::map(at)
                .put("slo", at, reference(draft))
                .put("weight", at, make::plain(weight.to_string(), at))
                .done()
        });
        ("weighted", list.collect(), objective)
    };
    Some(Draft::composite(
        Arc::clone(name),
        Target { objective, ..first },
        sli(how, list, at),
    ))
}

fn sli(how: &str, list: Vec<Arc<Node>>, at: SourceSpan) -> Arc<Node> {
    let composite = make::map(at).put(how, at, make::seq(list, at)).done();
    make::map(at).put("composite", at, composite).done()
}

/// `compositeWeight` of an objective.
pub(super) fn weight(objective: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Decimal> {
    let Some(written) = value(objective, &["compositeWeight"]) else {
        return Some(Decimal::ONE);
    };
    let weight = objective::number(written, "a weight above 0", reader)?;
    if weight <= Decimal::ZERO || weight > Decimal::from(1_000_000) {
        reader.invalid(
            written.at,
            format!("expected a weight above 0 and up to a million, found {weight}"),
            "for instance 1",
        );
        return None;
    }
    Some(weight)
}
