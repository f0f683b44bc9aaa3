//! What is measured: `events`, `raw`, `plugin`.

use std::sync::Arc;

use super::keys::{
    ERROR_QUERY, ERROR_RATIO_QUERY, EVENTS, EVENTS_SLI, ID, Map, PLUGIN, PLUGIN_SLI, RAW, RAW_SLI,
    Reader, SLI_KINDS, TOTAL_QUERY,
};
use super::raw::{Part, split};
use crate::diagnostic::{Diagnostic, codes::import};
use crate::promql::ast::{Expr, ExprKind, Ident};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, Labels, labels};
use crate::promql::{parse, value_type};
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// An SLI in the native format.
pub(super) struct Sli {
    pub(super) node: Arc<Node>,
    /// The labels that its queries keep.
    pub(super) group_by: Option<Arc<Node>>,
    /// Whether events are counted.
    pub(super) counts: bool,
}

/// Reads `sli`. What cannot be said has been reported, and something harmless stands for it.
pub(super) fn translate(entry: &Entry, reader: &mut Reader<'_, '_>) -> Sli {
    read(entry, reader).unwrap_or_else(|| stand_in(entry.value.at))
}

fn read(entry: &Entry, reader: &mut Reader<'_, '_>) -> Option<Sli> {
    let kinds = reader.map(&entry.value, &SLI_KINDS)?;
    let kind = reader.exactly_one(&kinds, &[EVENTS, RAW, PLUGIN])?;
    if &*kind.key == EVENTS.spelt(reader.spelling) {
        let map = reader.map(&kind.value, &EVENTS_SLI)?;
        events(kind, &map, reader)
    } else if &*kind.key == RAW.spelt(reader.spelling) {
        let map = reader.map(&kind.value, &RAW_SLI)?;
        let query = reader.required(&map, ERROR_RATIO_QUERY)?;
        Some(raw(kind, query, reader))
    } else {
        let map = reader.map(&kind.value, &PLUGIN_SLI)?;
        plugin(&map, reader);
        None
    }
}

/// No query at all: nothing that could be found in it would help.
fn stand_in(at: SourceSpan) -> Sli {
    let probe = make::map(at).put("metric", at, make::text("up", at));
    Sli {
        node: make::map(at).put("probe", at, probe.done()).done(),
        group_by: None,
        counts: false,
    }
}

fn events(kind: &Entry, map: &Map<'_>, reader: &mut Reader<'_, '_>) -> Option<Sli> {
    let (bad, total) = (
        reader.required(map, ERROR_QUERY),
        reader.required(map, TOTAL_QUERY),
    );
    let (bad, total) = (bad?, total?);
    let events = make::map(kind.value.at)
        .put("total", total.key_at, Arc::clone(&total.value))
        .put("bad", bad.key_at, Arc::clone(&bad.value));
    let queries = [parsed(&total.value), parsed(&bad.value)];
    for (entry, query) in [total, bad].into_iter().zip(&queries) {
        if warn_without_aggregation(entry, query.as_ref(), "sum", reader) {
            break;
        }
    }
    let group_by = match &queries {
        [Some(all), Some(part)] if labels(all) == labels(part) => {
            group_by(&total.value, all, reader)
        }
        _ => None,
    };
    Some(Sli {
        node: one("events", kind, events),
        group_by,
        counts: true,
    })
}

fn raw(kind: &Entry, query: &Entry, reader: &mut Reader<'_, '_>) -> Sli {
    let node = &query.value;
    let expr = parsed(node);
    let group_by = expr.as_ref().and_then(|expr| group_by(node, expr, reader));
    if let Some(events) = expr.as_ref().and_then(|expr| counts(query, expr, reader)) {
        return Sli {
            node: one("events", kind, events),
            group_by,
            counts: true,
        };
    }
    warn_without_aggregation(query, expr.as_ref(), "avg", reader);
    let ratio = make::map(kind.value.at).put("error_ratio", query.key_at, Arc::clone(node));
    Sli {
        node: one("ratio", kind, ratio),
        group_by,
        counts: false,
    }
}

