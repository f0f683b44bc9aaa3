//! When a milder decision is due.

use super::{Facts, Ruling, rule};
use crate::budget::span::{Span, TILE, period_at};
use crate::budget::track::{Events, Track};
use crate::slo::{Decision, Period, Slo, Subject};

/// When a decision changes for the better, should no more events be bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thaw {
    /// Unix seconds.
    pub at: i64,
    /// What will be decided then.
    pub decision: Decision,
}

/// A horizon is looked at in about this many steps before it is looked at exactly.
const STEPS: i64 = 720;
/// Tiles of an hour.
const HOUR: i64 = 3600 / TILE;

/// When the decision of now will be a milder one, should no more events be bad: the moment
/// at which enough of what was spent has left a rolling period or a window, or at which the
/// next calendar period begins.
pub fn thaw(slo: &Slo, track: &Track, at: i64, now: &Ruling) -> Option<Thaw> {
    let current = now.decision.filter(|decision| *decision > Decision::Ship)?;
    let from = at.div_euclid(TILE) * TILE;
    let tiles = horizon(slo, from) / TILE + 1;
    let future = future(slo, track, from, tiles)?;
    let milder = |tile: i64| {
        let then = from + tile * TILE;
        let thaw = |at: i64| {
            let ruling = rule(slo, &Facts::new(slo, &future, at));
            let decision = ruling.decision.filter(|decision| *decision < current)?;
            Some(Thaw { at: then, decision })
        };
        // The last instant of a calendar period is the first of the next one.
        thaw(then).or_else(|| is_turn(slo, then).then(|| thaw(then + 1))?)
    };
    let turn = match &slo.period.value {
        Period::Rolling(_) => None,
        Period::Calendar(_) => {
            Some((period_at(&slo.period.value, from + 1).end - from).div_euclid(TILE))
        }
    };
    first(tiles, turn, milder)
}

fn is_turn(slo: &Slo, at: i64) -> bool {
    let is_calendar = matches!(slo.period.value, Period::Calendar(_));
    is_calendar && period_at(&slo.period.value, at).end == at
}

/// Seconds after which nothing of the present can matter.
fn horizon(slo: &Slo, from: i64) -> i64 {
    let period = match &slo.period.value {
        Period::Rolling(length) => seconds(length.secs()),
        Period::Calendar(_) => period_at(&slo.period.value, from + 1).end - from,
    };
    let windows = slo
        .policy
        .iter()
        .filter_map(|rule| match rule.when.subject {
            Subject::Burn(window) => Some(seconds(window.secs())),
            _ => None,
        });
    // A window reaches over the end of a calendar period, too.
    windows.fold(period, i64::max).saturating_add(TILE)
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// What was measured until now, going on with the traffic of the last period and without
/// anything bad.
fn future(slo: &Slo, track: &Track, from: i64, tiles: i64) -> Option<Track> {
    let known = (from - track.span().end).max(0) / TILE;
    let past = Span::before(from, seconds(slo.period.value.nominal().secs()));
    let tiles = usize::try_from(tiles.saturating_add(known)).ok()?;
    Some(track.continued(tiles, |part| Events {
        bad: 0.0,
        total: track.mean(part, past).total,
    }))
}

/// The first tile for which there is an answer: looked for in large steps, then by the hour,
/// then exactly. `turn` is a tile that is not stepped over.
fn first<T>(tiles: i64, turn: Option<i64>, answer: impl Fn(i64) -> Option<T>) -> Option<T> {
    let coarse = (tiles / STEPS).max(HOUR);
    let steps = (1..=tiles / coarse + 1).map(|step| (step * coarse).min(tiles));
    let mut looked_at: Vec<i64> = steps.chain(turn).collect();
    looked_at.sort_unstable();
    let mut before = 0;
    for stop in looked_at {
        if answer(stop).is_some() {
            let hours = (before + HOUR..stop).step_by(usize::try_from(HOUR).ok()?);
            let mut hours = hours.chain([stop]);
            let hour = hours.find(|tile| answer(*tile).is_some())?;
            return (before.max(hour - HOUR) + 1..=hour).find_map(answer);
        }
        before = stop;
    }
    None
}
