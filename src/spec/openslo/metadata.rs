//! Name, labels and annotations of an object.

use std::sync::Arc;

use super::get;
use crate::diagnostic::codes::import;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// The label that natively is a key of its own.
const OWNER: &str = "owner";

pub(super) struct Metadata<'n> {
    pub(super) name: &'n Arc<Node>,
    pub(super) display_name: Option<&'n Arc<Node>>,
    pub(super) owner: Option<Arc<Node>>,
    pub(super) labels: Option<Arc<Node>>,
    pub(super) annotations: Option<&'n Arc<Node>>,
}

pub(super) fn read<'n>(document: &'n Node, decoder: &mut Decoder<'_>) -> Option<Metadata<'n>> {
    let metadata = &get::required(document, "metadata", "an SLO", decoder)?.value;
    let name = &get::required(metadata, "name", "`metadata`", decoder)?.value;
    let mut labels = get::entry(metadata, "labels")
        .map(|entry| labels(&entry.value, decoder))
        .unwrap_or_default();
    let owner = labels.iter().position(|entry| entry.key == OWNER);
    let owner = owner.map(|index| labels.remove(index).value);
    let at = get::key_at(metadata, "labels");
    Some(Metadata {
        name,
        display_name: get::value(metadata, "displayName"),
        owner,
        labels: (!labels.is_empty()).then(|| Arc::new(Node::map(labels, at))),
        annotations: get::value(metadata, "annotations"),
    })
}

/// Labels as Prometheus knows them: `OpenSLO` has more signs in names, and lists as values.
fn labels(node: &Node, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    let Kind::Map(entries) = &node.kind else {
        decoder.wrong_type(node, "labels (keys with texts)", None);
        return Vec::new();
    };
    let mut known: Vec<Entry> = Vec::new();
    for entry in entries {
        let Some(value) = label_value(&entry.value) else {
            continue;
        };
        let key = label_name(&entry.key);
        if key != *entry.key {
            renamed(&entry.key, &key, entry.key_at, decoder);
        }
        if !known.iter().any(|other| *other.key == *key) {
            known.push(Entry {
                key: key.into(),
                key_at: entry.key_at,
                value,
            });
        }
    }
    known
}

fn label_value(node: &Arc<Node>) -> Option<Arc<Node>> {
    match &node.kind {
        Kind::Seq(items) => {
            let texts: Vec<&str> = items.iter().filter_map(|item| get::scalar(item)).collect();
            (!texts.is_empty()).then(|| make::text(texts.join(","), node.at))
        }
        Kind::Scalar(scalar) if scalar.is_null() || scalar.text.is_empty() => None,
        _ => Some(Arc::clone(node)),
    }
}

fn label_name(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = key.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

fn renamed(key: &str, name: &str, at: SourceSpan, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &import::READ_AS,
        at,
        format!("`{key}` is no label of Prometheus; it is called `{name}`"),
        "use letters, digits and `_`",
    );
}
