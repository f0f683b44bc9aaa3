//! The model: what an SLO is, whatever format it was written in.
//!
//! Pure data with its invariants. Values carry the place they were written at,
//! so that later stages can point at it.

mod alerting;
mod objective;
mod period;
mod sli;

pub use alerting::{Alerting, Basis, BudgetLeft, NoData, PairSpec, PromiseAtRisk, Route, Severity};
pub use objective::Objective;
pub use period::{Calendar, CalendarUnit, Period};
pub use sli::{
    Anchor, Comparison, ComparisonOp, Composite, Events, Freshness, Histogram, HistogramType,
    Latency, MatcherList, Missing, Query, Ratio, Satisfaction, Sli, SloRef, Split, Threshold, Unit,
    Weighted,
};

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::duration::Duration;
use crate::source::{Located, SourceSpan};

/// Labels that every rule or alert of an SLO has by itself.
pub const OWN_LABELS: [&str; 4] = ["service", "slo", "severity", "owner"];

/// Labels that `slo_info` has besides, to describe the SLO.
pub const INFO_LABELS: [&str; 4] = ["objective", "period", "promise", "sli"];

/// Names an SLO over all inputs: `service/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SloId {
    /// The service it belongs to.
    pub service: String,
    /// Its name within the service.
    pub name: String,
}

impl fmt::Display for SloId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.name)
    }
}

/// The format that an SLO was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `slosmith/v1`
    Native,
    /// Sloth's `prometheus/v1`
    SlothPrometheus,
    /// Sloth's `PrometheusServiceLevel`
    SlothKubernetes,
    /// Pyrra's `ServiceLevelObjective`
    Pyrra,
    /// `openslo/v1`
    OpenSloV1,
    /// `openslo/v1alpha`
    OpenSloV1Alpha,
}

/// One SLO, valid as far as it can be known without looking at other SLOs.
#[derive(Debug, Clone)]
pub struct Slo {
    /// The format it was written in.
    pub origin: Origin,
    /// Service and name.
    pub id: SloId,
    /// Where its name is written.
    pub name_at: SourceSpan,
    /// Where its service is written.
    pub service_at: SourceSpan,
    /// Everything that was written for it.
    pub at: SourceSpan,
    /// One sentence for people.
    pub description: Option<String>,
    /// Who owns it; a label on alerts and on `slo_info`.
    pub owner: Option<Located<String>>,
    /// Labels on alerts and on `slo_info`.
    pub labels: BTreeMap<String, Located<String>>,
    /// What the team holds itself to.
    pub objective: Located<Objective>,
    /// What customers were told.
    pub promise: Option<Promise>,
    /// The span over which the objective holds.
    pub period: Located<Period>,
    /// How often the raw metrics are scraped, when it is known.
    pub scrape_interval: Option<Located<Duration>>,
    /// Labels that split the SLO into groups, each with a budget of its own; sorted, no duplicates.
    pub group_by: Vec<Located<String>>,
    /// Values that are expected of some of the `group_by` labels, so that a missing one is noticed.
    pub groups: BTreeMap<String, Vec<Located<String>>>,
    /// What is measured.
    pub sli: Located<Sli>,
    /// What the budget counts.
    pub budgeting: Budgeting,
    /// When and whom to alert.
    pub alerting: Alerting,
    /// What to do at which budget: the strictest decision whose condition holds.
    pub policy: Vec<PolicyRule>,
    /// A decision that holds whatever the policy says.
    pub overridden: Option<Override>,
    /// Planned downtime.
    pub downtime: Vec<Downtime>,
    /// Findings that were looked at and accepted.
    pub ignore: Vec<Ignore>,
}

/// What customers were told: looser than the objective.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Percent.
    pub objective: Located<Objective>,
    /// The period it holds over; the SLO's own when none was written.
    pub period: Located<Period>,
}

/// What the error budget counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Budgeting {
    /// Bad events.
    Events,
    /// Bad time slices.
    Slices {
        /// Length of a slice, a multiple of 5m (of 1m for gauges).
        length: Located<Duration>,
        /// Percent of good events from which a slice is good.
        target: Located<Objective>,
    },
}

/// One line of the error budget policy.
#[derive(Debug, Clone)]
pub struct PolicyRule {
    /// When it applies.
    pub when: Condition,
    /// What it decides.
    pub decision: Decision,
    /// What that means, for people.
    pub say: Option<String>,
    /// Where it was written.
    pub at: SourceSpan,
}

/// A decision that somebody takes for some time, whatever the policy says.
#[derive(Debug, Clone)]
pub struct Override {
    /// What is decided.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who takes it.
    pub by: String,
    /// The last day on which it holds, in UTC.
    pub until: Located<jiff::civil::Date>,
}

impl Override {
    /// Whether it holds on a day. It has no first one: it holds from when it was written.
    pub fn holds_on(&self, day: jiff::civil::Date) -> bool {
        day <= self.until.value
    }
}

/// What a policy decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Features go on.
    Ship,
    /// Less risk.
    Slow,
    /// Only fixes.
    Freeze,
}

impl Decision {
    /// As it is written in a spec.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::Slow => "slow",
            Self::Freeze => "freeze",
        }
    }
}

/// `budget < 25%`, `burn(7d) > 1`, `exhausted_in < 5d`, `incident > 20%`, `coverage < 95%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is compared.
    pub subject: Subject,
    /// How.
    pub op: ComparisonOp,
    /// With what: a ratio for shares, a factor for burn, seconds for times.
    pub value: Decimal,
}

/// What a policy condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Remaining error budget (ratio).
    Budget,
    /// Burn rate over a window.
    Burn(Duration),
    /// Time until the budget is gone at the present pace (seconds).
    ExhaustedIn,
    /// Share of the budget that the largest single incident spent (ratio).
    Incident,
    /// Share of the period for which there is data (ratio).
    Coverage,
}

/// As it is written in a spec.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, op, value } = self;
        let op = op.sign();
        let percent = || (value * Decimal::ONE_HUNDRED).normalize();
        match subject {
            Subject::Budget => write!(f, "budget {op} {}%", percent()),
            Subject::Incident => write!(f, "incident {op} {}%", percent()),
            Subject::Coverage => write!(f, "coverage {op} {}%", percent()),
            Subject::Burn(window) => write!(f, "burn({}) {op} {value}", window.single_unit()),
            Subject::ExhaustedIn => {
                let millis = (value * Decimal::ONE_THOUSAND).to_u64().unwrap_or_default();
                write!(f, "exhausted_in {op} {}", Duration::from_millis(millis))
            }
        }
    }
}

/// A planned downtime.
#[derive(Debug, Clone)]
pub struct Downtime {
    /// First instant.
    pub start: jiff::Timestamp,
    /// First instant after it.
    pub end: jiff::Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// Whether it counts against the budget all the same.
    pub excluded: bool,
    /// Where it was written.
    pub at: SourceSpan,
}

/// A finding that was looked at and accepted.
#[derive(Debug, Clone)]
pub struct Ignore {
    /// Id of the finding.
    pub code: Located<String>,
    /// Why it does no harm.
    pub reason: String,
    /// Last day on which it is accepted.
    pub until: Option<Located<jiff::civil::Date>>,
}

impl Slo {
    /// Labels that every recorded series of this SLO carries besides `service` and `slo`.
    pub fn group_labels(&self) -> impl Iterator<Item = &str> {
        self.group_by.iter().map(|label| label.value.as_str())
    }

    /// The scrape interval, when it was written.
    pub fn scrape(&self) -> Option<Duration> {
        self.scrape_interval.as_ref().map(|located| located.value)
    }
}
