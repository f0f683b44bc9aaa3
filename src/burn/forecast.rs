//! Whether an alert fires at an instant, given what happened before: the same
//! lags as [`Timing::firing`], for any course of events.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{BASE_WINDOW, LONGEST_FAST_WINDOW, Pair, Timing};
use crate::duration::Duration;

/// How close to its threshold (relative) a ratio may come before nobody can tell.
const MARGIN: f64 = 0.005;

/// A stretch of time with steady traffic and a steady error ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// How long it lasts.
    pub length: Duration,
    /// Events per second; 0 where there are none or nothing is known.
    pub traffic: f64,
    /// Share of them that is bad, 0–1.
    pub errors: f64,
}

/// What happened from the first sample on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// End of each stretch in seconds, and its traffic and bad events per second.
    stretches: Vec<(f64, f64, f64)>,
    /// Number of steps in series, all of which have the same errors; 1 when there is only one.
    steps: f64,
}

/// One arm of an alert: both windows above a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// Long window.
    pub long: Duration,
    /// Short window.
    pub short: Duration,
    /// Error ratio (0–1) from which it fires.
    pub threshold: f64,
    /// How long there must have been data.
    pub settled: Duration,
}

/// What can be said about an alert at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It does not fire.
    Silent,
    /// It may.
    Unsure,
    /// It fires.
    Firing,
}

impl History {
    /// A course of events. `steps` in series have the same errors each, which makes their
    /// ratio 1 − (1 − e)^steps for an error ratio e of each over a window.
    pub fn new(stretches: impl IntoIterator<Item = Stretch>, steps: f64) -> Self {
        let mut end = 0.0;
        let stretches = stretches
            .into_iter()
            .map(|stretch| {
                end += stretch.length.as_secs_f64();
                let each = 1.0 - power(1.0 - stretch.errors, 1.0 / steps);
                (end, stretch.traffic, stretch.traffic * each)
            })
            .collect();
        Self { stretches, steps }
    }

    /// The error ratio from one instant to another (seconds); 0 where there is no event.
    fn ratio(&self, from: f64, to: f64) -> f64 {
        let mut start = 0.0;
        let (mut bad, mut total) = (0.0, 0.0);
        for (end, traffic, errors) in &self.stretches {
            let shared = (to.min(*end) - from.max(start)).max(0.0);
            total += shared * traffic;
            bad += shared * errors;
            start = *end;
        }
        if total > 0.0 {
            1.0 - power(1.0 - bad / total, self.steps)
        } else {
            0.0
        }
    }

    /// Instants between two others at which something changed.
    fn changes(&self, from: f64, to: f64) -> impl Iterator<Item = f64> + '_ {
        let ends = self.stretches.iter().map(|(end, ..)| *end);
        ends.filter(move |end| from < *end && *end < to)
    }
}

/// `base` to the power of `exponent`, which nearly always is 1.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent.to_bits() == 1.0_f64.to_bits() {
        base
    } else {
        base.powf(exponent)
    }
}

impl Arm {
    /// The arm of a pair: it needs data for half of its long window.
    pub fn of(pair: &Pair, budget: Decimal) -> Self {
        Self {
            long: pair.long,
            short: pair.short,
            threshold: pair.threshold(budget).to_f64().unwrap_or(1.0),
            settled: pair.long / 2,
        }
    }
}

impl Timing {
    /// Whether an alert with these arms fires `at` this long after the first sample.
    /// `behind` is what the SLI itself adds to the lag of the rules.
    pub fn outlook(
        &self,
        history: &History,
        arms: &[Arm],
        at: Duration,
        behind: Duration,
    ) -> Outlook {
        let mut outlook = Outlook::Silent;
        for arm in arms {
            match self.outlook_of(history, arm, at.as_secs_f64(), behind) {
                Outlook::Firing => return Outlook::Firing,
                Outlook::Unsure => outlook = Outlook::Unsure,
                Outlook::Silent => {}
            }
        }
        outlook
    }

