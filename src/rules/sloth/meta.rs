//! What Sloth records beside the ratios: objective, budget, burn rates, and who made it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{WINDOW, error_ratio, labels, own, record, without_native};
use crate::burn::BASE_WINDOW;
use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind};
use crate::promql::build::{aggregate, call, expr, number, string};
use crate::rules::alerts::LATE;
use crate::rules::series::{BUDGET_REMAINING, PERIOD_RATIO, own_over};
use crate::rules::tree::div;
use crate::rules::{Context, Rule};
use crate::slo::Origin;

/// The label with the version of what made the rules.
pub(super) const VERSION: &str = "sloth_version";
/// The label with how they were made.
pub(super) const MODE: &str = "sloth_mode";
/// The label with the format of the spec.
pub(super) const SPEC: &str = "sloth_spec";
/// The label with the objective in percent.
pub(super) const OBJECTIVE: &str = "sloth_objective";

/// In Sloth's order.
pub(super) fn rules(cx: &Context<'_>) -> Vec<Rule> {
    let slo = cx.slo;
    let labels = Arc::new(labels(cx));
    let objective = slo.objective.value;
    let period = slo.period.value.nominal();
    let budget = || number(&objective.budget());
    let constant = |value: Decimal| call("vector", vec![number(&value.normalize())]);
    let of_period = |name| own_over("last_over_time", &slo.id, name, LATE);
    let all: [(&str, Expr); 6] = [
        ("slo:objective:ratio", constant(objective.ratio())),
        ("slo:error_budget:ratio", constant(objective.budget())),
        ("slo:time_period:days", constant(days(period))),
        (
            "slo:current_burn_rate:ratio",
            div(current_ratio(cx), budget()),
        ),
        (
            "slo:period_burn_rate:ratio",
            over(period, div(of_period(PERIOD_RATIO), budget())),
        ),
        (
            "slo:period_error_budget_remaining:ratio",
            over(period, of_period(BUDGET_REMAINING)),
        ),
    ];
    let mut rules: Vec<Rule> = all
        .into_iter()
        .map(|(name, expr)| record(name, expr, Arc::clone(&labels)))
        .collect();
    rules.push(info(cx, labels.as_ref().clone()));
    rules
}

fn days(period: Duration) -> Decimal {
    Decimal::from(period.millis()) / Decimal::from(Duration::from_days(1).millis())
}

/// What Sloth's series says of the last minutes. It is there already when these rules
/// take over from Sloth's, whichever group is evaluated first; and for a short while
/// after a label was edited, there are two.
fn current_ratio(cx: &Context<'_>) -> Expr {
    let kept = std::iter::once(WINDOW).chain(cx.slo.group_labels());
    aggregate("max", kept, own(&cx.slo.id, error_ratio(BASE_WINDOW)))
}

/// What native series say, with the label of a window: Sloth's series inherit it from the
/// ratio they are made of.
fn over(window: Duration, native: Expr) -> Expr {
    let text = |text: &str| expr(ExprKind::String(string(text)));
    call(
        "label_replace",
        vec![
            without_native(native),
            text(WINDOW),
            text(&window.canonical()),
            text(""),
            text(""),
        ],
    )
}

fn info(cx: &Context<'_>, mut labels: BTreeMap<String, String>) -> Rule {
    let slo = cx.slo;
    let (mode, spec) = made(slo.origin);
    labels.extend(
        [
            (VERSION, env!("CARGO_PKG_VERSION").to_owned()),
            (MODE, mode.to_owned()),
            (SPEC, spec.to_owned()),
            (OBJECTIVE, slo.objective.value.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let expr = call("vector", vec![number("1")]);
    record("sloth_slo_info", expr, Arc::new(labels))
}

/// `sloth_mode` and `sloth_spec`: Sloth's own words for the formats that it reads.
const fn made(origin: Origin) -> (&'static str, &'static str) {
    match origin {
        Origin::SlothPrometheus => ("cli-gen-prom", "prometheus/v1"),
        Origin::SlothKubernetes => ("cli-gen-k8s", "sloth.slok.dev/v1"),
        Origin::OpenSloV1Alpha => ("cli-gen-openslo", "openslo/v1alpha"),
        Origin::OpenSloV1 => ("cli-gen-openslo", "openslo/v1"),
        Origin::Native => ("cli-gen-prom", "slosmith/v1"),
        Origin::Pyrra => ("cli-gen-prom", "pyrra.dev/v1alpha1"),
    }
}
