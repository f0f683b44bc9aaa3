//! Name, service, labels and annotations.

use std::sync::Arc;

use super::keys::Map;
use super::not_carried_over;
use crate::slo::{INFO_LABELS, OWN_LABELS};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// Labels and annotations that begin with it are about the SLO, others only about the
/// Kubernetes object.
const PREFIX: &str = "pyrra.dev/";
/// The namespace of objects that name none.
const DEFAULT_NAMESPACE: &str = "default";

/// What `metadata` says about an SLO; values come with the places of their keys.
pub(super) struct Metadata {
    /// A place that stands for it.
    pub(super) at: SourceSpan,
    pub(super) name: (SourceSpan, Arc<Node>),
    pub(super) service: (SourceSpan, Arc<Node>),
    pub(super) owner: Option<Entry>,
    pub(super) labels: Vec<Entry>,
    pub(super) annotations: Vec<Entry>,
}

/// `None` when there is no name: nothing can be made without one.
pub(super) fn read(map: &Map<'_>, decoder: &mut Decoder<'_>) -> Option<Metadata> {
    map.required("name", decoder);
    let mut labels = own(map.texts("labels", decoder));
    let annotations = own(map.texts("annotations", decoder));
    let name = map.text("name", decoder).or_else(|| {
        // Only blanks; says so natively.
        map.get("name").cloned()
    })?;
    let service = take(&mut labels, "service").or_else(|| map.text("namespace", decoder));
    let service = service.map(|entry| (entry.key_at, entry.value));
    let default = || {
        let at = name.value.at;
        (at, make::text(DEFAULT_NAMESPACE, at))
    };
    Some(Metadata {
        at: map.at(),
        service: service.unwrap_or_else(default),
        owner: take(&mut labels, "owner"),
        labels: not_set_by_us(labels, decoder),
        annotations,
        name: (name.key_at, name.value),
    })
}

/// Those that are about the SLO, without their prefix.
fn own(entries: Vec<Entry>) -> Vec<Entry> {
    let stripped = entries.into_iter().filter_map(|entry| {
        let key = entry.key.strip_prefix(PREFIX)?.into();
        Some(Entry { key, ..entry })
    });
    stripped.collect()
}

/// Takes the entry of a key out; an empty one is as good as none.
pub(super) fn take(entries: &mut Vec<Entry>, key: &str) -> Option<Entry> {
    let index = entries.iter().position(|entry| &*entry.key == key)?;
    let entry = entries.remove(index);
    let text = entry.value.as_scalar().map(|scalar| scalar.text.trim());
    (text != Some("")).then_some(entry)
}

/// Leaves out labels that slosmith sets itself.
fn not_set_by_us(labels: Vec<Entry>, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    let (set, kept): (Vec<_>, Vec<_>) = labels
        .into_iter()
        .partition(|label| OWN_LABELS.contains(&&*label.key) || INFO_LABELS.contains(&&*label.key));
    for label in set {
        let name = &label.key;
        not_carried_over(
            label.key_at,
            &format!("the label `{name}` is left out: slosmith sets one of that name itself"),
            "give it another name if something reads it",
            decoder,
        );
    }
    kept
}

/// A map of labels or annotations, if there are any.
pub(super) fn node(entries: Vec<Entry>) -> Option<Arc<Node>> {
    let map = make::map(entries.first()?.key_at);
    let map = entries.into_iter().fold(map, |map, entry| {
        map.put(entry.key, entry.key_at, entry.value)
    });
    map.some()
}
