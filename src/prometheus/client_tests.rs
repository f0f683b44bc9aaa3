//! What is asked, and what the answers mean.

use std::time::Duration;

use super::*;
use crate::prometheus::answer::Stats;
use crate::prometheus::fake_server::{Act, FakeServer, json, success, text};
use crate::prometheus::loaded::RuleKind;

const SETTINGS: Settings = crate::prometheus::transport_tests::SETTINGS;

fn client(server: &FakeServer) -> Client {
    let url = server.url().replace("http://", "http://user:secret@") + "/prom";
    Client::new(&url, Access::default(), SETTINGS).unwrap()
}

const ONE: &str = r#"{"status":"success","warnings":["half of it"],"infos":["all well"],
    "data":{"resultType":"vector","result":
    [{"metric":{"__name__":"up","job":"a"},"value":[1.5,"+Inf"]},
     {"metric":{"__name__":"native"},"histogram":[1.5,{"count":"1","sum":"1","buckets":[]}]}],
    "stats":{"timings":{},"samples":{"totalQueryableSamples":7,"peakSamples":3}}}}"#;

#[tokio::test]
async fn asks_with_a_form_below_the_prefix_and_counts() {
    let server = FakeServer::script([json(200, ONE), json(200, ONE)]);
    let client = client(&server);
    let answer = client.query("up +\n down", 1.5).await.unwrap();
    assert_eq!(answer.samples[0].labels["job"], "a");
    assert!(answer.samples[0].value.is_infinite());
    assert!(answer.samples[1].value.is_nan());
    assert_eq!(client.warnings(), ["half of it"]);
    let stats = Stats {
        total_queryable_samples: 7,
        peak_samples: 3,
    };
    assert_eq!(answer.stats, Some(stats));
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /prom/api/v1/query HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nauthorization: Basic dXNlcjpzZWNyZXQ=\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\nquery=up+%2B%0A+down&time=1.5&stats=all"),
        "{request}"
    );
    client.clone().query("up", 0.0).await.unwrap();
    let usage = Usage {
        requests: 2,
        samples: 14,
    };
    assert_eq!(client.usage(), usage);
}

#[tokio::test]
async fn a_range_has_points() {
    let server = FakeServer::script([success(
        r#"{"resultType":"matrix","stats":{"seriesFetched":"1"},"result":
        [{"metric":{},"values":[[0,"1"],[60,"NaN"],[180,"3"]],"histograms":[[120,{}]]}]}"#,
    )]);
    let series = client(&server).query_range("up", 0.0, 60.0, 60.0).await;
    let points = series.unwrap().remove(0).points;
    assert_eq!(points[0], (0.0, 1.0));
    assert!(points[1].1.is_nan() && points[2].1.is_nan());
    assert_eq!(points[3], (180.0, 3.0));
}

#[tokio::test]
async fn rules_come_with_their_alerts() {
    let server = FakeServer::script([success(
        r#"{"groups":[{"name":"g","file":"f","interval":60,"limit":0,"evaluationTime":0.5,
        "lastEvaluation":"2026-01-01T01:00:00.25+01:00","rules":[
        {"type":"alerting","name":"A","query":"up == 0","state":"firing","health":"ok","duration":120,
            "labels":{"severity":"page"},"annotations":{"summary":"s"},"lastEvaluation":"0001-01-01T00:00:00Z",
            "alerts":[{"labels":{"alertname":"A"},"annotations":{},"state":"firing","activeAt":"x","value":"1"}]},
        {"type":"recording","name":"r","query":"up","health":"err","lastError":"many-to-many","labels":null}]},
        {"name":"bare","rules":null}]}"#,
    )]);
    let groups = client(&server).rules().await.unwrap();
    assert_eq!(groups[0].last_evaluation, Some(1_767_225_600.25));
    assert!((groups[0].evaluation_time - 0.5).abs() < 1e-9);
    let rules = &groups[0].rules;
    assert_eq!(rules[0].kind, RuleKind::Alerting);
    assert_eq!(rules[0].labels["severity"], "page");
    assert_eq!(rules[0].annotations["summary"], "s");
    assert!((rules[0].duration - 120.0).abs() < 1e-9);
    assert_eq!(rules[0].last_evaluation, None);
    assert_eq!(rules[0].alerts[0].state, "firing");
    assert_eq!(rules[1].kind, RuleKind::Recording);
    assert_eq!(rules[1].last_error, "many-to-many");
    assert!(groups[1].rules.is_empty());
}

