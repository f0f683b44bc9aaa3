use super::field::{self, Field};
use super::summary::{self, word};
use crate::check::{Finding, Outcome, Standing, Verdict};
use crate::diagnostic::{Places, Severity, render_github, untrusted, workflow_command};
use crate::source::Sources;

/// Annotations that GitHub shows beside the lines of the specs: findings, and every
/// standing that is not ok.
///
/// GitHub shows only the first few of a step, so what explains the most comes first: what
/// is wrong with the server, then the verdicts, then the other findings.
pub fn github(outcome: &Outcome, sources: &Sources) -> String {
    let (about_slos, general): (Vec<_>, Vec<_>) =
        outcome.findings.iter().partition(|f| f.slo.is_some());
    let findings = |findings: Vec<&Finding>| {
        let findings = summary::diagnostics(findings);
        render_github(&findings, sources)
    };
    let mut places = Places::new(sources);
    let standings = outcome.standings.iter();
    let standings: Vec<_> = standings
        .filter_map(|standing| annotation(standing, &mut places))
        .collect();
    findings(general) + &standings.concat() + &findings(about_slos)
}

fn annotation(standing: &Standing, places: &mut Places<'_>) -> Option<String> {
    let severity = match standing.verdict {
        Verdict::Ok => return None,
        Verdict::AtRisk => Severity::Warning,
        Verdict::Unknown | Verdict::Breached => Severity::Error,
    };
    let title = format!(
        "{} is {}",
        Field::Slo.text(standing),
        word(standing.verdict)
    );
    let reasons = standing.reasons.iter();
    let mut lines: Vec<_> = reasons.map(|reason| untrusted::line(reason)).collect();
    lines.push(field::facts(standing));
    let place = places.of(standing.at);
    Some(workflow_command(
        severity,
        Some(place),
        &title,
        &lines.join("\n"),
    ))
}
