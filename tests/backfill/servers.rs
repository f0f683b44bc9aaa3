//! Servers that are not there, refuse, hang, or go away.

use std::path::Path;

use crate::fake_server::{Act, FakeServer, json, path_of, success, text};
use crate::slosmith_command::{Run, run, slosmith};

const SPEC: &str = "\
apiVersion: slosmith/v1
service: shop
slos:
- {name: a, objective: 99, period: 7d, sli: {probe: {metric: up}}}
- {name: b, objective: 99, period: 7d, sli: {probe: {metric: down}}}
";

fn backfill(folder: &Path, url: &str, args: &[&str]) -> Run {
    std::fs::write(folder.join("spec.yaml"), SPEC).unwrap();
    let command = ["backfill", "spec.yaml", "--timeout", "300ms"];
    let output: &[&str] = if args.contains(&"-o") {
        &[]
    } else {
        &["-o", "h.om"]
    };
    run(slosmith(folder)
        .args(command)
        .args(output)
        .args(["--prometheus", url])
        .args(args))
}

/// A server that is well until it is asked about what an SLI reads.
fn healthy(series: impl Fn(&str) -> Act + Send + Sync + 'static) -> FakeServer {
    FakeServer::start(move |request| match path_of(request) {
        "/api/v1/status/buildinfo" => success(r#"{"version":"2.42.0","revision":"x"}"#),
        "/-/ready" => text(200, "text/plain", "ready"),
        "/api/v1/status/tsdb" => {
            success(r#"{"headStats":{"minTime":9223372036854775807,"maxTime":0}}"#)
        }
        "/api/v1/query" => success(r#"{"resultType":"vector","result":[]}"#),
        "/api/v1/series" => success("[]"),
        _ => series(request),
    })
}

const NOTHING: &str = r#"{"resultType":"matrix","result":[]}"#;

#[test]
fn who_does_not_answer_ends_it_with_three() {
    let folder = tempfile::tempdir().unwrap();
    let overloaded = || json(503, r#"{"status":"error","errorType":"unavailable"}"#);
    let servers = [
        ("SRV", FakeServer::start(move |_| overloaded())),
        ("SRV", FakeServer::start(|_| Act::SayAndHang(Vec::new()))),
        ("SRV", healthy(move |_| json(503, "{}"))),
        ("SRV", healthy(|_| Act::SayAndHang(Vec::new()))),
        ("SRV", healthy(|_| Act::Reset)),
        ("SRV", healthy(|_| json(401, "{}"))),
    ];
    for (index, (code, server)) in servers.into_iter().enumerate() {
        let run = backfill(folder.path(), &server.url(), &[]);
        assert_eq!(run.code, Some(3), "{index}: {}", run.err);
        assert!(run.err.contains(code), "{index}: {}", run.err);
        assert!(!folder.path().join("h.om").exists());
        let is_begun = index >= 2;
        let again = "the same command goes on where it stopped";
        assert_eq!(run.err.contains(again), is_begun, "{index}: {}", run.err);
    }
    // Nobody listens.
    let run = backfill(folder.path(), "http://127.0.0.1:1", &[]);
    assert_eq!(run.code, Some(3), "{}", run.err);
}

#[test]
fn what_was_done_before_the_server_went_away_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |request: &str| {
        if request.contains("down") {
            Act::Reset
        } else {
            success(NOTHING)
        }
    };
    let server = healthy(answer);
    let until = ["--until", "1760000000"];
    let run = backfill(folder.path(), &server.url(), &until);
    assert_eq!(run.code, Some(3), "{}", run.err);
    let state = std::fs::read_to_string(folder.path().join("h.om.state")).unwrap();
    assert!(
        state.contains("shop/a") && !state.contains("shop/b"),
        "{state}"
    );
}

#[test]
fn an_slo_without_data_is_named_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |request: &str| {
        if request.contains("down") {
            success(NOTHING)
        } else {
            success(
                r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1759999800,"1"],[1759999860,"1"]]}]}"#,
            )
        }
    };
    let server = healthy(answer);
    let run = backfill(folder.path(), &server.url(), &["--until", "1760000000"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let finding = "warning[BKF001]: shop/b: the server has none of these metrics";
    assert!(run.err.contains(finding), "{}", run.err);
    assert!(run.err.contains("spec.yaml:5:"), "{}", run.err);
    assert!(
        run.err
            .contains("warning: the raw metrics begin at 2025-10-09T08:50:00Z"),
        "{}",
        run.err
    );
    let history = std::fs::read_to_string(folder.path().join("h.om")).unwrap();
    assert!(history.contains("slo:bad:tile5m{service=\"shop\",slo=\"a\"} "));
    assert!(!history.contains("slo=\"b\""));
    // Nothing is claimed of the time before the first sample.
    let instants = history
        .lines()
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok());
    assert!(instants.into_iter().all(|at: u64| at >= 1_759_999_800));
}

#[test]
fn wrong_usage_and_specs_end_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let server = healthy(|_| success(NOTHING));
    let misused: [&[&str]; 6] = [
        &["--since", "soon"],
        &["--since", "0"],
        &["--until", "yesterday"],
        &["--until", "2100-01-01T00:00:00Z"],
        &["--match", "__name__=\"x\""],
        &["--select", "slo=nobody"],
    ];
    for args in misused {
        let run = backfill(folder.path(), &server.url(), args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.err);
    }
    std::fs::write(
        folder.path().join("bad.yaml"),
        "apiVersion: slosmith/v1\nslos: 1\n",
    )
    .unwrap();
    let run = backfill(folder.path(), &server.url(), &["bad.yaml"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = backfill(folder.path(), &server.url(), &["-o", "."]);
    assert_eq!(run.code, Some(2), "{}", run.err);
}
