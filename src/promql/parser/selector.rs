//! Selectors and label matchers.

use super::{Parser, Result};
use crate::promql::ast::{Expr, ExprKind, Ident, MatchOp, Matcher, Modifiers, VectorSelector};
use crate::promql::error::ParseError;
use crate::promql::lexer::TokenKind;
use crate::source::Span;

impl Parser<'_> {
    /// A selector that must not match everything.
    pub(super) fn selector(&mut self, name: Option<Ident>) -> Result<Expr> {
        let expr = self.selector_parts(name)?;
        if let ExprKind::Selector(selector) = &expr.kind
            && selector.name.is_none()
            && selector.matchers.iter().all(matches_empty)
        {
            return Err(self
                .error(expr.span, "this selector matches every series")
                .with_help("name a metric, or add a matcher that does not match the empty text"));
        }
        Ok(expr)
    }

    /// A selector that may match everything.
    pub(super) fn any_selector(&mut self) -> Result<Expr> {
        self.selector_parts(None)
    }

    fn selector_parts(&mut self, mut name: Option<Ident>) -> Result<Expr> {
        let start = name
            .as_ref()
            .map_or(self.peek().span.start, |name| name.span.start);
        let mut matchers = Vec::new();
        if self.take("{") {
            while !self.is("}") {
                let token = self.peek();
                if token.kind == TokenKind::String && !self.second_is_match() {
                    let quoted = self.string()?;
                    self.set_name(
                        &mut name,
                        Ident {
                            name: quoted.value,
                            span: token.span,
                        },
                        start,
                    )?;
                } else {
                    let matcher = self.labelled_matcher()?;
                    if matcher.label.name == "__name__" && name.is_some() {
                        return Err(self.named_twice(Span::new(start, matcher.span.end)));
                    }
                    matchers.push(matcher);
                }
                if !self.take(",") {
                    break;
                }
            }
            if !self.is("}") {
                return Err(self.unexpected(self.peek(), "`,` or `}`"));
            }
            self.next();
        }
        let span = Span::new(start, self.end());
        let selector = VectorSelector {
            name,
            matchers,
            modifiers: Modifiers::default(),
        };
        Ok(Expr {
            kind: ExprKind::Selector(selector),
            span,
        })
    }

    fn set_name(&self, name: &mut Option<Ident>, quoted: Ident, start: usize) -> Result<()> {
        if name.is_some() {
            return Err(self.named_twice(Span::new(start, quoted.span.end)));
        }
        *name = Some(quoted);
        Ok(())
    }

    fn named_twice(&self, span: Span) -> ParseError {
        self.error(span, "the metric name is set twice")
            .with_help("name the metric before the braces or in them, not both")
    }

    fn second_is_match(&self) -> bool {
        let second = self.peek_second();
        second.kind == TokenKind::Punctuation
            && matches!(
                self.text(second),
                "=" | "!=" | "=~" | "!~" | "==" | ">=" | "<=" | ">" | "<"
            )
    }

    /// `label op "value"`.
    pub(super) fn labelled_matcher(&mut self) -> Result<Matcher> {
        let label = self.label()?;
        let token = self.peek();
        let op = match (token.kind, self.text(token)) {
            (TokenKind::Punctuation, "=") => MatchOp::Equal,
            (TokenKind::Punctuation, "!=") => MatchOp::NotEqual,
            (TokenKind::Punctuation, "=~") => MatchOp::Regex,
            (TokenKind::Punctuation, "!~") => MatchOp::NotRegex,
            _ => return Err(self.unexpected(token, "`=`, `!=`, `=~` or `!~` after the label name")),
        };
        self.next();
        let value_at = self.peek();
        if value_at.kind != TokenKind::String {
            return Err(self.unexpected(value_at, super::QUOTED));
        }
        let value = self.string()?;
        if matches!(op, MatchOp::Regex | MatchOp::NotRegex) {
            self.check_regex(&value.value, value_at.span)?;
        }
        let span = label.span.join(value_at.span);
        Ok(Matcher {
            label,
            op,
            value,
            span,
        })
    }

    fn check_regex(&self, regex: &str, span: Span) -> Result<()> {
        // Go quotes literal text with \Q…\E, Rust does not know it.
        if regex.contains("\\Q") {
            return Ok(());
        }
        let reason = match regex_syntax::parse(&literal_braces(regex)) {
            Ok(_) => return Ok(()),
            Err(regex_syntax::Error::Parse(error)) => error.kind().to_string(),
            Err(regex_syntax::Error::Translate(error)) => error.kind().to_string(),
            Err(_) => "it cannot be read".to_owned(),
        };
        Err(self
            .error(
                span,
                format!("`{regex}` is not a regular expression: {reason}"),
            )
            .with_help("put `\\\\` before a sign that is meant literally"))
    }
}

/// Go reads a brace that begins no repetition literally, Rust refuses it.
fn literal_braces(regex: &str) -> String {
    let mut text = String::with_capacity(regex.len());
    let mut rest = regex;
    while let Some(at) = rest.find(['\\', '{']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let length = match from.as_bytes() {
            // `\p{Greek}`, `\x{10FFFF}`: as they are, up to the closing brace.
            [b'\\', b'p' | b'P' | b'x', b'{', ..] => {
                from.find('}').map_or(from.len(), |end| end + 1)
            }
            [b'\\', ..] => 1 + from[1..].chars().next().map_or(0, char::len_utf8),
            _ => {
                if !is_repetition(from) {
                    text.push('\\');
                }
                1
            }
        };
        text.push_str(&from[..length]);
        rest = &from[length..];
    }
    text + rest
}

/// Whether a text begins with `{2}`, `{2,}` or `{2,3}`.
fn is_repetition(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|text| text.split_once('}'));
    inner.is_some_and(|(inner, _)| {
        let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !least.is_empty() && digits(least) && digits(most)
    })
}

/// Whether a matcher lets the empty text pass, as for a label that is not there.
fn matches_empty(matcher: &Matcher) -> bool {
    let value = &matcher.value.value;
    let regex =
        || regex::Regex::new(&format!("^(?s:{value})$")).is_ok_and(|regex| regex.is_match(""));
    match matcher.op {
        MatchOp::Equal => value.is_empty(),
        MatchOp::NotEqual => !value.is_empty(),
        MatchOp::Regex => regex(),
        MatchOp::NotRegex => !regex(),
    }
}
