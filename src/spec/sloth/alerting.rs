//! Whom to alert: `alerting` with its page and its ticket.

use std::sync::Arc;

use super::chain::Extras;
use super::keys::{
    ALERTING, ALERTS, ANNOTATIONS, DISABLE, FOR, Key, LABELS, Map, NAME, PAGE_ALERT, ROUTE, Reader,
    TICKET_ALERT,
};
use super::labels::{self, Own};
use crate::diagnostic::{Diagnostic, codes::import};
use crate::slo::{Alerting, Severity};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// Whom Sloth alerts.
pub(super) struct Alerts {
    /// Where the alerts are spoken of.
    at: SourceSpan,
    name: Option<(SourceSpan, Arc<Node>)>,
    labels: Vec<Entry>,
    annotations: Vec<Entry>,
    page: Option<Route>,
    ticket: Option<Route>,
}

/// How one alert leaves.
struct Route {
    at: SourceSpan,
    severity: Option<Entry>,
    labels: Vec<Entry>,
    annotations: Vec<Entry>,
}

impl Alerts {
    /// Whether anybody hears of a severity.
    pub(super) const fn has(&self, severity: Severity) -> bool {
        match severity {
            Severity::Page => self.page.is_some(),
            Severity::Ticket => self.ticket.is_some(),
        }
    }

    /// The value of the label `severity`, where the spec sets it.
    pub(super) fn severity(&self, severity: Severity) -> Option<&str> {
        let route = match severity {
            Severity::Page => self.page.as_ref()?,
            Severity::Ticket => self.ticket.as_ref()?,
        };
        labels::text_of(route.severity.as_ref()?)
    }
}

/// Reads `alerting` of an SLO; `is_silent` says that no plugin makes alerts of it.
pub(super) fn read(
    slo: &Map<'_>,
    own: &Own,
    is_silent: bool,
    reader: &mut Reader<'_, '_>,
) -> Alerts {
    let mut alerts = Alerts {
        at: slo.at(),
        name: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        page: Some(Route::new(slo.at())),
        ticket: Some(Route::new(slo.at())),
    };
    if let Some((entry, map)) = reader.inner(slo, ALERTING, &ALERTS) {
        alerts.at = entry.key_at;
        alerts.name = name(&map, reader);
        let mut common = reader.texts(&map, LABELS);
        let severity = labels::take(&mut common, "severity");
        alerts.labels = labels::of_alerts(common, own, reader.decoder);
        alerts.annotations = reader.texts(&map, ANNOTATIONS);
        let mut route = |key| route(&map, key, severity.as_ref(), own, reader);
        alerts.page = route(PAGE_ALERT);
        alerts.ticket = route(TICKET_ALERT);
    }
    if is_silent {
        (alerts.page, alerts.ticket) = (None, None);
    }
    let speaks = alerts.page.is_some() || alerts.ticket.is_some();
    if speaks && alerts.name.is_none() {
        reader.decoder.push(
            Diagnostic::at(
                &import::READ_AS,
                alerts.at,
                format!(
                    "the alerts of this SLO have no name: they are named `{}`",
                    Alerting::BURN
                ),
            )
            .with_help("Sloth would refuse it: write `alerting: {name: …}`"),
        );
    }
    check_templates(&alerts, reader.decoder);
    alerts
}

fn name(map: &Map<'_>, reader: &Reader<'_, '_>) -> Option<(SourceSpan, Arc<Node>)> {
    let entry = reader.get(map, NAME)?;
    let text = reader.text(entry);
    let is_blank = text
        .as_scalar()
        .is_some_and(|scalar| scalar.text.trim().is_empty());
    (!is_blank).then_some((entry.key_at, text))
}

impl Route {
    const fn new(at: SourceSpan) -> Self {
        Self {
            at,
            severity: None,
            labels: Vec::new(),
            annotations: Vec::new(),
        }
    }
}

