//! Numbers and strings.

use super::{Parser, Result};
use crate::duration::Duration;
use crate::promql::ast::{NumberLiteral, StringLiteral};
use crate::promql::lexer::{TokenKind, number_value};

impl Parser<'_> {
    /// A number, or a duration as a number of seconds.
    pub(super) fn number(&mut self) -> Result<NumberLiteral> {
        let token = self.next();
        let text = self.text(token);
        let value = match token.kind {
            TokenKind::Duration => Duration::parse(text).ok().map(Duration::as_secs_f64),
            _ => number_value(text),
        };
        match value {
            Some(value) => Ok(NumberLiteral {
                value,
                text: text.into(),
            }),
            None => Err(self.unexpected(token, "a number")),
        }
    }

    pub(super) fn string(&mut self) -> Result<StringLiteral> {
        let token = self.next();
        let text = self.text(token);
        let inner = &text[1..text.len() - 1];
        let value = if text.starts_with('`') {
            Some(inner.to_owned())
        } else {
            unescape(inner, text.as_bytes()[0])
        };
        match value {
            Some(value) => Ok(StringLiteral {
                value: value.into(),
                text: text.into(),
            }),
            None => Err(self
                .error(
                    token.span,
                    "this string has an escape that Prometheus does not know",
                )
                .with_help("write a backslash as `\\\\`, or the whole string between backticks")),
        }
    }
}

/// Decodes the escapes of Go; `None` for one that Go does not know.
fn unescape(text: &str, quote: u8) -> Option<String> {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.chars().next()?;
        rest = &rest[escape.len_utf8()..];
        let mut digits = |count: usize, radix: u32| {
            let (digits, after) = rest.split_at_checked(count)?;
            rest = after;
            digits.chars().all(|c| c.is_digit(radix)).then_some(())?;
            u32::from_str_radix(digits, radix).ok()
        };
        match escape {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(11),
            '\\' => bytes.push(b'\\'),
            '\'' | '"' if escape as u32 == u32::from(quote) => bytes.push(quote),
            'x' => bytes.push(u8::try_from(digits(2, 16)?).ok()?),
            'u' | 'U' => {
                let code = digits(if escape == 'u' { 4 } else { 8 }, 16)?;
                bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            }
            '0'..='7' => {
                let low = digits(2, 8)?;
                bytes.push(u8::try_from(escape.to_digit(8)? * 64 + low).ok()?);
            }
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
