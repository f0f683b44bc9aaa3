use std::collections::BTreeMap;

use super::Finding;
use crate::duration::Duration;
use crate::prometheus::Labels;
use crate::slo::{Objective, Severity, SloId};
use crate::source::SourceSpan;

/// Everything that a check says.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Who was asked: the URL, without secrets.
    pub url: String,
    /// What answers there: `Prometheus 2.42.0`; empty when nobody did.
    pub server: String,
    /// The instant that was asked about, in Unix seconds.
    pub at: f64,
    /// How many SLOs were looked at.
    pub looked_at: usize,
    /// One per SLO and group, worst first; none when verdicts were not asked for.
    pub standings: Vec<Standing>,
    /// Sorted by place.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why that is no fault.
    pub notes: Vec<String>,
    /// How many findings the specs accept.
    pub accepted: usize,
    /// HTTP requests that were made.
    pub requests: u64,
    /// Samples that the server read for them, where it says so.
    pub samples: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What can be said about an SLO; the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// On target and calm.
    Ok,
    /// Burning, or little of the budget is left.
    AtRisk,
    /// Nobody knows: no data, or none that can be trusted.
    Unknown,
    /// The budget is gone.
    Breached,
}

impl Verdict {
    /// `ok`, `at_risk`, `unknown`, `breached`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::AtRisk => "at_risk",
            Self::Unknown => "unknown",
            Self::Breached => "breached",
        }
    }
}

/// Where the numbers of a standing come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From what the rules recorded.
    Recorded,
    /// From the raw metrics, since the recorded series have no history yet.
    Raw,
    /// There are none.
    Nothing,
}

/// How an SLO, or one of its groups, stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The SLO.
    pub slo: SloId,
    /// Who owns it.
    pub owner: Option<String>,
    /// Where its name is written.
    pub at: SourceSpan,
    /// The group: labels of `group_by` and their values.
    pub group: Labels,
    /// Labels that tell servers or clusters apart.
    pub place: Labels,
    /// In one word.
    pub verdict: Verdict,
    /// Why, a sentence each, most important first; empty when it is ok.
    pub reasons: Vec<String>,
    /// What the team holds itself to.
    pub objective: Objective,
    /// Over which period: `30d`, `month (Europe/Berlin)`.
    pub period: String,
    /// What customers were told.
    pub promise: Option<PromiseStanding>,
    /// Share of the error budget that is left, 1 to below 0.
    pub budget_left: Option<f64>,
    /// Error ratio over the period so far, 0–1.
    pub error_ratio: Option<f64>,
    /// Share of the period, so far, for which there is data, 0–1.
    pub coverage: Option<f64>,
    /// Where these numbers come from.
    pub origin: Origin,
    /// Per alert window, from short to long.
    pub burn: Vec<Burn>,
    /// When the budget is gone at the pace of the last hour, in seconds from now;
    /// `None` when it is not, or is gone already.
    pub exhausted_in: Option<f64>,
    /// The alerts that should fire by the recorded numbers, or do fire.
    pub alerts: Vec<AlertStanding>,
}

/// How the promise stands.
#[derive(Debug, Clone, PartialEq)]
pub struct PromiseStanding {
    /// What was promised.
    pub objective: Objective,
    /// Over which period.
    pub period: String,
    /// Share of the promise's budget that is left, 1 to below 0.
    pub left: Option<f64>,
}

/// How fast the budget burns over a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burn {
    /// The window.
    pub window: Duration,
    /// Whether it is the long one of a pair: that is the pace people ask for.
    pub is_long: bool,
    /// 1 spends the budget exactly in one period; `None` when idle or unknown.
    pub rate: Option<f64>,
}

/// An alert that should fire, or does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertStanding {
    /// Name of the alert.
    pub name: String,
    /// Whom it alerts.
    pub severity: Severity,
    /// Whether it should fire by the recorded numbers.
    pub expected: bool,
    /// Whether it fires.
    pub firing: bool,
}

impl Standing {
    /// `billing/invoice-api`, with what tells it apart: `billing/invoice-api region=eu`.
    pub fn title(&self) -> String {
        let labels = self.group.iter().chain(&self.place);
        let labels: Vec<_> = labels
            .map(|(label, value)| format!(" {label}={value}"))
            .collect();
        format!("{}{}", self.slo, labels.concat())
    }
}

impl Outcome {
    /// How many standings have each verdict.
    pub fn verdicts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for standing in &self.standings {
            *counts.entry(standing.verdict).or_default() += 1;
        }
        counts
    }

    /// Puts the worst first; what is equally bad in the order of names.
    pub fn sort(&mut self) {
        self.standings.sort_by(|a, b| {
            (b.verdict.cmp(&a.verdict))
                .then_with(|| a.slo.cmp(&b.slo))
                .then_with(|| a.group.cmp(&b.group))
                .then_with(|| a.place.cmp(&b.place))
        });
    }
}
