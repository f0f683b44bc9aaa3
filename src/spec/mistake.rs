//! What the YAML parser says about a mistake, in the words of somebody who writes specs.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use crate::source::{Span, floor_char_boundary};

/// A mistake in the YAML itself.
pub(crate) struct Mistake {
    /// Where it is seen.
    pub(crate) at: Span,
    /// What was found.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) help: &'static str,
}

/// Explains an error of the parser in `text`.
pub(crate) fn explain(error: &ScanError, text: &str) -> Mistake {
    let offset = error.marker().byte_offset().unwrap_or(0);
    let offset = floor_char_boundary(text, offset);
    let (message, help) = words(error.kind());
    Mistake {
        at: place(error.kind(), text, offset),
        message: message.map_or_else(|| error.info(), str::to_owned),
        help,
    }
}

/// What to say instead of the parser's own message, if anything, and how to mend it.
const fn words(kind: &ErrorKind) -> (Option<&'static str>, &'static str) {
    use ErrorKind as E;
    match kind {
        E::TabInBlockIndentation | E::TabInIndentation | E::TabInPlainScalar | E::TabNotAllowed => {
            (
                Some("a tab in the indentation"),
                "indent with blanks; YAML takes no tabs there",
            )
        }
        E::UnknownAnchor => (
            Some("there is no anchor that this alias could repeat"),
            "write `&name` before the value that `*name` repeats, above it in the same document",
        ),
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed => (
            Some("a `:` where no key can be"),
            "align the key with its neighbours; a text with `: ` in it needs quotes",
        ),
        E::ExpectedFlowMappingSeparator => (
            Some("expected `,` or `}` here"),
            "put a text with one of `{}[],` in it in single quotes",
        ),
        E::ExpectedFlowSequenceSeparator => (
            Some("expected `,` or `]` here"),
            "put a text with one of `{}[],` in it in single quotes",
        ),
        E::UnclosedFlowCollection { .. } => (
            Some("this bracket is never closed"),
            "close it; a text with brackets in it needs quotes",
        ),
        E::UnclosedQuotedScalar => (
            Some("this quote is never closed"),
            "close it; between single quotes, a single quote is written twice",
        ),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => (
            Some("more text after the closing quote"),
            "quote all of it; a quote within is `''` between single, `\\\"` between double quotes",
        ),
        E::ExpectedBlockMappingKey => (
            Some("expected another key, or less indentation"),
            "align it with the keys above, and end each key with `:`",
        ),
        E::ExpectedBlockSequenceEntry => (
            Some("expected another item, or less indentation"),
            "align it with the items above, and begin each with `- `",
        ),
        E::SimpleKeyExpected => (
            Some("neither a key nor the end of the value above"),
            "end a key with `:` and a blank; a text of several lines stands behind `|` or in quotes",
        ),
        E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape => (
            Some("an escape that YAML does not know"),
            "use single quotes, or write a backslash as `\\\\`",
        ),
        E::UnexpectedCharacter { .. } => (
            Some("this sign cannot begin a value"),
            "put a text with signs of YAML in it in single quotes",
        ),
        _ => (None, "put a text with signs of YAML in it in single quotes"),
    }
}

/// The tabs, the alias, or the character that the parser stopped at.
fn place(kind: &ErrorKind, text: &str, offset: usize) -> Span {
    let rest = &text[offset..];
    match kind {
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            let line = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
            tabs(text, line).unwrap_or(Span::new(offset, offset))
        }
        // The parser names the text above, which the line with the tab seems to continue.
        ErrorKind::TabInPlainScalar => rest
            .match_indices('\n')
            .map(|(newline, _)| offset + newline + 1)
            .find_map(|line| tabs(text, line))
            .unwrap_or(Span::new(offset, offset)),
        ErrorKind::UnknownAnchor => {
            let ends = |c: char| c.is_whitespace() || ",[]{}".contains(c);
            Span::new(offset, offset + rest.find(ends).unwrap_or(rest.len()))
        }
        _ => {
            let first = rest.chars().next().filter(|c| *c != '\n');
            Span::new(offset, offset + first.map_or(0, char::len_utf8))
        }
    }
}

/// The indentation of the line that begins at `line`, from its first tab on.
fn tabs(text: &str, line: usize) -> Option<Span> {
    let rest = &text[line..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let tab = rest[..blanks].find('\t')?;
    Some(Span::new(line + tab, line + blanks))
}
