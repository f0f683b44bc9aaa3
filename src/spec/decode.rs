//! From nodes to typed values: every problem is reported, none stops the rest.
//!
//! A type says once what it looks like: [`Decode`] reads it and describes it
//! for the JSON Schema. Maps, alternatives and words are declared with the macros
//! of `declare`.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::node::{Kind, Node, Scalar, shorten};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, codes::spec};
use crate::source::{Located, SourceSpan, Sources};
use crate::suggest::{closest, one_of};

/// Collects the problems of a run.
pub(crate) struct Decoder<'a> {
    pub(crate) sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
    errors: usize,
    /// What was pushed: defaults are read once per SLO, but reported once.
    pushed: HashSet<(&'static str, Option<SourceSpan>, String)>,
    /// What is made of keys that a map does not have.
    pub(crate) unknown_keys: UnknownKeys,
    /// The SLO that is being read, and where its name is written.
    context: Option<(SourceSpan, SourceSpan)>,
}

/// What is made of keys that a map does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownKeys {
    /// They are errors.
    Error,
    /// Warnings: the tool whose format it is ignores them without a word.
    Warning,
    /// They are reported elsewhere.
    Silent,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(sources: &'a Sources, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            sources,
            diagnostics,
            errors: 0,
            pushed: HashSet::new(),
            unknown_keys: UnknownKeys::Error,
            context: None,
        }
    }

    /// How many errors there were; grows.
    pub(crate) const fn errors(&self) -> usize {
        self.errors
    }

    /// What is reported inside `whole` from now on belongs to the SLO named at `name`.
    pub(crate) const fn enter(&mut self, whole: SourceSpan, name: SourceSpan) {
        self.context = Some((whole, name));
    }

    pub(crate) const fn leave(&mut self) {
        self.context = None;
    }

    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.code.severity == Severity::Error);
        if self.diagnostics.is_full() {
            return self.diagnostics.push(diagnostic);
        }
        let place = diagnostic.primary.as_ref().map(|primary| primary.at);
        let message = diagnostic.message.clone();
        if !self.pushed.insert((diagnostic.code.id, place, message)) {
            return;
        }
        if let Some((whole, name)) = self.context {
            diagnostic.add_heading(whole, name, "in this SLO", self.sources);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Reports what was found by a decoder of its own, in its order.
    pub(crate) fn take_over(&mut self, mut found: Diagnostics) {
        for diagnostic in found.take() {
            self.push(diagnostic);
        }
        self.errors += found.count(Severity::Error);
        self.diagnostics.append(found);
    }

    pub(crate) fn error_with_help(
        &mut self,
        code: &'static Code,
        at: SourceSpan,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Diagnostic::at(code, at, message).with_help(help));
    }

    /// Reports that something else was expected.
    pub(crate) fn wrong_type(&mut self, node: &Node, expected: &str, help: Option<String>) {
        let diagnostic = if node.is_null() {
            Diagnostic::at(
                &spec::EMPTY_VALUE,
                node.at,
                format!("expected {expected}, found nothing"),
            )
            .with_help("write a value, or leave the key out")
        } else {
            let found = node.describe();
            let help = help.unwrap_or_else(|| match &node.kind {
                Kind::Seq(_) => "take out the brackets or the dashes before the items".to_owned(),
                Kind::Map(_) => "write one value instead of keys and values".to_owned(),
                Kind::Scalar(_) => format!("write {expected}"),
            });
            Diagnostic::at(
                &spec::WRONG_TYPE,
                node.head(),
                format!("expected {expected}, found {found}"),
            )
            .with_help(help)
        };
        self.push(diagnostic);
    }

    /// The text of a scalar that a YAML reader takes for a text.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        let scalar = match &node.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => scalar,
            _ => {
                self.wrong_type(node, expected, None);
                return None;
            }
        };
        if scalar.is_plain() && (scalar.as_bool().is_some() || scalar.is_number()) {
            let help = format!("write it in quotes: \"{}\"", scalar.text);
            self.wrong_type(node, expected, Some(help));
            return None;
        }
        if scalar.text.trim().is_empty() {
            self.push(
                Diagnostic::at(
                    &spec::EMPTY_VALUE,
                    node.at,
                    format!("expected {expected}, found an empty text"),
                )
                .with_help("write a value, or leave the key out"),
            );
            return None;
        }
        Some(&scalar.text)
    }

    /// The text of a scalar that a YAML reader takes for a number.
    pub(crate) fn number<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        if let Kind::Scalar(scalar) = &node.kind {
            if scalar.is_number() {
                return Some(&scalar.text);
            }
            let bare = scalar.text.trim().trim_end_matches('%').trim_end();
            if !scalar.is_null() && bare.parse::<f64>().is_ok_and(f64::is_finite) {
                let signs = if scalar.text.contains('%') {
                    "sign"
                } else {
                    "quotes"
                };
                let help = format!("write the number without {signs}: {bare}");
                self.wrong_type(node, expected, Some(help));
                return None;
            }
        }
        let with_point = node
            .as_scalar()
            .map(|scalar| scalar.text.replacen(',', ".", 1))
            .filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
        let help = with_point.map(|number| format!("write a point instead of the comma: {number}"));
        self.wrong_type(node, expected, help);
        None
    }

    /// Reports a text that is none of the words.
    pub(crate) fn unknown_word(&mut self, node: &Node, text: &str, words: &[&str]) {
        let expected = one_of(words.iter().copied());
        let diagnostic = Diagnostic::at(
            &spec::INVALID_VALUE,
            node.at,
            format!("expected {expected}, found `{text}`"),
        );
        let help = closest(text, words.iter().copied()).map_or_else(
            || format!("write {expected}"),
            |word| format!("did you mean `{word}`?"),
        );
        self.push(diagnostic.with_help(help));
    }
}

