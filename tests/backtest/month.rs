//! Five weeks in which every event is known.

use serde_json::Value;

use crate::slosmith_command::{Run, run, slosmith};
use crate::world::{DAY, HOUR, MINUTE, Raw, World};

/// 2025-11-05 00:00:00 UTC; the clock of Berlin went back on 26 October.
pub(crate) const END: u64 = 1_762_300_800;
const START: u64 = END - 38 * DAY;
/// Scrapes happen at a moment of their own, and not when rules are evaluated.
const PHASE: u64 = 17;
/// Requests between two scrapes, which are a minute apart.
const REQUESTS: u64 = 60;

/// A stretch in which so many of the requests of each minute fail.
pub(crate) struct Failing {
    /// Seconds before the end.
    pub(crate) ago: u64,
    pub(crate) minutes: u64,
    pub(crate) of_minute: u64,
}

impl Failing {
    pub(crate) const fn bad(&self) -> u64 {
        self.minutes * self.of_minute
    }
}

/// Everything fails: far above every burn rate.
pub(crate) const OUTAGE: Failing = Failing {
    ago: 25 * DAY,
    minutes: 20,
    of_minute: 60,
};
/// Four times the allowed burn rate of 99.5 %, too slow for pages and too short for tickets.
pub(crate) const CREEPING: Failing = Failing {
    ago: 20 * DAY + 2 * HOUR,
    minutes: 60,
    of_minute: 3,
};
/// Half of it fails.
pub(crate) const INCIDENT: Failing = Failing {
    ago: 10 * DAY + 5 * HOUR,
    minutes: 30,
    of_minute: 30,
};

pub(crate) const SPEC: &str = r#"
apiVersion: slosmith/v1
service: shop
defaults: {period: 7d, scrape_interval: 1m}
slos:
- name: web
  objective: 99.5
  promise: 99
  sli: {events: {total: 'requests_total{job="web"}', bad_where: 'code="500"'}}
- name: down
  objective: 99.5
  sli: {events: {total: 'requests_total{job="web"}', bad_where: 'code="500"'}}
  downtime:
  - {start: 2025-10-11T00:00:00Z, end: 2025-10-11T00:20:00Z, reason: migration, count: exclude}
  - {start: 2025-10-25T19:00:00Z, end: 2025-10-25T19:30:00Z, reason: test, count: include}
- name: month
  objective: 99.5
  period: {calendar: month, time_zone: Europe/Berlin}
  sli: {events: {total: 'requests_total{job="web"}', bad_where: 'code="500"'}}
- name: rare
  objective: 99.9
  sli: {events: {total: 'requests_total{job="rare"}', bad_where: 'code="500"'}}
"#;

fn counter(job: &'static str, code: &'static str, events: impl Fn(u64) -> u64) -> Raw {
    // A rate does not reach back to before a counter was 0.
    let mut sum = 1_000_000;
    let minutes = (START..=END).step_by(usize::try_from(MINUTE).unwrap());
    let samples = minutes.map(|minute| {
        sum += events(minute);
        ((minute + PHASE) as f64, sum as f64)
    });
    Raw {
        name: "requests_total",
        labels: vec![("job", job), ("code", code)],
        samples: samples.collect(),
    }
}

/// Failed requests that the scrape after this minute sees.
fn failed(minute: u64) -> u64 {
    let all = [&OUTAGE, &CREEPING, &INCIDENT];
    let is_in = |failing: &&&Failing| {
        let start = END - failing.ago;
        minute >= start && minute < start + failing.minutes * MINUTE
    };
    all.iter()
        .find(is_in)
        .map_or(0, |failing| failing.of_minute)
}

pub(crate) async fn world(spec: &str, flags: &[&str]) -> World {
    let raw = [
        counter("web", "200", |minute| REQUESTS - failed(minute)),
        counter("web", "500", failed),
        counter("rare", "200", |minute| {
            u64::from(minute % (10 * MINUTE) == 0)
        }),
        counter("rare", "500", |_| 0),
    ];
    World::new(spec, &raw, flags).await
}

/// `slosmith backtest …` over the last 30 days.
pub(crate) fn backtest(world: &World, args: &[&str]) -> Run {
    run(slosmith(world.folder())
        .args(["backtest", "spec.yaml", "--prometheus", &world.url()])
        .args(["--until", &END.to_string(), "--since", "30d"])
        .args(args))
}

/// The same as JSON, where it must end well.
pub(crate) fn json(world: &World, args: &[&str]) -> Value {
    let run = backtest(world, &[&["--format", "json"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// The SLO of this name.
pub(crate) fn slo<'j>(json: &'j Value, name: &str) -> &'j Value {
    let slos = json["slos"].as_array().unwrap();
    slos.iter().find(|slo| slo["slo"] == name).unwrap()
}
