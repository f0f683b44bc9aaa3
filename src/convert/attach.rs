//! Where the comments of the original texts stand in what is printed.
//!
//! Printed nodes know the place that they come from. A comment goes to what comes from
//! the key or value that it is about, otherwise to what comes from inside that, otherwise
//! to the nearest thing around it; in the end to the top of its SLO.

use std::collections::{BTreeMap, HashMap};

use super::write::{Comments, Notes};
use crate::promql;
use crate::source::{SourceId, SourceSpan, Sources, Span};
use crate::spec::comments::{self, Comment, Side};
use crate::spec::node::{Kind, Node};

/// A place in what is printed: the index of the document, and the indices that lead there.
pub(super) type Target = (usize, Vec<usize>);

/// Everything that is printed, by the places that it comes from; what is printed first wins.
#[derive(Default)]
pub(super) struct Index {
    keys: HashMap<SourceSpan, Vec<Key>>,
    values: HashMap<SourceSpan, Target>,
    /// All of them by where they begin, with where they end and their number.
    starts: BTreeMap<(SourceId, usize), Vec<(usize, usize)>>,
    targets: Vec<Target>,
    /// Texts with a `#` in them: their comments are printed with them.
    texts: Vec<String>,
}

/// What is printed under a key that stands for a key of the original.
struct Key {
    value: SourceSpan,
    /// It belongs to the frame of every document, and stands for nothing in particular.
    frame: bool,
    target: Target,
}

/// Keys of the frame that every document has.
const FRAME: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "slos"];

impl Index {
    /// Takes up a document; `stands` says that it stands for what it was made of as a
    /// whole, and not for a part.
    pub(super) fn add(&mut self, document: usize, node: &Node, stands: bool) {
        let target = (document, Vec::new());
        if stands {
            self.values.entry(node.at).or_insert_with(|| target.clone());
        }
        self.walk(&target, node);
    }

    fn walk(&mut self, target: &Target, node: &Node) {
        let at = |index| {
            let (document, mut path) = target.clone();
            path.push(index);
            (document, path)
        };
        match &node.kind {
            Kind::Scalar(scalar) => {
                if scalar.text.contains('#') {
                    self.texts.push(scalar.text.clone());
                }
            }
            Kind::Map(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    let key = Key {
                        value: entry.value.at,
                        frame: target.1.is_empty() && FRAME.contains(&&*entry.key),
                        target: at(index),
                    };
                    if key.frame {
                        self.walk(&key.target, &entry.value);
                    } else {
                        self.value(key.target.clone(), &entry.value);
                    }
                    self.keys.entry(entry.key_at).or_default().push(key);
                }
            }
            Kind::Seq(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(at(index), item);
                }
            }
        }
    }

    fn value(&mut self, target: Target, node: &Node) {
        let SourceSpan { source, span } = node.at;
        self.values.entry(node.at).or_insert_with(|| target.clone());
        let number = self.targets.len();
        let starts = self.starts.entry((source, span.start)).or_default();
        starts.push((span.end, number));
        self.targets.push(target.clone());
        self.walk(&target, node);
    }

    /// What comes from this key, or from this very value.
    fn exactly(&self, level: &Level) -> Option<&Target> {
        let keys = level.key.and_then(|key| self.keys.get(&key));
        let keys = keys.map_or(&[][..], Vec::as_slice);
        let inside = |key: &&Key| {
            key.value.source == level.value.source && level.value.span.contains(key.value.span)
        };
        let own = || keys.iter().filter(|key| !key.frame);
        let same = keys.iter().find(|key| key.value == level.value);
        same.map(|key| &key.target)
            // A map that was made for the key.
            .or_else(|| self.values.get(&level.key?))
            .or_else(|| own().find(inside).map(|key| &key.target))
            .or_else(|| self.values.get(&level.value))
            .or_else(|| own().next().map(|key| &key.target))
    }

    /// The first thing that comes from inside a value.
    fn inside(&self, value: SourceSpan) -> Option<&Target> {
        let SourceSpan { source, span } = value;
        let range = (source, span.start)..(source, span.end.max(span.start + 1));
        self.starts
            .range(range)
            .flat_map(|(_, nodes)| nodes)
            .filter(|(end, _)| *end <= span.end)
            .map(|(_, number)| *number)
            .min()
            .and_then(|number| self.targets.get(number))
    }
}

/// A key with its value, or an item of a list, around a place in the original.
struct Level {
    key: Option<SourceSpan>,
    value: SourceSpan,
}

impl Level {
    fn start(&self) -> usize {
        self.key.unwrap_or(self.value).span.start
    }
}

/// What lies around a place in a document, from the outermost inwards.
fn levels(document: &Node, offset: usize) -> Vec<Level> {
    let mut levels = Vec::new();
    let mut node = document;
    loop {
        let inside = |at: &SourceSpan| {
            at.source == document.at.source
                && at.span.start <= offset
                && at.span.start >= node.at.span.start
        };
        let next = match &node.kind {
            Kind::Scalar(_) => None,
            Kind::Map(entries) => entries
                .iter()
                .filter(|entry| inside(&entry.key_at))
                .max_by_key(|entry| entry.key_at.span.start)
                .map(|entry| (Some(entry.key_at), &entry.value)),
            Kind::Seq(items) => items
                .iter()
                .filter(|item| inside(&item.at))
                .max_by_key(|item| item.at.span.start)
                .map(|item| (None, item)),
        };
        let Some((key, value)) = next else {
            return levels;
        };
        levels.push(Level {
            key,
            value: value.at,
        });
        // The value of an alias stands elsewhere.
        if key.is_some_and(|key| value.at.span.start < key.span.start) {
            return levels;
        }
        node = value;
    }
}

