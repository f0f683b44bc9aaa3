//! RUL001: not loaded.

use super::{Loaded, ServerState, Specs};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::group_names;
use crate::slo::SloId;

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
        .flat_map(|id| group_names(id))
        .any(|name| !is_missing(&name));
    for slo in specs.slos {
        let names = group_names(&slo.id);
        let missing: Vec<&String> = names.iter().filter(|name| is_missing(name)).collect();
        let message = match missing.as_slice() {
            [] => continue,
            [name] => format!(
                "the rules of `{}` are loaded only in part: `{name}` is missing",
                slo.id
            ),
            _ => format!("the rules of `{}` are not loaded", slo.id),
        };
        let finding = Diagnostic::new(&codes::NOT_LOADED, message)
            .with_help(help(&slo.id, is_any_loaded, state))
            .with_query(query(&slo.id));
        findings.push(slo, finding);
    }
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

fn query(slo: &SloId) -> String {
    let groups = format!(".*;slo/{}/.*", regex::escape(&slo.to_string()));
    let group = build::matcher("rule_group", MatchOp::Regex, groups);
    print(&build::selector("prometheus_rule_group_rules", vec![group]))
}
