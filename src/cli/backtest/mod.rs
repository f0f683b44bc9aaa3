//! `backtest`: what would have become of budgets and alerts.

mod baseline;
mod kept;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use jiff::Timestamp;

use super::generate::options;
use super::progress::Bar;
use super::server::{ServerArgs, lost, unmeasured};
use super::{Exit, SpecArgs, Specs, Streams};
use crate::backtest::{self, Backtest, Run, World};
use crate::budget::{Span, TILE};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, render_text};
use crate::duration::Duration;
use crate::prometheus::{Client, Error};
use crate::report;
use crate::rules::{Layout, Options};
use crate::slo::{Objective, Slo};
use baseline::Baseline;
use kept::Kept;

/// Two years of minutes are a million values per series.
const LONGEST: Duration = Duration::from_days(731);

/// Replays the past: what would have become of budgets and alerts
///
/// From the raw metrics of a live Prometheus, whether or not any rule is installed there:
/// the budget over time, every alert that would have fired and what had been spent until
/// then, incidents without an alert, and alerts for next to nothing. Compares objectives
/// (`--objective`) and two versions of the specs (`--baseline`).
///
/// An interrupted run goes on where it stopped when it is started again in the same way.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// How far back from its end
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = since)]
    since: Duration,

    /// Where the replay ends: a time such as 2026-01-31T12:00:00Z, Unix seconds, or `now`
    #[arg(long, value_name = "TIME", default_value = "now")]
    until: String,

    /// Other objectives to compare, in percent: 99,99.5,99.9
    #[arg(long = "objective", value_name = "PERCENT", value_delimiter = ',')]
    #[arg(value_parser = objective)]
    objectives: Vec<Objective>,

    /// Specs to compare with: a file or directory, or `git:REF` for the same ones in a revision
    #[arg(long, value_name = "DIR|git:REF")]
    baseline: Option<Baseline>,

    /// The matchers that the rules are generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The labels that the rules are generated with
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,

    /// Where answers are kept until the run has ended well; the default is a folder of the
    /// user, such as ~/.cache/slosmith
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,

    /// How to show what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables, lists and sentences
    Text,
    /// For programs; see docs/backtest-json.md
    Json,
    /// For comments on pull requests
    Markdown,
}

fn since(text: &str) -> Result<Duration, String> {
    match Duration::parse(text) {
        Ok(since) if since < Duration::from_hours(1) => {
            Err("there is nothing to see in less than an hour".to_owned())
        }
        Ok(since) if since > LONGEST => Err(format!("that is more than {}", LONGEST.single_unit())),
        Ok(since) => Ok(since),
        Err(error) => Err(error.to_string()),
    }
}

fn objective(text: &str) -> Result<Objective, String> {
    let digits = text.trim().trim_end_matches('%').trim_end();
    let percent = digits.parse().ok().and_then(Objective::from_percent);
    percent.ok_or_else(|| format!("`{text}` is no objective: write percent between 0 and 100"))
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let now = Timestamp::now();
    let until = super::moment::instant("--until", &args.until, now)?.as_millisecond();
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut findings = specs.findings();
    let layout = Layout::Native;
    let options = options::apply(
        &args.matchers,
        &args.labels,
        layout,
        &mut specs,
        &mut findings,
    );
    let mut is_invalid = findings.has_errors();
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    let mut old = None;
    if let Some(baseline) = &args.baseline {
        let mut loaded = baseline.load(&args.specs)?;
        let findings = loaded.findings();
        let is_error = |finding: &Diagnostic| finding.code.severity == Severity::Error;
        let errors = findings.filtered(is_error);
        let text = render_text(&errors, &loaded.sources, true);
        streams.err.write_all(text.as_bytes())?;
        is_invalid |= errors.has_errors();
        // What is wrong with the options was said already.
        let mut said = Diagnostics::default();
        options::apply(&args.matchers, &args.labels, layout, &mut loaded, &mut said);
        old = Some((baseline.to_string(), loaded));
    }
    if is_invalid {
        return Ok(Exit::Invalid);
    }
    if specs.selected.is_empty() && old.iter().all(|(_, old)| old.selected.is_empty()) {
        writeln!(streams.err, "no SLO to replay")?;
        return Ok(Exit::AllWell);
    }
    let span = span(args, until, now)?;
    let job = Job {
        args,
        client: &client,
        specs: &specs,
        old: old.as_ref().map(|(name, specs)| (name.as_str(), specs)),
        options: &options,
    };
    job.run(span, streams)
}

/// The stretch that is replayed, by whole tiles.
fn span(args: &Args, until: i64, now: Timestamp) -> anyhow::Result<Span> {
    if until > now.as_millisecond() {
        bail!("--until: nobody knows yet what will be");
    }
    let tile = |seconds: i64| seconds.div_euclid(TILE) * TILE;
    let end = tile(until.div_euclid(1000));
    let since = i64::try_from(args.since.secs()).unwrap_or(i64::MAX);
    let span = Span {
        start: tile(end.saturating_sub(since)).max(0),
        end,
    };
    if span.is_empty() {
        bail!("the replay would end before it begins: give a later --until");
    }
    Ok(span)
}

