//! Every kind of SLI with every way to count and every period: Prometheus
//! takes the rules.

use std::fmt::Write as _;

use super::{Topic, promtool};

const KINDS: &[(&str, &str)] = &[
    (
        "bad-where",
        r#"events: {total: 'a_total{x="\"\\{}"}', bad_where: 'code=~"5.."'}"#,
    ),
    (
        "good-where",
        "events: {total: a_total, good_where: 'code!~\"5..\"'}",
    ),
    ("bad", "events: {total: a_total, bad: b_total}"),
    (
        "good",
        "events: {total: 'sum by (region, tier) (increase(a_total[$window]))', good: b_total}",
    ),
    (
        "latency",
        "latency: {histogram: a_seconds, threshold: 1s, errors_where: 'code=~\"5..\"'}",
    ),
    (
        "latency-native",
        "latency: {histogram: a_seconds, threshold: 400ms, type: native}",
    ),
    (
        "satisfaction",
        "satisfaction: {histogram: a_seconds, anchors: [{within: 1s}, {within: 3s, pain: 0.2, name: slow}, {pain: 1, name: brutal}]}",
    ),
    (
        "satisfaction-native",
        "satisfaction: {histogram: a_seconds, type: native, anchors: [{within: 1s}, {within: 3s, pain: 0.2, name: slow}, {pain: 1, name: brutal}]}",
    ),
    (
        "timestamp",
        "freshness: {timestamp: a_timestamp_seconds, max_age: 2h}",
    ),
    (
        "age",
        "freshness: {age: a_age_ms, max_age: 2h, seen_within: 2d}",
    ),
    ("read", "freshness: {histogram: a_age_seconds, max_age: 2h}"),
    ("probe", "probe: {metric: up}"),
    ("threshold", "threshold: {expr: lag, good: '!= -0.5'}"),
    (
        "threshold-bad",
        "threshold: {expr: lag, good: '<= 60', missing: bad}",
    ),
    (
        "threshold-good",
        "threshold: {expr: lag, good: '> 60', missing: good}",
    ),
    (
        "ratio",
        "ratio: {error_ratio: 'avg_over_time(share[$window])'}",
    ),
];

const PERIODS: &[&str] = &[
    "1d",
    "2d",
    "1w",
    "30d",
    "90d",
    "1y",
    "{calendar: week}",
    "{calendar: month, time_zone: Europe/Berlin}",
    "{calendar: quarter, time_zone: Asia/Kolkata}",
    "{calendar: year}",
];

#[test]
fn prometheus_takes_every_combination() {
    let mut spec = "apiVersion: slosmith/v1\nservice: matrix\nslos:\n".to_owned();
    for (kind, sli) in KINDS {
        for (index, period) in PERIODS.iter().enumerate() {
            for (suffix, rest) in [
                ("", "objective: 99.999, promise: 99"),
                (
                    "-grouped",
                    "objective: 50, group_by: [tier, region], groups: {region: ['e\"u\\{{ $x }}', us], tier: [a]}",
                ),
                (
                    "-slices",
                    "objective: 99, budgeting: {slices: {length: 15m, target: 95}}, scrape_interval: 30s",
                ),
                (
                    "-slices-grouped",
                    "objective: 99, group_by: [region], budgeting: {slices: {length: 5m, target: 95}}",
                ),
            ] {
                writeln!(
                    spec,
                    "- {{name: {kind}-{index}{suffix}, period: {period}, {rest}, sli: {{{sli}}}, \
                     alerts: {{budget_left: [{{below: 25}}]}}}}"
                )
                .unwrap();
            }
        }
    }
    for (index, period) in PERIODS.iter().enumerate() {
        writeln!(
            spec,
            "- {{name: every-{index}, period: {period}, objective: 99, sli: {{composite: \
             {{every: [matrix/bad-{index}, matrix/latency-{index}-slices]}}}}}}\n\
             - {{name: few-{index}, period: {period}, objective: 99, sli: {{events: \
             {{total: a_total, bad: b_total}}}}, alerts: {{'on': budget, min_bad_events: 5}}}}"
        )
        .unwrap();
    }
    let topic = Topic::compile_text("matrix", &spec, &[]);
    if let Err(said) = promtool(
        topic.folder.path(),
        &["check", "rules", "rules/matrix.yaml"],
    ) {
        panic!("{said}");
    }
}
