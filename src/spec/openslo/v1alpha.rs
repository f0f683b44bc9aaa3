//! SLOs of v1alpha, as they were written for Sloth as well.

use std::sync::Arc;

use super::alerts::Alerts;
use super::budgeting::{self, Method};
use super::indicator::{self, Sli};
use super::query::{self, Counts, Found};
use super::slo::{Frame, Part, numbered};
use super::window::Window;
use super::{get, target};
use crate::diagnostic::codes::{import, spec};
use crate::duration::Duration;
use crate::spec::decode::Decoder;
use crate::spec::foreign::Translated;
use crate::spec::make;
use crate::spec::node::Node;

pub(super) fn translate(document: &Node, decoder: &mut Decoder<'_>) -> Option<Vec<Translated>> {
    let before = decoder.errors();
    let frame = Frame::read(document, window, decoder)?;
    let method = match get::entry(frame.spec, "budgetingMethod") {
        Some(_) => budgeting::method(frame.spec, decoder),
        None => Method::Occurrences,
    };
    get::required(frame.spec, "objectives", "an SLO", decoder)?;
    let objectives = get::items(frame.spec, "objectives", decoder)?;
    if objectives.is_empty() {
        decoder.error_with_help(
            &spec::EMPTY_VALUE,
            get::key_at(frame.spec, "objectives"),
            "an SLO needs at least one objective",
            "add one with `target` and `ratioMetrics`",
        );
    }
    // Sloth numbers them from 0, whatever they are called.
    let unnamed: Vec<Arc<Node>> = objectives.iter().map(|one| without_name(one)).collect();
    let names = numbered(frame.metadata.name, &unnamed, 0);
    let slos = objectives.iter().zip(names).map(|(objective, name)| {
        let before = decoder.errors();
        let part = Part {
            name,
            objective,
            target: target::read(objective, decoder),
            sli: sli(frame.spec, objective, method, decoder),
            alerts: Alerts::none(frame.spec.head()),
        };
        let complete = decoder.errors() == before;
        frame.slo(part, method, complete, decoder)
    });
    let mut slos: Vec<Translated> = slos.collect();
    if decoder.errors() > before {
        slos.iter_mut().for_each(|slo| slo.usable = false);
    }
    Some(slos)
}

/// An objective without what it is called.
fn without_name(objective: &Node) -> Arc<Node> {
    Arc::new(Node::map(Vec::new(), objective.head()))
}

fn window(spec: &Node, decoder: &mut Decoder<'_>) -> Option<Window> {
    let at = get::key_at(spec, "timeWindows");
    let Some(window) = get::items(spec, "timeWindows", decoder).and_then(<[_]>::first) else {
        decoder.error_with_help(
            &import::READ_AS,
            at,
            "this SLO has no time window; it holds over 30d",
            "add `timeWindows: [{unit: Day, count: 30}]`",
        );
        return Some(Window {
            node: None,
            nominal: Duration::from_days(30),
        });
    };
    let unit = get::required(window, "unit", "a time window", decoder);
    let count = get::required(window, "count", "a time window", decoder);
    let (unit, count) = (unit?, count?);
    let days = match get::scalar(&unit.value).unwrap_or_default() {
        "Day" => 1,
        "Week" => 7,
        "Month" => 30,
        "Quarter" => 90,
        "Year" => 365,
        other => {
            let words = ["Day", "Week", "Month", "Quarter", "Year"];
            decoder.unknown_word(&unit.value, other, &words);
            return None;
        }
    };
    let number = get::scalar(&count.value).and_then(|text| text.parse::<u64>().ok());
    let Some(length) = number
        .and_then(|number| number.checked_mul(days))
        .filter(|days| *days < 1 << 20)
    else {
        decoder.wrong_type(&count.value, "a number of days, weeks or months", None);
        return None;
    };
    if get::value(window, "calendar").is_some() && !get::flag(window, "isRolling") {
        decoder.error_with_help(
            &import::READ_AS,
            get::key_at(window, "calendar"),
            "calendar windows of v1alpha are read as rolling ones of the same length",
            "convert the spec, and use `period: {calendar: month}`",
        );
    }
    let length = Duration::from_days(length);
    Some(Window {
        node: Some(make::plain(length.single_unit(), count.value.at)),
        nominal: length,
    })
}

fn sli(spec: &Node, objective: &Node, method: Method, decoder: &mut Decoder<'_>) -> Option<Sli> {
    if let Some(ratio) = get::entry(objective, "ratioMetrics") {
        let counts =
            match get::value(&ratio.value, "incremental").and_then(|n| n.as_scalar()?.as_bool()) {
                Some(false) => Counts::Deltas,
                _ => Counts::Counter,
            };
        let good = metric(&ratio.value, "good", counts, decoder);
        let total = metric(&ratio.value, "total", counts, decoder);
        return Some(indicator::events(
            "good",
            total?,
            good?,
            ratio.key_at,
            method,
        ));
    }
    let threshold =
        get::value(spec, "indicator").and_then(|node| get::entry(node, "thresholdMetric"));
    if let Some(threshold) = threshold {
        let found = source(&threshold.value, Counts::Gauge, decoder);
        return indicator::threshold(found, objective, threshold.key_at, decoder);
    }
    decoder.error_with_help(
        &spec::MISSING_KEY,
        objective.head(),
        "an objective needs the key `ratioMetrics`",
        "add `ratioMetrics: {good: …, total: …}`",
    );
    None
}

fn metric(ratio: &Node, key: &str, counts: Counts, decoder: &mut Decoder<'_>) -> Option<Found> {
    let node = &get::required(ratio, key, "`ratioMetrics`", decoder)?.value;
    source(node, counts, decoder)
}

fn source(node: &Node, counts: Counts, decoder: &mut Decoder<'_>) -> Option<Found> {
    if let Some(kind) = get::value(node, "source") {
        query::is_prometheus(kind, decoder)?;
    }
    let query = &get::required(node, "query", "a metric", decoder)?.value;
    query::read(query, counts, decoder)
}
