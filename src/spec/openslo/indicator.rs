//! SLIs: ratio and threshold metrics.

use std::sync::Arc;

use super::budgeting::Method;
use super::get;
use super::objects::Objects;
use super::query::{self, Counts, Found};
use super::target::decimal;
use crate::diagnostic::{Diagnostic, codes::import, codes::spec};
use crate::promql::{self, build};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::grouping::list;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// What is measured, as a native value.
pub(super) struct Sli {
    pub(super) node: Arc<Node>,
    pub(super) group_by: Option<Arc<Node>>,
    /// Numbers of series at each evaluation instead of counted events.
    pub(super) is_gauge: bool,
}

/// The SLI that an SLO or an objective names: inline or by reference.
pub(super) fn of<'n>(
    holder: &'n Node,
    objects: &'n Objects,
    decoder: &mut Decoder<'_>,
) -> Option<&'n Node> {
    let inline = get::entry(holder, "indicator");
    let reference = get::entry(holder, "indicatorRef");
    if let (Some(inline), Some(reference)) = (inline, reference) {
        decoder.push(
            Diagnostic::new(
                &spec::CONFLICTING_KEYS,
                "found both `indicator` and `indicatorRef`",
            )
            .with_primary(reference.key_at, "this as well")
            .with_secondary(inline.key_at, "this already")
            .with_help("keep one of them"),
        );
        return None;
    }
    let object: &Node = match (inline, reference) {
        (Some(inline), _) => &inline.value,
        (None, Some(reference)) => objects.find("SLI", &reference.value, decoder)?,
        (None, None) => return None,
    };
    Some(&get::required(object, "spec", "an indicator", decoder)?.value)
}

