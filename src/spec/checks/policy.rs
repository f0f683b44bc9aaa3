//! Policy rules that can never decide anything.

use rust_decimal::Decimal;

use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::slo::{ComparisonOp, Condition, PolicyRule, Slo, Subject};
use crate::spec::decode::Decoder;

pub(super) fn check(slo: &Slo, decoder: &mut Decoder<'_>) {
    for (index, rule) in slo.policy.iter().enumerate() {
        if impossible(&rule.when) {
            decoder.push(
                Diagnostic::at(
                    &codes::POLICY_NEVER_APPLIES,
                    rule.at,
                    "this policy can never apply: its condition is never true",
                )
                .with_help(range(rule.when.subject)),
            );
        } else if let Some(covering) = slo.policy[..index]
            .iter()
            .find(|earlier| covers(earlier, rule))
        {
            decoder.push(
                Diagnostic::new(
                    &codes::POLICY_NEVER_APPLIES,
                    "this policy never decides: an earlier one always applies with it \
                     and is as strict",
                )
                .with_primary(rule.at, "")
                .with_secondary(covering.at, "the earlier one")
                .with_help("change its condition, or make it stricter"),
            );
        }
    }
}

/// The least and the greatest value that a subject takes, where there is one.
const fn bounds(subject: Subject) -> (Option<Decimal>, Option<Decimal>) {
    match subject {
        // An overspent budget is negative without a bound.
        Subject::Budget => (None, Some(Decimal::ONE)),
        Subject::Coverage => (Some(Decimal::ZERO), Some(Decimal::ONE)),
        Subject::Burn(_) | Subject::ExhaustedIn | Subject::Incident => (Some(Decimal::ZERO), None),
    }
}

fn range(subject: Subject) -> &'static str {
    match subject {
        Subject::Budget => "the budget left is at most 100%, and below 0% when it is overspent",
        Subject::Coverage => "coverage lies between 0% and 100%",
        Subject::Burn(_) => "a burn rate is never below 0",
        Subject::ExhaustedIn => "the time left is never below 0s",
        Subject::Incident => "the share that an incident spent is never below 0%",
    }
}

fn impossible(condition: &Condition) -> bool {
    let (low, high) = bounds(condition.subject);
    let value = condition.value;
    let below = low.is_some_and(|low| value < low);
    let above = high.is_some_and(|high| value > high);
    match condition.op {
        ComparisonOp::Less => low.is_some_and(|low| value <= low),
        ComparisonOp::LessOrEqual => below,
        ComparisonOp::Greater => high.is_some_and(|high| value >= high),
        ComparisonOp::GreaterOrEqual => above,
        ComparisonOp::Equal => below || above,
        ComparisonOp::NotEqual => false,
    }
}

/// Whether `earlier` applies whenever `later` does and decides at least as strictly.
fn covers(earlier: &PolicyRule, later: &PolicyRule) -> bool {
    use ComparisonOp::{Greater, GreaterOrEqual, Less, LessOrEqual};
    if earlier.when.subject != later.when.subject || earlier.decision < later.decision {
        return false;
    }
    let (a, b) = (earlier.when.value, later.when.value);
    match (earlier.when.op, later.when.op) {
        (Less, Less | LessOrEqual) if earlier.when.op == later.when.op => b <= a,
        (Less, LessOrEqual) => b < a,
        (LessOrEqual, Less | LessOrEqual) => b <= a,
        (Greater, Greater) | (GreaterOrEqual, Greater | GreaterOrEqual) => b >= a,
        (Greater, GreaterOrEqual) => b > a,
        (x, y) => x == y && a == b,
    }
}
