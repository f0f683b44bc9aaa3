//! Findings: what is wrong, where, why, and how to fix it. One type for all of them.

mod code;
pub mod codes;
mod render;

pub use code::{Code, Severity};
pub(crate) use render::workflow_command;
pub(crate) use render::{JsonFinding, Places, pretty_json, render_some, untrusted};
pub use render::{render_github, render_json, render_text};

use crate::source::{SourceSpan, Sources};

/// A place and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The place.
    pub at: SourceSpan,
    /// Short text beside it; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding; fixes the severity.
    pub code: &'static Code,
    /// One sentence, lower case, that says what was found and what was expected.
    pub message: String,
    /// Where; absent only when no file is to blame.
    pub primary: Option<Annotation>,
    /// Other places that help to understand.
    pub secondary: Vec<Annotation>,
    /// Lines that show it, such as a difference; bounded by who makes them.
    pub detail: Option<String>,
    /// How to fix it.
    pub help: Option<String>,
    /// `PromQL` that shows the same on the server; absent when no server is to blame.
    pub query: Option<String>,
}

impl Diagnostic {
    /// A finding without a place.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            detail: None,
            help: None,
            query: None,
        }
    }

    /// A finding at a place.
    pub fn at(code: &'static Code, at: SourceSpan, message: impl Into<String>) -> Self {
        Self::new(code, message).with_primary(at, "")
    }

    /// Says where it is, with a short text beside the place.
    #[must_use]
    pub fn with_primary(mut self, at: SourceSpan, text: impl Into<String>) -> Self {
        self.primary = Some(Annotation {
            at,
            text: text.into(),
        });
        self
    }

    /// Adds a place that helps to understand.
    #[must_use]
    pub fn with_secondary(mut self, at: SourceSpan, text: impl Into<String>) -> Self {
        self.secondary.push(Annotation {
            at,
            text: text.into(),
        });
        self
    }

    /// Points at the heading of the part `whole` that the finding lies in, where that helps:
    /// the heading is on another line, and nothing but the place itself is pointed at.
    pub fn add_heading(
        &mut self,
        whole: SourceSpan,
        heading: SourceSpan,
        text: &str,
        sources: &Sources,
    ) {
        if let Some(primary) = &self.primary
            && primary.at.source == whole.source
            && whole.span.contains(primary.at.span)
            && !primary.at.span.contains(heading.span)
            && self.secondary.is_empty()
            && !sources.on_one_line(heading, primary.at)
        {
            self.secondary.push(Annotation {
                at: heading,
                text: text.to_owned(),
            });
        }
    }

    /// Shows it in lines of its own.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says how to fix it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which query shows the same.
    #[must_use]
    pub fn with_query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }
}

/// Findings that are kept; nobody reads more, and a hostile file can hold millions.
const MOST: usize = 10_000;

/// All findings of a run: the first ten thousand, and how many more there were.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
    more_errors: usize,
    more_warnings: usize,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.all.push(diagnostic);
        } else if diagnostic.code.severity == Severity::Error {
            self.more_errors += 1;
        } else {
            self.more_warnings += 1;
        }
    }

    /// Whether further findings are only counted.
    pub const fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// How many are counted and not kept.
    pub const fn more(&self) -> usize {
        self.more_errors + self.more_warnings
    }

    /// Those for which `keep` holds, equal ones once; the ones that were not kept still count.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Diagnostic) -> bool) -> Self {
        let kept = self.sorted().into_iter().filter(|finding| keep(finding));
        Self {
            all: kept.cloned().collect(),
            more_errors: self.more_errors,
            more_warnings: self.more_warnings,
        }
    }

    /// Adds what was found elsewhere; what was not kept there still counts.
    pub fn append(&mut self, other: Self) {
        for diagnostic in other.all {
            self.push(diagnostic);
        }
        self.more_errors += other.more_errors;
        self.more_warnings += other.more_warnings;
    }

    /// Takes out all that are kept; the others still count.
    pub fn take(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.all)
    }

    /// Adds several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.all.extend(diagnostics);
    }

    /// Whether anything stops `generate`.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let kept = self.all.iter().filter(|d| d.code.severity == severity);
        let more = match severity {
            Severity::Error => self.more_errors,
            Severity::Warning => self.more_warnings,
        };
        kept.count() + more
    }

    /// Sorted by place, then code; equal ones once. Those without a place come first.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let key = |d: &Diagnostic| {
            (
                d.primary.as_ref().map(|p| p.at),
                d.code.id,
                d.message.clone(),
            )
        };
        let mut sorted: Vec<_> = self.all.iter().collect();
        sorted.sort_by_key(|d| key(d));
        sorted.dedup();
        sorted
    }
}
