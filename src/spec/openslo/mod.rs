//! `OpenSLO` v1 and v1alpha.

pub(crate) mod sdk;

use std::sync::Arc;

use super::decode::Decoder;
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::node::Node;

/// All objects of all files, by kind and name.
#[derive(Debug, Default)]
pub(crate) struct Objects {}

impl Objects {
    /// Takes up an object; says whether it is an SLO.
    pub(crate) fn add(&mut self, _document: &Arc<Node>, _decoder: &mut Decoder<'_>) -> bool {
        false
    }
}

pub(crate) fn translate(
    _document: &Node,
    _format: Format,
    _around: &Surroundings,
    _decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    Vec::new()
}
