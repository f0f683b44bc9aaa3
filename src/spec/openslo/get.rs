//! Values of maps whose unknown keys are reported elsewhere.

use std::sync::Arc;

use crate::diagnostic::codes::spec;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::node::{Entry, Kind, Node};

/// The entry of a key, unless nothing was written.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.get(key).filter(|entry| !entry.value.is_null())
}

/// The value of a key, unless nothing was written.
pub(super) fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Arc<Node>> {
    entry(node, key).map(|entry| &entry.value)
}

/// The text of a scalar under a key.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    scalar(value(node, key)?)
}

/// The text of a scalar.
pub(super) fn scalar(node: &Node) -> Option<&str> {
    node.as_scalar().map(|scalar| scalar.text.as_str())
}

/// Whether a key says `true`.
pub(super) fn flag(node: &Node, key: &str) -> bool {
    value(node, key).and_then(|value| value.as_scalar()?.as_bool()) == Some(true)
}

/// The entry of a key that must be there; that it is not is reported.
pub(super) fn required<'n>(
    node: &'n Node,
    key: &str,
    what: &str,
    decoder: &mut Decoder<'_>,
) -> Option<&'n Entry> {
    let found = entry(node, key);
    if found.is_none() {
        let at = node.get(key).map_or(node.head(), |entry| entry.key_at);
        decoder.error_with_help(
            &spec::MISSING_KEY,
            at,
            format!("{what} needs the key `{key}`"),
            format!("add `{key}: …`"),
        );
    }
    found
}

/// The items of a list under a key; something else is reported.
pub(super) fn items<'n>(
    node: &'n Node,
    key: &str,
    decoder: &mut Decoder<'_>,
) -> Option<&'n [Arc<Node>]> {
    let value = value(node, key)?;
    match &value.kind {
        Kind::Seq(items) => Some(items),
        _ => {
            decoder.wrong_type(value, "a list", None);
            None
        }
    }
}

/// Where a key stands, or what stands for the map.
pub(super) fn key_at(node: &Node, key: &str) -> SourceSpan {
    node.get(key).map_or(node.head(), |entry| entry.key_at)
}
