//! Bad and total events, tile by tile.

use super::span::{Span, TILE};
use crate::prometheus::Labels;

/// How the parts of an SLO make its error ratio.
#[derive(Debug, Clone, PartialEq)]
pub enum Join {
    /// The ratio of one part, by its index.
    Part(usize),
    /// Steps in series: 1 − Π(1 − e).
    Every(Vec<Join>),
    /// A weighted mean; the weights add up to 1.
    Weighted(Vec<(f64, Join)>),
}

/// Events of one measurement, one value per tile; NaN where nothing was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Bad events of each tile.
    pub bad: Vec<f64>,
    /// All events of each tile; 0 in an idle one.
    pub total: Vec<f64>,
}

/// Events of a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Events {
    /// Bad ones.
    pub bad: f64,
    /// All.
    pub total: f64,
}

/// What was measured of one group of an SLO.
#[derive(Debug, Clone)]
pub struct Track {
    /// The values of `group_by`.
    pub group: Labels,
    /// The end of the first tile is this many tiles, plus one, after 1970.
    first: i64,
    tiles: usize,
    join: Join,
    sums: Vec<Sums>,
    /// How many tiles up to each were measured by all parts.
    measured: Vec<u32>,
    /// How many tiles up to each are taken out by planned downtime.
    excluded: Vec<u32>,
}

/// Sums of all tiles before each, so that any stretch is one subtraction.
#[derive(Debug, Clone)]
struct Sums {
    bad: Vec<f64>,
    total: Vec<f64>,
    /// How many tiles were measured, of those that are not excluded.
    measured: Vec<u32>,
}

impl Join {
    fn of(&self, ratios: &[f64]) -> f64 {
        match self {
            Self::Part(index) => ratios.get(*index).copied().unwrap_or(0.0),
            Self::Every(steps) => {
                let good = steps.iter().map(|step| 1.0 - step.of(ratios));
                1.0 - good.product::<f64>()
            }
            Self::Weighted(parts) => {
                let weighted = parts.iter();
                weighted
                    .map(|(weight, part)| weight * part.of(ratios))
                    .sum()
            }
        }
    }
}

impl Events {
    /// Bad among all, 0–1; `None` where there are none.
    pub fn ratio(&self) -> Option<f64> {
        (self.total > 0.0).then(|| (self.bad / self.total).clamp(0.0, 1.0))
    }
}

impl Track {
    /// From the tiles of each part; the first ends at `first_end`, a multiple of [`TILE`].
    /// `excluded` holds the planned downtime that does not count: every tile that overlaps
    /// it is taken out, with `reach` seconds more after it, since a tile reads back to the
    /// scrape before it.
    pub fn new(
        group: Labels,
        first_end: i64,
        join: Join,
        parts: &[Part],
        excluded: &[Span],
        reach: i64,
    ) -> Self {
        let first = first_end.div_euclid(TILE) - 1;
        let lengths = parts
            .iter()
            .map(|part| part.bad.len().min(part.total.len()));
        let tiles = lengths.min().unwrap_or(0);
        let is_out = |tile: usize| {
            let end = (first + signed(tile) + 1) * TILE;
            let read = Span::before(end, TILE + reach);
            excluded.iter().any(|down| !down.overlap(read).is_empty())
        };
        let out: Vec<bool> = (0..tiles).map(is_out).collect();
        let sums: Vec<Sums> = parts.iter().map(|part| Sums::of(part, &out)).collect();
        let by_all = |tile: usize| sums.iter().all(|sums| sums.measured(tile, tile + 1) > 0);
        Self {
            group,
            first,
            tiles,
            join,
            measured: counts((0..tiles).map(by_all)),
            sums,
            excluded: counts(out.iter().copied()),
        }
    }

    /// The time that it tells of.
    pub fn span(&self) -> Span {
        Span {
            start: self.first * TILE,
            end: (self.first + signed(self.tiles)) * TILE,
        }
    }

    /// Error ratio (0–1) over a stretch; `None` where nothing was measured, or
    /// nothing happened. An idle part of a composite counts as good, one without data makes
    /// the whole unknown.
    pub fn error_ratio(&self, span: Span) -> Option<f64> {
        let (from, to) = self.tiles_in(span);
        let mut ratios = Vec::with_capacity(self.sums.len());
        let mut is_idle = true;
        for sums in &self.sums {
            if sums.measured(from, to) == 0 {
                return None;
            }
            let events = sums.events(from, to);
            is_idle &= events.total <= 0.0;
            ratios.push(events.ratio().unwrap_or(0.0));
        }
        let is_unknown = is_idle && matches!(self.join, Join::Part(_));
        (!is_unknown).then(|| self.join.of(&ratios))
    }

