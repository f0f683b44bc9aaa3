//! `alerting`: name, page and ticket.

use std::sync::Arc;

use super::keys::{Keys, Map};
use super::labels;
use super::plugins::Settings;
use crate::diagnostic::codes::import;
use crate::slo::Alerting;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// The label that natively is a key of a route.
const SEVERITY: &str = "severity";

/// When and whom to alert; `None` when nothing differs from the native defaults.
pub(super) fn translate(
    slo: &Map<'_>,
    keys: &'static Keys,
    pairs: Option<Arc<Node>>,
    settings: &Settings,
    counts_events: bool,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let known = [
        "name",
        "labels",
        "annotations",
        keys.page_alert,
        keys.ticket_alert,
    ];
    let node = slo.get("alerting");
    let map = node.and_then(|node| Map::read(node, "`alerting`", &known, decoder));
    let at = map.as_ref().map_or(slo.at(), Map::at);
    let Some(map) = map else {
        return common(make::map(at), at, pairs, settings, counts_events).some();
    };
    let mut common_labels = labels::texts(map.get("labels"), "labels", decoder);
    let severity = take(&mut common_labels, SEVERITY);
    let mut routes = Vec::new();
    for (key, native) in [(keys.page_alert, "page"), (keys.ticket_alert, "ticket")] {
        let route = route(&map, key, severity.as_ref(), decoder);
        routes.push((native, map.key_at(key), route));
    }
    let silent = routes
        .iter()
        .all(|(.., route)| matches!(route, Route::Off(_)));
    let mut alerts = make::map(at);
    if let Some(name) = map.entry("name").filter(|entry| !entry.value.is_null()) {
        alerts = alerts.put("name", name.key_at, Arc::clone(&name.value));
    } else if !silent {
        unnamed(&map, decoder);
    }
    for (native, key_at, route) in routes {
        alerts = alerts.put_some(native, key_at, route.node());
    }
    if silent {
        return alerts.put("no_data", at, make::plain("off", at)).some();
    }
    alerts = common(alerts, at, pairs, settings, counts_events);
    alerts = alerts.put_some(
        "labels",
        map.key_at("labels"),
        labels::map(common_labels, map.key_at("labels")),
    );
    let annotations = labels::texts(map.get("annotations"), "annotations", decoder);
    let annotations_at = map.key_at("annotations");
    alerts
        .put_some(
            "annotations",
            annotations_at,
            labels::map(annotations, annotations_at),
        )
        .some()
}

/// What catalogues and plugins say.
fn common(
    alerts: make::Map,
    at: SourceSpan,
    pairs: Option<Arc<Node>>,
    settings: &Settings,
    counts_events: bool,
) -> make::Map {
    let least = settings.min_bad_events.clone().filter(|_| counts_events);
    alerts
        .put_some("pairs", at, pairs)
        .put_some("min_bad_events", at, least)
        .put_some("budget_left", at, settings.budget_left.clone())
}

/// How alerts of one severity leave.
enum Route {
    Default,
    Off(SourceSpan),
    Own(Arc<Node>),
}

impl Route {
    fn node(self) -> Option<Arc<Node>> {
        match self {
            Self::Default => None,
            Self::Off(at) => Some(make::plain("off", at)),
            Self::Own(node) => Some(node),
        }
    }
}

fn route(
    alerting: &Map<'_>,
    key: &'static str,
    severity: Option<&Entry>,
    decoder: &mut Decoder<'_>,
) -> Route {
    const KEYS: [&str; 3] = ["disable", "labels", "annotations"];
    let written = alerting.get(key);
    let map = written.and_then(|node| Map::read(node, "an alert", &KEYS, decoder));
    let at = map.as_ref().map_or(alerting.at(), Map::at);
    let mut own = make::map(at);
    let (mut own_labels, annotations) = match &map {
        Some(map) => {
            if let Some(disable) = map.get("disable") {
                match disable
                    .as_scalar()
                    .and_then(crate::spec::node::Scalar::as_bool)
                {
                    Some(true) => return Route::Off(disable.at),
                    Some(false) => {}
                    None => decoder.wrong_type(disable, "`true` or `false`", None),
                }
            }
            (
                labels::texts(map.get("labels"), "labels", decoder),
                labels::texts(map.get("annotations"), "annotations", decoder),
            )
        }
        None => (Vec::new(), Vec::new()),
    };
    let own_severity = take(&mut own_labels, SEVERITY);
    if let Some(severity) = own_severity.as_ref().or(severity) {
        own = own.put(SEVERITY, severity.key_at, Arc::clone(&severity.value));
    }
    own = own
        .put_some("labels", at, labels::map(own_labels, at))
        .put_some("annotations", at, labels::map(annotations, at));
    own.some().map_or(Route::Default, Route::Own)
}

fn take(entries: &mut Vec<Entry>, key: &str) -> Option<Entry> {
    let found = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(found))
}

/// Sloth refuses alerts without a name; natively they have one.
fn unnamed(alerting: &Map<'_>, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &import::READ_AS,
        alerting.at(),
        format!(
            "these alerts have no name; they are called `{}`",
            Alerting::BURN
        ),
        "add `name: …`, which Sloth asks for",
    );
}
