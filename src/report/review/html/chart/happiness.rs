//! The bands of an anchored scale, stacked, with the happiness index as a line over them.

use super::super::parts::{self, Column};
use super::super::write::Html;
use super::frame::{Frame, Line, gaps, stretched};
use super::{image, legend, nothing, numbers, shape, some};
use crate::budget::Span;
use crate::report::review::text::{self, Clock};
use crate::review::{Band, Happiness, HappinessPoint, SloReview};
use crate::words;

/// Pieces that a chart is cut into; each shows its mean.
const PIECES: i64 = 120;
/// Steps of the colours, from the best band to the worst.
const COLOURS: usize = 6;

/// The chart with its legend, and the numbers of the bands.
pub(in super::super) fn happiness(
    html: &mut Html,
    slo: &SloReview,
    scale: &Happiness,
    clock: &Clock,
) {
    parts::paragraph(html, &text::happiness(slo, scale));
    bands(html, slo, scale);
    let points = thinned(scale, slo.objective.span);
    if points.iter().all(|point| point.shares.is_empty()) {
        nothing(
            html,
            "Nothing was measured over time, so there is no chart.",
        );
        return;
    }
    let frame = Frame {
        span: slo.objective.span,
        low: low(&points),
        high: 1.0,
    };
    html.class("figure", "chart").inside(|html| {
        let title = format!("How customers felt about {}", text::title(slo));
        image(html, "plot", &title, &about(scale), |html| {
            draw(html, scale, &points, &frame, clock);
        });
        html.line();
        signs(html, scale);
        if frame.low > 0.0 {
            let low = words::percent(Some(frame.low));
            parts::muted(
                html,
                &format!("The chart begins at {low}, so that little is seen, too."),
            );
        }
    });
    numbers(html, |html| table(html, scale, clock));
}

/// Where the vertical axis begins: at nothing, or, where all is well, where it is not.
fn low(points: &[HappinessPoint]) -> f64 {
    let first = points
        .iter()
        .filter_map(|point| point.shares.first().copied());
    let index = points.iter().filter_map(|point| point.index);
    let lowest = first.chain(index).fold(1.0, f64::min);
    if lowest > 0.6 {
        ((lowest * 10.0 - 0.5).floor() / 10.0).clamp(0.0, 0.9)
    } else {
        0.0
    }
}

fn draw(
    html: &mut Html,
    scale: &Happiness,
    points: &[HappinessPoint],
    frame: &Frame,
    clock: &Clock,
) {
    // The top of the bands up to each: the best one lies at the bottom.
    let top = |band: usize| -> Line {
        let sum = |point: &HappinessPoint| point.shares.iter().take(band).sum::<f64>();
        let known = |point: &HappinessPoint| (!point.shares.is_empty()).then(|| sum(point));
        let top = points.iter().map(|point| (point.at, known(point)));
        top.collect()
    };
    let index: Line = points.iter().map(|point| (point.at, point.index)).collect();
    for span in gaps(&index) {
        frame.stretch(html, "gap", span);
    }
    stretched(html, |html| {
        for band in 0..scale.bands.len() {
            let area = frame.between(&top(band + 1), &top(band));
            let class = colour(band, scale.bands.len());
            shape(html, "path", &class, &[("d", &area)]);
        }
    });
    frame.grid(html, &levels(frame.low));
    stretched(html, |html| {
        let line = frame.line(&index);
        shape(html, "path", "line-halo", &[("d", &line)]);
        shape(html, "path", "line-index", &[("d", &line)]);
    });
    frame.times(html, clock);
}

fn levels(low: f64) -> Vec<(f64, String)> {
    let middle = f64::midpoint(low, 1.0);
    let levels = [1.0, middle, low].into_iter();
    levels
        .map(|level| (level, words::percent(Some(level))))
        .collect()
}

