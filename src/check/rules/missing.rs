//! RUL001: not loaded.

use std::collections::BTreeSet;

use super::{Loaded, ServerState, Specs};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::{Layout, group_names, sloth};
use crate::slo::SloId;
use crate::words::count;

pub(super) fn check(
    loaded: &Loaded<'_>,
    specs: &Specs<'_>,
    state: &ServerState,
    findings: &mut Findings,
) {
    let is_missing = |name: &String| loaded.named(name).is_empty();
    let is_any_loaded = specs
        .all
        .keys()
        .flat_map(|id| group_names(id, specs.layout))
        .any(|name| !is_missing(&name));
    let compiled: BTreeSet<&str> = specs
        .compiled
        .iter()
        .flat_map(|file| &file.groups)
        .map(|group| group.name.as_str())
        .collect();
    for slo in specs.slos {
        let mut names = group_names(&slo.id, specs.layout);
        names.retain(|name| compiled.contains(name.as_str()));
        let missing: Vec<&String> = names.iter().filter(|name| is_missing(name)).collect();
        let message = match missing.as_slice() {
            [] => continue,
            all if all.len() == names.len() => {
                format!("the rules of `{}` are not loaded", slo.id)
            }
            [name] => format!(
                "the rules of `{}` are loaded only in part: `{name}` is missing",
                slo.id
            ),
            [name, more @ ..] => format!(
                "the rules of `{}` are loaded only in part: `{name}` and {} more are missing",
                slo.id,
                count(more.len(), "group")
            ),
        };
        let help =
            other_layout(&slo.id, loaded).unwrap_or_else(|| help(&slo.id, is_any_loaded, state));
        let finding = Diagnostic::new(&codes::NOT_LOADED, message)
            .with_help(help)
            .with_query(query(&slo.id, specs.layout));
        findings.push(slo, finding);
    }
}

/// The rules may be there under other names.
fn other_layout(slo: &SloId, loaded: &Loaded<'_>) -> Option<String> {
    let (other, name) = match loaded.layout {
        Layout::Native => (Layout::Sloth, "sloth"),
        Layout::Sloth => (Layout::Native, "native"),
    };
    let names = group_names(slo, other);
    // Of a group of Sloth's own rules only those that slosmith adds tell who made it.
    let are_there = names[..2].iter().all(|name| !loaded.named(name).is_empty());
    are_there.then(|| {
        format!(
            "they are loaded in the other layout: say `--layout {name}`, with which they were \
             generated, or deploy what `slosmith generate` writes"
        )
    })
}

fn help(slo: &SloId, is_any_loaded: bool, state: &ServerState) -> String {
    if state.reload_config_success == Some(false) {
        return "the last reload failed, so that Prometheus still runs the rules from before: \
                see RUL008"
            .to_owned();
    }
    if is_any_loaded {
        return format!(
            "deploy `rules/{}.yaml` as `slosmith generate` writes it, and reload Prometheus \
             (SIGHUP, or POST /-/reload)",
            slo.service
        );
    }
    "none of the SLOs is loaded: look whether `rule_files` in prometheus.yml names the generated \
     files (`rules/*.yaml`), whether `promtool check rules` takes them, and reload Prometheus \
     (SIGHUP, or POST /-/reload)"
        .to_owned()
}

fn query(slo: &SloId, layout: Layout) -> String {
    let groups = match layout {
        Layout::Native => format!(".*;slo/{}/.*", regex::escape(&slo.to_string())),
        Layout::Sloth => format!(".*;sloth-slo-.*-{}", regex::escape(&sloth::id(slo))),
    };
    let group = build::matcher("rule_group", MatchOp::Regex, groups);
    print(&build::selector("prometheus_rule_group_rules", vec![group]))
}
