//! Stretches of time that spent budget.

use super::span::{Span, TILE};
use super::track::{Events, Track};

/// An incident is over after this many seconds in which it did not get worse.
const QUIET: i64 = 3600;

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
/// before; an hour that does not make it worse ends it, and so does so much good traffic
/// that it is made up for. Those that spent less than `least` bad events are left out:
/// where there is little traffic, single errors are no incident.
pub fn incidents(track: &Track, budget: f64, span: Span, least: f64) -> Vec<Incident> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    for tile in track.each(span) {
        let events = track.events(tile).unwrap_or_default();
        let excess = events.bad - budget * events.total;
        match &mut open {
            Some(running) => {
                running.add(tile, events, excess, budget);
                if running.is_over(tile.end) {
                    found.extend(open.take().map(|open| open.worst));
                }
            }
            None if excess > 0.0 => open = Some(Open::new(tile, events, excess, budget)),
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
    /// Up to the tile after which it had spent most.
    worst: Incident,
    events: Events,
    excess: f64,
    most: f64,
    peak_burn: f64,
}

impl Open {
    fn new(tile: Span, events: Events, excess: f64, budget: f64) -> Self {
        let peak_burn = burn(events, budget);
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
            peak_burn,
        }
    }

    fn add(&mut self, tile: Span, events: Events, excess: f64, budget: f64) {
        self.events.bad += events.bad;
        self.events.total += events.total;
        self.excess += excess;
        self.peak_burn = self.peak_burn.max(burn(events, budget));
        if excess > 0.0 && self.excess > self.most {
            self.most = self.excess;
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

/// How many times faster than allowed a tile spends the budget.
fn burn(events: Events, budget: f64) -> f64 {
    if events.total > 0.0 {
        events.bad / events.total / budget
    } else {
        0.0
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
