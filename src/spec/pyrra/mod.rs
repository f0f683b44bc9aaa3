//! Pyrra: `ServiceLevelObjective`.

mod alerting;
mod indicator;
mod metadata;
mod selector;

use std::sync::Arc;

use rust_decimal::Decimal;

use super::decode::Decoder;
use super::fields::Fields;
use super::foreign::Translated;
use super::make;
use super::native::API_VERSION;
use super::node::{Node, Scalar};
use crate::diagnostic::codes::{import, spec};
use crate::duration::Duration;

/// What one object says, as a native document.
pub(crate) fn translate(document: &Node, decoder: &mut Decoder<'_>) -> Vec<Translated> {
    object(document, decoder).into_iter().collect()
}

fn object(document: &Node, decoder: &mut Decoder<'_>) -> Option<Translated> {
    const KEYS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
    const SPEC: [&str; 8] = [
        "target",
        "window",
        "description",
        "indicator",
        "alerting",
        "partial_response_strategy",
        "performanceOverAccuracy",
        "ruleOutput",
    ];
    let before = decoder.errors();
    let what = "a ServiceLevelObjective";
    let object = Fields::new(document, what, &KEYS, &[], decoder)?;
    let metadata = metadata::read(required(&object, "metadata", what, decoder)?, decoder)?;
    let spec_node = required(&object, "spec", what, decoder)?;
    let spec = Fields::new(spec_node, "`spec`", &SPEC, &[], decoder)?;
    let head = spec.at;
    let target = required(&spec, "target", "`spec`", decoder);
    let window = required(&spec, "window", "`spec`", decoder);
    let indicator = required(&spec, "indicator", "`spec`", decoder)
        .and_then(|node| indicator::translate(node, decoder));
    let aim = Aim::of(target, window);
    let alerts = alerting::translate(spec_node.get("alerting"), &aim, head, decoder);
    not_needed(spec_node, decoder);

    let complete = target.is_some() && window.is_some();
    let at = |key: &str| spec_node.get(key).map_or(head, |entry| entry.key_at);
    let mut slo = make::map(document.at).put("name", metadata.name.at, metadata.name.clone());
    slo = slo.put_some(
        "description",
        at("description"),
        value(spec_node, "description"),
    );
    let number = |node: &Arc<Node>| match node.as_scalar() {
        Some(scalar) => make::plain(scalar.text.trim(), node.at),
        None => Arc::clone(node),
    };
    let target = target.map_or_else(|| make::plain("99", head), number);
    slo = slo.put("objective", at("target"), target);
    slo = slo.put_some("period", at("window"), window.cloned());
    let indicator = indicator.unwrap_or_else(|| indicator::stand_in(head));
    slo = slo.put_some("group_by", indicator.at, indicator.group_by);
    slo = slo.put("sli", at("indicator"), indicator.sli);
    let alerts = alerts.annotated(metadata.annotations, metadata.runbook_url);
    slo = slo.put_some("alerts", at("alerting"), alerts.some());
    let document = make::map(document.at)
        .put("apiVersion", head, make::plain(API_VERSION, head))
        .put("service", metadata.service.at, metadata.service)
        .put_some("owner", head, metadata.owner)
        .put_some("labels", head, metadata.labels)
        .put("slos", head, make::seq(vec![slo.done()], document.at));
    Some(Translated {
        document: document.done(),
        usable: complete && decoder.errors() == before,
    })
}

/// Target and window, as far as they could be read.
struct Aim {
    target: Option<(Arc<Node>, Decimal)>,
    window: Option<(Arc<Node>, Duration)>,
}

impl Aim {
    fn of(target: Option<&Arc<Node>>, window: Option<&Arc<Node>>) -> Self {
        let target = target.and_then(|node| {
            let percent: Decimal = node.as_scalar()?.text.trim().parse().ok()?;
            let is_percent = percent > Decimal::ZERO && percent < Decimal::ONE_HUNDRED;
            is_percent.then(|| (Arc::clone(node), percent))
        });
        let window = window.and_then(|node| {
            let length = Duration::parse(&node.as_scalar()?.text).ok()?;
            Some((Arc::clone(node), length))
        });
        Self { target, window }
    }
}

/// What Pyrra needs and these rules do not.
fn not_needed(spec: &Node, decoder: &mut Decoder<'_>) {
    let reasons = [
        (
            "partial_response_strategy",
            "is for Thanos Ruler, and set where the rules are loaded",
        ),
        (
            "performanceOverAccuracy",
            "is not needed: long windows are always read from recorded tiles",
        ),
        (
            "ruleOutput",
            "labels the objects that Pyrra writes; use `generate --format operator` for those",
        ),
    ];
    for (key, reason) in reasons {
        let Some(entry) = spec.get(key) else { continue };
        if entry.value.is_null() || entry.value.as_scalar().and_then(Scalar::as_bool) == Some(false)
        {
            continue;
        }
        decoder.error_with_help(
            &import::NOT_CARRIED_OVER,
            entry.key_at,
            format!("`{key}` {reason}"),
            "leave it, or take it out",
        );
    }
}

/// A value that must be there; that it is missing is reported.
fn required<'n>(
    fields: &Fields<'n>,
    key: &str,
    what: &str,
    decoder: &mut Decoder<'_>,
) -> Option<&'n Arc<Node>> {
    let entry = fields.node.get(key);
    if let Some(entry) = entry.filter(|entry| !entry.value.is_null()) {
        return Some(&entry.value);
    }
    decoder.error_with_help(
        &spec::MISSING_KEY,
        entry.map_or(fields.at, |entry| entry.key_at),
        format!("{what} needs the key `{key}`"),
        format!("add `{key}: …`"),
    );
    None
}

/// The value of a key, unless nothing was written.
fn value(node: &Node, key: &str) -> Option<Arc<Node>> {
    let value = &node.get(key)?.value;
    let empty = value
        .as_scalar()
        .is_some_and(|scalar| scalar.text.is_empty());
    (!value.is_null() && !empty).then(|| Arc::clone(value))
}
