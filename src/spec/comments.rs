//! The comments of a text, and what each is about.
//!
//! The reader has no use for them, but `convert` keeps them. They are what stands behind
//! a `#` between the scalars.

use serde_yaml::granit_parser::{Event, Parser};

use crate::source::{Span, floor_char_boundary};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    /// With its `#`.
    pub(crate) text: String,
    /// Where it begins.
    pub(crate) at: usize,
    /// Offset of the value or key that it is about.
    pub(crate) about: Option<usize>,
    /// How it stands to that.
    pub(crate) side: Side,
    /// Column of its `#`, from 0.
    pub(crate) column: usize,
    /// Whether a blank line stands between it and a comment before it.
    pub(crate) apart: bool,
}

/// How a comment stands to what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// On a line of its own before it.
    Above,
    /// Behind it on its line.
    End,
    /// On a line of its own, and nothing that it could be about comes after it.
    Below,
}

/// The comments of a text, in their order; those before a mistake in the YAML.
pub(crate) fn comments(text: &str) -> Vec<Comment> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut from = 0;
    for index in 0..=tokens.len() {
        let to = tokens.get(index).map_or(text.len(), |token| token.start);
        gap(
            text,
            Span::new(from, to.max(from)),
            &tokens,
            index,
            &mut found,
        );
        from = tokens.get(index).map_or(to, |token| token.end.max(from));
    }
    found
}

/// Keys, scalars, aliases and brackets that open: whatever a comment can be about.
fn tokens(text: &str) -> Vec<Span> {
    let mut tokens = Vec::new();
    for next in Parser::new_from_str(text) {
        let Ok((event, span)) = next else { break };
        let offset = |at: Option<usize>| floor_char_boundary(text, at.unwrap_or(0));
        let mut span = Span::new(
            offset(span.start.byte_offset()),
            offset(span.end.byte_offset()),
        );
        match event {
            Event::Scalar(..) => {
                // What is trimmed holds line ends, never a comment of its own.
                let raw = &text[span.start..span.end.max(span.start)];
                span.end = span.start + raw.trim_end().len();
            }
            Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {}
            _ => continue,
        }
        if span.end > span.start {
            tokens.push(span);
        }
    }
    tokens
}

/// The comments between two tokens; `next` is the index of the later one.
fn gap(text: &str, gap: Span, tokens: &[Span], next: usize, found: &mut Vec<Comment>) {
    let mut before = next.checked_sub(1).and_then(|last| tokens.get(last));
    let mut after = tokens.get(next);
    let end_of_document = |from: usize| {
        let rest = &text[from..gap.end];
        let mut at = from;
        rest.split_inclusive('\n').any(|line| {
            let begins = at == 0 || text[..at].ends_with('\n');
            at += line.len();
            begins && (line.starts_with("---") || line.starts_with("..."))
        })
    };
    let mut offset = gap.start;
    let mut blank = false;
    for line in text[gap.start..gap.end].split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let begins = start == 0 || text[..start].ends_with('\n');
        if begins && (line.starts_with("---") || line.starts_with("...")) {
            before = None;
            after = tokens.get(next);
        }
        let Some(sign) = sign(text, start, line) else {
            blank |= begins && line.trim().is_empty();
            continue;
        };
        let line_start = text[..sign].rfind('\n').map_or(0, |newline| newline + 1);
        let column = sign - line_start;
        let own_line = text[line_start..sign]
            .trim_matches([' ', '\t', '-', '?'])
            .is_empty();
        let following = after.filter(|_| !end_of_document(offset));
        let (side, about) = if own_line {
            own(text, column, before, following)
        } else {
            let side = if before.is_some() {
                Side::End
            } else {
                Side::Above
            };
            (side, before.or(following))
        };
        let comment = text[sign..offset].trim_end().to_owned();
        let apart = std::mem::take(&mut blank)
            && own_line
            && found.last().is_some_and(|last: &Comment| last.side == side);
        found.push(Comment {
            text: comment,
            at: sign,
            about: about.map(|token| token.start),
            side,
            column,
            apart,
        });
    }
}

/// What a comment on a line of its own is about.
fn own<'t>(
    text: &str,
    column: usize,
    before: Option<&'t Span>,
    after: Option<&'t Span>,
) -> (Side, Option<&'t Span>) {
    match (before, after) {
        (Some(before), Some(after)) if column > indent(text, after.start) => {
            // Indented deeper than what follows: the end of what came before.
            let aligned = aligned(text, before.start, column);
            if aligned {
                (Side::Below, Some(before))
            } else {
                (Side::Above, Some(after))
            }
        }
        (Some(before), None) => (Side::Below, Some(before)),
        (_, after) => (Side::Above, after),
    }
}

/// Whether a line in the block before, or the text of an item in it, begins at a column.
fn aligned(text: &str, before: usize, column: usize) -> bool {
    let mut lines = text[..before].rsplit('\n');
    let last = lines.next().map(|start| {
        let line = &text[before - start.len()..];
        line.split('\n').next().unwrap_or_default()
    });
    last.into_iter()
        .chain(lines)
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| {
            let dashes = line.len() - line.trim_start_matches([' ', '-']).len();
            (line.len() - line.trim_start_matches(' ').len(), dashes)
        })
        .find(|(indent, dashes)| *indent <= column || *dashes <= column)
        .is_some_and(|(indent, dashes)| indent == column || dashes == column)
}

/// Blanks before the first sign of the line of an offset.
pub(crate) fn indent(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..];
    line.len() - line.trim_start_matches(' ').len()
}

/// Offset of the `#` that begins a comment in a piece of text between tokens.
fn sign(text: &str, start: usize, line: &str) -> Option<usize> {
    line.match_indices('#')
        .map(|(at, _)| start + at)
        .find(|at| {
            text[..*at]
                .chars()
                .next_back()
                .is_none_or(char::is_whitespace)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        comments(text)
            .iter()
            .map(|comment| {
                let about = comment.about.map_or("nothing", |at| {
                    text[at..].split(['\n', ':', ' ', ',']).next().unwrap()
                });
                format!("{} {:?} {about}", comment.text, comment.side)
            })
            .collect()
    }

    #[test]
    fn say_what_they_are_about() {
        let text = "\
# head

a: 1 # one
# above b
b: 'x # no' # two
c: | # three
  # no
  text
# above d
d: # four
  # above e
  e: {f: 1} # five
  # end of d
g:
- # above h
  h: \"a#b\"
  # end of h
- i#j
# end of all
---
# second
k: [ # six
  1, # seven
] # eight
... # nine
# last
";
        assert_eq!(
            shown(text),
            [
                "# head Above a",
                "# one End 1",
                "# above b Above b",
                "# two End 'x",
                "# three End c",
                "# above d Above d",
                "# four End d",
                "# above e Above e",
                "# five End 1}",
                "# end of d Below 1}",
                "# above h Above h",
                "# end of h Below \"a#b\"",
                "# end of all Below i#j",
                "# second Above k",
                "# six End [",
                "# seven End 1",
                "# eight End 1",
                "# nine Above nothing",
                "# last Above nothing",
            ]
        );
    }
}
