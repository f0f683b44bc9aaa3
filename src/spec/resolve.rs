//! What SLOs say about each other: unique names, references, cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::Decoder;
use super::load::Outline;
use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::slo::{Sli, Slo, SloId};
use crate::source::{Located, SourceSpan};
use crate::suggest::closest;

/// Reports SLOs and services whose names cannot be told apart; `met` are all
/// SLOs in the order of the inputs, those with errors included.
pub(super) fn unique(met: &[Outline], decoder: &mut Decoder<'_>) {
    let mut first: BTreeMap<(String, String), (&SloId, SourceSpan)> = BTreeMap::new();
    for Outline {
        id, name_at: at, ..
    } in met
    {
        let key = (id.service.to_lowercase(), id.name.to_lowercase());
        let Some((other, other_at)) = first.get(&key) else {
            first.insert(key, (id, *at));
            continue;
        };
        let message = if *other == id {
            format!("there are two SLOs `{id}`")
        } else {
            format!("the SLOs `{id}` and `{other}` differ only in case")
        };
        decoder.push(
            Diagnostic::new(&codes::DUPLICATE_SLO, message)
                .with_primary(*at, "again here")
                .with_secondary(*other_at, "first here")
                .with_help("give one of them another name"),
        );
    }
}

/// Reports services that differ only in case: they would share a file on some systems.
pub(super) fn services(services: &[Located<String>], decoder: &mut Decoder<'_>) {
    let mut first: BTreeMap<String, &Located<String>> = BTreeMap::new();
    for service in services {
        let known = first.entry(service.value.to_lowercase()).or_insert(service);
        if known.value != service.value {
            decoder.push(
                Diagnostic::new(
                    &codes::SERVICE_CASE,
                    format!(
                        "the services `{}` and `{}` differ only in case",
                        service.value, known.value
                    ),
                )
                .with_primary(service.at, "")
                .with_secondary(known.at, "spelt so here")
                .with_help("spell the service in one way"),
            );
        }
    }
}

/// Reports references that lead nowhere or in a circle; gives the indices of the SLOs concerned.
pub(super) fn references(
    slos: &[Slo],
    met: &[Outline],
    decoder: &mut Decoder<'_>,
) -> BTreeSet<usize> {
    let known: BTreeSet<&SloId> = met.iter().map(|outline| &outline.id).collect();
    let by_id: BTreeMap<&SloId, usize> = slos
        .iter()
        .enumerate()
        .map(|(index, slo)| (&slo.id, index))
        .collect();
    let mut broken = BTreeSet::new();
    let mut suggestions = MOST_SUGGESTIONS;
    for (index, slo) in slos.iter().enumerate() {
        let before = decoder.errors();
        decoder.enter(slo.at, slo.name_at);
        for (nth, reference) in components(slo).iter().enumerate() {
            if let Some(component) = by_id.get(&reference.value) {
                groups(slo, &slos[*component], reference.at, decoder);
            } else if !known.contains(&reference.value) {
                let candidates = (suggestions > 0).then_some(&known);
                unknown(&reference.value, reference.at, candidates, decoder);
                suggestions = suggestions.saturating_sub(1);
            }
            let earlier = &components(slo)[..nth];
            if let Some(first) = earlier.iter().find(|first| first.value == reference.value) {
                decoder.push(
                    Diagnostic::new(
                        &codes::REPEATED_VALUE,
                        format!("`{}` is a component twice", reference.value),
                    )
                    .with_primary(reference.at, "again here")
                    .with_secondary(first.at, "first here")
                    .with_help("keep one of them"),
                );
            }
        }
        decoder.leave();
        if decoder.errors() > before {
            broken.insert(index);
        }
    }
    cycles(slos, &by_id, decoder, &mut broken);
    spread(slos, &by_id, &mut broken);
    broken
}

/// What is made of something broken, or of something that could not be read,
/// cannot be compiled either.
fn spread(slos: &[Slo], by_id: &BTreeMap<&SloId, usize>, broken: &mut BTreeSet<usize>) {
    let mut made_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, slo) in slos.iter().enumerate() {
        for reference in components(slo) {
            match by_id.get(&reference.value) {
                Some(component) => made_of.entry(*component).or_default().push(index),
                None => drop(broken.insert(index)),
            }
        }
    }
    let mut open: Vec<usize> = broken.iter().copied().collect();
    while let Some(index) = open.pop() {
        for whole in made_of.remove(&index).unwrap_or_default() {
            if broken.insert(whole) {
                open.push(whole);
            }
        }
    }
}

