//! Defaults of documents and directories, put under what an SLO says itself.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::shape::{DefaultsDocument, PolicyEntry};
use crate::diagnostic::{Diagnostic, codes::spec};
use crate::spec::decode::{Decode, Decoder};
use crate::spec::node::{Entry, Kind, Node};

/// Keys of `defaults` that belong to a document and not to its SLOs.
const DOCUMENT_KEYS: [&str; 2] = ["owner", "labels"];
/// Keys that are merged in depth.
const DEEP_KEYS: [&str; 2] = ["alerts", "labels"];

/// The key whose rules and override are inherited apart.
const POLICY: &str = "policy";

/// Defaults that hold for a directory and below.
#[derive(Debug, Default)]
pub(crate) struct DirectoryDefaults {
    by_directory: BTreeMap<PathBuf, Arc<Node>>,
}

impl DirectoryDefaults {
    /// Takes up a document of defaults.
    pub(crate) fn add(&mut self, document: &Node, decoder: &mut Decoder<'_>) {
        let before = decoder.errors();
        if DefaultsDocument::decode(document, decoder).is_none() {
            return;
        }
        let Some(entry) = document.get("defaults") else {
            return;
        };
        super::shape::Defaults::decode(&entry.value, decoder);
        let directory = directory_of(&decoder.sources.get(document.at.source).name);
        if let Some(first) = self.by_directory.get(&directory) {
            let first = first.head();
            decoder.push(
                Diagnostic::new(
                    &spec::CONFLICTING_DEFAULTS,
                    "this directory has two documents of defaults",
                )
                .with_primary(entry.key_at, "second here")
                .with_secondary(first, "first here")
                .with_help("put all defaults of a directory into one document"),
            );
        } else if decoder.errors() == before {
            self.by_directory
                .insert(directory, Arc::clone(&entry.value));
        }
    }

    /// The defaults that hold for a file, nearest first.
    pub(crate) fn layers(&self, file: &str) -> Vec<Arc<Node>> {
        let directory = directory_of(file);
        directory
            .ancestors()
            .filter_map(|ancestor| self.by_directory.get(ancestor).cloned())
            .collect()
    }
}

/// The directory of a source, without `.` and with `..` resolved where possible.
fn directory_of(file: &str) -> PathBuf {
    let mut directory = PathBuf::new();
    for component in Path::new(file)
        .parent()
        .unwrap_or(Path::new(""))
        .components()
    {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if directory
                    .components()
                    .next_back()
                    .is_some_and(|last| matches!(last, Component::Normal(_))) =>
            {
                directory.pop();
            }
            other => directory.push(other),
        }
    }
    directory
}

/// A document with the defaults that concern it as a whole.
pub(super) fn apply_to_document(document: &Node, layers: &[Arc<Node>]) -> Node {
    apply(document, layers, |key| DOCUMENT_KEYS.contains(&key))
}

/// An SLO with the defaults that concern it.
pub(super) fn apply_to_slo(slo: &Node, layers: &[Arc<Node>]) -> Node {
    apply(slo, layers, |key| !DOCUMENT_KEYS.contains(&key))
}

fn apply(node: &Node, layers: &[Arc<Node>], concerns: impl Fn(&str) -> bool) -> Node {
    let Kind::Map(own) = &node.kind else {
        return node.clone();
    };
    let mut entries = own.clone();
    for layer in layers {
        let Kind::Map(defaults) = &layer.kind else {
            continue;
        };
        for default in defaults.iter().filter(|entry| concerns(&entry.key)) {
            put_under(&mut entries, default, DEEP_KEYS.contains(&&*default.key));
        }
    }
    Node::map(entries, node.at)
}

/// Adds `default` unless its key is there; where both are maps, merges them if `deep`.
fn put_under(entries: &mut Vec<Entry>, default: &Entry, deep: bool) {
    let Some(own) = entries.iter_mut().find(|entry| entry.key == default.key) else {
        entries.push(default.clone());
        return;
    };
    if &*own.key == POLICY {
        own.value = policy(&own.value, &default.value);
    }
    if !deep {
        return;
    }
    if let (Kind::Map(inner), Kind::Map(more)) = (&own.value.kind, &default.value.kind) {
        let mut inner = inner.clone();
        for entry in more {
            put_under(&mut inner, entry, true);
        }
        own.value = Arc::new(Node::map(inner, own.value.at));
    }
}

/// Adds the inherited rules where there are no own ones, and the inherited override: an
/// override of one SLO leaves its policy as it is, and one of a directory reaches all SLOs.
fn policy(own: &Arc<Node>, inherited: &Node) -> Arc<Node> {
    let (Kind::Seq(mine), Kind::Seq(more)) = (&own.kind, &inherited.kind) else {
        return Arc::clone(own);
    };
    let is_missing = |item: &&Arc<Node>| {
        let kind = PolicyEntry::is_override(item);
        mine.iter()
            .all(|mine| PolicyEntry::is_override(mine) != kind)
    };
    let items = mine.iter().chain(more.iter().filter(is_missing));
    let kind = Kind::Seq(items.cloned().collect());
    Arc::new(Node {
        kind,
        ..(**own).clone()
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::slos;

    #[test]
    fn rules_and_overrides_are_inherited_apart() {
        let item = |name: &str, more: &str| {
            format!("  - {{name: {name}, objective: 99, sli: {{probe: {{metric: up}}}}{more}}}\n")
        };
        let mine = "{do: ship, reason: mine, by: us, until: 2099-01-01}";
        let rule = "{when: 'budget < 10%', do: slow}";
        let items = [
            item("a", ""),
            item("b", &format!(", policy: [{rule}]")),
            item("c", &format!(", policy: [{mine}]")),
            item("d", &format!(", policy: [{mine}, {rule}]")),
        ];
        let read = slos(&format!(
            "{}defaults: {{policy: [{{when: 'budget < 5%', do: freeze}}, \
             {{do: freeze, reason: all, by: us, until: 2099-01-01}}]}}",
            items.concat()
        ));
        let said: Vec<_> = read
            .iter()
            .map(|slo| {
                let rules = slo.policy.iter().map(|rule| rule.when.to_string());
                let overridden = slo.overridden.as_ref().map(|one| one.reason.as_str());
                (rules.collect::<Vec<_>>().join(", "), overridden)
            })
            .collect();
        let said: Vec<_> = said
            .iter()
            .map(|(rules, by)| (rules.as_str(), *by))
            .collect();
        assert_eq!(
            said,
            [
                ("budget < 5%", Some("all")),
                ("budget < 10%", Some("all")),
                ("budget < 5%", Some("mine")),
                ("budget < 10%", Some("mine")),
            ]
        );
    }
}
