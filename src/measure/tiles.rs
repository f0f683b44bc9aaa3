//! Tiles by group.

use std::collections::BTreeMap;

use crate::budget::{Part, Span, TILE, TILE_SECONDS};
use crate::prometheus::Labels;
use crate::slo::Slo;

/// Bad and total events per tile of every group; NaN where nothing was measured.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    pub(super) groups: BTreeMap<Labels, Part>,
}

/// Which of the two numbers of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Bad,
    Total,
}

/// How many tiles a stretch has.
pub(super) fn count(span: Span) -> usize {
    usize::try_from(span.seconds() / TILE).unwrap_or(0)
}

/// The labels of `group_by` alone.
pub(super) fn group_of(slo: &Slo, labels: &Labels) -> Labels {
    let own = slo.group_labels();
    let values = own.filter_map(|label| Some((label.to_owned(), labels.get(label)?.clone())));
    values.collect()
}

impl Tiles {
    /// Adds a series of rates, per second, each with the instant at which it ended, in Unix
    /// seconds. What several servers or clusters measured adds up.
    pub(super) fn add(
        &mut self,
        group: &Labels,
        number: Number,
        span: Span,
        points: &[(f64, f64)],
    ) {
        let mut series = vec![f64::NAN; count(span)];
        for (at, rate) in points {
            // A rule that moved within its five minutes may be there twice.
            if let Some(value) = index(span, *at).and_then(|index| series.get_mut(index)) {
                *value = rate * TILE_SECONDS;
            }
        }
        let nothing = || vec![f64::NAN; count(span)];
        let part = self.groups.entry(group.clone()).or_insert_with(|| Part {
            bad: nothing(),
            total: nothing(),
        });
        let values = match number {
            Number::Bad => &mut part.bad,
            Number::Total => &mut part.total,
        };
        for (value, more) in values.iter_mut().zip(series) {
            if more.is_finite() {
                *value = more + if value.is_nan() { 0.0 } else { *value };
            }
        }
    }

    /// Share (0–1) of the tiles that were measured; of the group that has the least.
    pub(super) fn coverage(&self, span: Span) -> f64 {
        let expected = count(span).max(1);
        let shares = self.groups.values().map(|part| {
            let tiles = part.bad.iter().zip(&part.total);
            let measured = tiles.filter(|(bad, total)| bad.is_finite() && total.is_finite());
            ratio(measured.count(), expected)
        });
        shares.min_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// These tiles, and others where these have none.
    pub(super) fn or(mut self, others: Self) -> Self {
        for (group, other) in others.groups {
            let Some(own) = self.groups.get_mut(&group) else {
                self.groups.insert(group, other);
                continue;
            };
            for index in 0..own.bad.len().min(other.bad.len()) {
                if !(own.bad[index].is_finite() && own.total[index].is_finite()) {
                    own.bad[index] = other.bad[index];
                    own.total[index] = other.total[index];
                }
            }
        }
        self
    }
}

/// The tile that ends nearest to an instant: rules are evaluated at a moment of their own
/// within five minutes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "instants are far below 2^53"
)]
fn index(span: Span, at: f64) -> Option<usize> {
    let end = (at / TILE_SECONDS).round() as i64;
    let index = usize::try_from(end - span.start / TILE - 1).ok()?;
    (index < count(span)).then_some(index)
}

/// Counts of tiles are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span {
        start: 3000,
        end: 3900,
    };

    fn tiles(points: &[(f64, f64)]) -> Tiles {
        let mut tiles = Tiles::default();
        for number in [Number::Bad, Number::Total] {
            tiles.add(&Labels::new(), number, SPAN, points);
        }
        tiles
    }

    fn totals(tiles: &Tiles) -> Vec<String> {
        let totals = tiles.groups[&Labels::new()].total.iter();
        totals.map(ToString::to_string).collect()
    }

    #[test]
    fn a_sample_is_of_the_tile_whose_end_is_nearest() {
        let at = |at: f64| totals(&tiles(&[(at, 1.0)]));
        assert_eq!(at(3149.9), ["NaN", "NaN", "NaN"]);
        assert_eq!(at(3150.0), ["300", "NaN", "NaN"]);
        assert_eq!(at(3300.0), ["300", "NaN", "NaN"]);
        assert_eq!(at(3449.9), ["300", "NaN", "NaN"]);
        assert_eq!(at(4049.9), ["NaN", "NaN", "300"]);
        assert_eq!(at(4050.0), ["NaN", "NaN", "NaN"]);
    }

    #[test]
    fn what_several_servers_measured_adds_up() {
        let mut tiles = tiles(&[(3300.0, 1.0)]);
        let more = [(3300.0, 2.0), (3600.0, 3.0)];
        for number in [Number::Bad, Number::Total] {
            tiles.add(&Labels::new(), number, SPAN, &more);
        }
        assert_eq!(totals(&tiles), ["900", "900", "NaN"]);
        assert!((tiles.coverage(SPAN) - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn others_stand_in_where_there_is_nothing() {
        let own = tiles(&[(3300.0, 1.0)]);
        let other = tiles(&[(3300.0, 9.0), (3900.0, 9.0)]);
        assert_eq!(totals(&own.or(other)), ["300", "NaN", "2700"]);
    }
}
