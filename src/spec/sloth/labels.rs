//! Labels: those of the group under those of the SLO, and the ones that slosmith
//! sets itself, which need another place or none.

use crate::diagnostic::{Diagnostic, codes::import};
use crate::slo::{INFO_LABELS, OWN_LABELS};
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Entry;

use std::sync::Arc;

use crate::spec::node::Node;

/// What the labels of slosmith's own are set to in an SLO.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    pub(super) service: Option<String>,
    pub(super) slo: Option<String>,
    pub(super) owner: Option<String>,
}

impl Own {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "service" => self.service.as_deref(),
            "slo" => self.slo.as_deref(),
            "owner" => self.owner.as_deref(),
            _ => None,
        }
    }
}

/// `below` with `above` over it.
pub(super) fn merge(below: &[Entry], above: Vec<Entry>) -> Vec<Entry> {
    let is_kept = |entry: &&Entry| above.iter().all(|other| other.key != entry.key);
    let mut merged: Vec<Entry> = below.iter().filter(is_kept).cloned().collect();
    merged.extend(above);
    merged
}

/// Takes the entry of a key out.
pub(super) fn take(entries: &mut Vec<Entry>, key: &str) -> Option<Entry> {
    let index = entries.iter().position(|entry| &*entry.key == key)?;
    Some(entries.remove(index))
}

/// The text of a label.
pub(super) fn text_of(entry: &Entry) -> Option<&str> {
    let scalar = entry.value.as_scalar()?;
    Some(scalar.text.as_str())
}

/// Labels of an SLO without those that slosmith sets itself.
pub(super) fn of_slo(labels: Vec<Entry>, own: &Own, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    let reserved = |name: &str| OWN_LABELS.contains(&name) || INFO_LABELS.contains(&name);
    without(labels, own, reserved, decoder)
}

/// Labels of alerts without those that slosmith sets itself.
pub(super) fn of_alerts(labels: Vec<Entry>, own: &Own, decoder: &mut Decoder<'_>) -> Vec<Entry> {
    without(labels, own, |name| OWN_LABELS.contains(&name), decoder)
}

/// Those that say the same go without a word.
fn without(
    labels: Vec<Entry>,
    own: &Own,
    reserved: impl Fn(&str) -> bool,
    decoder: &mut Decoder<'_>,
) -> Vec<Entry> {
    let mut kept = Vec::new();
    for label in labels {
        if !reserved(&label.key) {
            kept.push(label);
            continue;
        }
        let name = &*label.key;
        if own.value(name).is_some() && own.value(name) == text_of(&label) {
            continue;
        }
        let message =
            format!("the label `{name}` is left out: slosmith sets one of that name itself");
        let help = "give it another name if something reads it";
        decoder
            .push(Diagnostic::at(&import::NOT_CARRIED_OVER, label.key_at, message).with_help(help));
    }
    kept
}

/// A map of labels, if there are any.
pub(super) fn node(entries: Vec<Entry>) -> Option<Arc<Node>> {
    let first = entries.first()?;
    let map = make::map(first.key_at);
    let map = entries.into_iter().fold(map, |map, entry| {
        map.put(entry.key, entry.key_at, entry.value)
    });
    map.some()
}
