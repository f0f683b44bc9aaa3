//! Texts taken apart as the SDK takes them apart: at every line that begins with `---`,
//! each part a document of one object or of a list of them.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::{Violation, check, is_openslo};
use crate::source::{SourceId, SourceSpan, Sources, Span};
use crate::spec::node::{Kind, Node};
use crate::spec::reader;

/// What the SDK says of a text.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) violations: Vec<Violation>,
    /// Documents that are `OpenSLO`.
    pub(crate) documents: Vec<SourceSpan>,
    /// Whether there are other documents, too.
    pub(crate) has_others: bool,
}

/// What the SDK says of the `OpenSLO` documents of a text.
pub(crate) fn judge(sources: &Sources, id: SourceId) -> Judged {
    let source = sources.get(id);
    let (documents, is_broken) = reader::leniently(sources, id);
    let (ours, others): (Vec<_>, Vec<_>) = documents
        .into_iter()
        .partition(|document| is_ours(document));
    let mut judged = Judged {
        documents: ours.iter().map(|document| document.at).collect(),
        has_others: !others.is_empty(),
        ..Judged::default()
    };
    // A mistake in the YAML is an error of its own.
    if is_broken {
        judged.has_others |= ours.is_empty();
    }
    let is_json = Path::new(&source.name)
        .extension()
        .is_some_and(|ext| ext == "json");
    if is_json {
        judged.json(&source.text, id, &ours, is_broken);
    } else {
        judged.yaml(&source.text, id, &ours, is_broken);
    }
    judged
}

impl Judged {
    fn yaml(&mut self, text: &str, id: SourceId, documents: &[Arc<Node>], is_broken: bool) {
        for part in parts(text) {
            let trimmed = text[part.clone()].trim_start();
            if trimmed.is_empty() {
                continue;
            }
            let inside = |document: &&Arc<Node>| part.contains(&document.at.span.start);
            match documents.iter().find(inside) {
                Some(document) => self.document(document, begins_list(&text[part])),
                None if is_broken || self.has_others => {}
                None => {
                    let start = part.end - trimmed.len();
                    let end = start + trimmed.lines().next().map_or(0, str::len);
                    let at = SourceSpan::new(id, Span::new(start, end));
                    self.violations.push(Violation {
                        message: "there is no object here, and the SDK expects one before and \
                                  after every `---`"
                            .to_owned(),
                        help: "leave the comment out, or move it into a document".to_owned(),
                        ..unread(at)
                    });
                }
            }
        }
    }

    fn json(&mut self, text: &str, id: SourceId, documents: &[Arc<Node>], is_broken: bool) {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text)
            && !is_broken
            && !self.has_others
        {
            let start = offset(text, error.line(), error.column());
            self.violations.push(Violation {
                message: "this is no JSON, which the name of the file announces".to_owned(),
                help: "JSON has neither comments nor commas before a closing bracket".to_owned(),
                ..unread(SourceSpan::new(id, Span::new(start, start)))
            });
        }
        if let Some(document) = documents.first() {
            self.document(document, text.trim_start().starts_with('['));
        }
    }

    /// A document, of which the SDK expects that it is a list or that it is none.
    fn document(&mut self, document: &Node, is_list: bool) {
        match &document.kind {
            Kind::Seq(items) if is_list => {
                self.violations
                    .extend(items.iter().flat_map(|item| check(item)));
            }
            _ if !is_list => self.violations.extend(check(document)),
            _ => self.violations.push(Violation {
                message: "the SDK expects a list here, since the first line begins with a dash"
                    .to_owned(),
                help: "leave out what follows on the line of the first `---`".to_owned(),
                ..unread(document.head())
            }),
        }
    }
}

fn unread(at: SourceSpan) -> Violation {
    Violation {
        at,
        object: String::new(),
        path: String::new(),
        code: super::DECODE,
        message: String::new(),
        help: String::new(),
    }
}

/// An object, a list of them, or a list of none.
fn is_ours(document: &Node) -> bool {
    match &document.kind {
        Kind::Seq(items) => items.is_empty() || items.iter().any(|item| is_openslo(item)),
        _ => is_openslo(document),
    }
}

/// The parts between lines that begin with `---`. What the SDK drops is in none: the
/// rest of such a line, and everything before one that has a rest but no end.
fn parts(text: &str) -> Vec<Range<usize>> {
    const SEPARATOR: &str = "\n---";
    let mut parts = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let Some(length) = text[start..].find(SEPARATOR) else {
            parts.push(start..text.len());
            break;
        };
        let end = start + length;
        let behind = end + SEPARATOR.len();
        match text[behind..].find('\n') {
            Some(line) => {
                parts.push(start..end);
                start = behind + line + 1;
            }
            None if behind == text.len() => {
                parts.push(start..end);
                break;
            }
            None => break,
        }
    }
    parts
}

/// Whether the first line that is neither blank nor a comment begins a list.
fn begins_list(part: &str) -> bool {
    let mut lines = part.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#') && *line != "---");
    first.is_some_and(|line| line.starts_with(['[', '-']))
}

/// The offset of a line and column, both from 1, in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    crate::source::floor_char_boundary(text, before + column.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart_as_the_sdk_does() {
        for (text, expected) in [
            ("a", &["a"][..]),
            ("a\n---\nb", &["a", "b"]),
            ("a\r\n---\r\nb", &["a\r", "b"]),
            ("---\na\n---\n---\nb\n", &["---\na", "---\nb\n"]),
            ("a\n---", &["a"]),
            ("a\n---\n", &["a"]),
            ("a\n--- # b\nc", &["a", "c"]),
            // Not even the first object is read.
            ("a\n--- ", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = parts(text).into_iter().map(|part| &text[part]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        assert!(begins_list("# c\n\n- a"));
        assert!(begins_list("---\n[a]"));
        assert!(begins_list("--- # c\na: b"));
        assert!(!begins_list("---\na: b\n- c"));
    }
}
