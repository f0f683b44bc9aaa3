//! What is known about an SLO before its tests are written: its raw series, its
//! alerts, and what they do in a given course of events.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Pace, notation};
use crate::burn::{self, Arm, History, Pair, Stretch};
use crate::duration::Duration;
use crate::rules::Layout;
use crate::slo::{
    Basis, Composite, Freshness, Missing, Objective, Period, Severity, Sli, Slo, SloId,
};
use crate::workload::{Catalogue, Grain, Load, Phase, Reason, Workload, synthesize};

/// Every almost entire failure of an hour raises a ticket, whatever `min_bad_events` asks for.
const ALMOST_ENTIRELY: f64 = 0.9;

/// An SLO and what is needed to test its rules.
pub(super) struct Subject<'a> {
    pub(super) slo: &'a Slo,
    /// How its rules are named.
    pub(super) layout: Layout,
    pub(super) workload: Workload,
    /// Every alert but the one on missing data, by name and severity label.
    pub(super) alerts: BTreeMap<AlertKey, Vec<Arm>>,
    pub(super) pairs: Vec<Pair>,
    /// What missing data means.
    pub(super) missing: Missing,
    /// What the SLI itself adds to the lag of the rules.
    pub(super) behind: Duration,
    /// Whether there is such a thing as no traffic.
    pub(super) idles: bool,
    /// Whether errors weigh by traffic.
    pub(super) weighted: bool,
    /// Number of steps in series.
    steps: f64,
    /// What cannot be tested, and why.
    pub(super) notes: Vec<String>,
}

/// Name and severity label of an alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AlertKey {
    pub(super) name: String,
    pub(super) severity: String,
}

impl<'a> Subject<'a> {
    pub(super) fn new(slo: &'a Slo, all: &Catalogue<'a>, layout: Layout) -> Result<Self, Reason> {
        let workload = synthesize(slo, all)?;
        if !workload.series.iter().all(notation::can_write) {
            return Err(Reason::new(
                "promtool before 3.0 takes only letters, digits and `_` in names",
            ));
        }
        let steps = steps(&workload)?;
        let behind = match workload.grain {
            Grain::Spans(length) => length * 2,
            Grain::Exact | Grain::Samples => Duration::ZERO,
        };
        let idles = can_idle(slo, all);
        let mut subject = Self {
            slo,
            layout,
            idles,
            // A share of the budget asks for the traffic of the period, too.
            weighted: idles && slo.alerting.basis.value == Basis::BurnRate,
            alerts: BTreeMap::new(),
            pairs: burn::pairs(slo),
            missing: missing(slo, all),
            behind,
            steps,
            workload,
            notes: Vec::new(),
        };
        // The highest threshold first; of equal ones the shorter window.
        subject
            .pairs
            .sort_by(|a, b| b.factor.cmp(&a.factor).then(a.long.cmp(&b.long)));
        subject.add_alerts();
        subject.note_what_no_input_shows();
        Ok(subject)
    }

    pub(super) fn budget(&self) -> Decimal {
        self.slo.objective.value.budget()
    }

    /// The pairs whose long window a file of this pace holds, the highest threshold first.
    pub(super) fn pairs_at(&self, pace: Pace) -> Vec<Pair> {
        let held = self.pairs.iter().filter(|pair| pace.holds(pair.long));
        held.copied().collect()
    }

    /// What happens to one group, as the rules can know it.
    pub(super) fn history(&self, phases: &[Phase]) -> History {
        let stretches = phases.iter().map(|phase| {
            let (traffic, errors) = match (phase.load, self.missing) {
                (Load::Traffic { per_second, errors }, _) if self.idles => (per_second, errors),
                (Load::Traffic { errors, .. }, _) => (super::RATE, errors),
                (Load::Vanished, Missing::Unmeasured) => (0.0, 0.0),
                (Load::Vanished, Missing::Bad) => (super::RATE, 1.0),
                (Load::Vanished, Missing::Good) => (super::RATE, 0.0),
            };
            Stretch {
                length: phase.length,
                traffic,
                errors,
            }
        });
        History::new(stretches, self.steps)
    }

