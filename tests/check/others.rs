//! Thanos and Mimir, by what they answer: no rules API where nobody configured one, and
//! versions of their own.

use crate::fake_server::{Act, FakeServer, json, path_of, success, text};
use crate::outcome::read;
use crate::slosmith_command::{run, slosmith};

const SPEC: &str = "apiVersion: slosmith/v1\nservice: web\nslos:\n- name: api\n  objective: 99.9\n  scrape_interval: 30s\n  sli: {events: {total: 'requests_total{job=\"web\"}', bad_where: 'code=\"500\"'}}\n";
const THANOS: &str = r#"{"version":"0.32.5","revision":"750e8a94eed5226cd4562117295d540a968c163c","branch":"HEAD","buildUser":"root@053ebc7b5322","buildDate":"20231019-04:13:41","goVersion":"go1.21.3"}"#;
const MIMIR: &str = r#"{"application":"Grafana Mimir","version":"2.14.0","revision":"0c2b3fdd2d","branch":"HEAD","goVersion":"go1.22.7","features":{"ruler_config_api":"true","alertmanager_config_api":"true","query_sharding":"false","federated_rules":"false"}}"#;

/// What the rules recorded: a calm service that has spent nearly half of its budget.
const RECORDED: [(&str, f64); 12] = [
    ("slo:total:rate5m", 20.0),
    ("slo:bad:rate5m", 0.004),
    ("slo:error_ratio:5m", 0.0002),
    ("slo:error_ratio:30m", 0.0002),
    ("slo:error_ratio:1h", 0.0002),
    ("slo:error_ratio:2h", 0.0002),
    ("slo:error_ratio:6h", 0.0002),
    ("slo:error_ratio:1d", 0.0002),
    ("slo:error_ratio:3d", 0.0003),
    ("slo:error_ratio:period", 0.0004),
    ("slo:budget_remaining:ratio", 0.6),
    ("slo:coverage:ratio", 1.0),
];

/// The vector that a query for recorded series is answered with.
fn recorded() -> String {
    let sample = |(name, value): &(&str, f64)| {
        format!(
            r#"{{"metric":{{"__name__":"{name}","service":"web","slo":"api","cluster":"eu"}},"value":[1790000000,"{value}"]}}"#
        )
    };
    let samples: Vec<_> = RECORDED.iter().map(sample).collect();
    format!(
        r#"{{"resultType":"vector","result":[{}]}}"#,
        samples.join(",")
    )
}

/// What answers below `prefix`.
fn server(prefix: &'static str, info: &'static str, without: fn() -> Act) -> FakeServer {
    FakeServer::start(move |request| {
        let Some(path) = path_of(request).strip_prefix(prefix) else {
            return without();
        };
        match path {
            "/-/ready" => text(200, "text/plain", ""),
            "/api/v1/status/buildinfo" => success(info),
            // Questions for what rules have recorded name the series.
            "/api/v1/query" if request.contains("__name__") => success(&recorded()),
            "/api/v1/query" => success(r#"{"resultType":"vector","result":[]}"#),
            path if path.starts_with("/api/v1/label/") => success("[]"),
            "/api/v1/metadata" => success("{}"),
            _ => without(),
        }
    })
}

fn is_understood(url: &str, product: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
    let mut command = slosmith(folder.path());
    command.args([
        "check",
        "spec.yaml",
        "--only",
        "rules,burn",
        "--format",
        "json",
    ]);
    let run = run(command.args(["--prometheus", url]));
    let outcome = read(&run);
    assert_eq!(run.code, Some(0), "{product}: {run:?}");
    assert!(outcome.findings.is_empty(), "{product}: {outcome:#?}");
    let standing = outcome.standing("web", "api cluster=eu");
    assert_eq!(
        (&*standing.verdict, standing.budget_left),
        ("ok", Some(0.6))
    );
    let notes = outcome.notes.join("\n");
    assert!(notes.contains("no rules API"), "{product}: {notes}");
    assert!(run.out.contains(product), "{product}: {}", run.out);
}

#[test]
fn thanos_is_understood() {
    let nothing = || text(404, "text/plain", "404 page not found");
    is_understood(&server("", THANOS, nothing).url(), "Thanos 0.32.5");
}

#[test]
fn mimir_is_understood() {
    let nothing = || {
        json(
            404,
            r#"{"status":"error","errorType":"not_found","error":"not found"}"#,
        )
    };
    let server = server("/prometheus", MIMIR, nothing);
    is_understood(&format!("{}/prometheus", server.url()), "Mimir 2.14.0");
}
