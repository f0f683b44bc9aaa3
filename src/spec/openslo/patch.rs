//! Annotations `slosmith.dev/<path>`: what a native SLO can say and `OpenSLO` cannot.

use std::sync::Arc;

use super::read::{Reader, value};
use crate::diagnostic::{Diagnostics, codes::spec};
use crate::source::{SourceSpan, Sources, TextMap};
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};
use crate::spec::reader::documents;

const PREFIX: &str = "slosmith.dev/";

/// A value for a key of a native SLO.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) path: Vec<String>,
    pub(super) key_at: SourceSpan,
    pub(super) value: Arc<Node>,
}

/// The annotations of an object that are for a native SLO.
pub(super) fn read(document: &Node, reader: &mut Reader<'_, '_, '_>) -> Vec<Patch> {
    let annotations = value(document, &["metadata", "annotations"]);
    let Some(Kind::Map(entries)) = annotations.map(|annotations| &annotations.kind) else {
        return Vec::new();
    };
    let mut patches = Vec::new();
    for entry in entries {
        let Some(path) = entry.key.strip_prefix(PREFIX) else {
            continue;
        };
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) || path.len() > 8 {
            reader.invalid(
                entry.key_at,
                format!("`{}` names no key of an SLO", entry.key),
                "write the keys with dots between them, as in `slosmith.dev/alerts.page`",
            );
            continue;
        }
        patches.extend(parse(entry, reader).map(|value| Patch {
            path,
            key_at: entry.key_at,
            value,
        }));
    }
    patches
}

/// The value of an annotation, which is YAML in a text.
fn parse(entry: &Entry, reader: &mut Reader<'_, '_, '_>) -> Option<Arc<Node>> {
    let Some(scalar) = entry.value.as_scalar() else {
        return Some(Arc::clone(&entry.value));
    };
    let mut sources = Sources::default();
    let id = sources.add("", scalar.text.clone());
    let mut found = Diagnostics::default();
    let read = documents(&sources, id, &mut found);
    if let Some(problem) = found.sorted().first() {
        reader.decoder.error_with_help(
            &spec::INVALID_YAML,
            entry.value.at,
            format!("the value of `{}` is YAML: {}", entry.key, problem.message),
            "correct the text, or try it in a file of its own",
        );
        return None;
    }
    let Some(only) = read.first() else {
        reader.decoder.error_with_help(
            &spec::EMPTY_VALUE,
            entry.value.at,
            format!("`{}` has no value", entry.key),
            "write a value, or leave the annotation out",
        );
        return None;
    };
    Some(moved(only, entry.value.at))
}

/// A value that was parsed elsewhere, at a place of this file.
fn moved(node: &Node, at: SourceSpan) -> Arc<Node> {
    match &node.kind {
        Kind::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            scalar.made_of = Some(TextMap::whole(at));
            Arc::new(Node {
                kind: Kind::Scalar(scalar),
                at,
                weight: 0,
            })
        }
        Kind::Seq(items) => make::seq(items.iter().map(|item| moved(item, at)).collect(), at),
        Kind::Map(entries) => entries
            .iter()
            .fold(make::map(at), |map, entry| {
                map.put(entry.key.clone(), at, moved(&entry.value, at))
            })
            .done(),
    }
}

/// A map with a value put under a chain of keys.
pub(super) fn apply(node: &Arc<Node>, keys: &[String], patch: &Patch) -> Arc<Node> {
    let Some((key, rest)) = keys.split_first() else {
        return Arc::clone(&patch.value);
    };
    let mut entries = match &node.kind {
        Kind::Map(entries) => entries.clone(),
        // What is there has no keys, such as `off`.
        Kind::Scalar(_) | Kind::Seq(_) => Vec::new(),
    };
    let empty = || make::map(patch.key_at).done();
    if let Some(entry) = entries.iter_mut().find(|entry| entry.key == key.as_str()) {
        entry.value = apply(&entry.value, rest, patch);
    } else {
        entries.push(Entry {
            key: key.into(),
            key_at: patch.key_at,
            value: apply(&empty(), rest, patch),
        });
    }
    Arc::new(Node::map(entries, node.at))
}

/// The value of the patch of a key as a whole.
pub(super) fn of<'p>(patches: &'p [Patch], key: &str) -> Option<&'p Patch> {
    patches
        .iter()
        .find(|patch| patch.path.len() == 1 && patch.path[0] == key)
}
