//! `--strict`: in `OpenSLO` documents, the verdict of the SDK takes the place of ours.

use std::collections::HashSet;

use super::openslo::sdk;
use super::reader;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, codes::openslo, codes::spec};
use crate::source::{SourceId, SourceSpan, Sources};

/// What the SDK says of the texts of a run.
#[derive(Debug, Default)]
pub struct Verdict {
    rejected: Vec<Diagnostic>,
    /// The `OpenSLO` documents.
    documents: Vec<SourceSpan>,
    has_others: bool,
}

impl Verdict {
    /// Asks the rules of the SDK about all texts.
    pub(crate) fn of(sources: &Sources, ids: &[SourceId]) -> Self {
        let mut verdict = Self::default();
        for id in ids {
            let judged = sdk::judge(sources, *id);
            let findings = judged.violations.into_iter();
            let findings = findings.map(|found| found.into_finding(&openslo::INVALID, ""));
            verdict.rejected.extend(findings);
            verdict.documents.extend(judged.documents);
            verdict.has_others |= judged.has_others;
        }
        verdict
    }

    /// Puts the verdict in the place of the errors in `OpenSLO` documents: what the SDK
    /// lets pass becomes a warning, and what it says itself is said once.
    pub fn apply(&self, sources: &Sources, diagnostics: &mut Diagnostics) {
        let rejected: HashSet<_> = self
            .rejected
            .iter()
            .filter_map(|finding| line_of(finding, sources))
            .collect();
        for finding in diagnostics.take() {
            let is_said = line_of(&finding, sources).is_some_and(|line| rejected.contains(&line));
            if !self.overrules(&finding) {
                diagnostics.push(finding);
            } else if !(is_said || finding.code == &spec::NOTHING_FOUND && !rejected.is_empty()) {
                diagnostics.push(passes(finding));
            }
        }
        for finding in &self.rejected {
            diagnostics.push(finding.clone());
        }
    }

    /// Whether an error is one that the SDK does not know.
    fn overrules(&self, finding: &Diagnostic) -> bool {
        // What cannot be read as YAML, the SDK cannot read either; limits hold for all.
        let cannot_be_read = finding.code == &spec::INVALID_YAML && !reader::is_about_tag(finding);
        if finding.code.severity == Severity::Warning
            || cannot_be_read
            || finding.code == &spec::TOO_MUCH
        {
            return false;
        }
        match &finding.primary {
            _ if finding.code == &spec::NOTHING_FOUND => !self.has_others,
            Some(primary) => self.documents.iter().any(|document| {
                document.source == primary.at.source && document.span.contains(primary.at.span)
            }),
            None => false,
        }
    }
}

/// What the SDK lets pass, at the place and with the help of the error.
fn passes(error: Diagnostic) -> Diagnostic {
    let message = format!(
        "the OpenSLO SDK lets this pass; `generate` does not ({}): {}",
        error.code.id, error.message
    );
    Diagnostic {
        code: &openslo::PASSES,
        message,
        ..error
    }
}

/// What the SDK rejects in documents that are read all the same, as warnings; not where
/// something is said anyway.
pub(crate) fn warn(
    violations: Vec<sdk::Violation>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    if violations.is_empty() {
        return;
    }
    let said: HashSet<_> = diagnostics
        .sorted()
        .into_iter()
        .filter_map(|finding| line_of(finding, sources))
        .collect();
    for violation in violations {
        let introduction = "the OpenSLO SDK rejects this: ";
        let finding = violation.into_finding(&openslo::VIOLATION, introduction);
        if line_of(&finding, sources).is_none_or(|line| !said.contains(&line)) {
            diagnostics.push(finding);
        }
    }
}

/// The text, and where in it the line of a finding begins.
fn line_of(finding: &Diagnostic, sources: &Sources) -> Option<(SourceId, usize)> {
    let at = finding.primary.as_ref()?.at;
    let before = sources.get(at.source).text.get(..at.span.start)?;
    Some((
        at.source,
        before.rfind('\n').map_or(0, |newline| newline + 1),
    ))
}
