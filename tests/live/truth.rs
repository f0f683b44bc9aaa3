//! What really happened, counted.

/// Seconds of a tile, and how far it looks back: one scrape further.
const TILE: f64 = 300.0;
const REACH: f64 = 330.0;

/// Events per step, summed up from the start, and when there was something to take a rate from.
pub(crate) struct Truth {
    start: u64,
    step: u64,
    /// Bad and all events before each step, and after the last.
    sums: Vec<(u64, u64)>,
    /// First and last second of each stretch of time in which it was measured.
    measured: Vec<(f64, f64)>,
}

impl Truth {
    pub(crate) fn new(start: u64, step: u64) -> Self {
        Self {
            start,
            step,
            sums: vec![(0, 0)],
            measured: Vec::new(),
        }
    }

    /// The events of the next step.
    pub(crate) fn push(&mut self, bad: u64, total: u64) {
        let (all_bad, all_total) = self.sums[self.sums.len() - 1];
        self.sums.push((all_bad + bad, all_total + total));
    }

    /// A series was scraped at these times, in order.
    pub(crate) fn scraped(&mut self, times: &[f64]) {
        for three in times.windows(3) {
            // From the second scrape on there is a rate, as long as two are in reach.
            let until = three[2].min(three[0] + REACH);
            self.measured.push((three[1], until));
        }
        if let [.., before, last] = times {
            self.measured.push((*last, before + REACH));
        }
        self.measured
            .sort_by(|one, other| one.0.total_cmp(&other.0));
        self.measured.dedup_by(|next, first| {
            let joins = next.0 <= first.1;
            if joins {
                first.1 = first.1.max(next.1);
            }
            joins
        });
    }

    /// For how many of the tiles that end at `at`, five minutes before, and so on, but
    /// after `from`, there were scrapes to take a rate from.
    pub(crate) fn tiles(&self, from: f64, at: f64) -> f64 {
        let before = |time: f64| ((at - time) / TILE).floor();
        let count = |(start, end): &(f64, f64)| {
            let (start, end) = (start.max(from + 1e-3), end.min(at));
            // Tiles at or after the start, less those after the end.
            if start > end {
                0.0
            } else {
                before(start) - ((at - end) / TILE).ceil() + 1.0
            }
        };
        self.measured.iter().map(count).sum()
    }

    /// Bad and all events after `from` up to `to`, in Unix seconds.
    pub(crate) fn counts(&self, from: f64, to: f64) -> (u64, u64) {
        let (first, last) = (self.sum(from), self.sum(to));
        (last.0 - first.0, last.1 - first.1)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what there is"
    )]
    fn sum(&self, at: f64) -> (u64, u64) {
        let since = (at.floor() as u64).saturating_sub(self.start);
        let index = usize::try_from(since / self.step).unwrap();
        self.sums[index.min(self.sums.len() - 1)]
    }
}