/// A run of the command.
struct Job<'a> {
    args: &'a Args,
    client: &'a Client,
    specs: &'a Specs,
    old: Option<(&'a str, &'a Specs)>,
    options: &'a Options,
}

impl Job<'_> {
    fn run(&self, span: Span, streams: &mut Streams) -> anyhow::Result<Exit> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (server, kept) = match self.args.server.identity()? {
            Some(identity) => {
                let server = format!("{} {identity}", self.client.url());
                let kept = self.kept(&server, span, streams)?;
                (server, kept)
            }
            None => (self.client.url(), None),
        };
        let span = kept.as_ref().map_or(span, |kept| kept.span);
        if kept.as_ref().is_some_and(|kept| kept.is_resumed) {
            let end = Timestamp::from_second(span.end)?;
            writeln!(
                streams.err,
                "going on with an interrupted run (until {end})"
            )?;
        }
        let done = runtime.block_on(self.replay(&server, kept.as_ref(), span));
        // A name that is still being looked up must not keep the program.
        runtime.shutdown_background();
        match done {
            Ok(backtest) => {
                if let Some(kept) = kept {
                    // What cannot be removed is removed by a later run.
                    let _ = kept.cache.remove();
                }
                let is_nothing = |slo: &&Slo| {
                    let mut replays = backtest.slos.iter();
                    replays.any(|one| {
                        one.id == slo.id
                            && matches!(one.outcome, crate::backtest::model::Outcome::NoData)
                    })
                };
                let nothing = self.specs.slos.iter().filter(is_nothing);
                unmeasured(nothing, &self.specs.sources, streams)?;
                self.show(&backtest, streams)?;
                // What says nothing must not pass for a good answer.
                Ok(if backtest.is_answer() {
                    Exit::AllWell
                } else {
                    Exit::Finding
                })
            }
            Err(error) => {
                let exit = lost(&error, &self.specs.sources, streams)?;
                if kept.is_some() {
                    writeln!(streams.err, "the same command goes on where it stopped")?;
                }
                Ok(exit)
            }
        }
    }

    /// What an interrupted run has left, or the place for what this one will leave.
    fn kept(
        &self,
        server: &str,
        span: Span,
        streams: &mut Streams,
    ) -> std::io::Result<Option<Kept>> {
        let is_now = self.args.until == "now";
        let folder = self.args.cache.as_deref();
        let kept = Kept::open(folder, &self.told_by(server), span, is_now);
        kept.or_else(|error| {
            writeln!(
                streams.err,
                "warning: answers cannot be kept for a run that goes on with this one: {error}"
            )?;
            Ok(None)
        })
    }

    async fn replay(
        &self,
        server: &str,
        kept: Option<&Kept>,
        span: Span,
    ) -> Result<Backtest, Error> {
        self.client.probe().await?;
        let bar = Bar::new();
        let mut objectives = self.args.objectives.clone();
        // In the order of the command line, each once: 99 is 99.0.
        let mut known = BTreeSet::new();
        objectives.retain(|objective| known.insert(*objective));
        let run = Run {
            client: self.client,
            server,
            cache: kept.map(|kept| &kept.cache),
            specs: world(self.specs),
            baseline: self
                .old
                .map(|(name, specs)| (name.to_owned(), world(specs))),
            objectives: &objectives,
            options: self.options,
            span,
            progress: &bar,
        };
        backtest::run(&run).await
    }

    /// What tells one command from another; answers themselves are told by their questions.
    fn told_by(&self, server: &str) -> Vec<String> {
        let slos = |specs: &Specs| {
            let selected = specs.selected.iter();
            let ids = selected.map(|index| specs.slos[*index].id.to_string());
            ids.collect::<Vec<_>>()
        };
        let mut told = vec![
            server.to_owned(),
            self.args.since.to_string(),
            self.args.until.clone(),
        ];
        told.extend(slos(self.specs));
        told.extend(self.args.matchers.iter().cloned());
        told
    }

    fn show(&self, backtest: &Backtest, streams: &mut Streams) -> std::io::Result<()> {
        let text = match self.args.format {
            Format::Json => report::backtest::json(backtest, &self.client.url()),
            Format::Text => report::backtest::text(backtest),
            Format::Markdown => report::backtest::markdown(backtest),
        };
        streams.out.write_all(text.as_bytes())
    }
}

fn world(specs: &Specs) -> World<'_> {
    let selected = specs.selected.iter();
    World {
        all: specs.slos.iter().map(|slo| (&slo.id, slo)).collect(),
        selected: selected.map(|index| &specs.slos[*index].id).collect(),
    }
}
