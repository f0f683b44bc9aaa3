//! What follows an expression: ranges, subqueries, `offset`, `@`.

use smol_str::format_smolstr;

use super::{Parser, Result};
use crate::duration::Duration;
use crate::promql::ast::{
    AtModifier, BinaryOp, Expr, ExprKind, Extended, Modifiers, NumberLiteral, Offset,
    RangeSelector, Subquery, UnaryOp, Window, WindowKind,
};
use crate::promql::functions::ValueType;
use crate::promql::lexer::TokenKind;
use crate::promql::types::value_type;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Result<Expr> {
        loop {
            let start = expr.span.start;
            if self.is("[") {
                expr = self.range(expr)?;
            } else if self.is_word("offset") {
                self.next();
                let offset = self.offset()?;
                let span = Span::new(start, self.end());
                let modifiers = self.modifiers(&mut expr, span, "offset")?;
                if modifiers.offset.replace(offset).is_some() {
                    return Err(self.error(span, "`offset` stands here twice"));
                }
            } else if self.is("@") {
                self.next();
                let at = self.at_modifier(start)?;
                let span = Span::new(start, self.end());
                let modifiers = self.modifiers(&mut expr, span, "@")?;
                modifiers.at_first = modifiers.offset.is_none();
                if modifiers.at.replace(at).is_some() {
                    return Err(self.error(span, "`@` stands here twice"));
                }
            } else if self.is_word("anchored") || self.is_word("smoothed") {
                let extended = if self.is_word("anchored") {
                    Extended::Anchored
                } else {
                    Extended::Smoothed
                };
                let span = Span::new(start, self.next().span.end);
                self.modifiers(&mut expr, span, "anchored")?.extended = Some(extended);
            } else {
                return Ok(expr);
            }
            expr.span = Span::new(start, self.end());
        }
    }

    fn modifiers<'e>(
        &self,
        expr: &'e mut Expr,
        span: Span,
        word: &str,
    ) -> Result<&'e mut Modifiers> {
        match &mut expr.kind {
            ExprKind::Selector(selector) => Ok(&mut selector.modifiers),
            ExprKind::Range(range) => Ok(&mut range.selector.modifiers),
            ExprKind::Subquery(subquery) => Ok(&mut subquery.modifiers),
            _ => Err(self
                .error(
                    span,
                    format!("`{word}` only stands after a selector or a subquery"),
                )
                .with_help("move it into the parentheses, behind the selector")),
        }
    }

    fn range(&mut self, expr: Expr) -> Result<Expr> {
        let open = self.next();
        let range = self.window()?;
        if self.take(":") {
            let step = if self.is("]") {
                None
            } else {
                Some(self.window()?)
            };
            self.expect("]")?;
            let span = Span::new(expr.span.start, self.end());
            if value_type(&expr) != ValueType::Vector && value_type(&expr) != ValueType::Scalar {
                let message = format!(
                    "a subquery is taken of an instant vector, found {}",
                    value_type(&expr).described()
                );
                return Err(self.error(span, message));
            }
            let subquery = Subquery {
                expr,
                range,
                step,
                modifiers: Modifiers::default(),
            };
            return Ok(Expr {
                kind: ExprKind::Subquery(Box::new(subquery)),
                span,
            });
        }
        if !self.is("]") {
            return Err(self.unexpected(self.peek(), "`]` or `:`"));
        }
        self.next();
        let bracket = Span::new(open.span.start, self.end());
        let ExprKind::Selector(selector) = expr.kind else {
            return Err(self
                .error(bracket, "a range only stands after a selector")
                .with_help("a subquery, `[1h:1m]`, takes a range of any expression"));
        };
        if selector.modifiers != Modifiers::default() {
            return Err(self.error(bracket, "the range stands before `offset` and `@`"));
        }
        let span = Span::new(expr.span.start, self.end());
        let range = RangeSelector {
            selector,
            selector_span: expr.span,
            range,
        };
        Ok(Expr {
            kind: ExprKind::Range(Box::new(range)),
            span,
        })
    }

    /// A range or a step: longer than nothing.
    fn window(&mut self) -> Result<Window> {
        let start = self.peek().span.start;
        if self.peek().kind == TokenKind::Placeholder {
            return Ok(self.placeholder());
        }
        let expr = self.duration_expr(0)?;
        let span = Span::new(start, self.end());
        if constant(&expr).is_some_and(|seconds| seconds <= 0.0) {
            return Err(self.error(span, "a range must be longer than nothing"));
        }
        Ok(Window {
            kind: simple(expr),
            span,
        })
    }

    fn placeholder(&mut self) -> Window {
        let token = self.next();
        Window {
            kind: WindowKind::Placeholder(self.text(token).into()),
            span: token.span,
        }
    }

    fn offset(&mut self) -> Result<Offset> {
        let negative = self.is("-");
        if negative || self.is("+") {
            self.next();
        }
        let start = self.peek().span.start;
        if self.peek().kind == TokenKind::Placeholder {
            return Ok(Offset {
                negative,
                window: self.placeholder(),
            });
        }
        let expr = self.duration_operand()?;
        let span = Span::new(start, self.end());
        Ok(Offset {
            negative,
            window: Window {
                kind: simple(expr),
                span,
            },
        })
    }

    fn at_modifier(&mut self, start: usize) -> Result<AtModifier> {
        for (word, at) in [("start", AtModifier::Start), ("end", AtModifier::End)] {
            if self.is_word(word) && self.second_is("(") {
                self.next();
                self.next();
                self.expect(")")?;
                return Ok(at);
            }
        }
        let sign_at = self.peek().span;
        let sign = if self.take("-") {
            "-"
        } else {
            self.take("+");
            ""
        };
        let token = self.peek();
        let inf = self.is_word("inf") || self.is_word("nan");
        if !inf && !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return Err(self.unexpected(token, "a Unix time, `start()` or `end()`"));
        }
        let number = self.number()?;
        if !number.value.is_finite() {
            return Err(self.error(
                Span::new(start, sign_at.join(token.span).end),
                "`@` needs a finite Unix time",
            ));
        }
        let value = if sign.is_empty() {
            number.value
        } else {
            -number.value
        };
        Ok(AtModifier::Timestamp(NumberLiteral {
            value,
            text: format_smolstr!("{sign}{}", number.text),
        }))
    }

    fn duration_expr(&mut self, least: u8) -> Result<Expr> {
        self.depth += 1;
        if self.depth > super::MAX_DEPTH {
            return Err(self.error(self.peek().span, "nested too deep"));
        }
        let mut lhs = self.duration_operand()?;
        while let Some((op, power)) = self.operator()
            && power >= least
            && matches!(
                op,
                BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::Pow
            )
        {
            self.count_operator()?;
            let op_span = self.next().span;
            let rhs = self.duration_expr(if op == BinaryOp::Pow {
                power
            } else {
                power + 1
            })?;
            if matches!(op, BinaryOp::Div | BinaryOp::Mod) && constant(&rhs) == Some(0.0) {
                return Err(self.error(op_span.join(rhs.span), "division by zero"));
            }
            let span = lhs.span.join(rhs.span);
            let mut joined = crate::promql::build::binary(op, lhs, rhs);
            joined.span = span;
            lhs = joined;
        }
        self.depth -= 1;
        Ok(lhs)
    }

    fn duration_operand(&mut self) -> Result<Expr> {
        let token = self.peek();
        let start = token.span.start;
        let kind = match token.kind {
            TokenKind::Number | TokenKind::Duration => ExprKind::Number(self.number()?),
            TokenKind::Punctuation if self.is("-") || self.is("+") => {
                let op = if self.is("-") {
                    UnaryOp::Minus
                } else {
                    UnaryOp::Plus
                };
                self.next();
                ExprKind::Unary(op, Box::new(self.duration_operand()?))
            }
            TokenKind::Punctuation if self.is("(") => {
                self.next();
                let inner = self.duration_expr(0)?;
                self.expect(")")?;
                ExprKind::Paren(Box::new(inner))
            }
            TokenKind::Ident if self.second_is("(") => self.duration_call()?,
            _ => return Err(self.unexpected(token, "a duration such as `5m`")),
        };
        Ok(Expr {
            kind,
            span: Span::new(start, self.end()),
        })
    }

    /// `step()`, `range()`, `min(a, b)`, `max(a, b)`.
    fn duration_call(&mut self) -> Result<ExprKind> {
        let token = self.next();
        let count = match self.text(token).to_ascii_lowercase().as_str() {
            "step" | "range" => 0,
            "min" | "max" | "min_of" | "max_of" => 2,
            _ => return Err(self.unexpected(token, "a duration such as `5m`")),
        };
        self.expect("(")?;
        let mut args = Vec::new();
        for index in 0..count {
            if index > 0 {
                self.expect(",")?;
            }
            args.push(self.duration_expr(0)?);
        }
        self.expect(")")?;
        let func = crate::promql::ast::Ident {
            name: self.text(token).into(),
            span: token.span,
        };
        Ok(ExprKind::Call(crate::promql::ast::Call { func, args }))
    }
}

