//! Alerts in a running server: over windows that `promtool test rules` cannot hold,
//! with weeks of history behind them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use slosmith::prometheus::{Client, LoadedAlert, RuleGroup};

use crate::lab::{Lab, Rule, compile};
use crate::workload::{DAY, HOUR, SCRAPE, seconds};

/// Longer than the longest window: 12d, of the year.
const LENGTH: u64 = 13 * DAY;
/// Every group is evaluated at a moment of its own within a minute.
const PATIENCE: Duration = Duration::from_secs(150);
const RATE: f64 = 20.0;
const OUTAGE: u64 = HOUR + 5 * 60;

/// Steady requests to one job.
struct Traffic {
    job: &'static str,
    /// Share that always fails. The budget is 0.001.
    errors: f64,
    /// Share that fails since the outage began.
    outage: f64,
}

const TRAFFIC: [Traffic; 3] = [
    Traffic {
        job: "outage",
        errors: 0.0001,
        outage: 0.5,
    },
    // Above the slowest alert, below all others.
    Traffic {
        job: "slow",
        errors: 0.0015,
        outage: 0.0015,
    },
    Traffic {
        job: "healthy",
        errors: 0.0005,
        outage: 0.0005,
    },
];

const PERIODS: [(&str, &str); 4] = [
    ("30d", "30d"),
    ("90d", "90d"),
    ("1y", "1y"),
    ("month", "{calendar: month, time_zone: Europe/Berlin}"),
];

/// When history begins and when it becomes the present.
#[derive(Clone, Copy)]
struct Clock {
    start: u64,
    now: u64,
}

impl Clock {
    fn new() -> Self {
        let now = unix_now() / 60 * 60;
        Self {
            start: now - LENGTH,
            now,
        }
    }
}

fn unix_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

impl Traffic {
    /// Good and bad requests until then.
    fn counts(&self, clock: Clock, at: u64) -> (f64, f64) {
        let ago = |from: u64| seconds(at.saturating_sub(from));
        let in_outage = ago(clock.now - OUTAGE);
        let bad = self.errors * (ago(clock.start) - in_outage) + self.outage * in_outage;
        let all = (RATE * ago(clock.start)).floor();
        let bad = (RATE * bad).floor();
        (all - bad, bad)
    }

    fn labels<'a>(&self, code: &'a str) -> [(&'a str, &'a str); 3] {
        [("job", self.job), ("instance", "a"), ("code", code)]
    }
}

/// Every traffic under every period.
fn spec() -> String {
    let mut spec =
        "apiVersion: slosmith/v1\nservice: alerts\ndefaults: {scrape_interval: 30s}\nslos:\n"
            .to_owned();
    for Traffic { job, .. } in TRAFFIC {
        for (name, period) in PERIODS {
            writeln!(
                spec,
                "- name: {job}-{name}\n  objective: 99.9\n  period: {period}\n  \
                 sli: {{events: {{total: 'http_requests_total{{job=\"{job}\"}}', bad_where: 'code=\"500\"'}}}}"
            )
            .unwrap();
        }
    }
    spec
}

#[tokio::test]
async fn alerts_fire_for_what_history_shows() {
    let clock = Clock::new();
    let mut lab = Lab::new();
    lab.import(|writer| {
        for traffic in &TRAFFIC {
            let times = || (clock.start..=clock.now).step_by(usize::try_from(SCRAPE).unwrap());
            let good = times().map(|at| (seconds(at), traffic.counts(clock, at).0));
            let bad = times().map(|at| (seconds(at), traffic.counts(clock, at).1));
            writer
                .series("http_requests_total", traffic.labels("200"), good)
                .unwrap();
            writer
                .series("http_requests_total", traffic.labels("500"), bad)
                .unwrap();
        }
    })
    .await;
    lab.restart().await;
    let rules = compile(lab.folder(), &spec());
    let needed_since = |rule: &Rule| match rule.name() {
        "slo:total:tile5m" | "slo:bad:tile5m" => clock.start,
        // Half of the longest window, for the condition that there is data for it.
        "slo:total:rate5m" => clock.now - 6 * DAY - HOUR,
        "slo:bad:rate5m" => clock.now - 7 * HOUR,
        _ => clock.now - 11 * 60,
    };
    lab.record(&rules.groups, needed_since, clock.now).await;

    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/rules");
    lab.reconfigure(config(
        &lab.folder().join("rules.yaml"),
        &examples,
        serve(clock),
    ))
    .await;
    let client = lab.client();
    let mut expected = BTreeSet::new();
    for (period, _) in PERIODS {
        expected.insert(format!("outage-{period} page"));
        expected.insert(format!("outage-{period} ticket"));
        expected.insert(format!("slow-{period} ticket"));
    }
    let groups = evaluated(&client, &expected).await;
    assert_eq!(burning(&groups), expected);
    for alert in raised(&groups).filter(|alert| alert.labels["service"] == "alerts") {
        let text = &alert.annotations["summary"];
        assert!(text.contains("burns its error budget"), "{text}");
        assert_eq!(alert.state, "firing", "{text}");
    }
    examples_are_loaded(&groups, &examples);
    recorded_live(&client, clock).await;
}

