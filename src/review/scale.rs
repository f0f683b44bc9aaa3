//! The anchored scale over time.

use futures_util::future::try_join_all;

use super::Request;
use super::build::Subject;
use super::model::{Band, Happiness, HappinessPoint};
use crate::budget::{Span, TILE, Track, float};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::Expr;
use crate::rules::{self, Scale};
use crate::slo::{Anchor, Satisfaction, Sli};
use crate::words;

/// Stretches of a chart at most.
const POINTS: i64 = 60;

/// What was asked of the anchored scale of an SLO; all its groups are in one answer.
pub(super) struct Asked<'s> {
    sli: &'s Satisfaction,
    span: Span,
    previous: Span,
    /// The stretches, and the requests up to each bound, and all of them, in each.
    stretches: Vec<(Span, Vec<Answer>)>,
}

/// Rates by group.
type Answer = Vec<(Labels, f64)>;

impl<'s> Asked<'s> {
    /// Asks about the period that is reported; `None` for other SLIs.
    pub(super) async fn ask(
        request: &Request<'_, '_>,
        subject: &Subject<'s>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Self>, Error> {
        let slo = subject.slo;
        let Sli::Satisfaction(sli) = &slo.sli.value else {
            return Ok(None);
        };
        let span = Span {
            end: request.at.min(subject.objective.span.end),
            ..subject.objective.span
        };
        let asked = stretches(span).into_iter().map(|stretch| async move {
            let Some(Scale { mut within, total }) = rules::scale(slo, length(stretch.seconds()))
            else {
                return Ok((stretch, Vec::new()));
            };
            within.push(total);
            let answers = within.iter().map(|expr| rates(request, expr, stretch.end));
            Ok::<_, Error>((stretch, try_join_all(answers).await?))
        });
        match try_join_all(asked).await {
            Ok(stretches) => Ok(Some(Self {
                sli,
                span,
                previous: subject.objective.previous,
                stretches,
            })),
            Err(error) => match super::attribution::why(&error) {
                Some(reason) => {
                    notes.push(format!(
                        "{}: the bands of its scale could not be asked: {reason}",
                        slo.id
                    ));
                    Ok(None)
                }
                None => Err(error),
            },
        }
    }

    /// What it says of one group. What was planned downtime is left out.
    pub(super) fn of(&self, track: &Track) -> Happiness {
        let bounds = self.sli.anchors.len();
        let mut sums = vec![0.0; bounds];
        let mut points = Vec::new();
        for (stretch, answers) in &self.stretches {
            let is_planned = track.excluded(*stretch) > 0;
            let up_to: Vec<f64> = answers
                .iter()
                .map(|answer| rate(answer, &track.group))
                .collect();
            let shares = if is_planned {
                Vec::new()
            } else {
                shares(&up_to)
            };
            if !shares.is_empty() {
                let seconds = float(stretch.seconds());
                for (sum, rate) in sums.iter_mut().zip(&up_to) {
                    *sum += rate * seconds;
                }
            }
            points.push(HappinessPoint {
                at: stretch.end,
                shares,
                index: index(track, *stretch),
            });
        }
        Happiness {
            bands: bands(self.sli, &shares(&sums)),
            index: index(track, self.span),
            previous: index(track, self.previous),
            points,
        }
    }
}

/// Stretches of the same length up to the end of a period; the first may be shorter.
fn stretches(span: Span) -> Vec<Span> {
    let step = (span.seconds() + POINTS * TILE - 1) / (POINTS * TILE) * TILE;
    let ends = (0..POINTS).map(|index| span.end - index * step);
    let ends = ends.take_while(|end| *end > span.start);
    let mut found: Vec<Span> = ends
        .map(|end| span.overlap(Span::before(end, step)))
        .collect();
    found.reverse();
    found
}

async fn rates(request: &Request<'_, '_>, expr: &Expr, at: i64) -> Result<Answer, Error> {
    let query = request.scope.query(expr);
    let answer = request.client.query(&query, float(at)).await?;
    let samples = answer.samples.into_iter();
    Ok(samples
        .map(|sample| (sample.labels, sample.value))
        .collect())
}

fn index(track: &Track, span: Span) -> Option<f64> {
    track
        .events(span)
        .and_then(|events| Some(1.0 - events.ratio()?))
}

fn length(seconds: i64) -> Duration {
    Duration::from_secs(seconds.unsigned_abs())
}

/// The rate of one group; NaN where there is none.
fn rate(answer: &Answer, group: &Labels) -> f64 {
    let is_it = |labels: &Labels| group.iter().all(|(k, v)| labels.get(k) == Some(v));
    let found = answer.iter().find(|(labels, _)| is_it(labels));
    found.map_or(f64::NAN, |(_, rate)| *rate)
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
    fn stretches_fill_the_period_up_to_its_end() {
        for seconds in [TILE, 7 * TILE, 86_400, 30 * 86_400, 31 * 86_400 + 3600] {
            let span = Span {
                start: 1_200,
                end: 1_200 + seconds,
            };
            let found = stretches(span);
            assert_eq!(
                (found[0].start, found.last().unwrap().end),
                (1_200, span.end)
            );
            assert!(found.windows(2).all(|two| two[0].end == two[1].start));
            assert!(found.len() <= 60, "{}", found.len());
        }
    }

    #[test]
    fn bands_are_what_lies_between_the_bounds() {
        assert_eq!(shares(&[70.0, 90.0, 100.0]), [0.7, 0.2, 0.1]);
        // Nothing is said of nothing.
        assert_eq!(shares(&[0.0, 0.0]), Vec::<f64>::new());
        assert_eq!(shares(&[f64::NAN, 5.0]), Vec::<f64>::new());
    }
}
