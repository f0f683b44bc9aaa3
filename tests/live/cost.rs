//! How much Prometheus reads for the rules of one SLO, against Sloth's rules.

use slosmith::duration::Duration;
use slosmith::prometheus::Client;

use crate::lab::{Group, Lab, RuleFile, compile};
use crate::workload::{DAY, HOUR, SCRAPE, seconds};

/// The instant at which the rules are evaluated.
const AT: u64 = 1_762_106_400;
const INSTANCES: usize = 4;
/// Two of them are errors.
const CODES: [&str; 5] = ["200", "201", "404", "429", "500"];
/// What Prometheus asks of a group that does not say how often it is evaluated.
const DEFAULT_INTERVAL: &str = "1m";
const PERIODS: [(&str, &str); 2] = [
    ("30d", "30d"),
    ("month", "{calendar: month, time_zone: Europe/Berlin}"),
];
/// Sloth's rules must read this many times as much.
const TIMES_LESS: f64 = 60.0;

/// The SLO that Sloth's rules are for.
fn spec(name: &str, period: &str) -> String {
    format!(
        "apiVersion: slosmith/v1\nservice: cost\ndefaults: {{scrape_interval: {SCRAPE}s}}\nslos:\n\
         - name: {name}\n  objective: 99.9\n  period: {period}\n  sli:\n    events:\n      \
         total: 'http_request_duration_seconds_count{{job=\"myservice\"}}'\n      bad_where: 'code=~\"(5..|429)\"'\n"
    )
}

#[tokio::test]
async fn rules_read_a_fraction_of_what_sloths_do() {
    let mut lab = Lab::new();
    let sloth: RuleFile =
        serde_yaml::from_str(include_str!("../data/sloth-availability.rules.yaml")).unwrap();
    let ours = PERIODS.map(|(name, period)| compile(lab.folder(), &spec(name, period)));
    lab.import(|writer| {
        raw(writer);
        for file in ours.iter().chain([&sloth]) {
            file.groups.iter().for_each(|group| recorded(group, writer));
        }
    })
    .await;
    lab.restart().await;

    let client = lab.client();
    let theirs = per_hour(&client, &sloth).await;
    println!("cost: sloth 30d reads {theirs} samples per hour");
    for ((name, _), file) in PERIODS.iter().zip(&ours) {
        let read = per_hour(&client, file).await;
        println!(
            "cost: slosmith {name} reads {read} samples per hour, 1/{:.1}",
            theirs / read
        );
        assert!(
            *name != "30d" || theirs / read >= TIMES_LESS,
            "{read} against {theirs}"
        );
    }
}

type Writer = slosmith::backfill::openmetrics::Writer<std::io::BufWriter<std::fs::File>>;

/// Instants every `step` seconds for `length` seconds, up to the evaluation.
fn times(length: u64, step: u64) -> impl Iterator<Item = f64> {
    let steps = length / step;
    (0..=steps).map(move |index| seconds(AT - (steps - index) * step))
}

/// Nothing reads raw metrics further back than three days.
fn raw(writer: &mut Writer) {
    for instance in 0..INSTANCES {
        for code in CODES {
            let instance = instance.to_string();
            let labels = [
                ("job", "myservice"),
                ("instance", &instance),
                ("code", code),
            ];
            let samples = times(3 * DAY + HOUR, SCRAPE).map(|at| (at, at - seconds(AT - 4 * DAY)));
            writer
                .series("http_request_duration_seconds_count", labels, samples)
                .unwrap();
        }
    }
}

/// What the rules of a group would have recorded, as far back as it is read. How
/// much is read does not depend on the values.
fn recorded(group: &Group, writer: &mut Writer) {
    for rule in &group.rules {
        let Some(name) = &rule.record else {
            continue;
        };
        let length = match name.as_str() {
            "slo:total:tile5m" | "slo:bad:tile5m" | "slo:sli_error:ratio_rate5m" => 33 * DAY,
            // Six hours for the windows, half of three days for whether there is data.
            "slo:total:rate5m" | "slo:bad:rate5m" => 2 * DAY,
            _ => HOUR,
        };
        let labels = rule
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let samples = times(length, interval(group).secs()).map(|at| (at, 1.0));
        writer.series(name, labels, samples).unwrap();
    }
}

fn interval(group: &Group) -> Duration {
    Duration::parse(group.interval.as_deref().unwrap_or(DEFAULT_INTERVAL)).unwrap()
}

/// Samples that all rules together read in an hour, alerts included.
async fn per_hour(client: &Client, file: &RuleFile) -> f64 {
    let mut sum = 0.0;
    for group in &file.groups {
        let evaluations = seconds(HOUR / interval(group).secs());
        for rule in &group.rules {
            let answer = client.query(&rule.expr, seconds(AT)).await.unwrap();
            sum += evaluations * seconds(answer.stats.unwrap().total_queryable_samples);
        }
    }
    sum
}
