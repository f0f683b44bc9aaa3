//! Every kind of SLI with ordinary traffic and a few errors.

use crate::cases::{Case, case};
use crate::world::{Raw, chance, counter, failed, gauge, traffic};

pub(crate) fn all() -> Vec<Case> {
    let mut cases = events();
    cases.extend(histograms());
    cases.extend(gauges());
    cases.extend(changes());
    cases
}

fn ok(ago: u64) -> f64 {
    traffic(ago) - failed(ago)
}

fn events() -> Vec<Case> {
    let web = |code, growth: fn(u64) -> f64| {
        counter(
            "web_requests_total",
            &[("job", "web"), ("instance", "a"), ("code", code)],
            growth,
        )
    };
    let region = |region, code, growth: fn(u64) -> f64| {
        let labels = [("job", "shop"), ("region", region), ("code", code)];
        counter("shop_requests_total", &labels, growth)
    };
    vec![
        case("bad-where", "objective: 99.9\nscrape_interval: 1m\nsli: {events: {total: 'web_requests_total{job=\"web\"}', bad_where: 'code=~\"5..\"'}}")
            .raw([web("200", ok), web("500", failed)]),
        case("good-where", "objective: 99.9\nsli: {events: {total: 'web_requests_total{job=\"web\"}', good_where: 'code!~\"5..\"'}}"),
        case("good", "objective: 99.9\nsli: {events: {total: 'calls_total', good: 'successes_total'}}")
            .raw([counter("calls_total", &[], traffic), counter("successes_total", &[], ok)]),
        case("expression", "objective: 99.9\nsli: {events: {total: 'sum(increase(web_requests_total[$window]))', bad: 'sum(increase(web_requests_total{code=\"500\"}[$window]))'}}"),
        // No error yet, and not enough traffic to wonder.
        case("calm", "objective: 99.9\nsli: {events: {total: 'calm_total{job=\"calm\"}', bad_where: 'code=~\"5..\"'}}")
            .raw([counter("calm_total", &[("job", "calm"), ("code", "200")], |ago| f64::from(chance(ago, 3) < 0.5) * 6.0)]),
        // A label that only errors have.
        case("calm-label", "objective: 99.9\nsli: {events: {total: 'calm_total', bad_where: 'error_type!=\"\"'}}"),
        // A counter of errors that exists from the first error on.
        case("calm-errors", "objective: 99.9\nsli: {events: {total: 'calm_total', bad: 'calm_failures_total'}}"),
        case("grouped", "objective: 99.9\ngroup_by: [region]\ngroups: {region: [eu, us]}\nsli: {events: {total: 'shop_requests_total', bad_where: 'code=~\"5..\"'}}")
            .raw([region("eu", "200", ok), region("eu", "500", failed), region("us", "200", ok), region("us", "500", failed)]),
        case("slices", "objective: 99\nbudgeting: {slices: {length: 5m, target: 95}}\nsli: {events: {total: 'web_requests_total{job=\"web\"}', bad_where: 'code=~\"5..\"'}}"),
        case("month", "objective: 99.9\nperiod: {calendar: week, time_zone: Europe/Berlin}\nsli: {events: {total: 'web_requests_total{job=\"web\"}', bad_where: 'code=~\"5..\"'}}"),
    ]
}

fn histograms() -> Vec<Case> {
    let bucket = |name: &str, le, growth: fn(u64) -> f64| {
        counter(&format!("{name}_bucket"), &[("le", le)], growth)
    };
    let fast = |ago| traffic(ago) - (traffic(ago) * 0.004 + chance(ago, 4)).floor();
    let faster = |ago| traffic(ago) - (traffic(ago) * 0.001 + chance(ago, 4)).floor();
    vec![
        case(
            "latency",
            "objective: 99\nsli: {latency: {histogram: d_seconds, threshold: 400ms}}",
        )
        .raw([
            bucket("d_seconds", "0.4", fast),
            bucket("d_seconds", "1.0", faster),
            bucket("d_seconds", "+Inf", traffic),
            counter("d_seconds_count", &[], traffic),
        ]),
        case(
            "satisfaction",
            "objective: 95\nsli: {satisfaction: {histogram: d_seconds, anchors: [{within: 400ms}, {within: 1s, name: slow, pain: 0.2}, {name: lost, pain: 1}]}}",
        ),
        case(
            "read-age",
            "objective: 99\nsli: {freshness: {histogram: age_seconds, max_age: 2h}}",
        )
        .raw([
            bucket("age_seconds", "7200", fast),
            bucket("age_seconds", "+Inf", traffic),
            counter("age_seconds_count", &[], traffic),
        ]),
    ]
}

