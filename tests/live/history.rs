//! A month of history with known counts: every recorded window, the period, the
//! budgets and the coverage against those counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Time;
use slosmith::duration::Duration;
use slosmith::prometheus::Client;

use crate::lab::{Lab, Rule, compile};
use crate::truth::Truth;
use crate::workload::{DAY, Event, HOUR, Scenario, seconds};

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

/// Seconds between tiles.
const TILE: f64 = 300.0;

const OBJECTIVE: f64 = 0.999;
const PROMISE: f64 = 0.995;
const ZONE: &str = "Europe/Berlin";

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
        day("night", incidents(3 * HOUR, 2 * HOUR / 3, 0.05)),
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

/// One SLO for each scenario; the incident at night is also promised and budgeted by
/// the month.
fn spec() -> String {
    let mut spec = "apiVersion: slosmith/v1\nservice: history\ndefaults: {period: 30d, scrape_interval: 30s}\nslos:\n".to_owned();
    let month = format!("{{calendar: month, time_zone: {ZONE}}}");
    let mut slo = |name: &str, job: &str, extra: &str| {
        writeln!(
            spec,
            "- name: {name}\n  objective: 99.9\n  {extra}\n  sli: {{events: {{total: 'http_requests_total{{job=\"{job}\"}}', \
             bad_where: 'code=~\"5..\"'}}}}"
        )
        .unwrap();
    };
    for scenario in scenarios() {
        slo(scenario.job, scenario.job, "promise: 99.5");
    }
    slo(
        "night-by-month",
        "night",
        &format!("promise: 99.5\n  period: {month}"),
    );
    slo(
        "night-promised",
        "night",
        &format!("promise: {{objective: 99.5, period: {month}}}"),
    );
    spec
}

/// What a recorded series says about which stretch of time.
enum Meaning {
    /// Bad over all events.
    Ratio(Span),
    /// What is left of a budget, as a ratio of all events.
    Remaining(f64, Span),
    Coverage(Span),
}

#[derive(Clone, Copy)]
enum Span {
    Window(u64),
    Month,
}

impl Span {
    fn of(self, at: f64) -> (f64, f64) {
        match self {
            Self::Window(length) => (at - seconds(length), at),
            Self::Month => month(at),
        }
    }
}

/// Start and end of the month in Berlin.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "seconds of this century"
)]
fn month(at: f64) -> (f64, f64) {
    let now = Timestamp::from_second(at as i64)
        .unwrap()
        .in_tz(ZONE)
        .unwrap();
    let first = now
        .first_of_month()
        .unwrap()
        .with()
        .time(Time::midnight())
        .build()
        .unwrap();
    let next = first.checked_add(jiff::Span::new().months(1)).unwrap();
    (
        first.timestamp().as_second() as f64,
        next.timestamp().as_second() as f64,
    )
}

fn meaning(rule: &Rule) -> Option<Meaning> {
    let slo = rule.labels.get("slo")?.as_str();
    let rolling = Span::Window(30 * DAY);
    let (period, promised) = match slo {
        "night-by-month" => (Span::Month, Span::Month),
        "night-promised" => (rolling, Span::Month),
        _ => (rolling, rolling),
    };
    let name = rule.record.as_deref()?;
    Some(match name {
        "slo:budget_remaining:ratio" => Meaning::Remaining(1.0 - OBJECTIVE, period),
        "slo:promise_remaining:ratio" => Meaning::Remaining(1.0 - PROMISE, promised),
        "slo:coverage:ratio" => Meaning::Coverage(period),
        "slo:error_ratio:period" => Meaning::Ratio(period),
        "slo:error_ratio:promise_period" => Meaning::Ratio(promised),
        _ => {
            let window = Duration::parse(name.strip_prefix("slo:error_ratio:")?).unwrap();
            Meaning::Ratio(Span::Window(window.secs()))
        }
    })
}

impl Meaning {
    fn exact(&self, truth: &Truth, at: f64) -> f64 {
        match self {
            Self::Ratio(span) => {
                let (bad, total) = truth.counts(span.of(at).0, at);
                seconds(bad) / seconds(total)
            }
            Self::Remaining(budget, span) => {
                let (from, until) = span.of(at);
                let (bad, total) = truth.counts(from, at);
                // What is still to come is expected at the mean rate of 30 days.
                let usual = seconds(truth.counts(at - seconds(30 * DAY), at).1) / seconds(30 * DAY);
                let total = seconds(total) + usual * (until - at).max(0.0);
                1.0 - seconds(bad) / (budget * total)
            }
            Self::Coverage(span) => {
                let from = span.of(at).0;
                (truth.tiles(from, at) * TILE / (at - from)).min(1.0)
            }
        }
    }

    const fn span(&self) -> Span {
        match self {
            Self::Ratio(span) | Self::Remaining(_, span) | Self::Coverage(span) => *span,
        }
    }

    /// How far off it is, and how far it may be. Relative; of a budget, what is spent
    /// counts, for near zero what is left has no meaningful relative error.
    fn error(&self, recorded: f64, exact: f64) -> f64 {
        match self {
            Self::Ratio(_) => recorded / exact - 1.0,
            Self::Remaining(..) => (1.0 - recorded) / (1.0 - exact) - 1.0,
            Self::Coverage(_) => recorded - exact,
        }
    }

