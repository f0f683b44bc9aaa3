//! Nine days of raw metrics in which everything happens that can happen to an SLI.

use crate::world::{DAY, HOUR, MINUTE, Raw, SCRAPE};

/// The last scrape: 2025-10-09 08:50:00 UTC.
pub(crate) const END: u64 = 1_760_000_000 / 300 * 300;
/// The first one.
pub(crate) const START: u64 = END - 9 * DAY;

pub(crate) const SPEC: &str = r#"
apiVersion: slosmith/v1
service: shop
owner: shop-team
labels: {tier: gold}
defaults: {period: 7d, scrape_interval: 30s}
slos:
- name: web
  objective: 99
  promise: {objective: 98, period: 3d}
  group_by: [region]
  groups: {region: [eu, us]}
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
- name: good
  objective: 99
  sli: {events: {total: 'sum(rate(requests_total{region="eu"}[$window]))', good: 'sum(rate(requests_total{region="eu",code!="500"}[$window]))'}}
- name: month
  objective: 99
  period: {calendar: month, time_zone: Europe/Berlin}
  promise: {objective: 98, period: {calendar: week, time_zone: Asia/Kolkata}}
  sli: {events: {total: 'requests_total{region="us"}', bad_where: 'code="500"'}}
- name: spent
  objective: 99
  alerts: {on: budget}
  sli: {events: {total: 'requests_total{region="eu"}', bad_where: 'code="500"'}}
- name: latency
  objective: 99
  sli: {latency: {histogram: answer_seconds, threshold: 500ms}}
- name: happy
  objective: 90
  sli:
    satisfaction:
      histogram: answer_seconds
      anchors: [{within: 100ms}, {within: 500ms, name: slow, pain: 0.25}, {name: lost, pain: 1}]
- name: probed
  objective: 99
  sli: {probe: {metric: probe_success}}
- name: queue
  objective: 99
  group_by: [shard]
  sli: {threshold: {expr: queue_length, good: '< 50', missing: bad}}
- name: calm
  objective: 99
  sli: {threshold: {expr: queue_length, good: '< 50', missing: good}}
- name: fresh
  objective: 99
  group_by: [shard]
  sli: {freshness: {timestamp: written_timestamp_seconds, max_age: 10m}}
- name: sliced
  objective: 99
  budgeting: {slices: {length: 5m, target: 99}}
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
- name: sliced-probe
  objective: 99
  budgeting: {slices: {length: 5m, target: 80}}
  sli: {probe: {metric: probe_success}}
- name: shared
  objective: 99
  sli: {ratio: {error_ratio: 'avg_over_time(measured:error_ratio[$window])'}}
- name: journey
  objective: 95
  sli: {composite: {every: [shop/good, shop/probed]}}
- name: weighted
  objective: 95
  period: {calendar: month, time_zone: UTC}
  sli: {composite: {weighted: [{slo: shop/latency, weight: 0.6}, {slo: shop/shared, weight: 0.4}]}}
"#;

/// Something like chance, the same in every run: 0 to 999.
fn chance(seed: u64, at: u64) -> u64 {
    let mixed = (at / SCRAPE)
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(seed.wrapping_mul(1_442_695_040_888_963_407));
    (mixed >> 33) % 1000
}

/// Requests between two scrapes: more by day.
fn requests(at: u64) -> u64 {
    let hour = at % DAY / HOUR;
    20 + 10 * hour.min(24 - hour)
}

fn is_within(at: u64, from_end: u64, length: u64) -> bool {
    at + from_end > END && at + from_end <= END + length
}

/// Bad ones of them: one in two hundred, and one in three in an incident.
fn failed(at: u64, seed: u64) -> u64 {
    let all = requests(at);
    if is_within(at, 60 * HOUR, 2 * HOUR) || is_within(at, 3 * HOUR, 20 * MINUTE) {
        all / 3
    } else {
        u64::from(chance(seed, at) < 5 * all)
    }
}

