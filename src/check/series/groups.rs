//! Groups that a spec names and the series do not have.

use std::collections::BTreeSet;

use super::ratio::{Measured, place};
use super::reads::Part;
use super::survey::Survey;
use super::words;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::Sample;
use crate::rules::listed_groups;

/// SER013 for a label that series do not have, SER022 for a group that has none. Tells
/// whether the groups make sense.
pub(super) fn check(
    survey: &Survey<'_, '_>,
    measured: &Measured<'_>,
    findings: &mut Findings,
) -> bool {
    let slo = measured.slo;
    let samples = measured.total();
    if slo.group_by.is_empty() || samples.is_empty() {
        return true;
    }
    let query = survey.cx.scope.query(&measured.exprs.total);
    if let Some(finding) = unlabelled(survey, measured) {
        findings.push(slo, finding);
        return false;
    }
    let missing: BTreeSet<Vec<(&str, &str)>> = listed_groups(slo)
        .into_iter()
        .filter(|group| {
            !samples.iter().any(|sample| {
                group.iter().all(|(label, value)| {
                    sample.labels.get(*label).map(String::as_str) == Some(*value)
                })
            })
        })
        .collect();
    let Some(first) = missing.first() else {
        return true;
    };
    let names: Vec<String> = missing
        .iter()
        .map(|group| {
            let labels = group
                .iter()
                .map(|(label, value)| format!("{label}={value}"));
            labels.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let at = first.iter().find_map(|(label, value)| {
        let values = slo.groups.get(*label)?;
        let has_none = |value: &str| {
            !samples
                .iter()
                .any(|sample| sample.labels.get(*label).is_some_and(|has| has == value))
        };
        let one = values.iter().find(|one| one.value == *value)?;
        has_none(&one.value).then_some(one.at)
    });
    let (noun, verb) = if names.len() == 1 {
        ("the group", "is")
    } else {
        ("the groups", "are")
    };
    let names = words::some(names.iter().map(String::as_str));
    findings.push(
        slo,
        Diagnostic::at(
            &series::GROUP_MISSING,
            at.unwrap_or(slo.name_at),
            format!("{noun} {names} {verb} expected, and there is no series of it"),
        )
        .with_help("see why it does not report, or take it out of `groups`")
        .with_query(query),
    );
    true
}

fn lacks(sample: &Sample, label: &str) -> bool {
    sample.labels.get(label).is_none_or(String::is_empty)
}

/// A label of `group_by` that the total or its part does not have.
fn unlabelled(survey: &Survey<'_, '_>, measured: &Measured<'_>) -> Option<Diagnostic> {
    let slo = measured.slo;
    let lack = |samples: &[Sample]| {
        let labels = slo.group_by.iter();
        let mut lacking =
            labels.filter(|label| samples.iter().any(|sample| lacks(sample, &label.value)));
        lacking.next()
    };
    let (label, expr, what, at) = if let Some(label) = lack(measured.total()) {
        (label, Some(&measured.exprs.total), "total", label.at)
    } else {
        let label = lack(measured.part())?;
        let at = place(survey, slo, &[Part::Bad, Part::Good, Part::Buckets]);
        (label, measured.exprs.part.as_ref(), "counted part", at)
    };
    let help = "group by a label that all series of the total and of its part have";
    let name = &label.value;
    let finding = Diagnostic::at(
        &series::LABELS_DO_NOT_FIT,
        at,
        format!(
            "series of the {what} have no label `{name}`: together they are a group without a name"
        ),
    )
    .with_help(help);
    let query = expr.map(|expr| survey.cx.scope.query(expr));
    Some(match query {
        Some(query) => finding.with_query(query),
        None => finding,
    })
}
