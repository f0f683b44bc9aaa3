//! Indicators: ratio, latency, latencyNative, `bool_gauge`.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::required;
use super::selector::Metric;
use crate::diagnostic::codes::spec;
use crate::duration::Duration;
use crate::promql::ast::{MatchOp, Matcher};
use crate::source::{SourceSpan, Span};
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::make;
use crate::spec::node::Node;

/// What is measured.
pub(super) struct Indicator {
    pub(super) at: SourceSpan,
    pub(super) sli: Arc<Node>,
    pub(super) group_by: Option<Arc<Node>>,
}

/// For an SLO that is only checked: what is wrong with its indicator has been reported.
pub(super) fn stand_in(at: SourceSpan) -> Indicator {
    let probe = make::map(at).put("metric", at, make::text("up", at)).done();
    Indicator {
        at,
        sli: make::map(at).put("probe", at, probe).done(),
        group_by: None,
    }
}

/// Pyrra takes the first of several kinds without a word; here that is an error.
pub(super) fn translate(node: &Node, decoder: &mut Decoder<'_>) -> Option<Indicator> {
    const KINDS: [&str; 4] = ["ratio", "latency", "latencyNative", "bool_gauge"];
    let fields = Fields::new(node, "an indicator", &KINDS, &[], decoder)?;
    let kind = fields.exactly_one("an indicator", &KINDS, decoder)?;
    let at = kind.key_at;
    let (key, sli) = match &*kind.key {
        "ratio" => ("events", ratio(&kind.value, decoder)),
        "latency" => {
            let (key, sli) = latency(&kind.value, decoder)?;
            (key, Some(sli))
        }
        "latencyNative" => ("latency", native(&kind.value, decoder)),
        _ => ("probe", gauge(&kind.value, decoder)),
    };
    Some(Indicator {
        at,
        sli: make::map(at).put(key, at, sli?).done(),
        group_by: super::value(&kind.value, "grouping").filter(|node| !node.is_empty_seq()),
    })
}

fn ratio(node: &Node, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
    let what = "`ratio`";
    let fields = Fields::new(node, what, &["errors", "total", "grouping"], &[], decoder)?;
    let errors = metric(&fields, "errors", what, decoder);
    let total = metric(&fields, "total", what, decoder);
    let (errors, total) = (errors?, total?);
    let map = make::map(node.at).put("total", total.node.at, Arc::clone(&total.node));
    let at = errors.node.at;
    let same_metric = errors.name().map(|name| name.0) == total.name().map(|name| name.0);
    let more = errors.beyond(&total).filter(|_| same_metric);
    let more = more.and_then(|more| written_together(&errors, &more));
    let map = match more.and_then(|span| make::part(&errors.node, span, decoder.sources)) {
        Some(more) => map.put("bad_where", at, more),
        None => map.put("bad", at, Arc::clone(&errors.node)),
    };
    Some(map.done())
}

/// Where matchers stand, when no other one stands among them.
fn written_together(metric: &Metric, some: &[&Matcher]) -> Option<Span> {
    let (first, last) = (some.first()?, some.last()?);
    let span = Span::new(first.span.start, last.span.end);
    let within = metric.matchers().iter();
    let within = within.filter(|matcher| span.contains(matcher.span)).count();
    (within == some.len()).then_some(span)
}

/// `latency` of a histogram where success and total are its bucket and count, else
/// `events` of whatever they are.
fn latency(node: &Node, decoder: &mut Decoder<'_>) -> Option<(&'static str, Arc<Node>)> {
    let what = "`latency`";
    let fields = Fields::new(node, what, &["success", "total", "grouping"], &[], decoder)?;
    let success = metric(&fields, "success", what, decoder);
    let total = metric(&fields, "total", what, decoder);
    let (success, total) = (success?, total?);
    let bound = bound(&success, decoder)?;
    if let Some(histogram) = histogram(&success, &total, decoder)
        && let Some(threshold) = threshold(&success, bound)
    {
        let le = success.node.at;
        let map = make::map(node.at)
            .put("histogram", histogram.at, histogram)
            .put("threshold", le, make::plain(threshold.to_string(), le));
        return Some(("latency", map.done()));
    }
    let map = make::map(node.at)
        .put("total", total.node.at, total.node)
        .put("good", success.node.at, success.node);
    Some(("events", map.done()))
}

