//! What product managers read, as data. Shares and ratios are 0–1, instants Unix seconds,
//! objectives percent; sentences are plain text, to be escaped by whoever shows them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::budget::{Point, Span};
use crate::measure::Origin;
use crate::prometheus::Labels;
use crate::slo::{Decision, SloId};

/// A page about all SLOs.
#[derive(Debug, Clone)]
pub struct Review {
    /// The instant as of which it holds.
    pub at: i64,
    /// What is reported: `October 2026`, `the last 30 days`, or that of each SLO.
    pub period: String,
    /// The time zone in which instants are shown: an IANA name.
    pub time_zone: String,
    /// The server, without user and password.
    pub server: String,
    /// The sentences that matter, worst first: one per SLO that is in trouble, or one that
    /// says that all is well.
    pub headlines: Vec<String>,
    /// Roll-ups: by owner, then by each label that SLOs have, by value.
    pub rollups: Vec<Rollup>,
    /// One per SLO and group, the worst first within a service; services sorted by name.
    pub slos: Vec<SloReview>,
    /// What could not be found out, a sentence each.
    pub notes: Vec<String>,
}

/// How many SLOs with the same value of a label stand how.
#[derive(Debug, Clone)]
pub struct Rollup {
    /// `owner`, or the label.
    pub label: String,
    /// By value: the SLOs without one stand under an empty text.
    pub rows: BTreeMap<String, Counts>,
}

/// Numbers of SLOs (a group counts as one).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub all: usize,
    /// Objective held.
    pub held: usize,
    /// Objective missed.
    pub missed: usize,
    /// Nobody knows.
    pub unknown: usize,
    /// Promise broken.
    pub promise_broken: usize,
    /// The policy says freeze.
    pub freeze: usize,
    /// The policy says slow.
    pub slow: usize,
}

/// Whether the objective was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// No: the budget is gone.
    Missed,
    /// Too little was measured to say.
    Unknown,
    /// Yes, so far.
    Held,
}

/// A page section about one SLO, or one group of it.
#[derive(Debug, Clone)]
pub struct SloReview {
    /// Service and name.
    pub id: SloId,
    /// Values of `group_by`.
    pub group: Labels,
    /// Who owns it.
    pub owner: Option<String>,
    /// Labels of the spec.
    pub labels: BTreeMap<String, String>,
    /// What the spec says of it, for people.
    pub description: Option<String>,
    /// Kind of SLI, as its key in a spec.
    pub kind: &'static str,
    /// Where the runbook is.
    pub runbook_url: Option<String>,
    /// The sentence that matters: what customers saw, what we allow, what we promised.
    pub sentence: String,
    /// Whether the objective was held.
    pub held: Held,
    /// What the numbers count: `requests`, `events`, or time (`None`).
    pub unit: Option<&'static str>,
    /// The objective.
    pub objective: GoalReview,
    /// The promise; the buffer between both is `buffer`.
    pub promise: Option<GoalReview>,
    /// What is left between the objective and the promise, as a sentence: how much more may
    /// go wrong before customers are let down.
    pub buffer: Option<String>,
    /// The same of the period before, where it was measured.
    pub previous: Option<Previous>,
    /// What was left of the budget, over the period; empty where nothing was measured.
    pub timeline: Vec<Point>,
    /// Stretches that spent budget, the costliest first.
    pub incidents: Vec<IncidentReview>,
    /// How many more there were that spent less.
    pub more_incidents: usize,
    /// Which label values spent the budget of the period, by label.
    pub spent_by: Vec<Attribution>,
    /// The anchored scale, of `satisfaction`.
    pub happiness: Option<Happiness>,
    /// What the policy decides.
    pub policy: PolicyReview,
    /// Where the numbers come from.
    pub origin: Origin,
    /// Planned downtime of the period.
    pub downtime: Vec<DowntimeReview>,
}