    /// Events of a stretch, in the unit of the SLI; a composite, which has none of its own,
    /// counts seconds.
    pub fn events(&self, span: Span) -> Option<Events> {
        let (from, to) = self.tiles_in(span);
        if let (Join::Part(_), [sums]) = (&self.join, self.sums.as_slice()) {
            return (sums.measured(from, to) > 0).then(|| sums.events(from, to));
        }
        let total = self.measured_seconds(span);
        let bad = self.error_ratio(span)? * total;
        Some(Events { bad, total })
    }

    /// What each part, in the order in which they were given, adds to the error ratio of a
    /// stretch: the ratio without it is so much lower. `None` where there is none.
    pub fn contributions(&self, span: Span) -> Option<Vec<f64>> {
        let (from, to) = self.tiles_in(span);
        let ratios: Vec<f64> = self
            .sums
            .iter()
            .map(|sums| sums.events(from, to).ratio().unwrap_or(0.0))
            .collect();
        let whole = self.error_ratio(span)?;
        let without = |part: usize| {
            let mut ratios = ratios.clone();
            ratios[part] = 0.0;
            (whole - self.join.of(&ratios)).max(0.0)
        };
        Some((0..ratios.len()).map(without).collect())
    }

    /// How much each bad event of each part counts, so that what the tiles of a stretch
    /// spend adds up to what the stretch spends: one where it measures by itself. A composite
    /// counts seconds, and an event of a part as much of them as the part adds to its ratio.
    pub(super) fn weights(&self, span: Span) -> Vec<f64> {
        if !self.is_composite() {
            return vec![1.0];
        }
        let (from, to) = self.tiles_in(span);
        let seconds = self.measured_seconds(span);
        let contributions = self.contributions(span).unwrap_or_default();
        let parts = self.sums.iter().zip(contributions);
        let weight = |(sums, contribution): (&Sums, f64)| {
            let bad = sums.events(from, to).bad;
            if bad > 0.0 {
                contribution * seconds / bad
            } else {
                0.0
            }
        };
        parts.map(weight).collect()
    }

    /// Events of a stretch within the one that `weights` are of.
    pub(super) fn weighted(&self, span: Span, weights: &[f64]) -> Option<Events> {
        if !self.is_composite() {
            return self.events(span);
        }
        let (from, to) = self.tiles_in(span);
        let total = self.measured_seconds(span);
        let parts = self.sums.iter().zip(weights);
        let bad = parts.map(|(sums, weight)| sums.events(from, to).bad * weight);
        (total > 0.0).then(|| Events {
            bad: bad.sum(),
            total,
        })
    }

    /// The stretches of a stretch that are no planned downtime.
    pub fn included(&self, span: Span) -> Vec<Span> {
        let mut found: Vec<Span> = Vec::new();
        for tile in self.each(span).filter(|tile| self.excluded(*tile) == 0) {
            match found.last_mut() {
                Some(last) if last.end == tile.start => last.end = tile.end,
                _ => found.push(tile),
            }
        }
        found
    }

    /// Share (0–1) of a stretch, planned downtime left aside, for which there is data.
    /// `None` where all of it is planned downtime.
    pub fn coverage(&self, span: Span) -> Option<f64> {
        let all = span.end.div_euclid(TILE) - span.start.div_euclid(TILE);
        let expected = all - self.excluded_tiles(span);
        (expected > 0).then(|| (float(self.measured(span)) / float(expected)).clamp(0.0, 1.0))
    }

    /// Seconds of a stretch that are taken out as planned downtime.
    pub fn excluded(&self, span: Span) -> i64 {
        self.excluded_tiles(span) * TILE
    }

    /// Seconds of a stretch for which there is data.
    pub(super) fn measured_seconds(&self, span: Span) -> f64 {
        float(self.measured(span) * TILE)
    }

    /// The first tile that was measured by all parts, as the time it covers.
    pub fn first_measured(&self) -> Option<Span> {
        let tile = (0..self.tiles).find(|tile| difference(&self.measured, *tile, tile + 1) > 0)?;
        Some(Span::before((self.first + signed(tile) + 1) * TILE, TILE))
    }

    /// All tiles of a stretch, in order, as the time that each covers.
    pub fn each(&self, span: Span) -> impl Iterator<Item = Span> + use<> {
        let (from, to) = self.tiles_in(span);
        let first = self.first;
        (from..to).map(move |tile| Span::before((first + signed(tile) + 1) * TILE, TILE))
    }

