//! RUL007: a series that two groups record.

use std::collections::{BTreeMap, BTreeSet};

use super::{Loaded, Specs};
use crate::check::Findings;
use crate::check::recorded::id_by;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::{Labels, LoadedRule, RuleKind};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::{AlertLabels, Layout, Rule};
use crate::slo::{Slo, SloId};

const HELP: &str = "keep one of them: the samples of both are mixed, or refused as duplicates. A file that \
     `rule_files` names twice, or an old copy of it, is the most common reason";

/// A group, and the file it is in: another server that reads the same file is no other place.
type Place<'a> = (&'a str, &'a str);

/// A series by its name and labels.
type Series<'a> = (&'a str, &'a Labels);

pub(super) fn check(loaded: &Loaded<'_>, specs: &Specs<'_>, findings: &mut Findings) {
    let names = recorded(specs);
    let mut series: BTreeMap<Series<'_>, BTreeSet<Place<'_>>> = BTreeMap::new();
    for group in loaded.groups {
        let ours = |rule: &&LoadedRule| {
            rule.kind == RuleKind::Recording && names.contains(rule.name.as_str())
        };
        for rule in group.rules.iter().filter(ours) {
            let places = series.entry((&rule.name, &rule.labels)).or_default();
            places.insert((&group.name, &group.file));
        }
    }
    let copies = copies(&series);
    for (files, shared) in &copies {
        findings_of_copy(*files, shared, specs, findings);
    }
    series.retain(|_, places| places.len() > 1 && !is_copied(places, &copies));
    for slo in specs.slos {
        report(slo, &series, findings);
    }
}

/// Two files, and the series that both record.
type Copies<'a> = BTreeMap<(&'a str, &'a str), Vec<Series<'a>>>;

/// Pairs of files of which the one has all groups and series of the other.
fn copies<'a>(series: &BTreeMap<Series<'a>, BTreeSet<Place<'a>>>) -> Copies<'a> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut shared: Copies<'a> = BTreeMap::new();
    for (series, places) in series {
        for (number, (group, file)) in places.iter().enumerate() {
            *sizes.entry(file).or_default() += 1;
            // They are sorted: those of the same group are beside each other.
            let others = places.iter().skip(number + 1);
            for (_, other) in others.take_while(|(name, _)| name == group) {
                shared.entry((file, other)).or_default().push(*series);
            }
        }
    }
    let size = |file: &str| sizes.get(file).copied().unwrap_or_default();
    shared.retain(|(one, other), shared| {
        !one.is_empty() && shared.len() == size(one).min(size(other))
    });
    shared
}

/// Whether all places are copies of each other.
fn is_copied(places: &BTreeSet<Place<'_>>, copies: &Copies<'_>) -> bool {
    let places: Vec<&Place<'_>> = places.iter().collect();
    places
        .windows(2)
        .all(|pair| pair[0].0 == pair[1].0 && copies.contains_key(&(pair[0].1, pair[1].1)))
}

fn findings_of_copy(
    (one, other): (&str, &str),
    shared: &[Series<'_>],
    specs: &Specs<'_>,
    findings: &mut Findings,
) {
    let ids: BTreeSet<SloId> = shared
        .iter()
        .filter_map(|(_, labels)| measured(labels))
        .collect();
    let slos = specs.slos.iter();
    let slos: Vec<&Slo> = slos.copied().filter(|slo| ids.contains(&slo.id)).collect();
    let Some(first) = slos.first() else {
        return;
    };
    let rules = match slos.len() {
        1 => format!("the rules of `{}`", first.id),
        count => format!(
            "the rules of {} SLOs",
            crate::words::grouped(&count.to_string())
        ),
    };
    let Some(series) = shared.iter().find(|(_, labels)| is_own(first, labels)) else {
        return;
    };
    findings.push_general(
        Diagnostic::new(
            &codes::RECORDED_TWICE,
            format!("{rules} are loaded twice: from {one} and from {other}"),
        )
        .with_help(HELP)
        .with_query(query(first, *series)),
    );
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
fn report(slo: &Slo, series: &BTreeMap<Series<'_>, BTreeSet<Place<'_>>>, findings: &mut Findings) {
    let mut by_places: BTreeMap<String, Vec<Series<'_>>> = BTreeMap::new();
    for (series, places) in series {
        if is_own(slo, series.1) {
            by_places
                .entry(described(places))
                .or_default()
                .push(*series);
        }
    }
    for (places, series) in by_places {
        if let Some(finding) = finding(slo, &series, &places) {
            findings.push(slo, finding);
        }
    }
}

fn is_own(slo: &Slo, labels: &Labels) -> bool {
    measured(labels).is_some_and(|id| id == slo.id)
}

/// Which SLO a series belongs to, under whichever names it is told.
fn measured(labels: &Labels) -> Option<SloId> {
    [Layout::Native, Layout::Sloth]
        .into_iter()
        .find_map(|layout| id_by(labels, layout))
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

fn finding(slo: &Slo, series: &[Series<'_>], places: &str) -> Option<Diagnostic> {
    let first = *series.first()?;
    let name = first.0;
    let subject = match series.len() {
        1 => format!("`{name}` of `{}` is", slo.id),
        count => format!("`{name}` of `{}` and {} more series are", slo.id, count - 1),
    };
    let message = format!("{subject} recorded twice: {places}");
    let finding = Diagnostic::new(&codes::RECORDED_TWICE, message)
        .with_help(HELP)
        .with_query(query(slo, first));
    Some(finding)
}

fn query(slo: &Slo, (name, labels): Series<'_>) -> String {
    let is_native = id_by(labels, Layout::Native).is_some();
    let told = if is_native {
        Layout::Native
    } else {
        Layout::Sloth
    };
    let AlertLabels {
        service,
        slo: named,
        ..
    } = told.alert_labels();
    let matchers = [(service, &slo.id.service), (named, &slo.id.name)];
    let matchers =
        matchers.map(|(label, value)| build::matcher(label, MatchOp::Equal, value.as_str()));
    print(&build::selector(name, matchers.to_vec()))
}
