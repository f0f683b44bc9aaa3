use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _, Zoned};

use super::super::write::Html;
use super::{label, shape, share};
use crate::budget::Span;
use crate::report::review::text::Clock;

/// What a chart shows: from when to when, and from which value to which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) span: Span,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Size of the part that is stretched.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 200.0;

/// A line that was seen at these instants; it has gaps where there is no value.
pub(super) type Line = Vec<(i64, Option<f64>)>;

/// The stretched part; what is drawn in it has no text.
pub(super) fn stretched(html: &mut Html, draw: impl FnOnce(&mut Html)) {
    html.tag("svg")
        .attr("viewBox", &format!("0 0 {WIDTH} {HEIGHT}"))
        .attr("preserveAspectRatio", "none")
        .attr("width", "100%")
        .attr("height", "100%")
        .inside(draw);
}

impl Frame {
    /// Where an instant is, as a share of the width.
    pub(super) fn x(&self, at: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a period")]
        let share = at.saturating_sub(self.span.start) as f64 / self.span.seconds().max(1) as f64;
        share.clamp(0.0, 1.0)
    }

    /// Where a value is, as a share of the height, from above.
    pub(super) fn y(&self, value: f64) -> f64 {
        let size = self.high - self.low;
        if size > 0.0 && value.is_finite() {
            ((self.high - value) / size).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// A point in tenths of the stretched part.
    fn point(&self, at: i64, value: f64) -> (i64, i64) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 10,000")]
        let tenths = |size: f64| (size * 10.0).round() as i64;
        (tenths(self.x(at) * WIDTH), tenths(self.y(value) * HEIGHT))
    }

    /// A line across at each of these values, with what it is.
    pub(super) fn grid(&self, html: &mut Html, values: &[(f64, String)]) {
        for (value, text) in values {
            let y = share(self.y(*value));
            let class = if *value == 0.0 {
                "line-zero"
            } else {
                "line-grid"
            };
            let at = [("x1", "0"), ("x2", "100%"), ("y1", &*y), ("y2", &*y)];
            shape(html, "line", class, &at);
            let tag = html.class("text", "left").attr("x", "-8");
            tag.attr("y", &y).attr("dy", "0.35em").text(text);
        }
    }

    /// Instants below the chart.
    pub(super) fn times(&self, html: &mut Html, clock: &Clock) {
        for (index, at) in ticks(self.span, clock).into_iter().enumerate() {
            let x = self.x(at);
            let text = if self.span.seconds() > 2 * 86_400 {
                clock.shown(at, "%-d %b")
            } else {
                clock.shown(at, "%H:%M")
            };
            let class = match x {
                x if x < 0.04 => "below first",
                x if x > 0.96 => "below last",
                // A narrow screen has room for every other one.
                _ if index % 2 == 1 => "below minor",
                _ => "below",
            };
            let place = share(x);
            let at = [
                ("x1", &*place),
                ("x2", &*place),
                ("y1", "100%"),
                ("y2", "100%"),
            ];
            shape(html, "line", "line-tick", &at);
            let tag = html.class("text", class).attr("x", &place);
            tag.attr("y", "100%").attr("dy", "1.5em").text(&text);
        }
    }

    /// A stretch of time over the whole height; never too short to be seen.
    pub(super) fn stretch(&self, html: &mut Html, class: &str, span: Span) {
        let (start, end) = (self.x(span.start), self.x(span.end));
        let width = share((end - start).max(0.003));
        let start = share(start.min(0.997));
        let at = [
            ("x", &*start),
            ("width", &*width),
            ("y", "0"),
            ("height", "100%"),
        ];
        shape(html, "rect", class, &at);
    }

    /// Text above a stretch of time.
    pub(super) fn above(&self, html: &mut Html, span: Span, text: &str) {
        let middle = f64::midpoint(self.x(span.start), self.x(span.end));
        label(html, "above", (&share(middle), "-6"), text);
    }

    /// The path of a line; a point alone becomes a dot.
    pub(super) fn line(&self, line: &Line) -> String {
        let mut path = Path::default();
        for run in runs(line) {
            let points = self.points(&run);
            path.run(&points);
            if points.len() == 1 {
                path.text.push_str("h0");
            }
        }
        path.text
    }

    /// The path of the area between a line and a value.
    pub(super) fn area(&self, line: &Line, base: f64) -> String {
        let mut path = Path::default();
        for run in runs(line) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let mut points = vec![self.point(first.0, base)];
                points.extend(self.points(&run));
                points.push(self.point(last.0, base));
                path.run(&points);
                path.text.push('z');
            }
        }
        path.text
    }

    /// The path of the area between two lines that were seen at the same instants.
    pub(super) fn between(&self, upper: &Line, lower: &Line) -> String {
        let mut path = Path::default();
        for (upper, lower) in runs(upper).into_iter().zip(runs(lower)) {
            let mut points = self.points(&upper);
            points.extend(self.points(&lower).into_iter().rev());
            path.run(&points);
            path.text.push('z');
        }
        path.text
    }

    fn points(&self, run: &[(i64, f64)]) -> Vec<(i64, i64)> {
        let mut points: Vec<(i64, i64)> = Vec::new();
        for (at, value) in run {
            let point = self.point(*at, *value);
            // In the middle of a level stretch nothing is to be seen.
            if let [.., before, last] = points.as_slice()
                && before.1 == last.1
                && last.1 == point.1
            {
                points.pop();
            }
            points.push(point);
        }
        points
    }
}

