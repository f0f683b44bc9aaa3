//! Pyrra: `ServiceLevelObjective`.

use super::decode::Decoder;
use super::foreign::Translated;
use super::node::Node;

pub(crate) fn translate(_document: &Node, _decoder: &mut Decoder<'_>) -> Vec<Translated> {
    Vec::new()
}
