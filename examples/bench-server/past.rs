//! What was scraped, and what the rules would have recorded: of steady traffic that is
//! known without evaluating them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::promtool;
use slosmith::rules::series::{
    BAD, BAD_TILE, BUDGET_REMAINING, COVERAGE, INFO, OBJECTIVE, TOTAL, TOTAL_TILE,
};
use slosmith::rules::{Rule, RuleFile};

use crate::traffic::{Counter, ERRORS, RATE, Traffic};

/// How often raw series are scraped.
const SCRAPE: u64 = 30;
/// The period of the SLOs, and a little.
const PERIOD: u64 = 30 * 24 * 3600 + 3600;
/// How long derived series are read back, and a little.
const LATEST: u64 = 15 * 60;
/// What is newer than this is written last, so that there is no gap before the present.
const RECENT: u64 = 2 * 3600;
/// As promtool cuts it; it would read a longer text again for every block.
const BLOCK: u64 = 162 * 3600;
/// The objective of `bench-specs`.
const OBJECTIVE_RATIO: f64 = 0.999;
/// How much errors differ from hour to hour: what never moves is not real.
const SWING: f64 = 0.01;

/// Fills the database below `folder`.
pub(crate) async fn import(files: &[RuleFile], traffic: &Traffic, folder: &Path) -> io::Result<()> {
    let recorded = recorded(files)?;
    let recent = crate::now()? - RECENT;
    let mut from = recent - PERIOD;
    while from < recent {
        let until = recent.min((from / BLOCK + 1) * BLOCK);
        add(folder, traffic, &recorded, from, until, None).await?;
        from = until;
    }
    let now = crate::now()?;
    add(folder, traffic, &recorded, recent, now, Some(now)).await
}

/// Adds what was before an instant and not before another; derived series and raw ones
/// only when it is clear when the present is.
async fn add(
    folder: &Path,
    traffic: &Traffic,
    recorded: &[Recorded<'_>],
    from: u64,
    until: u64,
    now: Option<u64>,
) -> io::Result<()> {
    let text = folder.join("past.om");
    let mut writer = Writer::new(BufWriter::new(File::create(&text)?));
    for series in recorded {
        let since = now.map(|now| now - series.kept);
        let since = if series.is_tile() { Some(from) } else { since };
        if let Some(since) = since {
            series.write(since, until, &mut writer)?;
        }
    }
    if now.is_some() {
        for counter in &traffic.counters {
            raw(traffic, counter, until, &mut writer)?;
        }
    }
    writer.finish()?;
    promtool::blocks_from_openmetrics(&text, &folder.join("data")).await?;
    fs::remove_file(&text)
}

fn raw(
    traffic: &Traffic,
    counter: &Counter,
    until: u64,
    writer: &mut Writer<impl Write>,
) -> io::Result<()> {
    let samples = times(traffic.start, until, SCRAPE);
    let samples = samples.map(|at| (at, traffic.value(counter, at)));
    writer.series(&counter.name, counter.labels(), samples)
}

/// A series that a rule records.
struct Recorded<'a> {
    name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
    /// Seconds between two evaluations.
    interval: u64,
    /// How far back it is needed, in seconds.
    kept: u64,
    value: f64,
}

impl Recorded<'_> {
    fn is_tile(&self) -> bool {
        self.kept == PERIOD
    }

    fn write(&self, from: u64, until: u64, writer: &mut Writer<impl Write>) -> io::Result<()> {
        let moves = self.name == BAD_TILE;
        let samples = times(from, until, self.interval);
        let samples = samples.map(|at| {
            let is_odd = (at / 3600.0).floor() % 2.0 > 0.0;
            let swing = if is_odd { SWING } else { -SWING };
            (at, self.value * if moves { 1.0 + swing } else { 1.0 })
        });
        writer.series(self.name, self.labels.iter().copied(), samples)
    }
}

/// Multiples of a step in Unix seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "Unix time has fewer than 53 bits"
)]
fn times(from: u64, until: u64, step: u64) -> impl Iterator<Item = f64> {
    let steps = from.div_ceil(step)..until.div_ceil(step);
    steps.map(move |index| (index * step) as f64)
}

fn recorded(files: &[RuleFile]) -> io::Result<Vec<Recorded<'_>>> {
    let groups = files.iter().flat_map(|file| &file.groups);
    let rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
    let mut all = Vec::new();
    for (group, rule) in rules {
        let Rule::Record { record, labels, .. } = rule else {
            continue;
        };
        let unknown = || io::Error::other(format!("nobody knows what {record} was"));
        let (value, kept) = value(record).ok_or_else(unknown)?;
        all.push(Recorded {
            name: record,
            labels: labels
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect(),
            interval: group.interval.millis() / 1000,
            kept,
            value,
        });
    }
    Ok(all)
}

/// What is recorded by this name, and how far back it is needed.
fn value(name: &str) -> Option<(f64, u64)> {
    Some(match name {
        TOTAL => (RATE, Traffic::HISTORY),
        BAD => (RATE * ERRORS, Traffic::HISTORY),
        TOTAL_TILE => (RATE, PERIOD),
        BAD_TILE => (RATE * ERRORS, PERIOD),
        COVERAGE | INFO => (1.0, LATEST),
        OBJECTIVE => (OBJECTIVE_RATIO, LATEST),
        BUDGET_REMAINING => (1.0 - ERRORS / (1.0 - OBJECTIVE_RATIO), LATEST),
        ratio if ratio.starts_with("slo:error_ratio:") => (ERRORS, LATEST),
        _ => return None,
    })
}
