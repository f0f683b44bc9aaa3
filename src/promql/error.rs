//! Why a text is not PromQL.

use std::fmt;

use crate::source::Span;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text does not read as an expression.
    Syntax,
    /// It reads, but a part has the wrong type.
    Type,
    /// It calls a function that Prometheus does not have.
    UnknownFunction,
}

/// The first mistake in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What kind of mistake.
    pub kind: ErrorKind,
    /// Where in the text.
    pub span: Span,
    /// What was found and what was expected.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
}

impl ParseError {
    pub(super) const fn new(kind: ErrorKind, span: Span, message: String) -> Self {
        Self {
            kind,
            span,
            message,
            help: None,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}
