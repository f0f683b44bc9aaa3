//! Labels: those of the SLO over those of its document.

use std::sync::Arc;

use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::node::{Entry, Kind, Node};

use super::keys::coerced;

/// The label that natively is a key of its own.
const OWNER: &str = "owner";

/// Labels of an SLO.
pub(super) struct Labels {
    pub(super) owner: Option<Arc<Node>>,
    pub(super) others: Option<Arc<Node>>,
}

/// Later ones win: document, SLO, then what plugins add.
pub(super) fn merge(
    document: Option<&Arc<Node>>,
    slo: Option<&Arc<Node>>,
    added: &[Entry],
    decoder: &mut Decoder<'_>,
) -> Labels {
    let mut merged: Vec<Entry> = Vec::new();
    for labels in [document, slo].into_iter().flatten() {
        for entry in entries(labels, "labels", decoder) {
            put(&mut merged, entry);
        }
    }
    for entry in added {
        put(&mut merged, entry.clone());
    }
    let is_owner = |entry: &Entry| entry.key == OWNER;
    let owner = merged.iter().find(|entry| is_owner(entry));
    let owner = owner.map(|entry| Arc::clone(&entry.value));
    merged.retain(|entry| !is_owner(entry));
    let at = slo.or(document).map(|labels| labels.at);
    Labels {
        owner,
        others: at
            .or_else(|| merged.first().map(|entry| entry.key_at))
            .filter(|_| !merged.is_empty())
            .map(|at| Arc::new(Node::map(merged, at))),
    }
}

fn put(merged: &mut Vec<Entry>, entry: Entry) {
    match merged.iter_mut().find(|known| known.key == entry.key) {
        Some(known) => *known = entry,
        None => merged.push(entry),
    }
}

/// Keys and values, each value as the text that Sloth makes of it.
pub(super) fn entries(node: &Node, what: &str, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    let Kind::Map(entries) = &node.kind else {
        decoder.wrong_type(node, &format!("{what} (keys with texts)"), None);
        return Vec::new();
    };
    entries
        .iter()
        .map(|entry| Entry {
            value: coerced(
                &entry.key,
                &Entry {
                    key: "".into(),
                    ..entry.clone()
                },
                decoder,
            ),
            ..entry.clone()
        })
        .collect()
}

/// The same as a map, unless there is none.
pub(super) fn texts(node: Option<&Arc<Node>>, what: &str, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    node.map(|node| entries(node, what, decoder))
        .unwrap_or_default()
}

/// A map of entries, unless there is none.
pub(super) fn map(entries: Vec<Entry>, at: SourceSpan) -> Option<Arc<Node>> {
    (!entries.is_empty()).then(|| Arc::new(Node::map(entries, at)))
}
