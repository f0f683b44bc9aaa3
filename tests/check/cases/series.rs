//! Raw series that are not what an SLI needs.

use super::traffic::{USUAL, all, api, failed, failing, share, traffic};
use crate::case::{Case, case};
use crate::clock::{DAY, HOUR, MINUTE, seconds};
use crate::raw::{Raw, counter, gauge};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    cases.extend(missing());
    cases.extend(scrapes());
    cases.extend(traffic_cases());
    cases.extend(numbers());
    cases.extend(labels());
    cases
}

/// An SLO on the requests of a job of its own.
fn own(service: &'static str) -> Case {
    case(service, &api(service))
}

/// Nothing is there to be measured.
fn missing() -> Vec<Case> {
    vec![
        // Somebody gave the metric another name.
        own("ser001")
            .raw([renamed()])
            .finds(&["SER001"])
            .verdict("api", "unknown"),
        case("ser002", &api("calm").replace("job=\"calm\"", "job=\"clam\""))
            .finds(&["SER002"])
            .verdict("api", "unknown"),
        own("ser003")
            .raw(failing("ser003", &[], |_| USUAL).map(|raw| raw.until(3 * HOUR)))
            .finds(&["SER003"])
            .verdict("api", "unknown"),
        // A job of this name is scraped, and does not answer.
        own("ser004")
            .raw(
                failing("ser004", &[("instance", "ser004:80")], |_| USUAL)
                    .map(|raw| raw.until(HOUR / 2)),
            )
            .finds(&["SER004"])
            .verdict("api", "unknown"),
        case(
            "ser006",
            "- name: api\n  objective: 99\n  sli: {latency: {histogram: 'ser006_seconds{job=\"ser006\"}', threshold: 300ms}}",
        )
        .raw(durations())
        .finds(&["SER006"])
        .verdict("api", "unknown"),
    ]
}

fn renamed() -> Raw {
    counter(
        "ser001_http_requests_total",
        &[("job", "ser001"), ("code", "200")],
        all,
    )
}

fn durations() -> Vec<Raw> {
    let bucket = |le, story: fn(_) -> f64| {
        let labels = [("job", "ser006"), ("le", le)];
        counter("ser006_seconds_bucket", &labels, story).declared("histogram")
    };
    vec![
        bucket("0.25", |now| all(now) - share(now, 5, all(now), 0.003)),
        bucket("0.5", |now| all(now) - share(now, 5, all(now), 0.001)),
        bucket("+Inf", all),
        counter("ser006_seconds_count", &[("job", "ser006")], all).declared("histogram"),
    ]
}

/// It is scraped in a way that does not do.
fn scrapes() -> Vec<Case> {
    vec![
        own("ser005")
            .raw(failing("ser005", &[], |_| USUAL).map(|raw| raw.declared("gauge")))
            .finds(&["SER005"])
            .verdict("api", "ok"),
        native_without_flag(),
        own("ser014")
            .defaults("{period: 7d}")
            .raw(failing("ser014", &[], |_| USUAL).map(|raw| raw.every(5 * MINUTE)))
            .finds(&["SER014"])
            .verdict("api", "unknown"),
        own("ser015")
            .defaults("{period: 7d, scrape_interval: 15s}")
            .raw(failing("ser015", &[], |_| USUAL))
            .finds(&["SER015"])
            .verdict("api", "ok"),
        // Nobody scrapes for half an hour in every three.
        own("ser017")
            .raw(
                failing("ser017", &[], |_| USUAL).map(|raw| {
                    raw.with_holes(|now| now.ago > 0 && now.unix % (3 * HOUR) < HOUR / 2)
                }),
            )
            .finds(&["SER017"])
            .verdict("api", "ok"),
    ]
}

/// The server keeps no native histograms.
fn native_without_flag() -> Case {
    case(
        "srv012",
        "- name: api\n  objective: 99\n  sli: {latency: {histogram: 'srv012_seconds{job=\"srv012\"}', threshold: 400ms, type: native}}",
    )
    .finds(&["SRV012", "SER001"])
    .verdict("api", "unknown")
}

/// There is too little of it, or it is too regular.
fn traffic_cases() -> Vec<Case> {
    vec![
        own("ser011")
            .raw([counter(
                "ser011_requests_total",
                &[("job", "ser011"), ("code", "200")],
                all,
            )])
            .finds(&["SER011"])
            .verdict("api", "ok"),
        // The same, and the team knows.
        case(
            "accepted",
            &format!(
                "{}\n  ignore: [{{code: SER011, reason: it never fails}}]",
                api("ser011")
            ),
        )
        .verdict("api", "ok"),
        own("ser012")
            .raw(constant())
            .finds(&["SER012"])
            .verdict("api", "ok"),
        // Some twenty requests a day, and one of them failed.
        own("ser018")
            .raw(few())
            .finds(&["SER018"])
            .verdict("api", "breached"),
    ]
}

fn constant() -> [Raw; 2] {
    let with = |code| [("job", "ser012"), ("code", code)];
    [
        counter("ser012_requests_total", &with("200"), |_| 1999.0),
        counter("ser012_requests_total", &with("500"), |_| 1.0),
    ]
}

fn few() -> [Raw; 2] {
    let with = |code| [("job", "ser018"), ("code", code)];
    [
        counter("ser018_requests_total", &with("200"), |now| {
            f64::from(now.chance(20) < 0.014)
        }),
        counter("ser018_requests_total", &with("500"), |now| {
            f64::from(now.is_within(3 * DAY, 3 * DAY - MINUTE))
        }),
    ]
}

