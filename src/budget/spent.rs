//! What was spent of an error budget.

use rust_decimal::prelude::ToPrimitive;

use super::span::{Span, period_at};
use super::track::{Events, Track};
use crate::slo::{Objective, Period, Slo};

/// What is held: an objective, or the promise, over its period.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// The error budget as a ratio, 0–1.
    pub budget: f64,
    /// The period.
    pub period: Period,
}

/// How a goal stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// What has passed of the period.
    pub span: Span,
    /// When the period ends, in Unix seconds; where it rolls, now.
    pub ends: i64,
    /// Error ratio (0–1) so far.
    pub error_ratio: Option<f64>,
    /// Events so far; a composite counts seconds.
    pub events: Option<Events>,
    /// Bad events that the whole period allows, with what is still to come of it.
    pub allowed: Option<f64>,
    /// Share of the budget that is spent: 1 is all of it.
    pub spent: Option<f64>,
    /// Share (0–1) of the time so far for which there is data; `None` where all of it was
    /// planned downtime.
    pub coverage: Option<f64>,
    /// Seconds of planned downtime that do not count.
    pub excluded: i64,
}

/// What was left of a budget at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Unix seconds.
    pub at: i64,
    /// Share of the budget: 1 is all of it, below 0 is overspent.
    pub left: Option<f64>,
}

impl Goal {
    /// What the team holds itself to.
    pub fn objective(slo: &Slo) -> Self {
        Self::new(slo.objective.value, &slo.period.value)
    }

    /// What customers were told.
    pub fn promise(slo: &Slo) -> Option<Self> {
        let promise = slo.promise.as_ref()?;
        Some(Self::new(promise.objective.value, &promise.period.value))
    }

    /// An objective over a period.
    pub fn new(objective: Objective, period: &Period) -> Self {
        Self {
            budget: objective.budget().to_f64().unwrap_or(f64::NAN),
            period: period.clone(),
        }
    }
}

impl Standing {
    /// Share of the budget that is left: 1 is all of it, below 0 is overspent.
    pub fn left(&self) -> Option<f64> {
        self.spent.map(|spent| 1.0 - spent)
    }

    /// Whether enough was measured for the numbers to say something.
    pub fn is_known(&self) -> bool {
        let covered = self.coverage.unwrap_or(0.0) >= super::ENOUGH_COVERAGE;
        self.spent.is_some() && (covered || self.is_certainly_gone())
    }

    /// What was measured spends the whole budget, whatever the rest was.
    pub fn is_certainly_gone(&self) -> bool {
        let spent = self.spent.unwrap_or(0.0);
        spent >= 1.0 && spent * self.coverage.unwrap_or(0.0) >= 1.0
    }
}

/// How a goal stands at an instant, over its own period. Of a calendar period the events that
/// are still to come are those of the mean rate of one nominal period before: one bad hour on
/// the first of a month does not spend the month.
pub fn standing(track: &Track, goal: &Goal, at: i64) -> Standing {
    standing_over(track, goal, period_at(&goal.period, at), at)
}

/// How a budget stands at an instant over a stretch that is taken as one period.
pub fn standing_over(track: &Track, goal: &Goal, span: Span, at: i64) -> Standing {
    let now = at.clamp(span.start, span.end.max(span.start));
    let passed = Span { end: now, ..span };
    let left = Span {
        start: now,
        end: span.end,
    };
    over(track, goal, passed, left)
}

fn over(track: &Track, goal: &Goal, passed: Span, left: Span) -> Standing {
    let events = track.events(passed);
    let error_ratio = track.error_ratio(passed);
    let to_come = events.map_or(0.0, |_| to_come(track, goal, passed.end, left));
    let expected = events.map(|events| events.total + to_come);
    let allowed = expected.map(|total| total * goal.budget);
    // An idle period has spent nothing of its budget.
    let spent = match (error_ratio, events, allowed) {
        (Some(ratio), Some(events), Some(allowed)) if allowed > 0.0 => {
            Some(ratio * events.total / allowed)
        }
        (None, Some(_), _) => Some(0.0),
        _ => None,
    };
    Standing {
        span: passed,
        ends: left.end,
        error_ratio,
        events,
        allowed,
        spent,
        coverage: track.coverage(passed),
        excluded: track.excluded(passed),
    }
}

/// Events that the rest of a period will have.
fn to_come(track: &Track, goal: &Goal, now: i64, left: Span) -> f64 {
    if left.is_empty() {
        return 0.0;
    }
    let nominal = i64::try_from(goal.period.nominal().millis() / 1000).unwrap_or(i64::MAX);
    let before = Span::before(now, nominal);
    let seconds = track.measured_seconds(before);
    let events = track.events(before).unwrap_or_default();
    if seconds > 0.0 {
        events.total / seconds * super::track::float(left.seconds())
    } else {
        0.0
    }
}

/// What was left of the budget of a stretch that is taken as one period, every `step`
/// seconds until `at`.
pub fn burn_down(track: &Track, goal: &Goal, span: Span, at: i64, step: i64) -> Vec<Point> {
    let standing = standing_over(track, goal, span, at);
    let left = |now: i64| {
        let passed = Span { end: now, ..span };
        if passed.is_empty() {
            return Some(1.0);
        }
        let spent =
            track.events(passed)?.bad / standing.allowed.filter(|allowed| *allowed > 0.0)?;
        Some(1.0 - spent)
    };
    instants(standing.span, step)
        .map(|at| Point { at, left: left(at) })
        .collect()
}

/// What was left of a budget, every `step` seconds over a stretch, as it was known then.
pub fn timeline(track: &Track, goal: &Goal, span: Span, step: i64) -> Vec<Point> {
    instants(span, step)
        .map(|at| Point {
            at,
            left: standing(track, goal, at).left(),
        })
        .collect()
}

/// Every `step` seconds, and the end.
fn instants(span: Span, step: i64) -> impl Iterator<Item = i64> {
    let step = usize::try_from(step.max(super::TILE)).unwrap_or(usize::MAX);
    let before = (span.start..span.end).step_by(step);
    before.chain([span.end])
}
