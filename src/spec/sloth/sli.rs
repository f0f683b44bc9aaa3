//! SLIs: `events`, `raw`, and plugins, which are not run.

use std::sync::Arc;

use super::keys::{Keys, Map};
use crate::diagnostic::codes::import;
use crate::promql::ast::{Aggregate, BinaryExpr, BinaryOp, Expr, ExprKind};
use crate::promql::{self, inspect};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;

/// What is measured.
pub(super) struct Sli {
    pub(super) node: Arc<Node>,
    /// Where the key stands.
    pub(super) key_at: SourceSpan,
    /// The labels that its expressions keep.
    pub(super) group_by: Option<Arc<Node>>,
    pub(super) counts_events: bool,
}

pub(super) fn translate(slo: &Map<'_>, keys: &'static Keys, decoder: &mut Decoder<'_>) -> Sli {
    let key_at = slo.key_at("sli");
    read(slo, keys, decoder).map_or_else(|| stand_in(key_at), |found| Sli { key_at, ..found })
}

/// For an SLO that is only checked: what is wrong with its SLI has been reported.
fn stand_in(at: SourceSpan) -> Sli {
    let probe = make::map(at).put("metric", at, make::text("up", at)).done();
    Sli {
        node: make::map(at).put("probe", at, probe).done(),
        key_at: at,
        group_by: None,
        counts_events: false,
    }
}

fn read(slo: &Map<'_>, keys: &'static Keys, decoder: &mut Decoder<'_>) -> Option<Sli> {
    const KINDS: [&str; 3] = ["events", "raw", "plugin"];
    let sli = Map::read(slo.required("sli", decoder)?, "an SLI", &KINDS, decoder)?;
    let kind = sli.exactly_one(&KINDS, decoder)?;
    match &*kind.key {
        "events" => events(&kind.value, kind.key_at, keys, decoder),
        "raw" => raw(&kind.value, kind.key_at, keys, decoder),
        _ => {
            plugin(&kind.value, kind.key_at, decoder);
            None
        }
    }
}

fn events(
    node: &Node,
    at: SourceSpan,
    keys: &'static Keys,
    decoder: &mut Decoder<'_>,
) -> Option<Sli> {
    let known = [keys.error_query, keys.total_query];
    let map = Map::read(node, "`events`", &known, decoder)?;
    let bad = map.required(keys.error_query, decoder);
    let total = map.required(keys.total_query, decoder);
    let (bad, total) = (bad?, total?);
    let parsed = |node: &Node| promql::parse(&node.as_scalar()?.text).ok();
    let groups = parsed(bad).zip(parsed(total)).and_then(|(bad, total)| {
        let labels = kept(&bad)?;
        (kept(&total)? == labels).then_some(labels)
    });
    let events = make::map(node.at)
        .put("total", map.key_at(keys.total_query), Arc::clone(total))
        .put("bad", map.key_at(keys.error_query), Arc::clone(bad));
    Some(Sli {
        node: make::map(at).put("events", at, events.done()).done(),
        key_at: at,
        group_by: groups.and_then(|labels| list(&labels, total.at)),
        counts_events: true,
    })
}

/// A ratio of two counts is read as these counts: that is what Sloth computes for each
/// window, and over the period it weighs events instead of minutes.
fn raw(node: &Node, at: SourceSpan, keys: &'static Keys, decoder: &mut Decoder<'_>) -> Option<Sli> {
    let key = keys.error_ratio_query;
    let map = Map::read(node, "`raw`", &[key], decoder)?;
    let query = map.required(key, decoder)?;
    let key_at = map.key_at(key);
    let parsed = query
        .as_scalar()
        .and_then(|scalar| promql::parse(&scalar.text).ok());
    if let Some(counts) = parsed.as_ref().and_then(counts) {
        let part = |expr: &Expr| make::part(query, expr.span, decoder.sources);
        if let (Some(total), Some(some)) = (part(counts.total), part(counts.part)) {
            let kind = if counts.good { "good" } else { "bad" };
            let events = make::map(node.at)
                .put("total", key_at, total)
                .put(kind, key_at, some);
            return Some(Sli {
                node: make::map(at).put("events", at, events.done()).done(),
                key_at: at,
                group_by: list(&counts.labels, query.at),
                counts_events: true,
            });
        }
    }
    let labels = parsed.as_ref().and_then(kept).unwrap_or_default();
    let ratio = make::map(node.at).put("error_ratio", key_at, Arc::clone(query));
    Some(Sli {
        node: make::map(at).put("ratio", at, ratio.done()).done(),
        key_at: at,
        group_by: list(&labels, query.at),
        counts_events: false,
    })
}