/// The bound of the bucket; that there is none is reported.
fn bound(success: &Metric, decoder: &mut Decoder<'_>) -> Option<Decimal> {
    let le = success.matchers().iter().find(|m| m.label.name == "le");
    let number = le.filter(|le| le.op == MatchOp::Equal);
    let number = number.and_then(|le| le.value.value.parse().ok());
    if number.is_none() {
        let map = success.node.text_map(decoder.sources);
        let at = map.locate(le.map_or(success.expr.span, |le| le.span));
        decoder.error_with_help(
            &spec::INVALID_VALUE,
            at,
            "expected a bucket with a bound such as `le=\"0.4\"`",
            "add `le=\"…\"` with the bound of a bucket of the histogram",
        );
    }
    number
}

/// The histogram's base metric with the matchers of the total, when success and total
/// are the bucket and the count of the same histogram.
fn histogram(success: &Metric, total: &Metric, decoder: &Decoder<'_>) -> Option<Arc<Node>> {
    let (bucket, _) = success.name()?;
    let (count, name) = total.name()?;
    let base = count.strip_suffix("_count")?;
    if bucket.strip_suffix("_bucket")? != base {
        return None;
    }
    let more = success.beyond(total)?;
    let only_le = more.len() == 1 && more.iter().all(|m| m.label.name == "le");
    let length = total.node.as_scalar()?.text.len();
    let parts = [
        Span::new(name.start, name.start + base.len()),
        Span::new(name.end, length),
    ];
    only_le.then(|| make::parts(&total.node, &parts, decoder.sources))?
}

/// The bound as a duration; `None` where the native matcher on `le` would be another one.
fn threshold(success: &Metric, bound: Decimal) -> Option<Duration> {
    let le = success.matchers().iter().find(|m| m.label.name == "le")?;
    let shortest = bound.normalize().to_string();
    let whole = [shortest.clone(), format!("{shortest}.0")];
    if *le.value.value != shortest
        && !(bound.is_integer() && whole.contains(&le.value.value.to_string()))
    {
        return None;
    }
    let (name, _) = success.name()?;
    let base = name.strip_suffix("_bucket").unwrap_or(name);
    let millis = if base.ends_with("_milliseconds") || base.ends_with("_ms") {
        bound
    } else {
        bound.checked_mul(Decimal::ONE_THOUSAND)?
    };
    let millis = millis.normalize();
    (millis.is_integer() && millis > Decimal::ZERO)
        .then(|| u64::try_from(millis).ok().map(Duration::from_millis))?
}

fn native(node: &Node, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
    let what = "`latencyNative`";
    let fields = Fields::new(node, what, &["latency", "total", "grouping"], &[], decoder)?;
    let threshold = required(&fields, "latency", what, decoder);
    let total = metric(&fields, "total", what, decoder)?;
    let threshold = threshold?;
    let at = threshold.at;
    let map = make::map(node.at)
        .put("histogram", total.node.at, total.node)
        .put("threshold", at, Arc::clone(threshold))
        .put("type", at, make::plain("native", at));
    Some(map.done())
}

fn gauge(node: &Node, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
    let what = "`bool_gauge`";
    let fields = Fields::new(node, what, &["metric", "grouping"], &[], decoder)?;
    let metric = Metric::read(required(&fields, "metric", what, decoder)?, decoder)?;
    let at = metric.node.at;
    Some(make::map(node.at).put("metric", at, metric.node).done())
}

/// `errors: {metric: …}`
fn metric(fields: &Fields<'_>, key: &str, what: &str, decoder: &mut Decoder<'_>) -> Option<Metric> {
    let node = required(fields, key, what, decoder)?;
    let what = format!("`{key}`");
    let inner = Fields::new(node, &what, &["metric"], &[], decoder)?;
    Metric::read(required(&inner, "metric", &what, decoder)?, decoder)
}
