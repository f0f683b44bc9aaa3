//! Sloth: `prometheus/v1`, `PrometheusServiceLevel`, `AlertWindows`.
//!
//! The two formats of SLOs differ in the spelling of their keys and in what stands
//! around them, so one mapping reads both.

mod alerting;
mod keys;
mod labels;
mod plugins;
mod sli;
mod windows;

use std::sync::Arc;

use keys::{Keys, Map};
use plugins::Settings;
pub(crate) use windows::Windows;

use super::decode::{Decoder, UnknownKeys};
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::make;
use super::native::API_VERSION;
use super::node::{Kind, Node};
use crate::diagnostic::codes::spec;

/// Every SLO of a document as a native document of its own.
pub(crate) fn translate(
    document: &Node,
    format: Format,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    decoder.unknown_keys = UnknownKeys::Warning;
    let translated = match format {
        Format::SlothKubernetes => resource(document, around, decoder),
        _ => Map::read(document, "a spec of Sloth", &keys::DOCUMENT, decoder)
            .map(|map| group(&map, &keys::SNAKE, around, decoder)),
    };
    decoder.unknown_keys = UnknownKeys::Error;
    translated.unwrap_or_default()
}

/// What Kubernetes wants stands around the spec.
fn resource(
    document: &Node,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Option<Vec<Translated>> {
    let keys = ["apiVersion", "kind", "metadata", "spec", "status"];
    let map = Map::read(document, "a resource", &keys, decoder)?;
    let spec = map.required("spec", decoder)?;
    let spec = Map::read(spec, "`spec`", &keys::SPEC, decoder)?;
    Some(group(&spec, &keys::CAMEL, around, decoder))
}

/// The SLOs of a service.
fn group(
    map: &Map<'_>,
    keys: &'static Keys,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    let service = map.required("service", decoder);
    let Some(slos) = map.required("slos", decoder) else {
        return Vec::new();
    };
    let Kind::Seq(items) = &slos.kind else {
        decoder.wrong_type(slos, "a list of SLOs", None);
        return Vec::new();
    };
    if items.is_empty() {
        decoder.error_with_help(
            &spec::EMPTY_VALUE,
            slos.at,
            "this list is empty",
            "write at least one SLO",
        );
    }
    let chain = map.get(keys.slo_plugins);
    let group = Group {
        keys,
        service,
        labels: map.get("labels"),
        plugins: chain,
    };
    items
        .iter()
        .filter_map(|item| slo(item, &group, around, decoder))
        .collect()
}

/// What the SLOs of a document share.
struct Group<'n> {
    keys: &'static Keys,
    service: Option<&'n Arc<Node>>,
    labels: Option<&'n Arc<Node>>,
    plugins: Option<&'n Arc<Node>>,
}

fn slo(
    node: &Arc<Node>,
    group: &Group<'_>,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Option<Translated> {
    let before = decoder.errors();
    let keys = group.keys;
    let map = Map::read(node, "an SLO", &keys.slo(), decoder)?;
    let sli = sli::translate(&map, keys, decoder);
    let settings = Settings::read(group.plugins, map.get(keys.plugins), keys, decoder);
    let period = around.default_period.as_ref();
    let pairs = around.windows.pairs(&map, period, decoder);
    let alerts = alerting::translate(&map, keys, pairs, &settings, sli.counts_events, decoder);
    let labels = labels::merge(group.labels, map.get("labels"), &settings.labels, decoder);
    let mut slo = make::map(node.at);
    for key in ["name", "description", "objective"] {
        slo = match map.entry(key) {
            Some(entry) => slo.put(key, entry.key_at, keys::coerced(key, entry, decoder)),
            None => slo,
        };
    }
    if let Some(period) = period {
        slo = slo.put("period", period.at, Arc::clone(period));
    }
    let head = node.head();
    slo = slo.put_some("group_by", head, sli.group_by);
    slo = slo.put("sli", sli.key_at, sli.node);
    slo = slo.put_some("alerts", map.key_at("alerting"), alerts);
    let mut document = make::map(node.at).put("apiVersion", head, make::plain(API_VERSION, head));
    document = document.put_some("service", head, group.service.cloned());
    document = document.put_some("owner", head, labels.owner);
    document = document.put_some("labels", head, labels.others);
    let slos = make::seq(vec![slo.done()], node.at);
    Some(Translated {
        document: document.put("slos", head, slos).done(),
        usable: decoder.errors() == before && group.service.is_some(),
    })
}
