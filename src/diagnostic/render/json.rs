use std::fmt::Write as _;

use serde::Serialize;

use super::place::{Place, Places};
use super::untrusted;
use crate::diagnostic::{Annotation, Diagnostic, Diagnostics};
use crate::source::Sources;

/// A finding as a program reads it. Fields are only ever added.
#[derive(Serialize)]
pub(crate) struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    severity: String,
    message: &'a str,
    /// What stands beside the place in the text form.
    label: Option<&'a str>,
    #[serde(flatten)]
    place: At<'a>,
    /// Lines that show it, such as a difference.
    detail: Option<&'a str>,
    help: Option<&'a str>,
    query: Option<&'a str>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    text: &'a str,
    #[serde(flatten)]
    place: At<'a>,
}

/// Lines and columns from 1, columns in characters, the end after the last one;
/// null when no file is to blame.
#[derive(Serialize, Default)]
struct At<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

/// All findings as a JSON array, sorted by place; ends with a newline.
pub fn render_json(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let findings: Vec<_> = diagnostics
        .sorted()
        .into_iter()
        .map(|diagnostic| Finding::new(diagnostic, &mut places))
        .collect();
    pretty(&findings)
}

/// A value as JSON for programs, safe to print; ends with a newline.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // What is written here is made of strings, numbers and null, which cannot fail.
    let json = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
    let mut text = escape_controls(&json);
    text.push('\n');
    text
}

impl<'a> Finding<'a> {
    pub(crate) fn new(diagnostic: &'a Diagnostic, places: &mut Places<'a>) -> Self {
        let primary = diagnostic.primary.as_ref();
        let related = |annotation: &'a Annotation, places: &mut Places<'a>| Related {
            text: &annotation.text,
            place: places.of(annotation.at).into(),
        };
        Self {
            code: diagnostic.code.id,
            name: diagnostic.code.name,
            severity: diagnostic.code.severity.to_string(),
            message: &diagnostic.message,
            label: primary
                .map(|annotation| annotation.text.as_str())
                .filter(|text| !text.is_empty()),
            place: primary.map_or_else(At::default, |annotation| places.of(annotation.at).into()),
            detail: diagnostic.detail.as_deref(),
            help: diagnostic.help.as_deref(),
            query: diagnostic.query.as_deref(),
            related: diagnostic
                .secondary
                .iter()
                .map(|annotation| related(annotation, places))
                .collect(),
        }
    }
}

impl<'a> From<Place<'a>> for At<'a> {
    fn from(place: Place<'a>) -> Self {
        Self {
            file: Some(place.file),
            line: Some(place.line),
            column: Some(place.column),
            end_line: Some(place.end_line),
            end_column: Some(place.end_column),
        }
    }
}

/// JSON leaves control characters above U+001F as they are, and terminals obey
/// some of them. They can only stand within strings, where an escape means the same.
fn escape_controls(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !untrusted::is_control(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}
