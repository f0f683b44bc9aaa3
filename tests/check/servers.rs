//! Servers that do not answer as a Prometheus does: each has a code, and ends the run
//! with 3 in time.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerConnection;
use rustls::{ServerConfig, StreamOwned};

use crate::fake_server::{Act, FakeServer, answer, head, json, path_of, redirect, success, text};
use crate::slosmith_command::{Run, run, slosmith};

const SPEC: &str = "apiVersion: slosmith/v1\nservice: web\nslos:\n- name: up\n  objective: 99\n  sli: {probe: {metric: up}}\n";
/// What a server says that is too busy.
const RETRY: &str = "Retry-After: 1\r\n";
/// Longer than any of them may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a check on one SLO.
fn check(url: &str, spec: &str, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let mut command = slosmith(folder.path());
    command.args(["check", "spec.yaml", "--timeout", "1s", "--prometheus", url]);
    run(command.args(args))
}

/// It ends with 3, says one of these codes to people, and nothing else goes wrong.
fn is_named(what: &str, url: &str, codes: &str) {
    let started = Instant::now();
    let run = check(url, SPEC, &[]);
    let told = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, Some(3), "{what}: {told}");
    let is_told = |code: &str| told.contains(&format!("error[{code}]"));
    assert!(codes.split(' ').any(is_told), "{what}: {told}");
    assert!(!told.contains("panicked"), "{what}: {told}");
    assert!(started.elapsed() < PATIENCE, "{what}");
}

/// It does this whatever it is asked.
fn always(act: Act) -> FakeServer {
    FakeServer::start(move |_| act.clone())
}

#[test]
fn servers_that_misbehave_are_named() {
    let elsewhere = always(success("{}"));
    let acts = [
        ("hangs", Act::SayAndHang(Vec::new()), "SRV006"),
        ("resets", Act::Reset, "SRV001"),
        (
            "is a web page",
            text(200, "text/html", "<html>Hello</html>"),
            "SRV002",
        ),
        (
            "knows no such path",
            text(404, "text/plain", "404 page not found"),
            "SRV005",
        ),
        (
            "asks for a password",
            text(401, "text/plain", "no"),
            "SRV004",
        ),
        ("forbids it", text(403, "text/plain", "no"), "SRV004"),
        (
            "starts",
            text(503, "text/plain", "Service Unavailable"),
            "SRV003",
        ),
        (
            "is too busy",
            answer(429, "text/plain", b"", RETRY),
            "SRV009",
        ),
        ("fails", text(500, "text/plain", ""), "SRV009"),
        // Whichever bound is met first.
        ("never ends", Act::SayAndFlood(head()), "SRV010 SRV006"),
        ("never ends, and is slow", Act::SayAndDrip(head()), "SRV006"),
        ("sends elsewhere", redirect(302, &elsewhere.url()), "SRV008"),
        ("sends itself in circles", redirect(302, "/"), "SRV005"),
    ];
    // Waiting for all of them at once.
    std::thread::scope(|scope| {
        for (what, act, code) in acts {
            scope.spawn(move || is_named(what, &always(act).url(), code));
        }
    });
    assert_eq!(elsewhere.paths(), [""; 0], "a redirect was followed");
}

