//! Sloth: `prometheus/v1`, `PrometheusServiceLevel`, `AlertWindows`.

use std::sync::Arc;

use super::decode::Decoder;
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::node::Node;

/// Catalogues of alert windows, by the period they are for.
#[derive(Debug, Default)]
pub(crate) struct Windows {}

impl Windows {
    /// Takes up an `AlertWindows` document.
    pub(crate) fn add(&mut self, _document: &Arc<Node>, _decoder: &mut Decoder<'_>) {}
}

pub(crate) fn translate(
    _document: &Node,
    _format: Format,
    _around: &Surroundings,
    _decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    Vec::new()
}
