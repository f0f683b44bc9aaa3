use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::duration::Duration;
use crate::source::{Located, SourceSpan};

/// When and whom to alert.
#[derive(Debug, Clone)]
pub struct Alerting {
    /// Name of the burn-rate alerts; one constant name to route on.
    pub name: Located<String>,
    /// How pages leave; `None` when they are off.
    pub page: Option<Route>,
    /// How tickets leave; `None` when they are off.
    pub ticket: Option<Route>,
    /// The author's own pairs; `None` for those that follow from the period.
    pub pairs: Option<Vec<Located<PairSpec>>>,
    /// What a pair compares.
    pub basis: Located<Basis>,
    /// Bad events in the long window below which nothing fires.
    pub min_bad_events: Option<Located<u64>>,
    /// Alert when data stays away; `None` when it is off.
    pub no_data: Option<NoData>,
    /// Alerts on what is left of the budget.
    pub budget_left: Vec<BudgetLeft>,
    /// Alert when the promise is in danger; `None` when it is off or there is no promise.
    pub promise_at_risk: Option<PromiseAtRisk>,
    /// Labels of all alerts; values may be Go templates.
    pub labels: BTreeMap<String, Located<String>>,
    /// Annotations of all alerts; values may be Go templates.
    pub annotations: BTreeMap<String, Located<String>>,
    /// Where the runbook is.
    pub runbook_url: Option<Located<String>>,
}

/// Who has to act, and how soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody now.
    Page,
    /// Somebody in the next days.
    Ticket,
}

impl Severity {
    /// As it is written in a spec; also the default of the label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// How alerts of one severity leave.
#[derive(Debug, Clone)]
pub struct Route {
    /// Value of the `severity` label.
    pub severity: Located<String>,
    /// Whether the spec says so, or it is the default.
    pub severity_written: bool,
    /// More labels; values may be Go templates.
    pub labels: BTreeMap<String, Located<String>>,
    /// More annotations; values may be Go templates.
    pub annotations: BTreeMap<String, Located<String>>,
}

/// A pair of windows as its author wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairSpec {
    /// Whom it alerts.
    pub severity: Severity,
    /// Long window.
    pub long: Duration,
    /// Short window.
    pub short: Duration,
    /// Percent of the budget spent in one long window at which it fires.
    pub budget: Decimal,
}

/// What a pair compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The error ratio of the window with a multiple of the budget.
    BurnRate,
    /// The bad events of the window with a share of the period's budget, counted in events.
    Budget,
}

/// The alert on missing data.
#[derive(Debug, Clone)]
pub struct NoData {
    /// How long it may stay away.
    pub after: Duration,
    /// Whom it alerts, and where that is written; `None` for a ticket, or a page where
    /// tickets are off.
    pub severity: Option<Located<Severity>>,
    /// Name of the alert.
    pub name: Located<String>,
}

/// An alert on what is left of the budget.
#[derive(Debug, Clone)]
pub struct BudgetLeft {
    /// Percent of the budget.
    pub below: Decimal,
    /// Whom it alerts.
    pub severity: Severity,
    /// Name of the alert.
    pub name: Located<String>,
    /// Where it was written.
    pub at: SourceSpan,
}

/// An alert on what is left of the promise's budget.
#[derive(Debug, Clone)]
pub struct PromiseAtRisk {
    /// Percent of the promise's budget.
    pub below: Decimal,
    /// Whom it alerts.
    pub severity: Severity,
    /// Name of the alert.
    pub name: Located<String>,
}

impl Alerting {
    /// Default name of the burn-rate alerts.
    pub const BURN: &str = "SLOErrorBudgetBurn";
    /// Default name of the alert on missing data.
    pub const NO_DATA: &str = "SLONoData";
    /// Default name of the alert on what is left of the budget.
    pub const BUDGET_LOW: &str = "SLOBudgetLow";
    /// Default name of the alert on what is left of the promise's budget.
    pub const PROMISE_AT_RISK: &str = "SLOPromiseAtRisk";

    /// The route of a severity, unless it is off.
    pub const fn route(&self, severity: Severity) -> Option<&Route> {
        match severity {
            Severity::Page => self.page.as_ref(),
            Severity::Ticket => self.ticket.as_ref(),
        }
    }
}
