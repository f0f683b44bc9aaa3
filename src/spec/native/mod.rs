//! The native format, `slosmith/v1`.

mod alerts;
mod convert;
mod defaults;
mod misplaced;
mod shape;
mod sli;

pub(crate) use defaults::DirectoryDefaults;
pub(crate) use shape::{API_VERSION, json_schema};
pub(crate) use sli::histogram;

use super::decode::{Decode, Decoder};
use super::load::Outline;
use super::node::{Kind, Node};
use super::values::{Deferred, Name};
use crate::slo::Slo;
use crate::source::Located;

/// An SLO that was met in a spec, whether or not it could be read.
pub(crate) struct Met {
    /// Its name and place, as far as they are known.
    pub(crate) outline: Option<Outline>,
    /// The SLO, unless there were errors.
    pub(crate) slo: Option<Slo>,
}

/// Whether a document holds defaults for a directory.
pub(crate) fn is_defaults(document: &Node) -> bool {
    document.get("defaults").is_some()
        && document.get("service").is_none()
        && document.get("slos").is_none()
}

/// Reads the SLOs of a document.
pub(crate) fn read(
    document: &Node,
    directory: &DirectoryDefaults,
    decoder: &mut Decoder<'_>,
) -> Vec<Met> {
    let name = &decoder.sources.get(document.at.source).name;
    let mut layers = directory.layers(name);
    if let Some(entry) = document.get("defaults") {
        let before = decoder.errors();
        shape::Defaults::decode(&entry.value, decoder);
        if decoder.errors() == before {
            layers.insert(0, entry.value.clone());
        }
    }
    let merged = defaults::apply_to_document(document, &layers);
    let read = shape::Document::decode(&merged, decoder);
    let usable = read.is_some();
    let Some(spec) = read.or_else(|| stand_in(document)) else {
        return Vec::new();
    };
    spec.slos
        .iter()
        .map(|slo| {
            let whole = slo.node.at;
            if let Some(name) = slo.node.get("name") {
                decoder.enter(whole, name.value.at);
            }
            let mut met = convert::slo(&spec, &slo.node, &layers, decoder);
            decoder.leave();
            if !usable {
                met.slo = None;
                met.outline = met.outline.filter(|outline| !outline.id.service.is_empty());
            }
            met
        })
        .collect()
}

/// A document and its SLOs with what defaults say for them.
pub(crate) fn with_defaults(
    document: &Node,
    directory: &DirectoryDefaults,
    file: &str,
) -> (Node, Vec<Node>) {
    let mut layers = directory.layers(file);
    layers.splice(
        0..0,
        document.get("defaults").map(|entry| entry.value.clone()),
    );
    let slos = match document.get("slos").map(|entry| &entry.value.kind) {
        Some(Kind::Seq(slos)) => slos.as_slice(),
        _ => &[],
    };
    let slos = slos.iter().map(|slo| defaults::apply_to_slo(slo, &layers));
    (
        defaults::apply_to_document(document, &layers),
        slos.collect(),
    )
}

/// What there is of a document that cannot be used, so that its SLOs are checked all the same.
fn stand_in(document: &Node) -> Option<shape::Document> {
    let service = document.get("service");
    let name = service.and_then(|entry| Some(entry.value.as_scalar()?.text.clone()));
    let Kind::Seq(slos) = &document.get("slos")?.value.kind else {
        return None;
    };
    Some(shape::Document {
        at: document.at,
        apiVersion: shape::ApiVersion,
        service: Located::new(
            Name(name.unwrap_or_default()),
            service.map_or(document.at, |entry| entry.value.at),
        ),
        owner: None,
        labels: None,
        defaults: None,
        slos: slos.iter().map(|slo| Deferred::new(slo)).collect(),
    })
}
