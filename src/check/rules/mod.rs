//! The rules that a server runs, against those that the specs compile to: `RUL…`.

mod difference;
mod failing;
mod form;
mod left_over;
mod missing;
mod timing;
mod twice;

use std::collections::BTreeMap;

use super::server::unanswered;
use super::{Findings, Scope};
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::{Client, Error, RuleGroup};
use crate::rules::{Catalogue, Group, Layout, RuleFile, group_names};
use crate::slo::{Slo, SloId};

/// How the server runs, as far as its rules depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServerState {
    /// The instant of the check, in Unix seconds.
    pub now: f64,
    /// Since when it runs, in Unix seconds, where it tells.
    pub start_time: Option<f64>,
    /// When it last read its configuration, in Unix seconds, where it tells.
    pub last_reload: Option<f64>,
    /// Whether it could read it the last time, where it tells.
    pub reload_config_success: Option<bool>,
}

/// What the server should run.
#[derive(Debug, Clone, Copy)]
pub struct Specs<'a> {
    /// The SLOs that are looked at.
    pub slos: &'a [&'a Slo],
    /// What they compile to.
    pub compiled: &'a [RuleFile],
    /// How rules are named and grouped.
    pub layout: Layout,
    /// All SLOs there are.
    pub all: &'a Catalogue<'a>,
    /// Whether all specs are at hand, so that what none of them has is left over.
    pub complete: bool,
}

/// The rules that a server runs, those of another scope left out; none, and a note, where
/// it cannot tell.
pub async fn load(
    client: &Client,
    scope: &Scope,
    is_victoria_metrics: bool,
    findings: &mut Findings,
) -> Result<Option<Vec<RuleGroup>>, Error> {
    match client.rules().await {
        Err(error) if error.is_missing_api() => {
            findings.note(
                "this server has no rules API: whether the rules are loaded and healthy is \
                 not known",
            );
            Ok(None)
        }
        // What burns is told all the same.
        Err(error @ Error::Refused { .. }) => {
            findings.push_general(unanswered(&error));
            findings.note(
                "this server refuses its rules API: whether the rules are loaded and healthy \
                 is not known",
            );
            Ok(None)
        }
        // It knows of no rules itself, and says so as if there were none.
        Ok(groups) if groups.is_empty() && is_victoria_metrics => {
            findings.note(
                "this VictoriaMetrics has no rules API: whether the rules are loaded and \
                 healthy is not known; start it with -vmalert.proxyURL",
            );
            Ok(None)
        }
        Ok(mut groups) => {
            groups.retain(|group| is_in_scope(group, scope));
            Ok(Some(groups))
        }
        Err(error) => Err(error),
    }
}

/// A server above several Prometheus adds to every rule the labels of where it runs.
fn is_in_scope(group: &RuleGroup, scope: &Scope) -> bool {
    group.rules.iter().all(|rule| {
        scope
            .fixed()
            .all(|(label, value)| rule.labels.get(label).is_none_or(|found| found == value))
    })
}

/// Compares what is loaded with what should be.
pub fn check(
    loaded: &[RuleGroup],
    specs: &Specs<'_>,
    state: &ServerState,
    findings: &mut Findings,
) {
    if state.reload_config_success == Some(false) {
        findings.push_general(reload_failed());
    }
    let loaded = Loaded::new(loaded, specs.layout);
    missing::check(&loaded, specs, state, findings);
    let compiled = by_name(specs.compiled);
    for slo in specs.slos {
        for name in group_names(&slo.id, specs.layout) {
            let Some(group) = compiled.get(name.as_str()) else {
                continue;
            };
            for found in loaded.named(&name) {
                difference::check(slo, group, found, &loaded, findings);
                timing::check(slo, found, state, findings);
            }
        }
        failing::check(slo, &loaded, findings);
    }
    twice::check(&loaded, specs, findings);
    if specs.complete {
        left_over::check(&loaded, specs, findings);
    }
}

fn by_name(files: &[RuleFile]) -> BTreeMap<&str, &Group> {
    let groups = files.iter().flat_map(|file| &file.groups);
    groups.map(|group| (group.name.as_str(), group)).collect()
}

fn reload_failed() -> Diagnostic {
    Diagnostic::new(
        &codes::RELOAD_FAILED,
        "Prometheus could not read its configuration the last time, and runs the one from before",
    )
    .with_help(
        "its log says why; `promtool check config prometheus.yml` says the same, rule files \
         included. Until that is mended it will not start again either",
    )
    .with_query("prometheus_config_last_reload_successful")
}

/// The rules that a server runs.
struct Loaded<'a> {
    groups: &'a [RuleGroup],
    /// The same file can be read twice, or by two servers.
    by_name: BTreeMap<&'a str, Vec<&'a RuleGroup>>,
    /// Labels that are on every rule: a server above several Prometheus tells with them
    /// where a rule runs.
    common: Vec<&'a str>,
    layout: Layout,
}

impl<'a> Loaded<'a> {
    fn new(groups: &'a [RuleGroup], layout: Layout) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&RuleGroup>> = BTreeMap::new();
        for group in groups {
            by_name.entry(&group.name).or_default().push(group);
        }
        Self {
            groups,
            by_name,
            common: common(groups),
            layout,
        }
    }

    fn named(&self, name: &str) -> &[&'a RuleGroup] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The groups of an SLO.
    fn of(&self, slo: &SloId) -> impl Iterator<Item = &'a RuleGroup> {
        let names = group_names(slo, self.layout).into_iter();
        names.flat_map(|name| self.named(&name).to_vec())
    }
}

fn common(groups: &[RuleGroup]) -> Vec<&str> {
    let mut rules = groups.iter().flat_map(|group| &group.rules);
    let Some(first) = rules.next() else {
        return Vec::new();
    };
    let mut common: Vec<&str> = first.labels.keys().map(String::as_str).collect();
    for rule in rules {
        common.retain(|label| rule.labels.contains_key(*label));
    }
    common
}

/// How Prometheus names a group in its own metrics.
fn full_name(group: &RuleGroup) -> String {
    format!("{};{}", group.file, group.name)
}

/// ` in /etc/prometheus/rules/billing.yaml`, where the server tells.
fn whereabouts(group: &RuleGroup) -> String {
    if group.file.is_empty() {
        String::new()
    } else {
        format!(" in {}", group.file)
    }
}

/// `1 rule`, `2 rules`.
fn rules(count: usize) -> String {
    if count == 1 {
        "1 rule".to_owned()
    } else {
        format!("{count} rules")
    }
}

#[cfg(test)]
mod tests;