fn gauges() -> Vec<Case> {
    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
    let written = |ago: u64| ((crate::world::END - ago) / 30 * 1800) as f64;
    vec![
        case(
            "written",
            "objective: 99\nsli: {freshness: {timestamp: written_timestamp_seconds, max_age: 2h}}",
        )
        .raw([gauge("written_timestamp_seconds", &[], written)]),
        case(
            "age",
            "objective: 99\nsli: {freshness: {age: lag_seconds, max_age: 2h}}",
        )
        .raw([gauge("lag_seconds", &[], |ago| {
            60.0 + 60.0 * chance(ago, 5)
        })]),
        case(
            "probe",
            "objective: 99\nsli: {probe: {metric: 'probe_success{job=\"probe\"}'}}",
        )
        .raw(["a", "b"].map(|instance| {
            gauge(
                "probe_success",
                &[("job", "probe"), ("instance", instance)],
                |ago| f64::from(!(600..620).contains(&ago)),
            )
        })),
        case(
            "threshold",
            "objective: 99\nsli: {threshold: {expr: 'sum(queue_length)', good: \"<= 60\"}}",
        )
        .raw([gauge("queue_length", &[], |ago| {
            (40.0 * chance(ago, 6)).floor() + if (900..950).contains(&ago) { 50.0 } else { 0.0 }
        })]),
        case(
            "ratio",
            "objective: 99.9\nsli: {ratio: {error_ratio: 'sum(rate(web_requests_total{code=\"500\"}[$window])) / sum(rate(web_requests_total[$window]))'}}",
        ),
    ]
}

/// What happens to every service.
fn changes() -> Vec<Case> {
    let with = |instance, code| [("job", "moved"), ("instance", instance), ("code", code)];
    let restarted = |code, growth: fn(u64) -> f64| {
        counter(
            "restarted_total",
            &[("job", "restarted"), ("code", code)],
            growth,
        )
        .restarts(180)
    };
    let old = |code, growth: fn(u64) -> f64| {
        counter("moved_total", &with("old", code), growth).when(|ago| ago > 60)
    };
    // Half a minute of traffic is over when it is seen first.
    let new = |code, growth: fn(u64) -> f64| {
        counter("moved_total", &with("new", code), growth)
            .when(|ago| ago <= 60)
            .from(growth(60) / 2.0)
    };
    let spec = |job: &str| {
        format!(
            "objective: 99.9\nscrape_interval: 1m\nsli: {{events: {{total: '{job}_total{{job=\"{job}\"}}', bad_where: 'code=\"500\"'}}}}"
        )
    };
    // Each lives for three hours.
    let pod = |pod: u64| {
        ["200", "500"].map(|code| {
            let name = format!("pod-{pod}");
            let growth = if code == "200" { ok } else { failed };
            counter(
                "pods_total",
                &[("pod", name.as_str()), ("code", code)],
                growth,
            )
            .when(move |ago| ago / 180 == pod)
            .from(0.0)
        })
    };
    vec![
        case(
            "pods",
            "objective: 99\ngroup_by: [pod]\nsli: {events: {total: 'pods_total', bad_where: 'code=\"500\"'}}",
        )
        .raw((0..17).flat_map(pod)),
        case("restarted", &spec("restarted")).raw([restarted("200", ok), restarted("500", failed)]),
        case("moved", &spec("moved"))
            .raw([
                old("200", ok),
                old("500", failed),
                new("200", ok),
                new("500", failed),
            ])
            .raw([
                gauge("up", &[("job", "moved"), ("instance", "old")], |_| 1.0).when(|ago| ago > 60),
                gauge("up", &[("job", "moved"), ("instance", "new")], |_| 1.0)
                    .when(|ago| ago <= 60),
            ]),
        // The rules were loaded just now: raw numbers reach further.
        case("just-loaded", &spec("restarted")).raw([
            tile("slo:total:tile5m", traffic),
            tile("slo:bad:tile5m", failed),
        ]),
        // Two failed scrapes are a restart.
        case("restarting", &spec("restarting"))
            .raw(
                [("200", ok as fn(u64) -> f64), ("500", failed)].map(|(code, growth)| {
                    let labels = [("job", "restarting"), ("instance", "a"), ("code", code)];
                    counter("restarting_total", &labels, growth).when(|ago| ago > 1)
                }),
            )
            .raw([gauge(
                "up",
                &[("job", "restarting"), ("instance", "a")],
                |ago| f64::from(ago > 1),
            )]),
    ]
}

fn tile(name: &str, value: fn(u64) -> f64) -> Raw {
    let labels = [("service", "s"), ("slo", "just-loaded")];
    gauge(name, &labels, value).when(|ago| ago % 5 == 0 && ago < 120)
}
