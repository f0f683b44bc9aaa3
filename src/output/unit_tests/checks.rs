//! What must hold in a scenario, and when.

use std::fmt::Write as _;

use super::Pace;
use super::memo::Memo;
use super::scenario::{Kind, Scenario};
use super::subject::{AlertKey, Subject};
use crate::burn::{Arm, BASE_WINDOW, History, Outlook};
use crate::duration::Duration;
use crate::promql::build::quote;
use crate::rules::{Layout, series, sloth};
use crate::slo::{Missing, Slo};
use crate::workload::{Grain, Load, Phase};

/// Every so many steps it is asked what an alert does; in between only where that changes.
const STRIDE: usize = 3;

/// An expression and what it must give at an instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Check {
    pub(super) at: Duration,
    pub(super) expr: String,
    /// The value of the only sample, which has no labels; `None` for no sample.
    pub(super) value: Option<usize>,
}

/// What is checked in a scenario.
pub(super) struct Checks {
    /// By time.
    pub(super) all: Vec<Check>,
    /// Arms that fire at some time without another one of their alert.
    pub(super) alone: Vec<Arm>,
}

/// What alerts with certain arms did in other scenarios.
pub(super) type Watched = Memo<(Watch, Vec<Arm>), (Vec<Mark>, Vec<Arm>)>;

/// All checks of a scenario.
pub(super) fn of(
    subject: &Subject<'_>,
    pace: Pace,
    scenario: &Scenario,
    watched: &mut Watched,
) -> Checks {
    let mut checks = Vec::new();
    let mut alone = Vec::new();
    let watch = Watch::new(subject, pace, scenario);
    for (key, arms) in &subject.alerts {
        let expr = firing_groups(subject, key);
        let (marks, fired_alone) = watched
            .answer((watch.clone(), arms.clone()), |(watch, arms)| {
                watch.marks(arms)
            });
        alone.extend(fired_alone);
        checks.extend(edges(marks).map(|(nth, count)| Check {
            at: pace.step() * nth,
            expr: expr.clone(),
            value: (count > 0).then_some(count),
        }));
    }
    match scenario.kind {
        Kind::Outages => outages(subject, pace, scenario, &mut checks),
        Kind::Fresh => {
            let selector = error_ratio(subject, BASE_WINDOW);
            let first = scenario.groups.first().and_then(|phases| phases.first());
            checks.extend(first.map(|outage| Check {
                at: outage.length,
                expr: format!("abs(min({selector}) - 1) < bool 1e-9"),
                value: Some(1),
            }));
        }
        Kind::Gaps => gaps(subject, pace, scenario, &mut checks),
        Kind::Below(_) | Kind::BelowTarget => {}
    }
    checks.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.expr.cmp(&b.expr)));
    checks.dedup();
    Checks { all: checks, alone }
}

/// What alerts do in a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watch {
    pace: Pace,
    /// What the SLI itself adds to the lag of the rules.
    behind: Duration,
    /// What happens, and to how many groups.
    histories: Vec<(History, usize)>,
    /// Number of the last step.
    last: u64,
}

/// In how many groups an alert fires at a step; `None` when nobody can tell.
pub(super) type Mark = (u64, Option<usize>);

impl Watch {
    fn new(subject: &Subject<'_>, pace: Pace, scenario: &Scenario) -> Self {
        let mut kinds: Vec<(&Vec<Phase>, usize)> = Vec::new();
        for phases in &scenario.groups {
            match kinds.iter_mut().find(|(known, _)| *known == phases) {
                Some((_, count)) => *count += 1,
                None => kinds.push((phases, 1)),
            }
        }
        Self {
            pace,
            behind: subject.behind,
            histories: kinds
                .into_iter()
                .map(|(phases, count)| (subject.history(phases), count))
                .collect(),
            last: scenario.length().millis() / pace.step().millis(),
        }
    }

    /// What an alert with these arms does every few steps, and at every step where
    /// that changes; and the arms that fire alone at some time.
    fn marks(&self, arms: &[Arm]) -> (Vec<Mark>, Vec<Arm>) {
        let mut alone = Vec::new();
        let mut marks: Vec<Mark> = Vec::new();
        for nth in (0..=self.last).step_by(STRIDE).chain([self.last]) {
            let now = self.firing(arms, nth, &mut alone);
            if let Some((before, known)) = marks.last().copied()
                && known != now
            {
                let between = before + 1..nth;
                marks.extend(between.map(|step| (step, self.firing(arms, step, &mut alone))));
            }
            marks.push((nth, now));
        }
        marks.dedup();
        (marks, alone)
    }

    fn firing(&self, arms: &[Arm], nth: u64, alone: &mut Vec<Arm>) -> Option<usize> {
        let timing = self.pace.timing();
        let at = self.pace.step() * nth;
        let mut groups = Some(0);
        for (history, count) in &self.histories {
            let outlook =
                |arm: &Arm| timing.outlook(history, std::slice::from_ref(arm), at, self.behind);
            let outlooks: Vec<Outlook> = arms.iter().map(outlook).collect();
            let silent = outlooks.iter().filter(|one| **one == Outlook::Silent);
            let silent = silent.count();
            let fires = outlooks.iter().position(|one| *one == Outlook::Firing);
            match fires {
                Some(index) => {
                    if silent + 1 == arms.len() && !alone.contains(&arms[index]) {
                        alone.push(arms[index]);
                    }
                    groups = groups.map(|groups| groups + count);
                }
                None if silent < arms.len() => groups = None,
                None => {}
            }
        }
        groups
    }
}

