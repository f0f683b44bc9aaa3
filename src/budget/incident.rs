//! Stretches of time that spent budget.

use super::span::{Span, TILE};
use super::track::{Events, Track};

/// An incident is over after this many seconds in which it did not get notably worse.
const QUIET: i64 = 3600;
/// How much worse is notable, as a share of what it has spent too much so far; what goes
/// wrong at about the level that the objective allows is no part of an outage before it.
const NOTABLE: f64 = 0.02;
/// So is what burns faster than this, however large the outage before it was.
const FAST: f64 = 1.5;

/// A stretch of time in which more events were bad than the objective allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incident {
    /// From its first tile to the last in which it got worse.
    pub span: Span,
    /// Events in it.
    pub events: Events,
    /// The highest burn rate of its tiles.
    pub peak_burn: f64,
    /// Whether it is younger than the quiet hour that would end it.
    pub is_open: bool,
}

impl Incident {
    /// Its share of a budget that allows so many bad events.
    pub fn share(&self, allowed: f64) -> f64 {
        if allowed > 0.0 {
            self.events.bad / allowed
        } else {
            0.0
        }
    }
}

/// The incidents of a stretch: each begins with a tile that burns faster than the budget
/// (a ratio, 0–1) allows, and ends with the last one after which it had spent more than
/// before; an hour that does not make it notably worse ends it, and so does so much good traffic
/// that it is made up for. Those that spent less than `least` bad events are left out:
/// where there is little traffic, single errors are no incident.
pub fn incidents(track: &Track, budget: f64, span: Span, least: f64) -> Vec<Incident> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let weights = track.weights(span);
    for tile in track.each(span) {
        let events = track.weighted(tile, &weights).unwrap_or_default();
        let ratio = track.error_ratio(tile).unwrap_or(0.0);
        let excess = events.bad - budget * events.total;
        match &mut open {
            Some(running) => {
                running.add(tile, events, (ratio, budget));
                if running.is_over(tile.end) {
                    found.extend(open.take().map(|open| open.worst));
                }
            }
            None if excess > 0.0 => open = Some(Open::new(tile, events, (ratio, budget))),
            None => {}
        }
    }
    found.extend(open.map(|open| Incident {
        is_open: true,
        ..open.worst
    }));
    found.retain(|incident| incident.events.bad >= least && incident.events.bad > 0.0);
    found
}

/// An incident that may go on.
struct Open {
    /// Up to the last tile that made it notably worse.
    worst: Incident,
    events: Events,
    excess: f64,
    /// Excess and allowed events when it was worst.
    most: f64,
    allowed: f64,
    peak_burn: f64,
}

impl Open {
    fn new(tile: Span, events: Events, (ratio, budget): (f64, f64)) -> Self {
        let peak_burn = ratio / budget;
        let excess = events.bad - budget * events.total;
        Self {
            worst: Incident {
                span: tile,
                events,
                peak_burn,
                is_open: false,
            },
            events,
            excess,
            most: excess,
            allowed: budget * events.total,
            peak_burn,
        }
    }

    fn add(&mut self, tile: Span, events: Events, (ratio, budget): (f64, f64)) {
        self.events.bad += events.bad;
        self.events.total += events.total;
        let excess = events.bad - budget * events.total;
        self.excess += excess;
        self.peak_burn = self.peak_burn.max(ratio / budget);
        let worse = self.excess - self.most;
        let allowed = budget * self.events.total;
        let fast = (FAST - 1.0) * (allowed - self.allowed);
        if excess > 0.0 && worse > 0.0 && worse >= (NOTABLE * self.excess).min(fast) {
            self.most = self.excess;
            self.allowed = allowed;
            self.worst = Incident {
                span: Span {
                    end: tile.end,
                    ..self.worst.span
                },
                events: self.events,
                peak_burn: self.peak_burn,
                is_open: false,
            };
        }
    }

