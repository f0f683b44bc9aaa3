//! What a replay finds.

use std::collections::BTreeMap;

use crate::budget::{Events, Point, Span, Standing, float};
use crate::burn::Pair;
use crate::duration::Duration;
use crate::prometheus::Labels;
use crate::rules::AlarmKind;
use crate::slo::{Decision, Objective, Severity, SloId};

/// A month, in seconds, where something is counted per month.
pub const MONTH: f64 = 30.0 * 86_400.0;

/// All of it.
#[derive(Debug)]
pub struct Backtest {
    /// The stretch that was replayed.
    pub span: Span,
    /// What the specs are compared with: `old-specs`, `git:main`.
    pub baseline: Option<String>,
    /// In order of service and name.
    pub slos: Vec<SloReplay>,
}

/// An SLO and what would have become of it.
#[derive(Debug)]
pub struct SloReplay {
    /// Service and name.
    pub id: SloId,
    /// What was replayed of it.
    pub outcome: Outcome,
}

impl Backtest {
    /// Whether what was asked can be answered: something was replayed, nothing failed, and
    /// the specs measure what the baseline does.
    pub fn is_answer(&self) -> bool {
        let is_failed = |slo: &SloReplay| matches!(slo.outcome, Outcome::Failed(_));
        let is_lost = |change: &super::Change<'_>| {
            let mut unmeasured = change.unmeasured.iter();
            unmeasured.any(|unmeasured| unmeasured.which == Which::Spec)
        };
        self.slos.iter().any(SloReplay::is_replayed)
            && !self.slos.iter().any(is_failed)
            && !super::change(self).as_ref().is_some_and(is_lost)
    }
}

impl SloReplay {
    /// Whether there was anything to replay.
    pub const fn is_replayed(&self) -> bool {
        matches!(self.outcome, Outcome::Replayed(_))
    }
}

/// What was replayed of an SLO.
#[derive(Debug)]
pub enum Outcome {
    /// There are no raw metrics.
    NoData,
    /// It cannot be replayed, and why.
    Failed(String),
    /// Every version of it.
    Replayed(Replayed),
}

/// The versions of an SLO, and what holds for all of them.
#[derive(Debug)]
pub struct Replayed {
    /// The stretch for which there is data: later than asked for where its metrics begin later.
    pub span: Span,
    /// The spec as it is first, then the baseline, then other objectives.
    pub versions: Vec<Version>,
    /// What the data says about the objective; nothing where the SLO is gone.
    pub advice: Option<Advice>,
}

/// Which version of an SLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// As the specs have it.
    Spec,
    /// As the baseline has it.
    Baseline,
    /// As the specs have it, with another objective.
    Objective,
}

/// A version of an SLO.
#[derive(Debug)]
pub struct Version {
    /// Which one.
    pub which: Which,
    /// Its objective.
    pub objective: Objective,
    /// Its period: `30d`, `month (Europe/Berlin)`.
    pub period: String,
    /// By group, in order; one without labels where there is no `group_by`.
    pub groups: Vec<Group>,
    /// Every alert that would have fired, by time.
    pub alerts: Vec<Fired>,
    /// Planned downtime within the stretch.
    pub downtime: Vec<Planned>,
    /// Whether anything is measured in the stretch. Where nothing is, that it does not alert
    /// says nothing.
    pub is_measured: bool,
}

/// A planned downtime.
#[derive(Debug, Clone)]
pub struct Planned {
    /// When.
    pub span: Span,
    /// Why.
    pub reason: Option<String>,
    /// Whether it is left out of budgets and incidents.
    pub excluded: bool,
}

/// What became of the budget of a group.
#[derive(Debug)]
pub struct Group {
    /// The values of `group_by`.
    pub labels: Labels,
    /// Over the whole stretch.
    pub overall: Standing,
    /// Share of the time (0–1) at which the budget of the period was not overspent; `None`
    /// where it is never known.
    pub within: Option<f64>,
    /// Periods: calendar periods one after the other, or, where the period rolls, whole ones
    /// that end with the stretch. The last calendar period may be running.
    pub periods: Vec<Period>,
    /// The period that spent most; rolling periods end at any time.
    pub worst: Option<Standing>,
    /// What was left of the budget over time.
    pub timeline: Vec<Point>,
    /// The same of the promise: the worst of its periods.
    pub promise: Option<Promise>,
    /// Seconds for which each decision of the policy held.
    pub policy: BTreeMap<Decision, i64>,
    /// What spent budget.
    pub incidents: Vec<Incident>,
}

/// A period that has passed, or is running.
#[derive(Debug)]
pub struct Period {
    /// From when to when it goes, also where it began before the stretch or still runs.
    pub span: Span,
    /// How it stands.
    pub standing: Standing,
    /// Whether all of it has passed.
    pub is_over: bool,
}

/// What became of a promise.
#[derive(Debug)]
pub struct Promise {
    /// What was promised.
    pub objective: Objective,
    /// Share of the time (0–1) at which it was kept.
    pub within: Option<f64>,
    /// The period that spent most.
    pub worst: Option<Standing>,
}

/// A stretch that spent budget.
#[derive(Debug, Clone)]
pub struct Incident {
    /// When.
    pub span: Span,
    /// Events in it.
    pub events: Events,
    /// Share of the period's budget that it spent.
    pub spent: Option<f64>,
    /// The highest burn rate of five minutes.
    pub peak_burn: f64,
    /// Whether it was going on at the end.
    pub is_open: bool,
    /// Whether a burn-rate alert of its group was firing at some time of it.
    pub was_alerted: bool,
    /// Whether some of it was planned downtime that counts.
    pub in_downtime: bool,
}

