//! One trouble each.

use crate::world::{Raw, chance, counter, failed, gauge, traffic};

/// An SLO, the series behind it, and what is to be found.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) spec: String,
    pub(crate) raw: Vec<Raw>,
    pub(crate) finds: Vec<&'static str>,
}

pub(crate) fn case(name: &'static str, spec: &str) -> Case {
    Case {
        name,
        spec: spec.to_owned(),
        raw: Vec::new(),
        finds: Vec::new(),
    }
}

impl Case {
    pub(crate) fn raw(mut self, raw: impl IntoIterator<Item = Raw>) -> Self {
        self.raw.extend(raw);
        self
    }

    fn finds(mut self, code: &'static str) -> Self {
        self.finds.push(code);
        self
    }
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = absent();
    cases.extend(gone());
    cases.extend(histograms());
    cases.extend(numbers());
    cases.extend(labels());
    cases.extend(scrapes());
    cases.extend(history());
    cases.extend(events());
    cases.extend(counters());
    cases
}

/// What is to be found in a server that scrapes only itself, and keeps a day.
pub(crate) fn scraped() -> Vec<Case> {
    vec![
        case("gauge-as-counter", "objective: 99\nsli: {events: {total: 'go_goroutines', bad: 'go_threads'}}")
            .finds("SER005"),
        case("counter-as-gauge", "objective: 99\nsli: {threshold: {expr: 'max(process_cpu_seconds_total)', good: '< 100000'}}")
            .finds("SER005"),
        case("summary", "objective: 99\nsli: {latency: {histogram: 'go_gc_duration_seconds', threshold: 1s}}")
            .finds("SER005"),
        case("histogram", "objective: 99\nsli: {latency: {histogram: 'prometheus_http_request_duration_seconds', threshold: 400ms}}"),
        case("accepted", "objective: 99\nignore: [{code: SER016, reason: there is a copy elsewhere}]\nsli: {threshold: {expr: 'max(go_goroutines)', good: '< 100000'}}"),
    ]
}

/// Troubles that are looked at with parts of the API that not every server has.
pub(crate) fn history_and_scrapes() -> Vec<Case> {
    let mut cases = history();
    cases.push(case("there", &api("there_total", BAD)).raw(requests("there")));
    cases.extend(scrapes());
    cases
}

fn ok(ago: u64) -> f64 {
    traffic(ago) - failed(ago)
}

/// Requests of a job, of which some fail.
fn requests(job: &str) -> [Raw; 2] {
    let name = format!("{job}_total");
    let labels = |code| [("job", job), ("instance", "a:80"), ("code", code)];
    [
        counter(&name, &labels("200"), ok),
        counter(&name, &labels("500"), failed),
    ]
}

fn api(total: &str, split: &str) -> String {
    format!("objective: 99.9\nsli: {{events: {{total: '{total}', {split}}}}}")
}

const BAD: &str = "bad_where: 'code=\"500\"'";

fn absent() -> Vec<Case> {
    let there = requests("there");
    vec![
        case("misspelt-metric", &api("their_total", BAD))
            .raw(there)
            .finds("SER001"),
        case("no-metric", &api("nowhere_to_be_found_total", BAD)).finds("SER001"),
        case("no-errors-metric", &api("there_total", "bad: 'thre_total'")).finds("SER024"),
        case("misspelt-value", &api("there_total{job=\"ther\"}", BAD)).finds("SER002"),
        case(
            "no-label",
            &api("there_total", "bad_where: 'status=\"500\"'"),
        )
        .finds("SER024"),
        case("class", &api("there_total", "bad_where: 'code=~\"5xx\"'")).finds("SER024"),
        // Errors of the client alone may not be what is meant.
        case(
            "part-of-a-value",
            &api("results_total", "bad_where: 'result=~\"error\"'"),
        )
        .raw([
            counter("results_total", &[("result", "ok")], ok),
            counter("results_total", &[("result", "client_error")], failed),
        ])
        .finds("SER024"),
        // The label may only come with the first error.
        case(
            "no-error-type",
            &api(
                "results_total",
                "bad_where: 'error_type=~\"timeout|reset\"'",
            ),
        )
        .finds("SER024"),
        case(
            "good-typo",
            &api("there_total", "good_where: 'code=\"2xx\"'"),
        )
        .finds("SER002"),
        case(
            "not-together",
            &api("pairs_total{a=\"1\", b=\"2\"}", "bad_where: 'c=\"1\"'"),
        )
        .raw([
            counter("pairs_total", &[("a", "1"), ("b", "1"), ("c", "0")], ok),
            counter("pairs_total", &[("a", "2"), ("b", "2"), ("c", "0")], ok),
        ])
        .finds("SER002"),
        case(
            "wrong-here",
            &api("pairs_total{a=\"1\", b!=\"1\"}", "bad_where: 'c=\"1\"'"),
        )
        .finds("SER002"),
    ]
}

