//! Everything about one SLO.

use super::overview::{decision_tone, tone};
use super::parts::{self, Column, Row, section};
use super::write::{Html, WebLink};
use super::{Page, Placed, chart};
use crate::report::review::text::{self, Clock};
use crate::review::{Attribution, DowntimeReview, GoalReview, IncidentReview, SloReview};
use crate::words;

pub(super) fn slo(html: &mut Html, placed: &Placed<'_>, page: &Page<'_>) {
    let slo = placed.slo;
    let head = |html: &mut Html| html.text(&text::title(slo));
    section(html, ("h3", &placed.anchor), "slo", head, |html| {
        about(html, slo);
        html.class("p", "lead").text(&slo.sentence);
        html.line();
        tiles(html, slo, page.review.at);
        goals(html, slo, &page.clock);
        part(html, "The budget over the period", |html| {
            chart::budget(html, slo, &page.clock);
        });
        incidents(html, slo, &page.clock);
        spent_by(html, slo);
        if let Some(scale) = &slo.happiness {
            part(html, "How customers felt", |html| {
                chart::happiness(html, slo, scale, &page.clock);
            });
        }
        policy(html, slo);
        downtime(html, slo, &page.clock);
        parts::muted(html, text::origin(slo.origin));
        html.class("p", "back").inside(|html| {
            html.tag("a").to("overview").text("Back to the overview");
        });
    });
}

/// A part of it, with its heading.
fn part(html: &mut Html, heading: &str, write: impl FnOnce(&mut Html)) {
    html.class("div", "part").inside(|html| {
        html.tag("h4").text(heading);
        html.line();
        write(html);
    });
    html.line();
}

/// Whose it is, and what it is about.
fn about(html: &mut Html, slo: &SloReview) {
    html.class("p", "meta").inside(|html| {
        html.tag("span")
            .text(&format!("Owner: {}", text::owner(slo)));
        if !slo.labels.is_empty() {
            html.tag("span").text(&text::labels(&slo.labels));
        }
        if let Some(url) = &slo.runbook_url {
            html.tag("span").inside(|html| match WebLink::parse(url) {
                Some(link) => html.tag("a").web(&link).text("Runbook"),
                None => html.text(&format!("Runbook: {}", text::name(url))),
            });
        }
    });
    html.line();
    parts::paragraph(html, slo.description.as_deref().unwrap_or_default());
}

/// The numbers to be seen first.
fn tiles(html: &mut Html, slo: &SloReview, at: i64) {
    let goal = &slo.objective;
    html.class("dl", "tiles").inside(|html| {
        tile(html, "Objective", |html| {
            parts::status(html, tone(slo.held), text::held(slo, at));
            note(html, &format!("{} {}", text::percent(goal), goal.period));
        });
        if let Some(promise) = &slo.promise {
            tile(html, "Promise", |html| {
                parts::status(html, tone(promise.held), text::promise(promise, at));
                note(
                    html,
                    &format!("{} {}", text::percent(promise), promise.period),
                );
            });
        }
        tile(html, "Went wrong", |html| {
            html.text(&words::ratio(goal.error_ratio));
            note(html, &text::coverage(goal.coverage));
            if let Some(excluded) = text::excluded(goal) {
                note(html, &excluded);
            }
        });
        tile(html, "Budget left", |html| {
            html.text(&words::percent(goal.left));
            note(html, &text::coverage(goal.coverage));
        });
        tile(html, "Against the period before", |html| {
            html.text(text::change(slo));
            if let Some(before) = &slo.previous {
                note(
                    html,
                    &format!("{} before", words::ratio(before.error_ratio)),
                );
            }
        });
        tile(html, "Policy", |html| {
            let decision = slo.policy.decision;
            parts::status(html, decision_tone(decision), text::decision(decision));
        });
    });
    html.line();
}

fn tile(html: &mut Html, name: &str, write: impl FnOnce(&mut Html)) {
    html.tag("div").inside(|html| {
        html.tag("dt").text(name);
        html.tag("dd").inside(write);
    });
}

fn note(html: &mut Html, text: &str) {
    html.class("span", "note").text(text);
}

/// Objective against promise.
fn goals(html: &mut Html, slo: &SloReview, clock: &Clock) {
    const COLUMNS: [Column; 7] = [
        Column::text("What"),
        Column::text("When"),
        Column::number("Shall go well"),
        Column::number("Went well"),
        Column::number("Went wrong"),
        Column::number("Budget left"),
        Column::number("Data"),
    ];
    let heading = if slo.promise.is_some() {
        "Objective and promise"
    } else {
        "Objective"
    };
    part(html, heading, |html| {
        chart::goals(html, slo);
        parts::paragraph(html, slo.buffer.as_deref().unwrap_or_default());
        let goals = [
            ("Objective", Some(&slo.objective)),
            ("Promise", slo.promise.as_ref()),
        ];
        let goals = goals
            .into_iter()
            .filter_map(|(name, goal)| Some((name, goal?)));
        let caption = format!("Times in {}", clock.name());
        parts::table(html, &caption, &COLUMNS, goals, |row, (name, goal)| {
            row.head(|html| html.text(name));
            row.cell(|html| {
                html.text(&goal.period);
                note(html, &clock.span(goal.span));
            });
            numbers(row, goal, slo.unit);
        });
        if let Some(before) = &slo.previous {
            parts::paragraph(html, &text::before(before, clock));
        }
    });
}

