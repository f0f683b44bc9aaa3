//! Annotations `slosmith.dev/<path>`: what `OpenSLO` has no key for.

use std::sync::Arc;

use serde_json::Value;
use smol_str::SmolStr;

use super::get;
use crate::diagnostic::codes::spec;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

const PREFIX: &str = "slosmith.dev/";
/// Keys that natively stand beside the SLOs and not in them.
const DOCUMENT_KEYS: [&str; 3] = ["service", "owner", "labels"];

/// Whether an annotation says all of a native key, so that nothing else has to.
pub(super) fn says(annotations: Option<&Arc<Node>>, key: &str) -> bool {
    let name = format!("{PREFIX}{key}");
    annotations.is_some_and(|annotations| annotations.get(&name).is_some())
}

/// An SLO with what annotations say of it, which has precedence.
pub(super) fn patch(
    slo: &Arc<Node>,
    annotations: Option<&Arc<Node>>,
    decoder: &mut Decoder<'_>,
) -> Arc<Node> {
    patched(
        slo,
        annotations,
        |key| !DOCUMENT_KEYS.contains(&key),
        decoder,
    )
}

/// A document with what annotations say of it.
pub(super) fn patch_document(
    document: &Arc<Node>,
    annotations: Option<&Arc<Node>>,
    decoder: &mut Decoder<'_>,
) -> Arc<Node> {
    patched(
        document,
        annotations,
        |key| DOCUMENT_KEYS.contains(&key),
        decoder,
    )
}

fn patched(
    node: &Arc<Node>,
    annotations: Option<&Arc<Node>>,
    concerns: impl Fn(&str) -> bool,
    decoder: &mut Decoder<'_>,
) -> Arc<Node> {
    let Some(Kind::Map(entries)) = annotations.map(|annotations| &annotations.kind) else {
        return Arc::clone(node);
    };
    let mut node = Arc::clone(node);
    for entry in entries {
        let Some(path) = entry.key.strip_prefix(PREFIX) else {
            continue;
        };
        let keys: Vec<&str> = path.split('.').collect();
        if keys.first().is_some_and(|key| concerns(key))
            && let Some(value) = value(&entry.value, decoder)
        {
            node = put(&node, &keys, entry.key_at, value);
        }
    }
    node
}

/// The value, which is YAML in a text.
fn value(node: &Node, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
    let text = get::scalar(node)?;
    match serde_yaml::from_str::<Value>(text) {
        Ok(value) => Some(made(&value, node.at)),
        Err(_) => {
            decoder.error_with_help(
                &spec::INVALID_YAML,
                node.at,
                "this annotation holds no YAML",
                "write the value of the native key, such as `{objective: 99.5}`",
            );
            None
        }
    }
}

fn made(value: &Value, at: SourceSpan) -> Arc<Node> {
    match value {
        Value::Null => make::plain("", at),
        Value::Bool(value) => make::plain(value.to_string(), at),
        Value::Number(number) => make::plain(number.to_string(), at),
        Value::String(text) => make::text(text.as_str(), at),
        Value::Array(items) => make::seq(items.iter().map(|item| made(item, at)).collect(), at),
        Value::Object(map) => map
            .iter()
            .fold(make::map(at), |all, (key, value)| {
                all.put(key.as_str(), at, made(value, at))
            })
            .done(),
    }
}

/// The node with the value at the end of a path of keys.
fn put(node: &Arc<Node>, keys: &[&str], key_at: SourceSpan, value: Arc<Node>) -> Arc<Node> {
    let [key, rest @ ..] = keys else {
        return value;
    };
    let mut entries = match &node.kind {
        Kind::Map(entries) => entries.clone(),
        _ => Vec::new(),
    };
    let known = entries.iter_mut().find(|entry| &*entry.key == *key);
    match known {
        Some(entry) => entry.value = put(&entry.value, rest, key_at, value),
        None => {
            let empty = Arc::new(Node::map(Vec::new(), key_at));
            entries.push(Entry {
                key: SmolStr::new(key),
                key_at,
                value: put(&empty, rest, key_at, value),
            });
        }
    }
    Arc::new(Node::map(entries, node.at))
}