/// An alert that would have fired.
#[derive(Debug, Clone)]
pub struct Fired {
    /// Name of the alert.
    pub name: String,
    /// What it says.
    pub kind: AlarmKind,
    /// Whom it alerts.
    pub severity: Severity,
    /// The values of `group_by` that it has.
    pub labels: Labels,
    /// From when on it fires, in Unix seconds; the first instant of the stretch where it fired
    /// before.
    pub start: i64,
    /// The first instant at which it does not fire any more; `None` where it fires at the end.
    pub end: Option<i64>,
    /// Whether it fires at the first instant of the stretch already.
    pub began_before: bool,
    /// The pairs of windows for which it fired at its start; none where that is not known,
    /// since it began before.
    pub pairs: Vec<Pair>,
    /// Whether nearly everything failed, where few events alone are no alert; not
    /// known, and so not said, where it began before.
    pub almost_entirely: bool,
    /// What it cost; nothing for alerts that are not about spending.
    pub cost: Option<Cost>,
    /// Whether it began in planned downtime.
    pub in_downtime: bool,
}

/// What was spent around an alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Share of the period's budget that the incident had spent when the alert fired; `None`
    /// where it fired before the stretch, at a time that is not known.
    pub before: Option<f64>,
    /// Share that had been spent when it was over; at least, where it fired before the stretch.
    pub whole: f64,
    /// When the whole budget was gone, in seconds after the alert fired; `None` where it was
    /// not gone by the end of the incident.
    pub gone_after: Option<i64>,
    /// Whether the budget was gone before the alert fired; `None` as above.
    pub was_gone: Option<bool>,
}

/// What the data says about an objective.
#[derive(Debug)]
pub struct Advice {
    /// The strictest objective that was kept in every period, or why there is none.
    pub suggested: Result<Suggestion, Unsuggested>,
    /// Groups of which too little is known for the suggestion: it is about the others.
    pub unknown: usize,
    /// What was measured.
    pub measured: Measured,
    /// Where there is too little traffic to measure an objective.
    pub thin: Vec<Thin>,
}

/// Why no objective is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsuggested {
    /// Nothing was measured.
    Nothing,
    /// No whole period has passed.
    NoWholePeriod,
    /// Too little was measured of every period.
    TooLittleMeasured,
    /// Some period broke every one.
    NoneKept,
    /// Some were kept, but there is too little traffic for them.
    TooLittleTraffic,
}

/// A suggested objective.
#[derive(Debug, Clone, Copy)]
pub struct Suggestion {
    /// What is suggested.
    pub objective: Objective,
    /// Share of the budget that its worst period spent.
    pub worst: Option<f64>,
    /// Whole periods that were looked at, and how many of them kept it.
    pub kept: Kept,
}

/// How many of several whole periods kept an objective, and what that says about others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// Number of periods that kept it.
    pub kept: u64,
    /// Number of periods.
    pub of: u64,
    /// Between these shares (0–1) of periods keep it, with 95 % confidence.
    pub confidence: Option<(f64, f64)>,
}

/// What was measured over the whole stretch.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Share of good events, 0–1, of the worst group.
    pub good: Option<f64>,
    /// Events; nothing where nothing is counted.
    pub events: Option<f64>,
    /// Between these shares of events are good, with 95 % confidence.
    pub confidence: Option<(f64, f64)>,
}

/// An objective that the traffic is too thin for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thin {
    /// The objective.
    pub objective: Objective,
    /// Events in a period, in the group that has fewest.
    pub events: f64,
    /// Bad events that its budget allows in a period.
    pub budget: f64,
    /// The strictest objective that leaves room for five bad events, in percent; `None` where
    /// there are not even five events.
    pub supportable: Option<f64>,
}

impl Version {
    /// How many alerts of a severity fire per month; one that fires from the beginning on
    /// counts, too, or an objective that is never met would be a quiet one.
    pub fn per_month(&self, severity: Severity, span: Span) -> f64 {
        let alerts = self.alerts.iter();
        let count = alerts.filter(|alert| alert.severity == severity).count();
        per_month(count, span)
    }

    /// The least share of time within the budget, over all groups.
    pub fn within(&self) -> Option<f64> {
        least(self.groups.iter().map(|group| group.within))
    }

    /// The worst period of all groups.
    pub fn worst(&self) -> Option<&Standing> {
        let worst = self.groups.iter().filter_map(|group| group.worst.as_ref());
        worst.max_by(|one, other| {
            let spent = |standing: &Standing| standing.spent.unwrap_or(0.0);
            spent(one).total_cmp(&spent(other))
        })
    }

    /// Days for which a decision of the policy held, in the group for which it held longest.
    pub fn days(&self, decision: Decision) -> f64 {
        let seconds = self.groups.iter();
        let seconds = seconds.filter_map(|group| group.policy.get(&decision).copied());
        float(seconds.max().unwrap_or(0)) / 86_400.0
    }
}

impl Fired {
    /// Whether a burn rate is alerted for that spent next to nothing of the budget.
    pub fn is_for_next_to_nothing(&self) -> bool {
        let is_over = self.end.is_some() && !self.began_before;
        is_over
            && self
                .cost
                .is_some_and(|cost| cost.whole < super::NEXT_TO_NOTHING)
    }
}

/// A number of occurrences in a stretch, per month.
pub fn per_month(count: usize, span: Span) -> f64 {
    let seconds = float(span.seconds());
    if seconds > 0.0 {
        float(i64::try_from(count).unwrap_or(i64::MAX)) * MONTH / seconds
    } else {
        0.0
    }
}

fn least(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().min_by(f64::total_cmp)
}

/// The length of a duration in whole seconds.
pub(crate) fn seconds(length: Duration) -> i64 {
    i64::try_from(length.millis() / 1000).unwrap_or(i64::MAX)
}