fn gone() -> Vec<Case> {
    let until = |job: &str, last: u64| requests(job).map(|raw| raw.when(move |ago| ago >= last));
    let up = |job: &str, down: u64| {
        gauge("up", &[("job", job), ("instance", "a:80")], move |ago| {
            f64::from(ago >= down)
        })
    };
    let part = requests("part").map(|raw| raw.when(|ago| ago >= 30));
    let rest = counter(
        "part_total",
        &[("job", "part"), ("instance", "b:80"), ("code", "200")],
        ok,
    );
    vec![
        case("vanished", &api("vanished_total", BAD))
            .raw(until("vanished", 187))
            .finds("SER003"),
        case("renamed", &api("renamed_total", BAD))
            .raw(until("renamed", 20))
            .raw([up("renamed", 0)])
            .finds("SER003"),
        case("renamed-metric", &api("invoices_total", BAD))
            .raw(until("invoices", 20))
            .raw(requests("invoice").map(|raw| raw.when(|ago| ago < 20)))
            .finds("SER003"),
        case("down", &api("down_total", BAD))
            .raw(until("down", 35))
            .raw([up("down", 35)])
            .finds("SER004"),
        case("one-of-two-down", &api("part_total", BAD))
            .raw(part)
            .raw([rest, up("part", 30)])
            .finds("SER023"),
        // A gateway goes on telling what a target that is down said last.
        case("gateway", &api("gateway_total", BAD))
            .raw(requests("gateway"))
            .raw([up("gateway", 30)])
            .finds("SER004"),
    ]
}

fn histograms() -> Vec<Case> {
    let bucket = |le, growth: fn(u64) -> f64| counter("d_seconds_bucket", &[("le", le)], growth);
    let fast = |ago| traffic(ago) - (traffic(ago) * 0.004 + chance(ago, 4)).floor();
    vec![
        case("no-bucket", "objective: 99\nsli: {latency: {histogram: d_seconds, threshold: 600ms}}")
            .raw([
                bucket("0.4", fast),
                bucket("1.0", fast),
                bucket("+Inf", traffic),
                counter("d_seconds_count", &[], traffic),
            ])
            .finds("SER006"),
        case("no-anchor", "objective: 95\nsli: {satisfaction: {histogram: d_seconds, anchors: [{within: 400ms}, {within: 3s, name: slow, pain: 0.2}, {name: lost, pain: 1}]}}")
            .finds("SER006"),
        case("spelling", &api("d_seconds_count", "good: 'd_seconds_bucket{le=\"1\"}'")).finds("SER006"),
        case("twice", "objective: 99\nsli: {latency: {histogram: two_seconds, threshold: 400ms}}")
            .raw([
                counter("two_seconds_bucket", &[("le", "0.4")], fast),
                counter("two_seconds_bucket", &[("le", "+Inf")], traffic),
                counter("two_seconds_count", &[], traffic),
                counter("two_seconds", &[], traffic),
            ])
            .finds("SER007"),
        case("native", "objective: 99\nsli: {latency: {histogram: native_seconds, threshold: 400ms}}")
            .raw([counter("native_seconds", &[], traffic)])
            .finds("SER001"),
    ]
}

