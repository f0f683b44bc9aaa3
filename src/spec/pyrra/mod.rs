//! Pyrra: `ServiceLevelObjective`.
//!
//! What Pyrra does otherwise and is not imitated: factors 14, 7, 2 and 1 over windows
//! that shrink with the period, so that some alerts never fire (`IMP004`) and short
//! periods have windows of a minute; an error counter that does not exist yet makes
//! "no data" of "no errors"; labels that a regular expression matches split what is
//! recorded over the whole window without being asked to; two SLOs of one metric share
//! a series name. A boolean gauge counts its samples there and its values at each
//! evaluation here, which is the same for a series that is scraped without gaps.

mod alerting;
mod goal;
mod keys;
mod latency;
mod metadata;
mod metric;
mod severities;
mod sli;

use std::sync::Arc;

use goal::Goal;
use keys::{METADATA, Map, RESOURCE, RULE_OUTPUT, SPEC};
use metadata::Metadata;

use super::decode::Decoder;
use super::foreign::Translated;
use super::make;
use super::native;
use super::node::Node;
use crate::diagnostic::{Diagnostic, codes::import};
use crate::source::SourceSpan;

/// The SLO of a resource, as a native document.
pub(crate) fn translate(document: &Node, decoder: &mut Decoder<'_>) -> Vec<Translated> {
    let before = decoder.errors();
    let metadata = document.get("metadata");
    if let Some(name) = metadata.and_then(|entry| entry.value.get("name")) {
        decoder.enter(document.at, name.value.at);
    }
    let translated = read(document, decoder);
    decoder.leave();
    let usable = decoder.errors() == before;
    let translated = translated.map(|document| Translated { document, usable });
    translated.into_iter().collect()
}

/// `None` when there is nothing that could be checked further.
fn read(document: &Node, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
    let resource = keys::map(document, &RESOURCE, decoder)?;
    let metadata = resource
        .required("metadata", decoder)
        .and_then(|entry| keys::map(&entry.value, &METADATA, decoder))
        .and_then(|map| metadata::read(&map, decoder));
    let spec = resource
        .required("spec", decoder)
        .and_then(|entry| keys::map(&entry.value, &SPEC, decoder))?;
    without_effect(&spec, decoder);
    let goal = goal::read(&spec, decoder);
    let description = spec.text("description", decoder);
    let indicator = spec.required("indicator", decoder);
    let sli = indicator.map(|entry| (entry.key_at, sli::translate(entry, decoder)));
    let annotations = metadata
        .as_ref()
        .map(|metadata| metadata.annotations.clone());
    let alerts = alerting::translate(&spec, annotations.unwrap_or_default(), &goal, decoder);
    let Metadata {
        at,
        name: (name_at, name),
        service: (service_at, service),
        owner,
        labels,
        ..
    } = metadata?;
    let (description_at, description) = description.map(|text| (text.key_at, text.value)).unzip();
    let (sli_at, sli) = sli.unwrap_or_else(|| (spec.at(), sli::stand_in(spec.at())));
    let Goal {
        objective, period, ..
    } = goal;
    let slo = make::map(document.at)
        .put("name", name_at, name)
        .put_some("description", description_at.unwrap_or(at), description)
        .put("objective", objective.key_at, objective.value)
        .put_some(
            "period",
            period.as_ref().map_or(at, |period| period.key_at),
            period.map(|period| period.value),
        )
        .put_some("group_by", sli_at, sli.group_by)
        .put("sli", sli_at, sli.node)
        .put_some("alerts", spec.at(), alerts)
        .done();
    let (owner_at, owner) = owner.map(|owner| (owner.key_at, owner.value)).unzip();
    let labels = metadata::node(labels);
    let native = make::map(document.at)
        .put("apiVersion", at, make::plain(native::API_VERSION, at))
        .put("service", service_at, service)
        .put_some("owner", owner_at.unwrap_or(at), owner)
        .put_some("labels", labels.as_ref().map_or(at, |node| node.at), labels)
        .put("slos", at, make::seq(vec![slo], document.at));
    Some(native.done())
}

/// Reports what there is no need for here.
fn without_effect(spec: &Map<'_>, decoder: &mut Decoder<'_>) {
    if let Some(entry) = spec.text("partial_response_strategy", decoder) {
        const WORDS: [&str; 2] = ["abort", "warn"];
        let text = entry.value.as_scalar().map_or("", |scalar| &scalar.text);
        match text {
            "abort" => not_carried_over(
                entry.key_at,
                "rule groups have no `partial_response_strategy` here",
                "nothing is missing: `abort` is what Thanos Ruler does by itself",
                decoder,
            ),
            "warn" => not_carried_over(
                entry.key_at,
                "rule groups have no `partial_response_strategy` here",
                "nothing is missing in Prometheus; Thanos Ruler would stop at partial answers",
                decoder,
            ),
            other => decoder.unknown_word(&entry.value, other, &WORDS),
        }
    }
    if spec.is("performanceOverAccuracy", false, decoder) {
        not_carried_over(
            spec.get("performanceOverAccuracy")
                .map_or(spec.at(), |entry| entry.key_at),
            "there is no choice between performance and accuracy here",
            "nothing is missing: long windows are always derived from what was recorded",
            decoder,
        );
    }
    let Some((_, output)) = spec.inner("ruleOutput", &RULE_OUTPUT, decoder) else {
        return;
    };
    for key in ["shortRulesLabels", "longRulesLabels"] {
        if let Some(entry) = output.get(key) {
            not_carried_over(
                entry.key_at,
                "the rules are not split into short and long ones, so no labels tell them apart",
                "labels of the files' Kubernetes objects are set where these are deployed",
                decoder,
            );
        }
    }
    if output.is("enableDescriptionAsLabel", false, decoder) {
        not_carried_over(
            output
                .get("enableDescriptionAsLabel")
                .map_or(output.at(), |entry| entry.key_at),
            "the description is no label: with each new wording, new series would begin",
            "alerts say the description in an annotation; for a label, write one `pyrra.dev/…`",
            decoder,
        );
    }
}

fn not_carried_over(at: SourceSpan, message: &str, help: &str, decoder: &mut Decoder<'_>) {
    decoder.push(Diagnostic::at(&import::NOT_CARRIED_OVER, at, message).with_help(help));
}