/// What an SLI means for an objective.
pub(super) fn translate(
    sli: &Node,
    objective: &Node,
    method: Method,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Option<Sli> {
    match (
        get::entry(sli, "ratioMetric"),
        get::entry(sli, "thresholdMetric"),
    ) {
        (Some(ratio), Some(threshold)) => {
            decoder.push(
                Diagnostic::new(
                    &spec::CONFLICTING_KEYS,
                    "found both `ratioMetric` and `thresholdMetric`",
                )
                .with_primary(threshold.key_at, "this as well")
                .with_secondary(ratio.key_at, "this already")
                .with_help("keep one of them"),
            );
            None
        }
        (Some(entry), None) => ratio(entry, method, objects, decoder),
        (None, Some(entry)) => {
            let found = query::of_metric(&entry.value, objects, Counts::Gauge, decoder);
            threshold(found, objective, entry.key_at, decoder)
        }
        (None, None) => {
            decoder.error_with_help(
                &spec::MISSING_KEY,
                sli.head(),
                "an SLI needs one of the keys `ratioMetric` and `thresholdMetric`",
                "add the one that fits",
            );
            None
        }
    }
}

fn ratio(
    entry: &Entry,
    method: Method,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Option<Sli> {
    let metric = &entry.value;
    if let Some(raw) = get::entry(metric, "raw") {
        return self::raw(metric, raw, objects, decoder);
    }
    let counts = match get::value(metric, "counter").and_then(|value| value.as_scalar()?.as_bool())
    {
        Some(false) => Counts::Deltas,
        _ => Counts::Counter,
    };
    let part = get::entry(metric, "good").or_else(|| get::entry(metric, "bad"));
    let total = get::required(metric, "total", "`ratioMetric`", decoder);
    if part.is_none() {
        decoder.error_with_help(
            &spec::MISSING_KEY,
            metric.head(),
            "`ratioMetric` needs one of the keys `good`, `bad` and `raw`",
            "add the one that fits",
        );
    }
    let (part, total) = (part?, total?);
    let total_query = query::of_metric(&total.value, objects, counts, decoder);
    let part_query = query::of_metric(&part.value, objects, counts, decoder);
    Some(events(
        &part.key,
        total_query?,
        part_query?,
        entry.key_at,
        method,
    ))
}

/// Counted events, or the mean of their ratios.
pub(super) fn events(key: &str, total: Found, part: Found, at: SourceSpan, method: Method) -> Sli {
    let groups = total
        .groups
        .filter(|groups| Some(groups) == part.groups.as_ref());
    let group_by = groups.and_then(|groups| list(&groups, total.node.at));
    let (kind, sli) = if method == Method::RatioTimeslices {
        let of = build::binary(
            promql::ast::BinaryOp::Div,
            over_window(part.expr),
            over_window(total.expr),
        );
        let ratio = if key == "good" { one_minus(of) } else { of };
        let text = make::text(promql::print(&ratio), total.node.at);
        ("ratio", make::map(at).put("error_ratio", at, text))
    } else {
        let events =
            make::map(at)
                .put("total", total.node.at, total.node)
                .put(key, part.node.at, part.node);
        ("events", events)
    };
    Sli {
        node: make::map(at).put(kind, at, sli.done()).done(),
        group_by,
        is_gauge: false,
    }
}

/// A bare counter as its rate; anything else looks at the window already.
fn over_window(expr: promql::ast::Expr) -> promql::ast::Expr {
    use promql::ast::ExprKind;
    match &promql::inspect::bare(&expr).kind {
        ExprKind::Selector(selector) => {
            build::call("sum", vec![query::over_window("rate", selector)])
        }
        ExprKind::Binary(_) => build::paren(expr),
        _ => expr,
    }
}

fn one_minus(expr: promql::ast::Expr) -> promql::ast::Expr {
    build::binary(promql::ast::BinaryOp::Sub, build::number("1"), expr)
}

fn raw(metric: &Node, raw: &Entry, objects: &Objects, decoder: &mut Decoder<'_>) -> Option<Sli> {
    let kind = get::required(metric, "rawType", "`raw`", decoder)?;
    let success = match get::scalar(&kind.value) {
        Some("success") => true,
        Some("failure") => false,
        other => {
            let found = other.unwrap_or_default();
            decoder.unknown_word(&kind.value, found, &["success", "failure"]);
            return None;
        }
    };
    let found = query::ratio_of_metric(&raw.value, objects, decoder)?;
    let at = raw.key_at;
    let node = if success {
        make::text(
            promql::print(&one_minus(build::paren(found.expr))),
            found.node.at,
        )
    } else {
        found.node
    };
    let group_by = found.groups.and_then(|groups| list(&groups, node.at));
    let ratio = make::map(at).put("error_ratio", at, node).done();
    Some(Sli {
        node: make::map(at).put("ratio", at, ratio).done(),
        group_by,
        is_gauge: false,
    })
}

/// A value that is good while it is within a bound.
pub(super) fn threshold(
    found: Option<Found>,
    objective: &Node,
    at: SourceSpan,
    decoder: &mut Decoder<'_>,
) -> Option<Sli> {
    let op = get::required(
        objective,
        "op",
        "an objective on a threshold metric",
        decoder,
    );
    let value = get::required(
        objective,
        "value",
        "an objective on a threshold metric",
        decoder,
    );
    let (op, value) = (op?, value?);
    let sign = match get::scalar(&op.value).unwrap_or_default() {
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        other => {
            decoder.unknown_word(&op.value, other, &["lt", "lte", "gt", "gte"]);
            return None;
        }
    };
    let bound = decimal(&value.value, decoder)?;
    let found = found?;
    let good = make::text(format!("{sign} {bound}"), value.value.at);
    let group_by = found.groups.and_then(|groups| list(&groups, found.node.at));
    let threshold = make::map(at)
        .put("expr", found.node.at, found.node)
        .put("good", value.value.at, good)
        .done();
    Some(Sli {
        node: make::map(at).put("threshold", at, threshold).done(),
        group_by,
        is_gauge: true,
    })
}

/// For an SLO that is only checked: what is wrong with its SLI has been reported.
pub(super) fn stand_in(at: SourceSpan) -> Sli {
    let probe = make::map(at).put("metric", at, make::text("up", at)).done();
    Sli {
        node: make::map(at).put("probe", at, probe).done(),
        group_by: None,
        is_gauge: true,
    }
}

/// Tells that a mean of ratios is not what customers saw.
pub(super) fn mean_of_ratios(at: SourceSpan, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &import::READ_AS,
        at,
        "a mean of the ratios of time slices weighs an idle minute like a busy one; slices are 5m long",
        "count events with `budgetingMethod: Occurrences`, or good slices with `Timeslices`",
    );
}
