use std::io::Write;

use clap::ValueEnum;

use super::{Exit, FailOn, SpecArgs, Specs, Streams};
use crate::diagnostic::{Severity, render_github, render_json, render_text};
use crate::words::count;

/// Finds everything that can be known without a server
///
/// Exit codes: 0 all well (warnings included), 1 warnings with --fail-on
/// warning, 2 errors in the specs or wrong usage.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    /// Who reads the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Judge OpenSLO documents as the OpenSLO SDK does, and no other way: what it rejects is
    /// an error, and what it lets pass, although `generate` does not, is a warning
    #[arg(long)]
    strict: bool,

    /// The least severity that makes the exit code other than 0
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// People
    Text,
    /// Programs: an array of findings
    Json,
    /// GitHub Actions: notes beside the changed lines
    Github,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let specs = Specs::load_as(&args.specs, args.strict)?;
    let findings = specs.findings();
    let sources = &specs.sources;
    match args.format {
        Format::Text => write!(streams.err, "{}", render_text(&findings, sources, true))?,
        Format::Json => write!(streams.out, "{}", render_json(&findings, sources))?,
        Format::Github => write!(streams.out, "{}", render_github(&findings, sources))?,
    }
    if findings.more() > 0 {
        writeln!(streams.err, "{} more are not shown", findings.more())?;
    }
    let errors = findings.count(Severity::Error);
    let warnings = findings.count(Severity::Warning);
    writeln!(
        streams.err,
        "{}{}, {}{}",
        // Of SLOs with errors, not even their number is certain.
        match errors {
            0 => count(specs.selected.len(), "valid SLO") + ": ",
            _ => String::new(),
        },
        count(errors, "error"),
        count(warnings, "warning"),
        match specs.accepted {
            0 => String::new(),
            accepted => format!(", {accepted} accepted"),
        },
    )?;
    let exit = if errors > 0 {
        Exit::Invalid
    } else {
        Exit::AllWell
    };
    Ok(args.fail_on.apply(&findings, exit))
}
