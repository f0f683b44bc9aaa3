use std::time::Duration;

use super::*;
use crate::prometheus::fake_server::{Act, FakeServer, json, path_of, redirect, success, text};
use crate::prometheus::transport_tests::HASTY;
use crate::prometheus::{Access, Settings};

const ONE: &str = r#"{"resultType":"vector","result":[{"metric":{},"value":[0,"1"]}]}"#;

fn version(version: &str) -> Act {
    success(&format!(r#"{{"version":"{version}","revision":"abc"}}"#))
}

fn client(url: &str) -> Client {
    let settings = Settings {
        attempts: 1,
        timeout: Duration::from_secs(2),
        ..HASTY
    };
    Client::new(url, Access::default(), settings).unwrap()
}

async fn probe(server: &FakeServer, prefix: &str) -> Result<ServerInfo, Error> {
    client(&format!("{}{prefix}", server.url())).probe().await
}

#[tokio::test]
async fn tells_products_apart() {
    use Product::{Mimir, Prometheus, Thanos, VictoriaMetrics};
    for (info, product, number) in [
        (
            r#""version":"2.42.0+ds","revision":"a""#,
            Prometheus,
            Some((2, 42, 0)),
        ),
        (r#""version":"3.0.0-rc.1""#, Prometheus, Some((3, 0, 0))),
        (
            r#""version":"2.24.0","revision":"a""#,
            Prometheus,
            Some((2, 24, 0)),
        ),
        (r#""version":"""#, Prometheus, None),
        ("", VictoriaMetrics, None),
        (r#""version":"2.24.0""#, VictoriaMetrics, Some((2, 24, 0))),
        (
            r#""version":"0.31.0","revision":"a""#,
            Thanos,
            Some((0, 31, 0)),
        ),
        (
            r#""version":"2.10.0","application":"Grafana Mimir""#,
            Mimir,
            Some((2, 10, 0)),
        ),
        (
            r#""version":"r300-abc","application":"Grafana Mimir""#,
            Mimir,
            None,
        ),
    ] {
        let data = success(&format!("{{{info}}}"));
        let server = FakeServer::routes([("/api/v1/status/buildinfo", data)]);
        let found = probe(&server, "").await.unwrap();
        assert_eq!(
            (found.product, found.version_number),
            (product, number),
            "{info}"
        );
    }
}

#[tokio::test]
async fn a_query_is_enough() {
    let server = FakeServer::routes([("/p/api/v1/query", success(ONE))]);
    let info = probe(&server, "/p").await.unwrap();
    assert_eq!(
        (info.product, info.version_number),
        (Product::Prometheus, None)
    );
    assert!(
        server
            .requests()
            .last()
            .unwrap()
            .ends_with("query=vector%281%29")
    );
}

#[tokio::test]
async fn thanos_is_asked_for_whole_answers() {
    let server = FakeServer::routes([
        ("/api/v1/status/buildinfo", version("0.31.0")),
        ("/api/v1/query", success(ONE)),
        ("/api/v1/series", success("[]")),
    ]);
    let client = client(&server.url());
    client.query("up", 0.0).await.unwrap();
    client.probe().await.unwrap();
    client.query("up", 0.0).await.unwrap();
    client.series(&["up"], 0.0, 1.0).await.unwrap();
    let requests = server.requests();
    assert!(!requests[0].contains("partial_response"));
    let whole = "&dedup=true&partial_response=false&max_source_resolution=0s";
    assert!(requests[3].ends_with(whole), "{requests:?}");
    assert!(
        requests[4].ends_with("&partial_response=false"),
        "{requests:?}"
    );
}

#[tokio::test]
async fn says_which_url_to_give() {
    for (asked, prefix) in [
        ("/graph", ""),
        ("", "/prometheus"),
        ("/a/b/api/v1", "/a/b"),
        ("/x", "/prometheus"),
    ] {
        let routes = [
            "/api/v1/status/buildinfo",
            "/prometheus/api/v1/status/buildinfo",
            "/a/b/api/v1/status/buildinfo",
        ];
        let route = routes
            .into_iter()
            .find(|route| *route == format!("{prefix}/api/v1/status/buildinfo"));
        let server = FakeServer::routes([(route.unwrap(), version("2.42.0"))]);
        let error = probe(&server, asked).await.unwrap_err();
        let (url, instead) = (server.url() + asked, Some(server.url() + prefix));
        assert_eq!(error, Error::WrongPath { url, instead });
        let said = error.to_string();
        assert!(
            said.ends_with(&format!("at {}{prefix}: give that URL", server.url())),
            "{said}"
        );
    }
}

#[tokio::test]
async fn says_what_is_there_instead() {
    let page = || text(200, "text/html; charset=utf-8", "<html>");
    let server = FakeServer::start(move |_| page());
    let error = probe(&server, "/x").await.unwrap_err();
    assert!(
        matches!(error, Error::WrongPath { instead: None, .. }),
        "{error:?}"
    );

    let login = FakeServer::start(|request| match path_of(request) {
        "/login" => text(200, "text/html", "<html>"),
        _ => redirect(302, "/login"),
    });
    let error = probe(&login, "").await.unwrap_err();
    assert!(
        matches!(error, Error::WrongPath { instead: None, .. }),
        "{error:?}"
    );

    for other in [
        text(404, "text/plain", "404"),
        json(200, r#"{"ok":true}"#),
        json(200, "[]"),
        text(400, "text/plain", "unsupported path"),
        json(404, r#"{"message":"no route"}"#),
    ] {
        let server = FakeServer::start(move |_| other.clone());
        let error = probe(&server, "/x").await.unwrap_err();
        let url = server.url() + "/x";
        assert_eq!(error, Error::NotPrometheus { url });
    }

    let server = FakeServer::start(|_| text(401, "text/plain", "no org id"));
    let error = probe(&server, "").await.unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 401, .. }),
        "{error:?}"
    );

    let server = FakeServer::start(|_| text(503, "text/plain", ""));
    let error = probe(&server, "").await.unwrap_err();
    assert!(matches!(error, Error::NotReady { .. }), "{error:?}");
    assert_eq!(server.paths(), ["/-/ready"]);

    let server = FakeServer::start(|_| Act::SayAndHang(Vec::new()));
    let error = probe(&server, "").await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);

    let server = FakeServer::start(|_| redirect(302, "http://login.example/?back=x"));
    let error = probe(&server, "").await.unwrap_err();
    let to = "http://login.example".to_owned();
    assert_eq!(
        error,
        Error::Redirected {
            url: server.url(),
            to
        }
    );
}

#[tokio::test]
async fn what_only_readiness_hides_is_no_trouble() {
    let server = FakeServer::routes([
        ("/-/ready", text(403, "text/plain", "")),
        ("/api/v1/status/buildinfo", version("2.42.0")),
    ]);
    assert!(probe(&server, "").await.is_ok());
}
