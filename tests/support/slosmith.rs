//! The program as people run it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A finding as `--format json` shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
}

/// The program in a directory, with nothing of this environment but the path.
pub(crate) fn slosmith(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slosmith"));
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `slosmith validate …` in the root of the project.
pub(crate) fn validate(args: &[&str]) -> Run {
    run(slosmith(Path::new(".")).arg("validate").args(args))
}

/// What `slosmith validate …` finds, in the root of the project.
pub(crate) fn findings(args: &[&str]) -> Vec<Finding> {
    findings_in(Path::new("."), args)
}

/// What `slosmith validate …` finds in a directory.
pub(crate) fn findings_in(directory: &Path, args: &[&str]) -> Vec<Finding> {
    let mut command = slosmith(directory);
    let run = run(command.args(["validate", "--format", "json"]).args(args));
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}