/// The first and the last step of every stretch in which it is known what an alert does.
fn edges(marks: &[Mark]) -> impl Iterator<Item = (u64, usize)> + '_ {
    marks.iter().enumerate().filter_map(|(index, (nth, now))| {
        let differs = |other: Option<&Mark>| other.is_none_or(|(_, other)| other != now);
        let starts = index > 0 && differs(marks.get(index - 1));
        let ends = differs(marks.get(index + 1));
        now.filter(|_| starts || ends).map(|count| (*nth, count))
    })
}

/// Healthy is an SLI of 0; a steady outage reads as what it is.
fn outages(subject: &Subject<'_>, pace: Pace, scenario: &Scenario, checks: &mut Vec<Check>) {
    let Some(phases) = scenario.groups.first() else {
        return;
    };
    let mut at = Duration::ZERO;
    for (index, phase) in phases.iter().enumerate() {
        at = at + phase.length;
        let Load::Traffic { errors, .. } = phase.load else {
            continue;
        };
        if index == 0 {
            for window in [BASE_WINDOW, Duration::from_hours(1)] {
                let selector = error_ratio(subject, window);
                checks.push(Check {
                    at,
                    expr: format!("abs(max({selector})) < bool 1e-9"),
                    value: Some(1),
                });
            }
        }
        let settled = phase.length >= pace.step() * 4 + Duration::from_mins(10);
        if errors > 0.0 && settled && subject.workload.grain == Grain::Exact {
            let selector = error_ratio(subject, BASE_WINDOW);
            checks.push(Check {
                at,
                expr: format!("abs(max({selector}) / {errors} - 1) < bool 1e-3"),
                value: Some(1),
            });
        }
    }
}

fn gaps(subject: &Subject<'_>, pace: Pace, scenario: &Scenario, checks: &mut Vec<Check>) {
    let Some(phases) = scenario.groups.first() else {
        return;
    };
    let slo = subject.slo;
    let mut ends = Vec::new();
    let mut at = Duration::ZERO;
    for phase in phases {
        at = at + phase.length;
        ends.push(at);
    }
    let idle_end = ends.get(1).copied().unwrap_or(at);
    let all = own(slo, "", "__name__=~\"slo:.+\"");
    checks.push(Check {
        at: idle_end,
        expr: format!("count({all}) - count({all} >= -Inf)"),
        value: Some(0),
    });
    let any = alerts(subject, "");
    checks.push(Check {
        at: idle_end,
        expr: format!("count({any})"),
        value: None,
    });
    if let Some(no_data) = &slo.alerting.no_data
        && subject.missing == Missing::Unmeasured
    {
        let fires = |group: Option<usize>| {
            let mut more = format!(
                "alertname={}, alertstate=\"firing\"",
                quote(&no_data.name.value)
            );
            if let Some(group) = group.and_then(|group| subject.workload.groups.get(group)) {
                for (label, value) in group {
                    let _ = write!(more, ", {label}={}", quote(value));
                }
            }
            format!("group({})", alerts(subject, &more))
        };
        let vanished: Vec<Duration> = ends[2..].to_vec();
        let early = |from: Duration| {
            let step = pace.step().millis();
            let wait = no_data.after.millis().saturating_sub(step);
            from + Duration::from_millis(wait)
        };
        for pair in vanished.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let group = (subject.workload.groups.len() > 1).then_some(0);
            let last = Some(&to) == vanished.last();
            let gone = if last && group.is_some() {
                Some(1)
            } else {
                group
            };
            checks.push(Check {
                at: early(from),
                expr: fires(gone),
                value: None,
            });
            checks.push(Check {
                at: to,
                expr: fires(gone),
                value: Some(1),
            });
        }
    }
}

/// In how many groups an alert fires.
fn firing_groups(subject: &Subject<'_>, key: &AlertKey) -> String {
    let more = format!(
        "alertname={}, {}={}, alertstate=\"firing\"",
        quote(&key.name),
        subject.layout.alert_labels().severity,
        quote(&key.severity)
    );
    let alerts = alerts(subject, &more);
    let labels: Vec<&str> = subject.slo.group_labels().collect();
    if labels.is_empty() {
        format!("group({alerts})")
    } else {
        format!("count(group by ({}) ({alerts}))", labels.join(", "))
    }
}

/// A selector of the error ratio of an SLO, as people read it in this layout.
fn error_ratio(subject: &Subject<'_>, window: Duration) -> String {
    match subject.layout {
        Layout::Native => own(subject.slo, &series::error_ratio(window), ""),
        Layout::Sloth => told_by_alert_labels(subject, &sloth::error_ratio(window), ""),
    }
}

/// A selector of the alerts of an SLO.
fn alerts(subject: &Subject<'_>, more: &str) -> String {
    told_by_alert_labels(subject, "ALERTS", more)
}

fn told_by_alert_labels(subject: &Subject<'_>, name: &str, more: &str) -> String {
    let labels = subject.layout.alert_labels();
    selector(subject.slo, name, more, (labels.service, labels.slo))
}

/// A selector of native series of an SLO.
fn own(slo: &Slo, name: &str, more: &str) -> String {
    selector(slo, name, more, ("service", "slo"))
}

fn selector(slo: &Slo, name: &str, more: &str, (service, named): (&str, &str)) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(
        "{name}{{{more}{comma}{service}={}, {named}={}}}",
        quote(&slo.id.service),
        quote(&slo.id.name)
    )
}
