//! The binary: turns a result into an exit code and nothing else.

use std::process::ExitCode;

use slosmith::cli::{self, Streams};

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &mut Streams::standard()).into()
}
