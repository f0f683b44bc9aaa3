//! When a budget will be gone.

use super::span::Span;
use super::spent::{Goal, Standing};
use super::track::{Track, float};
use crate::slo::Period;

/// The pace that is expected to go on is that of this many seconds.
const PACE: i64 = 3600;

/// What is to come, at the pace of the last hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Burn rate over the last hour; 1 spends the budget exactly in one period.
    pub burn: Option<f64>,
    /// Seconds until the budget is gone; `None` where it is gone already, or will not be.
    pub exhausted_in: Option<f64>,
}

/// What is to come of a goal, at the pace of the last hour. A burn rate of 1 or less never
/// spends the budget of a rolling period; the end of a calendar period stops it.
pub fn forecast(track: &Track, goal: &Goal, standing: &Standing) -> Forecast {
    let hour = Span::before(standing.span.end, PACE);
    let burn = track.error_ratio(hour).map(|ratio| ratio / goal.budget);
    let exhausted_in = burn.zip(standing.left()).and_then(|(burn, left)| {
        let seconds = left * goal.period.nominal().as_secs_f64() / burn;
        let is_in_time = match goal.period {
            Period::Rolling(_) => burn > 1.0,
            Period::Calendar(_) => seconds < float(standing.ends - standing.span.end),
        };
        (left > 0.0 && is_in_time && seconds.is_finite()).then_some(seconds)
    });
    Forecast { burn, exhausted_in }
}
