//! A month of history with known counts: every recorded window, the period, the
//! budgets and the coverage against those counts.

mod meaning;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use slosmith::prometheus::Client;

use crate::lab::{Lab, Rule, compile};
use crate::truth::Truth;
use crate::workload::{DAY, Event, HOUR, Scenario, seconds};
use meaning::{Meaning, Unit, meaning};
use table::{Point, Table};

/// 2025-09-30 12:00 UTC. October has a change of daylight saving time in Berlin.
const START: u64 = 1_759_233_600;
const LENGTH: u64 = 33 * DAY + 6 * HOUR;
const END: u64 = START + LENGTH;
/// Midnight of 1 October and of 1 November, since the start.
const OCTOBER: u64 = 12 * HOUR;
const NOVEMBER: u64 = OCTOBER + 31 * DAY;
/// Recorded values are compared over the last days, twice an hour.
const COMPARED: u64 = 3 * DAY;
const EVERY: u64 = 30 * 60;
/// The SLO whose scrape interval is not in the spec.
const UNKNOWN_SCRAPES: &str = "night-unknown";

fn scenarios() -> Vec<Scenario> {
    let day = |job, happens| Scenario {
        job,
        peak: 20.0,
        night: 0.1,
        errors: 0.0005,
        happens,
    };
    vec![
        Scenario {
            job: "steady",
            peak: 10.0,
            night: 1.0,
            errors: 0.0005,
            happens: vec![Event::Unscraped {
                from: OCTOBER + 20 * DAY,
                to: OCTOBER + 20 * DAY + 2 * HOUR,
            }],
        },
        day("peak", incidents(14 * HOUR, HOUR / 3, 0.05)),
        Scenario {
            // Where the scrape interval is unknown, tiles lose increments; it takes more
            // of them for the same precision.
            peak: 60.0,
            ..day("night", incidents(3 * HOUR, 2 * HOUR / 3, 0.05))
        },
        day(
            "deploys",
            vec![
                Event::Restart {
                    at: OCTOBER + 9 * DAY + 10 * HOUR,
                },
                Event::Relabel {
                    at: OCTOBER + 15 * DAY + 11 * HOUR,
                },
                Event::Reset {
                    at: OCTOBER + 20 * DAY + 15 * HOUR,
                },
                Event::Reset {
                    at: NOVEMBER + 9 * HOUR,
                },
            ],
        ),
        day(
            "idle",
            vec![Event::Idle {
                from: NOVEMBER + 4 * HOUR,
                to: NOVEMBER + 5 * HOUR,
            }],
        ),
        day(
            "pods",
            (0..33)
                .map(|day| Event::Restart {
                    at: OCTOBER + day * DAY + 10 * HOUR,
                })
                .collect(),
        ),
        Scenario {
            job: "sparse",
            peak: 0.05,
            night: 0.1,
            errors: 0.02,
            happens: Vec::new(),
        },
    ]
}

/// The same thing twice: in the middle of the month and in the days compared.
fn incidents(time: u64, length: u64, ratio: f64) -> Vec<Event> {
    let incident = |day: u64| Event::Errors {
        from: day + time,
        to: day + time + length,
        ratio,
    };
    vec![incident(OCTOBER + 14 * DAY), incident(NOVEMBER)]
}

/// One SLO for each scenario; the incident at night is also budgeted by the calendar,
/// promised by the month, and measured without a word on how often it is scraped.
fn spec() -> String {
    let mut spec = "apiVersion: slosmith/v1\nservice: history\ndefaults: {period: 30d, scrape_interval: 30s}\nslos:\n".to_owned();
    let slo = |spec: &mut String, name: &str, job: &str, extra: &str| {
        writeln!(
            spec,
            "- name: {name}\n  objective: 99.9\n  {extra}\n  sli: {{events: {{total: 'http_requests_total{{job=\"{job}\"}}', \
             bad_where: 'code=~\"5..\"'}}}}"
        )
        .unwrap();
    };
    for scenario in scenarios() {
        slo(&mut spec, scenario.job, scenario.job, "promise: 99.5");
    }
    for unit in [Unit::Week, Unit::Month, Unit::Quarter] {
        let (unit, zone) = unit.words();
        let extra = format!("promise: 99.5\n  period: {{calendar: {unit}, time_zone: {zone}}}");
        slo(&mut spec, &format!("night-by-{unit}"), "night", &extra);
    }
    let (unit, zone) = Unit::Month.words();
    let extra =
        format!("promise: {{objective: 99.5, period: {{calendar: {unit}, time_zone: {zone}}}}}");
    slo(&mut spec, "night-promised", "night", &extra);
    spec += "---\napiVersion: slosmith/v1\nservice: unknown\nslos:\n";
    slo(&mut spec, UNKNOWN_SCRAPES, "night", "period: 30d");
    spec
}