#[tokio::test]
async fn asks_for_series_and_labels() {
    let server = FakeServer::script([
        success(r#"[{"__name__":"up","job":"a"}]"#),
        success(r#"["a","b"]"#),
        json(200, r#"{"status":"success"}"#),
    ]);
    let client = client(&server);
    let series = client.series(&["up", "{a=\"b\"}"], 0.0, 1.5).await;
    assert_eq!(series.unwrap()[0]["job"], "a");
    let values = client.label_values("http.a/b_c", &["up"], 0.0, 1.0).await;
    assert_eq!(values.unwrap(), ["a", "b"]);
    // Go has no list where there is nothing.
    assert!(client.series(&["up"], 0.0, 1.0).await.unwrap().is_empty());
    let requests = server.requests();
    assert!(
        requests[0]
            .ends_with("\r\n\r\nmatch%5B%5D=up&match%5B%5D=%7Ba%3D%22b%22%7D&start=0&end=1.5"),
        "{requests:?}"
    );
    assert!(
        requests[1].starts_with(
            "GET /prom/api/v1/label/http%2Ea%2Fb_c/values?match%5B%5D=up&start=0&end=1 "
        ),
        "{requests:?}"
    );
}

#[tokio::test]
async fn asks_what_the_server_is() {
    let server = FakeServer::script([
        success(r#"{"up":[{"type":"gauge","help":"h","unit":""}]}"#),
        success(
            r#"{"storageRetention":"15d","startTime":"2026-01-01T00:00:00Z","reloadConfigSuccess":false}"#,
        ),
        success("{}"),
        success(r#"{"query.max-samples":"50000000"}"#),
        success(
            r#"{"activeTargets":[{"labels":{"job":"a"},"health":"up","lastError":"","scrapeInterval":"1m30s",
            "lastScrape":"2026-01-01T00:00:00Z"},{"health":"unknown","scrapeInterval":"?"}],"droppedTargets":[]}"#,
        ),
    ]);
    let client = client(&server);
    let metadata = client.metadata(Some("up")).await.unwrap();
    assert_eq!(metadata["up"][0].kind, "gauge");
    let info = client.runtime_info().await.unwrap();
    assert_eq!(info.storage_retention, "15d");
    assert_eq!(info.reload_config_success, Some(false));
    assert_eq!(info.start_time, Some(1_767_225_600.0));
    assert_eq!(client.runtime_info().await.unwrap(), RuntimeInfo::default());
    assert_eq!(
        client.flags().await.unwrap()["query.max-samples"],
        "50000000"
    );
    let targets = client.targets().await.unwrap();
    assert_eq!(targets[0].scrape_interval, Some(90.0));
    assert_eq!(targets[0].last_scrape, Some(1_767_225_600.0));
    assert_eq!(targets[1].scrape_interval, None);
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /prom/api/v1/metadata?metric=up "));
    assert!(requests[4].starts_with("GET /prom/api/v1/targets?state=active "));
}

#[tokio::test]
async fn a_missing_part_of_the_api_is_told_from_a_wrong_url() {
    for missing in [
        text(404, "text/plain", "404 page not found"),
        text(400, "text/plain", "unsupported path requested"),
    ] {
        let server = FakeServer::start(move |_| missing.clone());
        let client = client(&server);
        assert!(client.rules().await.unwrap_err().is_missing_api());
        assert!(client.runtime_info().await.unwrap_err().is_missing_api());
        assert!(client.flags().await.unwrap_err().is_missing_api());
        assert!(client.targets().await.unwrap_err().is_missing_api());
        assert!(client.metadata(None).await.unwrap_err().is_missing_api());
        assert!(!client.query("up", 0.0).await.unwrap_err().is_missing_api());
    }
}

/// What is expected of the server at a URL.
type Expected = fn(String) -> Error;

#[tokio::test]
async fn says_what_is_wrong() {
    let bad = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 2:2: parse error: what"}"#;
    let clash = r#"{"status":"error","errorType":"execution","error":"many-to-many"}"#;
    let other = r#"{"status":"error","errorType":"422","error":"many-to-many"}"#;
    let gave_up = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    let execution: Expected = |_| Error::Execution {
        message: "many-to-many".into(),
    };
    let wrong_path: Expected = |url| Error::WrongPath { url, instead: None };
    let cases: [(Act, Expected); 12] = [
        (json(400, bad), |_| Error::BadQuery {
            message: "what".into(),
            at: Some(6),
        }),
        (json(422, clash), execution),
        (json(422, other), execution),
        (json(503, gave_up), |url| Error::Timeout {
            url,
            after: SETTINGS.timeout,
        }),
        (text(404, "text/plain", "404"), wrong_path),
        (text(200, "text/html", "<html>"), wrong_path),
        (text(401, "text/plain", ""), |url| Error::Refused {
            url,
            status: 401,
        }),
        (json(403, "{}"), |url| Error::Refused { url, status: 403 }),
        (text(405, "text/plain", ""), wrong_path),
        (text(501, "text/html", ""), wrong_path),
        (text(418, "text/plain", ""), |url| Error::Status {
            url,
            status: 418,
        }),
        (json(200, r#"{"status":"success"}"#), |url| {
            Error::Malformed {
                url,
                reason: "an answer without data".into(),
            }
        }),
    ];
    for (act, expected) in cases {
        let server = FakeServer::script([act]);
        let client = client(&server);
        let result = client.query("up +\n down", 0.0).await;
        assert_eq!(result, Err(expected(client.url())));
    }
}

#[tokio::test]
async fn no_more_is_asked_at_once_than_allowed() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let most = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counters = Arc::clone(&most);
    let server = FakeServer::start(move |_| {
        let (now, most) = &*counters;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        now.fetch_sub(1, Ordering::SeqCst);
        success("[]")
    });
    let settings = Settings {
        concurrency: 2,
        timeout: Duration::from_secs(10),
        patience: Duration::from_secs(10),
        ..SETTINGS
    };
    let client = Client::new(&server.url(), Access::default(), settings).unwrap();
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.series(&["up"], 0.0, 1.0).await })
        })
        .collect();
    for asked in asking {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(most.1.load(Ordering::SeqCst), 2);
    assert_eq!(client.usage().requests, 8);
}

#[test]
fn refuses_urls_that_it_cannot_ask() {
    for url in [
        "",
        "localhost:9090",
        "ftp://host",
        "http://host/?a=b",
        "http://host/#x",
    ] {
        let client = Client::new(url, Access::default(), SETTINGS);
        assert!(matches!(client, Err(Error::Url { .. })), "{url}");
    }
}
