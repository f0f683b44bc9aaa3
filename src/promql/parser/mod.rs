//! Text → tree: precedence climbing over the tokens, with a type check of every node.

mod binary;
mod literal;
mod selector;
mod unexpected;
mod window;

use super::ast::{Aggregate, BinaryOp, Call, Expr, ExprKind, Grouping, Ident, Matcher, UnaryOp};
use super::error::{ErrorKind, ParseError};
use super::functions::is_aggregation;
use super::lexer::{Token, TokenKind, tokens};
use super::types;
use crate::source::Span;

type Result<T> = std::result::Result<T, ParseError>;

/// Deeper nesting than this is refused, so that no text exhausts the stack.
const MAX_DEPTH: usize = 200;
/// Operators in one expression; each makes the tree one level deeper.
const MAX_OPERATORS: usize = 2_000;
/// What a label matcher ends with.
const QUOTED: &str = "a value in quotes";

/// Parses an expression as Prometheus does, with window placeholders besides.
pub fn parse(text: &str) -> Result<Expr> {
    let mut parser = Parser::new(text)?;
    if parser.peek().kind == TokenKind::End {
        return Err(parser.error(Span::new(0, 0), "there is no expression here"));
    }
    let expr = parser.expr(0)?;
    match parser.peek() {
        Token {
            kind: TokenKind::End,
            ..
        } => Ok(expr),
        token => Err(parser.unexpected(token, "an operator, or the end")),
    }
}

/// Parses label matchers without their braces: `code=~"5..", method="GET"`.
pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>> {
    let mut parser = Parser::new(text)?;
    if parser.is("{") {
        let inner = text.trim().trim_matches(['{', '}']);
        let brace = parser.peek().span;
        return Err(parser
            .error(brace, "unexpected `{`, expected label matchers alone")
            .with_help(format!("leave the braces out: `{inner}`")));
    }
    let mut matchers = Vec::new();
    loop {
        matchers.push(parser.labelled_matcher()?);
        if !parser.take(",") || parser.peek().kind == TokenKind::End {
            break;
        }
    }
    match parser.peek() {
        Token {
            kind: TokenKind::End,
            ..
        } => Ok(matchers),
        token => Err(parser.unexpected(token, "`,` and another matcher, or the end")),
    }
}

