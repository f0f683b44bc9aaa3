//! Splits PromQL text into tokens. Window placeholders are tokens of their own.

use crate::source::Span;

use super::error::{ErrorKind, ParseError};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or a keyword.
    Ident,
    /// `5`, `0x1f`, `1e3`.
    Number,
    /// `5m`, `1h30m`.
    Duration,
    /// With its quotes.
    String,
    /// `$window`, `{{.window}}`.
    Placeholder,
    /// Brackets, commas, operators: the text says which.
    Punctuation,
    /// The end of the text.
    End,
}

/// A token and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// Longest first, so that `=~` is not read as `=`.
const PUNCTUATION: [&str; 29] = [
    "==", "!=", "=~", "!~", ">=", "<=", "</", ">/", "(", ")", "{", "}", "[", "]", ",", ":", "=",
    ">", "<", "+", "-", "*", "/", "%", "^", "@", "!", ";", "&",
];

/// The length of the placeholder that a text begins with, in the spellings that specs
/// use: `$window`, `{{.window}}`, `{{ .window }}` with any blanks.
fn placeholder(text: &str) -> Option<usize> {
    const NAME: &str = "$window";
    if text.starts_with(NAME) {
        return Some(NAME.len());
    }
    let rest = text.strip_prefix("{{")?.trim_start_matches(' ');
    let rest = rest.strip_prefix(".window")?.trim_start_matches(' ');
    Some(text.len() - rest.strip_prefix("}}")?.len())
}

/// All tokens of a text; the last one is its end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        brackets: 0,
    };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        tokens.push(token);
        if token.kind == TokenKind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    brackets: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<Token, ParseError> {
        self.skip_blanks();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(Token {
                kind: TokenKind::End,
                span: Span::new(start, start),
            });
        };
        let kind = if let Some(length) = placeholder(self.rest()) {
            self.at += length;
            TokenKind::Placeholder
        } else if first.is_ascii_digit()
            || (first == '.' && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            self.number()?
        } else if is_ident_start(first) || (first == ':' && self.brackets == 0) {
            self.at += self.ident_length();
            TokenKind::Ident
        } else if matches!(first, '"' | '\'' | '`') {
            self.string(first)?
        } else {
            self.punctuation(first)?
        };
        Ok(Token {
            kind,
            span: Span::new(start, self.at),
        })
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn ident_length(&self) -> usize {
        let part =
            |c: char| is_ident_start(c) || c.is_ascii_digit() || (c == ':' && self.brackets == 0);
        let rest = self.rest();
        rest.find(|c: char| !part(c)).unwrap_or(rest.len())
    }

    /// A number or a duration; both run to the end of letters, digits, dots and an exponent's sign.
    fn number(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let hex = self.rest().starts_with("0x") || self.rest().starts_with("0X");
        while let Some(&byte) = bytes.get(self.at) {
            let sign = matches!(byte, b'+' | b'-')
                && !hex
                && matches!(bytes[self.at - 1], b'e' | b'E')
                && self.at > start
                && !self.text[start..self.at - 1].contains(|c: char| c.is_ascii_alphabetic());
            if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || sign) {
                break;
            }
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if number_value(text).is_some() {
            return Ok(TokenKind::Number);
        }
        if crate::duration::Duration::parse(text).is_ok() {
            return Ok(TokenKind::Duration);
        }
        let before = self.text[..start].trim_end();
        if before.ends_with("=~") || before.ends_with("!~") {
            return Err(ParseError::new(
                ErrorKind::Syntax,
                Span::new(start, self.at),
                format!("unexpected `{text}`, expected a value in quotes"),
            )
            .with_help(format!("write `\"{text}\"`")));
        }
        Err(ParseError::new(
            ErrorKind::Syntax,
            Span::new(start, self.at),
            format!("`{text}` is neither a number nor a duration"),
        )
        .with_help(
            "durations are whole numbers with units from large to small, such as `5m` or `1h30m`",
        ))
    }

    fn string(&mut self, quote: char) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            if c == quote {
                self.at += offset + 1;
                return Ok(TokenKind::String);
            }
            if c == '\n' && quote != '`' {
                break;
            }
            if c == '\\' && quote != '`' {
                chars.next();
            }
        }
        let line = self.rest().find('\n').unwrap_or(self.rest().len());
        Err(ParseError::new(
            ErrorKind::Syntax,
            Span::new(start, start + line),
            "this string has no end".to_owned(),
        )
        .with_help(format!("close it with {quote}")))
    }

    fn punctuation(&mut self, first: char) -> Result<TokenKind, ParseError> {
        let found = PUNCTUATION
            .iter()
            .find(|text| self.rest().starts_with(**text));
        let Some(text) = found else {
            if let Some(variable) = variable(self.rest()) {
                return Err(ParseError::new(
                    ErrorKind::Syntax,
                    Span::new(self.at, self.at + variable.len()),
                    format!("`{variable}` is no window"),
                )
                .with_help("write `$window`; the rules put the length of each window in"));
            }
            return Err(ParseError::new(
                ErrorKind::Syntax,
                Span::new(self.at, self.at + first.len_utf8()),
                format!("unexpected character {first:?}"),
            ));
        };
        match *text {
            "[" => self.brackets += 1,
            "]" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.at += text.len();
        Ok(TokenKind::Punctuation)
    }
}

/// What is no placeholder, but was perhaps meant as one: `$windw`, `${window}`,
/// `$__rate_interval` and the like.
fn variable(rest: &str) -> Option<&str> {
    let name = rest.strip_prefix('$')?;
    let letters = |c: char| is_ident_start(c) || c.is_ascii_digit();
    let length = match name.strip_prefix('{') {
        Some(braced) => braced.find('}')? + 2,
        None => name.find(|c: char| !letters(c)).unwrap_or(name.len()),
    };
    (length > 0).then(|| &rest[..=length])
}

const fn is_ident_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// The value of a number as Prometheus reads it; `None` if it is none.
pub(super) fn number_value(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "inf" => return Some(f64::INFINITY),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    if let Some(digits) = lower.strip_prefix("0x") {
        #[expect(
            clippy::cast_precision_loss,
            reason = "Prometheus computes in floats too"
        )]
        return i64::from_str_radix(&digits.replace('_', ""), 16)
            .ok()
            .map(|value| value as f64);
    }
    let plain = lower
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-' | '_'));
    if !plain || lower.starts_with('e') {
        return None;
    }
    // Leading zeros mean octal, unless a digit says otherwise.
    if lower.len() > 1 && lower.starts_with('0') && lower.chars().all(|c| ('0'..='7').contains(&c))
    {
        #[expect(
            clippy::cast_precision_loss,
            reason = "Prometheus computes in floats too"
        )]
        return i64::from_str_radix(&lower, 8)
            .ok()
            .map(|value| value as f64);
    }
    lower
        .replace('_', "")
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
}
