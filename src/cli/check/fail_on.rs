use std::collections::BTreeSet;

use crate::check::{Outcome, Verdict};
use crate::cli::Exit;
use crate::diagnostic::Severity;

/// What makes `check` end with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum FailOn {
    /// A finding that is an error
    Error,
    /// Any finding
    Warning,
    /// An SLO of which nobody knows how it stands
    Unknown,
    /// An SLO whose budget is gone
    Breached,
    /// An SLO that burns or has little budget left, or none
    AtRisk,
    /// Nothing
    Never,
}

/// How the run ends.
pub(super) fn exit(fail_on: &[FailOn], outcome: &Outcome) -> Exit {
    let verdicts: BTreeSet<Verdict> = outcome.standings.iter().map(|s| s.verdict).collect();
    let severities: Vec<Severity> = outcome
        .findings
        .iter()
        .map(|finding| finding.diagnostic.code.severity)
        .collect();
    let holds = |fail_on: &FailOn| match fail_on {
        FailOn::Error => severities.contains(&Severity::Error),
        FailOn::Warning => !severities.is_empty(),
        FailOn::Unknown => verdicts.contains(&Verdict::Unknown),
        FailOn::Breached => verdicts.contains(&Verdict::Breached),
        FailOn::AtRisk => {
            verdicts.contains(&Verdict::AtRisk) || verdicts.contains(&Verdict::Breached)
        }
        FailOn::Never => false,
    };
    if fail_on.iter().any(holds) {
        Exit::Finding
    } else {
        Exit::AllWell
    }
}
