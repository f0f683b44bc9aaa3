//! Headlines and roll-ups.

use std::collections::{BTreeMap, BTreeSet};

use super::Request;
use super::model::{Counts, Held, Review, Rollup, SloReview};
use crate::slo::Decision;

/// Sentences at the top at most.
const HEADLINES: usize = 5;

/// The page: services in order of their names, in each the worst first.
pub(super) fn page(
    request: &Request<'_, '_>,
    mut slos: Vec<SloReview>,
    notes: Vec<String>,
) -> Review {
    slos.sort_by(|one, other| {
        let service = one.id.service.cmp(&other.id.service);
        service
            .then_with(|| worse(one, other))
            .then_with(|| (&one.id.name, &one.group).cmp(&(&other.id.name, &other.group)))
    });
    Review {
        at: request.at,
        period: request.which.title(),
        time_zone: request.time_zone.clone(),
        server: request.client.url(),
        headlines: headlines(&slos),
        rollups: rollups(&slos),
        slos,
        notes,
    }
}

/// Broken promises first, then missed objectives, then what nobody knows; by what is left.
fn worse(one: &SloReview, other: &SloReview) -> std::cmp::Ordering {
    let rank = |slo: &SloReview| (!is_promise_broken(slo), slo.held);
    let left = |slo: &SloReview| slo.objective.left.unwrap_or(f64::INFINITY);
    rank(one)
        .cmp(&rank(other))
        .then_with(|| left(one).total_cmp(&left(other)))
}

fn is_promise_broken(slo: &SloReview) -> bool {
    let promise = slo.promise.as_ref();
    promise.is_some_and(|promise| promise.held == Held::Missed)
}

fn headlines(slos: &[SloReview]) -> Vec<String> {
    let mut bad: Vec<&SloReview> = slos
        .iter()
        .filter(|slo| slo.held != Held::Held || is_promise_broken(slo))
        .collect();
    bad.sort_by(|one, other| worse(one, other));
    let mut headlines: Vec<String> = bad
        .iter()
        .take(HEADLINES)
        .map(|slo| format!("{}: {}", name(slo), slo.sentence))
        .collect();
    if bad.len() > HEADLINES {
        headlines.push(format!("{} more are below.", bad.len() - HEADLINES));
    }
    if bad.is_empty() {
        headlines.push(match slos {
            [] => "There is nothing to report.".to_owned(),
            [slo] => format!("The objective was held. {}", slo.sentence),
            _ => {
                let closest = slos.iter().min_by(|one, other| worse(one, other));
                let closest = closest.map_or_else(String::new, |slo| {
                    format!(" Closest to its limit is {}: {}", name(slo), slo.sentence)
                });
                format!("All {} objectives were held.{closest}", slos.len())
            }
        });
    }
    headlines
}

fn name(slo: &SloReview) -> String {
    let group: Vec<&str> = slo.group.values().map(String::as_str).collect();
    if group.is_empty() {
        slo.id.to_string()
    } else {
        format!("{} ({})", slo.id, group.join(", "))
    }
}

fn rollups(slos: &[SloReview]) -> Vec<Rollup> {
    let labels: BTreeSet<&String> = slos.iter().flat_map(|slo| slo.labels.keys()).collect();
    let owner = rollup("owner", slos, |slo| slo.owner.clone());
    let others = labels.into_iter().filter(|label| *label != "owner");
    let others = others.map(|label| rollup(label, slos, |slo| slo.labels.get(label).cloned()));
    std::iter::once(owner).chain(others).collect()
}

fn rollup(label: &str, slos: &[SloReview], of: impl Fn(&SloReview) -> Option<String>) -> Rollup {
    let mut rows: BTreeMap<String, Counts> = BTreeMap::new();
    for slo in slos {
        let counts = rows.entry(of(slo).unwrap_or_default()).or_default();
        let add = |count: &mut usize, is_so: bool| *count += usize::from(is_so);
        add(&mut counts.all, true);
        add(&mut counts.held, slo.held == Held::Held);
        add(&mut counts.missed, slo.held == Held::Missed);
        add(&mut counts.unknown, slo.held == Held::Unknown);
        add(&mut counts.promise_broken, is_promise_broken(slo));
        let decision = slo.policy.decision;
        add(&mut counts.freeze, decision == Some(Decision::Freeze));
        add(&mut counts.slow, decision == Some(Decision::Slow));
    }
    Rollup {
        label: label.to_owned(),
        rows,
    }
}
