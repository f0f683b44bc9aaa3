//! What is measured: ratios of counters, ratios as they are, thresholds.

use std::sync::Arc;

use super::query::{self, Values, Windowed};
use super::read::{Reader, entry, flag, value, word};
use crate::diagnostic::codes::{import, spec};
use crate::promql::ast::BinaryOp;
use crate::promql::{build, print};
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Kind, Node};

/// Data sources that speak `PromQL`.
const PROMETHEUS: [&str; 12] = [
    "prometheus",
    "thanos",
    "mimir",
    "cortex",
    "victoriametrics",
    "grafana-mimir",
    "grafanacloud",
    "amazonprometheus",
    "amp",
    "googlemanagedprometheus",
    "gmp",
    "sloth",
];
/// Keys under which a query is found.
const QUERIES: [&str; 3] = ["query", "promql", "expr"];

/// What an indicator measures, as a native spec has it.
pub(super) struct Measured {
    pub(super) sli: Arc<Node>,
    pub(super) kind: Measure,
    pub(super) group_by: Option<Arc<Node>>,
}

/// How it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Events,
    Threshold,
    Ratio,
}

/// Reads the `spec` of an indicator; `op` and `value` of a threshold stand in the
/// objective. `mean`: a budget of mean ratios, so that events become a ratio.
pub(super) fn read(
    spec: &Node,
    objective: &Node,
    mean: bool,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    match (entry(spec, "ratioMetric"), entry(spec, "thresholdMetric")) {
        (Some(ratio), None) => self::ratio(&ratio.value, ratio.key_at, mean, reader),
        (None, Some(threshold)) => {
            self::threshold(&threshold.value, threshold.key_at, objective, reader)
        }
        (Some(_), Some(second)) => {
            conflict(
                second.key_at,
                "an SLI",
                "ratioMetric",
                "thresholdMetric",
                reader,
            );
            None
        }
        (None, None) => {
            reader.decoder.error_with_help(
                &spec::MISSING_KEY,
                spec.head(),
                "an SLI needs one of the keys `ratioMetric` and `thresholdMetric`",
                "add the one that fits",
            );
            None
        }
    }
}

fn conflict(at: SourceSpan, what: &str, one: &str, other: &str, reader: &mut Reader<'_, '_, '_>) {
    reader.decoder.error_with_help(
        &spec::CONFLICTING_KEYS,
        at,
        format!("{what} takes only one of `{one}` and `{other}`"),
        "keep one of them",
    );
}

/// `ratioMetric`, or `ratioMetrics` of v1alpha.
pub(super) fn ratio(
    ratio: &Node,
    at: SourceSpan,
    mean: bool,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    if let Some(raw) = entry(ratio, "raw") {
        if let Some(total) = entry(ratio, "total") {
            conflict(total.key_at, "`ratioMetric`", "raw", "total", reader);
            return None;
        }
        return raw_ratio(ratio, &raw.value, raw.key_at, reader);
    }
    let Some(total) = entry(ratio, "total") else {
        reader.missing(ratio.head(), "`ratioMetric`", "total");
        return None;
    };
    let (part, word) = match (entry(ratio, "good"), entry(ratio, "bad")) {
        (Some(good), None) => (good, "good"),
        (None, Some(bad)) => (bad, "bad"),
        (Some(_), Some(bad)) => {
            conflict(bad.key_at, "`ratioMetric`", "good", "bad", reader);
            return None;
        }
        (None, None) => {
            reader.missing(ratio.head(), "`ratioMetric`", "good");
            return None;
        }
    };
    let all = metric(&total.value, reader);
    let some = metric(&part.value, reader);
    let (all, some) = (all?, some?);
    let values = counted(ratio, &all, &some, reader);
    let all = query::windowed(&all.node, values, reader);
    let some = query::windowed(&some.node, values, reader);
    let (all, some) = (all?, some?);
    let group_by = groups(&all, &some);
    let (sli, kind) = if mean {
        let text = error_ratio(&all, &some, word == "good");
        let ratio = make::map(at).put("error_ratio", total.key_at, make::text(text, at));
        (make::map(at).put("ratio", at, ratio.done()), Measure::Ratio)
    } else {
        let events =
            make::map(at)
                .put("total", total.key_at, all.node)
                .put(word, part.key_at, some.node);
        (
            make::map(at).put("events", at, events.done()),
            Measure::Events,
        )
    };
    Some(Measured {
        sli: sli.done(),
        kind,
        group_by,
    })
}

/// Whether what is counted are counters, or what came since the sample before.
fn counted(
    ratio: &Node,
    total: &Windowed,
    part: &Windowed,
    reader: &mut Reader<'_, '_, '_>,
) -> Values {
    let key = if reader.alpha {
        "incremental"
    } else {
        "counter"
    };
    if let Some(counter) = flag(ratio, &[key]) {
        return if counter {
            Values::Counters
        } else {
            Values::Deltas
        };
    }
    if reader.alpha {
        return Values::Counters;
    }
    // By the letter they are deltas, and by their names they cannot be.
    let sides = [total, part];
    if !sides
        .iter()
        .all(|read| query::looks_like_counters(&read.expr))
    {
        return Values::Deltas;
    }
    reader.read_as(
        ratio.head(),
        "`counter` is not written, and these metrics have the names of counters: \
         read as `counter: true`",
        "write `counter: true`, or `counter: false` when they hold what came since \
         the sample before",
    );
    Values::Counters
}

/// The labels that both sides are grouped by.
fn groups(total: &Windowed, part: &Windowed) -> Option<Arc<Node>> {
    let labels = query::grouped_by(&total.expr)?;
    if query::grouped_by(&part.expr).as_ref() != Some(&labels) {
        return None;
    }
    let at = total.node.at;
    let labels = labels.into_iter().map(|label| make::text(label, at));
    Some(make::seq(labels.collect(), at))
}

