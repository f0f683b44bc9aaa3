//! Every kind of SLI, with ordinary traffic and a few errors.

use crate::case::{Case, case};
use crate::clock::{DAY, HOUR, MINUTE, Moment, seconds};
use crate::raw::{Raw, counter, gauge};

use super::traffic::{USUAL, all, failed, requests, share, traffic};

/// Longer than the longest month, and what the first tile reads before itself.
const MONTH: u64 = 32 * DAY;

const SLOS: &str = r#"- name: bad-where
  objective: 99.9
  promise: 99.5
  sli: {events: {total: 'web_requests_total{job="web"}', bad_where: 'code=~"5.."'}}
- name: good-where
  objective: 99.9
  promise: {objective: 99.5, period: {calendar: month, time_zone: ZONE}}
  sli: {events: {total: 'web_requests_total{job="web"}', good_where: 'code!~"5.."'}}
- name: bad
  objective: 99.9
  sli: {events: {total: 'web_calls_total{job="web"}', bad: 'web_failures_total{job="web"}'}}
- name: good
  objective: 99.9
  sli: {events: {total: 'web_calls_total{job="web"}', good: 'web_successes_total{job="web"}'}}
- name: expression
  objective: 99.9
  sli:
    events:
      total: 'sum(increase(web_calls_total{job="web"}[$window]))'
      bad: 'sum(increase(web_failures_total{job="web"}[$window]))'
- name: month
  objective: 99.9
  period: {calendar: month, time_zone: ZONE}
  sli: {events: {total: 'web_requests_total{job="web"}', bad_where: 'code=~"5.."'}}
- name: slices
  objective: 99
  budgeting: {slices: {length: 5m, target: 95}}
  sli: {events: {total: 'admin_requests_total{job="admin"}', bad_where: 'code=~"5.."'}}
- name: latency
  objective: 99
  sli: {latency: {histogram: 'web_duration_seconds{job="web"}', threshold: 400ms}}
- name: satisfaction
  objective: 95
  sli:
    satisfaction:
      histogram: 'web_duration_seconds{job="web"}'
      anchors: [{within: 400ms}, {within: 1s, name: annoying, pain: 0.2}, {name: brutal, pain: 1}]
- name: freshness
  objective: 99
  sli: {freshness: {timestamp: 'import_timestamp_seconds{job="import"}', max_age: 2h}}
- name: read-freshness
  objective: 99
  sli: {freshness: {histogram: 'view_age_seconds{job="views"}', max_age: 2h}}
- name: probe
  objective: 99
  sli: {probe: {metric: 'probe_success{job="probe"}'}}
- name: threshold
  objective: 99
  sli: {threshold: {expr: 'sum(queue_length{job="queue"})', good: "<= 60"}}
- name: ratio
  objective: 99.9
  sli:
    ratio:
      error_ratio: 'sum(rate(web_failures_total{job="web"}[$window])) / sum(rate(web_calls_total{job="web"}[$window]))'
- name: composite
  objective: 99
  sli: {composite: {every: [healthy/bad, healthy/latency]}}
- name: grouped
  objective: 99.9
  group_by: [region]
  groups: {region: [eu, us]}
  sli: {events: {total: 'shop_requests_total{job="shop"}', bad_where: 'code=~"5.."'}}
"#;

/// Nothing is to be found in it.
pub(crate) fn healthy(zone: &str) -> Case {
    let mut healthy = case("healthy", &SLOS.replace("ZONE", zone))
        .defaults("{period: 30d, scrape_interval: 1m}")
        .raw(web())
        .raw(durations())
        .raw(others());
    for line in SLOS.lines().filter(|line| line.starts_with("- name")) {
        let name = line.trim_start_matches("- name: ");
        let groups: &[&str] = match name {
            "grouped" => &["grouped region=eu", "grouped region=us"],
            _ => &[name],
        };
        for title in groups {
            healthy = healthy.verdict(title, "ok");
        }
    }
    healthy
}

