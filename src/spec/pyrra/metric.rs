//! Metrics: Pyrra takes bare selectors only.

use std::sync::Arc;

use super::keys::{self, METRIC, Map};
use crate::diagnostic::{Diagnostic, codes::promql as codes};
use crate::promql::ast::{Expr, ExprKind, Ident, MatchOp, Matcher, Modifiers, VectorSelector};
use crate::promql::{inspect, print};
use crate::slo::Query;
use crate::source::SourceSpan;
use crate::spec::decode::{Decode, Decoder};
use crate::spec::node::{Entry, Node};

/// A metric with matchers.
pub(super) struct Metric<'n> {
    /// Where it is spoken of.
    pub(super) key_at: SourceSpan,
    pub(super) node: &'n Arc<Node>,
    pub(super) query: Query,
    selector: VectorSelector,
}

impl Metric<'_> {
    /// The name, if there is exactly one.
    pub(super) fn name(&self) -> Option<&str> {
        inspect::name_of(&self.selector)
    }

    /// The name as it stands in front of the matchers.
    pub(super) fn written_name(&self) -> Option<&Ident> {
        let name = self.selector.name.as_ref()?;
        let text = self.query.text.get(name.span.start..name.span.end)?;
        (text == name.name).then_some(name)
    }

    /// The matchers in written order, without one that stands for the name.
    pub(super) fn matchers(&self) -> impl Iterator<Item = &Matcher> {
        let is_name =
            |matcher: &Matcher| matcher.label.name == "__name__" && matcher.op == MatchOp::Equal;
        let matchers = self.selector.matchers.iter();
        matchers.filter(move |matcher| !is_name(matcher))
    }

    /// Whether it has this matcher.
    pub(super) fn has(&self, matcher: &Matcher) -> bool {
        self.matchers().any(|own| inspect::same(own, matcher))
    }
}

/// `metric` of the map under a key.
pub(super) fn within<'n>(
    map: &Map<'n>,
    key: &str,
    decoder: &mut Decoder<'_>,
) -> Option<Metric<'n>> {
    let entry = map.required(key, decoder)?;
    let inner = keys::map(&entry.value, &METRIC, decoder)?;
    let metric = inner.required("metric", decoder)?;
    bare(entry.key_at, metric, decoder)
}

/// `metric` of a map.
pub(super) fn of<'n>(map: &Map<'n>, decoder: &mut Decoder<'_>) -> Option<Metric<'n>> {
    let metric = map.required("metric", decoder)?;
    bare(metric.key_at, metric, decoder)
}

fn bare<'n>(key_at: SourceSpan, entry: &'n Entry, decoder: &mut Decoder<'_>) -> Option<Metric<'n>> {
    let query = Query::decode(&entry.value, decoder)?;
    if let ExprKind::Selector(selector) = &query.expr.kind
        && selector.modifiers == Modifiers::default()
    {
        let selector = selector.clone();
        return Some(Metric {
            key_at,
            node: &entry.value,
            query,
            selector,
        });
    }
    let help = match &inspect::selectors(&query.expr)[..] {
        [only] => format!(
            "write the metric alone: `{}`",
            without_modifiers(only.selector)
        ),
        _ => "write one metric with its labels: `http_requests_total{job=\"api\"}`".to_owned(),
    };
    decoder.push(
        Diagnostic::at(
            &codes::TYPE_MISMATCH,
            query.locate(query.expr.span),
            "this must be a vector selector, the name of a metric with matchers at most: \
             Pyrra takes no functions, operators, ranges or offsets",
        )
        .with_help(help),
    );
    None
}

fn without_modifiers(selector: &VectorSelector) -> String {
    let bare = VectorSelector {
        modifiers: Modifiers::default(),
        ..selector.clone()
    };
    print(&Expr {
        kind: ExprKind::Selector(bare),
        span: crate::source::Span::default(),
    })
}