#[tokio::test]
async fn recorded_history_is_what_was_counted() {
    let mut lab = Lab::new();
    let truths: BTreeMap<&str, Truth> = lab
        .import(|writer| {
            let play = |scenario: Scenario| (scenario.job, scenario.play(START, LENGTH, writer));
            scenarios().into_iter().map(play).collect()
        })
        .await;
    lab.restart().await;
    let rules = compile(lab.folder(), &spec());
    lab.record(&rules.groups, needed_since, END).await;

    let client = lab.client();
    let mut table = Table::new();
    for rule in rules.groups.iter().flat_map(|group| &group.rules) {
        let Some(meaning) = meaning(rule) else {
            continue;
        };
        let slo = rule.labels["slo"].as_str();
        let truth = &truths[slo.split('-').next().unwrap()];
        let points = points(&client, rule, &meaning, truth).await;
        table.add(rule, &meaning, &points);
    }
    table.show();
    pods_lose_what_increase_loses(&client, &truths["pods"]).await;
}

/// A counter that starts with a new pod is seen from its first scrape on; nothing can
/// be recorded of what came before. What `increase` over the raw counters loses may be
/// lost, and the bar of pods that stay.
async fn pods_lose_what_increase_loses(client: &Client, truth: &Truth) {
    let (start, end) = (seconds(END - COMPARED + EVERY), seconds(END));
    let values = async |expr: &str| {
        let series = client
            .query_range(expr, start, end, 2.0 * seconds(EVERY))
            .await;
        series.unwrap().remove(0).points
    };
    for (name, days, bar) in [("1d", 1, 0.006), ("3d", 3, 0.003), ("period", 30, 0.001)] {
        let all = format!("sum(increase(http_requests_total{{job=\"pods\"}}[{days}d]))");
        let bad = all.replace("\"pods\"", "\"pods\",code=\"500\"");
        let raw = values(&format!("{bad} / {all}")).await;
        let recorded = values(&format!("slo:error_ratio:{name}{{slo=\"pods\"}}")).await;
        assert_eq!(raw.len(), recorded.len());
        let off = |(at, value): (f64, f64)| {
            let (bad, total) = truth.counts(at - seconds(days * DAY), at);
            (value * seconds(total) / seconds(bad) - 1.0).abs()
        };
        let pairs: Vec<(f64, f64)> = recorded
            .into_iter()
            .map(off)
            .zip(raw.into_iter().map(off))
            .collect();
        let good = pairs
            .iter()
            .filter(|(recorded, raw)| *recorded <= raw + bar);
        assert!(
            good.count() >= (pairs.len() * 95).div_ceil(100),
            "{days}d: {pairs:?}"
        );
    }
}

/// Tiles are read back over the period, everything else only where it is compared.
fn needed_since(rule: &Rule) -> u64 {
    match rule.name() {
        "slo:total:tile5m" | "slo:bad:tile5m" => START,
        // Tiles are made of them where the scrape interval is unknown.
        "slo:total:rate5m" | "slo:bad:rate5m" if rule.labels["slo"] == UNKNOWN_SCRAPES => START,
        "slo:total:rate5m" | "slo:bad:rate5m" => END - COMPARED - 6 * HOUR,
        _ => END - COMPARED,
    }
}

async fn points(client: &Client, rule: &Rule, meaning: &Meaning, truth: &Truth) -> Vec<Point> {
    let (name, slo) = (rule.name(), &rule.labels["slo"]);
    let every = seconds(EVERY);
    let range = async |expr: &str, start: f64| {
        let series = client.query_range(expr, start, seconds(END), every).await;
        let mut series = series.unwrap();
        assert_eq!(series.len(), 1, "{expr}: {series:?}");
        series.remove(0).points
    };
    // A group is evaluated at moments of its own.
    let fresh = format!("timestamp(slo:total:tile5m{{slo=\"{slo}\"}})");
    let first = range(&fresh, seconds(END - COMPARED + EVERY)).await[0].1;
    let mut recorded = Vec::new();
    if rule.is_of_an_instant() {
        let mut at = first;
        while at <= seconds(END) {
            let samples = client.query(&rule.expr, at).await.unwrap().samples;
            assert_eq!(samples.len(), 1, "{name} of {slo} at {at}: {samples:?}");
            recorded.push((at, samples[0].value));
            at += every;
        }
    } else {
        recorded = range(&format!("{name}{{slo=\"{slo}\"}}"), first).await;
    }
    let point = |(at, recorded): (f64, f64)| {
        assert!(!recorded.is_nan(), "{name} of {slo} at {at}");
        Point {
            at,
            recorded,
            exact: meaning.exact(truth, at),
        }
    };
    recorded.into_iter().map(point).collect()
}
