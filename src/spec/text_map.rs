//! From offsets in a decoded scalar back to the file.

use serde_yaml::granit_parser::ScalarStyle;

use crate::source::{SourceSpan, TextMap};

/// The map of `decoded`, which stands at `at` in `file`.
pub(crate) fn of(decoded: &str, style: ScalarStyle, at: SourceSpan, file: &str) -> TextMap {
    let raw = file.get(at.span.start..at.span.end).unwrap_or_default();
    let mut walk = Walk {
        decoded: decoded.as_bytes(),
        raw: raw.as_bytes(),
        style,
        indent: match style {
            ScalarStyle::Literal | ScalarStyle::Folded => indent(file, at.span.start),
            _ => 0,
        },
        base: at.span.start,
        i: 0,
        j: 0,
        pieces: Vec::new(),
    };
    match walk.run() {
        Some(()) => TextMap::with_pieces(at, walk.pieces),
        None => TextMap::whole(at),
    }
}

/// Bytes between the start of the line and `offset`.
fn indent(file: &str, offset: usize) -> usize {
    let line = file[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    offset - line
}

/// Walks decoded and raw text side by side. Works on bytes: everything that
/// YAML treats specially is ASCII, all else is copied.
struct Walk<'a> {
    decoded: &'a [u8],
    raw: &'a [u8],
    style: ScalarStyle,
    indent: usize,
    base: usize,
    i: usize,
    j: usize,
    pieces: Vec<(usize, usize)>,
}

impl Walk<'_> {
    /// `None` when the two do not fit together.
    fn run(&mut self) -> Option<()> {
        match self.style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                // A plain scalar with a `!!str` tag counts as quoted.
                if matches!(self.raw.first(), Some(b'\'' | b'"')) {
                    self.j = 1;
                } else {
                    self.style = ScalarStyle::Plain;
                }
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // Blank lines before the first text stand before the span.
                while self.decoded.get(self.i) == Some(&b'\n') && self.raw.first() != Some(&b'\n') {
                    self.i += 1;
                }
            }
            ScalarStyle::Plain => {}
        }
        self.mark();
        while self.i < self.decoded.len() {
            let Some(&byte) = self.raw.get(self.j) else {
                // Line ends after the last text stand behind the span.
                return self.decoded[self.i..]
                    .iter()
                    .all(|byte| matches!(byte, b'\n' | b' ' | b'\t'))
                    .then_some(());
            };
            if self.at_line_break() {
                self.line_break();
            } else if byte == b'\\' && self.style == ScalarStyle::DoubleQuoted {
                self.escape()?;
            } else if byte == self.decoded[self.i] {
                if byte == b'\'' && self.style == ScalarStyle::SingleQuoted {
                    self.j += 1;
                    self.mark();
                }
                self.i += 1;
                self.j += 1;
            } else {
                return None;
            }
        }
        Some(())
    }

    fn mark(&mut self) {
        let piece = (self.i, self.base + self.j);
        match self.pieces.last_mut() {
            Some(last) if last.0 == piece.0 => *last = piece,
            _ => self.pieces.push(piece),
        }
    }

    fn is_block(&self) -> bool {
        matches!(self.style, ScalarStyle::Literal | ScalarStyle::Folded)
    }

    /// Whether a line ends here; outside blocks blanks before the end do not count.
    fn at_line_break(&self) -> bool {
        let rest = &self.raw[self.j..];
        let blanks = if self.is_block() {
            0
        } else {
            rest.iter()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count()
        };
        matches!(rest[blanks..], [b'\n', ..] | [b'\r', b'\n', ..])
    }

    fn line_break(&mut self) {
        let mut breaks = 0;
        while self.j < self.raw.len() && self.at_line_break() {
            while self.raw[self.j] != b'\n' {
                self.j += 1;
            }
            self.j += 1;
            breaks += 1;
            self.skip_indent();
        }
        if self.style != ScalarStyle::Literal && self.decoded.get(self.i) == Some(&b' ') {
            self.i += 1;
        } else {
            while breaks > 0 && self.decoded.get(self.i) == Some(&b'\n') {
                self.i += 1;
                breaks -= 1;
            }
        }
        self.mark();
    }

    fn skip_indent(&mut self) {
        let most = if self.is_block() {
            self.indent
        } else {
            usize::MAX
        };
        let mut skipped = 0;
        while skipped < most
            && self
                .raw
                .get(self.j)
                .is_some_and(|b| *b == b' ' || (*b == b'\t' && !self.is_block()))
        {
            self.j += 1;
            skipped += 1;
        }
    }

    /// One backslash escape; `\"` and `\\` lead to the character itself, others to the backslash.
    fn escape(&mut self) -> Option<()> {
        let kind = *self.raw.get(self.j + 1)?;
        let length = match kind {
            b'x' => 4,
            b'u' => 6,
            b'U' => 10,
            b'\n' | b'\r' => {
                self.j += 1;
                self.line_continuation();
                return Some(());
            }
            _ => 2,
        };
        if self.decoded[self.i] == kind {
            self.j += 1;
            self.mark();
            self.i += 1;
            self.j += 1;
            return Some(());
        }
        self.mark();
        let text = std::str::from_utf8(&self.decoded[self.i..]).ok()?;
        self.i += text.chars().next()?.len_utf8();
        self.j += length;
        self.mark();
        Some(())
    }

    /// An escaped line end joins the lines without a blank.
    fn line_continuation(&mut self) {
        while self.raw.get(self.j).is_some_and(|b| *b != b'\n') {
            self.j += 1;
        }
        self.j += 1;
        self.skip_indent();
        self.mark();
    }
}
