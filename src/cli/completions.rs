use clap_complete::Shell;

use super::{Exit, Streams};

/// Prints a completion script for a shell.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "slosmith", &mut script);
    streams.out.write_all(&script)?;
    Ok(Exit::AllWell)
}
