//! What must hold in a scenario, and when.

use std::fmt::Write as _;

use super::Pace;
use super::scenario::{Kind, Scenario};
use super::subject::{AlertKey, Subject};
use crate::burn::{Arm, History};
use crate::duration::Duration;
use crate::promql::build::quote;
use crate::slo::{Missing, Slo};
use crate::workload::{Grain, Load};

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

/// All checks of a scenario, by time.
pub(super) fn of(subject: &Subject<'_>, pace: Pace, scenario: &Scenario) -> Vec<Check> {
    let mut checks = Vec::new();
    for (key, arms) in &subject.alerts {
        alert(subject, pace, scenario, (key, arms), &mut checks);
    }
    match scenario.kind {
        Kind::Outages => outages(subject, pace, scenario, &mut checks),
        Kind::Fresh => {
            let selector = own(subject.slo, "slo:error_ratio:5m", "");
            checks.push(Check {
                at: scenario.length(),
                expr: format!("abs(min({selector}) - 1) < bool 1e-9"),
                value: Some(1),
            });
        }
        Kind::Gaps => gaps(subject, pace, scenario, &mut checks),
        Kind::Below(_) => {}
    }
    checks.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.expr.cmp(&b.expr)));
    checks.dedup();
    checks
}

/// The pairs that fire on their own in one of the scenarios.
pub(super) fn proven(subject: &Subject<'_>, pace: Pace, scenario: &Scenario, arm: &Arm) -> bool {
    let histories = histories(subject, scenario);
    let Some((_, arms)) = subject.alerts.iter().find(|(_, arms)| arms.contains(arm)) else {
        return false;
    };
    let others: Vec<Arm> = arms.iter().copied().filter(|other| other != arm).collect();
    instants(pace, scenario).any(|at| {
        let all = subject.firing(pace, &histories, arms, at);
        all.is_some_and(|count| count > 0)
            && subject.firing(pace, &histories, &others, at) == Some(0)
    })
}

fn histories(subject: &Subject<'_>, scenario: &Scenario) -> Vec<History> {
    let groups = scenario.groups.iter();
    groups.map(|phases| subject.history(phases)).collect()
}

fn instants(pace: Pace, scenario: &Scenario) -> impl Iterator<Item = Duration> + use<> {
    let step = pace.step();
    let last = scenario.length().millis() / step.millis();
    (0..=last).step_by(STRIDE).map(move |nth| step * nth)
}

/// An alert at the first and the last instant of every stretch in which it is known what it does.
fn alert(
    subject: &Subject<'_>,
    pace: Pace,
    scenario: &Scenario,
    (key, arms): (&AlertKey, &[Arm]),
    checks: &mut Vec<Check>,
) {
    let histories = histories(subject, scenario);
    let step = pace.step();
    let last = scenario.length().millis() / step.millis();
    let firing = |nth: u64| subject.firing(pace, &histories, arms, step * nth);
    let mut marks: Vec<(u64, Option<usize>)> = Vec::new();
    for nth in (0..=last).step_by(STRIDE).chain([last]) {
        let now = firing(nth);
        if let Some((before, known)) = marks.last().copied()
            && known != now
        {
            marks.extend((before + 1..nth).map(|between| (between, firing(between))));
        }
        marks.push((nth, now));
    }
    marks.dedup();
    let expr = firing_groups(subject.slo, key);
    for (index, (nth, now)) in marks.iter().enumerate() {
        let Some(count) = now else { continue };
        let differs = |other: Option<&(u64, Option<usize>)>| other.is_none_or(|(_, o)| o != now);
        let starts = index > 0 && differs(marks.get(index - 1));
        let ends = differs(marks.get(index + 1));
        if starts || ends {
            checks.push(Check {
                at: step * *nth,
                expr: expr.clone(),
                value: (*count > 0).then_some(*count),
            });
        }
    }
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
            for window in ["5m", "1h"] {
                let selector = own(subject.slo, &format!("slo:error_ratio:{window}"), "");
                checks.push(Check {
                    at,
                    expr: format!("abs(max({selector})) < bool 1e-9"),
                    value: Some(1),
                });
            }
        }
        let settled = phase.length >= pace.step() * 4 + Duration::from_mins(10);
        if errors > 0.0 && settled && subject.workload.grain == Grain::Exact {
            let selector = own(subject.slo, "slo:error_ratio:5m", "");
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
    let any = own(slo, "ALERTS", "");
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
            format!("group({})", own(slo, "ALERTS", &more))
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
fn firing_groups(slo: &Slo, key: &AlertKey) -> String {
    let more = format!(
        "alertname={}, severity={}, alertstate=\"firing\"",
        quote(&key.name),
        quote(&key.severity)
    );
    let alerts = own(slo, "ALERTS", &more);
    let labels: Vec<&str> = slo.group_labels().collect();
    if labels.is_empty() {
        format!("group({alerts})")
    } else {
        format!("count(group by ({}) ({alerts}))", labels.join(", "))
    }
}

/// A selector of what belongs to an SLO.
fn own(slo: &Slo, name: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(
        "{name}{{{more}{comma}service={}, slo={}}}",
        quote(&slo.id.service),
        quote(&slo.id.name)
    )
}
