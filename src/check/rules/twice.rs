//! RUL007: a series that two groups record.

use std::collections::{BTreeMap, BTreeSet};

use super::{Loaded, Specs};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::{Labels, LoadedRule, RuleKind};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::Rule;
use crate::slo::Slo;

/// A group, and the file it is in: another server that reads the same file is no other place.
type Place<'a> = (&'a str, &'a str);

pub(super) fn check(loaded: &Loaded<'_>, specs: &Specs<'_>, findings: &mut Findings) {
    let names = recorded(specs);
    let mut series: BTreeMap<(&str, &Labels), BTreeSet<Place<'_>>> = BTreeMap::new();
    for group in loaded.groups {
        let ours = |rule: &&LoadedRule| {
            rule.kind == RuleKind::Recording && names.contains(rule.name.as_str())
        };
        for rule in group.rules.iter().filter(ours) {
            let places = series.entry((&rule.name, &rule.labels)).or_default();
            places.insert((&group.name, &group.file));
        }
    }
    series.retain(|_, places| places.len() > 1);
    for slo in specs.slos {
        report(slo, &series, findings);
    }
}

fn recorded<'a>(specs: &Specs<'a>) -> BTreeSet<&'a str> {
    let groups = specs.compiled.iter().flat_map(|file| &file.groups);
    let rules = groups.flat_map(|group| &group.rules);
    rules
        .filter_map(|rule| match rule {
            Rule::Record { record, .. } => Some(record.as_str()),
            Rule::Alert { .. } => None,
        })
        .collect()
}

/// One finding for all series that the same places record.
fn report(
    slo: &Slo,
    series: &BTreeMap<(&str, &Labels), BTreeSet<Place<'_>>>,
    findings: &mut Findings,
) {
    let is_own = |labels: &Labels| {
        labels.get("service") == Some(&slo.id.service) && labels.get("slo") == Some(&slo.id.name)
    };
    let mut by_places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for ((name, labels), places) in series {
        if is_own(labels) {
            by_places.entry(described(places)).or_default().push(name);
        }
    }
    for (places, names) in by_places {
        findings.push(slo, finding(slo, &names, &places));
    }
}

/// The files alone where they hold the same group.
fn described(places: &BTreeSet<Place<'_>>) -> String {
    let groups: BTreeSet<&str> = places.iter().map(|(group, _)| *group).collect();
    let places: Vec<String> = places
        .iter()
        .map(|(group, file)| match (groups.len(), *file) {
            (1, file) => format!("in {file}"),
            (_, "") => format!("by `{group}`"),
            (_, file) => format!("by `{group}` in {file}"),
        })
        .collect();
    places.join(" and ")
}

fn finding(slo: &Slo, names: &[&str], places: &str) -> Diagnostic {
    let name = names.first().copied().unwrap_or_default();
    let subject = match names.len() {
        0 | 1 => format!("`{name}` of `{}` is", slo.id),
        count => format!("`{name}` of `{}` and {} more series are", slo.id, count - 1),
    };
    let message = format!("{subject} recorded twice: {places}");
    let matchers = [("service", &slo.id.service), ("slo", &slo.id.name)];
    let matchers =
        matchers.map(|(label, value)| build::matcher(label, MatchOp::Equal, value.as_str()));
    Diagnostic::new(&codes::RECORDED_TWICE, message)
        .with_help(
            "keep one of them: the samples of both are mixed, or refused as duplicates. A file \
             that `rule_files` names twice, or an old copy of it, is the most common reason",
        )
        .with_query(print(&build::selector(name, matchers.to_vec())))
}