/// A plain duration or number as such, everything else as an expression.
fn simple(expr: Expr) -> WindowKind {
    match expr.kind {
        ExprKind::Number(number) if number.value >= 0.0 && number.value < 9.0e9 => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be in range"
            )]
            let millis = (number.value * 1_000.0).round() as u64;
            WindowKind::Literal(Duration::from_millis(millis), number.text)
        }
        kind => WindowKind::Expr(Box::new(Expr {
            kind,
            span: expr.span,
        })),
    }
}

/// The value in seconds where it is known.
fn constant(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(number) => Some(number.value),
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => constant(inner),
        ExprKind::Unary(UnaryOp::Minus, inner) => constant(inner).map(|value| -value),
        ExprKind::Binary(binary) => {
            let (lhs, rhs) = (constant(&binary.lhs)?, constant(&binary.rhs)?);
            match binary.op {
                BinaryOp::Add => Some(lhs + rhs),
                BinaryOp::Sub => Some(lhs - rhs),
                BinaryOp::Mul => Some(lhs * rhs),
                BinaryOp::Div => Some(lhs / rhs),
                BinaryOp::Mod => Some(lhs % rhs),
                BinaryOp::Pow => Some(lhs.powf(rhs)),
                _ => None,
            }
        }
        _ => None,
    }
}
