//! `gate`: ship, slow or freeze.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::bail;

use super::generate::options;
use super::server::{ServerArgs, lost, unmeasured};
use super::{Exit, SpecArgs, Specs, Streams, moment};
use crate::cli::progress::Bar;
use crate::diagnostic::render_text;
use crate::gate::{self, Gate, Outcome};
use crate::measure::{self, Measured};
use crate::prometheus::{Client, Error};
use crate::rules::{Catalogue, Layout};
use crate::scope::Scope;
use crate::slo::{Decision, Slo};

/// Says whether to ship, by the error budget policy of each spec
///
/// Every SLO, and every group of it, is measured and judged by the `policy` of its spec;
/// without one it is freeze when the error budget is gone, and slow below a quarter of it.
/// The worst of them is the decision, and the exit code: 0 ship, 10 slow, 20 freeze, and 30
/// where too little was measured to know. Planned downtime of the spec does not count; an
/// override of the policy does until its last day.
///
/// 2 is an invalid spec or wrong usage, 3 a Prometheus that does not answer.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// Decide as of then: a time such as 2026-01-31T12:00:00Z, or Unix seconds
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: String,

    /// Only these decisions are an exit code of their own; an SLO with any other one counts as 0
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', default_values = ["freeze", "unknown", "slow"])]
    fail_on: Vec<FailOn>,

    /// What to take it for where nobody knows; what is known for certain stays as strict as it is
    #[arg(long, value_enum, value_name = "DECISION")]
    on_unknown: Option<OnUnknown>,

    /// Narrow every question, for a server that holds several clusters: 'cluster="eu"'
    #[arg(long = "where", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The matchers that the rules were generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    generated_with: Vec<String>,

    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// 20
    Freeze,
    /// 30
    Unknown,
    /// 10
    Slow,
    /// None of them
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnUnknown {
    Ship,
    Slow,
    Freeze,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each SLO, the worst first; the last one is the decision
    Text,
    /// For pipelines; see docs/gate-json.md
    Json,
}

impl From<OnUnknown> for Decision {
    fn from(on_unknown: OnUnknown) -> Self {
        match on_unknown {
            OnUnknown::Ship => Self::Ship,
            OnUnknown::Slow => Self::Slow,
            OnUnknown::Freeze => Self::Freeze,
        }
    }
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    if args.fail_on.contains(&FailOn::Never) && args.fail_on.len() > 1 {
        bail!("--fail-on: `never` and others exclude each other");
    }
    let at = moment::past("--at", &args.at)?.as_second();
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut findings = specs.findings();
    options::apply(
        &args.generated_with,
        &[],
        Layout::Native,
        &mut specs,
        &mut findings,
    );
    let scope = options::matchers("--where", &args.matchers, &mut specs.sources, &mut findings);
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    // Whoever cannot read a policy must not say that it lets anything pass.
    if findings.has_errors() {
        return Ok(Exit::Invalid);
    }
    if specs.selected.is_empty() {
        writeln!(streams.err, "no SLO to decide by")?;
        return Ok(Exit::Invalid);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let scope = Scope::new(scope);
    let measured = runtime.block_on(measure(&client, &specs, &all, &scope, at));
    // A name that is still being looked up must not keep the program.
    runtime.shutdown_background();
    match measured {
        Ok(measured) => {
            let nothing = measured.iter().filter(|one| one.is_nothing());
            unmeasured(nothing.map(|one| one.slo), &specs.sources, streams)?;
            let gate = Gate {
                server: client.url(),
                at,
                verdicts: gate::decide(&measured, at, args.on_unknown.map(Into::into)),
            };
            show(args, &gate, &specs, streams)
        }
        Err(error) => Ok(lost(&error, &specs.sources, streams)?),
    }
}

/// What was measured of the selected SLOs, each over the time that its policy looks at.
async fn measure<'a>(
    client: &'a Client,
    specs: &'a Specs,
    all: &'a Catalogue<'a>,
    scope: &'a Scope,
    at: i64,
) -> Result<Vec<Measured<'a>>, Error> {
    let selected = specs.selected.iter().filter_map(|i| specs.slos.get(*i));
    let mut by_span: BTreeMap<_, Vec<&'a Slo>> = BTreeMap::new();
    for slo in selected {
        by_span.entry(gate::span(slo, at)).or_default().push(slo);
    }
    let bar = Bar::new();
    let mut measured = Vec::new();
    for (span, slos) in by_span {
        let request = measure::Request {
            client,
            slos,
            all,
            scope,
            span,
            progress: &bar,
        };
        measured.extend(measure::measure(&request).await?);
    }
    Ok(measured)
}

fn show(
    args: &Args,
    gate: &Gate<'_>,
    specs: &Specs,
    streams: &mut Streams,
) -> anyhow::Result<Exit> {
    let exit = exit(&args.fail_on, gate);
    let text = match args.format {
        Format::Text => gate.text(),
        Format::Json => gate.json(&specs.sources, exit.code()),
    };
    streams.out.write_all(text.as_bytes())?;
    Ok(exit)
}

/// The exit code of the worst of those that the run is to fail on.
fn exit(fail_on: &[FailOn], gate: &Gate<'_>) -> Exit {
    let counts = |outcome: &Outcome| match outcome {
        Outcome::Ship => false,
        Outcome::Slow => fail_on.contains(&FailOn::Slow),
        Outcome::Unknown => fail_on.contains(&FailOn::Unknown),
        Outcome::Freeze => fail_on.contains(&FailOn::Freeze),
    };
    let outcomes = gate.verdicts.iter().map(|verdict| verdict.outcome);
    match outcomes.filter(counts).max() {
        None | Some(Outcome::Ship) => Exit::AllWell,
        Some(Outcome::Slow) => Exit::Slow,
        Some(Outcome::Unknown) => Exit::Unknown,
        Some(Outcome::Freeze) => Exit::Freeze,
    }
}