/// One alert, unless it is disabled. `severity` is the label that both have.
fn route(
    alerting: &Map<'_>,
    key: Key,
    severity: Option<&Entry>,
    own: &Own,
    reader: &mut Reader<'_, '_>,
) -> Option<Route> {
    let Some((entry, map)) = reader.inner(alerting, key, &ROUTE) else {
        return Some(Route {
            severity: severity.cloned(),
            ..Route::new(alerting.at())
        });
    };
    let mut labels = reader.texts(&map, LABELS);
    let annotations = reader.texts(&map, ANNOTATIONS);
    let severity = labels::take(&mut labels, "severity").or_else(|| severity.cloned());
    let is_off = reader.is_true(&map, DISABLE);
    if is_off {
        return None;
    }
    if let Some(hold) = reader.get(&map, FOR) {
        reader.decoder.push(
            Diagnostic::at(
                &import::NOT_CARRIED_OVER,
                hold.key_at,
                "burn-rate alerts do not wait: their short window says whether it still burns",
            )
            .with_help("leave `for` out: it would only let an outage page later"),
        );
    }
    Some(Route {
        at: entry.key_at,
        severity,
        labels: labels::of_alerts(labels, own, reader.decoder),
        annotations,
    })
}

/// Says what templates have no value for in slosmith's own layout.
fn check_templates(alerts: &Alerts, decoder: &mut Decoder<'_>) {
    let routes = [&alerts.page, &alerts.ticket].into_iter().flatten();
    let texts = routes
        .clone()
        .flat_map(|route| route.labels.iter().chain(&route.annotations))
        .chain(&alerts.labels)
        .chain(&alerts.annotations);
    for text in texts {
        if let Some(label) = labels::text_of(text).and_then(sloths_label) {
            let now = match label {
                "sloth_service" => "`{{ $labels.service }}`",
                "sloth_slo" => "`{{ $labels.slo }}`",
                "sloth_severity" => "`{{ $labels.severity }}`",
                _ => "`{{ $labels.service }}-{{ $labels.slo }}`",
            };
            decoder.push(
                Diagnostic::at(
                    &import::READ_AS,
                    text.value.at,
                    format!("alerts have the label `{label}` with `--layout sloth` only"),
                )
                .with_help(format!("without that layout, write {now}")),
            );
        }
    }
    for severity in routes.filter_map(|route| route.severity.as_ref()) {
        if labels::text_of(severity).is_some_and(|text| text.contains("{{")) {
            decoder.push(
                Diagnostic::at(
                    &import::READ_AS,
                    severity.value.at,
                    "the label `severity` is taken as it is written: it is no template here",
                )
                .with_help("write the value, or give the label another name"),
            );
        }
    }
}

/// A label that only Sloth's rules have, in a template.
fn sloths_label(text: &str) -> Option<&str> {
    let start = text.find("$labels.sloth_")? + "$labels.".len();
    let rest = &text[start..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    Some(&rest[..end.unwrap_or(rest.len())])
}

/// `alerts` in the native format; nothing when it says nothing.
pub(super) fn node(alerts: Alerts, pairs: Option<Arc<Node>>, extras: &Extras) -> Option<Arc<Node>> {
    let at = alerts.at;
    let off = |is_off: bool| is_off.then(|| make::plain("off", at));
    let is_silent = alerts.page.is_none() && alerts.ticket.is_none();
    let route = |route: Option<Route>| match route {
        None => off(true),
        Some(route) => self::route_node(route),
    };
    let (name_at, name) = alerts.name.filter(|_| !is_silent).unzip();
    let spoken = |texts: Vec<Entry>| labels::node(texts).filter(|_| !is_silent);
    make::map(at)
        .put_some("name", name_at.unwrap_or(at), name)
        .put_some("page", at, route(alerts.page))
        .put_some("ticket", at, route(alerts.ticket))
        .put_some("pairs", at, pairs)
        .put_some("min_bad_events", at, extras.min_bad_events.clone())
        .put_some("no_data", at, off(is_silent))
        .put_some("budget_left", at, extras.budget_left())
        .put_some("labels", at, spoken(alerts.labels))
        .put_some("annotations", at, spoken(alerts.annotations))
        .some()
}

fn route_node(route: Route) -> Option<Arc<Node>> {
    let severity = route.severity.map(|entry| (entry.key_at, entry.value));
    let (severity_at, severity) = severity.unzip();
    make::map(route.at)
        .put_some("severity", severity_at.unwrap_or(route.at), severity)
        .put_some("labels", route.at, labels::node(route.labels))
        .put_some("annotations", route.at, labels::node(route.annotations))
        .some()
}
