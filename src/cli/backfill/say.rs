//! What is said beside the history.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use super::Args;
use crate::backfill::history::{Begun, Note, Span, Written};
use crate::cli::Streams;
use crate::cli::server::NO_RAW_DATA;
use crate::diagnostic::codes::backfill as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::slo::Slo;
use crate::words;

/// An hour, in milliseconds: raw metrics that begin so much later than asked for, or a
/// history that ends so much earlier, are no surprise.
const SOON: i64 = 3_600_000;

/// What a run says of its span.
pub(super) struct Say<'a> {
    pub(super) args: &'a Args,
    pub(super) now: i64,
    pub(super) span: Span,
}

impl Say<'_> {
    /// Where the history ends, when that is not now, or should not be. `safe` is the last
    /// instant that a server has on its disk.
    pub(super) fn ends(&self, safe: i64, is_wanted: bool, streams: &mut Streams) -> io::Result<()> {
        let until = moment(self.span.until);
        if is_wanted && self.span.until > safe {
            return writeln!(
                streams.err,
                "warning: what is newer than {} may be only in the memory of the server. A Prometheus \
                 that is started again with newer blocks forgets what it has in memory of ALL series \
                 before {until}: do not restart it until then it has written this to its disk, three \
                 hours from now",
                moment(safe)
            );
        }
        if !is_wanted && self.now - self.span.until > SOON {
            writeln!(
                streams.err,
                "the history ends at {until}, where the memory of the server begins; run it again later, \
                 when the rules have been loaded for three hours, for what is missing then"
            )?;
        }
        Ok(())
    }

    /// Whether something is gone on with.
    pub(super) fn begun(&self, begun: Begun, streams: &mut Streams) -> io::Result<()> {
        match begun {
            Begun::Anew => Ok(()),
            Begun::Again(slos) => writeln!(
                streams.err,
                "going on with an interrupted run: {} done, the history ends at {}",
                words::count(slos, "SLO"),
                moment(self.span.until)
            ),
            Begun::Instead => writeln!(
                streams.err,
                "an interrupted run was about other SLOs or options, or is too old: beginning anew"
            ),
        }
    }

    /// SLOs without a history.
    pub(super) fn findings(&self, outcome: &[(&Slo, Written)]) -> Diagnostics {
        let mut findings = Diagnostics::default();
        for (slo, written) in outcome {
            let finding = match &written.note {
                None => continue,
                Some(Note::NoData) => Diagnostic::at(
                    &codes::NO_RAW_DATA,
                    slo.sli.at,
                    format!(
                        "{}: the server has none of these metrics between {} and {}",
                        slo.id,
                        moment(self.span.since),
                        moment(self.span.until)
                    ),
                )
                .with_help(NO_RAW_DATA),
                Some(Note::Failed(reason)) => Diagnostic::at(
                    &codes::NOT_COMPUTED,
                    slo.sli.at,
                    format!("{}: its history cannot be computed: {reason}", slo.id),
                )
                .with_help("nothing is written of it; the others are complete"),
            };
            findings.push(finding);
        }
        findings
    }

    /// What was written, and what to do with it.
    pub(super) fn done(
        &self,
        outcome: &[(&Slo, Written)],
        size: Option<u64>,
        streams: &mut Streams,
    ) -> io::Result<()> {
        let err = &mut streams.err;
        let all = || outcome.iter().map(|(_, written)| written);
        let begins = all().filter_map(|written| written.begins).min();
        if let Some(begins) = begins.filter(|begins| *begins > self.span.since + SOON) {
            writeln!(
                err,
                "warning: the raw metrics begin at {}, later than {}: nothing is known of the time before",
                moment(begins),
                moment(self.span.since)
            )?;
        }
        let there = all().filter(|written| written.is_partly_there).count();
        if there > 0 {
            writeln!(
                err,
                "of {} the server has samples already; nothing is written where it has",
                words::count(there, "SLO")
            )?;
        }
        let samples: u64 = all().map(|written| written.samples).sum();
        let ranges = || all().filter_map(|written| written.range);
        let first = ranges().map(|(first, _)| first).min();
        let last = ranges().map(|(_, last)| last).max();
        let Some((first, last)) = first.zip(last) else {
            return writeln!(err, "nothing to write");
        };
        let series: u64 = all().map(|written| written.series).sum();
        let path = self.args.output.display();
        let size = size.map_or_else(String::new, |size| format!(", {}", bytes(size)));
        writeln!(
            err,
            "{}: {} series, {} samples, from {} to {}{size}",
            if self.args.output == Path::new("-") {
                "written".to_owned()
            } else {
                path.to_string()
            },
            words::quantity(series),
            words::quantity(samples),
            moment(first),
            moment(last)
        )?;
        writeln!(
            err,
            "next, with the data directory of Prometheus (--storage.tsdb.path) for DATA:\n  \
             promtool tsdb create-blocks-from --max-block-duration=162h openmetrics {path} DATA\n\
             Prometheus finds the blocks within a minute. They may overlap with others; before \
             2.39 that needs --storage.tsdb.allow-overlapping-blocks. The rules may be loaded before \
             or after."
        )
    }
}

/// An instant to the second.
fn moment(millis: i64) -> String {
    let at = Timestamp::from_second(millis.div_euclid(1000));
    at.map_or_else(|_| millis.to_string(), |at| at.to_string())
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} bytes"),
        10_000..10_000_000 => format!("{} kB", size / 1_000),
        _ => format!("{} MB", words::grouped(&(size / 1_000_000).to_string())),
    }
}