/// Scrapes between the first and last, but for those that are left out.
fn scrapes(is_missed: impl Fn(u64) -> bool) -> impl Iterator<Item = u64> {
    let all = (0..=(END - START) / SCRAPE).map(|scrape| START + scrape * SCRAPE);
    all.filter(move |at| !is_missed(*at))
}

/// A counter that starts again four days before the end.
fn counter(
    name: &'static str,
    labels: &[(&'static str, &'static str)],
    events: impl Fn(u64) -> u64,
    is_missed: impl Fn(u64) -> bool,
) -> Raw {
    let mut sum = 0;
    let mut samples = Vec::new();
    for at in scrapes(|_| false) {
        if at == END - 4 * DAY {
            sum = 0;
        }
        sum += events(at);
        if !is_missed(at) {
            samples.push((at as f64, sum as f64));
        }
    }
    Raw {
        name,
        labels: labels.to_vec(),
        samples,
    }
}

fn gauge(
    name: &'static str,
    labels: &[(&'static str, &'static str)],
    value: impl Fn(u64) -> f64,
    is_missed: impl Fn(u64) -> bool,
) -> Raw {
    Raw {
        name,
        labels: labels.to_vec(),
        samples: scrapes(is_missed)
            .map(|at| (at as f64, value(at)))
            .collect(),
    }
}

/// The counters that most SLIs read.
pub(crate) fn requests_total() -> Vec<Raw> {
    let never = |_: u64| false;
    // One region is not seen for five hours.
    let away = |at: u64| is_within(at, 40 * HOUR, 5 * HOUR);
    let of = |region, code, events: &dyn Fn(u64) -> u64, missed: &dyn Fn(u64) -> bool| {
        counter(
            "requests_total",
            &[("region", region), ("code", code)],
            events,
            missed,
        )
    };
    vec![
        of("eu", "200", &|at| requests(at) - failed(at, 1), &never),
        of("eu", "500", &|at| failed(at, 1), &never),
        of("us", "200", &|at| requests(at) - failed(at, 2), &away),
        of("us", "500", &|at| failed(at, 2), &away),
    ]
}

/// All of them.
pub(crate) fn raw() -> Vec<Raw> {
    let never = |_: u64| false;
    let mut all = requests_total();
    let buckets = [("0.1", 10), ("0.5", 3), ("1.0", 1), ("+Inf", 0)];
    for (le, slower) in buckets {
        let events = move |at| requests(at) - requests(at) * slower * chance(3, at) / 20_000;
        all.push(counter(
            "answer_seconds_bucket",
            &[("le", le)],
            events,
            never,
        ));
    }
    all.push(counter("answer_seconds_count", &[], requests, never));
    for (seed, instance) in [(4, "a"), (5, "b"), (6, "c")] {
        let value = move |at| f64::from(chance(seed, at / MINUTE * 7) > 10);
        let gone = move |at| seed == 6 && is_within(at, 30 * HOUR, 6 * HOUR);
        all.push(gauge(
            "probe_success",
            &[("instance", instance)],
            value,
            gone,
        ));
    }
    for (seed, shard) in [(7, "one"), (8, "two")] {
        let value = move |at: u64| (chance(seed, at / (10 * MINUTE)) % 53) as f64;
        let gone = move |at| seed == 8 && is_within(at, 20 * HOUR, 3 * HOUR);
        all.push(gauge("queue_length", &[("shard", shard)], value, gone));
        let written = move |at: u64| {
            let late = if is_within(at, 50 * HOUR, HOUR) {
                40
            } else {
                3
            };
            (at / (late * MINUTE) * late * MINUTE) as f64
        };
        all.push(gauge(
            "written_timestamp_seconds",
            &[("shard", shard)],
            written,
            gone,
        ));
    }
    let ratio = |at| chance(9, at) as f64 / 50_000.0;
    all.push(gauge("measured:error_ratio", &[], ratio, never));
    all
}
