//! All objects of all files, and references to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::get;
use crate::diagnostic::{Code, Diagnostic, codes::import, codes::spec};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::node::Node;
use crate::suggest::closest;

const KINDS: [&str; 7] = [
    "SLO",
    "Service",
    "SLI",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
    "DataSource",
];

/// All objects of all files, by version, kind and name.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    by_name: BTreeMap<(String, String, String), Object>,
}

#[derive(Debug)]
struct Object {
    node: Arc<Node>,
    name_at: SourceSpan,
}

impl Objects {
    /// Takes up an object; says whether it is an SLO.
    pub(crate) fn add(&mut self, document: &Arc<Node>, decoder: &mut Decoder<'_>) -> bool {
        let Some(kind) = get::required(document, "kind", "an object of OpenSLO", decoder) else {
            return false;
        };
        let name = get::scalar(&kind.value).unwrap_or_default();
        if !KINDS.contains(&name) {
            unknown_kind(&kind.value, name, decoder);
            return false;
        }
        let version = get::text(document, "apiVersion").unwrap_or_default();
        let named =
            get::value(document, "metadata").and_then(|metadata| get::value(metadata, "name"));
        if let Some(node) = named
            && let Some(text) = get::scalar(node)
        {
            self.put(
                (version.to_owned(), name.to_owned(), text.to_owned()),
                Object {
                    node: Arc::clone(document),
                    name_at: node.at,
                },
                decoder,
            );
        }
        name == "SLO"
    }

    fn put(&mut self, key: (String, String, String), object: Object, decoder: &mut Decoder<'_>) {
        let Some(first) = self.by_name.get(&key) else {
            self.by_name.insert(key, object);
            return;
        };
        let (_, kind, name) = &key;
        decoder.push(
            Diagnostic::new(
                &import::DUPLICATE_OBJECT,
                format!("there are two objects `{kind}` with the name `{name}`"),
            )
            .with_primary(object.name_at, "again here")
            .with_secondary(first.name_at, "first here")
            .with_help("give one of them another name"),
        );
    }

    /// Whether there is any object of a kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.by_name.keys().any(|(_, other, _)| other == kind)
    }

    /// The object that a scalar names; that there is none is reported.
    pub(super) fn find(
        &self,
        kind: &str,
        reference: &Node,
        decoder: &mut Decoder<'_>,
    ) -> Option<&Arc<Node>> {
        self.look_up(kind, reference, &import::UNRESOLVED_REFERENCE, decoder)
    }

    /// Like [`Objects::find`], for what the rules do without.
    pub(super) fn find_if_there(
        &self,
        kind: &str,
        reference: &Node,
        decoder: &mut Decoder<'_>,
    ) -> Option<&Arc<Node>> {
        self.look_up(kind, reference, &import::UNRESOLVED_OBJECT, decoder)
    }

    fn look_up(
        &self,
        kind: &str,
        reference: &Node,
        code: &'static Code,
        decoder: &mut Decoder<'_>,
    ) -> Option<&Arc<Node>> {
        let name = decoder.text(reference, "the name of an object")?;
        let mut same_kind = self.by_name.iter().filter(|(key, _)| key.1 == kind);
        if let Some((_, object)) = same_kind.clone().find(|(key, _)| key.2 == name) {
            return Some(&object.node);
        }
        let near = closest(name, same_kind.by_ref().map(|(key, _)| key.2.as_str()));
        let help = near.map_or_else(
            || format!("add a `{kind}` of this name to the files that are read"),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no object `{kind}` with the name `{name}`");
        decoder.error_with_help(code, reference.at, message, help);
        None
    }
}

fn unknown_kind(node: &Node, found: &str, decoder: &mut Decoder<'_>) {
    let help = closest(found, KINDS).map_or_else(
        || format!("the kinds are {}", crate::suggest::all_of(KINDS)),
        |kind| format!("did you mean `{kind}`?"),
    );
    let message = format!("`{found}` is no kind of OpenSLO");
    decoder.error_with_help(&spec::INVALID_VALUE, node.at, message, help);
}
