//! YAML text → located nodes.
//!
//! Built from the parser's events and not through serde, for three reasons:
//! several problems can be reported in one run, both places of a duplicate key
//! are known, and so is the style of a scalar, which leads from an offset in an
//! expression back to the file. Aliases share the anchored node, so an alias
//! bomb costs no memory; what it would expand to is counted all the same.

use std::collections::HashMap;
use std::sync::Arc;

use serde_yaml::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};
use smol_str::SmolStr;

use super::mistake;
use super::node::{Entry, Kind, Node, Scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, codes::spec};
use crate::source::{SourceId, SourceSpan, Sources, Span, floor_char_boundary};

/// Nesting above which a file is refused; the native format needs 8.
const MAX_DEPTH: usize = 64;
/// What the values of one file may weigh, aliases expanded: about their size in memory in bytes.
const MAX_WEIGHT: usize = 256 << 20;
/// What a value weighs besides its text.
const VALUE_WEIGHT: usize = 128;
/// The longest text of a single value, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// The documents of a text; empty ones are left out. What comes after a
/// mistake in the YAML itself cannot be read; what comes before it is returned.
pub(crate) fn documents(
    sources: &Sources,
    id: SourceId,
    diagnostics: &mut Diagnostics,
) -> Vec<Arc<Node>> {
    let mut builder = Builder::new(sources, id, diagnostics);
    if let Err(problem) = builder.read() {
        builder.diagnostics.push(problem);
    }
    builder.documents
}

/// The documents of a text as lenient readers see them, and whether a mistake ended the
/// reading early: the last of two equal keys wins, and tags say nothing. Nothing is reported.
pub(crate) fn leniently(sources: &Sources, id: SourceId) -> (Vec<Arc<Node>>, bool) {
    let mut diagnostics = Diagnostics::default();
    let mut builder = Builder::new(sources, id, &mut diagnostics);
    builder.lenient = true;
    let is_broken = builder.read().is_err();
    (builder.documents, is_broken)
}

/// Whether this is a finding about a tag, which other readers pass over.
pub(crate) fn is_about_tag(finding: &Diagnostic) -> bool {
    finding.code == &spec::INVALID_YAML && finding.message.starts_with(TAG)
}

/// How findings about tags begin.
const TAG: &str = "the tag `";

struct Builder<'a> {
    text: &'a str,
    id: SourceId,
    diagnostics: &'a mut Diagnostics,
    anchors: HashMap<usize, Arc<Node>>,
    open: Vec<Open>,
    documents: Vec<Arc<Node>>,
    weight: usize,
    /// Whether the last of two equal keys wins, and tags say nothing.
    lenient: bool,
}

/// A list or map whose end has not come yet.
struct Open {
    start: usize,
    end: usize,
    anchor: usize,
    weight: usize,
    items: Items,
}

enum Items {
    Seq(Vec<Arc<Node>>),
    Map {
        entries: Vec<Entry>,
        /// Index of each key in `entries`.
        known: HashMap<SmolStr, usize>,
        /// The key whose value comes next; no name when the key was refused.
        key: Option<(Option<SmolStr>, SourceSpan)>,
        /// Values of `<<`, applied at the end: what the map says itself wins.
        merged: Vec<(SourceSpan, Arc<Node>)>,
    },
}

