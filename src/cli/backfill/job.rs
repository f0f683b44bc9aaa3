//! From when to when, and into what.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};

use super::Args;
use super::say::Say;
use crate::backfill::history::{self, Journal, Outcome, Pipe, Run, Span, Stopped};
use crate::cli::progress::Bar;
use crate::cli::server::lost;
use crate::cli::{Exit, Streams};
use crate::diagnostic::{Diagnostics, render_text};
use crate::duration::Duration;
use crate::output;
use crate::progress::Progress;
use crate::prometheus::{Client, Error};
use crate::rules::{self, Catalogue, Options};
use crate::slo::Slo;
use crate::source::Sources;

/// How much of the past a server may still hold in memory, where it does not tell.
const IN_MEMORY: Duration = Duration::from_hours(3);
/// An interrupted run is gone on with for this long, unless its end was given.
const GOOD_FOR: Duration = Duration::from_hours(12);

/// A run of the command.
pub(super) struct Job<'a> {
    pub(super) args: &'a Args,
    pub(super) client: &'a Client,
    pub(super) sources: &'a Sources,
    pub(super) slos: Vec<&'a Slo>,
    pub(super) all: Catalogue<'a>,
    pub(super) options: &'a Options,
    pub(super) now: i64,
    pub(super) until: Option<i64>,
}

impl Job<'_> {
    pub(super) async fn run(&self, streams: &mut Streams) -> anyhow::Result<Exit> {
        let span = match self.span(streams).await? {
            Ok(span) => span,
            Err(error) => return Ok(lost(&error, self.sources, streams)?),
        };
        if self.args.output == Path::new("-") {
            let run = self.history(span, &());
            let outcome = history::run(&run, &mut Pipe(&mut streams.plain)).await;
            return self.conclude(span, outcome, None, streams);
        }
        let path = &self.args.output;
        let writing = || format!("cannot write {}", path.display());
        if path.is_dir() {
            bail!("{} is a directory; give the name of a file", path.display());
        }
        let is_still_good = |old: Span| {
            let age = span.until - old.until;
            self.until.is_some() || age < millis(GOOD_FOR)
        };
        let (mut journal, span, begun) =
            Journal::open(path, &self.fingerprint(), span, is_still_good).with_context(writing)?;
        self.say(span).begun(begun, streams)?;
        let outcome = {
            let bar = Bar::new();
            history::run(&self.history(span, &bar), &mut journal).await
        };
        let is_complete = outcome.is_ok();
        let size = if is_complete {
            Some(journal.finish().with_context(writing)?)
        } else {
            None
        };
        self.conclude(span, outcome, size, streams)
    }

    fn history<'p>(&self, span: Span, progress: &'p dyn Progress) -> Run<'_, 'p> {
        Run {
            client: self.client,
            slos: self.slos.clone(),
            all: self.all.clone(),
            options: self.options,
            span,
            progress,
        }
    }

    /// From when to when, by what was asked for and by what the server says.
    async fn span(&self, streams: &mut Streams) -> anyhow::Result<Result<Span, Error>> {
        if let Err(error) = self.client.probe().await {
            return Ok(Err(error));
        }
        let head = match self.client.head_begins().await {
            Ok(Some(begins)) => Some(millis_of(begins)),
            Ok(None) => None,
            // What stands in front of a Prometheus does not tell.
            Err(error) if error.is_closed_api() || matches!(error, Error::Malformed { .. }) => {
                Some(self.now - millis(IN_MEMORY))
            }
            Err(error) => return Ok(Err(error)),
        };
        let safe = head.map_or(self.now, |head| self.now.min(head - 1));
        let until = self.until.unwrap_or(safe);
        let back = self.args.since;
        let back = back.unwrap_or_else(|| history::needed(&self.slos, &self.all, self.options));
        let span = Span {
            since: (until - millis(back)).max(0),
            until,
        };
        if span.until > self.now {
            bail!("--until: nobody knows yet what will be");
        }
        if span.until <= span.since {
            bail!("the history would end before it begins: give a longer --since");
        }
        self.say(span).ends(safe, self.until.is_some(), streams)?;
        Ok(Ok(span))
    }

    fn say(&self, span: Span) -> Say<'_> {
        Say {
            args: self.args,
            now: self.now,
            span,
        }
    }

    /// Of everything that decides what is written, but for the time at which it runs.
    fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        self.client.url().hash(&mut hasher);
        self.args.since.hash(&mut hasher);
        self.until.hash(&mut hasher);
        for slo in &self.slos {
            let files = rules::compile([*slo], self.all.values().copied(), self.options);
            for file in &files {
                output::prometheus::render(file, &[]).hash(&mut hasher);
            }
        }
        format!("{:016x}", hasher.finish())
    }

    fn conclude(
        &self,
        span: Span,
        outcome: Result<Outcome<'_>, Stopped>,
        size: Option<u64>,
        streams: &mut Streams,
    ) -> anyhow::Result<Exit> {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(Stopped::Ask(error)) => {
                let exit = lost(&error, self.sources, streams)?;
                if self.args.output != Path::new("-") {
                    writeln!(streams.err, "the same command goes on where it stopped")?;
                }
                return Ok(exit);
            }
            Err(Stopped::Write(error)) => {
                bail!("cannot write {}: {error}", self.args.output.display())
            }
        };
        let say = self.say(span);
        let findings: Diagnostics = say.findings(&outcome);
        let text = render_text(&findings, self.sources, true);
        streams.err.write_all(text.as_bytes())?;
        say.done(&outcome, size, streams)?;
        Ok(Exit::AllWell)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.millis()).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "instants are far below 2^53"
)]
fn millis_of(seconds: f64) -> i64 {
    (seconds * 1000.0).floor() as i64
}