fn numbers(row: &mut Row<'_, '_>, goal: &GoalReview, unit: Option<&str>) {
    row.text(&text::percent(goal));
    row.text(&words::good(goal.error_ratio));
    row.cell(|html| {
        html.text(&words::ratio(goal.error_ratio));
        note(html, &text::of_all(goal.bad, goal.total, unit));
    });
    row.cell(|html| {
        html.text(&words::percent(goal.left));
        if let Some(allowed) = text::allowed(goal, unit) {
            note(html, &allowed);
        }
    });
    row.cell(|html| {
        html.text(&words::percent(goal.coverage));
        if let Some(excluded) = text::excluded(goal) {
            note(html, &excluded);
        }
    });
}

fn incidents(html: &mut Html, slo: &SloReview, clock: &Clock) {
    const COLUMNS: [Column; 6] = [
        Column::short("No."),
        Column::when("Began"),
        Column::when("Lasted"),
        Column::wide("Share of the budget"),
        Column::text("Went wrong"),
        Column::number("Highest pace"),
    ];
    part(html, "Incidents", |html| {
        if slo.incidents.is_empty() {
            parts::muted(html, text::no_incidents(slo));
            return;
        }
        let caption = format!(
            "The costliest first; times in {}; {}",
            clock.name(),
            text::coverage(slo.objective.coverage)
        );
        let all = slo.incidents.iter().enumerate();
        parts::table(html, &caption, &COLUMNS, all, |row, (index, incident)| {
            row.head(|html| html.text(&(index + 1).to_string()));
            self::incident(row, incident, slo.unit, clock);
        });
        if slo.more_incidents > 0 {
            parts::muted(html, &text::more_incidents(slo.more_incidents));
        }
    });
}

fn incident(row: &mut Row<'_, '_>, incident: &IncidentReview, unit: Option<&str>, clock: &Clock) {
    row.text(&clock.instant(incident.span.start));
    row.cell(|html| {
        html.text(&text::length(incident.span));
        if incident.is_open {
            note(html, "still going on");
        }
    });
    row.cell(|html| chart::number_and_bar(html, "spent over", incident.share));
    row.cell(|html| {
        html.text(&text::of_all(
            Some(incident.bad),
            Some(incident.total),
            unit,
        ));
        for attribution in &incident.spent_by {
            note(html, &text::attribution(attribution));
        }
    });
    row.text(&text::pace(incident.peak_burn));
}

/// Which label values spent it.
fn spent_by(html: &mut Html, slo: &SloReview) {
    if slo.spent_by.is_empty() {
        return;
    }
    part(html, "What spent the budget", |html| {
        html.class("div", "attributions").inside(|html| {
            for attribution in &slo.spent_by {
                self::attribution(html, attribution, slo.objective.coverage);
            }
        });
    });
}

fn attribution(html: &mut Html, attribution: &Attribution, coverage: Option<f64>) {
    let label = text::name(&attribution.label);
    let columns = [
        Column::text(&label),
        Column::wide("Share of what went wrong"),
        Column::number("Share of the budget"),
    ];
    html.tag("div").inside(|html| {
        let caption = format!("By {label}; {}", text::coverage(coverage));
        parts::table(
            html,
            &caption,
            &columns,
            &attribution.values,
            |row, value| {
                row.head(|html| html.text(&text::value(&value.value)));
                row.cell(|html| chart::number_and_bar(html, "spent", value.share));
                row.text(&words::percent(value.budget));
            },
        );
        if attribution.more > 0 {
            parts::muted(html, &text::more_values(attribution.more));
        }
    });
}

fn policy(html: &mut Html, slo: &SloReview) {
    let policy = &slo.policy;
    part(html, "What the policy decides", |html| {
        html.class("div", "policy").inside(|html| {
            html.tag("p").inside(|html| {
                let word = text::decision(policy.decision);
                parts::status(html, decision_tone(policy.decision), word);
            });
            parts::paragraph(html, &policy.reason);
            parts::paragraph(html, &policy.meaning);
            parts::paragraph(html, policy.overridden.as_deref().unwrap_or_default());
            parts::paragraph(html, policy.thaw.as_deref().unwrap_or_default());
        });
    });
}

fn downtime(html: &mut Html, slo: &SloReview, clock: &Clock) {
    const COLUMNS: [Column; 4] = [
        Column::text("When"),
        Column::when("Length"),
        Column::text("Why"),
        Column::text("In the numbers"),
    ];
    if slo.downtime.is_empty() {
        return;
    }
    part(html, "Planned downtime", |html| {
        let caption = format!("Times in {}", clock.name());
        let row = |row: &mut Row<'_, '_>, downtime: &DowntimeReview| {
            row.head(|html| html.text(&clock.span(downtime.span)));
            row.text(&text::length(downtime.span));
            row.text(downtime.reason.as_deref().unwrap_or("no reason given"));
            row.text(text::is_counted(downtime));
        };
        parts::table(html, &caption, &COLUMNS, &slo.downtime, row);
        parts::muted(html, text::DOWNTIME);
    });
}
