//! Queries: `OpenSLO` leaves open how a query says which window it looks over, so
//! what lacks one gets one, inside the tree. A rate goes inside an aggregation: after
//! adding up, a counter that starts again can no longer be told from one that falls.

use std::sync::Arc;

use super::read::Reader;
use crate::diagnostic::codes::{import, promql as codes};
use crate::promql::ast::{
    Aggregate, BinaryOp, Expr, ExprKind, RangeSelector, VectorSelector, Window, WindowKind,
};
use crate::promql::{build, inspect, print, rewrite};
use crate::slo::Query;
use crate::source::Span;
use crate::spec::decode::Decode;
use crate::spec::make;
use crate::spec::node::Node;

/// The placeholder that is written.
const PLACEHOLDER: &str = "$window";
/// Endings by which Prometheus's conventions tell a counter.
const COUNTER_ENDINGS: [&str; 4] = ["_total", "_count", "_bucket", "_sum"];

/// What the values of the metrics are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Counters: they only grow.
    Counters,
    /// What was counted since the sample before.
    Deltas,
    /// A ratio, or what one is made of, as it is now.
    Gauges,
}

impl Values {
    /// The function that looks over a window of them.
    const fn function(self) -> &'static str {
        match self {
            Self::Counters => "rate",
            Self::Deltas => "sum_over_time",
            Self::Gauges => "avg_over_time",
        }
    }
}

/// A query that looks over a window.
#[derive(Debug, Clone)]
pub(super) struct Windowed {
    pub(super) node: Arc<Node>,
    pub(super) expr: Expr,
}

/// A query as it is written; `[window]` counts as a placeholder.
pub(super) fn plain(node: &Arc<Node>, reader: &mut Reader<'_, '_, '_>) -> Option<Windowed> {
    let node = match node.as_scalar() {
        Some(scalar) if scalar.text.contains("[window]") => {
            make::text(scalar.text.replace("[window]", "[$window]"), node.at)
        }
        _ => Arc::clone(node),
    };
    let expr = Query::decode(&node, reader.decoder)?.expr;
    Some(Windowed { node, expr })
}

