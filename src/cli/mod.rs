//! The command line: arguments, one file per command, exit codes.
//!
//! A command is a module with `Args` (what clap parses) and
//! `run(&Args, &mut Streams) -> anyhow::Result<Exit>`. An error means that the
//! command could not do its work at all and ends with exit code 2; findings
//! about specs are no errors in this sense, but reported and counted.

mod backfill;
mod check;
mod columns;
mod completions;
mod convert;
mod demo;
mod exit;
mod explain;
mod gate;
mod generate;
mod init;
mod inputs;
mod moment;
mod progress;
mod report;
mod schema;
mod select;
mod server;
mod streams;
mod validate;
mod whatif;

pub use exit::Exit;
use exit::FailOn;
pub use inputs::{ForeignArgs, SpecArgs, Specs};
pub use select::Selector;
pub use server::{Hidden, ServerArgs};
pub use streams::Streams;

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

/// Compiles declarative SLO specs into Prometheus rules that are proven to work.
#[derive(Debug, Parser)]
#[command(name = "slosmith", version, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Generate(generate::Args),
    Demo(demo::Args),
    Validate(validate::Args),
    Check(Box<check::Args>),
    Gate(Box<gate::Args>),
    Report(Box<report::Args>),
    Convert(convert::Args),
    Backfill(Box<backfill::Args>),
    Whatif(Box<whatif::Args>),
    Explain(explain::Args),
    Init(init::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

impl Command {
    fn run(&self, streams: &mut Streams) -> anyhow::Result<Exit> {
        match self {
            Self::Generate(args) => generate::run(args, streams),
            Self::Demo(args) => demo::run(args, streams),
            Self::Validate(args) => validate::run(args, streams),
            Self::Check(args) => check::run(args, streams),
            Self::Gate(args) => gate::run(args, streams),
            Self::Report(args) => report::run(args, streams),
            Self::Convert(args) => convert::run(args, streams),
            Self::Backfill(args) => backfill::run(args, streams),
            Self::Whatif(args) => whatif::run(args, streams),
            Self::Explain(args) => explain::run(args, streams),
            Self::Init(args) => init::run(args, streams),
            Self::Schema(_) => schema::run(streams),
            Self::Completions(args) => completions::run(args, streams),
        }
    }
}

/// The arguments as clap knows them.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program on its arguments, the program's own name first.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams) -> Exit {
    let exit = match Cli::try_parse_from(args) {
        Ok(cli) => cli.command.run(streams).unwrap_or_else(|error| {
            // Nothing can be done when standard error itself cannot be written.
            let _ = writeln!(streams.err, "error: {error:#}");
            Exit::Invalid
        }),
        Err(usage) => explain_usage(&usage, streams),
    };
    let _ = streams.out.flush();
    let _ = streams.err.flush();
    exit
}

/// Help and version are results; a usage error goes to standard error.
fn explain_usage(usage: &clap::Error, streams: &mut Streams) -> Exit {
    let text = usage.render();
    if usage.use_stderr() {
        let _ = write!(streams.err, "{}", text.ansi());
        Exit::Invalid
    } else {
        let _ = write!(streams.out, "{}", text.ansi());
        Exit::AllWell
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_consistent() {
        super::command().debug_assert();
    }
}
