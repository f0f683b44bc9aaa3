//! What scrapes of a series find in a scenario.

use super::{Growth, Series, Signal};
use crate::duration::Duration;

/// A stretch of time in which nothing changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// How long it lasts.
    pub length: Duration,
    /// What goes on.
    pub load: Load,
}

/// What goes on in a phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Load {
    /// Events arrive.
    Traffic {
        /// Events per second, in each group.
        per_second: f64,
        /// Share of them that is bad, 0–1; for gauges the share of time.
        errors: f64,
    },
    /// Nothing is scraped.
    Vanished,
}

impl Phase {
    /// Events per second, and the share of them that is bad (0–1).
    pub const fn traffic(length: Duration, per_second: f64, errors: f64) -> Self {
        Self {
            length,
            load: Load::Traffic { per_second, errors },
        }
    }

    /// Nothing is scraped.
    pub const fn vanished(length: Duration) -> Self {
        Self {
            length,
            load: Load::Vanished,
        }
    }
}

/// What one scrape finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// No sample.
    Missing,
    /// A counter has grown by this much since the scrape before.
    Grow(f64),
    /// A gauge is at this value.
    Set(f64),
}

impl Series {
    /// What scrapes find at `start` (Unix time in seconds) and every `step` after it, up
    /// to the end of the last phase, which is included.
    pub fn steps(&self, phases: &[Phase], step: Duration, start: f64) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut end = Duration::ZERO;
        for phase in phases {
            let mut share = TimeShare::default();
            let load = self.as_step_of_composite(phase.load);
            end = end + phase.length;
            loop {
                let at = step * steps.len() as u64;
                if at > end {
                    break;
                }
                let first = steps.is_empty();
                steps.push(self.step(load, &mut share, step, (start, at), first));
            }
        }
        if self.lazy {
            hide_before_growth(&mut steps);
        }
        steps
    }

    /// The samples themselves. Counters start at 0 and show whole numbers, since
    /// they count; what is left over is carried on.
    pub fn values(&self, phases: &[Phase], step: Duration, start: f64) -> Vec<Option<f64>> {
        let mut sum = 0.0;
        let value = |step| match step {
            Step::Missing => None,
            Step::Grow(by) => {
                sum += by;
                // A sum of fractions that should be whole may be a little less.
                Some((sum + 1e-6_f64).floor())
            }
            Step::Set(value) => Some(value),
        };
        self.steps(phases, step, start)
            .into_iter()
            .map(value)
            .collect()
    }

    /// The load with this series' part in the errors.
    fn as_step_of_composite(&self, load: Load) -> Load {
        match load {
            Load::Traffic { per_second, errors } => Load::Traffic {
                per_second,
                errors: 1.0 - (1.0 - errors).powf(self.share),
            },
            Load::Vanished => Load::Vanished,
        }
    }

    fn step(
        &self,
        load: Load,
        share: &mut TimeShare,
        step: Duration,
        (start, at): (f64, Duration),
        first: bool,
    ) -> Step {
        let Load::Traffic { per_second, errors } = load else {
            return Step::Missing;
        };
        let bad = match self.slices {
            // What is scraped at the end of a slice came about within it.
            Some(slices) => share.is_bad(
                errors,
                at.millis().saturating_sub(1) / slices.length.millis().max(1),
            ),
            None => share.is_bad(errors, at.millis() / step.millis().max(1)),
        };
        match self.signal {
            Signal::Counter(growth) => {
                let errors = self
                    .slices
                    .map_or(errors, |slices| within_slice(errors, bad, slices.allowed));
                let events = if first { 0.0 } else { per_second };
                Step::Grow(events * step.as_secs_f64() * growth.at(errors))
            }
            Signal::Switch { good, bad: other } => Step::Set(if bad { other } else { good }),
            Signal::Timestamp {
                good_age,
                bad_age,
                per_second,
            } => {
                let age = if bad { bad_age } else { good_age };
                Step::Set((start + at.as_secs_f64() - age) * per_second)
            }
            Signal::Level { base, slope } => Step::Set(base + slope * errors),
        }
    }
}

impl Growth {
    /// Share of all events at an error ratio (0–1).
    pub fn at(self, errors: f64) -> f64 {
        self.base + self.slope * errors + self.bend * errors * (1.0 - errors)
    }
}

/// The error ratio of the events in a good or a bad slice, close to what is
/// allowed; a scenario without bad slices has no errors at all.
fn within_slice(errors: f64, bad: bool, allowed: f64) -> f64 {
    if errors <= 0.0 {
        0.0
    } else if bad {
        (1.1 * allowed).min(f64::midpoint(1.0, allowed))
    } else {
        0.9 * allowed
    }
}

/// Spreads bad units evenly over time.
#[derive(Debug, Default)]
struct TimeShare {
    unit: Option<u64>,
    owed: f64,
    bad: bool,
}

impl TimeShare {
    fn is_bad(&mut self, errors: f64, unit: u64) -> bool {
        if self.unit != Some(unit) {
            self.unit = Some(unit);
            self.owed += errors;
            // Fractions that add up to one may fall short of it by a little.
            self.bad = self.owed > 1.0 - 1e-9;
            if self.bad {
                self.owed -= 1.0;
            }
        }
        self.bad
    }
}

/// Leaves one sample before the first growth, so that no event is lost to `rate`.
fn hide_before_growth(steps: &mut [Step]) {
    let grows = |step: &Step| matches!(step, Step::Grow(by) if *by > 0.0);
    let first = steps.iter().position(grows).unwrap_or(steps.len());
    let hidden = if first == steps.len() {
        first
    } else {
        first.saturating_sub(1)
    };
    steps[..hidden].fill(Step::Missing);
}
