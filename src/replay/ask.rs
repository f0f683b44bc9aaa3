//! Asks within what a server allows: points, samples, time.

use std::collections::HashMap;
use std::sync::Arc;

use super::evaluate::seconds;
use super::grid::{ABSENT, Column, Grid, Table};
use super::node::Question;
use crate::prometheus::{Client, Error, Labels, Series};

/// Prometheus answers with 11,000 points per series at most.
const POINTS: usize = 10_000;
/// Points of an answer, over all its series, that are read at once.
const ANSWER: usize = 300_000;
/// What takes too long with so few points takes too long because the server hangs.
const FEW: usize = POINTS / 64;

/// The values of a query from `since` to `until`, in milliseconds, at every step. Asks for
/// less at once where the server says that it was too much.
pub(crate) async fn ask(
    client: &Client,
    question: &Question,
    (since, until): (i64, i64),
) -> Result<Table, Error> {
    let grid = Grid::between(since, until, question.step);
    let mut table = Filling::new(grid);
    let mut size = POINTS;
    let mut at = 0;
    while at < grid.count {
        let part = grid.part(at, size.min(grid.count - at));
        let [start, end] = [part.at(0), part.at(part.count - 1)].map(seconds);
        let step = seconds(question.step);
        match client.query_range(&question.query, start, end, step).await {
            Ok(series) => {
                size = size.min((ANSWER / series.len().max(1)).max(1));
                at += part.count;
                table.fill(series);
            }
            Err(error) if is_too_much(&error, part.count) => size = part.count.div_ceil(2),
            Err(error) => return Err(error),
        }
    }
    Ok(table.done())
}

/// Whether a range leaves out the instant at its start: 1 step of a minute, or 2.
pub(crate) async fn is_left_open(client: &Client) -> Result<bool, Error> {
    let answer = client
        .query("count_over_time(vector(1)[1m:1m])", 600.0)
        .await?;
    Ok(answer
        .samples
        .first()
        .is_some_and(|sample| sample.value < 1.5))
}

/// Whether less might be answered.
fn is_too_much(error: &Error, points: usize) -> bool {
    if error.is_late() {
        points > FEW
    } else {
        points > 1 && error.is_too_much()
    }
}

/// A table whose values come in parts.
struct Filling {
    grid: Grid,
    places: HashMap<Labels, usize>,
    columns: Vec<Vec<f64>>,
}

impl Filling {
    fn new(grid: Grid) -> Self {
        Self {
            grid,
            places: HashMap::new(),
            columns: Vec::new(),
        }
    }

    fn fill(&mut self, answer: Vec<Series>) {
        for series in answer {
            let next = self.columns.len();
            let place = *self.places.entry(series.labels).or_insert(next);
            if place == next {
                self.columns.push(vec![ABSENT; self.grid.count]);
            }
            for (at, value) in series.points {
                if let Some(index) = self.grid.up_to(millis(at)) {
                    self.columns[place][index] = value;
                }
            }
        }
    }

    /// In order of the labels, whatever came first.
    fn done(self) -> Table {
        let mut columns: Vec<Option<Vec<f64>>> = self.columns.into_iter().map(Some).collect();
        let mut labels: Vec<(Labels, usize)> = self.places.into_iter().collect();
        labels.sort_unstable();
        let column = |(labels, place): (Labels, usize)| {
            Some(Column {
                labels: Arc::new(labels),
                values: columns.get_mut(place)?.take()?,
            })
        };
        Table {
            grid: self.grid,
            columns: labels.into_iter().filter_map(column).collect(),
        }
    }
}

/// Prometheus writes instants with three digits after the point.
#[expect(
    clippy::cast_possible_truncation,
    reason = "instants are far below 2^53"
)]
fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
