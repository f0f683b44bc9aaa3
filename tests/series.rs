//! What a check says about raw series, against a real Prometheus whose past is known to
//! the sample.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "series/cases.rs"]
mod cases;
#[path = "series/healthy.rs"]
mod healthy;
#[path = "series/poor.rs"]
mod poor;
#[path = "series/world.rs"]
mod world;

use std::collections::BTreeSet;

use cases::Case;
use slosmith::prometheus::Server;
use world::{Asked, NOW, World, ask, ask_client};

/// What is said about each SLO, as a person would read it.
fn shown(asked: &Asked) -> String {
    let findings = asked.findings.iter().map(|finding| {
        let name = finding.slo.as_ref().map_or("-", |id| &id.name);
        let found = &finding.diagnostic;
        let at = found.primary.as_ref().map(|primary| primary.at);
        let place = at.map(|at| &asked.text[at.span.start..at.span.end]);
        format!(
            "{name}: {}[{}] at `{}`\n  {}\n  help: {}\n  query: {}\n",
            found.code.id,
            found.code.name,
            place.unwrap_or_default(),
            found.message,
            found.help.as_deref().unwrap_or_default(),
            found.query.as_deref().unwrap_or_default(),
        )
    });
    let mut findings: Vec<String> = findings.collect();
    findings.sort();
    findings.concat()
}

fn is_as_expected(asked: &Asked, cases: &[Case]) {
    for case in cases {
        let found: BTreeSet<&str> = asked
            .findings
            .iter()
            .filter(|finding| finding.slo.as_ref().is_some_and(|id| id.name == case.name))
            .map(|finding| finding.diagnostic.code.id)
            .collect();
        let expected: BTreeSet<&str> = case.finds.iter().copied().collect();
        assert_eq!(found, expected, "{}\n{}", case.name, shown(asked));
    }
}

#[tokio::test]
async fn every_trouble_is_found_and_no_other() {
    let cases = cases::all();
    let world = World::new(&cases).await;
    let asked = ask(&world.server, &cases, "", NOW).await;
    is_as_expected(&asked, &cases);
    assert!(asked.notes.is_empty(), "{:?}", asked.notes);
    insta::assert_snapshot!(shown(&asked));
    println!("{} requests for {} SLOs", asked.requests, cases.len());

    // Elsewhere there is nothing.
    let elsewhere = ask(&world.server, &cases, r#"cluster="eu""#, NOW).await;
    let codes: BTreeSet<_> = elsewhere
        .findings
        .iter()
        .map(|found| found.diagnostic.code.id)
        .collect();
    assert_eq!(codes, BTreeSet::from(["SER001"]));
}

#[tokio::test]
async fn what_is_healthy_has_no_finding() {
    let cases = healthy::all();
    let world = World::new(&cases).await;
    let asked = ask(&world.server, &cases, "", NOW).await;
    assert!(asked.findings.is_empty(), "{}", shown(&asked));
    assert!(asked.notes.is_empty(), "{:?}", asked.notes);
    println!("{} requests for {} SLOs", asked.requests, cases.len());
}

/// A server that lacks a part of the API is asked for what it has.
#[tokio::test]
async fn what_a_server_lacks_is_noted() {
    let cases = cases::history_and_scrapes();
    let world = World::new(&cases).await;
    let lacks = ["/metadata", "/targets", "/runtimeinfo"];
    let address = poor::serve(&world.server.url(), &lacks);
    let client = poor::client(address);
    let asked = ask_client(&client, &cases, "", NOW).await;
    is_as_expected(&asked, &cases);
    assert_eq!(asked.notes.len(), 3, "{:?}", asked.notes);
}

/// What only a server that scrapes can tell: it scrapes itself.
#[tokio::test]
async fn types_and_retention_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = |own| {
        format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n\
             - {{job_name: self, static_configs: [{{targets: ['{own}']}}]}}\n"
        )
    };
    let flags = ["--storage.tsdb.retention.time=1d"];
    let server = Server::start(folder.path(), config, &flags).await.unwrap();
    let cases = cases::scraped();
    let client = server.client().unwrap();
    for _ in 0..100 {
        let now = world::unix_now();
        let count = client
            .query("count(count_over_time(go_goroutines[1m]) > 2)", now)
            .await;
        if !count.unwrap().samples.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let asked = ask(&server, &cases, "", world::unix_now()).await;
    is_as_expected(&asked, &cases);
    let general = asked.findings.iter().filter(|found| found.slo.is_none());
    let general: Vec<_> = general.map(|found| &found.diagnostic).collect();
    let [retention] = general[..] else {
        panic!("{}", shown(&asked));
    };
    assert_eq!(
        (retention.code.id, retention.message.as_str()),
        (
            "SER016",
            "this server keeps samples for 1d, and 4 SLOs have a longer period, of up to 2d: \
             `s/gauge-as-counter`, `s/counter-as-gauge`, `s/summary` and `s/histogram`"
        )
    );
}
