//! A document as the SDK holds it after reading: typed, with the place of everything.

use super::duration::Shorthand;
use crate::source::SourceSpan;

/// A value, or that there is none.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The place that stands for it.
    pub(super) at: SourceSpan,
    pub(super) kind: Kind,
    /// Whether the SDK cannot tell it from a value that is missing.
    pub(super) is_empty: bool,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Missing, or written as `null`.
    Nothing,
    Text(String),
    Number(f64),
    Bool(bool),
    Duration(Shorthand),
    /// Keys and values of a map whose keys anybody may choose; texts where it has them.
    Map(Vec<Item>),
    /// Fields that are written, even with `null`.
    Struct(Vec<(&'static str, Value)>),
    List(Vec<Value>),
    /// Whatever it is, it is there.
    Anything,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) key: String,
    pub(super) at: SourceSpan,
    pub(super) text: String,
}

impl Value {
    pub(super) const fn nothing(at: SourceSpan) -> Self {
        Self {
            at,
            kind: Kind::Nothing,
            is_empty: true,
        }
    }

    /// A field that is written, even with `null`.
    pub(super) fn written(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Struct(fields) => {
                let field = fields.iter().find(|(name, _)| *name == key);
                field.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// A field that has a value.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.written(key).filter(|value| value.is_there())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) const fn is_there(&self) -> bool {
        !matches!(self.kind, Kind::Nothing)
    }

    /// A text; empty when there is none.
    pub(super) fn text(&self) -> &str {
        match &self.kind {
            Kind::Text(text) => text,
            _ => "",
        }
    }

    /// The text of a field; empty when there is none.
    pub(super) fn text_of(&self, key: &str) -> &str {
        self.get(key).map_or("", Self::text)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(
            self.get(key).map(|value| &value.kind),
            Some(Kind::Bool(true))
        )
    }

    /// The items of a list; none when there is none.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list in a field.
    pub(super) fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }
}
