//! Latency, from buckets or from native histograms.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::keys::Map;
use super::metric::{self, Metric};
use super::sli::{Grouping, one};
use crate::diagnostic::{Diagnostic, codes::spec};
use crate::duration::Duration;
use crate::promql::ast::{MatchOp, Matcher};
use crate::promql::build::bucket_bound;
use crate::promql::inspect;
use crate::slo::Unit;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::native;
use crate::spec::node::{Entry, Node};
use crate::spec::values::parse_decimal;

const COUNT: &str = "_count";
const BUCKET: &str = "_bucket";

/// `latency`: a bucket among all.
pub(super) fn classic(
    kind: &Entry,
    map: &Map<'_>,
    grouping: &Grouping,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let success = metric::within(map, "success", decoder);
    let total = metric::within(map, "total", decoder);
    let bound = success.as_ref().and_then(|success| bound(success, decoder));
    let (success, total, bound) = (success?, total?, bound?);
    if !grouping.renames()
        && let Some(latency) = histogram(kind, &success, &total, &bound, decoder)
    {
        return Some(one("latency", kind, latency));
    }
    let good = spelt_either_way(&success, &bound);
    let good = good.as_ref().unwrap_or(success.node);
    let events = make::map(kind.value.at)
        .put("total", total.key_at, grouping.counter(total.node))
        .put("good", success.key_at, grouping.counter(good));
    Some(one("events", kind, events))
}

/// The matcher of the bucket; Pyrra wants a number in it.
fn bound(success: &Metric<'_>, decoder: &mut Decoder<'_>) -> Option<Matcher> {
    const HELP: &str = "add the upper bound of a bucket, such as `le=\"0.5\"`";
    let all: Vec<&Matcher> = success
        .matchers()
        .filter(|matcher| matcher.label.name == "le")
        .collect();
    let (at, message) = match all[..] {
        [] => (
            success.query.locate(success.query.expr.span),
            "the fast requests need the matcher `le` of their bucket".to_owned(),
        ),
        [only] => {
            let value = &only.value.value;
            if only.op == MatchOp::Equal && value.parse::<f64>().is_ok() {
                return Some(only.clone());
            }
            let found = success
                .query
                .text
                .get(only.span.start..only.span.end)
                .unwrap_or(value);
            (
                success.query.locate(only.span),
                format!(
                    "Pyrra takes a number for the bucket: expected `le=\"…\"`, found `{found}`"
                ),
            )
        }
        [_, second, ..] => (
            success.query.locate(second.span),
            "a second matcher `le`: one bucket holds the fast requests".to_owned(),
        ),
    };
    decoder.push(Diagnostic::at(&spec::INVALID_VALUE, at, message).with_help(HELP));
    None
}

/// The native kind, which is exactly the same where `X_bucket` with `le` and `X_count`
/// have the same matchers otherwise and the bound is a duration.
fn histogram(
    kind: &Entry,
    success: &Metric<'_>,
    total: &Metric<'_>,
    bound: &Matcher,
    decoder: &Decoder<'_>,
) -> Option<make::Map> {
    let name = total.written_name()?;
    let base = name.name.strip_suffix(COUNT)?;
    let is_one = success.name()?.strip_suffix(BUCKET)? == base
        && total.matchers().all(|matcher| success.has(matcher))
        && success
            .matchers()
            .all(|matcher| inspect::same(matcher, bound) || total.has(matcher));
    if !is_one {
        return None;
    }
    let histogram = native::histogram(total.query.clone(), None, None);
    let seconds = match histogram.unit {
        Unit::Seconds => Decimal::ONE_THOUSAND,
        Unit::Milliseconds => Decimal::ONE,
    };
    let millis = parse_decimal(&bound.value.value)?.checked_mul(seconds)?;
    let millis = Some(millis).filter(Decimal::is_integer)?.to_u64()?;
    let threshold =
        Some(Duration::from_millis(millis)).filter(|length| *length > Duration::ZERO)?;
    // A bound that is spelt as no client does is another series.
    if inspect::accepts(
        &bucket_bound(histogram.unit.of(threshold)),
        &bound.value.value,
    ) != Some(true)
    {
        return None;
    }
    let suffix = crate::source::Span::new(name.span.end - COUNT.len(), name.span.end);
    let threshold_at = success.query.locate(bound.value_span());
    Some(
        make::map(kind.value.at)
            .put(
                "histogram",
                total.key_at,
                make::without(total.node, suffix, decoder.sources)?,
            )
            .put(
                "threshold",
                success.key_at,
                make::plain(threshold.single_unit(), threshold_at),
            ),
    )
}

/// The bucket under both names that a whole number has, `1` and `1.0`, as Pyrra looks for it.
fn spelt_either_way(success: &Metric<'_>, bound: &Matcher) -> Option<Arc<Node>> {
    let value = bound.value.value.as_str();
    let whole = value.strip_suffix(".0").unwrap_or(value);
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = &success.query.text;
    let (before, after) = (text.get(..bound.span.start)?, text.get(bound.span.end..)?);
    let both = format!("{before}le=~\"{whole}(\\\\.0)?\"{after}");
    Some(make::text(both, success.node.at))
}

/// `latencyNative`
pub(super) fn native(
    kind: &Entry,
    map: &Map<'_>,
    _: &Grouping,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let total = metric::within(map, "total", decoder);
    let threshold = map.required("latency", decoder);
    let (total, threshold) = (total?, threshold?);
    let latency = make::map(kind.value.at)
        .put("histogram", total.key_at, Arc::clone(total.node))
        .put("threshold", threshold.key_at, Arc::clone(&threshold.value))
        .put("type", kind.key_at, make::plain("native", kind.key_at));
    Some(one("latency", kind, latency))
}
