//! Small constructors for trees that were not parsed. They have the span 0..0.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use smol_str::{SmolStr, SmolStrBuilder, ToSmolStr};

use super::ast::{
    Aggregate, AtModifier, BinaryExpr, BinaryOp, Call, Expr, ExprKind, GroupModifier, Grouping,
    Ident, MatchOp, Matcher, Modifiers, NumberLiteral, Offset, RangeSelector, StringLiteral,
    Subquery, VectorMatching, VectorSelector, Window, WindowKind,
};
use crate::duration::Duration;
use crate::source::Span;

/// An expression without a place.
pub fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
    }
}

/// A metric, label or function name without a place.
pub fn ident(name: impl Into<SmolStr>) -> Ident {
    Ident {
        name: name.into(),
        span: Span::default(),
    }
}

/// A number as it is to be printed; must be what `PromQL` takes as a number.
pub fn number(text: &(impl ToSmolStr + ?Sized)) -> Expr {
    let text = text.to_smolstr();
    expr(ExprKind::Number(NumberLiteral {
        value: text.parse().unwrap_or(f64::NAN),
        text,
    }))
}

/// A string, quoted so that any text stays one string.
pub fn string(value: impl Into<SmolStr>) -> StringLiteral {
    let value = value.into();
    StringLiteral {
        text: quote(&value),
        value,
    }
}

/// `"value"` with everything escaped that could end or change it.
pub fn quote(value: &str) -> SmolStr {
    let mut quoted = SmolStrBuilder::new();
    let plain = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
    quoted.push('"');
    if value.bytes().all(plain) {
        quoted.push_str(value);
        quoted.push('"');
        return quoted.finish();
    }
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted.finish()
}

/// `label op "value"`.
pub fn matcher(label: impl Into<SmolStr>, op: MatchOp, value: impl Into<SmolStr>) -> Matcher {
    Matcher {
        label: ident(label),
        op,
        value: string(value),
        span: Span::default(),
    }
}

/// What finds the bucket of a classic histogram that ends at `bound`, by its `le`. A whole number is `1` on Prometheus 2 and `1.0` on 3, and
/// clients write a million as `1e+06`.
pub fn bucket_bound(bound: Decimal) -> Matcher {
    if !bound.is_integer() {
        return matcher("le", MatchOp::Equal, bound.to_string());
    }
    let mut text = format!("{bound}(\\.0)?");
    if bound >= Decimal::from(1_000_000) {
        let mut mantissa = bound;
        let mut exponent = 0;
        while mantissa >= Decimal::TEN {
            mantissa /= Decimal::TEN;
            exponent += 1;
        }
        text = format!(
            "{text}|{}e\\+{exponent:02}",
            mantissa.normalize().to_string().replace('.', "\\.")
        );
    }
    matcher("le", MatchOp::Regex, text)
}

/// `name{matchers}` as a selector.
pub fn vector_selector(name: impl Into<SmolStr>, matchers: Vec<Matcher>) -> VectorSelector {
    VectorSelector {
        name: Some(ident(name)),
        matchers,
        modifiers: Modifiers::default(),
    }
}

/// `name{matchers}` as an expression.
pub fn selector(name: impl Into<SmolStr>, matchers: Vec<Matcher>) -> Expr {
    expr(ExprKind::Selector(vector_selector(name, matchers)))
}

fn window(duration: Duration) -> Window {
    Window {
        kind: WindowKind::Literal(duration, duration.to_smolstr()),
        span: Span::default(),
    }
}

/// `selector[range]`.
pub fn range(selector: VectorSelector, range: Duration) -> Expr {
    expr(ExprKind::Range(Box::new(RangeSelector {
        selector,
        selector_span: Span::default(),
        range: window(range),
    })))
}

/// `selector offset by`.
pub fn offset(mut selector: VectorSelector, by: Duration) -> VectorSelector {
    selector.modifiers.offset = Some(Offset {
        negative: false,
        window: window(by),
    });
    selector
}

