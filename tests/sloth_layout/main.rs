//! `--layout sloth`: what is written under Sloth's names, what it means, and what
//! happens to it in a real Prometheus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../check/clock.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod clock;
mod edit;
#[path = "../check/exporter.rs"]
mod exporter;
#[path = "../live/lab.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod lab;
mod meaning;
mod names;
mod proof;
mod queries;
#[path = "../check/raw.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod raw;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod takeover;

use std::path::Path;

use slosmith_command::{run, slosmith};

/// Compiles a spec in Sloth's layout into `generated` of a folder.
fn generate(folder: &Path, spec: &str) {
    std::fs::write(folder.join("spec.yaml"), spec).unwrap();
    let generated = run(slosmith(folder).args(["generate", "spec.yaml", "--layout", "sloth"]));
    assert_eq!(generated.code, Some(0), "{}", generated.err);
}