fn config(rules: &Path, examples: &Path, target: SocketAddr) -> String {
    format!(
        "global: {{scrape_interval: 15s}}\nrule_files: ['{}', '{}/*.yaml']\nscrape_configs:\n\
         - {{job_name: traffic, honor_labels: true, static_configs: [{{targets: ['{target}']}}]}}\n",
        rules.display(),
        examples.display()
    )
}

/// Goes on with the counters where history ends, until the test is over.
fn serve(clock: Clock) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What is asked for is known.
            let _ = stream.read(&mut [0; 4096]);
            let mut body = String::new();
            for traffic in &TRAFFIC {
                let (good, bad) = traffic.counts(clock, unix_now());
                for (code, count) in [("200", good), ("500", bad)] {
                    let [job, instance, code] = traffic
                        .labels(code)
                        .map(|(name, value)| format!("{name}=\"{value}\""));
                    writeln!(
                        body,
                        "http_requests_total{{{job},{instance},{code}}} {count}"
                    )
                    .unwrap();
                }
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // A scrape that is broken off shows as missing data.
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}

/// What burns: SLO and severity.
fn burning(groups: &[RuleGroup]) -> BTreeSet<String> {
    raised(groups)
        .filter(|alert| alert.labels["alertname"] == "SLOErrorBudgetBurn")
        .map(|alert| format!("{} {}", alert.labels["slo"], alert.labels["severity"]))
        .collect()
}

fn raised(groups: &[RuleGroup]) -> impl Iterator<Item = &LoadedAlert> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    rules.flat_map(|rule| &rule.alerts)
}

/// The rules, as soon as all fast groups have been evaluated and burn as expected, or
/// when there is no hope left that they do.
async fn evaluated(client: &Client, expected: &BTreeSet<String>) -> Vec<RuleGroup> {
    let started = Instant::now();
    loop {
        let groups = client.rules().await.unwrap();
        for rule in groups.iter().flat_map(|group| &group.rules) {
            assert_ne!(
                rule.health, "err",
                "{}: {}\n{}",
                rule.name, rule.last_error, rule.query
            );
        }
        let mut fast = groups.iter().filter(|group| group.name.ends_with("/fast"));
        let all = fast.all(|group| group.rules.iter().all(|rule| rule.health == "ok"));
        if started.elapsed() > PATIENCE || all && burning(&groups) == *expected {
            assert!(all, "not evaluated: {groups:#?}");
            return groups;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Everything in `generated/` is there, and without data nothing burns.
fn examples_are_loaded(groups: &[RuleGroup], folder: &Path) {
    let files: BTreeSet<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let loaded: BTreeSet<PathBuf> = groups
        .iter()
        .map(|group| PathBuf::from(&group.file))
        .collect();
    assert!(!files.is_empty() && files.is_subset(&loaded), "{loaded:?}");
}

/// What the running server recorded itself, after history.
async fn recorded_live(client: &Client, clock: Clock) {
    let query = r#"slo:error_ratio:1h{slo=~".*-30d"} and timestamp(slo:error_ratio:1h) > "#;
    let query = format!("{query}{}", clock.now);
    let now = unix_now();
    let answer = client.query(&query, seconds(now)).await.unwrap();
    assert_eq!(answer.samples.len(), TRAFFIC.len());
    for sample in answer.samples {
        let traffic = TRAFFIC
            .iter()
            .find(|traffic| sample.labels["slo"].starts_with(traffic.job))
            .unwrap();
        let ((good, bad), (good_before, bad_before)) = (
            traffic.counts(clock, now),
            traffic.counts(clock, now - HOUR),
        );
        let exact = (bad - bad_before) / (good + bad - good_before - bad_before);
        println!(
            "live {} 1h: recorded {} exact {exact}",
            traffic.job, sample.value
        );
        assert!(
            (sample.value / exact - 1.0).abs() < 0.05,
            "{} {exact}",
            sample.value
        );
    }
}