/// `selector @ end()`.
pub fn at_end(mut selector: VectorSelector) -> Expr {
    selector.modifiers.at = Some(AtModifier::End);
    expr(ExprKind::Selector(selector))
}

/// `(inner)[range:step]`.
pub fn subquery(inner: Expr, range: Duration, step: Duration) -> Expr {
    expr(ExprKind::Subquery(Box::new(Subquery {
        expr: inner,
        range: window(range),
        step: Some(window(step)),
        modifiers: Modifiers::default(),
    })))
}

/// `func(args)`.
pub fn call(func: &str, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Call {
        func: ident(func),
        args,
    }))
}

/// `op by (labels) (inner)`, without `by` when there are no labels.
pub fn aggregate<'a>(op: &str, by: impl IntoIterator<Item = &'a str>, inner: Expr) -> Expr {
    grouped(op, false, by.into_iter().map(ident).collect(), inner)
}

/// `op without (labels) (inner)`.
pub fn aggregate_without<'a>(
    op: &str,
    without: impl IntoIterator<Item = &'a str>,
    inner: Expr,
) -> Expr {
    grouped(op, true, without.into_iter().map(ident).collect(), inner)
}

fn grouped(op: &str, without: bool, labels: Vec<Ident>, inner: Expr) -> Expr {
    expr(ExprKind::Aggregate(Box::new(Aggregate {
        op: ident(op),
        grouping: (without || !labels.is_empty()).then_some(Grouping {
            without,
            labels,
            after: false,
        }),
        param: None,
        expr: inner,
    })))
}

/// `(inner)`, where it helps to read; printing adds the parentheses that are needed.
pub fn paren(inner: Expr) -> Expr {
    expr(ExprKind::Paren(Box::new(inner)))
}

/// `lhs op rhs`.
pub fn binary(op: BinaryOp, lhs: Expr, rhs: Expr) -> Expr {
    expr(ExprKind::Binary(Box::new(BinaryExpr {
        op,
        op_span: Span::default(),
        lhs,
        rhs,
        return_bool: false,
        matching: None,
    })))
}

/// `lhs op bool rhs`.
pub fn binary_bool(op: BinaryOp, lhs: Expr, rhs: Expr) -> Expr {
    let mut result = binary(op, lhs, rhs);
    if let ExprKind::Binary(binary) = &mut result.kind {
        binary.return_bool = true;
    }
    result
}

/// `lhs op on (labels) rhs`.
pub fn binary_on<'a>(
    op: BinaryOp,
    labels: impl IntoIterator<Item = &'a str>,
    lhs: Expr,
    rhs: Expr,
) -> Expr {
    let mut result = binary(op, lhs, rhs);
    if let ExprKind::Binary(binary) = &mut result.kind {
        binary.matching = Some(VectorMatching {
            on: true,
            labels: labels.into_iter().map(ident).collect(),
            group: None,
            fill: Vec::new(),
        });
    }
    result
}

/// `lhs op on (labels) group_left () rhs`: the result has the labels of `lhs`.
pub fn binary_group_left<'a>(
    op: BinaryOp,
    on: impl IntoIterator<Item = &'a str>,
    lhs: Expr,
    rhs: Expr,
) -> Expr {
    let mut result = binary_on(op, on, lhs, rhs);
    if let ExprKind::Binary(binary) = &mut result.kind
        && let Some(matching) = &mut binary.matching
    {
        matching.group = Some(GroupModifier {
            left: true,
            include: Vec::new(),
        });
    }
    result
}

/// Several operands in a row: `a op b op c`; `None` for none.
pub fn chain(op: BinaryOp, operands: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    operands.into_iter().reduce(|lhs, rhs| binary(op, lhs, rhs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_string() {
        assert_eq!(
            quote("a\"} or up{x=\"\\\n\u{1b}"),
            r#""a\"} or up{x=\"\\\n\u001b""#
        );
    }
}
