//! `check`: what a live Prometheus says about the specs.

mod fail_on;
mod progress;

use std::cell::Cell;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use super::generate::{Layout, options};
use super::server::ServerArgs;
use super::{Exit, SpecArgs, Specs, Streams};
use crate::check::{self, Context, Finding, Outcome, Part, Request, Scope};
use crate::diagnostic::{Diagnostic, Diagnostics, render_text};
use crate::output;
use crate::prometheus::{Client, Error};
use crate::report::{self, Style};
use crate::rules::{self, Catalogue};
use crate::slo::Slo;
use fail_on::FailOn;
use progress::Bar;

/// Asks a live Prometheus: are the rules there, are the SLIs sound, what burns right now?
///
/// One verdict per SLO and group: ok; at risk (it burns, or little of the budget is
/// left); breached (the budget is gone); unknown (no data, or none that can be trusted).
/// What is wrong with rules, series, recorded values or alerts is a finding, with the
/// line of the spec, a query that shows it, and what to do. Nothing on the server is
/// changed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// Look only at these: rules (loaded, equal, healthy), series (behind the SLIs), values (recorded ones against the definition), burn (verdicts, alerts)
    #[arg(long, value_name = "PART", value_delimiter = ',', default_values = ["rules", "series", "values", "burn"], hide_default_value = true, hide_possible_values = true)]
    only: Vec<PartArg>,

    /// Compare whole periods with raw data, too; reads much
    #[arg(long)]
    deep: bool,

    /// Narrow every question, for a server that holds several clusters: 'cluster="eu"'
    #[arg(long = "where", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The matchers that the rules were generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    generated_with: Vec<String>,

    /// The labels that the rules were generated with
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,

    /// The layout that the rules were generated with
    #[arg(long, value_enum, default_value_t = Layout::Native)]
    layout: Layout,

    /// How to show what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// End with 1 on these
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', default_values = ["error", "unknown", "breached"])]
    fail_on: Vec<FailOn>,

    /// Show what the check cost
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PartArg {
    Rules,
    Series,
    Values,
    Burn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table, and findings with their lines
    Text,
    /// For programs; see docs/check-json.md
    Json,
    /// JUnit XML, as CI systems show tests
    Junit,
    /// GitHub Actions: notes beside the lines of the specs
    Github,
    /// For comments on pull requests
    Markdown,
}

impl From<PartArg> for Part {
    fn from(part: PartArg) -> Self {
        match part {
            PartArg::Rules => Self::Rules,
            PartArg::Series => Self::Series,
            PartArg::Values => Self::Values,
            PartArg::Burn => Self::Burn,
        }
    }
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut usage = Diagnostics::default();
    let options = options::apply(
        &args.generated_with,
        &args.labels,
        args.layout.into(),
        &mut specs,
        &mut usage,
    );
    let scope = options::matchers("--where", &args.matchers, &mut specs.sources, &mut usage);
    let mut invalid = specs.findings();
    invalid.extend(conflicts(&specs, options.layout));
    let is_misused = usage.has_errors();
    invalid.append(usage);
    let text = render_text(&invalid, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    if is_misused {
        return Ok(Exit::Invalid);
    }
    // What the server says of the others is worth knowing all the same.
    let is_invalid = invalid.has_errors();
    if specs.selected.is_empty() {
        writeln!(streams.err, "no SLO to check")?;
        return Ok(if is_invalid {
            Exit::Invalid
        } else {
            Exit::AllWell
        });
    }
    let request = Request {
        parts: args.only.iter().map(|part| (*part).into()).collect(),
        deep: args.deep,
        options,
        // The rules of an SLO whose spec is broken, or in a file beside, are not left over.
        is_complete: args.specs.is_everything() && !is_invalid,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = runtime.block_on(ask(&client, &specs, Scope::new(scope), &request));
    // A name that is still being looked up must not keep the program.
    runtime.shutdown_background();
    let (outcome, lost) = match asked {
        Ok(asked) => asked,
        Err(error) => (unanswered(&client, &error), Some(error)),
    };
    let exit = match lost {
        None => fail_on::exit(&args.fail_on, &outcome),
        Some(_) => Exit::Unreachable,
    };
    show(args, &outcome, &specs, streams)?;
    Ok(match exit {
        Exit::AllWell | Exit::Finding if is_invalid => Exit::Invalid,
        exit => exit,
    })
}

/// What stands in the way of the rules that are looked for.
fn conflicts(specs: &Specs, layout: rules::Layout) -> Vec<Diagnostic> {
    let selected = specs.selected.iter().filter_map(|i| specs.slos.get(*i));
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    output::layout::conflicts(&selected.collect::<Vec<_>>(), &all, layout)
}

async fn ask(
    client: &Client,
    specs: &Specs,
    scope: Scope,
    request: &Request,
) -> Result<(Outcome, Option<Error>), Error> {
    let server = client.probe().await?;
    let mut slos: Vec<&Slo> = specs
        .selected
        .iter()
        .map(|index| &specs.slos[*index])
        .collect();
    slos.sort_by(|a, b| a.id.cmp(&b.id));
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let bar = Bar::new();
    let cx = Context {
        client,
        slos,
        all,
        scope,
        now: unix_now(),
        unanswered: Cell::default(),
        progress: &bar,
    };
    Ok(check::run(&cx, &server, request).await)
}

fn unix_now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

/// All there is to say when the server does not answer.
fn unanswered(client: &Client, error: &Error) -> Outcome {
    let usage = client.usage();
    Outcome {
        requests: usage.requests,
        samples: usage.samples,
        url: client.url(),
        at: unix_now(),
        findings: vec![Finding {
            slo: None,
            diagnostic: check::server::unanswered(error),
        }],
        ..Outcome::default()
    }
}

fn show(
    args: &Args,
    outcome: &Outcome,
    specs: &Specs,
    streams: &mut Streams,
) -> std::io::Result<()> {
    let sources = &specs.sources;
    let text = match args.format {
        Format::Text => {
            let style = Style {
                colour: true,
                width: width(),
                verbose: args.verbose,
            };
            let text = report::terminal(outcome, sources, style);
            // Nothing came of it that could be piped on.
            if outcome.server.is_empty() {
                return streams.err.write_all(text.as_bytes());
            }
            text
        }
        Format::Json => report::json(outcome, sources),
        Format::Junit => report::junit(outcome, sources),
        Format::Github => report::github(outcome, sources),
        Format::Markdown => report::markdown(outcome, sources),
    };
    streams.out.write_all(text.as_bytes())
}

/// Columns of the terminal that standard output is, if it is one.
fn width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map_or(usize::MAX, |(width, _)| usize::from(width.0))
}
