//! Makes nodes: how front ends of other formats say in the native format what they
//! read. Every node keeps the place in the file that it comes from.

use std::sync::Arc;

use serde_yaml::granit_parser::ScalarStyle;
use smol_str::SmolStr;

use super::node::{Entry, Kind, Node, Scalar};
use crate::source::{SourceSpan, Sources, Span, TextMap};

/// A text, whatever a YAML reader would take it for.
pub(crate) fn text(text: impl Into<String>, at: SourceSpan) -> Arc<Node> {
    scalar(text.into(), ScalarStyle::DoubleQuoted, TextMap::whole(at))
}

/// A number, a boolean, a word: what is written without quotes.
pub(crate) fn plain(text: impl Into<String>, at: SourceSpan) -> Arc<Node> {
    scalar(text.into(), ScalarStyle::Plain, TextMap::whole(at))
}

/// The part `span` of a scalar's text, as a text; findings inside it point into the file.
pub(crate) fn part(whole: &Node, span: Span, sources: &Sources) -> Option<Arc<Node>> {
    parts(whole, &[span], sources)
}

/// The text of a scalar without its part `span`; findings inside it point into the file.
pub(crate) fn without(whole: &Node, span: Span, sources: &Sources) -> Option<Arc<Node>> {
    let end = whole.as_scalar()?.text.len();
    let parts = [Span::new(0, span.start), Span::new(span.end, end)];
    self::parts(whole, &parts, sources)
}

/// Parts of a scalar's text, one after the other, as a text.
fn parts(whole: &Node, spans: &[Span], sources: &Sources) -> Option<Arc<Node>> {
    let text = &whole.as_scalar()?.text;
    let parts: Option<String> = spans
        .iter()
        .map(|span| text.get(span.start..span.end))
        .collect();
    let map = whole.text_map(sources).of_parts(spans);
    Some(scalar(parts?, ScalarStyle::DoubleQuoted, map))
}

/// The text of a scalar as a text, whatever a YAML reader takes it for.
pub(crate) fn as_text(node: &Node, sources: &Sources) -> Option<Arc<Node>> {
    part(node, Span::new(0, node.as_scalar()?.text.len()), sources)
}

/// A list.
pub(crate) fn seq(items: Vec<Arc<Node>>, at: SourceSpan) -> Arc<Node> {
    Arc::new(Node {
        kind: Kind::Seq(items),
        at,
        weight: 0,
    })
}

/// A map; entries are added with [`Map::put`] in the order in which they are to be written.
pub(crate) fn map(at: SourceSpan) -> Map {
    Map {
        entries: Vec::new(),
        at,
    }
}

/// A map that is being made.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    entries: Vec<Entry>,
    at: SourceSpan,
}

impl Map {
    /// Adds a value; `key_at` is the place that stands for the key.
    #[must_use]
    pub(crate) fn put(
        mut self,
        key: impl Into<SmolStr>,
        key_at: SourceSpan,
        value: Arc<Node>,
    ) -> Self {
        self.entries.push(Entry {
            key: key.into(),
            key_at,
            value,
        });
        self
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub(crate) fn put_some(
        self,
        key: impl Into<SmolStr>,
        key_at: SourceSpan,
        value: Option<Arc<Node>>,
    ) -> Self {
        match value {
            Some(value) => self.put(key, key_at, value),
            None => self,
        }
    }

    /// Whether nothing was added.
    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The map, unless nothing was added.
    pub(crate) fn some(self) -> Option<Arc<Node>> {
        (!self.is_empty()).then(|| self.done())
    }

    /// The map.
    pub(crate) fn done(self) -> Arc<Node> {
        Arc::new(Node::map(self.entries, self.at))
    }
}

fn scalar(text: String, style: ScalarStyle, map: TextMap) -> Arc<Node> {
    Arc::new(Node {
        at: map.at(),
        kind: Kind::Scalar(Scalar {
            text,
            style,
            made_of: Some(map),
        }),
        weight: 0,
    })
}