    /// The same, going on after its end with `events` in every tile and part.
    pub(super) fn continued(&self, tiles: usize, events: impl Fn(usize) -> Events) -> Self {
        let mut longer = self.clone();
        for (index, sums) in longer.sums.iter_mut().enumerate() {
            let Events { bad, total } = events(index);
            for _ in 0..tiles {
                push(&mut sums.bad, bad);
                push(&mut sums.total, total);
                let last = sums.measured.last().copied().unwrap_or(0);
                sums.measured.push(last + 1);
            }
        }
        for _ in 0..tiles {
            let last = longer.measured.last().copied().unwrap_or(0);
            longer.measured.push(last + 1);
        }
        let last = longer.excluded.last().copied().unwrap_or(0);
        longer.excluded.extend(std::iter::repeat_n(last, tiles));
        longer.tiles += tiles;
        longer
    }

    /// Mean events per measured tile of one part over a stretch.
    pub(super) fn mean(&self, part: usize, span: Span) -> Events {
        let (from, to) = self.tiles_in(span);
        let Some(sums) = self.sums.get(part) else {
            return Events::default();
        };
        let Events { bad, total } = sums.events(from, to);
        let tiles = f64::from(sums.measured(from, to).max(1));
        Events {
            bad: bad / tiles,
            total: total / tiles,
        }
    }

    /// How many parts it has.
    pub(super) fn parts(&self) -> usize {
        self.sums.len()
    }

    /// Whether it is put together from others.
    pub(super) const fn is_composite(&self) -> bool {
        !matches!(self.join, Join::Part(_))
    }

    /// The same with one more step in series, at which nothing was bad so far; it is the
    /// last part.
    pub(super) fn with_step(&self) -> Self {
        let mut longer = self.clone();
        let measured = || (0_u32..).zip(&self.excluded).map(|(all, out)| all - out);
        longer.sums.push(Sums {
            bad: vec![0.0; self.tiles + 1],
            total: measured().map(f64::from).collect(),
            measured: measured().collect(),
        });
        longer.join = Join::Every(vec![self.join.clone(), Join::Part(self.sums.len())]);
        longer
    }

    fn measured(&self, span: Span) -> i64 {
        let (from, to) = self.tiles_in(span);
        i64::from(difference(&self.measured, from, to))
    }

    fn excluded_tiles(&self, span: Span) -> i64 {
        let (from, to) = self.tiles_in(span);
        i64::from(difference(&self.excluded, from, to))
    }

    /// Half-open indices of the tiles that end within a stretch.
    fn tiles_in(&self, span: Span) -> (usize, usize) {
        let index = |at: i64| {
            let index = at.div_euclid(TILE).saturating_sub(self.first);
            usize::try_from(index).unwrap_or(0).min(self.tiles)
        };
        let from = index(span.start);
        (from, index(span.end).max(from))
    }
}

impl Sums {
    fn of(part: &Part, out: &[bool]) -> Self {
        let tiles = || part.bad.iter().zip(&part.total).zip(out);
        let counts_of =
            |(bad, total): (&f64, &f64), out: bool| !out && bad.is_finite() && total.is_finite();
        let mut sums = Self {
            bad: vec![0.0],
            total: vec![0.0],
            measured: counts(tiles().map(|(tile, out)| counts_of(tile, *out))),
        };
        for (tile, out) in tiles() {
            let is_counted = counts_of(tile, *out);
            push(&mut sums.bad, if is_counted { *tile.0 } else { 0.0 });
            push(&mut sums.total, if is_counted { *tile.1 } else { 0.0 });
        }
        sums
    }

    fn events(&self, from: usize, to: usize) -> Events {
        let sum = |sums: &[f64]| match (sums.get(from), sums.get(to)) {
            (Some(from), Some(to)) => (to - from).max(0.0),
            _ => 0.0,
        };
        Events {
            bad: sum(&self.bad),
            total: sum(&self.total),
        }
    }

    fn measured(&self, from: usize, to: usize) -> u32 {
        difference(&self.measured, from, to)
    }
}

fn push(sums: &mut Vec<f64>, value: f64) {
    let last = sums.last().copied().unwrap_or(0.0);
    sums.push(last + value);
}

/// How many are true before each.
fn counts(values: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut counts = vec![0];
    let mut count = 0;
    for value in values {
        count += u32::from(value);
        counts.push(count);
    }
    counts
}