/// The ratio as bad or good events among all.
fn counts(query: &Entry, expr: &Expr, reader: &Reader<'_, '_>) -> Option<make::Map> {
    let split = split(expr)?;
    let part = |span| make::part(&query.value, span, reader.decoder.sources);
    let (key, span) = match split.part {
        Part::Bad(span) => ("bad", span),
        Part::Good(span) => ("good", span),
    };
    let events = make::map(query.value.at)
        .put("total", query.key_at, part(split.total)?)
        .put(key, query.key_at, part(span)?);
    Some(events)
}

fn one(key: &str, kind: &Entry, value: make::Map) -> Arc<Node> {
    let sli = make::map(kind.key_at);
    sli.put(key, kind.key_at, value.done()).done()
}

fn parsed(query: &Node) -> Option<Expr> {
    parse(&query.as_scalar()?.text).ok()
}

/// The labels that come out of a query, in the order in which it names them. Sloth
/// has an SLO for each group without being told so.
fn group_by(query: &Node, expr: &Expr, reader: &Reader<'_, '_>) -> Option<Arc<Node>> {
    let Labels::Only(kept) = labels(expr) else {
        return None;
    };
    let mut named: Vec<&Ident> = Vec::new();
    inspect::walk(expr, &mut |node, _| {
        let grouping = match &node.kind {
            ExprKind::Aggregate(aggregate) => aggregate.grouping.as_ref(),
            _ => None,
        };
        for label in grouping.iter().flat_map(|grouping| &grouping.labels) {
            let is_new = named.iter().all(|other| other.name != label.name);
            if is_new && kept.contains(label.name.as_str()) {
                named.push(label);
            }
        }
    });
    named.sort_by_key(|label| label.span.start);
    let nodes: Vec<_> = named
        .into_iter()
        .filter_map(|label| {
            let cut = make::part(query, label.span, reader.decoder.sources)?;
            Some(make::text(label.name.as_str(), cut.at))
        })
        .collect();
    (!nodes.is_empty()).then(|| make::seq(nodes, query.at))
}

/// Says that series which nothing brings together are one SLO here, by `whole`;
/// whether it was said.
fn warn_without_aggregation(
    entry: &Entry,
    query: Option<&Expr>,
    whole: &str,
    reader: &mut Reader<'_, '_>,
) -> bool {
    let is_one = |expr: &Expr| {
        value_type(expr) != ValueType::Vector
            || inspect::selector_use(inspect::bare(expr)).is_some()
            || matches!(labels(expr), Labels::Only(_))
    };
    if query.is_none_or(is_one) {
        return false;
    }
    reader.decoder.push(
        Diagnostic::at(
            &import::READ_AS,
            entry.value.at,
            "Sloth has an SLO for each series that this gives: read as one SLO over all of them",
        )
        .with_help(format!(
            "put `{whole}(…)` around it, or `{whole} by (…) (…)` with the labels to tell apart"
        )),
    );
    true
}

/// What to write instead of the plugins of `sloth-common-sli-plugins`.
const COMMON: [(&str, &str); 5] = [
    (
        "/prometheus/targets/availability",
        "write `sli: {probe: {metric: up{job=\"…\"}}}` in a native spec",
    ),
    (
        "/prometheus/rules/eval-availability",
        "count `prometheus_rule_evaluation_failures_total` among \
         `prometheus_rule_evaluations_total`, as `events`",
    ),
    (
        "/queue-congestion",
        "write `sli: {latency: {histogram: …, threshold: …}}` over the time in the queue, \
         in a native spec",
    ),
    (
        "/latency",
        "write `sli: {latency: {histogram: …, threshold: …}}` in a native spec",
    ),
    (
        "/availability",
        "write `events` with the counters of the plugin as `error_query` and `total_query`",
    ),
];

fn plugin(map: &Map<'_>, reader: &mut Reader<'_, '_>) {
    let Some(id) = reader.required(map, ID) else {
        return;
    };
    let text = id.value.as_scalar().map_or("", |scalar| &scalar.text);
    let advice = COMMON.iter().find(|(end, _)| text.ends_with(end));
    let help = advice.map_or(
        "write the query that it makes as `events` or `raw`; latency, probes and freshness \
         have kinds of their own in a native spec",
        |(_, advice)| *advice,
    );
    reader.decoder.error_with_help(
        &import::UNKNOWN_PLUGIN,
        id.value.at,
        format!("the plugin `{text}` is Go code, which is not run here"),
        help,
    );
}
