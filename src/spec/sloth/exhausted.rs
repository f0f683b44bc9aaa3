//! The plugin that alerts when the budget is used up.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::alerting::Alerts;
use super::keys::{
    ANNOTATIONS, BUDGET_EXHAUSTED, FOR, Key, LEFT_LABELS, LEFT_NAME, LEFT_SELECTOR, LEFT_THRESHOLD,
    Map, Reader,
};
use super::labels;
use crate::diagnostic::{Diagnostic, codes::import};
use crate::slo::Severity;
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Entry, Node};
use crate::spec::values::parse_decimal;

/// How the plugin calls its alert.
const NAME: &str = "ErrorBudgetExhausted";

/// The alert as an item of `budget_left`; `plugin` is the place that names it.
pub(super) fn translate(
    plugin: &Node,
    config: Option<&Entry>,
    alerts: &Alerts,
    reader: &mut Reader<'_, '_>,
) -> Arc<Node> {
    let at = plugin.at;
    let config = config.and_then(|entry| reader.map(&entry.value, &BUDGET_EXHAUSTED));
    let Some(map) = config else {
        let severity = severity(Vec::new(), alerts, reader);
        return item(at, zero(at), severity, make::text(NAME, at));
    };
    let below = reader
        .get(&map, LEFT_THRESHOLD)
        .map_or_else(|| zero(at), |entry| below(entry, reader));
    let name = reader
        .get(&map, LEFT_NAME)
        .map_or_else(|| make::text(NAME, at), |entry| reader.text(entry));
    let written = reader.texts(&map, LEFT_LABELS);
    let severity = severity(written, alerts, reader);
    leave_out(&map, reader);
    item(at, below, severity, name)
}

fn item(at: SourceSpan, below: Arc<Node>, severity: Severity, name: Arc<Node>) -> Arc<Node> {
    let severity = (severity == Severity::Page).then(|| make::plain(severity.name(), at));
    make::map(at)
        .put("below", below.at, below)
        .put_some("severity", at, severity)
        .put("name", name.at, name)
        .done()
}

fn zero(at: SourceSpan) -> Arc<Node> {
    make::plain("0", at)
}

/// The share of the budget that is left, in percent.
fn below(threshold: &Entry, reader: &mut Reader<'_, '_>) -> Arc<Node> {
    let at = threshold.value.at;
    let scalar = threshold.value.as_scalar();
    let Some(share) = scalar
        .filter(|scalar| scalar.is_number())
        .and_then(|scalar| parse_decimal(&scalar.text))
    else {
        reader
            .decoder
            .wrong_type(&threshold.value, "a ratio such as 0.1", None);
        return zero(at);
    };
    let (asked, nearest) = nearest(share);
    if asked != nearest {
        reader.decoder.push(
            Diagnostic::at(
                &import::READ_AS,
                at,
                format!("this alerts from {asked} % of the budget on: read as {nearest} %"),
            )
            .with_help("write 0, or a share from 0.01 to 1"),
        );
    }
    make::plain(nearest.to_string(), at)
}

/// What a ratio asks for in percent, and the nearest that an alert can be on.
fn nearest(share: Decimal) -> (Decimal, Decimal) {
    let asked = share
        .checked_mul(Decimal::ONE_HUNDRED)
        .unwrap_or(Decimal::MAX)
        .normalize();
    let nearest = if asked <= Decimal::ZERO {
        Decimal::ZERO
    } else {
        asked.clamp(Decimal::ONE, Decimal::ONE_HUNDRED)
    };
    (asked, nearest)
}

/// The alert takes the way of a page or a ticket: the one whose `severity` it has.
fn severity(mut written: Vec<Entry>, alerts: &Alerts, reader: &mut Reader<'_, '_>) -> Severity {
    let own = labels::take(&mut written, "severity");
    let default = if alerts.has(Severity::Ticket) || !alerts.has(Severity::Page) {
        Severity::Ticket
    } else {
        Severity::Page
    };
    let asked = own.as_ref().and_then(labels::text_of);
    let found = [Severity::Ticket, Severity::Page].into_iter().find(|way| {
        let value = alerts.severity(*way).unwrap_or_else(|| way.name());
        alerts.has(*way) && asked == Some(value)
    });
    if let (Some(own), None) = (&own, found) {
        reader.decoder.push(
            Diagnostic::at(
                &import::READ_AS,
                own.value.at,
                format!(
                    "this alert leaves as a {} does, with its labels",
                    default.name()
                ),
            )
            .with_help("give it the `severity` that the page or the ticket has"),
        );
    }
    for label in written {
        not_carried(label.key_at, "other labels", reader);
    }
    found.unwrap_or(default)
}

/// Says what else the alert does not have.
fn leave_out(map: &Map<'_>, reader: &mut Reader<'_, '_>) {
    let all: [(Key, &str); 3] = [
        (ANNOTATIONS, "annotations of its own"),
        (LEFT_SELECTOR, "selector of its own"),
        (FOR, "time to wait"),
    ];
    for (key, what) in all {
        if let Some(entry) = reader.get(map, key) {
            not_carried(entry.key_at, what, reader);
        }
    }
}

fn not_carried(key: SourceSpan, what: &str, reader: &mut Reader<'_, '_>) {
    reader.decoder.push(
        Diagnostic::at(
            &import::NOT_CARRIED_OVER,
            key,
            format!("an alert on what is left of the budget has no {what}"),
        )
        .with_help("leave it out: it has those of the page or ticket whose way it takes"),
    );
}
