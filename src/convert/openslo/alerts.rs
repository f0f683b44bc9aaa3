//! Alerts: a policy for each pair of windows, since a policy has one condition, and a
//! condition one window.

use std::sync::Arc;

use super::object::whole_minutes;
use crate::burn;
use crate::slo::Slo;
use crate::source::SourceSpan;
use crate::spec::make::{Map, map, plain, seq, text};
use crate::spec::node::{Entry, Kind, Node};

const LABELS: &str = "labels of alerts";
const ANNOTATIONS: &str = "annotations of alerts";

/// The policies of an SLO, unless it has no alert on its burn rate.
pub(super) fn policies(slo: &Slo) -> Option<Arc<Node>> {
    let at = slo.name_at;
    let mut no_data = slo.alerting.no_data.is_some();
    let policies: Vec<Arc<Node>> = burn::pairs(slo)
        .iter()
        .filter_map(|pair| policy(slo, pair, std::mem::take(&mut no_data)))
        .collect();
    (!policies.is_empty()).then(|| seq(policies, at))
}

fn policy(slo: &Slo, pair: &burn::Pair, no_data: bool) -> Option<Arc<Node>> {
    let at = slo.name_at;
    let route = slo.alerting.route(pair.severity)?;
    let window = whole_minutes(pair.long)?;
    let name = format!("{}-{window}", pair.severity.name());
    let bounds = map(at)
        .put("kind", at, text("burnrate", at))
        .put("op", at, text("gte", at))
        .put(
            "threshold",
            at,
            plain(pair.factor.normalize().to_string(), at),
        )
        .put("lookbackWindow", at, text(window, at))
        .done();
    let severity = text(&route.severity.value, route.severity.at);
    let condition = inline("AlertCondition", &name, at)
        .put(
            "spec",
            at,
            map(at)
                .put("severity", at, severity)
                .put("condition", at, bounds)
                .done(),
        )
        .done();
    let target = inline("AlertNotificationTarget", "alertmanager", at)
        .put(
            "spec",
            at,
            map(at).put("target", at, text("alertmanager", at)).done(),
        )
        .done();
    let spec = map(at)
        .put_some("alertWhenNoData", at, no_data.then(|| plain("true", at)))
        .put("alertWhenBreaching", at, plain("true", at))
        .put("conditions", at, seq(vec![condition], at))
        .put("notificationTargets", at, seq(vec![target], at));
    Some(
        inline("AlertPolicy", &name, at)
            .put("spec", at, spec.done())
            .done(),
    )
}

/// An object inside another one.
fn inline(kind: &str, name: &str, at: SourceSpan) -> Map {
    let metadata = map(at).put("name", at, text(name, at)).done();
    map(at)
        .put("kind", at, text(kind, at))
        .put("metadata", at, metadata)
}

/// Whether it is more than what alerts are without it.
fn says_something(entry: &Entry) -> bool {
    match &entry.value.kind {
        Kind::Scalar(scalar) => !matches!(&*scalar.text, "off" | "false" | "burn_rate"),
        Kind::Seq(items) => !items.is_empty(),
        Kind::Map(entries) => !entries.is_empty(),
    }
}

/// What alerts say that no policy can say, and where.
pub(super) fn without_words(alerts: &Node) -> Vec<(SourceSpan, &'static str)> {
    const KEYS: [(&str, &str); 9] = [
        ("name", "names of alerts"),
        ("pairs", "short windows"),
        ("on", "alerts on the budget counted in events"),
        ("min_bad_events", "a least number of bad events"),
        ("budget_left", "alerts on what is left of the budget"),
        ("promise_at_risk", "alerts on a promise"),
        ("labels", LABELS),
        ("annotations", ANNOTATIONS),
        ("runbook_url", "runbooks"),
    ];
    const OF_ROUTES: [(&str, &str); 2] = [("labels", LABELS), ("annotations", ANNOTATIONS)];
    let said = |map: &Node, (key, what): (&str, &'static str)| {
        let entry = map.get(key).filter(|entry| says_something(entry))?;
        Some((entry.key_at, what))
    };
    let routes = ["page", "ticket"]
        .into_iter()
        .filter_map(|route| alerts.get(route));
    let routes = routes.flat_map(|route| {
        OF_ROUTES
            .into_iter()
            .filter_map(move |key| said(&route.value, key))
    });
    let own = KEYS.into_iter().filter_map(|key| said(alerts, key));
    own.chain(routes).collect()
}
