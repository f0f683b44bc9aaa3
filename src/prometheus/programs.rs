//! The programs of Prometheus that are run here.

use std::process::{Command, Stdio};

/// Those of `prometheus` and `promtool` that cannot be run, most often because
/// they are not installed.
pub fn missing() -> Vec<&'static str> {
    let mut programs = vec!["prometheus", "promtool"];
    programs.retain(|program| {
        Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
    });
    programs
}
