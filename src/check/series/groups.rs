//! Labels that make groups.

use super::matchers;
use super::ratio::{Measured, place};
use super::reads::Part;
use super::survey::Survey;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, Sample};
use crate::suggest::closest;

/// SER013 for a label that series do not have. Tells whether the groups make sense.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    measured: &Measured<'_>,
    findings: &mut Findings,
) -> Result<bool, Error> {
    let slo = measured.slo;
    if slo.group_by.is_empty() || measured.total().is_empty() {
        return Ok(true);
    }
    let unlabelled = unlabelled(survey, measured).await?;
    let makes_sense = unlabelled.is_none();
    if let Some(finding) = unlabelled {
        findings.push(slo, finding);
    }
    Ok(makes_sense)
}

fn lacks(sample: &Sample, label: &str) -> bool {
    sample.labels.get(label).is_none_or(String::is_empty)
}

/// A label of `group_by` that the total or its part does not have.
async fn unlabelled(
    survey: &Survey<'_, '_>,
    measured: &Measured<'_>,
) -> Result<Option<Diagnostic>, Error> {
    const PART: [Part; 3] = [Part::Bad, Part::Good, Part::Buckets];
    let slo = measured.slo;
    let lack = |samples: &[Sample]| {
        let labels = slo.group_by.iter();
        let mut lacking =
            labels.filter(|label| samples.iter().any(|sample| lacks(sample, &label.value)));
        lacking.next()
    };
    let (label, expr, what, at, read) = if let Some(label) = lack(measured.total()) {
        let (expr, read) = (Some(&measured.exprs.total), survey.main(slo));
        (label, expr, "total", label.at, read)
    } else if let Some(label) = lack(measured.part()) {
        let at = place(survey, slo, &PART);
        let mut reads = survey.reads_by(slo);
        let read = reads.find(|(read, _)| PART.contains(&read.part));
        let expr = measured.exprs.part.as_ref();
        (label, expr, "counted part", at, read)
    } else {
        return Ok(None);
    };
    let name = &label.value;
    let known = match read {
        Some((_, subject)) => matchers::labels(survey, *subject).await?,
        None => Vec::new(),
    };
    let near = closest(name, known.iter().map(String::as_str)).filter(|near| near != name);
    let help = near.map_or_else(
        || "group by a label that all series of the total and of its part have".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let finding = Diagnostic::at(
        &series::LABELS_DO_NOT_FIT,
        at,
        format!(
            "series of the {what} have no label `{name}`: together they are a group without a name"
        ),
    )
    .with_help(help);
    let query = expr.map(|expr| survey.cx.scope.query(expr));
    Ok(Some(match query {
        Some(query) => finding.with_query(query),
        None => finding,
    }))
}