fn numbers() -> Vec<Case> {
    let ratio = |expr: &str| format!("objective: 99.9\nsli: {{ratio: {{error_ratio: '{expr}'}}}}");
    vec![
        case("too-many-bad", &api("part_of_total", "bad: 'more_total'"))
            .raw([
                counter("part_of_total", &[], traffic),
                counter("more_total", &[], |ago| 2.0 * traffic(ago)),
            ])
            .finds("SER008"),
        case(
            "percent",
            &ratio("100 * sum(rate(part_of_total[$window])) / sum(rate(more_total[$window]))"),
        )
        .finds("SER009"),
        case(
            "negative",
            &ratio("1 - sum(rate(more_total[$window])) / sum(rate(part_of_total[$window]))"),
        )
        .finds("SER009"),
        case(
            "nothing-by-nothing",
            &ratio("sum(rate(idle_failures_total[$window])) / sum(rate(idle_total[$window]))"),
        )
        .raw([
            counter("idle_failures_total", &[], |_| 0.0),
            counter("idle_total", &[], |_| 0.0),
        ])
        .finds("SER010"),
        case(
            "nan-gauge",
            "objective: 99\nsli: {threshold: {expr: 'nan_celsius', good: '< 9'}}",
        )
        .raw([gauge("nan_celsius", &[], |ago| {
            if ago < 5 {
                f64::NAN
            } else {
                1.0 + chance(ago, 7)
            }
        })])
        .finds("SER010"),
    ]
}

fn labels() -> Vec<Case> {
    let grouped = |total: &str, bad: &str| {
        format!(
            "objective: 99.9\ngroup_by: [region]\nsli: {{events: {{total: '{total}', bad: '{bad}'}}}}"
        )
    };
    let by_zone = |groups: &str| {
        format!(
            "objective: 99.9\ngroup_by: [zone]\n{groups}sli: {{events: {{total: 'zones_total', bad: 'zones_failures_total'}}}}"
        )
    };
    // What was gone for a day is forgotten.
    let zones = [("eu", 0), ("us", 7), ("asia", 25 * 60)];
    let region = |region| {
        [
            counter("eu_total", &[("region", region)], traffic),
            counter("eu_failures_total", &[("region", region)], failed),
        ]
    };
    vec![
        case("no-common-labels", "objective: 99.9\nsli: {ratio: {error_ratio: 'sum by (code) (rate(there_total[$window])) / sum by (job) (rate(there_total[$window]))'}}")
            .finds("SER013"),
        case("many-to-many", "objective: 99.9\nsli: {ratio: {error_ratio: 'sum(rate(there_total[$window]) / on (job) rate(there_total[$window]))'}}")
            .finds("SER013"),
        case("bad-without-region", &grouped("eu_total", "world_failures_total"))
            .raw(region("eu"))
            .raw([counter("world_failures_total", &[], failed)])
            .finds("SER013"),
        case("total-without-region", &grouped("part_of_total", "eu_failures_total")).finds("SER013"),
        case("misspelt-label", &grouped("eu_total", "eu_failures_total").replace("region", "regoin"))
            .finds("SER013"),
        case("refused", "objective: 99.9\nsli: {events: {total: 'sum(rate({__name__=~\"part_of_total|more_total\"}[$window]))', bad: 'sum(rate(eu_failures_total[$window]))'}}")
            .finds("SER021"),
        case("no-us", "objective: 99.9\ngroup_by: [region]\ngroups: {region: [eu, us]}\nsli: {events: {total: 'eu_total', bad: 'eu_failures_total'}}")
            .finds("SER022"),
        case("us-just-gone", &by_zone("groups: {zone: [eu, us]}\n"))
            .raw(zones.map(|(zone, last)| {
                let labels = [("job", "zones"), ("zone", zone)];
                counter("zones_total", &labels, traffic).when(move |ago| ago >= last)
            }))
            .raw([counter("zones_failures_total", &[("zone", "eu")], failed)])
            .finds("SER022"),
        case("us-was-there", &by_zone("")).finds("SER022"),
    ]
}

