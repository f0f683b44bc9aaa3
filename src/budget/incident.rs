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
