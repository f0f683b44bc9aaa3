//! From nodes to typed values: every problem is reported, none stops the rest.
//!
//! A type says once what it looks like: [`Decode`] reads it and describes it
//! for the JSON Schema. The macros below declare maps, alternatives and words
//! so that the two cannot drift apart.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::node::{Kind, Node, Scalar, shorten};
use super::suggest::{closest, one_of};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, codes::spec};
use crate::source::{Located, SourceSpan, Sources};

/// Collects the problems of a run.
pub(crate) struct Decoder<'a> {
    pub(crate) sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
    errors: usize,
    /// What was pushed: defaults are read once per SLO, but reported once.
    pushed: HashSet<(&'static str, Option<SourceSpan>, String)>,
    /// The SLO that is being read, and where its name is written.
    context: Option<(SourceSpan, SourceSpan)>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(sources: &'a Sources, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            sources,
            diagnostics,
            errors: 0,
            pushed: HashSet::new(),
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

/// Declares a map: its keys, which of them must be there, and what they mean.
///
/// ```ignore
/// spec_map! {
///     /// A promise to customers.
///     "a promise" Promise {
///         /// Percent of good events.
///         required objective: Percent,
///         /// The span over which it holds.
///         optional period: PeriodSpec,
///     }
///     one_of [a, b]
/// }
/// ```
///
/// gives a struct with these fields (optional ones as `Option`) and `at`, the
/// place that stands for the map, its [`Decode`] and its JSON Schema.
macro_rules! spec_map {
    (
        $(#[doc = $doc:literal])+
        $what:literal $name:ident {
            $($(#[doc = $field_doc:literal])+ $presence:ident $field:ident: $type:ty,)*
        }
        $(one_of [$($alternative:ident),+])?
        $(misplaced $misplaced:ident)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        #[allow(non_snake_case, dead_code, reason = "fields are named as keys; some are only checked")]
        pub(crate) struct $name {
            /// A place that stands for the whole.
            pub(crate) at: $crate::source::SourceSpan,
            $($(#[doc = $field_doc])+ pub(crate) $field: spec_map!(@type $presence $type),)*
        }

        #[allow(non_snake_case, reason = "fields are named as keys")]
        impl $crate::spec::decode::Decode for $name {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const KEYS: &[&str] = &[$(spec_map!(@key $field)),*];
                const MISPLACED: &[$crate::spec::fields::Misplaced] = spec_map!(@misplaced $($misplaced)?);
                let fields =
                    $crate::spec::fields::Fields::new(node, $what, KEYS, MISPLACED, decoder)?;
                $(let $field = spec_map!(@read $presence fields decoder $field $what);)*
                $(fields.exactly_one($what, &[$(spec_map!(@key $alternative)),+], decoder)?;)?
                Some(Self {
                    at: fields.at,
                    $($field: spec_map!(@take $presence $field),)*
                })
            }

            fn schema(definitions: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                definitions.refer(stringify!($name), |definitions| {
                    #[allow(unused_mut)]
                    let mut properties = serde_json::Map::new();
                    #[allow(unused_mut)]
                    let mut required: Vec<&str> = Vec::new();
                    $(
                        let mut property = <$type as $crate::spec::decode::Decode>::schema(definitions);
                        property["description"] = concat!($($field_doc, "\n"),+).trim().into();
                        properties.insert(spec_map!(@key $field).to_owned(), property);
                        spec_map!(@require $presence required $field);
                    )*
                    #[allow(unused_mut)]
                    let mut schema = serde_json::json!({
                        "type": "object",
                        "description": concat!($($doc, "\n"),+).trim(),
                        "properties": properties,
                        "required": required,
                        "additionalProperties": false,
                    });
                    $(schema["oneOf"] = serde_json::json!([
                        $({"required": [spec_map!(@key $alternative)]}),+
                    ]);)?
                    schema
                })
            }
        }
    };
    (@misplaced) => { &[] };
    (@misplaced $misplaced:ident) => { $misplaced };
    (@key $field:ident) => {
        // `r#type` is written `type`.
        const { $crate::spec::decode::key(stringify!($field)) }
    };
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@read required $fields:ident $decoder:ident $field:ident $what:literal) => {
        $fields.required(spec_map!(@key $field), $what, $decoder)
    };
    (@read optional $fields:ident $decoder:ident $field:ident $what:literal) => {
        $fields.optional(spec_map!(@key $field), $decoder)
    };
    (@take required $field:ident) => { $field? };
    (@take optional $field:ident) => { $field };
    (@require required $required:ident $field:ident) => {
        $required.push(spec_map!(@key $field));
    };
    (@require optional $required:ident $field:ident) => {};
}

/// A field's name without the `r#` that Rust wants before its own words.
pub(crate) const fn key(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// Declares a map with exactly one key, which says what the rest is.
macro_rules! spec_choice {
    (
        $(#[doc = $doc:literal])+
        $what:literal $name:ident {
            $($(#[doc = $variant_doc:literal])+ $key:ident => $variant:ident($type:ty),)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) enum $name {
            $($(#[doc = $variant_doc])+ $variant($type),)+
        }

        impl $crate::spec::decode::Decode for $name {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const KEYS: &[&str] = &[$(stringify!($key)),+];
                let fields = $crate::spec::fields::Fields::new(node, $what, KEYS, &[], decoder)?;
                let entry = fields.exactly_one($what, KEYS, decoder)?;
                match &*entry.key {
                    $(stringify!($key) => {
                        <$type as $crate::spec::decode::Decode>::decode(&entry.value, decoder)
                            .map(Self::$variant)
                    })+
                    _ => None,
                }
            }

            fn schema(definitions: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                definitions.refer(stringify!($name), |definitions| {
                    let mut properties = serde_json::Map::new();
                    $(
                        let mut property = <$type as $crate::spec::decode::Decode>::schema(definitions);
                        property["description"] = concat!($($variant_doc, "\n"),+).trim().into();
                        properties.insert(stringify!($key).to_owned(), property);
                    )+
                    serde_json::json!({
                        "type": "object",
                        "description": concat!($($doc, "\n"),+).trim(),
                        "properties": properties,
                        "additionalProperties": false,
                        "minProperties": 1,
                        "maxProperties": 1,
                    })
                })
            }
        }
    };
}

/// Declares the words that stand for the values of an enum.
macro_rules! spec_words {
    ($type:ty { $($word:literal => $value:path,)+ }) => {
        impl $crate::spec::decode::Decode for $type {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const WORDS: &[&str] = &[$($word),+];
                let expected = $crate::spec::suggest::one_of(WORDS.iter().copied());
                match decoder.text(node, &expected)? {
                    $($word => Some($value),)+
                    other => {
                        decoder.unknown_word(node, other, WORDS);
                        None
                    }
                }
            }

            fn schema(_: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                serde_json::json!({"enum": [$($word),+]})
            }
        }
    };
}

pub(crate) use {spec_choice, spec_map, spec_words};
