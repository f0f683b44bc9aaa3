//! The expressions of an SLI, and what each is for.

use crate::diagnostic::{Code, Diagnostic};
use crate::promql::ast::ExprKind;
use crate::slo::{Freshness, MatcherList, Query, Sli, Split};
use crate::source::Span;

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Counted events: `total`, `bad` or `good`.
    Events,
    /// The name of a histogram.
    Histogram,
    /// An error ratio with a window.
    ErrorRatio,
    /// A gauge, read at each evaluation.
    Gauge,
}

/// An expression as its author wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    /// The expression.
    pub(super) query: &'a Query,
    /// What it is for.
    pub(super) role: Role,
    /// The key it is written under.
    pub(super) key: &'static str,
}

impl Written<'_> {
    /// Whether the rules put `rate` around it.
    pub(super) fn is_rated(&self) -> bool {
        self.role == Role::Events && matches!(self.query.expr.kind, ExprKind::Selector(_))
    }

    /// A finding at a place in the expression.
    pub(super) fn finding(
        &self,
        code: &'static Code,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::at(code, self.query.locate(span), message)
    }
}

/// All expressions of an SLI; a composite has none.
pub(super) fn written(sli: &Sli) -> Vec<Written<'_>> {
    let of = |query, role, key| Written { query, role, key };
    match sli {
        Sli::Events(events) => {
            let mut all = vec![of(&events.total, Role::Events, "total")];
            match &events.split {
                Split::Bad(query) => all.push(of(query, Role::Events, "bad")),
                Split::Good(query) => all.push(of(query, Role::Events, "good")),
                Split::BadWhere(_) | Split::GoodWhere(_) => {}
            }
            all
        }
        Sli::Latency(sli) => vec![of(&sli.histogram.selector, Role::Histogram, "histogram")],
        Sli::Satisfaction(sli) => vec![of(&sli.histogram.selector, Role::Histogram, "histogram")],
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => {
            vec![of(&histogram.selector, Role::Histogram, "histogram")]
        }
        Sli::Freshness(Freshness::Timestamp { timestamp, .. }) => {
            vec![of(timestamp, Role::Gauge, "timestamp")]
        }
        Sli::Freshness(Freshness::Age { age, .. }) => vec![of(age, Role::Gauge, "age")],
        Sli::Probe(query) => vec![of(query, Role::Gauge, "metric")],
        Sli::Threshold(sli) => vec![of(&sli.expr, Role::Gauge, "expr")],
        Sli::Ratio(sli) => vec![of(&sli.error_ratio, Role::ErrorRatio, "error_ratio")],
        Sli::Composite(_) => Vec::new(),
    }
}

/// The matchers that tell some events of an SLI from the others, with their key.
pub(super) fn narrowing(sli: &Sli) -> Option<(&MatcherList, &'static str)> {
    match sli {
        Sli::Events(events) => match &events.split {
            Split::BadWhere(matchers) => Some((matchers, "bad_where")),
            Split::GoodWhere(matchers) => Some((matchers, "good_where")),
            Split::Bad(_) | Split::Good(_) => None,
        },
        Sli::Latency(sli) => Some((sli.errors_where.as_ref()?, "errors_where")),
        Sli::Satisfaction(sli) => Some((sli.errors_where.as_ref()?, "errors_where")),
        _ => None,
    }
}

/// Functions that are made for counters: they see through resets.
pub(super) const RATES: [&str; 3] = ["rate", "increase", "irate"];