fn web() -> impl Iterator<Item = Raw> {
    let labels = [("job", "web")];
    let calls = [
        counter("web_calls_total", &labels, all),
        counter("web_failures_total", &labels, failed),
        counter("web_successes_total", &labels, |now| all(now) - failed(now)),
    ];
    let requests = requests("web_requests_total", &labels, all, failed);
    let raw = requests.into_iter().chain(calls);
    raw.map(|raw| raw.since(MONTH))
}

/// Not faster than 400 ms are 0.4 %, a quarter of these not faster than a second.
fn durations() -> impl Iterator<Item = Raw> {
    let slow = |now| share(now, 4, all(now), 0.004);
    let slower = move |now| (slow(now) / 4.0).floor();
    let web = |le: &str, story: Box<dyn Fn(Moment) -> f64 + Send + Sync>| {
        counter(
            "web_duration_seconds_bucket",
            &[("job", "web"), ("le", le)],
            story,
        )
    };
    let histogram = [
        web("0.4", Box::new(move |now| all(now) - slow(now))),
        web("1", Box::new(move |now| all(now) - slower(now))),
        web("+Inf", Box::new(all)),
        counter("web_duration_seconds_count", &[("job", "web")], all),
    ];
    let views = |le: &str, story: fn(Moment) -> f64| {
        counter(
            "view_age_seconds_bucket",
            &[("job", "views"), ("le", le)],
            story,
        )
    };
    let old = |now| all(now) - share(now, 6, all(now), 0.003);
    let ages = [
        views("7200", old),
        views("+Inf", all),
        counter("view_age_seconds_count", &[("job", "views")], all),
    ];
    let raw = histogram.into_iter().chain(ages);
    raw.map(|raw| raw.since(MONTH).declared("histogram"))
}

fn others() -> impl Iterator<Item = Raw> {
    // Half of the requests fail for half an hour, twice.
    let admin = |now| traffic(now, 8, 600.0);
    let refused = |now: Moment| {
        let hours = [9 * DAY, 20 * DAY];
        let broken = hours.iter().any(|ago| now.is_within(*ago, ago - HOUR / 2));
        share(
            now,
            9,
            traffic(now, 8, 600.0),
            if broken { 0.5 } else { USUAL },
        )
    };
    let admin = requests("admin_requests_total", &[("job", "admin")], admin, refused);
    let shop = |region: &'static str| {
        requests(
            "shop_requests_total",
            &[("job", "shop"), ("region", region)],
            all,
            failed,
        )
    };
    let gauges = [
        // Every half an hour, but not for four hours once.
        gauge("import_timestamp_seconds", &[("job", "import")], |now| {
            let late = now.is_within(6 * DAY, 6 * DAY - 4 * HOUR);
            let waited = u64::try_from(6 * DAY.cast_signed() - now.ago).unwrap_or_default();
            let last = now.unix / (HOUR / 2) * (HOUR / 2);
            seconds(if late {
                now.unix - waited - HOUR / 2
            } else {
                last
            })
        }),
        gauge("queue_length", &[("job", "queue")], |now| {
            let full = now.is_within(12 * DAY, 12 * DAY - HOUR);
            if full {
                90.0
            } else {
                20.0 + (20.0 * now.chance(10)).floor()
            }
        }),
    ];
    let probes = ["a", "b", "c"].map(|instance| {
        let down: u64 = if instance == "a" { 5 * DAY } else { 17 * DAY };
        let labels = [("job", "probe"), ("instance", instance)];
        gauge("probe_success", &labels, move |now| {
            f64::from(!now.is_within(down, down - 40 * MINUTE))
        })
    });
    let raw = admin.into_iter().chain(shop("eu")).chain(shop("us"));
    let raw = raw.chain(gauges).chain(probes);
    raw.map(|raw| raw.since(MONTH))
}
