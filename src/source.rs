//! Texts that were read, and places in them.
//!
//! Everything that can be wrong in a spec points into a [`Sources`] map with
//! byte spans; only a renderer turns them into line and column.

use std::ops::Range;

/// A range of bytes in some text: `start..end`, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start..span.end
    }
}

/// Names one text of a [`Sources`] map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(usize);

/// A place in one of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceSpan {
    /// The text.
    pub source: SourceId,
    /// The bytes in it.
    pub span: Span,
}

impl SourceSpan {
    /// The bytes `span` of `source`.
    pub const fn new(source: SourceId, span: Span) -> Self {
        Self { source, span }
    }
}

/// A value and the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub at: SourceSpan,
}

impl<T> Located<T> {
    /// `value`, written at `at`.
    pub const fn new(value: T, at: SourceSpan) -> Self {
        Self { value, at }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Located<U> {
        Located::new(f(self.value), self.at)
    }
}

/// One text with the name it is shown under.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path as the user gave it, or `<stdin>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// All texts of a run.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a text and names it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.files.push(SourceFile {
            name: name.into(),
            text: text.into(),
        });
        SourceId(self.files.len() - 1)
    }

    /// The text behind an id that this map handed out.
    pub fn get(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0]
    }

    /// All ids in the order in which they were added.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.files.len()).map(SourceId)
    }

    /// Whether one line shows the beginnings of both, which stand in the same text.
    pub fn on_one_line(&self, a: SourceSpan, b: SourceSpan) -> bool {
        let (first, last) = (
            a.span.start.min(b.span.start),
            a.span.start.max(b.span.start),
        );
        let text = &self.get(a.source).text;
        text.get(first..last)
            .is_some_and(|between| !between.contains('\n'))
    }

    /// Line and column, both from 1; the column counts characters.
    pub fn line_column(&self, id: SourceId, offset: usize) -> (usize, usize) {
        let text = &self.get(id).text;
        let before = &text[..floor_char_boundary(text, offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// The largest character boundary of `text` that is not after `offset`.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Leads from offsets in a decoded string (a YAML scalar after unquoting and
/// unindenting) back to the bytes of the file it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMap {
    whole: SourceSpan,
    /// Pieces that were copied byte by byte: offset in the decoded text, offset
    /// in the file. Sorted by the first. Empty when the text was not copied
    /// (escapes), so that only the whole scalar can be named.
    pieces: Vec<(usize, usize)>,
}

impl TextMap {
    /// A map that knows only the place of the whole scalar.
    pub const fn whole(at: SourceSpan) -> Self {
        Self {
            whole: at,
            pieces: Vec::new(),
        }
    }

    /// A map with pieces (offset in the decoded text, offset in the file), sorted.
    pub const fn with_pieces(at: SourceSpan, pieces: Vec<(usize, usize)>) -> Self {
        Self { whole: at, pieces }
    }

    /// The map of a text that is made of parts of the decoded text, one after the other.
    #[must_use]
    pub fn of_parts(&self, parts: &[Span]) -> Self {
        let mut pieces = Vec::new();
        let mut length = 0;
        for part in parts {
            let inside = |piece: &&(usize, usize)| piece.0 > part.start && piece.0 < part.end;
            pieces.extend(self.offset(part.start).map(|offset| (length, offset)));
            let later = self.pieces.iter().filter(inside);
            pieces.extend(later.map(|(from, to)| (length + from - part.start, *to)));
            length += part.end.saturating_sub(part.start);
        }
        let whole = match parts {
            [] => self.whole,
            [first, .., last] => self.locate(Span::new(first.start, last.end)),
            [only] => self.locate(*only),
        };
        Self { whole, pieces }
    }

    /// The place of the whole scalar.
    pub const fn at(&self) -> SourceSpan {
        self.whole
    }

    /// The place in the file of `span` in the decoded text.
    pub fn locate(&self, span: Span) -> SourceSpan {
        let (Some(start), Some(end)) = (
            self.offset(span.start),
            // The end belongs to the piece of the last byte, not of the next line.
            if span.end > span.start {
                self.offset(span.end - 1).map(|last| last + 1)
            } else {
                self.offset(span.end)
            },
        ) else {
            return self.whole;
        };
        SourceSpan::new(self.whole.source, Span::new(start, end.max(start)))
    }

    fn offset(&self, decoded: usize) -> Option<usize> {
        let next = self.pieces.partition_point(|piece| piece.0 <= decoded);
        let (from, to) = self.pieces.get(next.checked_sub(1)?)?;
        Some(to + (decoded - from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name_count{a="b"}` over two lines of a file, without `_count`.
    #[test]
    fn a_text_without_a_part_still_leads_to_the_file() {
        let mut sources = Sources::default();
        let source = sources.add("spec.yaml", "");
        let place = |start, end| SourceSpan::new(source, Span::new(start, end));
        let map = TextMap::with_pieces(place(100, 130), vec![(0, 101), (12, 120)]);
        let parts = [Span::new(0, 4), Span::new(10, 19)];
        let without = map.of_parts(&parts);
        assert_eq!(without.at(), place(101, 127));
        assert_eq!(without.locate(Span::new(0, 4)), place(101, 105));
        assert_eq!(without.locate(Span::new(4, 6)), place(111, 113));
        assert_eq!(without.locate(Span::new(6, 9)), place(120, 123));
        // Where nothing is known but the whole, that stays so.
        let whole = TextMap::whole(place(100, 130));
        assert_eq!(
            whole.of_parts(&parts).locate(Span::new(0, 4)),
            place(100, 130)
        );
    }
}
