//! Whom to alert: `alerting`, and annotations of the resource.

use std::sync::Arc;

use super::goal::{self, Goal};
use super::keys::{ALERTING, Map};
use super::metadata;
use super::not_carried_over;
use super::severities::{self, Severities};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// `alerts` in the native format.
pub(super) fn translate(
    spec: &Map<'_>,
    mut annotations: Vec<Entry>,
    goal: &Goal,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let written = spec.inner("alerting", &ALERTING, decoder);
    let at = written
        .as_ref()
        .map_or(spec.at(), |(entry, _)| entry.key_at);
    let alerting = written.map(|(_, map)| map);
    let alerting = alerting.as_ref();
    let burns = wants(alerting, "burnrates", decoder);
    let misses = wants(alerting, "absent", decoder);
    let severities = severities::read(alerting, decoder);
    if !burns {
        if misses {
            warn_of_silence(alerting, at, decoder);
        }
        return Some(silent(at));
    }
    goal::check_alerts(goal, decoder);
    let Severities {
        page,
        ticket,
        no_data,
        pairs,
    } = severities.translate(at, goal, misses, decoder);
    let text = |key: &str| {
        let entry = alerting?.text(key, decoder)?;
        Some((entry.key_at, entry.value))
    };
    let (name_at, name) = text("name").unzip();
    let (no_data_at, no_data_name) = text("absentName").unzip();
    let no_data = if misses {
        make::map(no_data_at.unwrap_or(at))
            .put_some("severity", at, no_data)
            .put_some("name", no_data_at.unwrap_or(at), no_data_name)
            .some()
    } else {
        Some(make::plain("off", at))
    };
    let runbook = metadata::take(&mut annotations, "runbook_url");
    let (runbook_at, runbook) = runbook.map(|entry| (entry.key_at, entry.value)).unzip();
    make::map(at)
        .put_some("name", name_at.unwrap_or(at), name)
        .put("page", at, page)
        .put("ticket", at, ticket)
        .put_some("pairs", at, pairs)
        .put_some("no_data", at, no_data)
        .put_some("annotations", at, metadata::node(annotations))
        .put_some("runbook_url", runbook_at.unwrap_or(at), runbook)
        .some()
}

/// Whether alerts of a kind are made. `disabled` is an older word for none at all.
fn wants(alerting: Option<&Map<'_>>, key: &str, decoder: &mut Decoder<'_>) -> bool {
    alerting.is_none_or(|map| map.is(key, true, decoder) && !map.is("disabled", false, decoder))
}

/// Alerts on missing data leave as pages or tickets, which are both off.
fn warn_of_silence(alerting: Option<&Map<'_>>, at: SourceSpan, decoder: &mut Decoder<'_>) {
    let burnrates = alerting.and_then(|map| map.get("burnrates"));
    not_carried_over(
        burnrates.map_or(at, |entry| entry.value.at),
        "without alerts on burn rates there is none on missing data here: it leaves as they do",
        "`absent: false` says that none is wanted; `slosmith check` tells of missing data, too",
        decoder,
    );
}

fn silent(at: SourceSpan) -> Arc<Node> {
    let off = || make::plain("off", at);
    let alerts = make::map(at)
        .put("page", at, off())
        .put("ticket", at, off());
    alerts.put("no_data", at, off()).done()
}
