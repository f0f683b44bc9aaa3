//! `report`: the page for product managers.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::tz::TimeZone;

use super::generate::{Layout, options};
use super::server::{ServerArgs, lost, unmeasured};
use super::{Exit, SpecArgs, Specs, Streams, moment};
use crate::cli::progress::Bar;
use crate::diagnostic::{Diagnostics, render_text};
use crate::measure::Origin;
use crate::output::directory::{Change, replace};
use crate::prometheus::{Client, Error};
use crate::report;
use crate::review::{self, By, Request, Review, Which};
use crate::rules::Catalogue;
use crate::scope::Scope;
use crate::slo::Slo;

/// Writes the page for product managers: were customers served well, and what now?
///
/// First the sentences that matter; then, by service, each objective against the promise
/// made to customers, the budget over its period, the incidents that spent it and who was
/// hit, what the policy decides, and how much of the time was measured at all. The HTML is
/// one file that needs no network.
///
/// Numbers come from what the rules recorded, and from the raw metrics where they have
/// recorded too little. Planned downtime of a spec that is excluded is taken out of them, and
/// shown; it is not taken out of the recorded series.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// File to write, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    /// How to write it; by default what the name of the file says (.md, .json), or HTML
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Report this period instead of that of each SLO: 2026-10, 2026-Q3, 2026-W40, 2026, or `last` for the last one that has ended
    #[arg(long, value_name = "PERIOD")]
    period: Option<Which>,

    /// As of when: a time such as 2026-01-31T12:00:00Z, or Unix seconds
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: String,

    /// Show instants in this time zone, and let periods without one begin in it; by default that of the specs, or UTC
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// Show which values of these labels spent the budget; by default of up to three labels that tell most, and of none with `none`
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    by: Vec<String>,

    /// Narrow every question, for a server that holds several clusters: 'cluster="eu"'
    #[arg(long = "where", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The matchers that the rules were generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    generated_with: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One file with everything, for a browser
    Html,
    /// For wikis, mails and pull requests
    Markdown,
    /// For programs; see docs/report-json.md
    Json,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let at = moment::past("--at", &args.at)?;
    let at = review::aligned(at.as_second());
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut usage = Diagnostics::default();
    options::apply(
        &args.generated_with,
        &[],
        Layout::Native.into(),
        &mut specs,
        &mut usage,
    );
    let matchers = options::matchers("--where", &args.matchers, &mut specs.sources, &mut usage);
    let mut invalid = specs.findings();
    let is_misused = usage.has_errors();
    invalid.append(usage);
    let text = render_text(&invalid, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    if is_misused {
        return Ok(Exit::Invalid);
    }
    // What the others did is worth knowing all the same.
    let exit = if invalid.has_errors() {
        Exit::Invalid
    } else {
        Exit::AllWell
    };
    if specs.selected.is_empty() {
        writeln!(streams.err, "no SLO to report")?;
        return Ok(exit);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let scope = Scope::new(matchers);
    let asked = runtime.block_on(ask(args, &client, &specs, &scope, at));
    runtime.shutdown_background();
    match asked? {
        // A page that says nothing must not pass for a good one.
        Ok(review) if review.slos.is_empty() => {
            bail!("there is nothing to report: {}", review.notes.join(" "))
        }
        Ok(review) => {
            let is_nothing = |slo: &&Slo| {
                let mut groups = review.slos.iter().filter(|one| one.id == slo.id).peekable();
                groups.peek().is_some() && groups.all(|one| one.origin == Origin::Nothing)
            };
            let nothing = specs.slos.iter().filter(is_nothing);
            unmeasured(nothing, &specs.sources, streams)?;
            show(args, &review, streams)?;
            Ok(exit)
        }
        Err(error) => Ok(lost(&error, &specs.sources, streams)?),
    }
}

async fn ask(
    args: &Args,
    client: &Client,
    specs: &Specs,
    scope: &Scope,
    at: i64,
) -> anyhow::Result<Result<Review, Error>> {
    if let Err(error) = client.probe().await {
        return Ok(Err(error));
    }
    let mut slos: Vec<&Slo> = specs
        .selected
        .iter()
        .filter_map(|index| specs.slos.get(*index))
        .collect();
    slos.sort_by(|one, other| one.id.cmp(&other.id));
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let time_zone = args
        .time_zone
        .clone()
        .or_else(|| review::common_zone(&slos))
        .unwrap_or_else(|| "UTC".to_owned());
    let zone = TimeZone::get(&time_zone).with_context(|| {
        format!("--time-zone: `{time_zone}` is no time zone: write Europe/Berlin")
    })?;
    let by = by(&args.by)?;
    let bar = Bar::new();
    let request = Request {
        client,
        slos,
        all: &all,
        scope,
        at,
        which: args.period.as_ref().unwrap_or(&Which::Own),
        time_zone,
        zone,
        by,
        progress: &bar,
    };
    Ok(review::review(&request).await)
}

/// The labels to attribute by, each once.
fn by(labels: &[String]) -> anyhow::Result<By> {
    if labels.is_empty() {
        return Ok(By::Found);
    }
    let mut found: Vec<String> = Vec::new();
    for label in labels {
        if label.is_empty() {
            bail!("--by: a label has a name");
        }
        if !found.contains(label) {
            found.push(label.clone());
        }
    }
    match found.as_slice() {
        [none] if none == "none" => Ok(By::Labels(Vec::new())),
        [_] => Ok(By::Labels(found)),
        more if more.iter().any(|label| label == "none") => {
            bail!("--by: `none` and labels exclude each other")
        }
        _ => Ok(By::Labels(found)),
    }
}

fn show(args: &Args, review: &Review, streams: &mut Streams) -> anyhow::Result<()> {
    let text = match args.format.unwrap_or_else(|| named(&args.output)) {
        Format::Html => report::review::html(review),
        Format::Markdown => report::review::markdown(review),
        Format::Json => report::review::json(review),
    };
    if args.output == Path::new("-") {
        streams.plain.write_all(text.as_bytes())?;
        return Ok(());
    }
    write_page(&args.output, text)?;
    writeln!(streams.err, "wrote {}", args.output.display())?;
    Ok(())
}

/// Writes a file as a whole, or not at all.
pub(super) fn write_page(path: &Path, text: String) -> anyhow::Result<()> {
    let writing = || format!("cannot write {}", path.display());
    if path.is_dir() {
        bail!("{} is a directory; give the name of a file", path.display());
    }
    let Some(name) = path.to_str() else {
        bail!("{} has a name that is not UTF-8", path.display());
    };
    let old = path.exists().then(|| std::fs::read(path)).transpose();
    let change = Change {
        path: name.to_owned(),
        old: old.with_context(writing)?,
        new: Some(text),
    };
    if let Err(findings) = replace(vec![change]) {
        let reasons = findings.iter().map(|finding| finding.message.as_str());
        bail!("{}", reasons.collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}

/// The format that the name of a file stands for.
fn named(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("md" | "markdown") => Format::Markdown,
        Some("json") => Format::Json,
        _ => Format::Html,
    }
}
