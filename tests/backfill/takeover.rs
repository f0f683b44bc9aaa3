//! From the first evaluation on, what rules record over a period is what was counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use slosmith::prometheus::{Client, RuleGroup};

use crate::world::{DAY, HOUR, MINUTE, Raw, SCRAPE, World, runtime};

const OBJECTIVE: f64 = 0.99;
const PERIOD: u64 = 7 * DAY;

const SPEC: &str = "\
apiVersion: slosmith/v1
service: shop
defaults: {period: 7d, scrape_interval: 30s}
slos:
- name: web
  objective: 99
  sli: {events: {total: 'requests_total', bad_where: 'code=\"500\"'}}
- name: probed
  objective: 99
  sli: {probe: {metric: probe_success}}
";

/// Good and bad requests between two scrapes: fewer by night, now and then an incident. The
/// last one is some hours ago whenever the test runs, so that nothing changes while it does.
fn events(ago: u64) -> (u64, u64) {
    let hour = (ago / HOUR + 12) % 24;
    let all = 10 + 9 * hour.min(24 - hour);
    let bad = match ago / SCRAPE % 1000 {
        400..440 => all / 3,
        440..455 => 1,
        _ => 0,
    };
    (all - bad, bad)
}

fn is_down(ago: u64) -> bool {
    ago / (10 * MINUTE) % 150 == 17
}

/// Raw metrics up to now, and the share of bad ones in the last period.
fn raw(end: u64) -> (Vec<Raw>, f64, f64) {
    let instants = || (0..=9 * DAY / SCRAPE).map(move |n| end - 9 * DAY + n * SCRAPE);
    let counter = |code, of: fn((u64, u64)) -> u64| {
        let mut sum = 0;
        let samples = instants().map(|at| {
            if at == end - 3 * DAY {
                sum = 0;
            }
            sum += of(events(end - at));
            (at as f64, sum as f64)
        });
        Raw {
            name: "requests_total",
            labels: vec![("code", code)],
            samples: samples.collect(),
        }
    };
    let probe = Raw {
        name: "probe_success",
        labels: vec![("instance", "a")],
        samples: instants()
            .map(|at| (at as f64, f64::from(!is_down(end - at))))
            .collect(),
    };
    let series = vec![counter("200", |e| e.0), counter("500", |e| e.1), probe];
    let period: Vec<u64> = instants().filter(|at| *at + PERIOD > end).collect();
    let sum =
        |of: fn((u64, u64)) -> u64| period.iter().map(|at| of(events(end - *at))).sum::<u64>();
    let bad = sum(|e| e.1) as f64 / sum(|e| e.0 + e.1) as f64;
    let down = period.iter().filter(|at| is_down(end - **at)).count();
    (series, bad, down as f64 / period.len() as f64)
}

/// The rules with groups that are evaluated every few seconds, so that nobody has to wait.
fn hurried(rules: &str) -> String {
    let hurried = rules
        .replace("interval: 1m\n", "interval: 2s\n")
        .replace("interval: 5m\n", "interval: 3s\n");
    assert!(hurried.matches("interval: 3s").count() >= 2, "{rules}");
    hurried
}

