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
    Calendar(Unit),
}

#[derive(Clone, Copy)]
enum Unit {
    Week,
    Month,
    Quarter,
}

impl Unit {
    /// As it is called in a spec, and the zone in which it is tried.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Week => ("week", "America/New_York"),
            Self::Month => ("month", "Europe/Berlin"),
            // Half an hour off.
            Self::Quarter => ("quarter", "Asia/Kolkata"),
        }
    }

    const fn nominal(self) -> u64 {
        match self {
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
            Self::Quarter => 90 * DAY,
        }
    }

    /// Start of the one that is running, and seconds that are left of it by the clock on
    /// the wall: a change of the clock that is still to come does not count.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "seconds of this century"
    )]
    fn running(self, at: f64) -> (f64, f64) {
        let zone = self.words().1;
        let now = Timestamp::from_second(at as i64)
            .unwrap()
            .in_tz(zone)
            .unwrap();
        let (first, length) = match self {
            Self::Week => {
                let days = now.weekday().to_monday_zero_offset();
                let monday = now.checked_sub(jiff::Span::new().days(days)).unwrap();
                (monday, jiff::Span::new().weeks(1))
            }
            Self::Month => (now.first_of_month().unwrap(), jiff::Span::new().months(1)),
            Self::Quarter => {
                let month = (now.month() - 1) / 3 * 3 + 1;
                let first = now.with().day(1).month(month).build().unwrap();
                (first, jiff::Span::new().months(3))
            }
        };
        let start = first.with().time(Time::midnight()).build().unwrap();
        let end = start.datetime().checked_add(length).unwrap();
        let left = now.datetime().duration_until(end);
        (start.timestamp().as_second() as f64, left.as_secs_f64())
    }
}

impl Span {
    /// Where it begins when it is looked at, in Unix seconds.
    fn start(self, at: f64) -> f64 {
        match self {
            Self::Window(length) => at - seconds(length),
            Self::Calendar(unit) => unit.running(at).0,
        }
    }
}

fn meaning(rule: &Rule) -> Option<Meaning> {
    let slo = rule.labels.get("slo")?.as_str();
    let rolling = Span::Window(30 * DAY);
    let (period, promised) = match slo {
        "night-by-week" => (Span::Calendar(Unit::Week), Span::Calendar(Unit::Week)),
        "night-by-month" => (Span::Calendar(Unit::Month), Span::Calendar(Unit::Month)),
        "night-by-quarter" => (Span::Calendar(Unit::Quarter), Span::Calendar(Unit::Quarter)),
        "night-promised" => (rolling, Span::Calendar(Unit::Month)),
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
                let (bad, total) = truth.counts(span.start(at), at);
                seconds(bad) / seconds(total)
            }
            Self::Remaining(budget, span) => {
                let (bad, total) = truth.counts(span.start(at), at);
                let total = seconds(total) + self.to_come(truth, at);
                1.0 - seconds(bad) / (budget * total)
            }
            Self::Coverage(span) => {
                let from = span.start(at);
                (truth.tiles(from, at) * TILE / (at - from)).min(1.0)
            }
        }
    }

    /// Events of the rest of a calendar period, at the mean rate of one such period
    /// before now, or of as much of it as there is.
    fn to_come(&self, truth: &Truth, at: f64) -> f64 {
        let Span::Calendar(unit) = self.span() else {
            return 0.0;
        };
        let from = (at - seconds(unit.nominal())).max(seconds(START));
        let usual = seconds(truth.counts(from, at).1) / (at - from);
        usual * unit.running(at).1
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
        let [month, three_days, day] = match slo {
            "sparse" => [Some(0.02), None, None],
            UNKNOWN_SCRAPES => [0.002, 0.006, 0.015].map(Some),
            // New series lose what happens before their first scrape.
            "pods" => [None; 3],
            _ => [0.001, 0.003, 0.006].map(Some),
        };
        match self {
            // One tile: ranges are closed up to Prometheus 2.
            Self::Coverage(_) => Some(1.001 * TILE / length),
            _ if days > 29.0 => month,
            _ if days >= 3.0 => three_days,
            _ if days >= 1.0 => day,
            _ => None,
        }
    }

    /// How far off all values together may be. Within hours there are too few errors to
    /// ask more of a single value than that it be right in the long run.
    fn bias_bar(&self, length: f64) -> f64 {
        match self {
            Self::Ratio(_) if length < seconds(HOUR) => 0.15,
            _ => 0.03,
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
                    let length = point.at - meaning.span().start(point.at);
                    (seconds(from * DAY)..seconds(to * DAY)).contains(&length)
                })
                .collect();
            if let Some(last) = class.last() {
                let length = last.at - meaning.span().start(last.at);
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
        let bar = |point: &Point| meaning.bar(slo, point.at - meaning.span().start(point.at));
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
