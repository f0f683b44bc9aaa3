//! From what rules record to the tracks that budgets are computed from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::budget::{Join, Part, Span, TILE, TILE_SECONDS, Track};
use crate::prometheus::Labels;
use crate::replay::{Table, is_absent};
use crate::slo::Slo;

use super::model::seconds;

/// What one measurement recorded of each tile.
#[derive(Clone, Copy)]
pub(super) struct Tiles<'a> {
    pub(super) bad: &'a Table,
    pub(super) total: &'a Table,
}

/// A track for each group of an SLO, from the tiles of its parts, in order of the labels.
pub(super) fn tracks(slo: &Slo, join: &Join, parts: &[Tiles<'_>]) -> Vec<Track> {
    let grids = parts
        .iter()
        .flat_map(|tiles| [tiles.bad.grid, tiles.total.grid]);
    let some = grids.filter(|grid| grid.count > 0);
    let bounds = some.map(|grid| (grid.first, grid.first + count(grid.count)));
    let bounds = bounds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let Some((first, end)) = bounds else {
        return Vec::new();
    };
    let length = usize::try_from(end - first).unwrap_or(0);
    let summed: Vec<(Groups, Groups)> = parts
        .iter()
        .map(|tiles| {
            let by_group = |table| groups(slo, table, first, length);
            (by_group(tiles.bad), by_group(tiles.total))
        })
        .collect();
    let known: BTreeSet<&Arc<Labels>> = summed.iter().flat_map(|(_, total)| total.keys()).collect();
    let nothing = || vec![f64::NAN; length];
    let track = |group: &Arc<Labels>| {
        let parts = summed.iter().map(|(bad, total)| Part {
            bad: bad.get(group).cloned().unwrap_or_else(nothing),
            total: total.get(group).cloned().unwrap_or_else(nothing),
        });
        let parts: Vec<Part> = parts.collect();
        Track::new(
            group.as_ref().clone(),
            first * TILE,
            join.clone(),
            &parts,
            &excluded(slo),
            slo.scrape().map_or(TILE, seconds),
        )
    };
    known.into_iter().map(track).collect()
}

type Groups = BTreeMap<Arc<Labels>, Vec<f64>>;

/// Events of each tile, by the labels of `group_by`: a part may be split into more groups.
fn groups(slo: &Slo, table: &Table, first: i64, length: usize) -> Groups {
    let mut found = Groups::new();
    let skipped = usize::try_from(table.grid.first - first).unwrap_or(0);
    for column in &table.columns {
        let labels = slo.group_labels();
        let labels = labels.filter_map(|label| {
            let value = column.labels.get(label)?;
            Some((label.to_owned(), value.clone()))
        });
        let sums = found
            .entry(Arc::new(labels.collect()))
            .or_insert_with(|| vec![f64::NAN; length]);
        for (sum, rate) in sums.iter_mut().skip(skipped).zip(&column.values) {
            if !is_absent(*rate) {
                let before = if sum.is_nan() { 0.0 } else { *sum };
                *sum = before + rate * TILE_SECONDS;
            }
        }
    }
    found
}

/// Planned downtime that does not count.
fn excluded(slo: &Slo) -> Vec<Span> {
    let excluded = slo.downtime.iter().filter(|downtime| downtime.excluded);
    let spans = excluded.map(|downtime| Span {
        start: downtime.start.as_second(),
        end: downtime.end.as_second(),
    });
    spans.collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
