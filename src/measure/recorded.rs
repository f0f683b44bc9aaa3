//! What the rules have recorded.

use std::collections::{BTreeMap, HashMap};

use smol_str::SmolStr;

use super::Request;
use super::tiles::{Number, Tiles, count, group_of};
use crate::budget::{Span, TILE, TILE_SECONDS};
use crate::duration::Duration;
use crate::prometheus::{Error, Series};
use crate::promql::ast::MatchOp;
use crate::promql::{build, print};
use crate::rules::series::{BAD_TILE, TOTAL_TILE, any_of, recorded_by};
use crate::slo::{Slo, SloId};

/// Samples that an answer should have at most, so that it stays small.
const ANSWER: usize = 400_000;

type ById<'a> = HashMap<(&'a str, &'a str), &'a Slo>;

/// The recorded tiles of every SLO that has any.
pub(super) async fn tiles(
    request: &Request<'_, '_>,
    slos: &[&Slo],
) -> Result<BTreeMap<SloId, Tiles>, Error> {
    let by_id: ById<'_> = slos.iter().map(|slo| (ids(slo), *slo)).collect();
    let mut found: BTreeMap<SloId, Tiles> = BTreeMap::new();
    let per_slo = (2 * count(request.span)).max(1);
    for slos in slos.chunks((ANSWER / per_slo).max(1)) {
        let mut open = vec![request.span];
        while let Some(span) = open.pop() {
            match ask(request, slos, span).await {
                Ok(answer) => {
                    for series in &answer {
                        add(&by_id, request.span, series, &mut found);
                    }
                }
                Err(error)
                    if (error.is_too_much() || error.is_late()) && span.seconds() > 288 * TILE =>
                {
                    let middle = span.start + span.seconds() / 2 / TILE * TILE;
                    open.push(Span {
                        end: middle,
                        ..span
                    });
                    open.push(Span {
                        start: middle,
                        ..span
                    });
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

fn ids(slo: &Slo) -> (&str, &str) {
    (&slo.id.service, &slo.id.name)
}

async fn ask(request: &Request<'_, '_>, slos: &[&Slo], span: Span) -> Result<Vec<Series>, Error> {
    let names = [TOTAL_TILE, BAD_TILE].map(SmolStr::new_static);
    let mut selector = recorded_by(slos, &names);
    let slos = any_of(slos.iter().map(|slo| slo.id.name.as_str()));
    let is_one = build::matcher("slo", MatchOp::Regex, slos);
    selector.matchers.push(is_one);
    // The samples that are nearest to the ends of the tiles of this stretch, and no others.
    let length = Duration::from_secs(span.seconds().unsigned_abs());
    let length = length.saturating_sub(Duration::from_millis(1));
    let range = build::range(request.scope.selector(&selector), length);
    let end = super::float(span.end) + TILE_SECONDS / 2.0 - 0.001;
    request.client.samples(&print(&range), end).await
}

fn add(by_id: &ById<'_>, span: Span, series: &Series, found: &mut BTreeMap<SloId, Tiles>) {
    let label = |name: &str| series.labels.get(name).map_or("", String::as_str);
    let number = match label("__name__") {
        TOTAL_TILE => Number::Total,
        BAD_TILE => Number::Bad,
        _ => return,
    };
    let Some(slo) = by_id.get(&(label("service"), label("slo"))) else {
        return;
    };
    let group = group_of(slo, &series.labels);
    let tiles = found.entry(slo.id.clone()).or_default();
    tiles.add(&group, number, span, &series.points);
}
