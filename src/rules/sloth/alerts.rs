//! What sets Sloth's alerts apart: they read Sloth's series, from which they get the
//! labels of the SLO, and have its label of the severity and its texts.

use std::collections::BTreeMap;

use super::{SEVERITY, WINDOW, error_ratio, ids, labels, own};
use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{aggregate_without, binary_group_left, binary_on, number};
use crate::rules::texts::{self, literal};
use crate::rules::tree::mul;
use crate::rules::{Context, Rule};
use crate::slo::{Alerting, Route, Severity};

/// The error ratio of a window with the labels that its alert is to have.
///
/// For a short while after an edit two series with different labels may be there. The
/// labels that the alert sets itself are left out, so that it cannot meet itself.
pub(in crate::rules) fn ratio(cx: &Context<'_>, route: &Route, window: Duration) -> Expr {
    let set = written(cx, route).map(|(name, _)| name);
    let mut dropped: Vec<&str> = std::iter::once(WINDOW).chain(set).collect();
    dropped.sort_unstable();
    dropped.dedup();
    aggregate_without("max", dropped, own(&cx.slo.id, error_ratio(window)))
}

/// `lhs and rhs`, where only the former has Sloth's labels.
pub(in crate::rules) fn and_native(cx: &Context<'_>, lhs: Expr, rhs: Expr) -> Expr {
    binary_on(BinaryOp::And, cx.slo.group_labels(), lhs, rhs)
}

/// What native series say, with Sloth's labels: those of the ratio of a window.
pub(in crate::rules) fn labelled(
    cx: &Context<'_>,
    route: &Route,
    window: Duration,
    native: Expr,
) -> Expr {
    let none = mul(number("0"), ratio(cx, route, window));
    binary_group_left(BinaryOp::Add, cx.slo.group_labels(), none, native)
}

/// The burn-rate alert of a severity; `expr` has the labels of the SLO.
pub(in crate::rules) fn burn(
    cx: &Context<'_>,
    severity: Severity,
    route: &Route,
    expr: Expr,
) -> Rule {
    let name = severity.name();
    let (_, description) = texts::burn(cx.slo);
    let whose = "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is";
    let summary = format!("{whose} over expected.");
    let mut annotations =
        BTreeMap::from([("title".to_owned(), format!("({name}) {whose} too fast."))]);
    annotations.extend(texts::annotations(
        cx.slo,
        Some(route),
        (summary, description),
    ));
    let mut labels = alert_labels(cx, severity, route);
    // Sloth has no name that all SLOs share; with it, rules would differ in nothing that
    // stands in the file but their expression.
    if cx.slo.alerting.name.value == Alerting::BURN {
        labels.extend(ids(&cx.slo.id).map(|(name, value)| (name.to_owned(), value)));
    }
    Rule::Alert {
        alert: cx.slo.alerting.name.value.clone(),
        expr,
        hold: None,
        labels,
        annotations,
    }
}

/// Labels of an alert that Sloth has not: it reads native series, so that those of the
/// SLO are said here.
pub(in crate::rules) fn labels_of_addition(
    cx: &Context<'_>,
    severity: Severity,
    route: &Route,
) -> BTreeMap<String, String> {
    let own = labels(cx).into_iter();
    let mut all: BTreeMap<_, _> = own.map(|(name, text)| (name, literal(&text))).collect();
    all.extend(alert_labels(cx, severity, route));
    all.extend(ids(&cx.slo.id).map(|(name, value)| (name.to_owned(), value)));
    all
}

fn alert_labels(cx: &Context<'_>, severity: Severity, route: &Route) -> BTreeMap<String, String> {
    let written = written(cx, route).map(|(name, text)| (name.to_owned(), text));
    let own = (SEVERITY.to_owned(), severity.name().to_owned());
    std::iter::once(own).chain(written).collect()
}

/// Labels that the spec sets on an alert. Nobody routes on a default that Sloth has not.
fn written<'a>(cx: &'a Context<'_>, route: &'a Route) -> impl Iterator<Item = (&'a str, String)> {
    let common = cx.slo.alerting.labels.iter();
    let templates = common
        .chain(&route.labels)
        .map(|(name, text)| (name.as_str(), text.value.clone()));
    let severity = route
        .severity_written
        .then(|| ("severity", literal(&route.severity.value)));
    templates.chain(severity)
}