fn plugin(node: &Node, at: SourceSpan, decoder: &mut Decoder<'_>) {
    let id = node.get("id").and_then(|id| id.value.as_scalar());
    let name = id.map_or_else(|| "an SLI plugin".to_owned(), |id| format!("`{}`", id.text));
    decoder.error_with_help(
        &import::UNKNOWN_PLUGIN,
        at,
        format!("{name} is Go code, which is not run"),
        "write its queries under `events`, or convert the spec and use `events`, `latency`, \
         `probe` or another SLI kind",
    );
}

/// A ratio taken apart.
struct Counts<'a> {
    total: &'a Expr,
    part: &'a Expr,
    /// Whether `part` counts good events.
    good: bool,
    labels: Vec<String>,
}

/// The counts of `a / b` and `1 - a / b`, where both sides are summed to the same labels.
fn counts(expr: &Expr) -> Option<Counts<'_>> {
    let BinaryExpr { op, lhs, rhs, .. } = plain(expr)?;
    match op {
        BinaryOp::Div => {
            let labels = summed(lhs)?;
            (summed(rhs)? == labels).then_some(Counts {
                total: rhs,
                part: lhs,
                good: false,
                labels,
            })
        }
        BinaryOp::Sub if is_one(lhs) => {
            let good = counts(rhs).filter(|counts| !counts.good)?;
            Some(Counts { good: true, ..good })
        }
        _ => None,
    }
}

/// A binary expression whose sides match by all of their labels.
fn plain(expr: &Expr) -> Option<&BinaryExpr> {
    match &inspect::bare(expr).kind {
        ExprKind::Binary(binary) if binary.matching.is_none() => Some(binary),
        _ => None,
    }
}

fn is_one(expr: &Expr) -> bool {
    matches!(&inspect::bare(expr).kind, ExprKind::Number(number) if number.text == "1")
}

/// The labels to which a counter is summed over the window.
fn summed(expr: &Expr) -> Option<Vec<String>> {
    let ExprKind::Aggregate(aggregate) = &inspect::bare(expr).kind else {
        return None;
    };
    let over_window = match &inspect::bare(&aggregate.expr).kind {
        ExprKind::Call(call) => {
            ["rate", "increase"].contains(&call.func.name.as_str())
                && inspect::windows(expr)
                    .into_iter()
                    .all(inspect::is_placeholder)
        }
        _ => false,
    };
    if aggregate.op.name == "sum" && over_window {
        by(aggregate)
    } else {
        None
    }
}

/// The labels that an expression keeps: those of the aggregations it is made of.
fn kept(expr: &Expr) -> Option<Vec<String>> {
    match &inspect::bare(expr).kind {
        ExprKind::Aggregate(aggregate) => by(aggregate),
        ExprKind::Binary(binary) if binary.matching.is_none() => {
            match (kept(&binary.lhs), kept(&binary.rhs)) {
                (Some(left), Some(right)) => (left == right).then_some(left),
                (one, other) => one.or(other),
            }
        }
        ExprKind::Unary(_, inner) => kept(inner),
        _ => None,
    }
}

fn by(aggregate: &Aggregate) -> Option<Vec<String>> {
    let Some(grouping) = &aggregate.grouping else {
        return Some(Vec::new());
    };
    let names = grouping.labels.iter().map(|label| label.name.to_string());
    let mut labels: Vec<String> = names.collect();
    labels.sort();
    labels.dedup();
    (!grouping.without).then_some(labels)
}

fn list(labels: &[String], at: SourceSpan) -> Option<Arc<Node>> {
    let items = labels.iter().map(|label| make::text(label.as_str(), at));
    (!labels.is_empty()).then(|| make::seq(items.collect(), at))
}
