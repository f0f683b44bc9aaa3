//! Findings about expressions and alerts, accepting them, and `explain`, as people use them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::fs;
use std::path::Path;

use slosmith::diagnostic::codes;
use slosmith_command::{Run, run, slosmith};
use tempfile::TempDir;

fn slosmith_in(directory: &Path, args: &[&str]) -> Run {
    run(slosmith(directory).args(args))
}

/// A directory with a spec whose only SLO has this expression as its total.
fn workspace(total: &str, more: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("slo-specs")).unwrap();
    let spec = format!(
        "apiVersion: slosmith/v1\nservice: s\nslos:\n  - name: n\n    objective: 99\n    \
         sli: {{events: {{total: '{total}', bad: errors_total}}}}\n{more}"
    );
    fs::write(directory.path().join("slo-specs/s.yaml"), spec).unwrap();
    directory
}

#[test]
fn the_examples_are_free_of_findings() {
    for specs in ["slo-specs", "tests/data/every-key.yaml"] {
        let Run { code, err, .. } =
            slosmith_in(Path::new("."), &["validate", specs, "--fail-on", "warning"]);
        assert_eq!(code, Some(0), "{err}");
    }
}

#[test]
fn errors_stop_generate_and_warnings_do_not() {
    let spec = workspace("errors_total", "");
    let Run { code, err, .. } = slosmith_in(spec.path(), &["generate"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("error[SLI014]"), "{err}");
    assert!(!spec.path().join("generated").exists());

    let spec = workspace("queue_depth", "");
    let Run { code, err, .. } = slosmith_in(spec.path(), &["generate"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("warning[SLI010]"), "{err}");
    assert!(spec.path().join("generated/rules/s.yaml").exists());
}

#[test]
fn accepted_findings_are_counted_and_not_shown() {
    let ignore = "    ignore: [{code: SLI010, reason: a counter in spite of its name}]\n";
    let spec = workspace("queue_depth", ignore);
    let Run { code, err, .. } = slosmith_in(spec.path(), &["validate", "--fail-on", "warning"]);
    assert_eq!(code, Some(0));
    assert_eq!(err, "1 valid SLO: 0 errors, 0 warnings, 1 accepted\n");
}

#[test]
fn an_slo_with_an_error_is_not_called_valid() {
    let spec = workspace("errors_total", "");
    let Run { code, err, .. } = slosmith_in(spec.path(), &["validate"]);
    assert_eq!(code, Some(2));
    assert!(err.ends_with("\n1 error, 0 warnings\n"), "{err}");
}

#[test]
fn explain_shows_the_page_of_a_finding() {
    let Run { code, out, .. } = slosmith_in(Path::new("."), &["explain", "sli010"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("warning[SLI010] rate-of-gauge\n"), "{out}");
    for heading in ["Why it is bad", "Example", "Instead", "Accepting it"] {
        assert!(out.lines().any(|line| line == heading), "{heading}: {out}");
    }
    let by_name = slosmith_in(Path::new("."), &["explain", "rate-of-gauge"]);
    assert_eq!(by_name.out, out);
}

#[test]
fn explain_lists_all_findings() {
    let Run { code, out, .. } = slosmith_in(Path::new("."), &["explain"]);
    assert_eq!(code, Some(0));
    let listed: Vec<_> = out
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let all: Vec<_> = codes::all().map(|code| code.id).collect();
    assert_eq!(listed, all);
}

#[test]
fn explain_suggests_what_was_meant() {
    for (text, expected) in [
        ("SLI01O", "did you mean `SLI010`?"),
        ("nonsense", "lists all of them"),
    ] {
        let Run { code, out, err } = slosmith_in(Path::new("."), &["explain", text]);
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert!(err.contains(expected), "{err}");
    }
}