impl<'a> Builder<'a> {
    fn new(sources: &'a Sources, id: SourceId, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            text: &sources.get(id).text,
            id,
            diagnostics,
            anchors: HashMap::new(),
            open: Vec::new(),
            documents: Vec::new(),
            weight: 0,
            lenient: false,
        }
    }

    fn read(&mut self) -> Result<(), Diagnostic> {
        for next in Parser::new_from_str(self.text) {
            let (event, span) = next.map_err(|error| self.yaml_error(&error))?;
            let span = Span::new(
                self.offset(span.start.byte_offset()),
                self.offset(span.end.byte_offset()),
            );
            self.event(event, span)?;
        }
        Ok(())
    }

    fn offset(&self, offset: Option<usize>) -> usize {
        floor_char_boundary(self.text, offset.unwrap_or(0))
    }

    fn at(&self, span: Span) -> SourceSpan {
        SourceSpan::new(self.id, span)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text.into_owned(), style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.known_tag(tag.as_deref(), &["seq"], span)?;
                self.start(Items::Seq(Vec::new()), anchor, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.known_tag(tag.as_deref(), &["map"], span)?;
                let items = Items::Map {
                    entries: Vec::new(),
                    known: HashMap::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.start(items, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(Diagnostic::at(
                        &spec::INVALID_YAML,
                        self.at(span),
                        "not YAML: this alias stands inside the very value that it repeats",
                    )
                    .with_help("write out what is meant"));
                };
                self.add(node, span)
            }
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: String,
        mut style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        mut span: Span,
    ) -> Result<(), Diagnostic> {
        let is_known = self.known_tag(tag, &["str", "int", "float", "bool", "null"], span)?;
        let is_text = !is_known || tag.is_some_and(|tag| tag.suffix() == "str");
        if is_text && style == ScalarStyle::Plain {
            style = ScalarStyle::SingleQuoted;
        }
        if text.len() > MAX_TEXT {
            return Err(Diagnostic::at(
                &spec::TOO_MUCH,
                self.at(Span::new(span.start, span.start)),
                format!(
                    "this text has {} bytes; at most {MAX_TEXT} are read",
                    text.len()
                ),
            )
            .with_help(
                "shorten it; an expression so long is better recorded by rules of its own",
            ));
        }
        let raw = &self.text[span.start..span.end.max(span.start)];
        span.end = span.start + raw.trim_end_matches(['\n', '\r', ' ', '\t']).len();
        let weight = VALUE_WEIGHT + text.len();
        let node = Arc::new(Node {
            kind: Kind::Scalar(Scalar {
                text,
                style,
                made_of: None,
            }),
            at: self.at(span),
            weight,
        });
        self.anchor(anchor, &node);
        self.add(node, span)
    }

    fn start(&mut self, items: Items, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.at(span)));
        }
        self.open.push(Open {
            start: span.start,
            end: span.end,
            anchor,
            weight: VALUE_WEIGHT,
            items,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        // A block ends with its last value, a flow collection with its bracket.
        if span.end > span.start {
            open.end = span.end;
        }
        let span = Span::new(open.start, open.end);
        let kind = match open.items {
            Items::Seq(items) => Kind::Seq(items),
            Items::Map {
                entries,
                known,
                merged,
                ..
            } => Kind::Map(self.merge(entries, known, merged)),
        };
        let node = Arc::new(Node {
            kind,
            at: self.at(span),
            weight: open.weight,
        });
        self.anchor(open.anchor, &node);
        self.add(node, span)
    }

    fn anchor(&mut self, anchor: usize, node: &Arc<Node>) {
        if anchor > 0 {
            self.anchors.insert(anchor, Arc::clone(node));
        }
    }

    /// Puts a finished node where it belongs; `span` is where it is used.
    fn add(&mut self, node: Arc<Node>, span: Span) -> Result<(), Diagnostic> {
        let at = self.at(span);
        let Some(open) = self.open.last_mut() else {
            self.anchors.clear();
            self.weight += node.weight;
            if !node.is_null() {
                self.documents.push(node);
            }
            return Ok(());
        };
        open.end = open.end.max(span.end);
        open.weight = open.weight.saturating_add(node.weight);
        if self.weight.saturating_add(open.weight) > MAX_WEIGHT {
            return Err(Diagnostic::at(
                &spec::TOO_MUCH,
                at,
                "from here on the file holds more values than a spec may, aliases expanded",
            )
            .with_help("split the file, or repeat less through aliases"));
        }
        match &mut open.items {
            Items::Seq(items) => items.push(node),
            Items::Map {
                entries,
                known,
                key,
                merged,
            } => match key.take() {
                None => *key = Some(key_of(&node, at, self.diagnostics)),
                Some((Some(name), key_at)) if &*name == "<<" => merged.push((key_at, node)),
                Some((None, _)) => {}
                Some((Some(name), key_at)) => {
                    if let Some(first) = known.get(&name) {
                        let first = &mut entries[*first];
                        self.diagnostics
                            .push(duplicate(&name, first.key_at, key_at));
                        if self.lenient {
                            first.key_at = key_at;
                            first.value = node;
                        }
                    } else {
                        known.insert(name.clone(), entries.len());
                        entries.push(Entry {
                            key: name,
                            key_at,
                            value: node,
                        });
                    }
                }
            },
        }
        Ok(())
    }

    /// Adds what `<<` brings in; earlier sources win over later ones.
    fn merge(
        &mut self,
        mut entries: Vec<Entry>,
        mut known: HashMap<SmolStr, usize>,
        merged: Vec<(SourceSpan, Arc<Node>)>,
    ) -> Vec<Entry> {
        for (key_at, node) in merged {
            let maps: Vec<&Node> = match &node.kind {
                Kind::Seq(items) => items.iter().map(Arc::as_ref).collect(),
                _ => vec![&node],
            };
            for map in maps {
                let Kind::Map(more) = &map.kind else {
                    self.diagnostics.push(
                        Diagnostic::at(
                            &spec::INVALID_YAML,
                            key_at,
                            format!("`<<` merges maps, found {}", map.describe()),
                        )
                        .with_help("repeat a map that has an anchor: `<<: *anchor`"),
                    );
                    continue;
                };
                for entry in more {
                    if !known.contains_key(&entry.key) {
                        known.insert(entry.key.clone(), entries.len());
                        entries.push(entry.clone());
                    }
                }
            }
        }
        entries
    }

    /// Whether a tag says no more than what is there. Otherwise it is a mistake; to lenient
    /// readers, the value is a text.
    fn known_tag(&self, tag: Option<&Tag>, known: &[&str], span: Span) -> Result<bool, Diagnostic> {
        let Some(tag) = tag else { return Ok(true) };
        if tag.handle() == "tag:yaml.org,2002:" && known.contains(&tag.suffix()) {
            return Ok(true);
        }
        if self.lenient {
            return Ok(false);
        }
        let at = self.at(self.tag_before(span.start));
        let message = format!("{TAG}{}{}` means nothing here", tag.handle(), tag.suffix());
        Err(Diagnostic::at(&spec::INVALID_YAML, at, message).with_help("leave the tag out"))
    }

    /// The tag of a value that begins at `start`, or the beginning of the value.
    fn tag_before(&self, start: usize) -> Span {
        let Some(tag) = self.text[..start].rfind('!') else {
            return Span::new(start, start);
        };
        let word = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
        let blank = |text: &str| text.trim_end_matches(|c: char| !c.is_whitespace()).len();
        Span::new(blank(&self.text[..tag]), tag + word(&self.text[tag..]))
    }

    fn yaml_error(&self, error: &ScanError) -> Diagnostic {
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            let start = self.offset(error.marker().byte_offset());
            return too_deep(self.at(Span::new(start, start)));
        }
        let problem = mistake::explain(error, self.text);
        Diagnostic::at(
            &spec::INVALID_YAML,
            self.at(problem.at),
            format!("not YAML: {}", problem.message),
        )
        .with_help(problem.help)
    }
}

fn key_of(
    node: &Node,
    at: SourceSpan,
    diagnostics: &mut Diagnostics,
) -> (Option<SmolStr>, SourceSpan) {
    if let Kind::Scalar(scalar) = &node.kind
        && !scalar.is_null()
    {
        return (Some(SmolStr::new(&scalar.text)), at);
    }
    diagnostics.push(
        Diagnostic::at(
            &spec::INVALID_YAML,
            at,
            format!("keys are texts, found {}", node.describe()),
        )
        .with_help("write a text before the colon, in quotes where it has signs of YAML in it"),
    );
    (None, at)
}

fn too_deep(at: SourceSpan) -> Diagnostic {
    Diagnostic::at(
        &spec::TOO_MUCH,
        at,
        format!("values are nested more than {MAX_DEPTH} levels deep"),
    )
    .with_help("no spec is so deep: a bracket may be missing before this place")
}

fn duplicate(name: &str, first: SourceSpan, second: SourceSpan) -> Diagnostic {
    Diagnostic::new(
        &spec::DUPLICATE_KEY,
        format!("the key `{name}` is written twice in the same map"),
    )
    .with_primary(second, "again here")
    .with_secondary(first, "first here")
    .with_help("keep one of them")
}
