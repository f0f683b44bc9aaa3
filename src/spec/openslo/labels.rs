//! `metadata.labels`: labels of Prometheus, and the owner.

use std::sync::Arc;

use super::read::{Reader, items, value, word};
use crate::slo::{INFO_LABELS, OWN_LABELS};
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// The owner, and the other labels.
pub(super) struct Labels {
    pub(super) owner: Option<Arc<Node>>,
    pub(super) labels: Option<Arc<Node>>,
}

/// The labels of an object.
pub(super) fn read(document: &Node, reader: &mut Reader<'_, '_, '_>) -> Labels {
    let mut owner = None;
    let mut found: Vec<(String, SourceSpan, Arc<Node>)> = Vec::new();
    let labels = value(document, &["metadata", "labels"]);
    let at = labels.map_or(document.at, |labels| labels.at);
    if let Some(Kind::Map(entries)) = labels.map(|labels| &labels.kind) {
        for entry in entries {
            let Some(text) = text(&entry.value) else {
                continue;
            };
            let node = make::text(text, entry.value.at);
            if entry.key == "owner" {
                owner = Some(node);
            } else if let Some(name) = name(entry, reader) {
                if found.iter().any(|(other, _, _)| *other == name) {
                    let message =
                        format!("there is a label `{name}` already: this one is left out");
                    reader.not_carried_over(entry.key_at, &message, "give it another name");
                } else {
                    found.push((name, entry.key_at, node));
                }
            }
        }
    }
    let map = found
        .into_iter()
        .fold(make::map(at), |map, (name, key_at, node)| {
            map.put(name, key_at, node)
        });
    Labels {
        owner,
        labels: map.some(),
    }
}

/// A value, or several of them in one text.
fn text(node: &Arc<Node>) -> Option<String> {
    let words: Vec<_> = items(Some(node))
        .into_iter()
        .filter_map(|item| word(item))
        .collect();
    (!words.is_empty()).then(|| words.join(","))
}

/// The name that a label has in Prometheus.
fn name(entry: &Entry, reader: &mut Reader<'_, '_, '_>) -> Option<String> {
    let key = &*entry.key;
    let mut name: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    let taken = OWN_LABELS.contains(&&*name) || INFO_LABELS.contains(&&*name);
    if taken || name == "alertname" || name.starts_with("__") || name.is_empty() {
        reader.not_carried_over(
            entry.key_at,
            &format!("the label `{key}` is left out: the rules set `{name}` themselves"),
            "give it another name, if alerts are to have it",
        );
        return None;
    }
    if name != key {
        reader.read_as(
            entry.key_at,
            format!("a label of Prometheus takes letters, digits and `_`: read as `{name}`"),
            "give it such a name, if other tools allow for it",
        );
    }
    Some(name)
}
