//! Ship, slow or freeze: what the policies of many SLOs decide together.
//!
//! Pure: what was measured is given. Every SLO, and every group of it, decides by itself; the
//! worst of them is the decision of all.

mod json;
mod text;

use jiff::tz::TimeZone;

use crate::budget::{self, Facts, Incident, Ruling, Span, Standing, TILE, Thaw, period_at};
use crate::measure::{Measured, Origin};
use crate::prometheus::Labels;
use crate::review::PolicyReview;
use crate::review::moment::Clock;
use crate::review::policy::{Words, valid_override};
use crate::slo::{Decision, Override, Period, Slo, Subject};

/// What comes of a policy, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Features go on.
    Ship,
    /// Less risk.
    Slow,
    /// Nobody knows.
    Unknown,
    /// Only fixes.
    Freeze,
}

impl Outcome {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Freeze, Self::Unknown, Self::Slow, Self::Ship];

    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::Slow => "slow",
            Self::Unknown => "unknown",
            Self::Freeze => "freeze",
        }
    }
}

impl From<Option<Decision>> for Outcome {
    fn from(decision: Option<Decision>) -> Self {
        match decision {
            None => Self::Unknown,
            Some(Decision::Ship) => Self::Ship,
            Some(Decision::Slow) => Self::Slow,
            Some(Decision::Freeze) => Self::Freeze,
        }
    }
}

/// What was decided about one group of an SLO.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// The SLO.
    pub slo: &'a Slo,
    /// The values of `group_by`.
    pub group: Labels,
    /// What comes of it.
    pub outcome: Outcome,
    /// Whether nobody knows, and that was taken for something.
    pub is_assumed: bool,
    /// What its policy says by itself.
    pub ruling: Ruling,
    /// The same in words.
    pub review: PolicyReview,
    /// Who decided otherwise.
    pub overridden: Option<&'a Override>,
    /// When it will be better.
    pub thaw: Option<Thaw>,
    /// How the objective stands.
    pub standing: Standing,
    /// The incident of the period that spent most, and its share of the budget.
    pub largest_incident: Option<(Incident, f64)>,
    /// Where the numbers come from.
    pub origin: Origin,
    /// Why the raw metrics could not be read, in the server's words.
    pub failed: Option<&'a str>,
}

/// What was decided about all SLOs.
#[derive(Debug)]
pub struct Gate<'a> {
    /// Who was asked, without user and password.
    pub server: String,
    /// The instant as of which it holds, in Unix seconds.
    pub at: i64,
    /// The worst first, then by name.
    pub verdicts: Vec<Verdict<'a>>,
}

/// Decides about every group of every SLO. Where nobody knows, `on_unknown` is taken instead;
/// it does not make milder what is known.
pub fn decide<'a>(
    measured: &'a [Measured<'a>],
    at: i64,
    on_unknown: Option<Decision>,
) -> Vec<Verdict<'a>> {
    let mut verdicts: Vec<_> = measured
        .iter()
        .flat_map(|measured| {
            let tracks = measured.tracks.iter();
            tracks.map(|track| verdict(measured, track, at, on_unknown))
        })
        .collect();
    verdicts.sort_by(|one, other| {
        let worst = other.outcome.cmp(&one.outcome);
        let name = || (&one.slo.id, &one.group).cmp(&(&other.slo.id, &other.group));
        worst.then_with(name)
    });
    verdicts
}

fn verdict<'a>(
    measured: &'a Measured<'a>,
    track: &'a budget::Track,
    at: i64,
    on_unknown: Option<Decision>,
) -> Verdict<'a> {
    let slo = measured.slo;
    let facts = Facts::new(slo, track, at);
    let ruling = budget::rule(slo, &facts);
    let thaw = budget::thaw(slo, track, at, &ruling);
    let overridden = valid_override(slo, at);
    let words = Words {
        slo,
        facts: &facts,
        clock: Clock::new(&zone(slo), at),
    };
    let review = words.review(&ruling, thaw, overridden);
    let assumed = on_unknown.filter(|_| review.decision.is_none());
    let assumed = assumed.map(|decision| decision.max(ruling.at_least));
    Verdict {
        slo,
        group: track.group.clone(),
        outcome: review.decision.or(assumed).into(),
        is_assumed: assumed.is_some(),
        review,
        overridden,
        thaw,
        standing: facts.standing,
        largest_incident: facts.largest_incident(),
        origin: measured.origin,
        failed: measured.failed.as_deref(),
        ruling,
    }
}

/// That of the calendar of an SLO, if it has one.
fn zone(slo: &Slo) -> TimeZone {
    match &slo.period.value {
        Period::Rolling(_) => TimeZone::UTC,
        Period::Calendar(calendar) => TimeZone::get(&calendar.time_zone).unwrap_or(TimeZone::UTC),
    }
}

impl Gate<'_> {
    /// The decision of all: the worst.
    pub fn outcome(&self) -> Outcome {
        let outcomes = self.verdicts.iter().map(|verdict| verdict.outcome);
        outcomes.max().unwrap_or(Outcome::Unknown)
    }

    /// How many SLOs and groups it is for.
    pub fn count(&self, outcome: Outcome) -> usize {
        let verdicts = self.verdicts.iter();
        verdicts
            .filter(|verdict| verdict.outcome == outcome)
            .count()
    }
}

/// The stretch of time that the policy of an SLO looks at: its period so far, the windows of
/// its conditions and, of a calendar period, as much as is taken for what is still to come.
pub fn span(slo: &Slo, at: i64) -> Span {
    let seconds = |length: crate::duration::Duration| i64::try_from(length.secs()).unwrap_or(0);
    let period = &slo.period.value;
    let windows = slo
        .policy
        .iter()
        .filter_map(|rule| match rule.when.subject {
            Subject::Burn(window) => Some(seconds(window)),
            _ => None,
        });
    let longest = windows.fold(seconds(period.nominal()), i64::max);
    let start = period_at(period, at).start.min(at - longest);
    Span {
        start: start.div_euclid(TILE) * TILE,
        end: at.div_euclid(TILE) * TILE,
    }
}

#[cfg(test)]
mod tests;
