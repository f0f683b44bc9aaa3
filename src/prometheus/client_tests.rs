//! Against a server that answers what it was told to.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::prometheus::answer::Stats;

const SETTINGS: Settings = Settings {
    timeout: Duration::from_millis(300),
    attempts: 3,
    backoff: Duration::from_millis(1),
};

/// Gives the answers one after the other, each on a connection of its own.
struct Script {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Script {
    async fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://user:secret@{}/prom", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = vec![0; 65_536];
                let mut text = String::new();
                // Head and body can come apart.
                while !is_complete(&text) {
                    let read = stream.read(&mut buffer).await.unwrap();
                    text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                }
                seen.lock().unwrap().push(text);
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
            // Whoever asks further hears nothing.
            let _silent = listener.accept().await;
            std::future::pending::<()>().await;
        });
        Self { url, requests }
    }

    fn client(&self) -> Client {
        Client::new(&self.url, Access::default(), SETTINGS).unwrap()
    }
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}

fn answer(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn json(status: u16, body: &str) -> String {
    answer(status, "application/json", body)
}

async fn ask(answers: Vec<String>) -> (Result<Answer, Error>, Vec<String>) {
    let script = Script::new(answers).await;
    let result = script.client().query("up +\n down", 1.5).await;
    let requests = script.requests.lock().unwrap().clone();
    (result, requests)
}

const ONE: &str = r#"{"status":"success","data":{"resultType":"vector","result":
    [{"metric":{"__name__":"up","job":"a"},"value":[1.5,"+Inf"]}],
    "stats":{"timings":{},"samples":{"totalQueryableSamples":7,"peakSamples":3}}}}"#;

#[tokio::test]
async fn asks_with_a_form_below_the_prefix() {
    let (result, requests) = ask(vec![json(200, ONE)]).await;
    let answer = result.unwrap();
    assert_eq!(answer.samples[0].labels["job"], "a");
    assert!(answer.samples[0].value.is_infinite());
    let stats = Stats {
        total_queryable_samples: 7,
        peak_samples: 3,
    };
    assert_eq!(answer.stats, Some(stats));
    let request = &requests[0];
    assert!(
        request.starts_with("POST /prom/api/v1/query HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\nquery=up+%2B%0A+down&time=1.5"),
        "{request}"
    );
}

#[tokio::test]
async fn a_range_has_points() {
    let body = r#"{"status":"success","data":{"resultType":"matrix","result":
        [{"metric":{},"values":[[0,"1"],[60,"NaN"]]}]}}"#;
    let script = Script::new(vec![json(200, body)]).await;
    let series = script.client().query_range("up", 0.0, 60.0, 60.0).await;
    let points = series.unwrap().remove(0).points;
    assert_eq!(points[0], (0.0, 1.0));
    assert!(points[1].1.is_nan());
}

#[tokio::test]
async fn rules_come_with_their_alerts() {
    let body = r#"{"status":"success","data":{"groups":[{"name":"g","file":"f","interval":60,"limit":0,"rules":[
        {"type":"alerting","name":"A","query":"up == 0","state":"firing","health":"ok","alerts":
            [{"labels":{"alertname":"A"},"annotations":{},"state":"firing","activeAt":"x","value":"1"}]},
        {"type":"recording","name":"r","query":"up","health":"err","lastError":"many-to-many"}]}]}}"#;
    let script = Script::new(vec![json(200, body)]).await;
    let rules = script.client().rules().await.unwrap().remove(0).rules;
    assert_eq!(rules[0].alerts[0].state, "firing");
    assert_eq!(rules[1].last_error, "many-to-many");
}

/// What is expected of the server at a URL.
type Expected = fn(String) -> Error;

#[tokio::test]
async fn says_what_is_wrong() {
    let bad = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 2:2: parse error: what"}"#;
    let clash = r#"{"status":"error","errorType":"execution","error":"many-to-many"}"#;
    let gave_up = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    let cases: [(String, Expected); 9] = [
        (json(400, bad), |_| Error::BadQuery {
            message: "what".into(),
            at: Some(6),
        }),
        (json(422, clash), |_| Error::Execution {
            message: "many-to-many".into(),
        }),
        (json(503, gave_up), |url| Error::Timeout {
            url,
            after: SETTINGS.timeout,
        }),
        (answer(404, "text/plain", "404"), |url| Error::WrongPath {
            url,
        }),
        (answer(200, "text/html", "<html>"), |url| Error::WrongPath {
            url,
        }),
        (answer(401, "text/plain", ""), |url| Error::Refused {
            url,
            status: 401,
        }),
        (json(403, "{}"), |url| Error::Refused { url, status: 403 }),
        (answer(405, "text/plain", ""), |url| Error::Status {
            url,
            status: 405,
        }),
        (json(200, r#"{"status":"success"}"#), |url| {
            Error::Malformed {
                url,
                reason: "an answer without data".into(),
            }
        }),
    ];
    for (answer, expected) in cases {
        let script = Script::new(vec![answer]).await;
        let result = script.client().query("up +\n down", 0.0).await;
        assert_eq!(result, Err(expected(script.client().url())));
    }
}

#[tokio::test]
async fn asks_again_when_the_server_is_overloaded() {
    let busy = || answer(503, "text/plain", "Service Unavailable");
    let (result, requests) = ask(vec![json(429, "{}"), busy(), json(200, ONE)]).await;
    assert!(result.is_ok());
    assert_eq!(requests.len(), 3);
    let (result, requests) = ask(vec![busy(), busy(), busy()]).await;
    assert!(matches!(result, Err(Error::NotReady { .. })));
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn waits_as_long_as_the_server_asks_for() {
    let busy = answer(429, "text/plain", "").replace("\r\n\r\n", "\r\nRetry-After: 0\r\n\r\n");
    let script = Script::new(vec![busy, json(200, ONE)]).await;
    let patient = Settings {
        backoff: Duration::from_secs(3600),
        ..SETTINGS
    };
    let client = Client::new(&script.url, patient).unwrap();
    let result = tokio::time::timeout(Duration::from_secs(5), client.query("up", 0.0)).await;
    assert!(result.unwrap().is_ok());
}

#[tokio::test]
async fn gives_up_on_silence_and_keeps_the_password() {
    let (result, _) = ask(vec![]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }));
    let said = format!("{error} {error:?}");
    assert!(said.contains("/prom") && !said.contains("secret"), "{said}");
    let unreadable = Client::new("ht tp://user:secret@host", SETTINGS).unwrap_err();
    assert!(!format!("{unreadable:?}").contains("secret"));
}

#[tokio::test]
async fn nobody_listens() {
    let port = {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        free.local_addr().unwrap().port()
    };
    let client = Client::new(&format!("http://127.0.0.1:{port}"), SETTINGS).unwrap();
    let Err(Error::Unreachable { reason, .. }) = client.query("up", 0.0).await else {
        panic!("answered");
    };
    assert!(reason.contains("refused"), "{reason}");
}

#[test]
fn refuses_urls_that_it_cannot_ask() {
    for url in [
        "",
        "localhost:9090",
        "https://host",
        "http://host/?a=b",
        "http://host/#x",
    ] {
        assert!(
            matches!(Client::new(url, SETTINGS), Err(Error::Url { .. })),
            "{url}"
        );
    }
}