/// A query that looks over a window; says how it reads when it did not.
pub(super) fn windowed(
    node: &Arc<Node>,
    values: Values,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Windowed> {
    let read = plain(node, reader)?;
    let bare = inspect::bare(&read.expr);
    let windows = inspect::windows(&read.expr);
    if windows.iter().any(|window| inspect::is_placeholder(window)) {
        return Some(read);
    }
    // The native format takes the rate of a counter that stands alone.
    if values == Values::Counters && matches!(bare.kind, ExprKind::Selector(_)) {
        return Some(if matches!(read.expr.kind, ExprKind::Selector(_)) {
            read
        } else {
            Windowed {
                node: make::text(print(bare), node.at),
                expr: bare.clone(),
            }
        });
    }
    let (rewritten, why) = if has_ranges(&read.expr) {
        let why = "this always looks over the same window, and several are needed";
        (fill_in(&read.expr), why)
    } else {
        let why = match values {
            Values::Counters => "this has no window to take a rate over",
            Values::Deltas => "this has no window to add up over",
            Values::Gauges => "this has no window to take a mean over",
        };
        (push_in(&read.expr, values), why)
    };
    match rewritten {
        Ok(expr) => {
            let text = print(&expr);
            reader.decoder.error_with_help(
                &import::REWRITTEN_QUERY,
                node.at,
                format!("{why}: read as `{text}`"),
                "write it like this, if that is what it means",
            );
            Some(Windowed {
                node: make::text(text, node.at),
                expr,
            })
        }
        Err(refusal) => {
            let map = read.node.text_map(reader.decoder.sources);
            reader.decoder.error_with_help(
                &codes::WINDOW,
                map.locate(refusal.at),
                format!(
                    "this is evaluated over several windows, so it needs a placeholder: {}",
                    refusal.why
                ),
                "write `[{{.window}}]` where the length of the window belongs",
            );
            None
        }
    }
}

/// Whether the names of all metrics are those of counters.
pub(super) fn looks_like_counters(expr: &Expr) -> bool {
    let selectors = inspect::selectors(expr);
    let is_counter = |name: &str| COUNTER_ENDINGS.iter().any(|ending| name.ends_with(ending));
    !selectors.is_empty()
        && selectors
            .iter()
            .all(|used| used.range.is_none() && used.name().is_some_and(is_counter))
}

/// Whether anything in it looks over a window.
fn has_ranges(expr: &Expr) -> bool {
    let mut found = false;
    inspect::walk(expr, &mut |node, _| {
        found |= matches!(node.kind, ExprKind::Range(_) | ExprKind::Subquery(_));
    });
    found
}

/// Why a query cannot be given a window.
struct Refusal {
    at: Span,
    why: &'static str,
}

/// Every fixed range becomes the window.
fn fill_in(expr: &Expr) -> Result<Expr, Refusal> {
    let mut refused = None;
    inspect::walk(expr, &mut |node, _| {
        if matches!(node.kind, ExprKind::Subquery(_)) {
            refused = Some(Refusal {
                at: node.span,
                why: "in a subquery, there is more than one place for it",
            });
        }
    });
    if let Some(refusal) = refused {
        return Err(refusal);
    }
    Ok(rewrite::transform(expr, &mut |node| match &mut node.kind {
        ExprKind::Range(range) => range.range = placeholder(),
        // The last two samples tell nothing about a window.
        ExprKind::Call(call) if call.func.name == "irate" => call.func = build::ident("rate"),
        ExprKind::Call(call) if call.func.name == "idelta" => call.func = build::ident("delta"),
        _ => {}
    }))
}

/// The function over the window goes to the selectors.
fn push_in(expr: &Expr, values: Values) -> Result<Expr, Refusal> {
    let mut copy = expr.clone();
    let refuse = |why| Err(Refusal { at: expr.span, why });
    match &mut copy.kind {
        ExprKind::Selector(selector) => return Ok(over_window(selector, values)),
        ExprKind::Number(_) => {}
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => **inner = push_in(inner, values)?,
        ExprKind::Aggregate(aggregate) => {
            if !keeps_sums(aggregate) {
                return refuse("only within `sum` and `avg` does it not matter when it is applied");
            }
            aggregate.expr = push_in(&aggregate.expr, values)?;
        }
        ExprKind::Call(call) => match call.func.name.as_str() {
            "vector" => {}
            "label_replace" | "label_join" | "sort" | "sort_desc" => {
                if let Some(first) = call.args.first_mut() {
                    *first = push_in(first, values)?;
                }
            }
            _ => return refuse("it is not clear whether it goes inside or around this function"),
        },
        ExprKind::Binary(binary) => {
            if !keeps_rates(binary.op, &binary.lhs, &binary.rhs, values) {
                return refuse("it is not clear on which side of this operator it goes");
            }
            binary.lhs = push_in(&binary.lhs, values)?;
            binary.rhs = push_in(&binary.rhs, values)?;
        }
        ExprKind::String(_) | ExprKind::Range(_) | ExprKind::Subquery(_) => {
            return refuse("it does not go into this");
        }
    }
    Ok(copy)
}

/// Whether an aggregation of rates is the rate of the aggregation.
fn keeps_sums(aggregate: &Aggregate) -> bool {
    matches!(aggregate.op.name.as_str(), "sum" | "avg")
}

/// Whether an operation on what is taken over a window makes sense.
fn keeps_rates(op: BinaryOp, lhs: &Expr, rhs: &Expr, values: Values) -> bool {
    let number = |expr| matches!(inspect::bare(expr).kind, ExprKind::Number(_));
    match op {
        BinaryOp::Add | BinaryOp::Sub => values == Values::Gauges || (!number(lhs) && !number(rhs)),
        BinaryOp::Mul => number(lhs) || number(rhs),
        // A ratio of rates is the ratio over the window, as is one of means.
        BinaryOp::Div | BinaryOp::Or | BinaryOp::And | BinaryOp::Unless => true,
        _ => false,
    }
}

fn over_window(selector: &VectorSelector, values: Values) -> Expr {
    let range = build::expr(ExprKind::Range(Box::new(RangeSelector {
        selector: selector.clone(),
        selector_span: Span::default(),
        range: placeholder(),
    })));
    build::call(values.function(), vec![range])
}

fn placeholder() -> Window {
    Window {
        kind: WindowKind::Placeholder(PLACEHOLDER.into()),
        span: Span::default(),
    }
}

/// The labels by which the outermost aggregation groups.
pub(super) fn grouped_by(expr: &Expr) -> Option<Vec<String>> {
    let ExprKind::Aggregate(aggregate) = &inspect::bare(expr).kind else {
        return None;
    };
    let grouping = aggregate.grouping.as_ref().filter(|by| !by.without)?;
    let mut labels: Vec<_> = grouping
        .labels
        .iter()
        .map(|label| label.name.to_string())
        .collect();
    labels.sort();
    labels.dedup();
    (!labels.is_empty()).then_some(labels)
}

/// Whether it is the name of a metric, with matchers at most.
pub(super) fn is_selector(expr: &Expr) -> bool {
    matches!(inspect::bare(expr).kind, ExprKind::Selector(_))
}

/// One side of a ratio: all series of a counter that stands alone, added up.
pub(super) fn summed(expr: &Expr) -> Expr {
    match &inspect::bare(expr).kind {
        ExprKind::Selector(selector) => {
            build::aggregate("sum", [], over_window(selector, Values::Counters))
        }
        _ => expr.clone(),
    }
}
