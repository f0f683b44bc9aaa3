use std::collections::BTreeMap;

use crate::source::{SourceId, SourceSpan, Sources, floor_char_boundary};

/// Finds lines and columns; reads each text once, however many findings it has.
pub(crate) struct Places<'a> {
    sources: &'a Sources,
    starts: BTreeMap<SourceId, Vec<usize>>,
    /// Source and start of a long line → characters before each of its blocks.
    blocks: BTreeMap<(SourceId, usize), Vec<usize>>,
}

/// Bytes of a line that are counted anew for each place.
const BLOCK: usize = 4096;

/// Characters that begin in these bytes.
fn count(utf8: &[u8]) -> usize {
    utf8.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// Where a span begins and ends, as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// Name of the text.
    pub file: &'a str,
    /// Line of the first character, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

impl<'a> Places<'a> {
    pub(crate) const fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            starts: BTreeMap::new(),
            blocks: BTreeMap::new(),
        }
    }

    /// Line and column of both ends.
    pub(crate) fn of(&mut self, at: SourceSpan) -> Place<'a> {
        let (line, column) = self.line_column(at.source, at.span.start);
        let (end_line, end_column) = self.line_column(at.source, at.span.end.max(at.span.start));
        Place {
            file: &self.sources.get(at.source).name,
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// Name of a text.
    pub(super) fn name(&self, source: SourceId) -> &'a str {
        &self.sources.get(source).name
    }

    /// Index of the line, from 0, that holds the byte at `offset`.
    pub(super) fn line_index(&mut self, source: SourceId, offset: usize) -> usize {
        let starts = self.starts(source);
        starts.partition_point(|start| *start <= offset) - 1
    }

    /// The bytes of a line, without its end; none after the last.
    pub(super) fn line(&mut self, source: SourceId, index: usize) -> Option<(usize, &'a str)> {
        let starts = self.starts(source);
        let start = *starts.get(index)?;
        let end = starts.get(index + 1).copied();
        let text = &self.sources.get(source).text;
        let line = &text[start..end.unwrap_or(text.len())];
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }

    fn line_column(&mut self, source: SourceId, offset: usize) -> (usize, usize) {
        let text = &self.sources.get(source).text;
        let offset = floor_char_boundary(text, offset);
        let index = self.line_index(source, offset);
        let start = self.starts(source)[index];
        (index + 1, self.characters(source, start, offset) + 1)
    }

    /// Characters between the start of a line and `offset`; long lines are counted
    /// once, block by block.
    fn characters(&mut self, source: SourceId, line: usize, offset: usize) -> usize {
        let text = self.sources.get(source).text.as_bytes();
        let block = (offset - line) / BLOCK;
        if block == 0 {
            return count(&text[line..offset]);
        }
        let blocks = self.blocks.entry((source, line)).or_insert_with(|| {
            let rest = &text[line..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let line = &rest[..end.unwrap_or(rest.len())];
            let before = line.chunks(BLOCK).scan(0, |sum, block| {
                *sum += count(block);
                Some(*sum)
            });
            std::iter::once(0).chain(before).collect()
        });
        blocks[block] + count(&text[line + block * BLOCK..offset])
    }

    fn starts(&mut self, source: SourceId) -> &[usize] {
        let text = &self.sources.get(source).text;
        self.starts.entry(source).or_insert_with(|| {
            std::iter::once(0)
                .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn counts_in_long_lines() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", format!("a\n{}\nb", "日é".repeat(3 * BLOCK)));
        let mut places = Places::new(&sources);
        for offset in [
            0,
            2,
            2 + BLOCK,
            3 + 7 * BLOCK,
            1 + 15 * BLOCK,
            4 + 15 * BLOCK,
        ] {
            let place = places.of(SourceSpan::new(id, Span::new(offset, offset)));
            assert_eq!((place.line, place.column), sources.line_column(id, offset));
        }
    }

    #[test]
    fn counts_like_sources() {
        let mut sources = Sources::default();
        let text = "a: é日\r\n\nb: \"x\"\n";
        let id = sources.add("a.yaml", text);
        let mut places = Places::new(&sources);
        for offset in 0..text.len() + 3 {
            let place = places.of(SourceSpan::new(id, Span::new(offset, offset)));
            let expected = sources.line_column(id, offset);
            assert_eq!((place.line, place.column), expected, "{offset}");
            assert_eq!((place.end_line, place.end_column), expected, "{offset}");
        }
        assert_eq!(places.line(id, 0), Some((0, "a: é日")));
        assert_eq!(places.line(id, 3), Some((text.len(), "")));
        assert_eq!(places.line(id, 4), None);
    }
}
