//! What a change does: the specs against the baseline.

use crate::budget::Span;
use crate::slo::{Severity, SloId};

use super::model::{Backtest, Outcome, Replayed, Version, Which};

/// Before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// With the baseline.
    pub before: f64,
    /// With the specs as they are.
    pub after: f64,
}

/// What a change does to how often people are alerted, per month.
#[derive(Debug)]
pub struct Change<'a> {
    /// Pages of all SLOs.
    pub pages: Count,
    /// Tickets of all SLOs.
    pub tickets: Count,
    /// SLOs of which the specs have another number than the baseline, or which are new or gone.
    pub slos: Vec<ChangeOf<'a>>,
    /// Versions of which nothing is measured. What their SLOs alert is in no number.
    pub unmeasured: Vec<Unmeasured<'a>>,
    /// SLOs that cannot be replayed, and are in no number either.
    pub failed: usize,
}

/// A version that alerts of nothing, since nothing of it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmeasured<'a> {
    /// Service and name.
    pub id: &'a SloId,
    /// The specs, or the baseline.
    pub which: Which,
    /// Whether the other version is measured.
    pub is_only: bool,
}

/// The same of one SLO.
#[derive(Debug)]
pub struct ChangeOf<'a> {
    /// Service and name.
    pub id: &'a SloId,
    /// Pages per month.
    pub pages: Count,
    /// Tickets per month.
    pub tickets: Count,
    /// Whether the baseline does not have it.
    pub is_new: bool,
    /// Whether only the baseline has it.
    pub is_gone: bool,
}

/// Compares the specs with the baseline; `None` where there is none.
pub fn change(backtest: &Backtest) -> Option<Change<'_>> {
    backtest.baseline.as_ref()?;
    let mut slos = Vec::new();
    let mut unmeasured = Vec::new();
    let mut failed = 0;
    for slo in &backtest.slos {
        match &slo.outcome {
            Outcome::Replayed(replayed) => match unmeasured_of(&slo.id, replayed) {
                Some(found) => unmeasured.push(found),
                None => slos.push(of(&slo.id, replayed)),
            },
            Outcome::Failed(_) => failed += 1,
            Outcome::NoData => {}
        }
    }
    let sum = |count: fn(&ChangeOf<'_>) -> Count| Count {
        // The sum of nothing is -0.
        before: slos.iter().map(|slo| count(slo).before).sum::<f64>() + 0.0,
        after: slos.iter().map(|slo| count(slo).after).sum::<f64>() + 0.0,
    };
    let pages = sum(|slo| slo.pages);
    let tickets = sum(|slo| slo.tickets);
    slos.retain(|slo| slo.is_new || slo.is_gone || slo.pages.differs() || slo.tickets.differs());
    Some(Change {
        pages,
        tickets,
        slos,
        unmeasured,
        failed,
    })
}

/// The version of which nothing is measured, that of the specs rather than the baseline.
fn unmeasured_of<'a>(id: &'a SloId, replayed: &Replayed) -> Option<Unmeasured<'a>> {
    let compared = replayed.versions.iter();
    let mut compared = compared.filter(|version| version.which != Which::Objective);
    let found = compared.clone().find(|version| !version.is_measured)?;
    Some(Unmeasured {
        id,
        which: found.which,
        is_only: compared.any(|version| version.is_measured),
    })
}

fn of<'a>(id: &'a SloId, replayed: &Replayed) -> ChangeOf<'a> {
    let version = |which| replayed.versions.iter().find(|v| v.which == which);
    let (before, after) = (version(Which::Baseline), version(Which::Spec));
    let count = |severity| Count {
        before: per_month(before, severity, replayed.span),
        after: per_month(after, severity, replayed.span),
    };
    ChangeOf {
        id,
        pages: count(Severity::Page),
        tickets: count(Severity::Ticket),
        is_new: before.is_none(),
        is_gone: after.is_none(),
    }
}

fn per_month(version: Option<&Version>, severity: Severity, span: Span) -> f64 {
    version.map_or(0.0, |version| version.per_month(severity, span))
}

impl Count {
    /// Whether it is another number after than before.
    pub fn differs(self) -> bool {
        (self.before - self.after).abs() > 1e-9
    }
}
