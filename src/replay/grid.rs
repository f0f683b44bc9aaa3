//! Values at evenly spaced instants.

use std::sync::Arc;

use crate::prometheus::Labels;

/// What stands where there is no value. Values of Prometheus can be NaN, too, but never
/// with these bits, which Prometheus keeps for the same purpose.
pub(crate) const ABSENT: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether there is no value.
pub(crate) const fn is_absent(value: f64) -> bool {
    value.to_bits() == ABSENT.to_bits()
}

/// Instants at multiples of a step, in milliseconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Number of the first instant, which is this many steps after 1970.
    pub(crate) first: i64,
    /// Milliseconds between instants.
    pub(crate) step: i64,
    /// How many there are.
    pub(crate) count: usize,
}

impl Grid {
    /// The instants from `since` to `until`, both included.
    pub(crate) fn between(since: i64, until: i64, step: i64) -> Self {
        let first = since.div_euclid(step) + i64::from(since.rem_euclid(step) > 0);
        let last = until.div_euclid(step);
        Self {
            first,
            step,
            count: usize::try_from(last - first + 1).unwrap_or(0),
        }
    }

    /// One of the instants.
    pub(crate) fn at(&self, index: usize) -> i64 {
        (self.first + signed(index)) * self.step
    }

    /// All of them.
    pub(crate) fn instants(&self) -> impl Iterator<Item = i64> + use<> {
        let grid = *self;
        (0..grid.count).map(move |index| grid.at(index))
    }

    /// Which of the instants is the last one up to `at`.
    pub(crate) fn up_to(&self, at: i64) -> Option<usize> {
        let index = usize::try_from(at.div_euclid(self.step) - self.first).ok()?;
        (index < self.count).then_some(index)
    }

    /// Half-open indices, within the grid, of the instants in the range of length `range`
    /// that ends at `at`. A range of Prometheus 2 contains the instant at its start.
    pub(crate) fn within(&self, at: i64, range: i64, is_left_open: bool) -> (usize, usize) {
        let start = at - range;
        let before = start.div_euclid(self.step);
        let is_at_start = start.rem_euclid(self.step) == 0;
        let low = if is_at_start && !is_left_open {
            before
        } else {
            before + 1
        };
        let high = at.div_euclid(self.step) + 1;
        let index = |number: i64| {
            let index = (number - self.first).max(0);
            usize::try_from(index).unwrap_or(0).min(self.count)
        };
        (index(low), index(high))
    }

    /// The part from one index on.
    pub(crate) fn part(&self, from: usize, count: usize) -> Self {
        Self {
            first: self.first + signed(from),
            count,
            ..*self
        }
    }
}

/// Indices of grids are far below 2^63.
fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// A series on a grid.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Without its name.
    pub(crate) labels: Arc<Labels>,
    /// One per instant.
    pub(crate) values: Vec<f64>,
}

/// Series on a grid.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) grid: Grid,
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// The first instant at which any series has a value.
    pub(crate) fn begins(&self) -> Option<i64> {
        let firsts = self.columns.iter().filter_map(|column| {
            let present = |value: &f64| !is_absent(*value);
            column.values.iter().position(present)
        });
        firsts.min().map(|index| self.grid.at(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_multiples_of_the_step() {
        let grid = Grid::between(61, 300, 60);
        assert_eq!(grid.instants().collect::<Vec<_>>(), [120, 180, 240, 300]);
        assert_eq!(grid.up_to(299), Some(2));
        assert_eq!(grid.up_to(119), None);
        assert_eq!(Grid::between(61, 119, 60).count, 0);
        assert_eq!(Grid::between(200, 10, 60).count, 0);
    }

    #[test]
    fn a_range_holds_its_start_or_not() {
        let grid = Grid::between(0, 600, 60);
        assert_eq!(grid.within(300, 120, false), (3, 6));
        assert_eq!(grid.within(300, 120, true), (4, 6));
        assert_eq!(grid.within(310, 120, false), (4, 6));
        assert_eq!(grid.within(310, 120, true), (4, 6));
        // What is before or after the grid is not in it.
        assert_eq!(grid.within(60, 600, false), (0, 2));
        assert_eq!(grid.within(900, 360, false), (9, 11));
        assert_eq!(grid.within(9_000, 60, false), (11, 11));
    }
}
