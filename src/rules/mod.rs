//! Model → recording and alerting rules. Knows nothing of YAML or files.

use std::collections::BTreeMap;

use crate::duration::Duration;
use crate::promql::ast::Expr;

/// All rules of one service.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// The service.
    pub service: String,
    /// What the header says besides that the file is generated, a line each:
    /// for instance which table of zone offsets a calendar period rests on.
    pub notes: Vec<String>,
    /// Rule groups in the order in which they are written.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after the other at the same instants.
#[derive(Debug, Clone)]
pub struct Group {
    /// `slo/<service>/<slo>/fast`.
    pub name: String,
    /// How often it is evaluated.
    pub interval: Duration,
    /// In the order of evaluation.
    pub rules: Vec<Rule>,
}

/// A recording or an alerting rule.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Records a series.
    Record {
        /// Name of the series.
        record: String,
        /// What is recorded.
        expr: Expr,
        /// Labels it gets.
        labels: BTreeMap<String, String>,
    },
    /// Raises an alert.
    Alert {
        /// Name of the alert.
        alert: String,
        /// Fires for every series of the result.
        expr: Expr,
        /// How long it has to hold first.
        hold: Option<Duration>,
        /// Labels it gets; values are Go templates.
        labels: BTreeMap<String, String>,
        /// Annotations; values are Go templates.
        annotations: BTreeMap<String, String>,
    },
}