fn scrapes() -> Vec<Case> {
    vec![
        case("seldom", &api("seldom_total", BAD))
            .raw(requests("seldom").map(|raw| raw.when(|ago| ago % 5 == 0)))
            .finds("SER014"),
        case(
            "seldom-in-window",
            "objective: 99.9\nsli: {threshold: {expr: 'sum(rate(there_total[1m]))', good: '> 0'}}",
        )
        .finds("SER014"),
        case(
            "other-interval",
            &format!("scrape_interval: 15s\n{}", api("there_total", BAD)),
        )
        .finds("SER015"),
    ]
}

fn history() -> Vec<Case> {
    vec![
        case("young", &api("young_total", BAD))
            .raw(requests("young").map(|raw| raw.when(|ago| ago <= 30 * 60).from(0.0)))
            .finds("SER016"),
        case("holes", &api("holes_total", BAD))
            .raw(requests("holes").map(|raw| raw.when(|ago| !(600..800).contains(&ago))))
            .finds("SER017"),
        // The server was there, but did not evaluate the rules.
        case("unrecorded", &api("there_total", BAD))
            .raw([
                tile("slo:total:tile5m", traffic),
                tile("slo:bad:tile5m", failed),
            ])
            .finds("SER017"),
    ]
}

fn tile(name: &str, value: fn(u64) -> f64) -> Raw {
    let labels = [("service", "s"), ("slo", "unrecorded")];
    gauge(name, &labels, value).when(|ago| ago % 5 == 0 && !(600..900).contains(&ago))
}

fn events() -> Vec<Case> {
    let few = |code, share: f64| {
        counter("few_total", &[("code", code)], move |ago| {
            f64::from(chance(ago, 8) < share)
        })
    };
    let still = |name: &str, value: f64| {
        gauge(name, &[("service", "s"), ("slo", "still")], move |ago| {
            value * (1.0 + traffic(ago))
        })
        .when(|ago| ago % 5 == 0)
    };
    vec![
        case(
            "no-bad-event",
            &api("good_total", "bad_where: 'code=~\"5..\"'"),
        )
        .raw([
            counter("good_total", &[("code", "200")], traffic),
            counter("good_total", &[("code", "302")], failed),
        ])
        .finds("SER011"),
        case(
            "none-slow",
            "objective: 99\nsli: {latency: {histogram: quick_seconds, threshold: 1s}}",
        )
        .raw([
            counter("quick_seconds_bucket", &[("le", "1")], traffic),
            counter("quick_seconds_bucket", &[("le", "+Inf")], traffic),
            counter("quick_seconds_count", &[], traffic),
        ])
        .finds("SER011"),
        case("still", &api("there_total", BAD))
            .raw([
                still("slo:total:tile5m", 1.0),
                still("slo:bad:tile5m", 0.0005),
            ])
            .finds("SER012"),
        case("few", &api("few_total", BAD))
            .raw([few("200", 0.1), few("500", 0.002)])
            .finds("SER018"),
        case("idle", &api("idle_total", "bad: 'idle_failures_total'")).finds("SER018"),
    ]
}

fn counters() -> Vec<Case> {
    // A pod lives for three hours, and has answered many requests when it is seen first.
    let pods = (0..17).flat_map(|pod: u64| {
        let instance = format!("pod-{pod}");
        let lives = move |ago: u64| ago / 180 == pod;
        ["200", "500"].map(|code| {
            let labels = [
                ("job", "born"),
                ("instance", instance.as_str()),
                ("code", code),
            ];
            let (growth, first): (fn(u64) -> f64, f64) = if code == "200" {
                (ok, 9000.0)
            } else {
                (failed, 2.0)
            };
            counter("born_total", &labels, growth)
                .when(lives)
                .from(first)
        })
    });
    let falls = gauge("falls_total", &[("code", "200")], |ago| {
        1000.0 * (1.0 + f64::from(u8::try_from(9 - ago % 10).unwrap()))
    });
    vec![
        case("born-late", &api("born_total", BAD))
            .raw(pods)
            .finds("SER019"),
        case("falls", &api("falls_total", BAD))
            .raw([falls, counter("falls_total", &[("code", "500")], failed)])
            .finds("SER020"),
    ]
}
