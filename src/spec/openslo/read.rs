//! Small steps of reading that all parts share.

use std::sync::Arc;

use super::objects::Objects;
use crate::diagnostic::codes::{import, spec};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::node::{Entry, Kind, Node};

/// Reads the SLOs of one document.
pub(super) struct Reader<'a, 'd, 's> {
    pub(super) objects: &'a Objects,
    /// Whether the document is of v1alpha.
    pub(super) alpha: bool,
    pub(super) decoder: &'d mut Decoder<'s>,
}

/// The entry of a key with a value.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.get(key).filter(|entry| !entry.value.is_null())
}

/// The value under a chain of keys.
pub(super) fn value<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Arc<Node>> {
    let (last, path) = keys.split_last()?;
    let mut node = node;
    for key in path {
        node = &entry(node, key)?.value;
    }
    Some(&entry(node, last)?.value)
}

/// The text of a scalar that says something.
pub(super) fn word(node: &Node) -> Option<&str> {
    let scalar = node.as_scalar().filter(|scalar| !scalar.is_null())?;
    Some(scalar.text.trim()).filter(|text| !text.is_empty())
}

/// The text under a chain of keys.
pub(super) fn word_at<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n str> {
    word(value(node, keys)?)
}

/// `true`, under a chain of keys.
pub(super) fn flag(node: &Node, keys: &[&str]) -> Option<bool> {
    value(node, keys)?.as_scalar()?.as_bool()
}

/// The items of a list; a single item may go without the list.
pub(super) fn items(node: Option<&Arc<Node>>) -> Vec<&Arc<Node>> {
    match node {
        Some(node) => match &node.kind {
            Kind::Seq(items) => items.iter().collect(),
            _ => vec![node],
        },
        None => Vec::new(),
    }
}

impl Reader<'_, '_, '_> {
    /// It means something else here, and this is what.
    pub(super) fn read_as(&mut self, at: SourceSpan, message: impl Into<String>, help: &str) {
        self.decoder
            .error_with_help(&import::READ_AS, at, message, help);
    }

    /// It has no counterpart here.
    pub(super) fn not_carried_over(&mut self, at: SourceSpan, message: &str, help: &str) {
        self.decoder
            .error_with_help(&import::NOT_CARRIED_OVER, at, message, help);
    }

    /// A key that nothing works without.
    pub(super) fn missing(&mut self, at: SourceSpan, what: &str, key: &str) {
        self.decoder.error_with_help(
            &spec::MISSING_KEY,
            at,
            format!("{what} needs the key `{key}`"),
            format!("add `{key}: …`"),
        );
    }

    /// A value that cannot be read.
    pub(super) fn invalid(&mut self, at: SourceSpan, message: impl Into<String>, help: &str) {
        self.decoder
            .error_with_help(&spec::INVALID_VALUE, at, message, help);
    }
}
