//! Native documents made by front ends, as a person would have written them: keys in their
//! usual order, and nothing that says nothing.

use std::sync::Arc;

use super::keys::{FREE, ORDER, SWITCHES};
use crate::spec::make::{plain, seq};
use crate::spec::node::{Entry, Kind, Node};

/// The document in its usual form.
pub(super) fn tidy(node: &Arc<Node>) -> Arc<Node> {
    match &node.kind {
        Kind::Scalar(_) => Arc::clone(node),
        Kind::Seq(items) => seq(items.iter().map(tidy).collect(), node.at),
        Kind::Map(entries) => {
            let mut entries: Vec<Entry> = entries.iter().filter_map(entry).collect();
            entries.sort_by_key(|entry| position(&entry.key));
            Arc::new(Node::map(entries, node.at))
        }
    }
}

fn entry(entry: &Entry) -> Option<Entry> {
    let key = entry.key.as_str();
    let value = if FREE.contains(&key) {
        Arc::clone(&entry.value)
    } else {
        tidy(&entry.value)
    };
    if key == "alerts" && matches!(&value.kind, Kind::Map(entries) if entries.is_empty()) {
        return None;
    }
    let is_off = value
        .as_scalar()
        .is_some_and(|value| value.as_bool() == Some(false));
    let value = if SWITCHES.contains(&key) && is_off {
        plain("off", value.at)
    } else {
        value
    };
    Some(Entry {
        value,
        ..entry.clone()
    })
}

/// Keys that are not in the list come last, in their own order.
fn position(key: &str) -> usize {
    let known = ORDER.iter().position(|known| *known == key);
    known.unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::Sources;
    use crate::spec::{documents, node::says_the_same};

    fn read(text: &str) -> Arc<Node> {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        documents(&sources, id, &mut Diagnostics::default()).remove(0)
    }

    /// What people write is in its usual form already.
    #[test]
    fn specs_of_people_stay_as_they_are() {
        for text in [
            include_str!("../../slo-specs/billing.yaml"),
            include_str!("../../slo-specs/video.yaml"),
            include_str!("../../slo-specs/prometheus.yaml"),
        ] {
            let document = read(text);
            assert!(
                says_the_same(&tidy(&document), &document),
                "{:?}",
                tidy(&document)
            );
        }
    }

    #[test]
    fn what_was_sorted_is_put_in_order() {
        let tidied = tidy(&read(
            "{alerts: {}, name: a, policy: [{do: slow, when: 'budget < 5%'}], \
             labels: {z: a, a: z}, sli: {events: {bad: b, total: a}}}",
        ));
        let expected = read(
            "{name: a, sli: {events: {total: a, bad: b}}, \
             policy: [{when: 'budget < 5%', do: slow}], labels: {z: a, a: z}}",
        );
        assert!(says_the_same(&tidied, &expected), "{tidied:?}");
        let off = tidy(&read("{alerts: {page: false}}"));
        assert!(says_the_same(&off, &read("{alerts: {page: off}}")));
    }
}