fn components(slo: &Slo) -> Vec<&Located<SloId>> {
    match &slo.sli.value {
        Sli::Composite(composite) => composite.components(),
        _ => Vec::new(),
    }
}

/// References for which a similar SLO is looked for, among perhaps thousands.
const MOST_SUGGESTIONS: usize = 100;

fn unknown(
    id: &SloId,
    at: SourceSpan,
    candidates: Option<&BTreeSet<&SloId>>,
    decoder: &mut Decoder<'_>,
) {
    let known = || candidates.into_iter().flatten();
    let names: Vec<String> = known().map(ToString::to_string).collect();
    let mut diagnostic = Diagnostic::at(
        &codes::UNKNOWN_REFERENCE,
        at,
        format!("there is no SLO `{id}`"),
    );
    let same_name = known().find(|other| other.name == id.name);
    let near = closest(&id.to_string(), names.iter().map(String::as_str))
        .map(str::to_owned)
        .or_else(|| same_name.map(ToString::to_string));
    diagnostic = diagnostic.with_help(near.map_or_else(
        || {
            "components are named `service/name` and must be among the specs that are read"
                .to_owned()
        },
        |near| format!("did you mean `{near}`?"),
    ));
    decoder.push(diagnostic);
}

/// A composite is grouped by labels that all of its components have.
fn groups(slo: &Slo, component: &Slo, at: SourceSpan, decoder: &mut Decoder<'_>) {
    let has = |label: &str| component.group_labels().any(|other| other == label);
    if let Some(label) = slo.group_by.iter().find(|label| !has(&label.value)) {
        decoder.push(
            Diagnostic::new(
                &codes::COMPOSITE_GROUPS,
                format!(
                    "`{}` is grouped by `{}`, its component `{}` is not",
                    slo.id, label.value, component.id
                ),
            )
            .with_primary(at, "")
            .with_secondary(label.at, "grouped here")
            .with_help(format!(
                "add `{}` to the component's `group_by`, or take it out here",
                label.value
            )),
        );
    }
}

/// Depth first, each SLO once; a component that is still open closes a circle.
fn cycles(
    slos: &[Slo],
    by_id: &BTreeMap<&SloId, usize>,
    decoder: &mut Decoder<'_>,
    broken: &mut BTreeSet<usize>,
) {
    let mut done = vec![false; slos.len()];
    for start in 0..slos.len() {
        // (SLO, its components that have not been looked at)
        let mut path: Vec<(usize, Vec<&Located<SloId>>)> = Vec::new();
        if !done[start] {
            path.push((start, reversed(&slos[start])));
        }
        while let Some((current, rest)) = path.last_mut() {
            let Some(reference) = rest.pop() else {
                done[*current] = true;
                path.pop();
                continue;
            };
            let Some(&next) = by_id.get(&reference.value) else {
                continue;
            };
            if let Some(begin) = path.iter().position(|(open, _)| *open == next) {
                let circle: Vec<usize> = path[begin..].iter().map(|(index, _)| *index).collect();
                report_cycle(slos, &circle, reference.at, decoder);
                broken.extend(circle);
            } else if !done[next] {
                path.push((next, reversed(&slos[next])));
            }
        }
    }
}

fn reversed(slo: &Slo) -> Vec<&Located<SloId>> {
    let mut components = components(slo);
    components.reverse();
    components
}

fn report_cycle(slos: &[Slo], circle: &[usize], at: SourceSpan, decoder: &mut Decoder<'_>) {
    let names: Vec<String> = circle
        .iter()
        .chain(circle.first())
        .map(|index| format!("`{}`", slos[*index].id))
        .collect();
    let (message, help) = match circle {
        [only] => (
            format!("`{}` is a component of itself", slos[*only].id),
            "take it out",
        ),
        _ => (
            format!("these SLOs contain each other: {}", names.join(" → ")),
            "take one of them out of another",
        ),
    };
    let mut diagnostic = Diagnostic::at(&codes::REFERENCE_CYCLE, at, message).with_help(help);
    for index in circle {
        diagnostic = diagnostic.with_secondary(slos[*index].name_at, "in the circle");
    }
    decoder.push(diagnostic);
}
