//! `OpenSLO` v1 and v1alpha.
//!
//! What the SDK would refuse and what still has a meaning is read all the same.

mod alerts;
mod annotations;
mod budgeting;
mod composite;
mod get;
mod indicator;
mod metadata;
mod objects;
mod query;
mod slo;
mod target;
mod v1alpha;
mod window;

pub(crate) use objects::Objects;

use super::decode::Decoder;
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::node::Node;

/// What one SLO says: an SLO for each of its objectives, or a composite and its parts.
pub(crate) fn translate(
    document: &Node,
    format: Format,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    let read = match format {
        Format::OpenSloV1Alpha => v1alpha::translate(document, decoder),
        _ => slo::translate(document, &around.objects, decoder),
    };
    read.unwrap_or_default()
}
