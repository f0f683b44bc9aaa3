//! Stands in for the PromQL parser until it is there.

use crate::promql::ast::{
    Expr, ExprKind, Ident, MatchOp, Matcher, Modifiers, StringLiteral, VectorSelector,
};
use crate::source::{Span, TextMap};
use crate::spec::decode::Decoder;

pub(super) fn parse(text: &str, _: &TextMap, _: &mut Decoder<'_>) -> Option<Expr> {
    Some(Expr {
        kind: ExprKind::Selector(VectorSelector {
            name: Some(Ident {
                name: text.split('{').next()?.to_owned(),
                span: Span::default(),
            }),
            matchers: Vec::new(),
            modifiers: Modifiers::default(),
        }),
        span: Span::new(0, text.len()),
    })
}

pub(super) fn parse_matchers(text: &str, _: &TextMap, _: &mut Decoder<'_>) -> Option<Vec<Matcher>> {
    Some(vec![Matcher {
        label: Ident {
            name: "code".to_owned(),
            span: Span::default(),
        },
        op: MatchOp::Equal,
        value: StringLiteral {
            value: text.to_owned(),
            text: text.to_owned(),
        },
        span: Span::new(0, text.len()),
    }])
}
