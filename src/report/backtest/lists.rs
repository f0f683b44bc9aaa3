//! Alerts and incidents, one a line.

use crate::backtest::NEXT_TO_NOTHING;
use crate::backtest::model::{Fired, Incident, Version};
use crate::budget::{Span, float};
use crate::prometheus::Labels;
use crate::rules::AlarmKind;
use crate::words;

use super::document::{Block, events_of, list, minute, suffix};

/// Every alert, the latest first. Those that a baseline does not fire are marked, and those
/// that only it fires follow.
pub(super) fn alerts(
    version: &Version,
    baseline: Option<&Version>,
    span: Span,
    blocks: &mut Vec<Block>,
) {
    let title = format!("Alerts: {}", version.alerts.len());
    let items = version.alerts.iter().rev().map(|fired| {
        let is_new = baseline.is_some_and(|baseline| !fires(baseline, fired, span));
        let mark = if is_new { "new: " } else { "" };
        format!("{mark}{}", alert(fired, span))
    });
    list(&title, items.collect(), blocks);
    let before = baseline.into_iter().flat_map(|baseline| &baseline.alerts);
    let gone = before.rev().filter(|fired| !fires(version, fired, span));
    let gone: Vec<String> = gone.map(|fired| alert(fired, span)).collect();
    let title = format!(
        "Alerts of the baseline that do not fire any more: {}",
        gone.len()
    );
    list(&title, gone, blocks);
}

/// Whether a version fires the same alert at some time of another one.
fn fires(version: &Version, other: &Fired, span: Span) -> bool {
    let end = |fired: &Fired| fired.end.unwrap_or(span.end + 1);
    version.alerts.iter().any(|fired| {
        let is_same = (fired.kind, fired.severity) == (other.kind, other.severity);
        let meets = fired.start < end(other) && other.start < end(fired);
        is_same && fired.labels == other.labels && meets
    })
}

/// What spent budget without a burn-rate alert, the worst first.
pub(super) fn incidents(version: &Version, blocks: &mut Vec<Block>) {
    let groups = version.groups.iter();
    let silent = groups.flat_map(|group| {
        let silent = group.incidents.iter().filter(|found| !found.was_alerted);
        silent.map(|incident| (&group.labels, incident))
    });
    let mut silent: Vec<(&Labels, &Incident)> = silent.collect();
    silent.sort_by(|(_, one), (_, other)| {
        let spent = |incident: &Incident| incident.spent.unwrap_or(0.0);
        spent(other).total_cmp(&spent(one))
    });
    let title = format!("Incidents without a burn-rate alert: {}", silent.len());
    let items = silent
        .into_iter()
        .map(|(group, found)| incident(group, found));
    list(&title, items.collect(), blocks);
}

/// Alerts for what spent next to nothing.
pub(super) fn for_nothing(version: &Version, span: Span, blocks: &mut Vec<Block>) {
    let vain: Vec<&Fired> = version
        .alerts
        .iter()
        .filter(|alert| alert.is_for_next_to_nothing())
        .collect();
    let title = format!(
        "Alerts for less than {} of the budget: {}",
        words::percent(Some(NEXT_TO_NOTHING)),
        vain.len()
    );
    let items = vain.into_iter().rev();
    list(
        &title,
        items.map(|fired| alert(fired, span)).collect(),
        blocks,
    );
}

fn alert(alert: &Fired, span: Span) -> String {
    let ended = alert.end.unwrap_or(span.end);
    let lasted = words::span(float(ended - alert.start));
    let (before, least) = if alert.began_before {
        ("before ", "at least ")
    } else {
        ("", "")
    };
    let still = if alert.end.is_some() {
        ""
    } else {
        ", and still at the end"
    };
    format!(
        "{before}{} {}{}, for {least}{lasted}{still}: {}{}{}",
        minute(alert.start),
        alert.severity.name(),
        suffix(&alert.labels),
        why(alert),
        cost(alert),
        if alert.in_downtime {
            ", in planned downtime"
        } else {
            ""
        }
    )
}

/// What it says, and which windows said so.
fn why(alert: &Fired) -> String {
    match alert.kind {
        AlarmKind::NoData => format!("{}, no data", alert.name),
        AlarmKind::BudgetLeft(percent) => {
            format!(
                "{}, below {} % of the budget",
                alert.name,
                percent.normalize()
            )
        }
        AlarmKind::PromiseAtRisk(percent) => format!(
            "{}, below {} % of what the promise allows",
            alert.name,
            percent.normalize()
        ),
        AlarmKind::BurnRate if alert.began_before => {
            format!("{}, of windows that are not known", alert.name)
        }
        AlarmKind::BurnRate => {
            let mut pairs: Vec<String> = alert
                .pairs
                .iter()
                .map(|pair| {
                    format!(
                        "{} and {} over {}x",
                        words::window(pair.long),
                        words::window(pair.short),
                        pair.factor.normalize()
                    )
                })
                .collect();
            if alert.almost_entirely {
                pairs.push("an hour failed almost entirely".to_owned());
            }
            pairs.join(", ")
        }
    }
}

fn cost(alert: &Fired) -> String {
    let Some(cost) = alert.cost else {
        return String::new();
    };
    let whole = words::percent(Some(cost.whole));
    let Some(before) = cost.before else {
        return format!("; at least {whole} of the budget spent");
    };
    let gone = match (cost.was_gone, cost.gone_after) {
        (Some(true), _) => "; the budget was gone already".to_owned(),
        (_, Some(after)) => {
            format!("; the budget was gone {} later", words::span(float(after)))
        }
        (_, None) => String::new(),
    };
    format!(
        "; {} of the budget spent before, {whole} in all{gone}",
        words::percent(Some(before))
    )
}

fn incident(group: &Labels, incident: &Incident) -> String {
    let lasted = words::span(float(incident.span.seconds()));
    let open = if incident.is_open {
        ", and still at the end"
    } else {
        ""
    };
    let downtime = if incident.in_downtime {
        ", in planned downtime that counts"
    } else {
        ""
    };
    format!(
        "{}{}, for {lasted}{open}: {} of the budget, {} of {} bad, at most {}{downtime}",
        minute(incident.span.start),
        suffix(group),
        words::percent(incident.spent),
        events_of(incident.events.bad),
        events_of(incident.events.total),
        words::rate(Some(incident.peak_burn))
    )
}
