//! What the policy of a spec decides.
//!
//! Of the rules whose conditions hold, the strictest decides. A condition on what is not
//! known neither holds nor fails: where a stricter rule than the one found cannot be judged,
//! the decision is not known.

mod facts;
mod known;
#[cfg(test)]
mod tests;
mod thaw;

pub use facts::Facts;
pub use known::Known;
pub use thaw::{Thaw, thaw};

use rust_decimal::Decimal;

use crate::slo::{ComparisonOp, Condition, Decision, PolicyRule, Slo, Subject};

/// A rule that led to a decision, or stands in its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Its condition.
    pub condition: Condition,
    /// What it decides.
    pub decision: Decision,
    /// What is known of its subject at present, in the unit of the condition.
    pub value: Known,
    /// Share (0–1) of the time that it looks at for which there is data.
    pub coverage: f64,
    /// What the spec says it means.
    pub say: Option<String>,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// `None`: too little is known to decide.
    pub decision: Option<Decision>,
    /// The strictest decision of the rules that hold for certain; to ship, where none does.
    pub at_least: Decision,
    /// The rules that hold for certain and decide that.
    pub reasons: Vec<Reason>,
    /// Stricter ones of which nobody knows whether they hold, the strictest first. Nothing
    /// can be decided because of them, unless it is a freeze already.
    pub unknown: Vec<Reason>,
    /// Whether the spec has no rules of its own.
    pub is_default: bool,
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

/// What the policy of an SLO decides, whoever decided otherwise.
pub fn rule(slo: &Slo, facts: &Facts<'_>) -> Ruling {
    let is_default = slo.policy.is_empty();
    let default = is_default.then(|| default_policy(slo));
    let rules = default.as_deref().unwrap_or(&slo.policy);
    let mut holding = Vec::new();
    let mut unknown = Vec::new();
    for rule in rules {
        let value = facts.value(rule.when.subject);
        let reason = || Reason {
            condition: rule.when.clone(),
            decision: rule.decision,
            value,
            coverage: facts.coverage_of(rule.when.subject),
            say: rule.say.clone(),
        };
        match value.holds(&rule.when) {
            Some(true) => holding.push(reason()),
            Some(false) => {}
            None => unknown.push(reason()),
        }
    }
    let strictest = holding.iter().map(|reason| reason.decision).max();
    let at_least = strictest.unwrap_or(Decision::Ship);
    holding.retain(|reason| reason.decision == at_least);
    unknown.retain(|reason| reason.decision > at_least);
    unknown.sort_by_key(|reason| std::cmp::Reverse(reason.decision));
    Ruling {
        decision: unknown.is_empty().then_some(at_least),
        at_least,
        reasons: holding,
        unknown,
        is_default,
    }
}
