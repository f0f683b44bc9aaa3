//! RUL007: a series that two groups record.

use std::collections::{BTreeMap, BTreeSet};

use super::{Loaded, Specs, whereabouts};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::{Labels, LoadedRule, RuleGroup, RuleKind};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::Rule;
use crate::slo::Slo;

/// A group, and the file it is in: another server that reads the same file is no other place.
type Place<'a> = (&'a str, &'a str);

pub(super) fn check(loaded: &Loaded<'_>, specs: &Specs<'_>, findings: &mut Findings) {
    let names = recorded(specs);
    let mut series: BTreeMap<(&str, &Labels), BTreeMap<Place<'_>, &RuleGroup>> = BTreeMap::new();
    for group in loaded.groups {
        let ours = |rule: &&LoadedRule| {
            rule.kind == RuleKind::Recording && names.contains(rule.name.as_str())
        };
        for rule in group.rules.iter().filter(ours) {
            let places = series.entry((&rule.name, &rule.labels)).or_default();
            places.insert((&group.name, &group.file), group);
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

/// One finding for all series that the same groups record.
fn report(
    slo: &Slo,
    series: &BTreeMap<(&str, &Labels), BTreeMap<Place<'_>, &RuleGroup>>,
    findings: &mut Findings,
) {
    let is_own = |labels: &Labels| {
        labels.get("service") == Some(&slo.id.service) && labels.get("slo") == Some(&slo.id.name)
    };
    let mut by_places: BTreeMap<Vec<Place<'_>>, (Vec<&str>, Vec<&RuleGroup>)> = BTreeMap::new();
    for ((name, labels), places) in series {
        if is_own(labels) {
            let places_of = places.keys().copied().collect();
            let (names, groups) = by_places.entry(places_of).or_default();
            names.push(name);
            *groups = places.values().copied().collect();
        }
    }
    for (names, groups) in by_places.values() {
        findings.push(slo, finding(slo, names, groups));
    }
}

fn finding(slo: &Slo, names: &[&str], groups: &[&RuleGroup]) -> Diagnostic {
    let name = names.first().copied().unwrap_or_default();
    let subject = match names.len() {
        0 | 1 => format!("`{name}` of `{}` is", slo.id),
        count => format!("`{name}` of `{}` and {} more series are", slo.id, count - 1),
    };
    let places: Vec<String> = groups
        .iter()
        .map(|group| format!("`{}`{}", group.name, whereabouts(group)))
        .collect();
    let message = format!("{subject} recorded twice: by {}", places.join(" and by "));
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
