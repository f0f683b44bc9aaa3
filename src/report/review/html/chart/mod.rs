//! Charts as SVG. Text keeps its size however wide a chart is: it stands at shares of the
//! width, and only what has no text is stretched.

mod budget;
mod frame;
mod goals;
mod happiness;

pub(super) use budget::budget;
pub(super) use goals::goals;
pub(super) use happiness::happiness;

use super::parts;
use super::write::Html;
use crate::words;

/// A share of the width or height, to a tenth: `12.3%`.
fn share(share: f64) -> String {
    let percent = if share.is_finite() {
        share * 100.0
    } else {
        0.0
    };
    format!("{}%", tenth(percent))
}

/// A number to a tenth.
fn tenth(number: f64) -> String {
    let text = format!("{number:.1}");
    let text = text.strip_suffix(".0").map(str::to_owned).unwrap_or(text);
    if text == "-0" { "0".to_owned() } else { text }
}

/// An element with numbers for attributes.
fn shape(html: &mut Html, name: &'static str, class: &str, attributes: &[(&'static str, &str)]) {
    let tag = html.class(name, class);
    let tag = attributes
        .iter()
        .fold(tag, |tag, (name, value)| tag.attr(name, value));
    tag.void();
}

/// Text in a chart.
fn label(html: &mut Html, class: &str, (x, y): (&str, &str), text: &str) {
    let tag = html.class("text", class).attr("x", x);
    tag.attr("y", y).text(text);
}

/// What the signs of a chart mean: the class of each, and what it stands for.
fn legend(html: &mut Html, signs: &[(&str, String)]) {
    html.class("figcaption", "legend").inside(|html| {
        for (class, text) in signs {
            html.class("span", "sign").inside(|html| {
                html.class("span", &format!("swatch {class}"))
                    .attr("aria-hidden", "true")
                    .inside(|html| {
                        html.tag("svg")
                            .attr("width", "22")
                            .attr("height", "12")
                            .attr("aria-hidden", "true")
                            .inside(|html| swatch(html, class));
                    });
                html.text(text);
            });
            html.line();
        }
    });
}

fn swatch(html: &mut Html, class: &str) {
    let is_line = class.starts_with("line");
    if is_line {
        let at = [("x1", "0"), ("x2", "22"), ("y1", "6"), ("y2", "6")];
        shape(html, "line", class, &at);
    } else {
        let at = [("width", "22"), ("height", "12"), ("rx", "2")];
        shape(html, "rect", class, &at);
    }
}

/// The numbers behind a chart, folded.
fn numbers(html: &mut Html, write: impl FnOnce(&mut Html)) {
    html.tag("details").inside(|html| {
        html.tag("summary").text("The numbers of this chart");
        write(html);
    });
}

/// A chart that is an image with a name and a description.
fn image(html: &mut Html, class: &str, title: &str, about: &str, draw: impl FnOnce(&mut Html)) {
    html.class("svg", class).attr("role", "img").inside(|html| {
        html.tag("title").text(title);
        html.tag("desc").text(about);
        draw(html);
    });
}

/// A bar in a table, beside the number that it shows.
pub(super) fn bar(html: &mut Html, class: &str, share: f64) {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    html.class("svg", "bar")
        .attr("aria-hidden", "true")
        .inside(|html| {
            shape(
                html,
                "rect",
                "track",
                &[("width", "100%"), ("height", "100%"), ("rx", "3")],
            );
            if share > 0.0 {
                let width = self::share(share.max(0.005));
                shape(
                    html,
                    "rect",
                    class,
                    &[("width", &width), ("height", "100%"), ("rx", "3")],
                );
            }
        });
}

/// A number and its bar.
pub(super) fn number_and_bar(html: &mut Html, class: &str, share: f64) {
    html.class("span", "figure")
        .text(&words::percent(Some(share)));
    bar(html, class, share);
}

/// Instants of a stretch for a table of at most this many rows.
const ROWS: usize = 12;

/// About as many of the items as a table has room for: evenly spread, the last included.
fn some<T>(items: &[T]) -> impl Iterator<Item = &T> {
    let step = items.len().div_ceil(ROWS).max(1);
    let first = items.len().saturating_sub(1) % step;
    items.iter().skip(first).step_by(step)
}

/// Where nothing was measured there is no chart but a sentence.
fn nothing(html: &mut Html, text: &str) {
    parts::muted(html, text);
}
