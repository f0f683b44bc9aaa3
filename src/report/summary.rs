use std::collections::BTreeMap;

use crate::check::{Finding, Outcome, Verdict};
use crate::diagnostic::{Diagnostics, Severity};
use crate::slo::SloId;
use crate::words;

/// Verdicts in the order in which people want to hear of them.
pub(super) const WORST_FIRST: [Verdict; 4] = [
    Verdict::Breached,
    Verdict::Unknown,
    Verdict::AtRisk,
    Verdict::Ok,
];

/// How many there are of everything.
///
/// An SLO that is split into groups, or seen in several places, has several rows and
/// counts once, as the worst of them: somebody has to look at it, however many rows say so.
/// A finding that concerns several SLOs counts once.
pub(super) struct Summary {
    looked_at: usize,
    pub(super) slos: Counts,
    pub(super) rows: Counts,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) accepted: usize,
}

/// How many have each verdict.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<Verdict, usize>);

impl Counts {
    pub(super) fn all(&self) -> usize {
        self.0.values().sum()
    }

    pub(super) fn of(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or(0)
    }

    /// `1 breached, 8 ok`
    fn words(&self) -> String {
        let present = WORST_FIRST.iter().filter(|verdict| self.of(**verdict) > 0);
        let words = present.map(|verdict| format!("{} {}", self.of(*verdict), word(*verdict)));
        words.collect::<Vec<_>>().join(", ")
    }
}

impl Summary {
    pub(super) fn of(outcome: &Outcome, findings: &Diagnostics) -> Self {
        let mut worst: BTreeMap<&SloId, Verdict> = BTreeMap::new();
        for standing in &outcome.standings {
            let verdict = worst.entry(&standing.slo).or_insert(Verdict::Ok);
            *verdict = standing.verdict.max(*verdict);
        }
        let mut slos = Counts::default();
        for verdict in worst.into_values() {
            *slos.0.entry(verdict).or_default() += 1;
        }
        Self {
            looked_at: outcome.looked_at,
            slos,
            rows: Counts(outcome.verdicts()),
            errors: findings.count(Severity::Error),
            warnings: findings.count(Severity::Warning),
            accepted: outcome.accepted,
        }
    }

    /// `12 SLOs: 1 breached, 8 ok; 3 errors, 1 accepted`
    pub(super) fn line(&self) -> String {
        format!("{}; {}", self.verdicts(), self.findings())
    }

    fn verdicts(&self) -> String {
        if self.slos.all() == 0 {
            return match self.looked_at {
                0 => "no SLO was looked at".to_owned(),
                some => format!("{} looked at", words::count(some, "SLO")),
            };
        }
        let rows = if self.rows.all() > self.slos.all() {
            let rows = words::count(self.rows.all(), "row");
            format!(" in {rows} (each counts as its worst)")
        } else {
            String::new()
        };
        let slos = words::count(self.slos.all(), "SLO");
        format!("{slos}{rows}: {}", self.slos.words())
    }

    fn findings(&self) -> String {
        let mut parts = Vec::new();
        for (number, noun) in [(self.errors, "error"), (self.warnings, "warning")] {
            if number > 0 {
                parts.push(words::count(number, noun));
            }
        }
        if parts.is_empty() {
            parts.push("no findings".to_owned());
        }
        if self.accepted > 0 {
            parts.push(format!("{} accepted", self.accepted));
        }
        parts.join(", ")
    }
}

/// A verdict as people read it.
pub(super) const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::AtRisk => "at risk",
        Verdict::Unknown => "unknown",
        Verdict::Breached => "breached",
    }
}

/// What it cost: `47 requests, 1.2 million samples read, 3.1 s`.
pub(super) fn usage(outcome: &Outcome) -> String {
    let plural = if outcome.requests == 1 { "" } else { "s" };
    format!(
        "{} request{plural}, {} samples read, {}",
        words::quantity(outcome.requests),
        words::quantity(outcome.samples),
        words::seconds(outcome.seconds)
    )
}

/// The findings without what they are about, equal ones once.
pub(super) fn diagnostics<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for finding in findings {
        diagnostics.push(finding.diagnostic.clone());
    }
    diagnostics.filtered(|_| true)
}

/// The findings by place, equal ones once.
pub(super) fn sorted(outcome: &Outcome) -> Vec<&Finding> {
    let mut findings: Vec<_> = outcome.findings.iter().collect();
    findings.sort_by_key(|Finding { slo, diagnostic }| {
        (
            diagnostic.primary.as_ref().map(|primary| primary.at),
            diagnostic.code.id,
            &diagnostic.message,
            slo,
        )
    });
    findings.dedup();
    findings
}
