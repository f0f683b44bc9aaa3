//! What was left of the budget over the period.

use super::super::parts::{self, Column};
use super::super::write::Html;
use super::frame::{Frame, Line, gaps, stretched};
use super::{image, legend, nothing, numbers, shape, share, some};
use crate::budget::{Point, Span};
use crate::report::review::text::{self, Clock};
use crate::review::SloReview;
use crate::words;

/// Pieces that a line is cut into; each shows its lowest and its highest point.
const PIECES: i64 = 160;
/// How far below nothing a chart goes; who overspends more is told so.
const LOWEST: f64 = -1.5;
/// Incidents that are numbered in a chart.
const NUMBERED: usize = 9;

/// The chart with its legend and its numbers.
pub(in super::super) fn budget(html: &mut Html, slo: &SloReview, clock: &Clock) {
    let known = slo.timeline.iter().filter_map(|point| point.left);
    let known = known.filter(|left| left.is_finite());
    let Some(lowest) = known.reduce(f64::min) else {
        nothing(html, "Nothing was measured, so there is no chart.");
        return;
    };
    let span = Span {
        start: slo.objective.span.start,
        end: slo.objective.ends.max(slo.objective.span.end),
    };
    let frame = Frame {
        span,
        low: low(lowest),
        high: 1.0,
    };
    let promise = promise_line(slo).filter(|line| *line >= frame.low);
    html.class("figure", "chart").inside(|html| {
        let title = format!("Budget left of {}", text::title(slo));
        image(html, "plot", &title, &about(slo, lowest, clock), |html| {
            draw(html, slo, &frame, promise, clock);
        });
        html.line();
        signs(html, slo, &frame, promise, lowest);
    });
    numbers(html, |html| table(html, slo, clock));
}

/// Where the vertical axis begins.
fn low(lowest: f64) -> f64 {
    if lowest >= 0.0 {
        0.0
    } else {
        ((lowest * 4.0).floor() / 4.0).max(LOWEST)
    }
}

/// What is left of the budget when the promise is broken, where both have one period.
fn promise_line(slo: &SloReview) -> Option<f64> {
    use rust_decimal::prelude::ToPrimitive as _;

    let promise = slo.promise.as_ref()?;
    let is_same = promise.span == slo.objective.span && promise.ends == slo.objective.ends;
    let hundred = rust_decimal::Decimal::ONE_HUNDRED;
    let times = (hundred - promise.percent).checked_div(hundred - slo.objective.percent)?;
    is_same.then_some(1.0 - times.to_f64()?)
}

fn draw(html: &mut Html, slo: &SloReview, frame: &Frame, promise: Option<f64>, clock: &Clock) {
    for span in gaps(&whole(slo)) {
        frame.stretch(html, "gap", span);
    }
    for incident in &slo.incidents {
        frame.stretch(html, "incident", incident.span);
    }
    frame.grid(html, &levels(frame.low));
    let line = thinned(&slo.timeline, frame.span);
    stretched(html, |html| {
        for (class, part) in [("area", above(&line)), ("area over", below(&line))] {
            let path = frame.area(&part, 0.0);
            if !path.is_empty() {
                shape(html, "path", class, &[("d", &path)]);
            }
        }
        shape(html, "path", "line-budget", &[("d", &frame.line(&line))]);
    });
    if let Some(promise) = promise {
        let y = share(frame.y(promise));
        let at = [("x1", "0"), ("x2", "100%"), ("y1", &*y), ("y2", &*y)];
        shape(html, "line", "line-promise", &at);
    }
    frame.times(html, clock);
    let mut taken: Vec<f64> = Vec::new();
    for (index, incident) in slo.incidents.iter().take(NUMBERED).enumerate() {
        let x = f64::midpoint(frame.x(incident.span.start), frame.x(incident.span.end));
        // Numbers that would stand in each other are left to the table.
        if taken.iter().all(|other| (other - x).abs() > 0.03) {
            taken.push(x);
            frame.above(html, incident.span, &(index + 1).to_string());
        }
    }
}

