//! The anchored scale over time.

use futures_util::future::try_join_all;

use super::Request;
use super::build::Subject;
use super::model::{Band, Happiness, HappinessPoint};
use crate::budget::{Events, Span, TILE, Track};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::Expr;
use crate::replay::{Question, Table, ask, is_absent, millis};
use crate::rules::{self, Scale};
use crate::slo::{Anchor, Satisfaction, Sli};
use crate::words;

/// Stretches of a chart at most.
const POINTS: i64 = 60;

/// How the scale was over the period that is reported; `None` for other SLIs.
pub(super) async fn happiness(
    request: &Request<'_, '_>,
    subject: &Subject<'_>,
    track: &Track,
) -> Result<Option<Happiness>, Error> {
    let slo = subject.slo;
    let Sli::Satisfaction(sli) = &slo.sli.value else {
        return Ok(None);
    };
    let span = Span {
        end: request.at.min(subject.objective.span.end),
        ..subject.objective.span
    };
    let step = (span.seconds() / POINTS / TILE + 1) * TILE;
    let Some(Scale { mut within, total }) = rules::scale(slo, length(step)) else {
        return Ok(None);
    };
    within.push(total);
    let tables = match tables(request, within, span, step).await {
        Ok(tables) => tables,
        // What cannot be evaluated is said already.
        Err(Error::Execution { .. } | Error::BadQuery { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let series: Vec<Vec<f64>> = tables
        .iter()
        .map(|table| column(table, &track.group))
        .collect();
    let instants = tables.first().map(|table| table.grid.instants());
    let points: Vec<HappinessPoint> = instants
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, at)| {
            let up_to: Vec<f64> = series
                .iter()
                .map(|values| values.get(index).copied().unwrap_or(f64::NAN))
                .collect();
            let at = at / 1000;
            point(at, &up_to, track.events(Span::before(at, step)))
        })
        .collect();
    let sums: Vec<f64> = series
        .iter()
        .map(|values| values.iter().filter(|value| value.is_finite()).sum())
        .collect();
    let shares = shares(&sums);
    let index = |span| {
        track
            .events(span)
            .and_then(|events| Some(1.0 - events.ratio()?))
    };
    Ok(Some(Happiness {
        bands: bands(sli, &shares),
        index: index(span),
        previous: index(subject.objective.previous),
        points,
    }))
}

async fn tables(
    request: &Request<'_, '_>,
    exprs: Vec<Expr>,
    span: Span,
    step: i64,
) -> Result<Vec<Table>, Error> {
    let asked = exprs.into_iter().map(|expr| async move {
        let question = Question {
            query: request.scope.query(&expr),
            step: millis(length(step)),
        };
        // A stretch that begins before the period would tell of another one.
        let since = (span.start + step).saturating_mul(1000);
        ask(
            request.client,
            &question,
            (since, span.end.saturating_mul(1000)),
        )
        .await
    });
    try_join_all(asked).await
}

fn length(seconds: i64) -> Duration {
    Duration::from_secs(seconds.unsigned_abs())
}

/// The values of one group; NaN where there are none.
fn column(table: &Table, group: &Labels) -> Vec<f64> {
    let is_it = |labels: &Labels| group.iter().all(|(k, v)| labels.get(k) == Some(v));
    let found = table.columns.iter().find(|column| is_it(&column.labels));
    let value = |value: &f64| if is_absent(*value) { f64::NAN } else { *value };
    match found {
        Some(column) => column.values.iter().map(value).collect(),
        None => vec![f64::NAN; table.grid.count],
    }
}

fn point(at: i64, up_to: &[f64], events: Option<Events>) -> HappinessPoint {
    HappinessPoint {
        at,
        shares: shares(up_to),
        index: events.and_then(|events| Some(1.0 - events.ratio()?)),
    }
}

/// The share of each band, from the requests up to each bound and all of them.
fn shares(up_to: &[f64]) -> Vec<f64> {
    let Some(total) = up_to.last().copied().filter(|total| *total > 0.0) else {
        return Vec::new();
    };
    if up_to.iter().any(|requests| !requests.is_finite()) {
        return Vec::new();
    }
    let mut before = 0.0;
    let share = |requests: &f64| {
        let share = ((requests - before) / total).clamp(0.0, 1.0);
        before = *requests;
        share
    };
    up_to.iter().map(share).collect()
}

fn bands(sli: &Satisfaction, shares: &[f64]) -> Vec<Band> {
    let bound = |anchor: &Anchor| {
        let within = anchor.within.as_ref();
        within.map(|within| words::window(within.value))
    };
    let mut before: Option<String> = None;
    let band = |(index, anchor): (usize, &Anchor)| {
        let upper = bound(anchor);
        let bounds = match (&before, &upper) {
            (None, Some(upper)) => format!("up to {upper}"),
            (Some(lower), Some(upper)) => format!("{lower} to {upper}"),
            (Some(lower), None) if sli.errors_where.is_some() => {
                format!("over {lower}, or failed")
            }
            (Some(lower), None) => format!("over {lower}"),
            (None, None) => "all".to_owned(),
        };
        before = upper;
        Band {
            name: anchor.name.value.clone(),
            bounds,
            pain: rust_decimal::prelude::ToPrimitive::to_f64(&anchor.pain).unwrap_or(f64::NAN),
            share: shares.get(index).copied(),
        }
    };
    sli.anchors.iter().enumerate().map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_what_lies_between_the_bounds() {
        assert_eq!(shares(&[70.0, 90.0, 100.0]), [0.7, 0.2, 0.1]);
        // Nothing is said of nothing.
        assert_eq!(shares(&[0.0, 0.0]), Vec::<f64>::new());
        assert_eq!(shares(&[f64::NAN, 5.0]), Vec::<f64>::new());
    }
}