/// The numbers make no sense.
fn numbers() -> Vec<Case> {
    let split = |job: &str| {
        format!(
            "- name: api\n  objective: 99.9\n  sli: {{events: {{total: '{job}_requests_total{{job=\"{job}\"}}', bad: '{job}_failures_total{{job=\"{job}\"}}'}}}}"
        )
    };
    let ratio = |expr: &str| {
        format!("- name: api\n  objective: 99.9\n  sli: {{ratio: {{error_ratio: '{expr}'}}}}")
    };
    vec![
        case("ser008", &split("ser008"))
            .raw([
                counter("ser008_requests_total", &[("job", "ser008")], all),
                counter("ser008_failures_total", &[("job", "ser008")], |now| {
                    2.0 * all(now)
                }),
            ])
            .finds(&["SER008"])
            .verdict("api", "breached"),
        case(
            "ser009",
            &ratio("sum(rate(calm_requests_total{job=\"calm\"}[$window])) / 10"),
        )
        .finds(&["SER009"])
        .verdict("api", "breached"),
        // Nobody asks for anything, and nothing is divided by nothing.
        case(
            "ser010",
            &ratio("sum(rate(ser010_failures_total{job=\"ser010\"}[$window])) / sum(rate(ser010_requests_total{job=\"ser010\"}[$window]))"),
        )
        .raw(["requests", "failures"].map(|what| {
            let name = format!("ser010_{what}_total");
            counter(&name, &[("job", "ser010")], |_| 0.0).first(100.0)
        }))
        .finds(&["SER010"])
            .verdict("api", "unknown"),
        own("ser019")
            .raw(pods())
            .finds(&["SER019"])
            .verdict("api", "ok"),
        own("ser020")
            .raw(falling())
            .finds(&["SER020"])
            .verdict("api", "ok"),
    ]
}

/// A pod lives for three hours and has answered many requests when it is seen first.
fn pods() -> Vec<Raw> {
    const LIFE: u64 = 3 * HOUR;
    let pod = |number: u64| {
        let ago = number * LIFE;
        let labels = |code| -> Vec<(String, String)> {
            [
                ("job", "ser019".to_owned()),
                ("instance", format!("pod-{number}")),
                ("code", code),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
        };
        let pod = move |code: &str, story: fn(_) -> f64, first| {
            let labels = labels(code.to_owned());
            let labels: Vec<_> = labels
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let raw = counter("ser019_requests_total", &labels, story).since(ago);
            let raw = raw.first(first);
            if number > 1 {
                raw.until(ago - LIFE)
            } else {
                raw
            }
        };
        [
            pod("200", |now| all(now) - failed(now), 9000.0),
            pod("500", failed, 3.0),
        ]
    };
    (1..=8 * DAY / LIFE).flat_map(pod).collect()
}

/// A value that falls every ten minutes under the name of a counter.
fn falling() -> [Raw; 2] {
    let with = |code| [("job", "ser020"), ("code", code)];
    let minute = |now: crate::clock::Moment| seconds(now.unix / MINUTE % 10);
    [
        gauge("ser020_requests_total", &with("200"), move |now| {
            1000.0 + 3000.0 * minute(now) + traffic(now, 30, 200.0)
        })
        .declared("counter"),
        counter("ser020_requests_total", &with("500"), |now| {
            share(now, 31, 3000.0, USUAL)
        }),
    ]
}

/// The labels do not do.
fn labels() -> Vec<Case> {
    let grouped = "\n  group_by: [region]";
    vec![
        // Both are there, and none has a partner.
        case(
            "ser013",
            "- name: api\n  objective: 99.9\n  sli:\n    events:\n      total: 'sum(rate(ser013_requests_total[$window]) * on (instance) group_left () ser013_weight)'\n      bad: 'sum(rate(ser013_requests_total{code=\"500\"}[$window]) * on (instance) group_left () ser013_weight)'",
        )
        .raw(failing("ser013", &[], |_| USUAL))
        .raw([gauge("ser013_weight", &[("job", "ser013"), ("instance", "b")], |_| 2.0)])
        .finds(&["SER013"])
        .verdict("api", "unknown"),
        // Each request has an owner in each of two teams.
        case(
            "ser013-many",
            "- name: api\n  objective: 99.9\n  sli:\n    events:\n      total: 'sum(rate(calm_requests_total[$window]) * on (job) group_left (team) ser013_owner)'\n      bad: 'sum(rate(calm_requests_total{code=\"500\"}[$window]))'",
        )
        .raw(["a", "b"].map(|team| {
            gauge("ser013_owner", &[("job", "calm"), ("team", team)], |_| 1.0)
        }))
        .finds(&["SER013", "RUL004"])
        .verdict("api", "unknown"),
        // Rates have no names, so that those of two metrics are the same.
        case(
            "ser021",
            "- name: api\n  objective: 99.9\n  sli:\n    events:\n      total: 'sum(rate({__name__=~\"ser021_(calls|requests)_total\"}[$window]))'\n      bad: 'sum(rate(calm_requests_total{code=\"500\"}[$window]))'",
        )
        .raw(["calls", "requests"].map(|what| {
            counter(&format!("ser021_{what}_total"), &[("job", "ser021")], all)
        }))
        .finds(&["SER021", "RUL004"])
        .verdict("api", "unknown"),
        case(
            "ser022",
            &format!("{}{grouped}\n  groups: {{region: [eu, us]}}", api("ser022")),
        )
        .raw(failing("ser022", &[("region", "eu")], |_| USUAL))
        .finds(&["SER022"])
        .verdict("api region=eu", "ok")
        .verdict("api region=us", "unknown"),
    ]
}