    fn add_alerts(&mut self) {
        let alerting = &self.slo.alerting;
        let budget = self.budget();
        for severity in [Severity::Page, Severity::Ticket] {
            let Some(route) = alerting.route(severity) else {
                continue;
            };
            let own = self.pairs.iter().filter(|pair| pair.severity == severity);
            let mut arms: Vec<Arm> = own.map(|pair| Arm::of(pair, budget)).collect();
            if alerting.min_bad_events.is_some()
                && (severity == Severity::Ticket || alerting.ticket.is_none())
            {
                let hour = Duration::from_hours(1);
                arms.push(Arm {
                    long: hour,
                    short: hour,
                    threshold: ALMOST_ENTIRELY,
                    settled: hour / 2,
                });
            }
            if !arms.is_empty() {
                let severity = self.layout.severity(severity, route);
                self.add_arms(&alerting.name.value, severity, arms);
            }
        }
        for rule in &alerting.budget_left {
            let objective = self.slo.objective.value;
            self.add_left(
                &rule.name.value,
                rule.severity,
                rule.below,
                &self.slo.period.value,
                objective,
            );
        }
        if let (Some(rule), Some(promise)) = (&alerting.promise_at_risk, &self.slo.promise) {
            self.add_left(
                &rule.name.value,
                rule.severity,
                rule.below,
                &promise.period.value,
                promise.objective.value,
            );
        }
    }

    /// What holds in the rules but in no test.
    fn note_what_no_input_shows(&mut self) {
        let alerting = &self.slo.alerting;
        if alerting.min_bad_events.is_some() {
            self.notes.push(format!(
                "min_bad_events of {}: all inputs have many events",
                self.slo.id
            ));
        }
        if let Some(no_data) = &alerting.no_data
            && self.missing != Missing::Unmeasured
        {
            self.notes.push(format!(
                "{} of {}: what is missing counts, so that there is always data",
                no_data.name.value, self.slo.id
            ));
        }
    }

    /// An alert on what is left of a budget: its window is the period, which no test fills.
    fn add_left(
        &mut self,
        name: &str,
        severity: Severity,
        below: Decimal,
        period: &Period,
        objective: Objective,
    ) {
        let Some(route) = self.slo.alerting.route(severity) else {
            return;
        };
        let Period::Rolling(length) = period else {
            self.notes.push(format!(
                "{} of {}: the clock of promtool starts in 1970, before the calendar of the rules",
                name, self.slo.id
            ));
            return;
        };
        let spent = Decimal::ONE - below / Decimal::ONE_HUNDRED;
        let arm = Arm {
            long: *length,
            short: *length,
            threshold: (spent * objective.budget()).to_f64().unwrap_or(1.0),
            settled: Duration::ZERO,
        };
        self.add_arms(name, self.layout.severity(severity, route), vec![arm]);
    }

    fn add_arms(&mut self, name: &str, severity: &str, arms: Vec<Arm>) {
        let key = AlertKey {
            name: name.to_owned(),
            severity: severity.to_owned(),
        };
        self.alerts.entry(key).or_default().extend(arms);
    }
}

/// How many steps in series there are, each with the same errors.
fn steps(workload: &Workload) -> Result<f64, Reason> {
    let shares = || workload.series.iter().map(|series| series.share);
    let share = shares().fold(1.0, f64::min);
    if shares().any(|other| (other - share).abs() > 1e-9) {
        return Err(Reason::new("its components take unequal parts in it"));
    }
    Ok(1.0 / share)
}

/// What it means when all raw series are gone: of a composite, the worst that it
/// means for a component.
fn missing(slo: &Slo, all: &Catalogue<'_>) -> Missing {
    match &slo.sli.value {
        Sli::Freshness(Freshness::Timestamp { .. } | Freshness::Age { .. }) => Missing::Bad,
        Sli::Threshold(threshold) => threshold.missing,
        Sli::Composite(composite) => {
            let parts: Vec<Missing> = components(composite)
                .filter_map(|id| all.get(id))
                .map(|part| missing(part, all))
                .collect();
            if parts.contains(&Missing::Unmeasured) || parts.is_empty() {
                Missing::Unmeasured
            } else if parts.contains(&Missing::Bad) {
                Missing::Bad
            } else {
                Missing::Good
            }
        }
        _ => Missing::Unmeasured,
    }
}

fn components(composite: &Composite) -> impl Iterator<Item = &SloId> {
    composite
        .components()
        .into_iter()
        .map(|component| &component.value)
}

/// Whether there is such a thing as no traffic: gauges and ratios have none.
fn can_idle(slo: &Slo, all: &Catalogue<'_>) -> bool {
    match &slo.sli.value {
        Sli::Composite(composite) => components(composite)
            .filter_map(|id| all.get(id))
            .all(|part| can_idle(part, all)),
        sli => sli.counts_events(),
    }
}
