//! What the policy of a spec decides.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::forecast::forecast;
use super::incident::incidents;
use super::span::{Span, TILE};
use super::spent::{Goal, Standing, standing};
use super::track::{Events, Track};
use crate::duration::Duration;
use crate::slo::{ComparisonOp, Condition, Decision, Period, PolicyRule, Slo, Subject};

/// What the conditions of a policy look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// How the objective stands.
    pub standing: Standing,
    /// Seconds until the budget is gone at the pace of the last hour.
    pub exhausted_in: Option<f64>,
    /// Share of the budget that the largest incident of the period spent.
    pub largest_incident: Option<f64>,
    /// Burn rate over each window that the policy names.
    pub burn: BTreeMap<Duration, Option<f64>>,
}

/// A condition that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The condition.
    pub condition: Condition,
    /// What its subject is at present, in the unit of the condition.
    pub value: f64,
    /// What the spec says it means.
    pub say: Option<String>,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// `None`: too little is known to decide.
    pub decision: Option<Decision>,
    /// The conditions that led to it; none where nothing stands in the way, or nothing
    /// is known.
    pub reasons: Vec<Reason>,
    /// Whether the spec has no policy of its own.
    pub is_default: bool,
}

/// When a decision changes for the better, should no more events be bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thaw {
    /// Unix seconds.
    pub at: i64,
    /// What will be decided then.
    pub decision: Decision,
}

/// The policy of specs without one: freeze when the budget is gone, slow down below a quarter.
pub fn default_policy(slo: &Slo) -> Vec<PolicyRule> {
    let rule = |op, value, decision| PolicyRule {
        when: Condition {
            subject: Subject::Budget,
            op,
            value,
        },
        decision,
        say: None,
        at: slo.name_at,
    };
    vec![
        rule(ComparisonOp::LessOrEqual, Decimal::ZERO, Decision::Freeze),
        rule(ComparisonOp::Less, Decimal::new(25, 2), Decision::Slow),
    ]
}

/// What the policy of an SLO looks at, at an instant.
pub fn facts(slo: &Slo, track: &Track, at: i64) -> Facts {
    let goal = Goal::objective(slo);
    let standing = standing(track, &goal, at);
    let windows = slo
        .policy
        .iter()
        .filter_map(|rule| match rule.when.subject {
            Subject::Burn(window) => Some(window),
            _ => None,
        });
    let burn = |window: Duration| {
        let seconds = i64::try_from(window.millis() / 1000).unwrap_or(i64::MAX);
        let ratio = track.error_ratio(Span::before(at, seconds))?;
        Some(ratio / goal.budget)
    };
    Facts {
        exhausted_in: forecast(track, &goal, &standing).exhausted_in,
        largest_incident: standing.allowed.map(|allowed| {
            let found = incidents(track, goal.budget, standing.span, 0.0);
            let shares = found.iter().map(|incident| incident.share(allowed));
            shares.fold(0.0, f64::max)
        }),
        burn: windows.map(|window| (window, burn(window))).collect(),
        standing,
    }
}

/// The strictest decision whose condition holds. What is not known enough is not decided.
pub fn rule(slo: &Slo, facts: &Facts) -> Ruling {
    let is_default = slo.policy.is_empty();
    let own = if is_default {
        default_policy(slo)
    } else {
        slo.policy.clone()
    };
    let holding: Vec<(&PolicyRule, f64)> = own
        .iter()
        .filter_map(|rule| {
            let value = facts.value(rule.when.subject)?;
            holds(&rule.when, value).then_some((rule, value))
        })
        .collect();
    let strictest = holding.iter().map(|(rule, _)| rule.decision).max();
    let reasons = holding
        .into_iter()
        .filter(|(rule, _)| Some(rule.decision) == strictest)
        .map(|(rule, value)| Reason {
            condition: rule.when.clone(),
            value,
            say: rule.say.clone(),
        })
        .collect();
    let decision = strictest.or_else(|| facts.standing.is_known().then_some(Decision::Ship));
    Ruling {
        decision,
        reasons,
        is_default,
    }
}

impl Facts {
    /// The value of a subject; `None` where it is not known. What will not happen at the
    /// present pace is infinitely far away.
    pub fn value(&self, subject: Subject) -> Option<f64> {
        let known = self.standing.is_known();
        match subject {
            Subject::Coverage => Some(self.standing.coverage.unwrap_or(0.0)),
            Subject::Budget => self.standing.left().filter(|_| known),
            Subject::Burn(window) => self.burn.get(&window).copied().flatten(),
            Subject::ExhaustedIn => match self.standing.left() {
                Some(left) if known && left <= 0.0 => Some(0.0),
                Some(_) if known => Some(self.exhausted_in.unwrap_or(f64::INFINITY)),
                _ => None,
            },
            Subject::Incident => self.largest_incident.filter(|_| known),
        }
    }
}

fn holds(condition: &Condition, value: f64) -> bool {
    let bound = condition.value.to_f64().unwrap_or(f64::NAN);
    match condition.op {
        ComparisonOp::Less => value < bound,
        ComparisonOp::LessOrEqual => value <= bound,
        ComparisonOp::Greater => value > bound,
        ComparisonOp::GreaterOrEqual => value >= bound,
        ComparisonOp::Equal => (value - bound).abs() < f64::EPSILON,
        ComparisonOp::NotEqual => (value - bound).abs() >= f64::EPSILON,
    }
}

/// When the decision of now will be a milder one, should no more events be bad: the moment
/// at which enough of what was spent has left a rolling period, or at which the next
/// calendar period begins.
pub fn thaw(slo: &Slo, track: &Track, at: i64, now: &Ruling) -> Option<Thaw> {
    let current = now.decision.filter(|decision| *decision > Decision::Ship)?;
    let horizon = match &slo.period.value {
        Period::Rolling(length) => i64::try_from(length.millis() / 1000).unwrap_or(i64::MAX),
        Period::Calendar(_) => {
            super::span::period_at(&slo.period.value, at.saturating_add(1)).end - at + TILE
        }
    };
    let tiles = usize::try_from(horizon / TILE + 1).ok()?;
    let period = Span::before(at, horizon);
    let future = track.continued(tiles, |part| Events {
        bad: 0.0,
        total: track.mean(part, period).total,
    });
    let milder = |tile: i64| {
        let then = at + tile * TILE;
        let ruling = rule(slo, &facts(slo, &future, then));
        let decision = ruling.decision.filter(|decision| *decision < current)?;
        Some(Thaw { at: then, decision })
    };
    first(i64::try_from(tiles).ok()?, milder)
}

/// The first tile for which there is an answer: looked for by the hour, then exactly.
fn first<T>(tiles: i64, answer: impl Fn(i64) -> Option<T>) -> Option<T> {
    const HOUR: i64 = 3600 / TILE;
    let mut hours = (1..=tiles.saturating_add(HOUR) / HOUR).map(|hour| (hour * HOUR).min(tiles));
    let hour = hours.find(|tile| answer(*tile).is_some())?;
    ((hour - HOUR + 1).max(1)..=hour).find_map(answer)
}