/// The class of a band's colour.
fn colour(band: usize, bands: usize) -> String {
    let last = bands.saturating_sub(1).max(1);
    let step = (band * (COLOURS - 1) + last / 2) / last;
    format!("band band-{}", step.min(COLOURS - 1))
}

fn signs(html: &mut Html, scale: &Happiness) {
    let mut signs = vec![("line-index".to_owned(), "happiness index".to_owned())];
    for (index, band) in scale.bands.iter().enumerate().rev() {
        signs.push((colour(index, scale.bands.len()), text::name(&band.name)));
    }
    if scale.points.iter().any(|point| point.index.is_none()) {
        signs.push(("gap".to_owned(), "nothing measured".to_owned()));
    }
    let signs: Vec<_> = signs
        .iter()
        .map(|(class, text)| (class.as_str(), text.clone()))
        .collect();
    legend(html, &signs);
}

fn about(scale: &Happiness) -> String {
    let bands = scale
        .bands
        .iter()
        .map(|band| format!("{} {}", text::name(&band.name), words::ratio(band.share)));
    let bands: Vec<_> = bands.collect();
    format!(
        "Over the whole period: {}; happiness index {}.",
        bands.join(", "),
        words::percent(scale.index),
    )
}

/// The bands over the whole period.
fn bands(html: &mut Html, slo: &SloReview, scale: &Happiness) {
    const COLUMNS: [Column; 4] = [
        Column::text("Customers call it"),
        Column::text("Waiting time"),
        Column::number("How much it hurts"),
        Column::wide("Share of requests"),
    ];
    let caption = text::coverage(slo.objective.coverage);
    let count = scale.bands.len();
    let rows = scale.bands.iter().enumerate();
    parts::table(html, &caption, &COLUMNS, rows, |row, (index, band)| {
        row.head(|html| html.text(&text::name(&band.name)));
        row.text(&band.bounds);
        row.text(&words::percent(Some(band.pain)));
        row.cell(|html| share(html, band, &colour(index, count)));
    });
}

fn share(html: &mut Html, band: &Band, class: &str) {
    html.class("span", "figure").text(&words::ratio(band.share));
    super::bar(html, class, band.share.unwrap_or(0.0));
}

fn table(html: &mut Html, scale: &Happiness, clock: &Clock) {
    let caption = format!("Each up to its instant; times in {}", clock.name());
    let heads = scale.bands.iter().map(|band| text::name(&band.name));
    let heads: Vec<String> = heads.collect();
    let columns: Vec<Column> = std::iter::once(Column::text("Up to"))
        .chain([Column::number("Happiness index")])
        .chain(heads.iter().map(|head| Column::number(head)))
        .collect();
    parts::table(
        html,
        &caption,
        &columns,
        some(&scale.points),
        |row, point| {
            row.head(|html| html.text(&clock.instant(point.at)));
            row.text(&words::percent(point.index));
            for band in 0..heads.len() {
                row.text(&words::ratio(point.shares.get(band).copied()));
            }
        },
    );
}

/// The means of the pieces of a chart.
fn thinned(scale: &Happiness, span: Span) -> Vec<HappinessPoint> {
    let width = (span.seconds() / PIECES).max(1);
    let piece = |point: &HappinessPoint| point.at.saturating_sub(span.start) / width;
    let pieces = scale.points.chunk_by(|a, b| piece(a) == piece(b));
    let pieces = pieces.map(|points| HappinessPoint {
        at: points.last().map_or(0, |point| point.at),
        index: mean(points.iter().filter_map(|point| point.index)),
        shares: (0..scale.bands.len())
            .filter_map(|band| mean(points.iter().filter_map(|p| p.shares.get(band).copied())))
            .collect(),
    });
    let mut pieces: Vec<_> = pieces.collect();
    // A band that is missing from some would move the others.
    for piece in &mut pieces {
        if piece.shares.len() < scale.bands.len() {
            piece.shares.clear();
        }
    }
    pieces
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values
        .filter(|value| value.is_finite())
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
