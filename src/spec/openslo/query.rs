//! Queries: in whatever way they are spelt, they come to look at `$window`.
//!
//! A sum of counters has lost their resets, so `rate` goes inside the aggregation,
//! in the tree. A subquery around it would be wrong, and is never written.

use std::sync::Arc;

use smol_str::SmolStr;

use super::get;
use super::objects::Objects;
use crate::burn::BASE_WINDOW;
use crate::diagnostic::codes::import;
use crate::promql::ast::{
    BinaryOp, Expr, ExprKind, RangeSelector, VectorSelector, Window, WindowKind,
};
use crate::promql::rewrite::{transform, with_window};
use crate::promql::{self, build, inspect};
use crate::slo::Query;
use crate::source::Span;
use crate::spec::decode::{Decode, Decoder};
use crate::spec::grouping::kept;
use crate::spec::make;
use crate::spec::node::Node;

/// Types of sources that speak PromQL, in lower case.
const SPEAK_PROMQL: [&str; 10] = [
    "prometheus",
    "amp",
    "amazonprometheus",
    "cortex",
    "gcm",
    "grafanamimir",
    "mimir",
    "sloth",
    "thanos",
    "victoriametrics",
];
/// Names of the key that holds the query.
const QUERY_KEYS: [&str; 3] = ["query", "promql", "expr"];
const WINDOW: &str = "$window";

/// What a query counts or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// A counter that only grows.
    Counter,
    /// What was added since the sample before.
    Deltas,
    /// A value of this instant.
    Gauge,
}

/// A query as it is to be read.
pub(super) struct Found {
    pub(super) node: Arc<Node>,
    pub(super) expr: Expr,
    /// The labels that it keeps, if they are known.
    pub(super) groups: Option<Vec<String>>,
}

/// The query of a metric: `metricSource: {spec: {query: …}}`.
pub(super) fn of_metric(
    metric: &Node,
    objects: &Objects,
    counts: Counts,
    decoder: &mut Decoder<'_>,
) -> Option<Found> {
    read(text_of(metric, objects, decoder)?, counts, decoder)
}

