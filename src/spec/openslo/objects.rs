//! All objects of all files, and how they find each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read::{Reader, entry, value, word};
use crate::diagnostic::{Diagnostic, codes::import, codes::spec};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::node::Node;
use crate::suggest::{closest, one_of};

const SLO: &str = "SLO";
/// The kinds of objects.
const KINDS: [&str; 7] = [
    SLO,
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
];

/// All objects of all files, by version, kind and name.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    by_name: BTreeMap<(String, &'static str), BTreeMap<String, Found>>,
}

#[derive(Debug)]
struct Found {
    object: Arc<Node>,
    name_at: SourceSpan,
}

impl Objects {
    /// Takes up an object; says whether it is an SLO.
    pub(crate) fn add(&mut self, document: &Arc<Node>, decoder: &mut Decoder<'_>) -> bool {
        let Some(kind) = kind(document, decoder) else {
            return false;
        };
        let Some(name) = value(document, &["metadata", "name"]) else {
            return kind == SLO;
        };
        let (Some(text), Some(version)) = (word(name), header(document)) else {
            return kind == SLO;
        };
        let objects = self.by_name.entry((version.to_owned(), kind)).or_default();
        if let Some(first) = objects.get(text) {
            decoder.push(
                Diagnostic::new(
                    &import::DUPLICATE_OBJECT,
                    format!("there are two objects of kind {kind} named `{text}`"),
                )
                .with_primary(name.at, "again here")
                .with_secondary(first.name_at, "first here")
                .with_help("give one of them another name, or remove it"),
            );
            // The second is not read: what it says would be reported under the wrong name.
            return false;
        }
        let found = Found {
            object: Arc::clone(document),
            name_at: name.at,
        };
        objects.insert(text.to_owned(), found);
        kind == SLO
    }

    fn get(&self, alpha: bool, kind: &'static str) -> Option<&BTreeMap<String, Found>> {
        let version = if alpha {
            "openslo/v1alpha"
        } else {
            "openslo/v1"
        };
        self.by_name.get(&(version.to_owned(), kind))
    }
}

fn header(document: &Node) -> Option<&str> {
    word(value(document, &["apiVersion"])?)
}

/// The kind of an object; reports what it is when it is none.
fn kind(document: &Node, decoder: &mut Decoder<'_>) -> Option<&'static str> {
    let Some(kind) = document.get("kind") else {
        decoder.error_with_help(
            &spec::MISSING_KEY,
            document.head(),
            "this document needs the key `kind`",
            format!("write one of {}", one_of(KINDS)),
        );
        return None;
    };
    let text = decoder.text(&kind.value, &one_of(KINDS))?;
    let found = KINDS.into_iter().find(|known| *known == text);
    if found.is_none() {
        decoder.unknown_word(&kind.value, text, &KINDS);
    }
    found
}

impl<'a> Reader<'a, '_, '_> {
    /// The object that a reference names; reports when there is none.
    pub(super) fn resolve(
        &mut self,
        reference: &Node,
        kind: &'static str,
        required: bool,
    ) -> Option<&'a Arc<Node>> {
        let Some(name) = word(reference) else {
            self.decoder.wrong_type(
                reference,
                &format!("the name of an object of kind {kind}"),
                None,
            );
            return None;
        };
        let objects = self.objects.get(self.alpha, kind);
        if let Some(found) = objects.and_then(|objects| objects.get(name)) {
            return Some(&found.object);
        }
        let names = objects.into_iter().flat_map(BTreeMap::keys);
        let near = closest(name, names.map(String::as_str));
        let help = near.map_or_else(
            || "add the file with it to the inputs, or correct the name".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let code = if required {
            &import::UNRESOLVED_REFERENCE
        } else {
            &import::UNRESOLVED_OBJECT
        };
        let message = format!("there is no object of kind {kind} named `{name}` in the inputs");
        self.decoder
            .error_with_help(code, reference.at, message, help);
        None
    }

    /// The `spec` of an object that is written here, or named by a reference.
    pub(super) fn inline_or_named(
        &mut self,
        node: &Node,
        inline: &str,
        reference: &str,
        kind: &'static str,
    ) -> Option<Arc<Node>> {
        if let Some(reference) = entry(node, reference) {
            let object = self.resolve(&reference.value, kind, true)?;
            return value(object, &["spec"]).cloned();
        }
        value(node, &[inline, "spec"]).cloned()
    }
}