    fn is_over(&self, now: i64) -> bool {
        now - self.worst.span.end >= QUIET.max(TILE) || self.excess <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::track::{Join, Part};
    use super::*;
    use crate::prometheus::Labels;

    /// Tiles of a thousand events each, of which so many are bad.
    fn track(bad: &[f64]) -> Track {
        let part = Part {
            bad: bad.to_vec(),
            total: bad
                .iter()
                .map(|bad| if bad.is_nan() { f64::NAN } else { 1000.0 })
                .collect(),
        };
        Track::new(Labels::new(), TILE, Join::Part(0), &[part], &[], 0)
    }

    /// First and last tile, bad events, and whether it goes on; with a budget of 1 %.
    fn found(bad: &[f64], least: f64) -> Vec<(i64, i64, f64, bool)> {
        let track = track(bad);
        incidents(&track, 0.01, track.span(), least)
            .iter()
            .map(|one| {
                let tiles = (one.span.start / TILE, one.span.end / TILE - 1);
                (tiles.0, tiles.1, one.events.bad, one.is_open)
            })
            .collect()
    }

    fn quiet(tiles: usize) -> Vec<f64> {
        vec![0.0; tiles]
    }

    #[test]
    fn an_incident_ends_where_it_stops_getting_worse() {
        let tiles = [quiet(3), vec![500.0, 400.0, 20.0, 5.0], quiet(20)].concat();
        // The tile with half a percent is within the budget.
        assert_eq!(found(&tiles, 0.0), [(3, 5, 920.0, false)]);
    }

    #[test]
    fn a_quiet_hour_tells_two_incidents_apart() {
        let two = |pause| [quiet(2), vec![500.0], quiet(pause), vec![500.0], quiet(13)].concat();
        assert_eq!(found(&two(11), 0.0), [(2, 14, 1000.0, false)]);
        assert_eq!(
            found(&two(12), 0.0),
            [(2, 2, 500.0, false), (15, 15, 500.0, false)]
        );
    }

    #[test]
    fn single_errors_are_no_incident() {
        let noise: Vec<f64> = (0..200)
            .map(|tile| f64::from(u8::from(tile % 10 == 0)) * 12.0)
            .collect();
        assert_eq!(found(&noise, 50.0), []);
        // A true outage within the noise begins and ends with itself.
        let mut outage = noise;
        outage[101..104].fill(700.0);
        let found = found(&outage, 50.0);
        assert_eq!(found.len(), 1, "{found:?}");
        let (first, last, ..) = found[0];
        assert!((100..=101).contains(&first) && last == 103, "{found:?}");
    }

    #[test]
    fn an_outage_is_not_prolonged_by_errors_at_the_level_that_is_allowed() {
        let tiles = [
            quiet(2),
            vec![700.0; 3],
            vec![10.2; 100],
            vec![600.0; 2],
            quiet(13),
        ]
        .concat();
        let found = found(&tiles, 50.0);
        let spans: Vec<(i64, i64)> = found.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(spans[0], (2, 4), "{found:?}");
        assert_eq!(found.last().unwrap().1, 106, "{found:?}");
        // A leak that burns twice as fast as allowed is one incident, however long.
        let leak = [quiet(2), vec![20.0; 2000], quiet(13)].concat();
        assert_eq!(self::found(&leak, 50.0), [(2, 2001, 40_000.0, false)]);
    }

    #[test]
    fn incidents_of_a_composite_spend_no_more_than_it_does() {
        // The first step has next to no traffic while it fails.
        let night = Part {
            bad: vec![0.0, 10.0, 10.0, 0.0, 0.0],
            total: vec![1000.0, 10.0, 10.0, 1000.0, 1000.0],
        };
        let day = Part {
            bad: vec![0.0, 0.0, 0.0, 50.0, 0.0],
            total: vec![1000.0; 5],
        };
        let join = Join::Every(vec![Join::Part(0), Join::Part(1)]);
        let track = Track::new(Labels::new(), TILE, join, &[night, day], &[], 0);
        let all = incidents(&track, 0.001, track.span(), 0.0);
        let spent: f64 = all.iter().map(|one| one.events.bad).sum();
        let whole = track.events(track.span()).unwrap().bad;
        assert!(
            spent <= whole * (1.0 + 1e-9) && spent > 0.9 * whole,
            "{spent} {whole}"
        );
        assert!((all[0].peak_burn - 1000.0).abs() < 1e-6, "{all:?}");
    }

    #[test]
    fn what_goes_on_is_open_and_gaps_are_no_events() {
        let tiles = [quiet(3), vec![500.0, f64::NAN, f64::NAN, 300.0]].concat();
        assert_eq!(found(&tiles, 0.0), [(3, 6, 800.0, true)]);
        let long_over = [vec![500.0], vec![f64::NAN; 12], quiet(2)].concat();
        assert_eq!(found(&long_over, 0.0), [(0, 0, 500.0, false)]);
    }

    #[test]
    fn the_peak_is_that_of_the_incident() {
        let track = track(&[20.0, 700.0, 30.0]);
        let all = incidents(&track, 0.01, track.span(), 0.0);
        assert!((all[0].peak_burn - 70.0).abs() < 1e-9);
        assert!((all[0].share(1500.0) - 0.5).abs() < 1e-9);
        assert!(all[0].share(0.0).abs() < f64::EPSILON);
    }
}
