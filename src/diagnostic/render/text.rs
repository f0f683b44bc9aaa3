use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::place::Places;
use super::untrusted;
use crate::diagnostic::{Annotation, Diagnostic, Diagnostics, Severity};
use crate::source::{SourceId, SourceSpan, Sources};

/// Columns that a report may take; longer lines are cut around the place.
const WIDTH: usize = 120;

/// Bytes of a line that are given to the renderer; of longer ones the part around the marks.
const LONG: usize = 2_000;

/// Bytes that are underlined at most; also how far aside from each other marks may stand.
const MARKED: usize = WIDTH - 20;

/// Places further apart than this many lines are shown as two excerpts.
const MAX_GAP: usize = 400;

/// All findings the way rustc shows them: message, place, line, marks, help.
/// Sorted by place; empty when there are none. The text ends with a newline.
///
/// Whatever the specs contain, the result moves no cursor: control characters
/// are replaced by visible ones.
pub fn render_text(diagnostics: &Diagnostics, sources: &Sources, colour: bool) -> String {
    let mut places = Places::new(sources);
    render_some(diagnostics.sorted(), &mut places, colour)
}

/// These findings, in this order, the same way.
pub(crate) fn render_some<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    places: &mut Places<'_>,
    colour: bool,
) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(WIDTH);
    let mut text = String::new();
    for diagnostic in diagnostics {
        let report = [group(diagnostic, places)];
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end_matches('\n').len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn group<'a>(diagnostic: &Diagnostic, places: &mut Places<'_>) -> Group<'a> {
    let level = match diagnostic.code.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(untrusted::line(&diagnostic.message))
        .id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for excerpt in excerpts(diagnostic, places) {
        let (snippet, origin) = excerpt.snippet(places);
        if let Some(origin) = origin {
            group = group.element(origin);
        }
        group = group.element(snippet);
    }
    if let Some(detail) = &diagnostic.detail {
        let shown = Level::NOTE.with_name("detail");
        group = group.element(shown.message(untrusted::block(detail)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(untrusted::lines(help)));
    }
    if let Some(query) = &diagnostic.query {
        let shown = Level::NOTE.with_name("query");
        group = group.element(shown.message(untrusted::query(query)));
    }
    group
}

/// Marks in one text that are near enough to be shown together.
struct Excerpt {
    source: SourceId,
    marks: Vec<Mark>,
}

/// Something to be marked: the part of an annotation that is on its first line.
struct Mark {
    at: SourceSpan,
    line: usize,
    /// Bytes before it in its line.
    aside: usize,
    label: String,
    kind: AnnotationKind,
}

fn excerpts(diagnostic: &Diagnostic, places: &mut Places<'_>) -> Vec<Excerpt> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    let primary = diagnostic
        .primary
        .iter()
        .map(|annotation| (annotation, AnnotationKind::Primary));
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|annotation| (annotation, AnnotationKind::Context));
    for (annotation, kind) in primary.chain(secondary) {
        let mark = Mark::new(annotation, kind, places);
        match excerpts.iter_mut().find(|excerpt| excerpt.takes(&mark)) {
            Some(excerpt) => excerpt.marks.push(mark),
            None => excerpts.push(Excerpt {
                source: mark.at.source,
                marks: vec![mark],
            }),
        }
    }
    excerpts
}

impl Mark {
    fn new(annotation: &Annotation, kind: AnnotationKind, places: &mut Places<'_>) -> Self {
        let mut at = annotation.at;
        let line = places.line_index(at.source, at.span.start);
        let mut aside = 0;
        if let Some((start, text)) = places.line(at.source, line) {
            let end = start + text.len();
            at.span.start = at.span.start.min(end);
            at.span.end = at.span.end.clamp(at.span.start, end);
            aside = at.span.start - start;
            if at.span.end - at.span.start > MARKED {
                let most = aside + MARKED;
                at.span.end = start + crate::source::floor_char_boundary(text, most);
            }
        }
        Self {
            at,
            line,
            aside,
            label: untrusted::line(&annotation.text),
            kind,
        }
    }

    /// Whether one excerpt cannot show both because it would have to be too wide.
    fn is_far_aside(&self, other: &Self) -> bool {
        let most = if self.line == other.line {
            WIDTH / 2
        } else {
            MARKED
        };
        self.aside.abs_diff(other.aside) > most
    }
}

impl Excerpt {
    fn takes(&self, mark: &Mark) -> bool {
        self.source == mark.at.source
            && self
                .marks
                .iter()
                .all(|other| mark.line.abs_diff(other.line) <= MAX_GAP && !mark.is_far_aside(other))
    }

    /// The excerpt; where a line had to be cut before its mark, the place is told apart.
    fn snippet<'a>(
        &self,
        places: &mut Places<'_>,
    ) -> (
        Snippet<'a, annotate_snippets::Annotation<'a>>,
        Option<Origin<'a>>,
    ) {
        let lines = || self.marks.iter().map(|mark| mark.line);
        let first = lines().min().unwrap_or(0);
        let last = lines().max().unwrap_or(0);
        let mut text = String::new();
        let mut annotations = Vec::new();
        let mut is_cut = false;
        for index in first..=last {
            let Some((start, line)) = places.line(self.source, index) else {
                break;
            };
            let marks: Vec<_> = self
                .marks
                .iter()
                .filter(|mark| mark.line == index)
                .collect();
            let cut = Cut::of(line, start, &marks);
            is_cut |= cut.from > 0;
            let line = &line[..cut.to];
            for mark in marks {
                let offset = |at: usize| {
                    let at = (at - start).clamp(cut.from, cut.to);
                    text.len() + shown(&line[cut.from..], at - cut.from).len()
                };
                let annotation = mark
                    .kind
                    .span(offset(mark.at.span.start)..offset(mark.at.span.end));
                let label = (!mark.label.is_empty()).then(|| mark.label.clone());
                annotations.push(annotation.label(label));
            }
            // Lines far from every mark are folded away; their text is not needed.
            if lines().any(|marked| marked.abs_diff(index) <= 2) {
                text.push_str(&shown(&line[cut.from..], line.len()));
            }
            text.push('\n');
        }
        let snippet = Snippet::source(text)
            .line_start(first + 1)
            .annotations(annotations);
        let path = untrusted::line(places.name(self.source));
        let Some(mark) = self.marks.first().filter(|_| is_cut) else {
            return (snippet.path(path), None);
        };
        let place = places.of(mark.at);
        let origin = Origin::path(path)
            .line(place.line)
            .char_column(place.column);
        (snippet, Some(origin))
    }
}

/// The part of a line that is shown, in bytes.
struct Cut {
    from: usize,
    to: usize,
}

impl Cut {
    /// The whole line, or the surroundings of the marks in it.
    fn of(line: &str, start: usize, marks: &[&Mark]) -> Self {
        if line.len() <= LONG {
            return Self {
                from: 0,
                to: line.len(),
            };
        }
        let starts = || marks.iter().map(|mark| mark.at.span.start - start);
        let first = starts().min().unwrap_or(0);
        let last = starts().max().unwrap_or(0);
        let floor = |at| crate::source::floor_char_boundary(line, at);
        Self {
            from: floor(first.saturating_sub(LONG / 2)),
            to: floor(last + LONG / 2),
        }
    }
}

/// The first bytes of a line with everything visible; a tab stays one, the renderer widens it.
fn shown(line: &str, bytes: usize) -> String {
    let end = crate::source::floor_char_boundary(line, bytes);
    line[..end]
        .chars()
        .map(|c| if c == '\t' { c } else { untrusted::visible(c) })
        .collect()
}
