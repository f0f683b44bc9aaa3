//! Stretches in which something holds.

use crate::replay::{Grid, is_absent};

/// Stretches of neighbouring instants of a grid, as their first and last ones, in order, in
/// milliseconds. They never touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs(Vec<(i64, i64)>);

impl Runs {
    /// Where there is a value.
    pub(super) fn of(grid: &Grid, values: &[f64]) -> Self {
        let mut runs = Self::default();
        for (at, value) in grid.instants().zip(values) {
            if !is_absent(*value) {
                runs.push((at, at), grid.step);
            }
        }
        runs
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }

    /// Whether `at` is in one of them.
    pub(super) fn holds_at(&self, at: i64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= at);
        after > 0 && self.0[after - 1].1 >= at
    }

    /// Where any of several holds; instants are `step` apart.
    pub(super) fn any<'r>(all: impl IntoIterator<Item = &'r Self>, step: i64) -> Self {
        let mut stretches: Vec<(i64, i64)> = all.into_iter().flat_map(Self::iter).collect();
        stretches.sort_unstable();
        let mut runs = Self::default();
        for stretch in stretches {
            runs.push(stretch, step);
        }
        runs
    }

    /// Adds a stretch that begins no earlier than the last one.
    fn push(&mut self, (first, last): (i64, i64), step: i64) {
        match self.0.last_mut() {
            Some(before) if first - before.1 <= step => before.1 = before.1.max(last),
            _ => self.0.push((first, last)),
        }
    }

    /// From when to when an alert fires that has to hold for so long first: the first
    /// instant, and the first at which it does not any more, unless that is not known. `last`
    /// is the last instant that was looked at.
    pub(super) fn firing(
        &self,
        hold: i64,
        step: i64,
        last: i64,
    ) -> impl Iterator<Item = (i64, Option<i64>)> {
        self.iter().filter_map(move |(from, to)| {
            // It fires at the first evaluation at which it has held for long enough.
            let waits = hold.div_euclid(step) + i64::from(hold.rem_euclid(step) > 0);
            let start = from.checked_add(waits.checked_mul(step)?)?;
            let end = (to + step <= last).then_some(to + step);
            (start <= to).then_some((start, end))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::ABSENT;

    fn runs(text: &str) -> Runs {
        let values: Vec<f64> = text
            .chars()
            .map(|c| if c == '.' { ABSENT } else { 1.0 })
            .collect();
        let grid = Grid {
            first: 0,
            step: 60,
            count: values.len(),
        };
        Runs::of(&grid, &values)
    }

    fn firing(text: &str, hold: i64) -> Vec<(i64, Option<i64>)> {
        let last = i64::try_from(text.len()).unwrap() * 60 - 60;
        runs(text).firing(hold, 60, last).collect()
    }

    #[test]
    fn alerts_fire_when_they_have_held() {
        assert_eq!(firing("..x.xx", 0), [(120, Some(180)), (240, None)]);
        // Five minutes are five intervals, between six evaluations.
        assert_eq!(firing("xxxxx.....", 300), []);
        assert_eq!(firing("xxxxxx....", 300), [(300, Some(360))]);
        assert_eq!(firing("xxxxxx....", 290), [(300, Some(360))]);
        assert_eq!(firing("xxx.xxxxxx", 300), [(540, None)]);
    }

    #[test]
    fn arms_follow_each_other() {
        let any = Runs::any([&runs("xx....x."), &runs("..xx....")], 60);
        assert_eq!(any, runs("xxxx..x."));
        assert!(any.holds_at(180) && !any.holds_at(240) && any.holds_at(360));
        assert!(!Runs::default().holds_at(0));
    }
}
