//! The native format, `slosmith/v1`.

mod alerts;
mod convert;
mod defaults;
mod shape;
mod sli;

pub(crate) use defaults::DirectoryDefaults;
pub(crate) use shape::{API_VERSION, json_schema};

use super::decode::{Decode, Decoder};
use super::load::Outline;
use super::node::Node;
use crate::slo::Slo;

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
    let Some(spec) =
        shape::Document::decode(&defaults::apply_to_document(document, &layers), decoder)
    else {
        return Vec::new();
    };
    spec.slos
        .iter()
        .map(|slo| {
            let whole = slo.node.at;
            if let Some(name) = slo.node.get("name") {
                decoder.enter(whole, name.value.at);
            }
            let met = convert::slo(&spec, &slo.node, &layers, decoder);
            decoder.leave();
            met
        })
        .collect()
}