/// Stretches in which nothing was measured, from the last point before to the next one.
pub(super) fn gaps(line: &Line) -> Vec<Span> {
    let mut gaps = Vec::new();
    let mut start = None;
    let mut before = None;
    for (at, value) in line {
        match (value, start) {
            (None, None) => start = Some(before.unwrap_or(*at)),
            (Some(_), Some(from)) => {
                gaps.push(Span {
                    start: from,
                    end: *at,
                });
                start = None;
            }
            _ => {}
        }
        before = Some(*at);
    }
    let end = before.unwrap_or_default();
    gaps.extend(start.map(|start| Span { start, end }));
    gaps.retain(|gap| !gap.is_empty());
    gaps
}

/// Stretches of a line without a gap.
fn runs(line: &Line) -> Vec<Vec<(i64, f64)>> {
    let known = |(at, value): &(i64, Option<f64>)| Some((*at, (*value)?));
    let runs = line.split(|(_, value)| value.is_none());
    let runs = runs.map(|run| run.iter().filter_map(known).collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty()).collect()
}

/// The commands of a path; relative, since they are shorter so.
#[derive(Debug, Default)]
struct Path {
    text: String,
}

impl Path {
    fn run(&mut self, points: &[(i64, i64)]) {
        let mut last: Option<(i64, i64)> = None;
        for (x, y) in points {
            let (command, x_step, y_step) = match last {
                None => ('M', *x, *y),
                Some((last_x, last_y)) => ('l', x - last_x, y - last_y),
            };
            let (x_step, y_step) = (tenths(x_step), tenths(y_step));
            let _ = match (command, y_step.as_str()) {
                ('l', "0") => write!(self.text, "h{x_step}"),
                _ => write!(self.text, "{command}{x_step},{y_step}"),
            };
            last = Some((*x, *y));
        }
    }
}

/// Tenths as a number.
fn tenths(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    match size % 10 {
        0 => format!("{sign}{}", size / 10),
        rest => format!("{sign}{}.{rest}", size / 10),
    }
}

/// Steps between two instants below a chart.
const STEPS: [i64; 16] = [
    1, 3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 480, 720, 1_440, 2_160, 4_320,
];
/// Instants below a chart, at most.
const TICKS: i64 = 6;

/// Midnights, or full hours where the chart is about a day or two.
fn ticks(span: Span, clock: &Clock) -> Vec<i64> {
    let hours = span.seconds() / 3_600;
    let step = STEPS.into_iter().find(|step| hours / step < TICKS);
    first(span, clock, step).map_or_else(Vec::new, |(first, step)| {
        let next = |at: &Zoned| step(at.clone());
        let all = std::iter::successors(Some(first), next);
        all.map(|at| at.timestamp().as_second())
            .take_while(|at| *at <= span.end)
            .filter(|at| *at >= span.start)
            .take(20)
            .collect()
    })
}

type Step = Box<dyn Fn(Zoned) -> Option<Zoned>>;

/// The midnight at or before the start, and how to get from one tick to the next.
fn first(span: Span, clock: &Clock, step: Option<i64>) -> Option<(Zoned, Step)> {
    let step = step.unwrap_or(8_640);
    let start = Timestamp::from_second(span.start).ok()?;
    let midnight = start.to_zoned(clock.zone().clone()).start_of_day().ok()?;
    let next: Step = if step < 24 {
        Box::new(move |at| at.checked_add(step.hours()).ok())
    } else {
        Box::new(move |at| at.checked_add((step / 24).days()).ok())
    };
    let is_inside = midnight.timestamp() >= start;
    let first = if is_inside || step < 24 {
        midnight
    } else {
        midnight.tomorrow().ok()?
    };
    Some((first, next))
}