/// Words that name no metric; other keywords do where none is expected.
const RESERVED: [&str; 5] = ["on", "ignoring", "bool", "group_left", "group_right"];

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self> {
        Ok(Self {
            text,
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
            operators: 0,
        })
    }

    fn peek(&self) -> Token {
        self.tokens[self.at]
    }

    fn peek_second(&self) -> Token {
        self.tokens[(self.at + 1).min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn text(&self, token: Token) -> &'a str {
        &self.text[token.span.start..token.span.end]
    }

    fn is(&self, punctuation: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Punctuation && self.text(token) == punctuation
    }

    fn take(&mut self, punctuation: &str) -> bool {
        let found = self.is(punctuation);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, punctuation: &str) -> Result<Token> {
        if self.is(punctuation) {
            return Ok(self.next());
        }
        Err(self.unexpected(self.peek(), &format!("`{punctuation}`")))
    }

    fn is_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && self.text(token).eq_ignore_ascii_case(word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    #[expect(clippy::unused_self, reason = "reads like the other errors")]
    fn error(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError::new(ErrorKind::Syntax, span, message.into())
    }

    /// The end of the token before.
    fn end(&self) -> usize {
        self.at
            .checked_sub(1)
            .map_or(0, |before| self.tokens[before].span.end)
    }

    fn expr(&mut self, least: u8) -> Result<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self
                .error(
                    self.peek().span,
                    format!("nested deeper than {MAX_DEPTH} levels"),
                )
                .with_help("take out parentheses that do nothing"));
        }
        let result = self.expr_inner(least);
        self.depth -= 1;
        result
    }

    fn expr_inner(&mut self, least: u8) -> Result<Expr> {
        let mut lhs = self.unary()?;
        while let Some((op, power)) = self.operator()
            && power >= least
        {
            self.count_operator()?;
            lhs = self.binary(lhs, op, power)?;
        }
        Ok(lhs)
    }

    fn second_is(&self, punctuation: &str) -> bool {
        let token = self.peek_second();
        token.kind == TokenKind::Punctuation && self.text(token) == punctuation
    }

    /// `(a, b)`, with a comma allowed at the end.
    fn labels(&mut self) -> Result<Vec<Ident>> {
        self.expect("(")?;
        let mut labels = Vec::new();
        while !self.is(")") {
            labels.push(self.label()?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(labels)
    }

    fn label(&mut self) -> Result<Ident> {
        let token = self.peek();
        match token.kind {
            TokenKind::Ident if !self.text(token).contains(':') => {
                self.next();
                Ok(Ident {
                    name: self.text(token).into(),
                    span: token.span,
                })
            }
            TokenKind::String => {
                let string = self.string()?;
                Ok(Ident {
                    name: string.value,
                    span: token.span,
                })
            }
            _ => Err(self.unexpected(token, "a label name")),
        }
    }

    fn unary(&mut self) -> Result<Expr> {
        let start = self.peek().span.start;
        let op = if self.is("-") {
            UnaryOp::Minus
        } else if self.is("+") {
            UnaryOp::Plus
        } else {
            let primary = self.primary()?;
            return self.postfix(primary);
        };
        self.next();
        let inner = self.expr(super::print::precedence(BinaryOp::Pow))?;
        types::unary(&inner)?;
        let span = Span::new(start, inner.span.end);
        Ok(Expr {
            kind: ExprKind::Unary(op, Box::new(inner)),
            span,
        })
    }

    fn primary(&mut self) -> Result<Expr> {
        let token = self.peek();
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                let number = self.number()?;
                Ok(Expr {
                    kind: ExprKind::Number(number),
                    span: token.span,
                })
            }
            TokenKind::String => {
                let string = self.string()?;
                Ok(Expr {
                    kind: ExprKind::String(string),
                    span: token.span,
                })
            }
            TokenKind::Ident => self.word(token),
            TokenKind::Punctuation if self.is("(") => {
                self.next();
                let inner = self.expr(0)?;
                let close = self.expect(")")?;
                let span = token.span.join(close.span);
                Ok(Expr {
                    kind: ExprKind::Paren(Box::new(inner)),
                    span,
                })
            }
            TokenKind::Punctuation if self.is("{") => self.selector(None),
            _ => Err(self.unexpected(token, "an expression")),
        }
    }

    fn word(&mut self, token: Token) -> Result<Expr> {
        let text = self.text(token);
        if RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Err(self.unexpected(token, "an expression"));
        }
        let grouped = ["by", "without"].iter().any(|word| {
            let second = self.peek_second();
            second.kind == TokenKind::Ident && self.text(second).eq_ignore_ascii_case(word)
        });
        if is_aggregation(text) && (self.second_is("(") || grouped) {
            return self.aggregate(token);
        }
        if self.second_is("(") {
            return self.call(token);
        }
        if text.eq_ignore_ascii_case("inf") || text.eq_ignore_ascii_case("nan") {
            let number = self.number()?;
            return Ok(Expr {
                kind: ExprKind::Number(number),
                span: token.span,
            });
        }
        self.next();
        self.selector(Some(Ident {
            name: text.into(),
            span: token.span,
        }))
    }

    fn aggregate(&mut self, token: Token) -> Result<Expr> {
        self.next();
        let mut grouping = self.grouping(false)?;
        self.expect("(")?;
        let first = self.expr(0)?;
        let second = if self.take(",") {
            Some(self.expr(0)?)
        } else {
            None
        };
        self.expect(")")?;
        if grouping.is_none() {
            grouping = self.grouping(true)?;
        }
        let (param, expr) = match second {
            Some(expr) => (Some(first), expr),
            None => (None, first),
        };
        let span = Span::new(token.span.start, self.end());
        let op = Ident {
            name: self.text(token).into(),
            span: token.span,
        };
        let aggregate = Aggregate {
            op,
            grouping,
            param,
            expr,
        };
        types::aggregate(&aggregate, span)?;
        Ok(Expr {
            kind: ExprKind::Aggregate(Box::new(aggregate)),
            span,
        })
    }

    fn grouping(&mut self, after: bool) -> Result<Option<Grouping>> {
        let without = self.is_word("without");
        if !without && !self.is_word("by") {
            return Ok(None);
        }
        self.next();
        Ok(Some(Grouping {
            without,
            labels: self.labels()?,
            after,
        }))
    }

    fn call(&mut self, token: Token) -> Result<Expr> {
        self.next();
        self.next();
        let mut args = Vec::new();
        let name = self.text(token);
        while !self.is(")") {
            // The second argument of `info` may match everything.
            let bare = name == "info" && args.len() == 1 && self.is("{");
            let arg = if bare {
                self.any_selector()?
            } else {
                self.expr(0)?
            };
            args.push(arg);
            if !self.take(",") {
                break;
            }
            if self.is(")") {
                return Err(self.unexpected(self.peek(), "another argument"));
            }
        }
        self.expect(")")?;
        let span = Span::new(token.span.start, self.end());
        let call = Call {
            func: Ident {
                name: name.into(),
                span: token.span,
            },
            args,
        };
        types::call(&call, span)?;
        Ok(Expr {
            kind: ExprKind::Call(call),
            span,
        })
    }
}
