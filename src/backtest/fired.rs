//! Alerts: when each would have fired, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budget::Span;
use crate::burn::FAST_INTERVAL;
use crate::prometheus::Labels;
use crate::replay::millis;
use crate::rules::{Alarm, Rule, Why};
use crate::slo::Slo;

use super::model::Fired;
use super::runs::Runs;

/// An arm of an alert, and where it holds, by series.
pub(super) struct Held<'a> {
    pub(super) why: Why,
    pub(super) series: &'a [(Arc<Labels>, Runs)],
}

/// When an alert of an SLO fires within a stretch. The arms were looked at from before the
/// stretch up to its end.
pub(super) fn fired(slo: &Slo, alarm: &Alarm, arms: &[Held<'_>], span: Span) -> Vec<Fired> {
    let Rule::Alert { alert, hold, .. } = &alarm.rule else {
        return Vec::new();
    };
    let hold = hold.map_or(0, millis);
    let step = millis(FAST_INTERVAL);
    let last = (span.end * 1000).div_euclid(step) * step;
    let mut by_series: BTreeMap<&Labels, Vec<(Why, &Runs)>> = BTreeMap::new();
    for arm in arms {
        for (labels, runs) in arm.series {
            let all = by_series.entry(labels).or_default();
            all.push((arm.why, runs));
        }
    }
    let mut found = Vec::new();
    for (labels, held) in by_series {
        let runs = Runs::any(held.iter().map(|(_, runs)| *runs), step);
        for (start, end) in runs.firing(hold, step, last) {
            if end.is_some_and(|end| end <= span.start * 1000) {
                continue;
            }
            // When it began is not known then, since nobody looked that far back.
            let began_before = start <= span.start * 1000;
            let is_holding = |runs: &Runs| !began_before && runs.holds_at(start);
            let holding = || held.iter().filter(|(_, runs)| is_holding(runs));
            let pair = |(why, _): &(Why, &Runs)| match why {
                Why::Pair(pair) => Some(*pair),
                Why::AlmostEntirely | Why::Whole => None,
            };
            found.push(Fired {
                name: alert.clone(),
                kind: alarm.kind,
                severity: alarm.severity,
                labels: group(slo, labels),
                start: start.div_euclid(1000).max(span.start),
                end: end.map(|end| end.div_euclid(1000)),
                began_before,
                pairs: holding().filter_map(pair).collect(),
                almost_entirely: holding().any(|(why, _)| *why == Why::AlmostEntirely),
                cost: None,
                in_downtime: false,
            });
        }
    }
    found
}

/// Those labels that tell groups apart.
fn group(slo: &Slo, labels: &Labels) -> Labels {
    let own = slo.group_labels();
    let own = own.filter_map(|label| Some((label.to_owned(), labels.get(label)?.clone())));
    own.collect()
}
