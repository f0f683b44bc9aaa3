//! Labels that are edited while a Prometheus runs. Groups are evaluated every second, so
//! that many evaluations fall into the moments of a change.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use slosmith::prometheus::{Client, Server};

use crate::clock::{seconds, unix_now};
use crate::queries::{QUERIES, unanswered};

/// How long a change is looked at: Prometheus marks what a removed group recorded as
/// gone after two of its intervals.
const WATCHED: Duration = Duration::from_secs(8);

/// Every request that is answered well is an error here, so that something burns.
fn spec(labels: &str, alert_labels: &str) -> String {
    format!(
        "apiVersion: slosmith/v1\nservice: shop\n{labels}slos:\n- name: web\n  objective: 99.9\n  \
         period: 30d\n  scrape_interval: 1s\n  \
         sli: {{events: {{total: prometheus_http_requests_total, bad_where: 'code=\"200\"'}}}}\n  \
         alerts: {{name: ShopErrors, labels: {{{alert_labels}}}, budget_left: [{{below: 50}}]}}\n"
    )
}

/// Puts the rules of a spec where the server reads them, evaluated every second.
fn deploy(folder: &Path, spec: &str, file: &str) {
    crate::generate(folder, spec);
    let text = fs::read_to_string(folder.join("generated/rules/shop.yaml")).unwrap();
    let quick = text
        .replace("interval: 1m", "interval: 1s")
        .replace("interval: 5m", "interval: 1s");
    fs::create_dir_all(folder.join("rules")).unwrap();
    fs::write(folder.join("rules").join(file), quick).unwrap();
}

fn config(address: SocketAddr) -> String {
    format!(
        "global: {{evaluation_interval: 1s}}\nrule_files: ['rules/*.yaml']\nscrape_configs:\n\
         - {{job_name: own, scrape_interval: 1s, static_configs: [{{targets: ['{address}']}}]}}\n"
    )
}

/// No rule fails while a change is looked at.
async fn watch(client: &Client, length: Duration) {
    let started = Instant::now();
    while started.elapsed() < length {
        for group in client.rules().await.unwrap() {
            for rule in &group.rules {
                assert_ne!(rule.health, "err", "{}: {}", rule.name, rule.last_error);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Failures between two looks are counted; counters of removed groups go with them.
    let failed = "sum(max_over_time(prometheus_rule_evaluation_failures_total[5m])) > 0";
    let failed = client.query(failed, seconds(unix_now())).await.unwrap();
    assert_eq!(failed.samples, [], "evaluations failed");
}

/// Every one of Sloth's series is there once, with these labels.
async fn assert_once(client: &Client, matchers: &str, file: &Path) {
    let series = client
        .query(
            "{__name__=~\"slo:.*\", sloth_id!=\"\"}",
            seconds(unix_now()),
        )
        .await
        .unwrap();
    let names = |samples: &[slosmith::prometheus::Sample]| {
        let mut names: Vec<String> = samples
            .iter()
            .map(|sample| sample.labels["__name__"].clone())
            .collect();
        names.sort();
        names
    };
    let mut once = names(&series.samples);
    once.dedup();
    assert_eq!(names(&series.samples), once);
    assert_eq!(once.len(), 14);
    let labelled = format!("{{__name__=~\"slo:.*\", sloth_id!=\"\", {matchers}}}");
    let labelled = client.query(&labelled, seconds(unix_now())).await.unwrap();
    assert_eq!(names(&labelled.samples), once, "{}", file.display());
}

#[tokio::test]
async fn edited_labels_break_no_rule() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    deploy(
        folder,
        &spec("owner: a\nlabels: {tier: gold, team: x}\n", ""),
        "shop.yaml",
    );
    let server = Server::start(folder, config, &[]).await.unwrap();
    let client = server.client().unwrap();
    // Rates begin with the second scrape.
    let started = Instant::now();
    loop {
        let missing = unanswered(&client, &QUERIES, seconds(unix_now())).await;
        if missing.is_empty() {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{missing:#?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    watch(&client, Duration::from_secs(2)).await;
    let file = folder.join("rules/shop.yaml");
    assert_once(&client, "owner=\"a\", tier=\"gold\", team=\"x\"", &file).await;

    // Another value, and a label that becomes one of the alerts.
    deploy(
        folder,
        &spec("owner: a\nlabels: {tier: silver}\n", "team: y"),
        "shop.yaml",
    );
    server.reload().await.unwrap();
    watch(&client, WATCHED).await;
    assert_once(&client, "owner=\"a\", tier=\"silver\", team=\"\"", &file).await;

    // Other values, in another file: for a while the series of both are there.
    fs::remove_file(&file).unwrap();
    deploy(
        folder,
        &spec("owner: b\nlabels: {tier: bronze}\n", "team: y"),
        "other.yaml",
    );
    server.reload().await.unwrap();
    watch(&client, WATCHED).await;
    assert_once(&client, "owner=\"b\", tier=\"bronze\"", &file).await;

    let log = fs::read_to_string(folder.join("prometheus.log")).unwrap();
    let warned: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("rule manager") && !line.contains("level=info"))
        .collect();
    assert!(warned.is_empty(), "{warned:#?}");
    server.stop().await.unwrap();
}
