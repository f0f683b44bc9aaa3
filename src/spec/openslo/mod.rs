//! `OpenSLO` v1 and v1alpha.
//!
//! Whether a document keeps to the specification is another matter: here is reported
//! what cannot be compiled, and what does not mean here what it means there.

mod alerts;
mod budgeting;
mod composite;
mod indicator;
mod labels;
mod names;
mod objective;
mod objects;
mod patch;
mod query;
mod read;
pub(crate) mod sdk;
mod slo;
mod window;

pub(crate) use objects::Objects;

use super::decode::{Decoder, UnknownKeys};
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::node::Node;
use read::Reader;

/// The SLOs of a document in the native format.
pub(crate) fn translate(
    document: &Node,
    format: Format,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    let unknown_keys = std::mem::replace(&mut decoder.unknown_keys, UnknownKeys::Silent);
    let mut reader = Reader {
        objects: &around.objects,
        alpha: format == Format::OpenSloV1Alpha,
        decoder,
    };
    let translated = slo::translate(document, &mut reader);
    decoder.unknown_keys = unknown_keys;
    translated
}
