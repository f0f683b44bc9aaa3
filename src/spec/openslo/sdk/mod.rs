//! The verdict of the `OpenSLO` SDK for Go on documents: its rules, with its paths and
//! codes, for every kind of `v1`, `v1alpha` and `v2alpha`.
//!
//! `v1`, `v1alpha` and `v2alpha` declare each kind once, fields with their rules, in the
//! SDK's order; `decode` reads a document into values of these shapes, as Go reads JSON
//! into its types; `judge` looks at the values. `stream` takes texts apart as the SDK does.

mod common;
mod decode;
mod duration;
mod judge;
mod names;
mod rule;
mod scalar;
mod scope;
mod shape;
mod stream;
mod time;
mod v1;
mod v1alpha;
mod v2alpha;
mod value;

pub(crate) use stream::judge;

use super::super::node::{Entry, Kind, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceSpan;
use decode::Reader;
use judge::Judge;
use scope::Scope;
use shape::{Shape, Struct};

/// The code of what cannot even be read; the SDK has none for it.
const DECODE: &str = "decode";
/// What the values of `apiVersion` begin with.
const PREFIX: &str = "openslo";

/// What the SDK rejects in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) at: SourceSpan,
    /// Kind and name of the object, as in `SLO/checkout`.
    object: String,
    /// Where it is, as the SDK writes it: `spec.objectives[0].target`.
    path: String,
    /// What the SDK calls it; empty where the SDK has no word for it.
    code: &'static str,
    message: String,
    help: String,
}

impl Violation {
    /// As a finding, which says path and code in a form that programs can take apart.
    pub(crate) fn into_finding(self, code: &'static Code, introduction: &str) -> Diagnostic {
        let Self { path, message, .. } = self;
        let path = match path.as_str() {
            "" => String::new(),
            path => format!("`{path}`: "),
        };
        let rule = match self.code {
            "" => String::new(),
            rule => format!("{rule}: "),
        };
        Diagnostic::new(code, format!("{introduction}{path}{rule}{message}"))
            .with_primary(self.at, self.object)
            .with_help(self.help)
    }
}

/// Whether a document says that it is `OpenSLO`, in any version.
pub(crate) fn is_openslo(document: &Node) -> bool {
    let version = header(document, "apiVersion").and_then(|entry| entry.value.as_scalar());
    version.is_some_and(|version| version.text.starts_with(PREFIX))
}

/// What the SDK rejects in an object. What cannot be read is all that is said of it.
pub(crate) fn check(document: &Node) -> Vec<Violation> {
    let mut reader = Reader::new();
    let declared = declaration(document, &mut reader);
    let mut violations = reader.violations;
    if let Some(of) = declared {
        let mut reader = Reader::new();
        let value = reader.value(document, document.head(), Shape::SomeStruct(of));
        violations.extend(reader.violations);
        if violations.is_empty() {
            let mut judge = Judge::new();
            let scope = Scope {
                value: &value,
                above: None,
            };
            judge.object(of, &scope);
            violations = judge.violations;
        }
    }
    let object = object(document);
    for violation in &mut violations {
        violation.object.clone_from(&object);
    }
    violations
}

/// What an object is declared to look like, by its version and kind.
fn declaration(document: &Node, reader: &mut Reader) -> Option<&'static Struct> {
    let Kind::Map(_) = &document.kind else {
        let message = format!("expected an object, found {}", document.describe());
        let help = "an object begins with `apiVersion: openslo/v1`".to_owned();
        reader.report(document.head(), message, help);
        return None;
    };
    let word = |key: &str| header(document, key).and_then(|entry| entry.value.as_scalar());
    let kind_of: fn(&str) -> Option<&'static Struct> =
        match word("apiVersion").map(|version| version.text.as_str()) {
            Some("openslo/v1") => v1::kind,
            Some("openslo/v1alpha") => v1alpha::kind,
            Some("openslo.com/v2alpha") => v2alpha::kind,
            _ => {
                unknown(document, "apiVersion", "openslo/v1", reader);
                return None;
            }
        };
    let declared = word("kind").and_then(|kind| kind_of(&kind.text));
    if declared.is_none() {
        unknown(document, "kind", "SLO", reader);
    }
    declared
}

fn unknown(document: &Node, key: &str, example: &str, reader: &mut Reader) {
    let entry = header(document, key);
    let at = entry.map_or(document.head(), |entry| entry.value.head());
    let found = entry.map_or("nothing".to_owned(), |entry| entry.value.describe());
    let message = format!("expected one that the SDK knows, found {found}");
    let help = format!("for instance `{key}: {example}`");
    reader.inside(key, |reader| reader.report(at, message, help));
}

/// The entry of a key that the SDK matches in any case; it reads the last one.
fn header<'n>(document: &'n Node, key: &str) -> Option<&'n Entry> {
    let Kind::Map(entries) = &document.kind else {
        return None;
    };
    entries
        .iter()
        .filter(|entry| entry.key.eq_ignore_ascii_case(key))
        .max_by(|a, b| a.key.cmp(&b.key))
}

/// Kind and name, as far as they are there.
fn object(document: &Node) -> String {
    let text = |entry: Option<&Entry>| {
        let scalar = entry.and_then(|entry| entry.value.as_scalar());
        scalar.map(|scalar| scalar.text.clone()).unwrap_or_default()
    };
    let kind = text(header(document, "kind"));
    let metadata = header(document, "metadata");
    let name = metadata.and_then(|metadata| header(&metadata.value, "name"));
    match (kind, text(name)) {
        (kind, _) if kind.is_empty() => String::new(),
        (kind, name) if name.is_empty() => format!("in this {kind}"),
        (kind, name) => format!("in the {kind} {name}"),
    }
}