/// How the objective or the promise stands.
#[derive(Debug, Clone)]
pub struct GoalReview {
    /// Percent.
    pub percent: Decimal,
    /// Whether it was held.
    pub held: Held,
    /// `over 30d`, `per month (Europe/Berlin)`, `in October 2026`.
    pub period: String,
    /// What is reported of it.
    pub span: Span,
    /// When its period ends; the same as the end of `span` when it rolls or is over.
    pub ends: i64,
    /// Error ratio.
    pub error_ratio: Option<f64>,
    /// Share of the budget that is left; below 0 when overspent.
    pub left: Option<f64>,
    /// Bad events (seconds, where time is counted).
    pub bad: Option<f64>,
    /// All events (seconds, where time is counted).
    pub total: Option<f64>,
    /// Bad events that the whole period allows.
    pub allowed: Option<f64>,
    /// Share of the time for which there is data.
    pub coverage: Option<f64>,
    /// Seconds of planned downtime that do not count.
    pub excluded: i64,
}

/// The period before.
#[derive(Debug, Clone)]
pub struct Previous {
    /// When it was.
    pub span: Span,
    /// Error ratio.
    pub error_ratio: Option<f64>,
    /// Share of the budget that was left at its end.
    pub left: Option<f64>,
    /// Share of its time for which there is data.
    pub coverage: Option<f64>,
}

/// A stretch that spent budget.
#[derive(Debug, Clone)]
pub struct IncidentReview {
    /// From when to when.
    pub span: Span,
    /// Whether it goes on.
    pub is_open: bool,
    /// Share of the budget that it spent.
    pub share: f64,
    /// Bad events (seconds, where time is counted).
    pub bad: f64,
    /// All events in it.
    pub total: f64,
    /// The highest burn rate of any five minutes in it.
    pub peak_burn: f64,
    /// Which label values spent it.
    pub spent_by: Vec<Attribution>,
}

/// Which values of a label bad events have.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// The label.
    pub label: String,
    /// The costliest first; at most ten.
    pub values: Vec<ValueShare>,
    /// How many more there are.
    pub more: usize,
}

/// What one value of a label spent.
#[derive(Debug, Clone)]
pub struct ValueShare {
    /// The value; empty where series lack the label.
    pub value: String,
    /// Share of all bad events.
    pub share: f64,
    /// Share of the budget of the period; `None` where it is not known.
    pub budget: Option<f64>,
}

/// How an anchored scale was over time.
#[derive(Debug, Clone)]
pub struct Happiness {
    /// The bands, from the fastest: `satisfied`, `annoying`, …
    pub bands: Vec<Band>,
    /// Happiness index over the period: 1 − pain.
    pub index: Option<f64>,
    /// The same of the period before.
    pub previous: Option<f64>,
    /// Over time; each covers the stretch up to its instant.
    pub points: Vec<HappinessPoint>,
}

/// A band of an anchored scale.
#[derive(Debug, Clone)]
pub struct Band {
    /// What customers call it.
    pub name: String,
    /// `up to 1s`, `1s to 3s`, `over 5s`, `failed`.
    pub bounds: String,
    /// How much it hurts.
    pub pain: f64,
    /// Its share of the requests of the period.
    pub share: Option<f64>,
}

/// How a scale was in one stretch.
#[derive(Debug, Clone)]
pub struct HappinessPoint {
    /// Unix seconds; the end of the stretch.
    pub at: i64,
    /// Share of each band, in the order of the bands; empty where nothing was measured.
    pub shares: Vec<f64>,
    /// Happiness index.
    pub index: Option<f64>,
}

/// What the policy decides, in words.
#[derive(Debug, Clone)]
pub struct PolicyReview {
    /// `None`: too little is known.
    pub decision: Option<Decision>,
    /// Why, a sentence.
    pub reason: String,
    /// What it means for the split between roadmap and reliability backlog, a sentence.
    pub meaning: String,
    /// Who decided otherwise, until when and why, a sentence; and when a milder decision is
    /// due, should nothing more go wrong.
    pub overridden: Option<String>,
    /// When a freeze or slow-down would end, and what is decided then, a sentence.
    pub thaw: Option<String>,
    /// The same as an instant.
    pub thaws_at: Option<i64>,
}

/// A planned downtime.
#[derive(Debug, Clone)]
pub struct DowntimeReview {
    /// From when to when.
    pub span: Span,
    /// Why.
    pub reason: Option<String>,
    /// Whether it counts against the budget all the same.
    pub is_counted: bool,
}
