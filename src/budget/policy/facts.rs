//! What the conditions of a policy look at.
//!
//! Where enough of a stretch was measured, its numbers stand for all of it. Where too little
//! was, they are only limits: the rest had as much traffic as what was measured, and may have
//! been wholly good or wholly bad.

use super::known::Known;
use crate::budget::forecast::{Forecast, forecast};
use crate::budget::incident::{Incident, incidents};
use crate::budget::span::Span;
use crate::budget::spent::{Goal, Standing, standing};
use crate::budget::track::Track;
use crate::budget::{ENOUGH_COVERAGE, Events};
use crate::duration::Duration;
use crate::slo::{Slo, Subject};

/// How the objective of an SLO stands, for its policy to look at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    track: &'a Track,
    goal: Goal,
    at: i64,
    /// How the objective stands.
    pub standing: Standing,
}

impl<'a> Facts<'a> {
    /// The facts of an instant.
    pub fn new(slo: &Slo, track: &'a Track, at: i64) -> Self {
        let goal = Goal::objective(slo);
        Self {
            standing: standing(track, &goal, at),
            track,
            goal,
            at,
        }
    }

    /// What is known of a subject.
    pub fn value(&self, subject: Subject) -> Known {
        match subject {
            Subject::Coverage => Known::exactly(self.coverage()),
            Subject::Budget => self.left(),
            Subject::Burn(window) => self.burn(window),
            Subject::ExhaustedIn => self.exhausted_in(),
            Subject::Incident => self.incident(),
        }
    }

    /// Share (0–1) of the time that a subject looks at for which there is data.
    pub fn coverage_of(&self, subject: Subject) -> f64 {
        let hour = Duration::from_hours(1);
        match subject {
            Subject::Burn(window) => self.covered(self.window(window)),
            Subject::ExhaustedIn => self.coverage().min(self.covered(self.window(hour))),
            Subject::Budget | Subject::Incident | Subject::Coverage => self.coverage(),
        }
    }

    /// The incident of the period that spent most, and its share of the budget.
    pub fn largest_incident(&self) -> Option<(Incident, f64)> {
        let allowed = self.standing.allowed?;
        let found = incidents(self.track, self.goal.budget, self.standing.span, 0.0);
        let shares = found.into_iter().map(|one| (one, one.share(allowed)));
        shares.max_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// What is to come at the pace of the last hour.
    pub fn forecast(&self) -> Forecast {
        forecast(self.track, &self.goal, &self.standing)
    }

    /// Of time of which nothing was to be measured nothing is missing.
    fn coverage(&self) -> f64 {
        self.standing.coverage.unwrap_or(1.0)
    }

    fn covered(&self, span: Span) -> f64 {
        self.track.coverage(span).unwrap_or(1.0)
    }

    fn window(&self, window: Duration) -> Span {
        Span::before(self.at, i64::try_from(window.secs()).unwrap_or(i64::MAX))
    }

    /// Share of the budget that is left.
    fn left(&self) -> Known {
        let Standing { spent, allowed, .. } = self.standing;
        if self.standing.coverage.is_none() {
            // Nothing was to be measured yet: nothing is spent.
            return Known::exactly(1.0);
        }
        if self.coverage() >= ENOUGH_COVERAGE {
            return self.standing.left().map_or(Known::NOTHING, Known::exactly);
        }
        let (Some(spent), Some(allowed)) = (spent, allowed) else {
            return Known::between(f64::NEG_INFINITY, 1.0);
        };
        let unmeasured = self.unmeasured();
        let all_allowed = allowed + unmeasured * self.goal.budget;
        if unmeasured <= 0.0 || all_allowed <= 0.0 {
            // Idle so far; nobody knows how much traffic the rest had.
            return Known::between(f64::NEG_INFINITY, 1.0);
        }
        let bad = spent * allowed;
        Known::between(
            1.0 - (bad + unmeasured) / all_allowed,
            1.0 - bad / all_allowed,
        )
    }

    /// Events of the part of the period that was not measured, if it was as busy as the rest.
    fn unmeasured(&self) -> f64 {
        let Events { total, .. } = self.standing.events.unwrap_or_default();
        let covered = self.coverage();
        if covered > 0.0 {
            total * (1.0 - covered) / covered
        } else {
            0.0
        }
    }

    fn burn(&self, window: Duration) -> Known {
        let span = self.window(window);
        let covered = self.covered(span);
        let ratio = self.track.error_ratio(span);
        let budget = self.goal.budget;
        if covered >= ENOUGH_COVERAGE {
            // Where nothing happened, nothing burns.
            return Known::exactly(ratio.unwrap_or(0.0) / budget);
        }
        let Some(ratio) = ratio else {
            return Known::between(0.0, 1.0 / budget);
        };
        let least = ratio * covered;
        Known::between(least / budget, (least + 1.0 - covered) / budget)
    }

    /// Seconds; what will not happen at the present pace is infinitely far away.
    fn exhausted_in(&self) -> Known {
        let left = self.left();
        if left.high <= 0.0 {
            return Known::exactly(0.0);
        }
        let forecast = self.forecast();
        if left.exact().is_none() || forecast.burn.is_none() {
            return Known::between(0.0, f64::INFINITY);
        }
        Known::exactly(forecast.exhausted_in.unwrap_or(f64::INFINITY))
    }

    fn incident(&self) -> Known {
        if self.standing.coverage.is_none() {
            return Known::exactly(0.0);
        }
        let share = self.largest_incident().map_or(0.0, |(_, share)| share);
        let covered = self.coverage();
        if covered >= ENOUGH_COVERAGE && self.standing.allowed.is_some() {
            return Known::exactly(share);
        }
        let allowed = self.standing.allowed.unwrap_or(0.0);
        let all_allowed = allowed + self.unmeasured() * self.goal.budget;
        let least = if all_allowed > 0.0 {
            share * allowed / all_allowed
        } else {
            0.0
        };
        Known::between(least, f64::INFINITY)
    }
}
