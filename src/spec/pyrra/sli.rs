//! What is measured: `indicator`.

use std::sync::Arc;

use super::keys::{self, BOOL_GAUGE, INDICATOR, LATENCY, LATENCY_NATIVE, Map, RATIO, Shape};
use super::latency;
use super::metric::{self, Metric};
use crate::diagnostic::{Diagnostic, codes::import};
use crate::promql::ast::Matcher;
use crate::slo::OWN_LABELS;
use crate::source::{SourceSpan, Span};
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// An SLI in the native format.
pub(super) struct Sli {
    pub(super) node: Arc<Node>,
    pub(super) group_by: Option<Arc<Node>>,
}

/// Reads one kind of indicator.
type Read = fn(&Entry, &Map<'_>, &Grouping, &mut Decoder<'_>) -> Option<Arc<Node>>;

/// No query at all: nothing that could be found in it would help.
pub(super) fn stand_in(at: SourceSpan) -> Sli {
    let probe = make::map(at).put("metric", at, make::text("up", at));
    Sli {
        node: make::map(at).put("probe", at, probe.done()).done(),
        group_by: None,
    }
}

/// Reads `indicator`. What cannot be said has been reported, and something harmless
/// stands for it.
pub(super) fn translate(indicator: &Entry, decoder: &mut Decoder<'_>) -> Sli {
    let at = indicator.value.at;
    let Some(kind) = keys::map(&indicator.value, &INDICATOR, decoder)
        .and_then(|map| map.only(&INDICATOR, decoder))
    else {
        return stand_in(at);
    };
    let (shape, read): (&Shape, Read) = match &*kind.key {
        "ratio" => (&RATIO, ratio),
        "latency" => (&LATENCY, latency::classic),
        "latencyNative" => (&LATENCY_NATIVE, latency::native),
        _ => (&BOOL_GAUGE, bool_gauge),
    };
    let Some(map) = keys::map(&kind.value, shape, decoder) else {
        return stand_in(at);
    };
    let renames = &*kind.key != "latencyNative";
    let grouping = Grouping::read(&map, renames, decoder);
    let node = read(kind, &map, &grouping, decoder);
    Sli {
        node: node.unwrap_or_else(|| stand_in(at).node),
        group_by: grouping.node,
    }
}

/// Labels that split the SLO.
pub(super) struct Grouping {
    node: Option<Arc<Node>>,
    /// Labels that slosmith sets itself: the metric's go by another name.
    renamed: Vec<String>,
}

impl Grouping {
    /// `renames` says whether queries can give labels other names.
    fn read(map: &Map<'_>, renames: bool, decoder: &mut Decoder<'_>) -> Self {
        let mut grouping = Self {
            node: None,
            renamed: Vec::new(),
        };
        let Some(entry) = map.get("grouping") else {
            return grouping;
        };
        let Kind::Seq(items) = &entry.value.kind else {
            grouping.node = Some(Arc::clone(&entry.value));
            return grouping;
        };
        let labels = items.iter().map(|item| {
            let own = item
                .as_scalar()
                .filter(|label| renames && OWN_LABELS.contains(&label.text.as_str()));
            let Some(label) = own else {
                return Arc::clone(item);
            };
            let name = &label.text;
            decoder.push(
                Diagnostic::at(
                    &import::READ_AS,
                    item.at,
                    format!("series and alerts have a label `{name}` of slosmith's own: the groups are told apart by `{}`", renamed(name)),
                )
                .with_help(format!("route on `{}`", renamed(name))),
            );
            grouping.renamed.push(name.clone());
            make::text(renamed(name), item.at)
        });
        let labels: Vec<_> = labels.collect();
        grouping.node = (!labels.is_empty()).then(|| make::seq(labels, entry.value.at));
        grouping
    }

    /// A counter with its labels renamed where necessary.
    pub(super) fn counter(&self, query: &Arc<Node>) -> Arc<Node> {
        self.applied(query, |text| format!("rate({text}[$window])"))
    }

    /// A gauge with its labels renamed where necessary.
    fn gauge(&self, query: &Arc<Node>) -> Arc<Node> {
        self.applied(query, str::to_owned)
    }

    fn applied(&self, query: &Arc<Node>, read: impl Fn(&str) -> String) -> Arc<Node> {
        let Some(scalar) = query.as_scalar().filter(|_| self.renames()) else {
            return Arc::clone(query);
        };
        let text = self.renamed.iter().fold(read(&scalar.text), |text, name| {
            let new = renamed(name);
            format!("label_replace({text}, \"{new}\", \"$1\", \"{name}\", \"(.*)\")")
        });
        make::text(text, query.at)
    }

    pub(super) const fn renames(&self) -> bool {
        !self.renamed.is_empty()
    }
}

/// What a label is called that meets another of its name, as when Prometheus scrapes.
fn renamed(label: &str) -> String {
    format!("exported_{label}")
}

/// `{kind: {…}}` in the place of Pyrra's indicator.
pub(super) fn one(key: &str, kind: &Entry, value: make::Map) -> Arc<Node> {
    let sli = make::map(kind.key_at);
    sli.put(key, kind.key_at, value.done()).done()
}

fn ratio(
    kind: &Entry,
    map: &Map<'_>,
    grouping: &Grouping,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let errors = metric::within(map, "errors", decoder);
    let total = metric::within(map, "total", decoder);
    let (errors, total) = (errors?, total?);
    let events = make::map(kind.value.at).put("total", total.key_at, grouping.counter(total.node));
    let narrower =
        narrowing(&errors, &total).and_then(|span| make::part(errors.node, span, decoder.sources));
    let events = match narrower {
        Some(matchers) => events.put("bad_where", errors.key_at, matchers),
        None => events.put("bad", errors.key_at, grouping.counter(errors.node)),
    };
    Some(one("events", kind, events))
}

/// Where the matchers stand that make errors of the total, when errors are nothing but
/// the total with these.
fn narrowing(errors: &Metric<'_>, total: &Metric<'_>) -> Option<Span> {
    let is_same_metric = errors.name().is_some() && errors.name() == total.name();
    if !is_same_metric || !total.matchers().all(|matcher| errors.has(matcher)) {
        return None;
    }
    let all: Vec<&Matcher> = errors.matchers().collect();
    let is_more = |matcher: &&Matcher| !total.has(matcher);
    let first = all.iter().position(is_more)?;
    let last = all.iter().rposition(is_more)?;
    let more = &all[first..=last];
    // What stands between them would be said twice.
    more.iter()
        .all(is_more)
        .then(|| all[first].span.join(all[last].span))
}

/// Samples at 0 count as bad.
fn bool_gauge(
    kind: &Entry,
    map: &Map<'_>,
    grouping: &Grouping,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let metric = metric::of(map, decoder)?;
    let probe = make::map(kind.value.at).put("metric", metric.key_at, grouping.gauge(metric.node));
    Some(one("probe", kind, probe))
}
