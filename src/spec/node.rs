//! Located nodes: every key and value knows its bytes in the file.

use std::sync::Arc;

use serde_yaml::granit_parser::ScalarStyle;
use smol_str::SmolStr;

use super::text_map;
use crate::source::{SourceSpan, Sources, TextMap};

/// A value and where it was written (for an alias: where the anchored value was written).
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) at: SourceSpan,
    /// What it would weigh with its aliases expanded; see `reader`.
    pub(super) weight: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Seq(Vec<Arc<Node>>),
    Map(Vec<Entry>),
}

/// A scalar after unquoting and unfolding.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(super) style: ScalarStyle,
    /// For a text that does not stand in the file as it is: where it comes from.
    pub(super) made_of: Option<TextMap>,
}

/// One `key: value` of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: SmolStr,
    pub(crate) key_at: SourceSpan,
    pub(crate) value: Arc<Node>,
}

impl Scalar {
    /// Written without quotes, so that `5`, `true` and `~` are not texts.
    pub(crate) fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain
    }

    pub(crate) fn is_null(&self) -> bool {
        self.is_plain() && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// `true` and `false` of YAML 1.2.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &*self.text {
            _ if !self.is_plain() => None,
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Whether a YAML 1.2 reader takes it for a number.
    pub(crate) fn is_number(&self) -> bool {
        let digits = self.text.trim_start_matches(['-', '+', '.']);
        self.is_plain()
            && digits.starts_with(|c: char| c.is_ascii_digit())
            && (self.text.parse::<f64>().is_ok()
                || ["0x", "0o"].iter().any(|prefix| {
                    let rest = digits.strip_prefix(prefix);
                    rest.is_some_and(|rest| {
                        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_hexdigit())
                    })
                }))
    }
}

impl Node {
    /// A map made of entries of other maps: defaults and what overrides them.
    pub(crate) fn map(entries: Vec<Entry>, at: SourceSpan) -> Self {
        Self {
            kind: Kind::Map(entries),
            at,
            weight: 0,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.is_null())
    }

    /// What it is, in words, for messages.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Seq(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Scalar(scalar) if scalar.is_null() => "nothing".to_owned(),
            Kind::Scalar(scalar) if scalar.as_bool().is_some() => {
                format!("the boolean `{}`", scalar.text)
            }
            Kind::Scalar(scalar) if scalar.is_number() => format!("the number `{}`", scalar.text),
            Kind::Scalar(scalar) => format!("the text `{}`", shorten(&scalar.text)),
        }
    }

    /// The value under a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// Leads from offsets in a scalar's text to the file.
    pub(crate) fn text_map(&self, sources: &Sources) -> TextMap {
        match &self.kind {
            Kind::Scalar(Scalar {
                made_of: Some(map), ..
            }) => map.clone(),
            Kind::Scalar(scalar) => text_map::of(
                &scalar.text,
                scalar.style,
                self.at,
                &sources.get(self.at.source).text,
            ),
            _ => TextMap::whole(self.at),
        }
    }
}

/// Whether two values say the same, wherever they were written.
pub(crate) fn says_the_same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Scalar(one), Kind::Scalar(other)) => {
            let taken_for = |scalar: &Scalar| {
                (
                    scalar.is_null(),
                    scalar.as_bool().is_some(),
                    scalar.is_number(),
                )
            };
            one.text == other.text && taken_for(one) == taken_for(other)
        }
        (Kind::Seq(one), Kind::Seq(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| says_the_same(one, other))
        }
        (Kind::Map(one), Kind::Map(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|(one, other)| {
                    one.key == other.key && says_the_same(&one.value, &other.value)
                })
        }
        _ => false,
    }
}

/// At most the first 40 characters of the first line.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    if short.len() == text.trim_end().len() {
        short
    } else {
        format!("{short}…")
    }
}
