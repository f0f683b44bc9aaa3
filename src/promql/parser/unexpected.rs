//! What is said about a token that does not fit.

use super::{Parser, QUOTED};
use crate::promql::error::ParseError;
use crate::promql::lexer::{Token, TokenKind};

impl Parser<'_> {
    pub(super) fn unexpected(&self, token: Token, expected: &str) -> ParseError {
        let found = self.text(token);
        let message = match token.kind {
            TokenKind::End => format!("the expression ends here, expected {expected}"),
            _ => format!("unexpected `{found}`, expected {expected}"),
        };
        let help = match (token.kind, found) {
            (TokenKind::End, _) => format!("add {expected}, or take out what asks for it"),
            (_, "!") => "`!` only stands before `=` or `~` in a label matcher".to_owned(),
            (_, "=") => "`==` compares values; `=` only stands in label matchers".to_owned(),
            (_, "&") => "write `and`".to_owned(),
            _ if expected.ends_with("the end") => {
                format!("put an operator or a comma before `{found}`, or take it out")
            }
            (TokenKind::Ident, "by" | "without") => {
                format!("`{found} (…)` stands before or behind the parentheses of an aggregation")
            }
            (TokenKind::Ident | TokenKind::Number | TokenKind::Duration, _)
                if expected == QUOTED =>
            {
                format!("write `\"{found}\"`")
            }
            (TokenKind::Ident, _) if expected == "`(`" => format!("write `({found})`"),
            _ => format!("write {expected} here"),
        };
        self.error(token.span, message).with_help(help)
    }
}
