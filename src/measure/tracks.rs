//! From tiles to tracks.

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive;

use super::Request;
use super::tiles::{Tiles, count};
use crate::budget::{Join, Part, Span, TILE, Track};
use crate::prometheus::Labels;
use crate::rules::{Catalogue, expected_groups};
use crate::slo::{Composite, Sli, Slo, SloId};

/// The tracks of an SLO from the tiles of the SLOs that measure for it, in their order.
pub(super) fn tracks(
    request: &Request<'_, '_>,
    slo: &Slo,
    ids: &[&SloId],
    tiles: &[&Tiles],
) -> Vec<Track> {
    let excluded: Vec<Span> = slo
        .downtime
        .iter()
        .filter(|downtime| downtime.excluded)
        .map(|downtime| Span {
            start: downtime.start.as_second(),
            end: downtime.end.as_second(),
        })
        .collect();
    let reach = slo.scrape().map_or(0, |scrape| scrape.millis() / 1000);
    let reach = i64::try_from(reach).unwrap_or(0);
    let join = join(request.all, slo, ids).unwrap_or(Join::Part(0));
    let first_end = request.span.start + TILE;
    let of_group = |group: Labels| {
        let parts: Vec<Part> = tiles
            .iter()
            .map(|tiles| sum(tiles, &group, count(request.span)))
            .collect();
        Track::new(group, first_end, join.clone(), &parts, &excluded, reach)
    };
    groups(slo, tiles).into_iter().map(of_group).collect()
}

/// The groups that were measured or are listed; one without labels where there are none.
fn groups(slo: &Slo, tiles: &[&Tiles]) -> BTreeSet<Labels> {
    let measured = tiles.iter().flat_map(|tiles| tiles.groups.keys());
    let own = |labels: &Labels| {
        let mut group = labels.clone();
        group.retain(|label, _| slo.group_labels().any(|own| own == label));
        group
    };
    let mut groups: BTreeSet<Labels> = measured.map(own).collect();
    for listed in expected_groups(slo) {
        if !groups.iter().any(|group| holds(group, &listed)) {
            groups.insert(listed);
        }
    }
    if groups.is_empty() {
        groups.insert(Labels::new());
    }
    groups
}

fn holds(labels: &Labels, group: &Labels) -> bool {
    group
        .iter()
        .all(|(label, value)| labels.get(label) == Some(value))
}

/// The tiles of all groups of a component that belong to a group of the whole.
fn sum(tiles: &Tiles, group: &Labels, count: usize) -> Part {
    let mut sum = Part {
        bad: vec![f64::NAN; count],
        total: vec![f64::NAN; count],
    };
    for (_, part) in tiles.groups.iter().filter(|(own, _)| holds(own, group)) {
        let values = sum.bad.iter_mut().zip(&mut sum.total);
        for ((bad, total), (more_bad, more)) in values.zip(part.bad.iter().zip(&part.total)) {
            if more_bad.is_finite() && more.is_finite() {
                *bad = more_bad + if bad.is_nan() { 0.0 } else { *bad };
                *total = more + if total.is_nan() { 0.0 } else { *total };
            }
        }
    }
    sum
}

/// How the error ratio of an SLO is made from those that measure something; `None` where one
/// of these is not among `ids`.
pub(crate) fn join(all: &Catalogue<'_>, slo: &Slo, ids: &[&SloId]) -> Option<Join> {
    let component = |id: &SloId| join(all, all.get(id)?, ids);
    match &slo.sli.value {
        Sli::Composite(Composite::Every(steps)) => {
            let steps = steps.iter().map(|step| component(&step.value));
            Some(Join::Every(steps.collect::<Option<_>>()?))
        }
        Sli::Composite(Composite::Weighted(parts)) => {
            let parts = parts.iter().map(|part| {
                let weight = part.weight.value.to_f64()?;
                Some((weight, component(&part.slo.value)?))
            });
            Some(Join::Weighted(parts.collect::<Option<_>>()?))
        }
        _ => Some(Join::Part(ids.iter().position(|id| **id == slo.id)?)),
    }
}
