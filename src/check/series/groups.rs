//! Labels that make groups.

use super::ratio::{Measured, place};
use super::reads::Part;
use super::survey::Survey;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::Sample;

/// SER013 for a label that series do not have. Tells whether the groups make sense.
pub(super) fn check(
    survey: &Survey<'_, '_>,
    measured: &Measured<'_>,
    findings: &mut Findings,
) -> bool {
    let slo = measured.slo;
    if slo.group_by.is_empty() || measured.total().is_empty() {
        return true;
    }
    if let Some(finding) = unlabelled(survey, measured) {
        findings.push(slo, finding);
        return false;
    }
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