/// A text, what its documents became, and where the comments of each go that go nowhere else.
pub(super) struct Text<'t> {
    pub(super) id: SourceId,
    pub(super) documents: Vec<&'t Node>,
    /// Where a document begins, for every one of them; see [`Target`].
    pub(super) beginnings: Vec<Option<Target>>,
    /// The document that each ends with.
    pub(super) ends: Vec<Option<usize>>,
}

/// What became of the comments of a text.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Kept {
    /// They are in what is printed.
    pub(super) kept: usize,
    /// Nothing that is printed comes from their text.
    pub(super) left: usize,
}

/// Puts the comments of a text where they belong, by the document that is printed.
pub(super) fn attach(
    text: &Text,
    sources: &Sources,
    index: &Index,
    printed: &mut [Comments],
) -> Kept {
    let mut count = Kept::default();
    let source = &sources.get(text.id).text;
    let mut all = comments::comments(source);
    for document in &text.documents {
        inside_expressions(document, text.id, index, &mut all);
    }
    for comment in all {
        let Some(((document, path), side)) = text.target(&comment, source, index) else {
            count.left += 1;
            continue;
        };
        let Some(comments) = printed.get_mut(document) else {
            continue;
        };
        count.kept += 1;
        let notes: &mut Notes = comments.entry(path).or_default();
        let lines = match side {
            Side::Above => &mut notes.above,
            Side::End => &mut notes.end,
            Side::Below => &mut notes.below,
        };
        if comment.apart && !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(comment.text);
    }
    count
}

/// Comments inside of expressions that are not printed as they were written.
fn inside_expressions(node: &Node, id: SourceId, index: &Index, found: &mut Vec<Comment>) {
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .for_each(|entry| inside_expressions(&entry.value, id, index, found)),
        Kind::Seq(items) => items
            .iter()
            .for_each(|item| inside_expressions(item, id, index, found)),
        Kind::Scalar(scalar) if scalar.text.contains('#') && node.at.source == id => {
            let lost = promql::comments(&scalar.text).into_iter();
            let lost = lost.filter(|text| !index.texts.iter().any(|other| other.contains(*text)));
            let lost = lost.map(|text| Comment {
                text: text.to_owned(),
                at: node.at.span.start,
                about: Some(node.at.span.start),
                side: Side::Above,
                column: 0,
                apart: false,
            });
            for comment in lost {
                // An alias repeats the expression, but was written once.
                if !found.contains(&comment) {
                    found.push(comment);
                }
            }
        }
        Kind::Scalar(_) => {}
    }
}

impl Text<'_> {
    fn target(&self, comment: &Comment, source: &str, index: &Index) -> Option<(Target, Side)> {
        let Some(about) = comment.about else {
            return Some((self.last_resort(self.documents.len())?, Side::Above));
        };
        let number = self
            .documents
            .iter()
            .rposition(|document| document.at.span.start <= about)
            .unwrap_or(0);
        let document = self.documents.get(number)?;
        if comment.side == Side::Above && about <= document.at.span.start {
            return Some((self.last_resort(number)?, Side::Above));
        }
        let levels = levels(document, about);
        let own = own_level(&levels, comment, about, source);
        // What ends a document ends what is made of it.
        let ends = comment.side == Side::Below && own == 0;
        let exact = levels.first().and_then(|level| index.exactly(level));
        if let Some(end) = self.ends.get(number).copied().flatten()
            && ends
            && exact.is_none()
        {
            return Some(((end, Vec::new()), Side::Below));
        }
        for (depth, level) in levels.iter().enumerate().take(own + 1).rev() {
            if let Some(target) = index.exactly(level) {
                let side = if depth == own {
                    comment.side
                } else {
                    Side::Above
                };
                return Some((target.clone(), side));
            }
            if let Some(target) = index.inside(level.value) {
                let end = depth == own && comment.side == Side::End;
                return Some((target.clone(), if end { Side::End } else { Side::Above }));
            }
        }
        Some((self.last_resort(number)?, Side::Above))
    }

    /// The top of a document, or of the nearest one from which anything is printed.
    fn last_resort(&self, document: usize) -> Option<Target> {
        let (before, from) = self
            .beginnings
            .split_at(document.min(self.beginnings.len()));
        let mut near = from.iter().chain(before.iter().rev()).flatten();
        near.next().cloned()
    }
}

/// Index of the level that a comment is about.
fn own_level(levels: &[Level], comment: &Comment, about: usize, source: &str) -> usize {
    let innermost = levels.len().saturating_sub(1);
    let own = match comment.side {
        // The largest thing that is wholly on the line.
        Side::End => levels.iter().position(|level| {
            let ends = level.value.span.end <= comment.at;
            let line = source.get(level.start()..comment.at);
            ends && line.is_some_and(|line| !line.contains('\n'))
        }),
        // What is above the first key of an item is above the item.
        Side::Above => levels.iter().position(|level| level.start() == about),
        Side::Below => levels.iter().rposition(|level| {
            let line = Span::new(0, level.start());
            let before = source.get(line.start..line.end).unwrap_or_default();
            let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
            let dash = level
                .key
                .is_none()
                .then(|| comments::indent(source, level.start()));
            column == comment.column || dash == Some(comment.column)
        }),
    };
    own.unwrap_or(innermost)
}
