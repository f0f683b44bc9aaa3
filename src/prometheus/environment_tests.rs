//! What a client takes from its environment: proxies, and the authorities of the
//! system. Tests share theirs, so each runs in a process of its own.

use std::process::Command;

use super::fake_server::{FakeServer, success};
use super::transport_tests::SETTINGS;
use super::{Access, Client, Error};

/// Where the URL to ask stands.
const URL: &str = "SLOSMITH_TEST_URL";
/// A host that is nowhere.
const NOWHERE: &str = "http://prometheus.invalid:9090/x";

fn served() -> FakeServer {
    FakeServer::start(|_| success(r#"{"resultType":"vector","result":[]}"#))
}

/// Does nothing unless it is told whom to ask; prints how that went.
#[tokio::test]
async fn ask_as_told() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let result = match Client::new(&url, Access::default(), SETTINGS) {
        Ok(client) => client.query("up", 0.0).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(_) => println!("it answers"),
        Err(error) => println!("{error}"),
    }
}

/// How asking `url` goes in an environment.
fn ask(url: &str, environment: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "prometheus::environment_tests::ask_as_told",
            "--nocapture",
        ])
        .env_clear()
        .env(URL, url)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_proxy_is_asked_for_names_beyond_this_machine() {
    let proxy = served();
    let said = ask(NOWHERE, &[("HTTP_PROXY", &proxy.url())]);
    assert!(said.contains("it answers"), "{said}");
    let request = &proxy.requests()[0];
    assert!(
        request.starts_with("POST http://prometheus.invalid:9090/x/api/v1/query "),
        "{request}"
    );
    let excepted = [
        ("HTTP_PROXY", &*proxy.url()),
        ("NO_PROXY", "prometheus.invalid"),
    ];
    let said = ask(NOWHERE, &excepted);
    assert!(said.contains("cannot reach"), "{said}");
    // A tunnel, in which TLS fails here.
    let encrypted = NOWHERE.replace("http", "https");
    ask(&encrypted, &[("HTTPS_PROXY", &proxy.url())]);
    let request = &proxy.requests()[1];
    assert!(
        request.starts_with("CONNECT prometheus.invalid:9090 "),
        "{request}"
    );
}

#[test]
fn a_proxy_is_not_asked_for_this_machine() {
    let (proxy, server) = (served(), served());
    for host in ["127.0.0.1", "localhost"] {
        let url = server.url().replace("127.0.0.1", host);
        let said = ask(
            &url,
            &[("HTTP_PROXY", &proxy.url()), ("ALL_PROXY", &proxy.url())],
        );
        assert!(said.contains("it answers"), "{said}");
    }
    assert!(proxy.requests().is_empty());
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_machine_without_authorities_can_ask_over_http_only() {
    let empty = tempfile::tempdir().unwrap();
    let nothing = empty.path().join("none.pem");
    std::fs::write(&nothing, "").unwrap();
    let without = [
        ("SSL_CERT_FILE", nothing.to_str().unwrap()),
        ("SSL_CERT_DIR", empty.path().to_str().unwrap()),
    ];
    let server = served();
    let said = ask(&server.url(), &without);
    assert!(said.contains("it answers"), "{said}");
    let said = ask("https://localhost:1", &without);
    assert!(
        said.contains("install ca-certificates or pass --ca-file"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_found_is_unreachable() {
    let client = Client::new(NOWHERE, Access::default(), SETTINGS).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(client.query("up", 0.0)).unwrap_err();
    // A resolver can take longer than we wait.
    assert!(
        matches!(error, Error::Unreachable { .. } | Error::Timeout { .. }),
        "{error:?}"
    );
    runtime.shutdown_background();
}
