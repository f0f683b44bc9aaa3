//! Asks a Prometheus for the history of recorded series.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Recorded;
use super::openmetrics::Writer;
use crate::duration::Duration;
use crate::prometheus::{Client, Error, Series};
use crate::promql::print;

/// Prometheus answers with 11,000 points per series at most.
const POINTS: u64 = 10_000;

/// Why the history could not be computed.
#[derive(Debug)]
pub enum ComputeError {
    /// Prometheus did not answer.
    Ask(Error),
    /// The file could not be written.
    Write(io::Error),
}

impl std::fmt::Display for ComputeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ask(error) => write!(f, "{error}"),
            Self::Write(error) => write!(f, "cannot write the history: {error}"),
        }
    }
}

impl std::error::Error for ComputeError {}

/// Writes what the rule would have recorded up to `until` (Unix time in seconds),
/// at every multiple of its interval, and answers how many samples that are. The
/// passes before must be in the database of the server already.
pub async fn compute<W: Write>(
    client: &Client,
    recorded: &Recorded<'_>,
    until: u64,
    writer: &mut Writer<W>,
) -> Result<usize, ComputeError> {
    let query = print(recorded.expr);
    let step = recorded.interval.secs();
    let last = until / step * step;
    let mut start = last.saturating_sub(recorded.reach.secs()) / step * step;
    let mut samples = 0;
    while start <= last {
        let end = last.min(start + step * POINTS);
        let answer = client.query_range(&query, seconds(start), seconds(end), seconds(step));
        for series in answer.await.map_err(ComputeError::Ask)? {
            samples += series.points.len();
            write(recorded, series, writer).map_err(ComputeError::Write)?;
        }
        start = end + step;
    }
    Ok(samples)
}

fn write<W: Write>(
    recorded: &Recorded<'_>,
    series: Series,
    writer: &mut Writer<W>,
) -> io::Result<()> {
    let mut labels: BTreeMap<String, String> = series.labels;
    labels.remove("__name__");
    labels.extend(recorded.labels.clone());
    let pairs = labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    writer.series(recorded.record, pairs, series.points)
}

/// Exact: instants have far fewer than 53 bits.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn seconds(seconds: u64) -> f64 {
    seconds as f64
}

/// How far back a list of series is read at most.
pub fn reach<'a>(series: impl IntoIterator<Item = &'a Recorded<'a>>) -> Duration {
    let reaches = series.into_iter().map(|series| series.reach);
    reaches.max().unwrap_or(Duration::ZERO)
}