/// The line with all of its points.
fn whole(slo: &SloReview) -> Line {
    let points = slo.timeline.iter();
    points.map(|point| (point.at, point.left)).collect()
}

/// What of a line is above nothing.
fn above(line: &Line) -> Line {
    let above = |left: f64| left.max(0.0);
    line.iter()
        .map(|(at, left)| (*at, left.map(above)))
        .collect()
}

/// What of it is below; nothing when the budget was never overspent.
fn below(line: &Line) -> Line {
    let is_any = line
        .iter()
        .any(|(_, left)| left.is_some_and(|left| left < 0.0));
    let below = |left: f64| left.min(0.0);
    let line = line.iter().filter(|_| is_any);
    line.map(|(at, left)| (*at, left.map(below))).collect()
}

fn levels(low: f64) -> Vec<(f64, String)> {
    let levels = [1.0, 0.5, 0.0, -0.5, -1.0, -1.5].into_iter();
    let levels = levels.filter(|level| *level >= low);
    levels
        .map(|level| (level, format!("{:.0} %", level * 100.0)))
        .collect()
}

fn signs(html: &mut Html, slo: &SloReview, frame: &Frame, promise: Option<f64>, lowest: f64) {
    let mut signs = vec![("line-budget", "budget left".to_owned())];
    if !slo.incidents.is_empty() {
        signs.push(("incident", "incident, numbered as below".to_owned()));
    }
    if !gaps(&whole(slo)).is_empty() {
        signs.push(("gap", "nothing measured".to_owned()));
    }
    if frame.low < 0.0 {
        signs.push(("line-zero", "budget gone".to_owned()));
    }
    if promise.is_some() {
        signs.push(("line-promise", "promise broken".to_owned()));
    }
    legend(html, &signs);
    if lowest < frame.low {
        let lowest = words::percent(Some(lowest));
        parts::muted(
            html,
            &format!("The line goes on below the chart, down to {lowest}."),
        );
    }
}

fn about(slo: &SloReview, lowest: f64, clock: &Clock) -> String {
    let measured = |point: &&Point| point.left.is_some();
    let first = slo.timeline.iter().find(measured);
    let last = slo.timeline.iter().rev().find(measured);
    let at = |point: Option<&Point>| {
        point.map_or_else(String::new, |point| {
            format!(
                "{} on {}",
                words::percent(point.left),
                clock.instant(point.at)
            )
        })
    };
    format!(
        "From {} to {}; the lowest was {}. {}.",
        at(first),
        at(last),
        words::percent(Some(lowest)),
        words::count(slo.incidents.len(), "incident"),
    )
}

fn table(html: &mut Html, slo: &SloReview, clock: &Clock) {
    const COLUMNS: [Column; 2] = [Column::text("When"), Column::number("Budget left")];
    let caption = format!("Budget left; times in {}", clock.name());
    parts::table(
        html,
        &caption,
        &COLUMNS,
        some(&slo.timeline),
        |row, point| {
            row.head(|html| html.text(&clock.instant(point.at)));
            row.text(&text::left(point.left));
        },
    );
}

/// A line with the lowest and the highest point of each piece, in the order of time.
fn thinned(points: &[Point], span: Span) -> Line {
    let width = (span.seconds() / PIECES).max(1);
    let piece = |point: &Point| point.at.saturating_sub(span.start) / width;
    let mut line = Line::new();
    for points in points.chunk_by(|a, b| piece(a) == piece(b)) {
        let known = points
            .iter()
            .filter_map(|point| Some((point.at, point.left?)));
        let known = known.filter(|(_, left)| left.is_finite());
        let low = known.clone().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = known.max_by(|a, b| a.1.total_cmp(&b.1));
        match (low, high) {
            (Some(low), Some(high)) => {
                let (one, other) = if low.0 <= high.0 {
                    (low, high)
                } else {
                    (high, low)
                };
                line.push((one.0, Some(one.1)));
                if other.0 != one.0 {
                    line.push((other.0, Some(other.1)));
                }
            }
            _ => line.extend(points.first().map(|point| (point.at, None))),
        }
    }
    line
}
