//! Servers and networks that misbehave.

use std::io::Write;
use std::time::{Duration, Instant};

use super::fake_server::{Act, FakeServer, answer, head, json, redirect, success, text};
use super::{Access, Answer, Client, Error, Settings};

pub(super) const SETTINGS: Settings = Settings {
    timeout: Duration::from_secs(10),
    attempts: 3,
    backoff: Duration::from_millis(1),
    patience: Duration::from_secs(15),
    max_body: 1 << 20,
    concurrency: 4,
};

/// For servers that let us wait.
pub(super) const HASTY: Settings = Settings {
    timeout: Duration::from_millis(300),
    ..SETTINGS
};

const NOTHING: &str = r#"{"resultType":"vector","result":[]}"#;

async fn ask(server: &FakeServer, settings: Settings) -> Result<Answer, Error> {
    let url = format!("{}/prom", server.url());
    let client = Client::new(&url, Access::default(), settings).unwrap();
    client.query("up", 0.0).await
}

/// What follows these acts, and how long it took.
async fn after(acts: impl IntoIterator<Item = Act>) -> (Result<Answer, Error>, Duration, usize) {
    let server = FakeServer::script(acts);
    let started = Instant::now();
    let result = ask(&server, SETTINGS).await;
    (result, started.elapsed(), server.requests().len())
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    for act in [
        Act::SayAndHang(Vec::new()),
        Act::SayAndHang(head()),
        Act::SayAndDrip(head()),
        Act::SayAndDrip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()),
    ] {
        let server = FakeServer::script([act.clone()]);
        let started = Instant::now();
        let result = ask(&server, HASTY).await;
        let took = started.elapsed();
        assert!(
            matches!(result, Err(Error::Timeout { .. })),
            "{act:?} {result:?}"
        );
        assert!(took < Duration::from_secs(5), "{act:?} {took:?}");
        assert!(server.requests().len() <= 1);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept() {
    let (result, ..) = after([Act::SayAndFlood(head())]).await;
    let Err(Error::TooLarge { limit, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(limit, SETTINGS.max_body);
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 64 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < SETTINGS.max_body / 10);
    let zip = "Content-Encoding: gzip\r\n";
    let (result, ..) = after([answer(200, "application/json", &bomb, zip)]).await;
    assert!(matches!(result, Err(Error::TooLarge { .. })), "{result:?}");
}

#[tokio::test]
async fn compressed_answers_are_unpacked() {
    let zip = "Content-Encoding: gzip\r\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write!(packed, r#"{{"status":"success","data":{NOTHING}}}"#).unwrap();
    let mut packed = packed.finish().unwrap();
    let (result, ..) = after([answer(200, "application/json", &packed, zip)]).await;
    assert!(result.unwrap().samples.is_empty());
    packed[0] = 0;
    let (result, _, asked) = after([answer(200, "application/json", &packed, zip)]).await;
    assert!(matches!(result, Err(Error::Malformed { .. })), "{result:?}");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_broken_connection_is_worth_another() {
    let cut = Act::Say(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
            .to_vec(),
    );
    for broken in [Act::Reset, Act::Say(Vec::new()), cut] {
        let (result, ..) = after([broken.clone(), success(NOTHING)]).await;
        assert!(result.is_ok(), "{broken:?} {result:?}");
        let (result, _, asked) = after(vec![broken.clone(); 3]).await;
        assert!(
            matches!(result, Err(Error::Unreachable { .. })),
            "{broken:?} {result:?}"
        );
        assert_eq!(asked, 3);
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let (result, ..) = after([json(200, r#"{"status":"success","da"#)]).await;
    assert!(matches!(result, Err(Error::Malformed { .. })), "{result:?}");
    let (result, ..) = after([text(200, "text/html", "<html>")]).await;
    assert!(matches!(result, Err(Error::WrongPath { .. })), "{result:?}");
}

#[tokio::test]
async fn asks_again_when_the_server_is_overloaded() {
    let busy = || text(503, "text/plain", "Service Unavailable");
    let (result, _, asked) = after([json(429, "{}"), text(502, "", ""), success(NOTHING)]).await;
    assert!(result.is_ok());
    assert_eq!(asked, 3);
    let (result, _, asked) = after([busy(), busy(), busy()]).await;
    assert!(matches!(result, Err(Error::NotReady { .. })));
    assert_eq!(asked, 3);
    let (result, _, asked) = after([text(500, "text/plain", "")]).await;
    assert!(matches!(result, Err(Error::Status { status: 500, .. })));
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn waits_as_long_as_the_server_asks_for() {
    let patient = Settings {
        backoff: Duration::from_secs(3600),
        ..SETTINGS
    };
    for at in ["0", "Wed, 21 Oct 2015 07:28:00 GMT"] {
        let busy = answer(429, "text/plain", b"", &format!("Retry-After: {at}\r\n"));
        let server = FakeServer::script([busy, success(NOTHING)]);
        assert!(ask(&server, patient).await.is_ok(), "{at}");
    }
}

#[tokio::test]
async fn patience_ends() {
    // Longer than the patience: not worth waiting for.
    let later = answer(429, "text/plain", b"", "Retry-After: 20\r\n");
    let (result, took, asked) = after([later, success(NOTHING)]).await;
    assert!(matches!(result, Err(Error::Status { status: 429, .. })));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(asked, 1);
    // An attempt gets no more time than is left.
    let impatient = Settings {
        patience: Duration::from_millis(100),
        timeout: Duration::from_secs(60),
        ..SETTINGS
    };
    let server = FakeServer::script([Act::Reset]);
    let started = Instant::now();
    let result = ask(&server, impatient).await;
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nobody_listens() {
    let port = {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        free.local_addr().unwrap().port()
    };
    let client = |url: &str| Client::new(url, Access::default(), SETTINGS).unwrap();
    let refused = client(&format!("http://127.0.0.1:{port}"));
    let Err(Error::Unreachable { reason, .. }) = refused.query("up", 0.0).await else {
        panic!("answered");
    };
    assert!(reason.contains("refused"), "{reason}");
    assert_eq!(refused.usage().requests, 1);
}

#[tokio::test]
async fn a_redirect_on_the_same_server_is_followed_with_the_same_question() {
    for status in [301, 302, 303, 307, 308] {
        let server = FakeServer::script([redirect(status, "/other/query"), success(NOTHING)]);
        assert!(ask(&server, SETTINGS).await.is_ok());
        let requests = server.requests();
        assert!(
            requests[1].starts_with("POST /other/query "),
            "{requests:?}"
        );
        assert!(requests[1].ends_with("query=up&time=0&stats=all"));
    }
    let circle = FakeServer::start(|_| redirect(302, "/prom/api/v1/query"));
    let result = ask(&circle, SETTINGS).await;
    assert!(matches!(result, Err(Error::Malformed { .. })), "{result:?}");
    assert_eq!(circle.requests().len(), 6);
}

#[tokio::test]
async fn another_host_is_told_nothing() {
    let other = FakeServer::script([success(NOTHING)]);
    let elsewhere = format!(
        "http://u:p@localhost:{}/prom/api/v1/query?a=b",
        other.port()
    );
    let server = FakeServer::script([redirect(307, &elsewhere)]);
    let client = Access::default().with_token("hidden").unwrap();
    let client = Client::new(&server.url(), client, SETTINGS).unwrap();
    let error = client.query("up", 0.0).await.unwrap_err();
    let to = format!("http://localhost:{}/prom", other.port());
    let url = server.url();
    assert_eq!(
        error,
        Error::Redirected {
            url,
            to: to.clone()
        }
    );
    let said = error.to_string();
    assert!(
        said.contains(&format!("redirects to {to}: give that URL")),
        "{said}"
    );
    assert!(other.requests().is_empty());
    // Another port is another server as well.
    let server = FakeServer::script([redirect(302, &other.url())]);
    let result = ask(&server, SETTINGS).await;
    assert!(
        matches!(result, Err(Error::Redirected { .. })),
        "{result:?}"
    );
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn headers_are_sent_and_secrets_kept() {
    let server = FakeServer::script([success(NOTHING)]);
    let access = Access::default().with_token("t0psecret").unwrap();
    let access = access.with_header("X-Scope-OrgID", "a|b").unwrap();
    let client = Client::new(&server.url(), access, HASTY).unwrap();
    client.query("up", 0.0).await.unwrap();
    let request = &server.requests()[0];
    assert!(request.contains("\r\nx-scope-orgid: a|b\r\n"), "{request}");
    assert!(
        request.contains("\r\nauthorization: Bearer t0psecret\r\n"),
        "{request}"
    );
    let error = client.query("up", 0.0).await.unwrap_err();
    let said = format!("{client:?} {error} {error:?}");
    assert!(
        !said.contains("t0psecret") && !said.contains("a|b"),
        "{said}"
    );
}

#[tokio::test]
async fn a_password_in_the_url_is_sent_and_kept() {
    let server = FakeServer::script([]);
    let url = server
        .url()
        .replace("http://", "http://me%40home:s%3Acret@");
    let client = Client::new(&url, Access::default(), HASTY).unwrap();
    let error = client.query("up", 0.0).await.unwrap_err();
    // me@home:s:cret
    assert!(server.requests()[0].contains("\r\nauthorization: Basic bWVAaG9tZTpzOmNyZXQ=\r\n"));
    let said = format!("{client:?} {} {error} {error:?}", client.url());
    assert!(!said.contains("cret") && !said.contains("home"), "{said}");
    let unreadable = Client::new("ht tp://user:secret@host", Access::default(), SETTINGS);
    assert!(!format!("{unreadable:?}").contains("secret"));
    let twice = Access::default().with_token("token").unwrap();
    let error = Client::new(&url, twice, SETTINGS).unwrap_err();
    assert!(matches!(error, Error::Url { .. }) && !error.to_string().contains("cret"));
}
