//! Name, service, labels and annotations.

use std::sync::Arc;

use super::required;
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// What labels and annotations begin with that are meant for the rules.
const PREFIX: &str = "pyrra.dev/";
/// Where Kubernetes puts what names no namespace.
const DEFAULT_NAMESPACE: &str = "default";

pub(super) struct Metadata {
    pub(super) name: Arc<Node>,
    pub(super) service: Arc<Node>,
    pub(super) owner: Option<Arc<Node>>,
    pub(super) labels: Option<Arc<Node>>,
    pub(super) annotations: Option<Arc<Node>>,
    pub(super) runbook_url: Option<Arc<Node>>,
}

/// An object has no service: it is the label `pyrra.dev/service`, else the namespace.
pub(super) fn read(node: &Node, decoder: &mut Decoder<'_>) -> Option<Metadata> {
    let Kind::Map(entries) = &node.kind else {
        decoder.wrong_type(node, "`metadata` (a map with `name`)", None);
        return None;
    };
    let known: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    // Kubernetes has many more keys here, and none of them is for the rules.
    let fields = Fields::new(node, "`metadata`", &known, &[], decoder)?;
    let name = Arc::clone(required(&fields, "name", "`metadata`", decoder)?);
    let (mut labels, labels_at) = prefixed(node, "labels", decoder);
    let (mut annotations, annotations_at) = prefixed(node, "annotations", decoder);
    let service = take(&mut labels, "service")
        .or_else(|| super::value(node, "namespace"))
        .unwrap_or_else(|| make::text(DEFAULT_NAMESPACE, name.at));
    let owner = take(&mut labels, "owner");
    let runbook_url = take(&mut annotations, "runbook_url");
    let map =
        |entries: Vec<Entry>, at| (!entries.is_empty()).then(|| Arc::new(Node::map(entries, at)));
    Some(Metadata {
        service,
        owner,
        labels: map(labels, labels_at.unwrap_or(node.at)),
        annotations: map(annotations, annotations_at.unwrap_or(node.at)),
        runbook_url,
        name,
    })
}

/// Those that are meant for the rules, without the prefix, and where they all stand.
fn prefixed(
    metadata: &Node,
    key: &str,
    decoder: &mut Decoder<'_>,
) -> (Vec<Entry>, Option<crate::source::SourceSpan>) {
    let Some(entry) = metadata.get(key).filter(|entry| !entry.value.is_null()) else {
        return (Vec::new(), None);
    };
    let Kind::Map(entries) = &entry.value.kind else {
        decoder.wrong_type(&entry.value, "keys with texts", None);
        return (Vec::new(), None);
    };
    let meant = entries.iter().filter_map(|entry| {
        let name = entry.key.strip_prefix(PREFIX)?;
        Some(Entry {
            key: name.into(),
            ..entry.clone()
        })
    });
    (meant.collect(), Some(entry.value.at))
}

fn take(entries: &mut Vec<Entry>, key: &str) -> Option<Arc<Node>> {
    let found = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(found).value)
}