fn difference(counts: &[u32], from: usize, to: usize) -> u32 {
    match (counts.get(from), counts.get(to)) {
        (Some(from), Some(to)) => to.saturating_sub(*from),
        _ => 0,
    }
}

/// Indices of tiles are far below 2^63.
fn signed(tile: usize) -> i64 {
    i64::try_from(tile).unwrap_or(i64::MAX)
}

/// Seconds and tiles are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bad: &[f64], total: &[f64]) -> Part {
        Part {
            bad: bad.to_vec(),
            total: total.to_vec(),
        }
    }

    fn track(join: Join, parts: &[Part], excluded: &[Span]) -> Track {
        Track::new(Labels::new(), TILE, join, parts, excluded, 60)
    }

    const fn tiles(from: i64, to: i64) -> Span {
        Span {
            start: from * TILE,
            end: to * TILE,
        }
    }

    #[test]
    fn ratios_are_weighted_by_events() {
        let track = track(Join::Part(0), &[part(&[0.0, 50.0], &[900.0, 100.0])], &[]);
        assert_eq!(track.span(), tiles(0, 2));
        assert_eq!(track.error_ratio(track.span()), Some(0.05));
        assert_eq!(track.error_ratio(tiles(1, 2)), Some(0.5));
        assert_eq!(track.error_ratio(tiles(2, 9)), None);
    }

    #[test]
    fn what_was_not_measured_lowers_coverage_alone() {
        let nan = f64::NAN;
        let track = track(
            Join::Part(0),
            &[part(&[1.0, nan, 1.0, 5.0], &[10.0, 10.0, nan, 10.0])],
            &[],
        );
        assert_eq!(track.error_ratio(track.span()), Some(0.3));
        assert_eq!(track.coverage(track.span()), Some(0.5));
        // Time before the first tile is unmeasured, too.
        assert_eq!(track.coverage(tiles(-4, 4)), Some(0.25));
        assert_eq!(track.events(tiles(1, 3)), None);
    }

    #[test]
    fn idle_is_measured_and_has_no_ratio() {
        let track = track(Join::Part(0), &[part(&[0.0, 0.0], &[0.0, 0.0])], &[]);
        assert_eq!(track.error_ratio(track.span()), None);
        assert_eq!(track.events(track.span()), Some(Events::default()));
        assert_eq!(track.coverage(track.span()), Some(1.0));
    }

    #[test]
    fn planned_downtime_is_taken_out_with_what_reads_back_to_it() {
        let bad = [0.0, 9.0, 9.0, 4.0, 1.0];
        let down = Span {
            start: TILE + 10,
            end: 3 * TILE,
        };
        let track = track(Join::Part(0), &[part(&bad, &[10.0; 5])], &[down]);
        // The tile after it begins with a scrape of the time before.
        assert_eq!(track.excluded(track.span()), 3 * TILE);
        assert_eq!(track.error_ratio(track.span()), Some(0.05));
        assert_eq!(track.coverage(track.span()), Some(1.0));
        assert_eq!(track.coverage(tiles(1, 4)), None);
    }

    #[test]
    fn composites_follow_their_parts() {
        let half = part(&[5.0], &[10.0]);
        let tenth = part(&[1.0], &[10.0]);
        let idle = part(&[0.0], &[0.0]);
        let unknown = part(&[f64::NAN], &[f64::NAN]);
        let every = || Join::Every(vec![Join::Part(0), Join::Part(1)]);
        let ratio = |join, parts: &[Part]| track(join, parts, &[]).error_ratio(tiles(0, 1));
        let near = |found: Option<f64>, exact: f64| {
            assert!((found.unwrap() - exact).abs() < 1e-12, "{found:?} {exact}");
        };
        near(ratio(every(), &[half.clone(), tenth.clone()]), 0.55);
        near(ratio(every(), &[half.clone(), idle.clone()]), 0.5);
        near(ratio(every(), &[idle.clone(), idle]), 0.0);
        assert_eq!(ratio(every(), &[half.clone(), unknown]), None);
        let nested = Join::Weighted(vec![(0.25, Join::Part(1)), (0.75, every())]);
        near(
            ratio(nested, &[half.clone(), tenth]),
            0.25 * 0.1 + 0.75 * 0.55,
        );
        // They have no events of their own: time is counted.
        let whole = track(every(), &[half.clone(), half], &[]);
        let events = whole.events(tiles(0, 1)).unwrap();
        assert!((events.bad - 225.0).abs() < 1e-9 && (events.total - 300.0).abs() < 1e-9);
    }
}
