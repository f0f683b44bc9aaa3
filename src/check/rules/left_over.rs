//! RUL003: rules of an SLO that is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Loaded, Specs};
use crate::check::Findings;
use crate::check::recorded::id_of;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::RuleGroup;
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::Layout;
use crate::slo::SloId;

pub(super) fn check(loaded: &Loaded<'_>, specs: &Specs<'_>, findings: &mut Findings) {
    let services: BTreeSet<&str> = specs.all.keys().map(|id| id.service.as_str()).collect();
    let of_an_slo = || {
        let groups = loaded.groups.iter();
        groups.filter_map(|group| {
            let id = match specs.layout {
                Layout::Native => named_by(&group.name),
                Layout::Sloth => measured_by(group),
            };
            Some((id?, group.file.as_str()))
        })
    };
    let is_known = |id: &SloId| specs.all.contains_key(id);
    let files: BTreeSet<&str> = of_an_slo()
        .filter(|(id, file)| is_known(id) && !file.is_empty())
        .map(|(_, file)| file)
        .collect();
    let mut gone: BTreeMap<SloId, BTreeSet<&str>> = BTreeMap::new();
    for (id, file) in of_an_slo() {
        // Other people may run SLOs of their own on the same server.
        let is_ours = services.contains(id.service.as_str()) || files.contains(file);
        if is_ours && !is_known(&id) {
            gone.entry(id).or_default().insert(file);
        }
    }
    for (id, files) in gone {
        findings.push_general(finding(&id, &files));
    }
}

/// The SLO that a group is named after: `slo/<service>/<slo>/fast`.
fn named_by(group: &str) -> Option<SloId> {
    let parts: Vec<&str> = group.split('/').collect();
    match parts.as_slice() {
        ["slo", service, name, "fast" | "slow"] => Some(SloId {
            service: (*service).to_owned(),
            name: (*name).to_owned(),
        }),
        _ => None,
    }
}

/// The SLO whose native series a group of Sloth's naming records: the name of the group
/// does not tell where the service ends, and Sloth's own rules record no such series.
fn measured_by(group: &RuleGroup) -> Option<SloId> {
    if !group.name.starts_with("sloth-slo-") {
        return None;
    }
    group.rules.iter().find_map(|rule| id_of(&rule.labels))
}

fn finding(id: &SloId, files: &BTreeSet<&str>) -> Diagnostic {
    let files: Vec<&str> = files.iter().copied().filter(|f| !f.is_empty()).collect();
    let place = if files.is_empty() {
        String::new()
    } else {
        format!(": they are in {}", files.join(" and "))
    };
    let matchers = [("service", &id.service), ("slo", &id.name)];
    let matchers =
        matchers.map(|(label, value)| build::matcher(label, MatchOp::Equal, value.as_str()));
    Diagnostic::new(
        &codes::LEFT_OVER,
        format!("the rules of `{id}` still run, but no spec has it{place}"),
    )
    .with_help(
        "its alerts go on; deploy what `slosmith generate` writes, delete rule files that it no \
         longer writes, and reload Prometheus",
    )
    .with_query(print(&build::selector("slo_info", matchers.to_vec())))
}
