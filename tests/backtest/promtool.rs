//! Alerts are those that promtool's rule tests report, with their labels and their `for`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::slosmith_command::{run, slosmith};
use crate::world::{HOUR, MINUTE, Raw, World, runtime};

/// Midnight.
const START: u64 = 1_760_054_400;
const LENGTH: u64 = 6 * HOUR;
const SCRAPE: u64 = 30;

const SPEC: &str = r#"
apiVersion: slosmith/v1
service: shop
owner: team
slos:
- name: web
  objective: 99
  period: 7d
  scrape_interval: 30s
  group_by: [region]
  sli: {events: {total: 'requests_total', bad_where: 'code="500"'}}
  alerts:
    no_data: {after: 8m}
    labels: {kind: slo}
    pairs: [{severity: page, long: 30m, short: 5m, budget: 2}, {severity: page, long: 2h, short: 10m, budget: 3}, {severity: ticket, long: 3h, short: 15m, budget: 2}]
"#;

/// Requests of a region between two scrapes: one has outages, the other one goes away.
fn bad(region: &str, at: u64) -> u64 {
    let minute = (at - START) / MINUTE;
    match region {
        "eu" if (95..125).contains(&minute) || (240..244).contains(&minute) => 5,
        "eu" if (180..220).contains(&minute) => 1,
        "us" if (150..160).contains(&minute) => 10,
        _ => 0,
    }
}

fn is_there(region: &str, at: u64) -> bool {
    let minute = (at - START) / MINUTE;
    region == "eu" || !(250..290).contains(&minute)
}

/// Counters as OpenMetrics, and as promtool's tests write them.
fn raw() -> (Vec<Raw>, String) {
    let mut raw = Vec::new();
    let mut notation = String::new();
    for (region, code) in [("eu", "200"), ("eu", "500"), ("us", "200"), ("us", "500")] {
        let mut sum = 0;
        let mut samples = Vec::new();
        let mut values = String::new();
        for at in (START..=START + LENGTH).step_by(30) {
            let bad = bad(region, at);
            sum += if code == "500" { bad } else { 20 - bad };
            if is_there(region, at) {
                samples.push((at as f64, sum as f64));
                write!(values, " {sum}").unwrap();
            } else {
                values.push_str(" _");
            }
        }
        writeln!(
            notation,
            "  - series: 'requests_total{{region=\"{region}\", code=\"{code}\"}}'\n    values: '{}'",
            values.trim_start()
        )
        .unwrap();
        raw.push(Raw {
            name: "requests_total",
            labels: vec![("region", region), ("code", code)],
            samples,
        });
    }
    (raw, notation)
}

/// What the replay says, as tests of promtool: every minute, with all labels.
fn tests(alerts: &[Value], series: &str, shift: u64) -> String {
    let mut text = format!(
        "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n- interval: {SCRAPE}s\n  input_series:\n\
         {series}  alert_rule_test:\n"
    );
    let unix = |value: &Value| -> Option<u64> {
        let at: jiff::Timestamp = value.as_str()?.parse().unwrap();
        u64::try_from(at.as_second()).ok()
    };
    for minute in 0..=LENGTH / MINUTE {
        let at = START + minute * MINUTE;
        for name in ["SLOErrorBudgetBurn", "SLONoData"] {
            writeln!(
                text,
                "  - {{eval_time: {minute}m, alertname: {name}, exp_alerts: ["
            )
            .unwrap();
            for alert in alerts.iter().filter(|alert| alert["name"] == name) {
                let start = unix(&alert["start"]).unwrap() + shift;
                let end = unix(&alert["end"]).map_or(u64::MAX, |end| end + shift);
                if !(start..end).contains(&at) {
                    continue;
                }
                let own: BTreeMap<String, String> =
                    serde_json::from_value(alert["labels"].clone()).unwrap();
                let fixed = [
                    ("service", "shop"),
                    ("slo", "web"),
                    ("owner", "team"),
                    ("kind", "slo"),
                ];
                let severity = ("severity", alert["severity"].as_str().unwrap());
                let labels = fixed.into_iter().chain([severity]);
                let labels = labels.chain(own.iter().map(|(k, v)| (k.as_str(), v.as_str())));
                let labels: BTreeMap<&str, &str> = labels.collect();
                let labels = serde_json::to_string(&labels).unwrap();
                writeln!(text, "    {{exp_labels: {labels}}},").unwrap();
            }
            text.push_str("    ]}\n");
        }
    }
    text
}

/// The rules without what only people read.
fn without_annotations(rules: &str) -> String {
    let mut rules: Value = serde_yaml::from_str(rules).unwrap();
    for group in rules["groups"].as_array_mut().unwrap() {
        for rule in group["rules"].as_array_mut().unwrap() {
            rule.as_object_mut().unwrap().remove("annotations");
        }
    }
    rules.to_string()
}

fn promtool(world: &World, tests: &str) -> Result<(), String> {
    std::fs::write(world.path("tests.yaml"), tests).unwrap();
    let output = Command::new("promtool")
        .current_dir(world.folder())
        .args(["test", "rules", "tests.yaml"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.chars().take(3000).collect();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

#[test]
fn promtool_reports_the_same_alerts() {
    runtime().block_on(async {
        let (raw, series) = raw();
        let world = World::new(SPEC, &raw, &[]).await;
        let until = (START + LENGTH).to_string();
        let json = run(slosmith(world.folder())
            .args(["backtest", "spec.yaml", "--prometheus", &world.url()])
            .args(["--cache", "cache", "--until", &until, "--since", "6h"])
            .args(["--format", "json"]));
        assert_eq!(json.code, Some(0), "{}", json.err);
        let json: Value = serde_json::from_str(&json.out).unwrap();
        let alerts = json["slos"][0]["versions"][0]["alerts"].as_array().unwrap();
        let of = |name: &str| alerts.iter().filter(|alert| alert["name"] == name).count();
        assert!(
            of("SLOErrorBudgetBurn") >= 4 && of("SLONoData") >= 1,
            "{alerts:#?}"
        );

        let rules = without_annotations(&world.rules(&[]));
        std::fs::write(world.path("rules.yaml"), rules).unwrap();
        if let Err(said) = promtool(&world, &tests(alerts, &series, 0)) {
            panic!("{said}");
        }
        // One minute later is another thing.
        assert!(promtool(&world, &tests(alerts, &series, MINUTE)).is_err());
    });
}
