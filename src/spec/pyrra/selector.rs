//! Metrics: bare vector selectors, as Pyrra wants them.

use std::sync::Arc;

use crate::diagnostic::codes::spec;
use crate::promql::ast::{Expr, ExprKind, Matcher, Modifiers, VectorSelector};
use crate::promql::inspect;
use crate::slo::Query;
use crate::source::Span;
use crate::spec::decode::{Decode, Decoder};
use crate::spec::node::Node;

/// A selector and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    pub(super) node: Arc<Node>,
    pub(super) expr: Expr,
}

impl Metric {
    /// Reads the `metric` of a map; everything but a selector is reported.
    pub(super) fn read(node: &Arc<Node>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let query = Query::decode(node, decoder)?;
        let bare = match &query.expr.kind {
            ExprKind::Selector(selector) => selector.modifiers == Modifiers::default(),
            _ => false,
        };
        if !bare {
            decoder.error_with_help(
                &spec::INVALID_VALUE,
                query.locate(query.expr.span),
                "expected a metric with matchers, found another expression",
                "Pyrra takes a selector such as `http_requests_total{job=\"api\"}`, without \
                 functions and offsets; windows and rates come with the rules",
            );
            return None;
        }
        Some(Self {
            node: Arc::clone(node),
            expr: query.expr,
        })
    }

    pub(super) const fn selector(&self) -> Option<&VectorSelector> {
        match &self.expr.kind {
            ExprKind::Selector(selector) => Some(selector),
            _ => None,
        }
    }

    /// The name, if it is written before the matchers, and where.
    pub(super) fn name(&self) -> Option<(&str, Span)> {
        let name = self.selector()?.name.as_ref()?;
        let text = &self.node.as_scalar()?.text;
        let written = text.get(name.span.start..name.span.end)? == name.name.as_str();
        written.then_some((name.name.as_str(), name.span))
    }

    pub(super) fn matchers(&self) -> &[Matcher] {
        self.selector().map_or(&[], |selector| &selector.matchers)
    }

    /// The matchers that `other` does not have; `None` when it has one that is missing here.
    pub(super) fn beyond<'m>(&'m self, other: &Self) -> Option<Vec<&'m Matcher>> {
        let has = |all: &[Matcher], one: &Matcher| all.iter().any(|m| inspect::same(m, one));
        let covered = other.matchers().iter().all(|m| has(self.matchers(), m));
        covered.then(|| {
            let more = self.matchers().iter();
            more.filter(|m| !has(other.matchers(), m)).collect()
        })
    }
}
