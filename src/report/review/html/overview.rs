//! Roll-ups, and one line per SLO.

use super::chart;
use super::parts::{self, Column, Row, Tone, section};
use super::write::Html;
use super::{Page, Placed};
use crate::report::review::text;
use crate::review::{Held, Rollup, SloReview};
use crate::slo::Decision;
use crate::words;

pub(super) fn overview(html: &mut Html, page: &Page<'_>) {
    let head = |html: &mut Html| html.text("Overview");
    section(html, ("h2", "overview"), "overview", head, |html| {
        for (index, rollup) in page.review.rollups.iter().enumerate() {
            // One is read, the others are looked up.
            if index == 0 {
                self::rollup(html, rollup);
            } else {
                html.tag("details").inside(|html| {
                    html.tag("summary").text(&text::by(rollup));
                    self::rollup(html, rollup);
                });
                html.line();
            }
        }
        if page.services.is_empty() {
            parts::muted(html, "There are no service levels to report.");
        } else {
            slos(html, page);
        }
    });
}

fn rollup(html: &mut Html, rollup: &Rollup) {
    let heads = text::counts(&crate::review::Counts::default());
    let label = text::by_what(rollup);
    let columns: Vec<_> = std::iter::once(Column::text(&label))
        .chain(heads.map(|(head, _)| Column::number(head)))
        .collect();
    let rows = text::rows(rollup);
    parts::table(
        html,
        &text::by(rollup),
        &columns,
        rows,
        |row, (value, counts)| {
            row.head(|html| html.text(&value));
            for (_, number) in text::counts(counts) {
                row.cell(|html| count(html, number));
            }
        },
    );
}

/// A number; none is not worth to be looked at.
fn count(html: &mut Html, number: usize) {
    if number == 0 {
        html.class("span", "none zero").text("0");
    } else {
        html.text(&number.to_string());
    }
}

fn slos(html: &mut Html, page: &Page<'_>) {
    const COLUMNS: [Column; 8] = [
        Column::text("Service level"),
        Column::text("Objective"),
        Column::number("Went wrong"),
        Column::number("We allow"),
        Column::wide("Budget left"),
        Column::text("Promise"),
        Column::number("Data"),
        Column::text("Policy"),
    ];
    let caption = "All service levels, the worst first within each service";
    let all = page.services.iter();
    let all = all.flat_map(|service| service.slos.iter().map(move |slo| (service.name, slo)));
    parts::table(html, caption, &COLUMNS, all, |row, (service, placed)| {
        row.head(|html| name(html, service, placed));
        line(row, placed.slo, page.review.at);
    });
}

fn name(html: &mut Html, service: &str, placed: &Placed<'_>) {
    html.tag("a")
        .to(&placed.anchor)
        .text(&text::title(placed.slo));
    let about = format!("{}, {}", text::name(service), text::owner(placed.slo));
    html.class("span", "note").text(&about);
}

fn line(row: &mut Row<'_, '_>, slo: &SloReview, at: i64) {
    let goal = &slo.objective;
    row.cell(|html| parts::status(html, tone(slo.held), text::held(slo, at)));
    row.text(&words::ratio(goal.error_ratio));
    row.text(&text::allowance(goal));
    row.cell(|html| left(html, goal.left));
    row.cell(|html| match &slo.promise {
        None => html.class("span", "none").text("none given"),
        Some(promise) => {
            parts::status(html, tone(promise.held), text::promise(promise, at));
        }
    });
    row.text(&words::percent(goal.coverage));
    row.cell(|html| {
        let decision = slo.policy.decision;
        parts::status(html, decision_tone(decision), text::decision(decision));
    });
}

/// What is left of a budget, with a bar.
fn left(html: &mut Html, left: Option<f64>) {
    html.class("span", "figure").text(&words::percent(left));
    if let Some(left) = left.filter(|left| left.is_finite()) {
        chart::bar(html, if left < 0.25 { "left low" } else { "left" }, left);
    }
}

pub(super) const fn tone(held: Held) -> Tone {
    match held {
        Held::Held => Tone::Good,
        Held::Missed => Tone::Bad,
        Held::Unknown => Tone::Unknown,
    }
}

pub(super) const fn decision_tone(decision: Option<Decision>) -> Tone {
    match decision {
        Some(Decision::Ship) => Tone::Good,
        Some(Decision::Slow) => Tone::Warn,
        Some(Decision::Freeze) => Tone::Bad,
        None => Tone::Unknown,
    }
}