/// A Prometheus that stops to behave once it is asked for values.
fn afterwards(version: &str, act: Act) -> FakeServer {
    let info = success(&format!(r#"{{"version":"{version}"}}"#));
    FakeServer::start(move |request| match path_of(request) {
        "/-/ready" => text(200, "text/plain", "Prometheus Server is Ready.\n"),
        "/api/v1/status/buildinfo" => info.clone(),
        "/api/v1/query" | "/api/v1/query_range" => act.clone(),
        "/api/v1/label/__name__/values" => success("[]"),
        _ => text(404, "text/plain", "404 page not found"),
    })
}

/// What was known before the server went away is told all the same.
#[test]
fn what_a_lost_server_said_is_kept() {
    let info = success(r#"{"version":"2.42.0"}"#);
    let server = FakeServer::start(move |request| match path_of(request) {
        "/-/ready" => text(200, "text/plain", "Prometheus Server is Ready.\n"),
        "/api/v1/status/buildinfo" => info.clone(),
        "/api/v1/rules" => success(r#"{"groups":[]}"#),
        "/api/v1/query" => Act::Reset,
        _ => text(404, "text/plain", "404 page not found"),
    });
    let run = check(&server.url(), SPEC, &["--format", "json"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    for code in ["RUL001", "SRV001"] {
        assert!(run.out.contains(&format!("\"{code}\"")), "{}", run.out);
    }
}

#[test]
fn servers_that_begin_to_misbehave_are_named() {
    let cut = answer(200, "application/json", br#"{"status":"succ"#, "");
    let acts = [
        ("stops within an answer", cut, "SRV010"),
        ("answers with something else", success("[1]"), "SRV010"),
        (
            "becomes a web page",
            text(200, "text/html", "<html>Log in</html>"),
            "SRV002",
        ),
        ("hangs up", Act::Reset, "SRV001"),
        ("is silent", Act::SayAndHang(Vec::new()), "SRV006"),
        (
            "has enough",
            answer(429, "text/plain", b"", RETRY),
            "SRV009",
        ),
        ("forbids queries", text(403, "text/plain", "no"), "SRV004"),
    ];
    std::thread::scope(|scope| {
        for (what, act, code) in acts {
            scope.spawn(move || is_named(what, &afterwards("2.42.0", act).url(), code));
        }
    });
}

/// An answer to a query: nothing was found.
const NOTHING: &str = r#"{"resultType":"vector","result":[]}"#;

#[test]
fn an_old_server_is_told() {
    let server = afterwards("2.30.3", success(NOTHING));
    let run = check(&server.url(), SPEC, &["--fail-on", "never"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("SRV011"), "{run:?}");
}

#[test]
fn half_an_answer_is_told() {
    let body =
        format!(r#"{{"status":"success","data":{NOTHING},"warnings":["store-1 did not answer"]}}"#);
    let server = afterwards("2.42.0", json(200, &body));
    let run = check(&server.url(), SPEC, &["--fail-on", "never"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("SRV013"), "{run:?}");
}

#[test]
fn nobody_and_nonsense_are_named() {
    is_named("nobody", "http://127.0.0.1:1", "SRV001");
    is_named("no host", "http://no-such-host.invalid", "SRV001");
}

#[test]
fn a_wrong_certificate_is_named() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let config = Arc::new(config.unwrap());
    let wrap = move |stream: TcpStream| {
        let server = ServerConnection::new(Arc::clone(&config)).unwrap();
        StreamOwned::new(server, stream)
    };
    let server = FakeServer::start_over(wrap, |_| success("{}"));
    let url = format!("https://localhost:{}", server.port());
    is_named("signed by itself", &url, "SRV007");
    assert_eq!(server.paths(), [""; 0]);
}

#[test]
fn invalid_specs_and_arguments_end_with_two() {
    let server = always(text(500, "text/plain", ""));
    let broken = check(&server.url(), &SPEC.replace("objective", "objectve"), &[]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert!(broken.err.contains("SPEC"), "{}", broken.err);
    let asked = server.paths().len();
    let usage = check(&server.url(), SPEC, &["--fail-on", "never-ever"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
    for option in ["--where", "--match"] {
        let matchers = check(&server.url(), SPEC, &[option, "cluster{"]);
        assert_eq!(matchers.code, Some(2), "{matchers:?}");
        assert!(matchers.err.contains("OUT007"), "{}", matchers.err);
    }
    assert_eq!(server.paths().len(), asked, "asked without them");
    let nowhere = run(slosmith(Path::new(".")).arg("check"));
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
    assert!(nowhere.err.contains("--prometheus"), "{}", nowhere.err);
}

/// What one SLO asks takes too long, and takes the answers about others with it only as
/// long as both are asked together.
#[test]
fn what_is_late_hides_nothing_else() {
    let info = success(r#"{"version":"2.42.0"}"#);
    let server = FakeServer::start(move |request| match path_of(request) {
        "/-/ready" => text(200, "text/plain", "Prometheus Server is Ready.\n"),
        "/api/v1/status/buildinfo" => info.clone(),
        "/api/v1/query" if request.contains("heavy") => Act::SayAndHang(Vec::new()),
        "/api/v1/query" => success(r#"{"resultType":"vector","result":[]}"#),
        "/api/v1/label/__name__/values" => success("[]"),
        _ => text(404, "text/plain", "404 page not found"),
    });
    let more = "- name: heavy\n  objective: 99\n  sli: {probe: {metric: heavy}}\n";
    let run = check(
        &server.url(),
        &format!("{SPEC}{more}"),
        &["--only", "series"],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("no metric `up` was seen"), "{}", run.out);
    assert!(!run.out.contains("no metric `heavy`"), "{}", run.out);
    assert!(run.out.contains("not answered in time"), "{}", run.out);
}

/// A proxy shows values, and nothing about the server.
#[test]
fn what_is_refused_hides_nothing_else() {
    let info = success(r#"{"version":"2.42.0"}"#);
    let server = FakeServer::start(move |request| match path_of(request) {
        "/-/ready" => text(200, "text/plain", "Prometheus Server is Ready.\n"),
        "/api/v1/status/buildinfo" => info.clone(),
        "/api/v1/query" => success(NOTHING),
        _ => text(403, "text/plain", "no"),
    });
    let run = check(&server.url(), SPEC, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for told in [
        "web/up",
        "error[SER001]",
        "error[SRV004]",
        "refuses its rules API",
    ] {
        assert!(run.out.contains(told), "{told}: {}", run.out);
    }
}
