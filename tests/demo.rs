//! The demo says what it lacks. What it shows is in [`live`](live/main.rs).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::path::Path;

use slosmith_command::{run, slosmith};

#[test]
fn without_prometheus_it_says_so() {
    let nothing = tempfile::tempdir().unwrap();
    let run = run(slosmith(Path::new("."))
        .arg("demo")
        .env("PATH", nothing.path()));
    assert_eq!(
        (run.code, run.err.as_str()),
        (
            Some(3),
            "error: cannot run prometheus and promtool: install Prometheus (on Debian: apt install prometheus)\n"
        )
    );
    assert_eq!(run.out, "");
}
