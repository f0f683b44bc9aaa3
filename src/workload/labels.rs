//! Labels that satisfy matchers, or fail them.

use std::collections::{BTreeMap, BTreeSet};

use super::Reason;
use super::pattern::{examples, is_match};
use crate::promql::ast::{MatchOp, Matcher, VectorSelector};
use crate::promql::build;

/// The label that holds the name of a metric.
const NAME: &str = "__name__";
/// Values that are tried where matchers leave the choice; the last one stands
/// for a label that is not there.
const PLAIN: [&str; 6] = ["200", "ok", "a", "b", "x1", ""];
/// Values of groups that no spec names.
const GROUPS: [&str; 2] = ["a", "b"];

/// Name and labels of a series.
pub(super) type Identity = (String, BTreeMap<String, String>);

/// Whether a series meets a selector.
pub fn matches(selector: &VectorSelector, name: &str, labels: &BTreeMap<String, String>) -> bool {
    let named = selector.name.as_ref().is_none_or(|own| own.name == name);
    named
        && selector.matchers.iter().all(|matcher| {
            let label = matcher.label.name.as_str();
            let value = if label == NAME {
                name
            } else {
                labels.get(label).map_or("", String::as_str)
            };
            accepts(matcher, value)
        })
}

/// A series that meets `selector` and all of `also`, with the labels `fixed`,
/// and that meets none of `avoid`.
pub(super) fn satisfy(
    selector: &VectorSelector,
    also: &[Matcher],
    avoid: &[VectorSelector],
    fixed: &BTreeMap<String, String>,
) -> Result<Identity, Reason> {
    let wanted: Vec<&Matcher> = selector.matchers.iter().chain(also).collect();
    let unmet = || {
        Reason::new(format!(
            "no series was found that meets `{}` as it is needed",
            crate::promql::print(&build::expr(crate::promql::ast::ExprKind::Selector(
                selector.clone()
            )))
        ))
    };
    let meets_none =
        |(name, labels): &Identity| !avoid.iter().any(|other| matches(other, name, labels));
    // Failing one matcher of what is to be avoided is enough.
    for matcher in avoid.iter().flat_map(|other| &other.matchers) {
        let failing = negated(matcher);
        let mut more = wanted.clone();
        more.push(&failing);
        if let Some(found) = solve(selector, &more, fixed).filter(|found| meets_none(found)) {
            return Ok(found);
        }
    }
    solve(selector, &wanted, fixed)
        .filter(meets_none)
        .ok_or_else(unmet)
}

/// A series that meets `selector` but not all of `failed`.
pub(super) fn fail(
    selector: &VectorSelector,
    failed: &[Matcher],
    fixed: &BTreeMap<String, String>,
) -> Result<Identity, Reason> {
    let mut avoided = selector.clone();
    avoided.matchers = failed.to_vec();
    satisfy(selector, &[], &[avoided], fixed)
}

/// Two values of a label that all selectors agree with.
pub(super) fn made_up(label: &str, selectors: &[VectorSelector]) -> Vec<String> {
    let matchers: Vec<&Matcher> = selectors
        .iter()
        .flat_map(|selector| &selector.matchers)
        .filter(|matcher| matcher.label.name == label)
        .collect();
    let mut values = Vec::new();
    let plain = GROUPS.map(str::to_owned).into_iter();
    for value in plain.chain(candidates(&matchers)) {
        if !value.is_empty()
            && !values.contains(&value)
            && matchers.iter().all(|matcher| accepts(matcher, &value))
        {
            values.push(value);
        }
    }
    values.truncate(2);
    values
}

fn solve(
    selector: &VectorSelector,
    matchers: &[&Matcher],
    fixed: &BTreeMap<String, String>,
) -> Option<Identity> {
    let mut labels = fixed.clone();
    let mut name = selector.name.as_ref().map(|name| name.name.to_string());
    let concerned: BTreeSet<&str> = matchers
        .iter()
        .map(|matcher| matcher.label.name.as_str())
        .collect();
    for label in concerned {
        let own: Vec<&Matcher> = matchers
            .iter()
            .copied()
            .filter(|matcher| matcher.label.name == label)
            .collect();
        let given = if label == NAME {
            name.clone()
        } else {
            fixed.get(label).cloned()
        };
        let tried = given.map_or_else(|| candidates(&own), |value| vec![value]);
        let value = tried
            .into_iter()
            .find(|value| own.iter().all(|matcher| accepts(matcher, value)))?;
        if label == NAME {
            name = Some(value);
        } else if !value.is_empty() {
            labels.insert(label.to_owned(), value);
        }
    }
    Some((name.filter(|name| !name.is_empty())?, labels))
}

fn candidates(matchers: &[&Matcher]) -> Vec<String> {
    let positive = matchers.iter().flat_map(|matcher| match matcher.op {
        MatchOp::Equal => vec![matcher.value.value.to_string()],
        MatchOp::Regex => examples(&matcher.value.value),
        MatchOp::NotEqual | MatchOp::NotRegex => Vec::new(),
    });
    positive.chain(PLAIN.map(str::to_owned)).collect()
}

fn accepts(matcher: &Matcher, value: &str) -> bool {
    let text = &matcher.value.value;
    match matcher.op {
        MatchOp::Equal => text == value,
        MatchOp::NotEqual => text != value,
        MatchOp::Regex => is_match(text, value),
        MatchOp::NotRegex => !is_match(text, value),
    }
}

fn negated(matcher: &Matcher) -> Matcher {
    Matcher {
        op: match matcher.op {
            MatchOp::Equal => MatchOp::NotEqual,
            MatchOp::NotEqual => MatchOp::Equal,
            MatchOp::Regex => MatchOp::NotRegex,
            MatchOp::NotRegex => MatchOp::Regex,
        },
        ..matcher.clone()
    }
}
