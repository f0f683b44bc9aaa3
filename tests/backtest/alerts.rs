//! Alerts are those of Prometheus, at every minute.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::oracle::{NO_LOOKBACK, RuleFile, firing, record};
use crate::past::{END, START, raw};
use crate::slosmith_command::{run, slosmith};
use crate::world::{HOUR, MINUTE, World, runtime};

/// Everything that alerts, in every kind.
pub(crate) const SPEC: &str = r#"
apiVersion: slosmith/v1
service: shop
defaults: {period: 7d, scrape_interval: 30s}
slos:
- name: web
  objective: 99.5
  promise: {objective: 98, period: 3d}
  group_by: [region]
  groups: {region: [eu, us]}
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
  alerts: {no_data: {after: 10m}, budget_left: [{below: 25, severity: ticket}, {below: 5, severity: page}]}
- name: any
  objective: 99
  group_by: [region]
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
  alerts: {no_data: {after: 7m}, pairs: [{severity: page, long: 20m, short: 5m, budget: 1}, {severity: ticket, long: 8h, short: 20m, budget: 3}]}
- name: few
  objective: 99.9
  sli: {events: {total: 'requests_total{region="us"}', bad_where: 'code="500"'}}
  alerts: {min_bad_events: 400}
- name: spent
  objective: 99
  alerts: {on: budget, budget_left: [{below: 40, severity: ticket}]}
  sli: {events: {total: 'requests_total{region="eu"}', bad_where: 'code="500"'}}
- name: month
  objective: 99.7
  period: {calendar: month, time_zone: Europe/Berlin}
  sli: {events: {total: 'requests_total{region="us"}', bad_where: 'code="500"'}}
  alerts: {budget_left: [{below: 60, severity: ticket}]}
- name: latency
  objective: 95
  sli: {latency: {histogram: answer_seconds, threshold: 500ms}}
- name: probed
  objective: 99.5
  sli: {probe: {metric: probe_success}}
- name: queue
  objective: 97
  group_by: [shard]
  sli: {threshold: {expr: queue_length, good: '< 50', missing: unmeasured}}
- name: gone
  objective: 99
  group_by: [shard]
  sli: {threshold: {expr: queue_length, good: '< 50', missing: bad}}
- name: fresh
  objective: 99
  group_by: [shard]
  sli: {freshness: {timestamp: written_timestamp_seconds, max_age: 10m}}
- name: sliced
  objective: 90
  budgeting: {slices: {length: 5m, target: 99}}
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
- name: journey
  objective: 99
  sli: {composite: {every: [shop/few, shop/probed]}}
"#;
const SINCE: u64 = 64 * HOUR;

/// Minutes at which alerts fire, by SLO, name, severity and labels.
type Firing = BTreeMap<(String, String, String, BTreeMap<String, String>), BTreeSet<u64>>;

fn seconds(text: &Value) -> Option<u64> {
    let at: jiff::Timestamp = text.as_str()?.parse().unwrap();
    u64::try_from(at.as_second()).ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What the replay says.
fn replayed(json: &Value) -> Firing {
    let mut found = Firing::new();
    for slo in json["slos"].as_array().unwrap() {
        assert_eq!(slo["status"], "replayed", "{slo}");
        let version = &slo["versions"][0];
        for alert in version["alerts"].as_array().unwrap() {
            let labels = serde_json::from_value(alert["labels"].clone()).unwrap();
            let key = (
                text(&slo["slo"]),
                text(&alert["name"]),
                text(&alert["severity"]),
                labels,
            );
            let start = seconds(&alert["start"]).unwrap();
            let end = seconds(&alert["end"]).unwrap_or(END + 1);
            let minutes = (start.max(END - SINCE)..end).step_by(60);
            found.entry(key).or_default().extend(minutes);
        }
    }
    found
}

/// What Prometheus says.
async fn expected(world: &World, rules: &RuleFile) -> Firing {
    let mut found = Firing::new();
    for rule in rules.alerts() {
        let label = |name: &str| rule.labels.get(name).cloned().unwrap_or_default();
        let series = firing(&world.client(), rule, (END - SINCE, END)).await;
        for (labels, minutes) in series {
            let name = rule.alert.clone().unwrap();
            let key = (label("slo"), name, label("severity"), labels);
            found.entry(key).or_default().extend(minutes);
        }
    }
    found
}

/// Stretches of minutes, so that a difference can be read.
fn stretches(minutes: impl Iterator<Item = u64>) -> String {
    let mut found: Vec<(u64, u64)> = Vec::new();
    for before in minutes.map(|at| (END - at) / MINUTE) {
        match found.last_mut() {
            Some((_, last)) if *last == before + 1 => *last = before,
            _ => found.push((before, before)),
        }
    }
    let shown = found
        .iter()
        .take(6)
        .map(|(from, to)| format!("{from}-{to}"));
    format!("{} ({})", shown.collect::<Vec<_>>().join(" "), found.len())
}

fn differences(found: &Firing, expected: &Firing) -> Vec<String> {
    let keys: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let none = BTreeSet::new();
    let mut wrong = Vec::new();
    for key in keys {
        let of = |firing: &Firing| firing.get(key).unwrap_or(&none).clone();
        let (found, expected) = (of(found), of(expected));
        if found != expected {
            wrong.push(format!(
                "{key:?}: minutes before the end: too many {}, too few {}",
                stretches(found.difference(&expected).copied()),
                stretches(expected.difference(&found).copied()),
            ));
        }
    }
    wrong
}

#[test]
fn every_alert_fires_at_the_minutes_of_prometheus() {
    runtime().block_on(async {
        let mut world = World::new(SPEC, &raw(), &[NO_LOOKBACK]).await;
        let until = END.to_string();
        let json = run(slosmith(world.folder())
            .args(["backtest", "spec.yaml", "--prometheus", &world.url()])
            .args(["--cache", "cache", "--until", &until, "--since", "64h"])
            .args(["--format", "json"]));
        assert_eq!(json.code, Some(0), "{}", json.err);
        let found = replayed(&serde_json::from_str(&json.out).unwrap());

        let rules = RuleFile::of(&world.rules(&[]));
        record(&mut world, &rules, (START, END), END - SINCE).await;
        let expected = expected(&world, &rules).await;
        let wrong = differences(&found, &expected);
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}