async fn first_evaluation(client: &Client) -> Vec<RuleGroup> {
    let started = Instant::now();
    loop {
        let groups = client.rules().await.unwrap();
        let is_done = |group: &RuleGroup| group.rules.iter().all(|rule| rule.health != "unknown");
        if !groups.is_empty() && groups.iter().all(is_done) {
            return groups;
        }
        assert!(started.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The first sample of a series after `since`, with its time.
async fn first(client: &Client, series: &str, since: u64) -> f64 {
    let now = unix_now() as f64;
    let answer = client.query_range(series, since as f64, now, 1.0).await;
    let points = answer.unwrap().remove(0).points;
    // What was loaded is seen for five minutes, so the last value that differs from it counts.
    points.last().unwrap().1
}

fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn selector(name: &str, slo: &str, layout: &str) -> String {
    match layout {
        "sloth" => format!("{name}{{sloth_id=\"shop-{slo}\"}}"),
        _ => format!("{name}{{service=\"shop\",slo=\"{slo}\"}}"),
    }
}

async fn takes_over(layout: &str) {
    let end = unix_now() / SCRAPE * SCRAPE;
    let (raw, bad, down) = raw(end);
    let mut world = World::new(SPEC, &raw, &[]).await;
    world.history("h.om", &["--layout", layout]);
    let rules = world.rules(&["--layout", layout]);
    std::fs::write(world.path("rules.yaml"), hurried(&rules)).unwrap();
    world.load("h.om").await;
    let loaded = unix_now();
    world
        .restart(|_| "rule_files: [rules.yaml]\n".to_owned(), &[])
        .await;
    let client = world.client();
    let groups = first_evaluation(&client).await;
    for rule in groups.iter().flat_map(|group| &group.rules) {
        assert_eq!(rule.health, "ok", "{}: {}", rule.name, rule.last_error);
    }
    let firing = |rule: &&slosmith::prometheus::LoadedRule| !rule.alerts.is_empty();
    let alerts: Vec<_> = groups
        .iter()
        .flat_map(|group| &group.rules)
        .filter(firing)
        .collect();
    assert!(
        alerts.iter().all(|rule| !rule.name.contains("NoData")),
        "{alerts:?}"
    );

    let mut wrong = String::new();
    let mut is_close = |what: &str, found: f64, expected: f64, share: f64| {
        if (found - expected).abs() > share * expected.abs() {
            writeln!(wrong, "{what}: {found}, not {expected}").unwrap();
        }
    };
    for (slo, ratio) in [("web", bad), ("probed", down)] {
        let left = 1.0 - ratio / (1.0 - OBJECTIVE);
        let (period, budget) = match layout {
            "sloth" => (
                "slo:sli_error:ratio_rate1w",
                "slo:period_error_budget_remaining:ratio",
            ),
            _ => ("slo:error_ratio:period", "slo:budget_remaining:ratio"),
        };
        let of = |name| selector(name, slo, layout);
        // A period ends with its last tile: one in a thousand of a week, and more events
        // may fall into it than into others.
        is_close(slo, first(&client, &of(period), loaded).await, ratio, 0.005);
        // What is left may be next to nothing; what is spent is as exact as the ratio.
        let spent = 1.0 - first(&client, &of(budget), loaded).await;
        is_close(slo, spent, 1.0 - left, 0.005);
        let coverage = selector("slo:coverage:ratio", slo, "native");
        is_close(slo, first(&client, &coverage, loaded).await, 1.0, 0.002);
        gaps(&client, slo, end).await;
    }
    assert!(wrong.is_empty(), "{layout}: {wrong}");
    again(&world, layout, end);
}

/// There is a sample of every tile of the period, and from then on.
async fn gaps(client: &Client, slo: &str, end: u64) {
    let tiles = selector("slo:total:tile5m", slo, "native");
    let since = end - PERIOD;
    let query = format!("count_over_time({tiles}[5m1s])");
    let answer = client
        .query_range(&query, since as f64, unix_now() as f64, 300.0)
        .await;
    let points = answer.unwrap().remove(0).points;
    let expected = (unix_now() - since) / 300 + 1;
    assert_eq!(points.len() as u64, expected, "{slo}");
}

/// What the rules and the history before have recorded is not written again.
fn again(world: &World, layout: &str, end: u64) {
    let args = ["-o", "again.om", "--layout", layout, "--until", "now"];
    let run = world.backfill(&args);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let there = "of 2 SLOs the server has samples already";
    assert!(run.err.contains(there), "{}", run.err);
    let text = std::fs::read_to_string(world.path("again.om")).unwrap();
    let written = crate::world::samples(&text);
    let is_before = |samples: &BTreeMap<u64, f64>| samples.keys().all(|at| *at < end - PERIOD);
    // The default reaches back from the end, which is a little later now.
    assert!(written.values().all(is_before), "{text}");
}

#[test]
fn periods_are_right_from_the_first_evaluation_on() {
    runtime().block_on(takes_over("native"));
}

#[test]
fn periods_are_right_under_sloths_names_as_well() {
    runtime().block_on(takes_over("sloth"));
}
