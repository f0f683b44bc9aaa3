//! The layout of Sloth: its record names, labels, groups and alert names, so that its
//! dashboards, alert routes and recorded history go on working.
//!
//! Everything is computed as in the native layout and recorded under the native names,
//! which no label of a user is part of. Sloth's series are read from these at the
//! instant of evaluation, so that an edited label only begins a new series and never
//! breaks a rule. Alerts read Sloth's series, since they get their labels from them.
//! Nothing reads Sloth's series back over time.

pub(super) mod alerts;
mod facade;
mod meta;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::{Context, Group, Rule, record};
use crate::burn::{FAST_INTERVAL, SLOW_INTERVAL};
use crate::duration::Duration;
use crate::promql::ast::{Expr, MatchOp};
use crate::promql::build::{aggregate_without, matcher, selector};
use crate::slo::{Period, Slo, SloId};

/// The label that tells Sloth's alerts apart: `page` or `ticket`.
pub const SEVERITY: &str = "sloth_severity";
/// The label with the service.
pub const SERVICE: &str = "sloth_service";
/// The label with the name of the SLO.
pub const NAME: &str = "sloth_slo";
/// The label with both.
pub const ID: &str = "sloth_id";
/// The label with the window of a ratio.
pub(super) const WINDOW: &str = "sloth_window";

/// Labels that the rules of this layout set themselves.
pub const OWN_LABELS: [&str; 9] = [
    ID,
    SERVICE,
    NAME,
    WINDOW,
    SEVERITY,
    meta::VERSION,
    meta::MODE,
    meta::SPEC,
    meta::OBJECTIVE,
];

/// Sloth's id of an SLO. Different SLOs can have the same one: `a-b` + `c`, `a` + `b-c`.
pub fn id(slo: &SloId) -> String {
    format!("{}-{}", slo.service, slo.name)
}

/// Sloth's series of the error ratio over a window: `slo:sli_error:ratio_rate4w`.
pub fn error_ratio(window: Duration) -> SmolStr {
    format_smolstr!("slo:sli_error:ratio_rate{}", window.canonical())
}

/// Names of the groups of an SLO, in the order in which they are written: what is
/// measured, native series that Sloth has not, metadata, alerts.
pub(super) fn group_names(slo: &SloId) -> [String; 4] {
    [
        "sli-recordings",
        "extra-rules-000",
        "meta-recordings",
        "alerts",
    ]
    .map(|kind| format!("sloth-slo-{kind}-{}", id(slo)))
}

pub(super) fn groups(cx: &Context<'_>) -> Vec<Group> {
    let mut measured = record::fast(cx);
    measured.extend(facade::rules(cx));
    let [measured_name, slow_name, meta_name, alerts_name] = group_names(&cx.slo.id);
    let group = |name, interval, rules| Group {
        name,
        interval,
        rules,
    };
    let mut groups = vec![
        group(measured_name, FAST_INTERVAL, measured),
        group(slow_name, SLOW_INTERVAL, record::slow(cx)),
        group(meta_name, FAST_INTERVAL, meta::rules(cx)),
    ];
    let alerts = super::alerts::rules(cx);
    if !alerts.is_empty() {
        groups.push(group(alerts_name, FAST_INTERVAL, alerts));
    }
    groups
}

/// What the header says: Sloth's names know no calendar.
pub(super) fn note(slo: &Slo) -> Option<String> {
    let Period::Calendar(calendar) = &slo.period.value else {
        return None;
    };
    let nominal = slo.period.value.nominal();
    Some(format!(
        "{} has calendar periods: {} is the ratio since the start of the {}, \
         slo:time_period:days its nominal length.",
        slo.id,
        error_ratio(nominal),
        calendar.unit.name(),
    ))
}

/// Labels that tell an SLO: `sloth_id`, `sloth_service`, `sloth_slo`.
fn ids(slo: &SloId) -> [(&'static str, String); 3] {
    [
        (ID, id(slo)),
        (SERVICE, slo.service.clone()),
        (NAME, slo.name.clone()),
    ]
}

/// Labels of all of Sloth's series of an SLO; last come those of the run.
fn labels(cx: &Context<'_>) -> BTreeMap<String, String> {
    let slo = cx.slo;
    let own = ids(&slo.id);
    let own = own
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let written = slo
        .labels
        .iter()
        .map(|(name, value)| (name.clone(), value.value.clone()));
    let owner = slo
        .owner
        .iter()
        .map(|owner| ("owner".to_owned(), owner.value.clone()));
    let run = cx.options.labels.clone();
    own.chain(written).chain(owner).chain(run).collect()
}

/// A rule that records one of Sloth's series.
fn record(name: &str, expr: Expr, labels: Arc<BTreeMap<String, String>>) -> Rule {
    Rule::Record {
        record: name.to_owned(),
        expr,
        labels,
    }
}

/// The selector of one of Sloth's series of an SLO.
fn own(slo: &SloId, name: impl Into<SmolStr>) -> Expr {
    let matchers = ids(slo).map(|(label, value)| matcher(label, MatchOp::Equal, value));
    selector(name, matchers.to_vec())
}

/// Without the labels that only native series have.
fn without_native(expr: Expr) -> Expr {
    aggregate_without("max", ["service", "slo"], expr)
}