    fn outlook_of(&self, history: &History, arm: &Arm, at: f64, behind: Duration) -> Outlook {
        let settled = arm.settled.as_secs_f64();
        // The first rate needs two samples.
        let late = (self.scrape + self.fast * 2 + behind).as_secs_f64();
        if at < settled {
            return Outlook::Silent;
        }
        let (above, below) = (
            arm.threshold * (1.0 + MARGIN),
            arm.threshold * (1.0 - MARGIN),
        );
        // The short window is silent more often, and one silent window is enough.
        let (short_least, short_most) = self.reading(history, arm.short, at, behind);
        if short_most < below {
            return Outlook::Silent;
        }
        let (long_least, long_most) = self.reading(history, arm.long, at, behind);
        if long_most < below {
            Outlook::Silent
        } else if long_least > above && short_least > above && at >= settled + late {
            Outlook::Firing
        } else {
            Outlook::Unsure
        }
    }

    /// The least and the most that the recorded ratio of a window can be.
    fn reading(
        &self,
        history: &History,
        window: Duration,
        at: f64,
        behind: Duration,
    ) -> (f64, f64) {
        let (middle, spread) = if window <= BASE_WINDOW {
            (0.0, self.fast)
        } else if window <= LONGEST_FAST_WINDOW {
            (BASE_WINDOW.as_secs_f64() / 2.0, self.fast * 2)
        } else {
            (self.slow.as_secs_f64() / 2.0, self.slow + self.fast)
        };
        let spread = (spread + self.scrape).as_secs_f64();
        let from = at - middle - spread - (self.fast + behind).as_secs_f64();
        let to = at - middle + spread;
        let length = window.as_secs_f64();
        // Between two changes at either end of the window its ratio only rises or only falls.
        let ends = history.changes(from, to);
        let starts = history.changes(from - length, to - length);
        let turns = ends.chain(starts.map(|change| change + length));
        let mut reading = (1.0_f64, 0.0_f64);
        for end in [from, to].into_iter().chain(turns) {
            let ratio = history.ratio(end - length, end);
            reading = (reading.0.min(ratio), reading.1.max(ratio));
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::Severity;

    #[test]
    fn agrees_with_the_time_to_fire_and_to_reset() {
        let timing = Timing::new(Duration::from_secs(30));
        let budget = Decimal::new(1, 3);
        for (factor, long, short) in [
            (144, 60, 5),
            (60, 360, 30),
            (30, 1440, 120),
            (10, 4320, 360),
        ] {
            let pair = Pair {
                severity: Severity::Page,
                long: Duration::from_mins(long),
                short: Duration::from_mins(short),
                factor: Decimal::new(factor, 1),
            };
            for errors in [0.02, 0.1, 1.0] {
                let Some(firing) = timing.firing(&pair, budget, errors) else {
                    continue;
                };
                let healthy = pair.long * 2;
                let history = History::new(
                    [(healthy, 0.0), (pair.long, errors), (pair.long, 0.0)].map(
                        |(length, errors)| Stretch {
                            length,
                            traffic: 1.0,
                            errors,
                        },
                    ),
                    1.0,
                );
                let arms = [Arm::of(&pair, budget)];
                let outlook = |at| timing.outlook(&history, &arms, at, Duration::ZERO);
                let minute = Duration::from_mins(1);
                assert_eq!(outlook(healthy), Outlook::Silent);
                assert_ne!(outlook(healthy + firing.earliest), Outlook::Firing);
                assert_eq!(
                    outlook(healthy + firing.latest + minute * 2),
                    Outlook::Firing,
                    "{pair:?} {errors}"
                );
                let reset = timing.reset(&pair, budget, errors);
                assert_eq!(
                    outlook(healthy + pair.long + reset + minute * 2),
                    Outlook::Silent,
                    "{pair:?} {errors}"
                );
            }
        }
    }
}
