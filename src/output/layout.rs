//! What no rule of the layout of Sloth can say: SLOs with one id, labels that are taken.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes::output as codes};
use crate::rules::sloth::{OWN_LABELS, id};
use crate::rules::{Catalogue, Layout};
use crate::slo::Slo;
use crate::source::SourceSpan;

/// What stands in the way of these SLOs in a layout. `all` also holds SLOs that are
/// not written, but run on the same server.
pub fn conflicts(slos: &[&Slo], all: &Catalogue<'_>, layout: Layout) -> Vec<Diagnostic> {
    if layout == Layout::Native {
        return Vec::new();
    }
    let mut findings = same_ids(slos, all);
    findings.extend(slos.iter().flat_map(|slo| taken_labels(slo)));
    findings
}

fn same_ids(slos: &[&Slo], all: &Catalogue<'_>) -> Vec<Diagnostic> {
    let mut by_id: BTreeMap<String, Vec<&Slo>> = BTreeMap::new();
    for slo in all.values() {
        by_id.entry(id(&slo.id)).or_default().push(slo);
    }
    let is_written = |slo: &&Slo| slos.iter().any(|written| written.id == slo.id);
    let mut findings = Vec::new();
    for (id, same) in by_id {
        let Some((first, others)) = same.split_first() else {
            continue;
        };
        if same.iter().any(is_written) {
            findings.extend(others.iter().map(|other| same_id(&id, first, other)));
        }
    }
    findings
}

fn same_id(id: &str, first: &Slo, other: &Slo) -> Diagnostic {
    Diagnostic::at(
        &codes::ID_COLLISION,
        other.name_at,
        format!(
            "{} and {} would both have the `sloth_id` `{id}`",
            first.id, other.id
        ),
    )
    .with_secondary(first.name_at, "the other one")
    .with_help("rename one of them: in Sloth's layout the id is the service, `-` and the name")
}

fn taken_labels(slo: &Slo) -> Vec<Diagnostic> {
    let alerting = &slo.alerting;
    let routes = [&alerting.page, &alerting.ticket].into_iter().flatten();
    let labels = slo
        .labels
        .iter()
        .chain(&alerting.labels)
        .chain(routes.flat_map(|route| &route.labels))
        .map(|(name, value)| (name.as_str(), value.at));
    let groups = slo.group_by.iter().map(|by| (by.value.as_str(), by.at));
    let taken = labels
        .chain(groups)
        .filter(|(name, _)| OWN_LABELS.contains(name));
    taken.map(|(name, at)| taken_label(name, at)).collect()
}

fn taken_label(name: &str, at: SourceSpan) -> Diagnostic {
    Diagnostic::at(
        &codes::LAYOUT_LABEL,
        at,
        format!("the label `{name}` is one that Sloth's layout sets itself"),
    )
    .with_help("give it another name, or leave it out")
}