/// The share of bad events over the window. A selector alone is a counter.
fn error_ratio(total: &Windowed, part: &Windowed, good: bool) -> String {
    let over = |read: &Windowed| query::summed(&read.expr);
    let share = build::binary(BinaryOp::Div, over(part), over(total));
    print(&if good {
        build::binary(BinaryOp::Sub, build::number("1"), share)
    } else {
        share
    })
}

fn raw_ratio(
    ratio: &Node,
    raw: &Arc<Node>,
    key_at: SourceSpan,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    let Some(node) = value(ratio, &["rawType"]) else {
        reader.missing(ratio.head(), "a raw ratio", "rawType");
        return None;
    };
    let kind = reader.decoder.text(node, "`success` or `failure`")?;
    if !["success", "failure"].contains(&kind) {
        let words = ["success", "failure"];
        reader.decoder.unknown_word(node, kind, &words);
        return None;
    }
    let read = metric(raw, reader)?;
    let counters =
        flag(ratio, &["counter"]) == Some(true) || query::looks_like_counters(&read.expr);
    let values = if counters && !query::is_selector(&read.expr) {
        Values::Counters
    } else {
        Values::Gauges
    };
    let read = query::windowed(&read.node, values, reader)?;
    let node = if kind == "success" {
        let inner = build::binary(BinaryOp::Sub, build::number("1"), read.expr);
        make::text(print(&inner), read.node.at)
    } else {
        read.node
    };
    let error_ratio = make::map(key_at).put("error_ratio", key_at, node).done();
    Some(Measured {
        sli: make::map(key_at).put("ratio", key_at, error_ratio).done(),
        kind: Measure::Ratio,
        group_by: None,
    })
}

/// `thresholdMetric`
pub(super) fn threshold(
    metric: &Node,
    at: SourceSpan,
    objective: &Node,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    let read = self::metric(metric, reader);
    let good = comparison(objective, reader);
    let (read, good) = (read?, good?);
    let threshold = make::map(at)
        .put("expr", at, read.node)
        .put("good", good.at, good)
        .done();
    Some(Measured {
        sli: make::map(at).put("threshold", at, threshold).done(),
        kind: Measure::Threshold,
        group_by: None,
    })
}

/// `op` and `value` of an objective: `<= 60`.
fn comparison(objective: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Arc<Node>> {
    let words = ["lt", "lte", "gt", "gte"];
    let (Some(op), Some(bound)) = (value(objective, &["op"]), value(objective, &["value"])) else {
        let key = if entry(objective, "op").is_some() {
            "value"
        } else {
            "op"
        };
        reader.missing(objective.head(), "an objective of a threshold", key);
        return None;
    };
    let text = reader.decoder.text(op, "`lt`, `lte`, `gt` or `gte`")?;
    let symbol = match text {
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        _ => {
            reader.decoder.unknown_word(op, text, &words);
            return None;
        }
    };
    let number = super::objective::number(bound, "a number", reader)?;
    Some(make::text(
        format!("{symbol} {}", number.normalize()),
        op.at,
    ))
}

/// The query of a metric, if it is for Prometheus.
fn metric(metric: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Windowed> {
    if reader.alpha {
        let kind = value(metric, &["source"]);
        speaks_promql(kind, reader)?;
        return query_of(metric, reader);
    }
    let Some(source) = value(metric, &["metricSource"]) else {
        reader.missing(metric.head(), "a metric", "metricSource");
        return None;
    };
    let named = value(source, &["metricSourceRef"])
        .cloned()
        .and_then(|name| reader.resolve(&name, "DataSource", false));
    let own = value(source, &["type"]);
    let kind = own.or_else(|| value(named?, &["spec", "type"]));
    speaks_promql(kind, reader)?;
    let Some(spec) = value(source, &["spec"]) else {
        reader.missing(source.head(), "a metric source", "spec");
        return None;
    };
    query_of(spec, reader)
}

/// Reports a source of another kind; one that does not say is taken for Prometheus.
fn speaks_promql(kind: Option<&Arc<Node>>, reader: &mut Reader<'_, '_, '_>) -> Option<()> {
    let Some((node, text)) = kind.and_then(|node| Some((node, word(node)?))) else {
        return Some(());
    };
    let plain = text.to_lowercase().replace([' ', '_'], "");
    if PROMETHEUS.contains(&&*plain) {
        return Some(());
    }
    reader.decoder.error_with_help(
        &import::OTHER_DATA_SOURCE,
        node.at,
        format!("`{text}` is not Prometheus, nor anything else that takes PromQL"),
        "only metrics of Prometheus and what speaks its language become rules",
    );
    None
}

fn query_of(spec: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Windowed> {
    let found = QUERIES.iter().find_map(|key| entry(spec, key));
    if found.is_none() || !matches!(spec.kind, Kind::Map(_)) {
        reader.missing(spec.head(), "a metric of Prometheus", "query");
        return None;
    }
    query::plain(&found?.value, reader)
}

/// The indicator of v1alpha: a ratio in the objective, or a threshold in the SLO.
pub(super) fn of_alpha(
    spec: &Node,
    objective: &Node,
    mean: bool,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    if let Some(ratio) = entry(objective, "ratioMetrics") {
        return self::ratio(&ratio.value, ratio.key_at, mean, reader);
    }
    let threshold = [objective, spec]
        .into_iter()
        .find_map(|holder| entry(&entry(holder, "indicator")?.value, "thresholdMetric"));
    if let Some(threshold) = threshold {
        return self::threshold(&threshold.value, threshold.key_at, objective, reader);
    }
    reader.missing(objective.head(), "an objective", "ratioMetrics");
    None
}
