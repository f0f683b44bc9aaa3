//! Infix operators and how their two sides find each other.

use super::{MAX_OPERATORS, Parser, Result};
use crate::promql::ast::{
    BinaryExpr, BinaryOp, Expr, ExprKind, FillSide, GroupModifier, VectorMatching,
};
use crate::promql::error::ParseError;
use crate::promql::lexer::TokenKind;
use crate::promql::print::precedence;
use crate::promql::types;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn count_operator(&mut self) -> Result<()> {
        self.operators += 1;
        if self.operators <= MAX_OPERATORS {
            return Ok(());
        }
        Err(self
            .error(
                self.peek().span,
                format!("this expression has more than {MAX_OPERATORS} operators"),
            )
            .with_help("record parts of it with rules of their own"))
    }

    pub(super) fn operator(&self) -> Option<(BinaryOp, u8)> {
        let token = self.peek();
        let text = self.text(token).to_ascii_lowercase();
        let op = match (token.kind, text.as_str()) {
            (TokenKind::Ident, "or") => BinaryOp::Or,
            (TokenKind::Ident, "and") => BinaryOp::And,
            (TokenKind::Ident, "unless") => BinaryOp::Unless,
            (TokenKind::Ident, "atan2") => BinaryOp::Atan2,
            (TokenKind::Punctuation, "==") => BinaryOp::Eq,
            (TokenKind::Punctuation, "!=") => BinaryOp::Ne,
            (TokenKind::Punctuation, ">") => BinaryOp::Gt,
            (TokenKind::Punctuation, "<") => BinaryOp::Lt,
            (TokenKind::Punctuation, ">=") => BinaryOp::Ge,
            (TokenKind::Punctuation, "<=") => BinaryOp::Le,
            (TokenKind::Punctuation, "</") => BinaryOp::TrimUpper,
            (TokenKind::Punctuation, ">/") => BinaryOp::TrimLower,
            (TokenKind::Punctuation, "+") => BinaryOp::Add,
            (TokenKind::Punctuation, "-") => BinaryOp::Sub,
            (TokenKind::Punctuation, "*") => BinaryOp::Mul,
            (TokenKind::Punctuation, "/") => BinaryOp::Div,
            (TokenKind::Punctuation, "%") => BinaryOp::Mod,
            (TokenKind::Punctuation, "^") => BinaryOp::Pow,
            _ => return None,
        };
        Some((op, precedence(op)))
    }

    pub(super) fn binary(&mut self, lhs: Expr, op: BinaryOp, power: u8) -> Result<Expr> {
        let op_span = self.next().span;
        let bool_at = self.peek().span;
        let return_bool = self.take_word("bool");
        let matching = self.matching()?;
        // `^` binds to the right.
        let rhs = self.expr(if op == BinaryOp::Pow {
            power
        } else {
            power + 1
        })?;
        let span = lhs.span.join(rhs.span);
        let binary = BinaryExpr {
            op,
            op_span,
            lhs,
            rhs,
            return_bool,
            matching,
        };
        types::binary(&binary, span).map_err(|error| {
            if return_bool && !types::is_comparison(op) {
                ParseError {
                    span: op_span.join(bool_at),
                    ..error
                }
            } else {
                error
            }
        })?;
        Ok(Expr {
            kind: ExprKind::Binary(Box::new(binary)),
            span,
        })
    }

    fn matching(&mut self) -> Result<Option<VectorMatching>> {
        let start = self.peek().span.start;
        let mut matching = VectorMatching {
            on: false,
            labels: Vec::new(),
            group: None,
            fill: Vec::new(),
        };
        let mut found = false;
        if self.is_word("on") || self.is_word("ignoring") {
            matching.on = self.is_word("on");
            self.next();
            matching.labels = self.labels()?;
            found = true;
        }
        if self.is_word("group_left") || self.is_word("group_right") {
            if !found {
                let span = Span::new(start, self.peek().span.end);
                return Err(self.error(
                    span,
                    "`group_left` and `group_right` need `on (…)` or `ignoring (…)` before them",
                ));
            }
            let left = self.is_word("group_left");
            self.next();
            let include = if self.is("(") {
                self.labels()?
            } else {
                Vec::new()
            };
            matching.group = Some(GroupModifier { left, include });
        }
        for (word, side) in [
            ("fill", FillSide::Both),
            ("fill_left", FillSide::Left),
            ("fill_right", FillSide::Right),
            ("fill_left", FillSide::Left),
        ] {
            if self.is_word(word) && self.second_is("(") {
                self.next();
                self.next();
                let value = self.expr(0)?;
                self.expect(")")?;
                matching.fill.push((side, value));
                found = true;
            }
        }
        Ok(found.then_some(matching))
    }
}
