//! PromQL in a spec: parse errors become findings at their place in the file.

use crate::diagnostic::{Code, Diagnostic, codes::promql as code};
use crate::promql::ast::{Expr, Matcher};
use crate::promql::{self, ErrorKind, ParseError};
use crate::source::{Span, TextMap};
use crate::spec::decode::Decoder;

pub(super) fn parse(text: &str, map: &TextMap, decoder: &mut Decoder<'_>) -> Option<Expr> {
    promql::parse(text)
        .map_err(|error| report(error, map, decoder))
        .ok()
}

pub(super) fn parse_matchers(
    text: &str,
    map: &TextMap,
    decoder: &mut Decoder<'_>,
) -> Option<Vec<Matcher>> {
    promql::parse_matchers(text)
        .map_err(|error| report(error, map, decoder))
        .ok()
}

fn report(error: ParseError, map: &TextMap, decoder: &mut Decoder<'_>) {
    let code: &'static Code = match error.kind {
        ErrorKind::Syntax => &code::SYNTAX,
        ErrorKind::Type => &code::TYPE_MISMATCH,
        ErrorKind::UnknownFunction => &code::UNKNOWN_FUNCTION,
    };
    // Something must be underlined, also where something is missing.
    let span = Span::new(error.span.start, error.span.end.max(error.span.start));
    let help = error.help.unwrap_or_else(|| {
        match error.kind {
            ErrorKind::Syntax => "change it: Prometheus would refuse it as well",
            ErrorKind::Type => "change the marked part to what its place needs",
            ErrorKind::UnknownFunction => "use a function of PromQL",
        }
        .to_owned()
    });
    decoder.push(Diagnostic::at(code, map.locate(span), error.message).with_help(help));
}
