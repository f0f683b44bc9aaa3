//! `generate`: specs → rules and their unit tests.

pub(super) mod options;
mod services;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::{Exit, FailOn, SpecArgs, Specs, Streams};
use crate::diagnostic::{Diagnostic, Diagnostics, render_text};
use crate::output::directory::{LeftOvers, Plan, Survey, write};
use crate::output::prometheus::Document;
use crate::output::{file_name, operator};
use crate::parallel;
use crate::rules;
use crate::words::count;
use services::{Compiler, Service};

/// Compiles specs into Prometheus rules and rule unit tests
///
/// Writes rules/<service>.yaml, tests/<service>.yaml and, for long windows,
/// tests/slow/<service>.yaml below the output directory: only files whose
/// content changes, all of them or none. Files of services that are gone are
/// deleted; files that were not generated are never touched.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    /// Directory to write to, or `-` for the rules as one document on standard output
    #[arg(short, long, value_name = "DIR", default_value = "generated")]
    output: PathBuf,

    /// Write nothing; show how the directory differs from the specs and end with 1 if it does
    #[arg(long)]
    check: bool,

    /// Form of the rules
    #[arg(long, value_enum, default_value_t = Format::Prometheus)]
    format: Format,

    /// Names, labels and groups of the rules
    #[arg(long, value_enum, default_value_t = Layout::Native)]
    layout: Layout,

    /// Add these matchers to every selector of the specs, for instance 'env="prod"'
    #[arg(long = "match", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// Add this label to every alert and to `slo_info`; in Sloth's layout, to all its series
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,

    /// Add this label to every resource, for instance for the operator's ruleSelector (--format operator)
    #[arg(long = "resource-label", value_name = "KEY=VALUE", value_parser = options::pair)]
    resource_labels: Vec<(String, String)>,

    /// Show when the alerts of every SLO fire and reset, and write nothing
    #[arg(long, conflicts_with = "check")]
    table: bool,

    /// End with 1 if there is a finding of this severity
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A rule file per service, and its unit tests
    Prometheus,
    /// A `PrometheusRule` resource of the Prometheus operator per service
    Operator,
}

/// See [`rules::Layout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Layout {
    /// slosmith's own
    Native,
    /// Those of Sloth, so that its dashboards, alert routes and recorded history go on working
    Sloth,
}

impl From<Layout> for rules::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Native => Self::Native,
            Layout::Sloth => Self::Sloth,
        }
    }
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let to_stdout = args.output == Path::new("-");
    if to_stdout && args.check {
        bail!("--check compares with a directory, but `-o -` names none");
    }
    let mut specs = Specs::load(&args.specs)?;
    // A file holds its whole service: there, what is wrong with an SLO that was
    // not selected matters, too.
    let mut findings = if to_stdout || args.table {
        specs.findings()
    } else {
        std::mem::take(&mut specs.diagnostics)
    };
    let layout = args.layout.into();
    let options = options::apply(
        &args.matchers,
        &args.labels,
        layout,
        &mut specs,
        &mut findings,
    );
    let services = services::group(&specs, to_stdout || args.table);
    findings.extend(services::collisions(&services, args.format.naming()));

    let compiler = Compiler::new(&specs.slos, &options);
    findings.extend(compiler.conflicts(&services));
    let exit = if findings.has_errors() {
        Exit::Invalid
    } else if args.table {
        table::print(&services, layout, streams)?;
        Exit::AllWell
    } else if to_stdout {
        print(args, &services, &compiler, streams)?;
        Exit::AllWell
    } else {
        fill(args, &services, &compiler, &mut findings, streams)?
    };
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    Ok(args.fail_on.apply(&findings, exit))
}

impl Format {
    /// What a service is called where it is written.
    fn naming(self) -> fn(&str) -> String {
        match self {
            Self::Prometheus => file_name,
            // Resources are files, too, when they are written to a directory; names that
            // differ only in case make one resource.
            Self::Operator => operator::name,
        }
    }
}

/// The rules on standard output, written while the next ones are made, so that a
/// great many of them need not be held at once.
fn print(
    args: &Args,
    services: &[Service],
    compiler: &Compiler,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let out = &mut streams.plain;
    match args.format {
        Format::Prometheus => {
            let mut document = Document::new(&services::sources(services));
            let pieces = |service: &Service| {
                Document::pieces(
                    &rules::notes(&service.slos, compiler.layout()),
                    compiler.groups(service),
                )
            };
            parallel::each(services, pieces, |pieces| {
                out.write_all(document.before().as_bytes())?;
                pieces
                    .iter()
                    .try_for_each(|piece| out.write_all(piece.as_bytes()))
            })?;
            out.write_all(document.end().as_bytes())?;
        }
        Format::Operator => {
            let labels = args.resource_labels();
            let resource = |service: &Service| {
                operator::render(&compiler.rules(service), &service.sources, &labels)
            };
            let mut between = "";
            parallel::each(services, resource, |resource| {
                write!(out, "{between}{resource}")?;
                between = "---\n";
                Ok::<_, io::Error>(())
            })?;
        }
    }
    Ok(())
}

/// Makes the directory hold what belongs there, or says how it differs.
fn fill(
    args: &Args,
    services: &[Service],
    compiler: &Compiler,
    findings: &mut Diagnostics,
    streams: &mut Streams,
) -> anyhow::Result<Exit> {
    let labels = args.resource_labels();
    let mut plan = Plan::default();
    for service in services {
        let files = services::files(service, compiler, args.format, &labels);
        for (path, text) in files {
            findings.extend(plan.add(path, text).err().map(|finding| *finding));
        }
    }
    if findings.has_errors() {
        return Ok(Exit::Invalid);
    }
    let left_overs = if args.specs.select.is_empty() {
        LeftOvers::Delete
    } else {
        LeftOvers::Keep
    };
    let done = Survey::new(&args.output, &plan, left_overs).and_then(|survey| {
        if args.check {
            compare(&survey, &args.output, streams)
        } else {
            write(&survey).map(|written| (Vec::new(), written.to_string()))
        }
    });
    match done {
        Ok((stale, summary)) => {
            let exit = if stale.is_empty() {
                Exit::AllWell
            } else {
                Exit::Finding
            };
            findings.extend(stale);
            writeln!(
                streams.err,
                "{} → {} in {}, {summary}",
                services::counts(services),
                count(plan.paths().count(), "file"),
                args.output.display()
            )?;
            Ok(exit)
        }
        Err(in_the_way) => {
            findings.extend(in_the_way);
            Ok(Exit::Invalid)
        }
    }
}

/// Findings for files that are not what they should be; their diffs go to standard output.
fn compare(
    survey: &Survey,
    root: &Path,
    streams: &mut Streams,
) -> Result<(Vec<Diagnostic>, String), Vec<Diagnostic>> {
    let stale = survey.changes(|change| (change.finding(root), change.diff(root)))?;
    let summary = match stale.len() {
        0 => "all fresh".to_owned(),
        count => format!("{count} not fresh"),
    };
    let mut findings = Vec::new();
    for (finding, diff) in stale {
        // A reader that has gone away is no reason not to tell the rest.
        let _ = streams.out.write_all(diff.as_bytes());
        findings.push(finding);
    }
    Ok((findings, summary))
}

impl Args {
    fn resource_labels(&self) -> BTreeMap<String, String> {
        self.resource_labels.iter().cloned().collect()
    }
}
