//! Prometheus itself, which evaluates rules and alerts over the past.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufWriter;

use serde::Deserialize;
use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Client, Labels, Series};

use crate::world::{HOUR, MINUTE, World};

/// Prometheus answers with 11,000 points per series at most.
const POINTS: u64 = 10_000;
/// A series ends with its last sample: Prometheus marks the end of what a rule no longer
/// records, which cannot be written to a block.
pub(crate) const NO_LOOKBACK: &str = "--query.lookback-delta=59s";

/// A rule file, as far as it is looked at here.
#[derive(Debug, Deserialize)]
pub(crate) struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    interval: String,
    rules: Vec<Rule>,
}

/// A recording or alerting rule.
#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    record: Option<String>,
    pub(crate) alert: Option<String>,
    pub(crate) expr: String,
    #[serde(default, rename = "for")]
    pub(crate) hold: Option<String>,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

impl Rule {
    /// Whether it reads what another one records.
    fn reads(&self, other: &Self) -> bool {
        let Some(name) = &other.record else {
            return false;
        };
        let own = |label: &str| other.labels.get(label).map_or("", String::as_str);
        let (service, slo) = (own("service"), own("slo"));
        let selector = format!("{name}{{service=\"{service}\", slo=\"{slo}\"");
        self.expr.contains(&selector)
    }

    /// In a rule `@ end()` is its own instant; in a query over a range it would be the last.
    fn is_of_an_instant(&self) -> bool {
        self.expr.contains("@ end()")
    }

    /// Minutes for which it has to hold.
    pub(crate) fn held_minutes(&self) -> u64 {
        let hold = self.hold.as_deref().unwrap_or("0m");
        hold.strip_suffix('m').unwrap().parse().unwrap()
    }
}

impl RuleFile {
    pub(crate) fn of(text: &str) -> Self {
        serde_yaml::from_str(text).unwrap()
    }

    fn rules(&self) -> impl Iterator<Item = (&Rule, u64)> {
        self.groups.iter().flat_map(|group| {
            let minutes = group.interval.strip_suffix('m').unwrap();
            let interval = minutes.parse::<u64>().unwrap() * MINUTE;
            group.rules.iter().map(move |rule| (rule, interval))
        })
    }

    pub(crate) fn alerts(&self) -> impl Iterator<Item = &Rule> {
        let rules = self.rules().map(|(rule, _)| rule);
        rules.filter(|rule| rule.alert.is_some())
    }

    /// Recording rules that alerts read, in passes: each reads what the ones before recorded.
    fn passes(&self) -> Vec<Vec<(&Rule, u64)>> {
        let recording: Vec<_> = self.rules().filter(|(r, _)| r.record.is_some()).collect();
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<&Rule> = self.alerts().collect();
        while let Some(rule) = open.pop() {
            for (index, (other, _)) in recording.iter().enumerate() {
                if rule.reads(other) && needed.insert(index) {
                    open.push(other);
                }
            }
        }
        let needed: Vec<_> = needed.into_iter().map(|index| recording[index]).collect();
        let mut passes: Vec<Vec<(&Rule, u64)>> = Vec::new();
        for (rule, interval) in &needed {
            let depth = depth(rule, &needed);
            passes.resize_with(passes.len().max(depth + 1), Vec::new);
            passes[depth].push((rule, *interval));
        }
        passes
    }
}

fn depth(rule: &Rule, all: &[(&Rule, u64)]) -> usize {
    let read = all.iter().filter(|(other, _)| rule.reads(other));
    let depths = read.map(|(other, _)| depth(other, all) + 1);
    depths.max().unwrap_or(0)
}

/// Records what the rules of `world` would have recorded of its past, as Prometheus
/// evaluates them, pass by pass. Alerts are looked at from `alerts` on.
pub(crate) async fn record(
    world: &mut World,
    rules: &RuleFile,
    (start, end): (u64, u64),
    alerts: u64,
) {
    for pass in rules.passes() {
        let path = world.path("pass.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        for (rule, interval) in pass {
            // What is evaluated instant by instant is read by alerts only, and not far back.
            let start = if rule.is_of_an_instant() {
                alerts - HOUR
            } else {
                start
            };
            for series in evaluated(&world.client(), &rule.expr, (start, end), interval).await {
                let mut labels = series.labels;
                labels.remove("__name__");
                labels.extend(rule.labels.clone());
                let labels = labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
                let name = rule.record.as_ref().unwrap();
                writer.series(name, labels, series.points).unwrap();
            }
        }
        writer.finish().unwrap();
        world.load("pass.om").await;
        let flags = [NO_LOOKBACK];
        world.restart(|_| "global: {}\n".to_owned(), &flags).await;
    }
}

/// The values of an expression at every multiple of a step.
async fn evaluated(
    client: &Client,
    expr: &str,
    (start, end): (u64, u64),
    step: u64,
) -> Vec<Series> {
    let at_once = if expr.contains("@ end()") { 1 } else { POINTS };
    let mut found: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    let mut from = start.div_ceil(step) * step;
    while from <= end {
        let to = end.min(from + (at_once - 1) * step);
        let answer = client.query_range(expr, from as f64, to as f64, step as f64);
        for series in answer
            .await
            .unwrap_or_else(|error| panic!("{error}: {expr}"))
        {
            found
                .entry(series.labels)
                .or_default()
                .extend(series.points);
        }
        from = to / step * step + step;
    }
    let series = found.into_iter();
    let series = series.map(|(labels, points)| Series { labels, points });
    series.collect()
}

/// The minutes at which an alert fires, by the labels of its series.
pub(crate) async fn firing(
    client: &Client,
    rule: &Rule,
    (start, end): (u64, u64),
) -> BTreeMap<Labels, BTreeSet<u64>> {
    let hold = rule.held_minutes();
    let before = start - hold * MINUTE - MINUTE;
    let mut found = BTreeMap::new();
    for series in evaluated(client, &rule.expr, (before, end), MINUTE).await {
        let holds: BTreeSet<u64> = series.points.iter().map(|(at, _)| unix(*at)).collect();
        let is_firing = |at: &u64| (0..=hold).all(|back| holds.contains(&(at - back * MINUTE)));
        let firing = holds.iter().filter(|at| **at >= start && is_firing(at));
        let firing: BTreeSet<u64> = firing.copied().collect();
        let mut labels = series.labels;
        labels.retain(|name, _| !["__name__", "service", "slo"].contains(&name.as_str()));
        if !firing.is_empty() {
            found.insert(labels, firing);
        }
    }
    found
}

/// Rules are evaluated at whole seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "instants are positive and far below 2^53"
)]
fn unix(at: f64) -> u64 {
    at.round() as u64
}