    /// How far off 95 % of the values may be, for a stretch of this many seconds.
    fn bar(&self, slo: &str, length: f64) -> Option<f64> {
        let days = length / seconds(DAY);
        match self {
            // One tile: ranges are closed up to Prometheus 2.
            Self::Coverage(_) => Some(1.001 * TILE / length),
            _ if slo == "sparse" => (days > 29.0).then_some(0.02),
            _ if days > 29.0 => Some(0.001),
            _ if days >= 3.0 => Some(0.003),
            _ if days >= 1.0 => Some(0.006),
            _ => None,
        }
    }

    /// How far off all values together may be. Within hours there are too few errors
    /// to ask more of a single value than that it be right in the long run.
    fn bias_bar(&self, length: f64) -> f64 {
        match self {
            Self::Ratio(_) if length < 1800.0 => 0.05,
            _ => 0.02,
        }
    }
}

/// Recorded and exact value at one instant.
struct Point {
    at: f64,
    recorded: f64,
    exact: f64,
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
}

/// Tiles are read back over the period, everything else only where it is compared.
fn needed_since(name: &str) -> u64 {
    match name {
        "slo:total:tile5m" | "slo:bad:tile5m" => START,
        "slo:total:rate5m" | "slo:bad:rate5m" => END - COMPARED - 6 * HOUR,
        _ => END - COMPARED,
    }
}

async fn points(client: &Client, rule: &Rule, meaning: &Meaning, truth: &Truth) -> Vec<Point> {
    let slo = &rule.labels["slo"];
    let name = rule.record.as_deref().unwrap();
    // A rule is evaluated at moments of its group's own.
    let fresh = format!("timestamp(slo:total:tile5m{{slo=\"{slo}\"}})");
    let (start, end) = (seconds(END - COMPARED + EVERY), seconds(END));
    let times = client
        .query_range(&fresh, start, end, seconds(EVERY))
        .await
        .unwrap();
    let mut points = Vec::new();
    for (_, at) in times.into_iter().flat_map(|series| series.points) {
        let expr = if rule.expr.contains("@ end()") {
            rule.expr.clone()
        } else {
            format!("{name}{{slo=\"{slo}\"}}")
        };
        let answer = client.query(&expr, at).await.unwrap();
        assert!(answer.samples.len() < 2, "{name} of {slo}: {answer:?}");
        let Some(sample) = answer.samples.first() else {
            continue;
        };
        assert!(!sample.value.is_nan(), "{name} of {slo} at {at}");
        points.push(Point {
            at,
            recorded: sample.value,
            exact: meaning.exact(truth, at),
        });
    }
    points
}

/// What came out: a line for each recorded series and, within a month, for each
/// length of time that has passed.
struct Table {
    text: String,
    missed: String,
}

impl Table {
    fn new() -> Self {
        let text = format!(
            "{:<15} {:<32} {:>8} {:>4} {:>12} {:>12} {:>8} {:>8} {:>8}\n",
            "SLO", "series", "of", "n", "recorded", "exact", "bias %", "p95 %", "bar %"
        );
        let missed = String::new();
        Self { text, missed }
    }

    fn add(&mut self, rule: &Rule, meaning: &Meaning, points: &[Point]) {
        for (from, to) in [(0, 1), (1, 3), (3, 29), (29, 400)] {
            let class: Vec<&Point> = points
                .iter()
                .filter(|point| {
                    let length = point.at - meaning.span().of(point.at).0;
                    (seconds(from * DAY)..seconds(to * DAY)).contains(&length)
                })
                .collect();
            if let Some(last) = class.last() {
                let length = last.at - meaning.span().of(last.at).0;
                self.line(rule, meaning, &class, length);
            }
        }
    }

    fn line(&mut self, rule: &Rule, meaning: &Meaning, points: &[&Point], length: f64) {
        let slo = rule.labels["slo"].as_str();
        let name = rule.record.as_deref().unwrap();
        let mean = |pick: fn(&Point) -> f64| {
            points.iter().map(|point| pick(point)).sum::<f64>() / count(points)
        };
        let bias = meaning.error(mean(|point| point.recorded), mean(|point| point.exact));
        let off = |point: &&Point| meaning.error(point.recorded, point.exact).abs();
        let mut errors: Vec<f64> = points.iter().map(off).collect();
        errors.sort_by(f64::total_cmp);
        let nearly_all = (points.len() * 95).div_ceil(100);
        let bar = |point: &Point| meaning.bar(slo, point.at - meaning.span().of(point.at).0);
        let good = |point: &&&Point| bar(point).is_none_or(|bar| off(point) <= bar);
        let last = points[points.len() - 1];
        let percent = |ratio: f64| match ratio {
            // Off from nothing.
            _ if !ratio.is_finite() => "-".to_owned(),
            _ => format!("{:.4}", 100.0 * ratio),
        };
        let line = format!(
            "{slo:<15} {name:<32} {:>7.2}d {:>4} {:>12.8} {:>12.8} {:>8} {:>8} {:>8}\n",
            length / seconds(DAY),
            points.len(),
            last.recorded,
            last.exact,
            percent(bias),
            percent(errors[nearly_all - 1]),
            bar(last).map_or("-".to_owned(), percent),
        );
        let is_biased = slo != "sparse" && bias.abs() > meaning.bias_bar(length);
        if is_biased || points.iter().filter(good).count() < nearly_all {
            self.missed += &line;
        }
        self.text += &line;
    }

    fn show(self) {
        println!("{}", self.text);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history.txt");
        std::fs::write(file, &self.text).unwrap();
        assert!(self.missed.is_empty(), "\n{}", self.missed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
const fn count(points: &[&Point]) -> f64 {
    points.len() as f64
}