impl Node {
    /// A short place that stands for the value: for a map, its first key.
    pub(crate) fn head(&self) -> SourceSpan {
        match &self.kind {
            Kind::Map(entries) => entries
                .iter()
                .find(|entry| {
                    entry.key_at.source == self.at.source
                        && self.at.span.contains(entry.key_at.span)
                })
                .map_or(self.at, |entry| entry.key_at),
            Kind::Seq(items) => items.first().map_or(self.at, |item| {
                if self.at.span.contains(item.at.span) {
                    item.head()
                } else {
                    self.at
                }
            }),
            Kind::Scalar(_) => self.at,
        }
    }

    pub(crate) const fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
}

/// The `$defs` of the JSON Schema.
#[derive(Debug, Default)]
pub(crate) struct Definitions(pub(crate) BTreeMap<String, Value>);

impl Definitions {
    /// A reference to the definition `name`, which is made when it is not there yet.
    pub(crate) fn refer(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Value::Null);
            let definition = make(self);
            self.0.insert(name.to_owned(), definition);
        }
        json!({"$ref": format!("#/$defs/{name}")})
    }
}

/// A type that can be read from a node and described in a JSON Schema.
pub(crate) trait Decode: Sized {
    /// The value, or `None` after reporting why not.
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self>;

    /// What an editor needs to know.
    fn schema(definitions: &mut Definitions) -> Value;
}

impl<T: Decode> Decode for Located<T> {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        Some(Self::new(T::decode(node, decoder)?, node.at))
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }
}

/// A list with at least one item.
impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Seq(items) = &node.kind else {
            let help = match &node.kind {
                Kind::Scalar(scalar) => format!("write `[{}]`", shorten(&scalar.text)),
                _ => "write `- ` before each item".to_owned(),
            };
            decoder.wrong_type(node, "a list", Some(help));
            return None;
        };
        if items.is_empty() {
            decoder.error_with_help(
                &spec::EMPTY_VALUE,
                node.at,
                "this list is empty",
                "write at least one item, or leave the key out",
            );
            return None;
        }
        Some(
            items
                .iter()
                .filter_map(|item| T::decode(item, decoder))
                .collect(),
        )
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({"type": "array", "minItems": 1, "items": T::schema(definitions)})
    }
}

/// A short form, or the long form as a map.
#[derive(Debug, Clone)]
pub(crate) enum ShortOrMap<S, M> {
    Short(S),
    Map(M),
}

impl<S: Decode, M: Decode> Decode for ShortOrMap<S, M> {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        match node.kind {
            Kind::Map(_) => M::decode(node, decoder).map(Self::Map),
            _ => S::decode(node, decoder).map(Self::Short),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({"oneOf": [S::schema(definitions), M::schema(definitions)]})
    }
}

/// `off`, which a YAML 1.1 reader takes for a boolean, or something.
#[derive(Debug, Clone)]
pub(crate) enum OffOr<T> {
    Off,
    On(T),
}

impl<T> OffOr<T> {
    /// What is there when nothing was written, and what is there when it is not off.
    pub(crate) fn resolve<U>(
        written: Option<Self>,
        default: impl FnOnce() -> Option<U>,
        on: impl FnOnce(T) -> U,
    ) -> Option<U> {
        match written {
            None => default(),
            Some(Self::Off) => None,
            Some(Self::On(value)) => Some(on(value)),
        }
    }
}

impl<T: Decode> Decode for OffOr<T> {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(scalar) = &node.kind {
            let off = matches!(&*scalar.text, "off" | "Off" | "OFF");
            if off || scalar.as_bool() == Some(false) {
                return Some(Self::Off);
            }
            if scalar.is_null() || matches!(&*scalar.text.to_lowercase(), "no" | "none") {
                let (code, found) = if scalar.is_null() {
                    (&spec::EMPTY_VALUE, "nothing".to_owned())
                } else {
                    (&spec::WRONG_TYPE, node.describe())
                };
                let message = format!("expected a value or `off`, found {found}");
                decoder.error_with_help(code, node.at, message, "did you mean `off`?");
                return None;
            }
        }
        T::decode(node, decoder).map(Self::On)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({"oneOf": [{"enum": ["off", false]}, T::schema(definitions)]})
    }
}
