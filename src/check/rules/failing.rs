//! RUL004: a rule that cannot be evaluated.

use std::collections::BTreeMap;

use super::Loaded;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::LoadedRule;
use crate::slo::Slo;

/// Characters of an error that are shown.
const LONGEST: usize = 240;

pub(super) fn check(slo: &Slo, loaded: &Loaded<'_>, findings: &mut Findings) {
    // One cause stops several rules, and each names other labels.
    let mut by_cause: BTreeMap<&str, Vec<&LoadedRule>> = BTreeMap::new();
    let rules = loaded.of(&slo.id).flat_map(|group| &group.rules);
    for rule in rules.filter(|rule| rule.health == "err") {
        let key = known(&rule.last_error).map_or(rule.last_error.as_str(), |(part, _)| part);
        by_cause.entry(key).or_default().push(rule);
    }
    for rules in by_cause.values() {
        if let Some(first) = rules.first() {
            findings.push(slo, finding(slo, first, rules.len() - 1));
        }
    }
}

fn finding(slo: &Slo, rule: &LoadedRule, more: usize) -> Diagnostic {
    let subject = match more {
        0 => format!("rule `{}` of `{}` fails", rule.name, slo.id),
        _ => format!(
            "rule `{}` of `{}` fails, and {more} more in the same way",
            rule.name, slo.id
        ),
    };
    let error = rule.last_error.trim();
    let message = if error.is_empty() {
        subject
    } else {
        let shown: String = error.chars().take(LONGEST).collect();
        format!("{subject}: {shown}")
    };
    let help = known(error).map_or(
        "ask the query, and mend what it reads: the SLI, or the series behind it",
        |(_, help)| help,
    );
    Diagnostic::new(&codes::FAILING, message)
        .with_help(help)
        .with_query(rule.query.clone())
}

/// What Prometheus says, and what is to be done about it.
const KNOWN: [(&str, &str); 9] = [
    (
        "found duplicate series for the match group",
        "one side of an operator has several series with the labels that are matched: \
         aggregate it to these labels (`sum by (…)`), or match on more",
    ),
    (
        "many-to-many matching not allowed",
        "both sides of an operator have several series with the labels that are matched: \
         aggregate one side to these labels (`sum by (…)`)",
    ),
    (
        "multiple matches for labels",
        "one series meets several on the other side of an operator: aggregate to the labels \
         that are matched (`sum by (…)`)",
    ),
    (
        "vector cannot contain metrics with the same labelset",
        "two series are left with the same labels: they differ only in their name or in a \
         label that the rule overwrites; aggregate them (`sum by (…)`), or name them in `group_by`",
    ),
    (
        "duplicate sample for timestamp",
        "two rules record the same series with different values: see RUL007",
    ),
    (
        "too many samples",
        "the query reads more than `--query.max-samples` allows at once: narrow its selectors, \
         or raise the limit",
    ),
    (
        "query timed out",
        "the query takes longer than `--query.timeout`: narrow its selectors, or look at the \
         load of the server",
    ),
    (
        "out of order sample",
        "samples come in the wrong order: two servers, or two rules, write the same series",
    ),
    (
        "exceeded limit",
        "the group has a `limit` on how many series a rule makes: raise it, or group by fewer labels",
    ),
];

fn known(error: &str) -> Option<(&'static str, &'static str)> {
    KNOWN.into_iter().find(|(part, _)| error.contains(part))
}
