//! `sum_over_time` and its kin over a series on a grid, for many instants in one go.

use super::grid::{ABSENT, Grid, is_absent};

/// What is made of the values in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Sum,
    Average,
    Count,
    Last,
}

impl Over {
    /// By the name of its function.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sum_over_time" => Self::Sum,
            "avg_over_time" => Self::Average,
            "count_over_time" => Self::Count,
            "last_over_time" => Self::Last,
            _ => return None,
        })
    }
}

/// Applies `over` to the values in the range before each of `instants`, which are in
/// order. Ranges overlap nearly entirely, so that values enter and leave one sum.
pub(crate) fn over_time(
    over: Over,
    values: &[f64],
    grid: &Grid,
    (range, is_left_open): (i64, bool),
    instants: impl Iterator<Item = i64>,
) -> Vec<f64> {
    let mut window = Window::default();
    let (mut entered, mut left) = (0, 0);
    instants
        .map(|at| {
            let (low, high) = grid.within(at, range, is_left_open);
            for value in &values[entered.min(high)..high] {
                window.enter(*value);
            }
            for value in &values[left.min(low)..low] {
                window.leave(*value);
            }
            (entered, left) = (entered.max(high), left.max(low));
            window.result(over, &values[low.min(high)..high])
        })
        .collect()
}

/// The values between two ends that move forward.
#[derive(Default)]
struct Window {
    /// The sum of the finite values and what rounding took from it: nothing is left of a
    /// value that has left.
    sum: f64,
    rest: f64,
    present: u32,
    /// Those that are not 0.
    counting: u32,
    /// NaN or infinite: such a sum cannot be undone.
    endless: u32,
}

impl Window {
    fn enter(&mut self, value: f64) {
        if is_absent(value) {
            return;
        }
        self.present += 1;
        if !value.is_finite() {
            self.endless += 1;
        } else if value != 0.0 {
            self.counting += 1;
            self.add(value);
        }
    }

    fn leave(&mut self, value: f64) {
        if is_absent(value) {
            return;
        }
        self.present -= 1;
        if !value.is_finite() {
            self.endless -= 1;
        } else if value != 0.0 {
            self.counting -= 1;
            self.add(-value);
        }
        if self.counting == 0 {
            (self.sum, self.rest) = (0.0, 0.0);
        }
    }

    /// The sum in two parts, as after Knuth and Dekker.
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let part = sum - self.sum;
        let lost = (self.sum - (sum - part)) + (value - part);
        let rest = self.rest + lost;
        self.sum = sum + rest;
        self.rest = rest - (self.sum - sum);
    }

    fn result(&self, over: Over, values: &[f64]) -> f64 {
        if self.present == 0 {
            return ABSENT;
        }
        let sum = || {
            if self.endless == 0 {
                self.sum
            } else {
                values.iter().filter(|value| !is_absent(**value)).sum()
            }
        };
        match over {
            Over::Sum => sum(),
            Over::Average => sum() / f64::from(self.present),
            Over::Count => f64::from(self.present),
            Over::Last => {
                let last = values.iter().rev().find(|value| !is_absent(**value));
                last.copied().unwrap_or(ABSENT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(over: Over, values: &[f64], range: i64, is_left_open: bool) -> Vec<f64> {
        let grid = Grid {
            first: 0,
            step: 60,
            count: values.len(),
        };
        over_time(over, values, &grid, (range, is_left_open), grid.instants())
    }

    #[test]
    fn nothing_is_left_of_what_has_left() {
        let values = [1e16, 0.1, 3.0, 0.0, 0.0, 1e-9];
        let sums = all(Over::Sum, &values, 120, true);
        assert_eq!(sums, [1e16, 1e16, 3.1, 3.0, 0.0, 1e-9]);
    }

    #[test]
    fn absent_values_do_not_count() {
        let values = [ABSENT, 2.0, ABSENT, 4.0, ABSENT, ABSENT];
        let of = |over| all(over, &values, 120, false);
        let shown = |values: Vec<f64>| -> Vec<Option<f64>> {
            let shown = values.into_iter();
            shown.map(|v| (!is_absent(v)).then_some(v)).collect()
        };
        let some = |values: [f64; 5]| -> Vec<Option<f64>> {
            [None].into_iter().chain(values.map(Some)).collect()
        };
        assert_eq!(shown(of(Over::Count)), some([1.0, 1.0, 2.0, 1.0, 1.0]));
        assert_eq!(shown(of(Over::Average)), some([2.0, 2.0, 3.0, 4.0, 4.0]));
        assert_eq!(shown(of(Over::Last)), some([2.0, 2.0, 4.0, 4.0, 4.0]));
    }

    #[test]
    fn infinity_and_nan_leave_as_well() {
        let values = [f64::INFINITY, 1.0, f64::NAN, 2.0, 3.0];
        let sums = all(Over::Sum, &values, 60, false);
        assert!(sums[0].is_infinite() && sums[1].is_infinite());
        assert!(sums[2].is_nan() && sums[3].is_nan() && !is_absent(sums[2]));
        assert_eq!(sums[4..], [5.0]);
    }
}
