//! `backfill`: the history of recorded series from raw metrics.

mod job;
mod say;

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;

use super::generate::{Layout, options};
use super::server::ServerArgs;
use super::{Exit, SpecArgs, Specs, Streams, moment};
use crate::diagnostic::render_text;
use crate::duration::Duration;
use crate::output;
use crate::rules::Catalogue;
use crate::slo::Slo;
use job::Job;

/// Computes what the rules would have recorded, from the raw metrics of a live Prometheus
///
/// A recording rule starts with its first evaluation, and a budget of a month with no
/// month behind it. This writes the history of everything that the rules record, as
/// if they had been running since `--since`, for `promtool tsdb create-blocks-from
/// openmetrics`. Where the server has samples of a series already, none are written, so
/// it can be run before the rules are loaded, after, and again.
///
/// By default it ends where the memory of the server begins, up to three hours ago:
/// Prometheus forgets what is in its memory when it is restarted with newer blocks. Run
/// it again three hours after the rules were loaded, and nothing is missing.
///
/// An interrupted run goes on where it stopped when it is started again in the same way.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// File to write, or `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// How far back from its end; the default is as far as the rules read. Ratios of a period are whole one period later: for a month of them, give two
    #[arg(long, value_name = "DURATION", value_parser = since)]
    since: Option<Duration>,

    /// Where the history ends: a time such as 2026-01-31T12:00:00Z, Unix seconds, or `now`
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// Names and labels of the rules
    #[arg(long, value_enum, default_value_t = Layout::Native)]
    layout: Layout,

    /// The matchers that the rules were generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The labels that the rules were generated with
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
}

fn since(text: &str) -> Result<Duration, String> {
    match Duration::parse(text) {
        Ok(Duration::ZERO) => Err("there is no history in no time".to_owned()),
        Ok(since) => Ok(since),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let now = Timestamp::now();
    let until = args.until.as_deref();
    let until = until.map(|text| moment::instant("--until", text, now));
    let until = until.transpose()?.map(Timestamp::as_millisecond);
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut findings = specs.findings();
    let layout = args.layout.into();
    let options = options::apply(
        &args.matchers,
        &args.labels,
        layout,
        &mut specs,
        &mut findings,
    );
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let selected = specs.selected.iter().map(|index| &specs.slos[*index]);
    let mut slos: Vec<&Slo> = selected.collect();
    slos.sort_by(|one, other| one.id.cmp(&other.id));
    findings.extend(output::layout::conflicts(&slos, &all, layout));
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    if findings.has_errors() {
        return Ok(Exit::Invalid);
    }
    if slos.is_empty() {
        writeln!(streams.err, "no SLO to compute the history of")?;
        return Ok(Exit::AllWell);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let job = Job {
        args,
        client: &client,
        sources: &specs.sources,
        slos,
        all,
        options: &options,
        now: now.as_millisecond(),
        until,
    };
    let exit = runtime.block_on(job.run(streams));
    // A name that is still being looked up must not keep the program.
    runtime.shutdown_background();
    exit
}