/// Like [`of_metric`], for a ratio that is ready.
pub(super) fn ratio_of_metric(
    metric: &Node,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Option<Found> {
    ratio(text_of(metric, objects, decoder)?, decoder)
}

fn text_of<'n>(
    metric: &'n Node,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Option<&'n Arc<Node>> {
    let source = &get::required(metric, "metricSource", "a metric", decoder)?.value;
    speaks_promql(source, objects, decoder)?;
    let spec = &get::required(source, "spec", "`metricSource`", decoder)?.value;
    let query = QUERY_KEYS.iter().find_map(|key| get::value(spec, key));
    if query.is_none() {
        get::required(spec, QUERY_KEYS[0], "the `spec` of `metricSource`", decoder)?;
    }
    query
}

/// Whether the source is asked in PromQL; reports what it is otherwise.
fn speaks_promql(source: &Node, objects: &Objects, decoder: &mut Decoder<'_>) -> Option<()> {
    let referred = get::value(source, "metricSourceRef")
        .and_then(|reference| objects.find_if_there("DataSource", reference, decoder))
        .and_then(|object| get::value(get::value(object, "spec")?, "type"));
    let Some(kind) = get::value(source, "type").or(referred) else {
        return Some(());
    };
    self::is_prometheus(kind, decoder)
}

/// Whether a type names something that is asked in PromQL; reports what it is otherwise.
pub(super) fn is_prometheus(kind: &Node, decoder: &mut Decoder<'_>) -> Option<()> {
    let text = get::scalar(kind).unwrap_or_default();
    let name: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if SPEAK_PROMQL.contains(&name.as_str()) {
        return Some(());
    }
    decoder.error_with_help(
        &import::NOT_PROMETHEUS,
        kind.at,
        format!(
            "`{}` is not asked in PromQL",
            crate::spec::node::shorten(text)
        ),
        "rules can only be made of what a Prometheus holds; leave this SLO out of the inputs",
    );
    None
}

/// Reads a query and makes it look at the window.
pub(super) fn read(node: &Arc<Node>, counts: Counts, decoder: &mut Decoder<'_>) -> Option<Found> {
    let written = with_placeholder(node);
    let query = Query::decode(&written, decoder)?;
    let Some((expr, why)) = adapted(&query.expr, counts) else {
        return Some(Found {
            groups: kept(&query.expr),
            expr: query.expr,
            node: written,
        });
    };
    let at = query.locate(query.expr.span);
    let Some(expr) = expr else {
        decoder.error_with_help(
            &import::REWRITTEN_QUERY_IMPOSSIBLE,
            at,
            format!("this query {why}"),
            "write `rate(…[{{.window}}])` around each counter, inside of what sums it up",
        );
        return None;
    };
    let text = promql::print(&expr);
    decoder.error_with_help(
        &import::REWRITTEN_QUERY,
        at,
        format!("this query {why}; it is read as `{text}`"),
        format!("write it so, with `{{{{.window}}}}` in place of `{WINDOW}`"),
    );
    Some(Found {
        node: make::text(text, node.at),
        groups: kept(&expr),
        expr,
    })
}

/// `[window]` is how slo-generator spells the placeholder.
fn with_placeholder(node: &Arc<Node>) -> Arc<Node> {
    match get::scalar(node) {
        Some(text) if text.contains("[window]") => {
            make::text(text.replace("[window]", "[$window]"), node.at)
        }
        _ => Arc::clone(node),
    }
}

/// A changed expression and why it was changed; `None` in its place when that cannot be.
type Adapted = (Option<Expr>, &'static str);

/// `None` when the expression is right as it is.
fn adapted(expr: &Expr, counts: Counts) -> Option<Adapted> {
    let windows = inspect::windows(expr);
    if counts == Counts::Gauge {
        let asks = windows.into_iter().any(inspect::is_placeholder);
        return asks.then(|| {
            let filled = with_window(expr, BASE_WINDOW);
            (
                Some(filled),
                "looks at a window, but its values are compared at each instant",
            )
        });
    }
    if counts == Counts::Counter && matches!(inspect::bare(expr).kind, ExprKind::Selector(_)) {
        return None;
    }
    let (mut sums, mut fixed, mut impossible) = (false, false, false);
    inspect::walk(expr, &mut |node, path| match &node.kind {
        ExprKind::Selector(_) => {
            sums = true;
            impossible |= path.up().any(|above| !only_sums(above));
        }
        ExprKind::Range(range) => fixed |= !inspect::is_placeholder(&range.range),
        ExprKind::Subquery(_) => impossible |= path.up().next().is_some(),
        _ => {}
    });
    if impossible && sums {
        return Some((
            None,
            "does more with a counter than to sum it up, so no `rate` can go inside",
        ));
    }
    if !sums && !fixed {
        return None;
    }
    let function = match counts {
        Counts::Deltas => "sum_over_time",
        _ => "rate",
    };
    let changed = transform(expr, &mut |node| match &mut node.kind {
        ExprKind::Selector(selector) => *node = over_window(function, selector),
        ExprKind::Range(range) => range.range = window(),
        _ => {}
    });
    let why = if sums && counts == Counts::Deltas {
        "sums up values without a window"
    } else if sums {
        "sums up counters without `rate`, so that their resets are lost"
    } else {
        "looks at a fixed range"
    };
    Some((Some(changed), why))
}

/// Whether the sum of rates is the rate of what the node makes of its operands.
fn only_sums(node: &Expr) -> bool {
    match &node.kind {
        ExprKind::Paren(_) | ExprKind::Unary(..) => true,
        ExprKind::Aggregate(aggregate) => aggregate.op.name == "sum",
        ExprKind::Binary(binary) => {
            matches!(binary.op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or)
        }
        _ => false,
    }
}

/// `function(selector[$window])`
pub(super) fn over_window(function: &str, selector: &VectorSelector) -> Expr {
    let range = RangeSelector {
        selector: selector.clone(),
        selector_span: Span::default(),
        range: window(),
    };
    build::call(
        function,
        vec![build::expr(ExprKind::Range(Box::new(range)))],
    )
}

fn window() -> Window {
    Window {
        kind: WindowKind::Placeholder(SmolStr::new_static(WINDOW)),
        span: Span::default(),
    }
}

/// A ratio of gauges as its mean over the window; one that looks at ranges has these.
fn ratio(node: &Arc<Node>, decoder: &mut Decoder<'_>) -> Option<Found> {
    let written = with_placeholder(node);
    let query = Query::decode(&written, decoder)?;
    let windows = inspect::windows(&query.expr);
    let fixed = windows
        .iter()
        .any(|window| !inspect::is_placeholder(window));
    if !windows.is_empty() && !fixed {
        return Some(Found {
            groups: kept(&query.expr),
            expr: query.expr,
            node: written,
        });
    }
    let expr = transform(&query.expr, &mut |node| match &mut node.kind {
        ExprKind::Selector(selector) => *node = over_window("avg_over_time", selector),
        ExprKind::Range(range) => range.range = window(),
        _ => {}
    });
    let text = promql::print(&expr);
    decoder.error_with_help(
        &import::REWRITTEN_QUERY,
        query.locate(query.expr.span),
        format!("this query looks at no window; it is read as `{text}`"),
        format!("write it so, with `{{{{.window}}}}` in place of `{WINDOW}`"),
    );
    Some(Found {
        node: make::text(text, node.at),
        groups: kept(&expr),
        expr,
    })
}
