//! When a budget will be gone.

use super::ENOUGH_COVERAGE;
use super::span::Span;
use super::spent::{Goal, Standing};
use super::track::{Track, float};
use crate::slo::Period;

/// The pace that is expected to go on is that of this many seconds.
const PACE: i64 = 3600;

/// What is to come, at the pace of the last hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Burn rate over the last hour; 1 spends the budget exactly in one period, and 0 is that
    /// of an hour without traffic. `None` where too little of it was measured.
    pub burn: Option<f64>,
    /// Seconds until the budget is gone; `None` where it is gone already, will not be, or
    /// nobody knows.
    pub exhausted_in: Option<f64>,
}

/// What is to come of a goal, at the pace of the last hour. A burn rate of 1 or less never
/// spends the budget of a rolling period; the end of a calendar period stops it.
pub fn forecast(track: &Track, goal: &Goal, standing: &Standing) -> Forecast {
    let hour = Span::before(standing.span.end, PACE);
    // Planned downtime spends nothing, and is not missing.
    let is_known = track.coverage(hour).unwrap_or(1.0) >= ENOUGH_COVERAGE;
    let burn = is_known.then(|| track.error_ratio(hour).unwrap_or(0.0) / goal.budget);
    let exhausted_in = burn.zip(standing.left()).and_then(|(burn, left)| {
        let seconds = left * length(goal, standing) / burn;
        let is_in_time = match goal.period {
            Period::Rolling(_) => burn > 1.0,
            Period::Calendar(_) => seconds < float(standing.ends - standing.span.end),
        };
        (left > 0.0 && is_in_time && seconds.is_finite()).then_some(seconds)
    });
    Forecast { burn, exhausted_in }
}

/// Seconds of the period: a budget of a February is spent sooner than one of a March.
fn length(goal: &Goal, standing: &Standing) -> f64 {
    match goal.period {
        Period::Rolling(length) => length.as_secs_f64(),
        Period::Calendar(_) => float(standing.ends - standing.span.start),
    }
}
