use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};
use unicode_width::UnicodeWidthStr;

use super::field::{self, Field};
use super::summary::{self, Summary};
use super::table::{self, Cell, Column};
use crate::check::{Outcome, Standing, Verdict};
use crate::diagnostic::{Diagnostics, render_text, untrusted};
use crate::source::Sources;
use crate::words;

/// How a terminal is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI sequences may be used. Taking them out again changes no position.
    pub colour: bool,
    /// Columns of the terminal; `usize::MAX` when there is none. What does not fit
    /// beside the rest stands below its row.
    pub width: usize,
    /// Every reason, and what the check has cost.
    pub verbose: bool,
}

/// Reasons that are shown unless all of them are asked for.
const REASONS: usize = 2;

/// The least room that is left for reasons, in columns.
const NARROW: usize = 30;

/// What gives way, first the least important, where the terminal is narrow.
const GIVES_WAY: [Field; 5] = [
    Field::Alerts,
    Field::Burn,
    Field::Coverage,
    Field::PromiseLeft,
    Field::Objective,
];

/// A table that is read at a glance, worst first, with reasons below what is not ok;
/// then notes, findings, and one line that sums it up. Ends with a newline.
pub fn terminal(outcome: &Outcome, sources: &Sources, style: Style) -> String {
    let findings = summary::diagnostics(&outcome.findings);
    let blocks = [
        rows(&outcome.standings, style),
        notes(outcome),
        shown(&findings, sources, style),
        sum(outcome, &findings, style),
    ];
    let blocks: Vec<_> = blocks.into_iter().filter(|text| !text.is_empty()).collect();
    blocks.join("\n")
}

/// The table and what stands below its rows.
fn rows(standings: &[Standing], style: Style) -> String {
    if standings.is_empty() {
        return String::new();
    }
    let (columns, moved) = layout(standings, style);
    // Below the name of the SLO.
    let indent = columns.first().map_or(0, Column::width) + 2;
    let head = style.of(Ansi::new().bold());
    let mut lines = table::lines(&columns, head).into_iter();
    let mut text = lines.next().unwrap_or_default();
    for (standing, line) in standings.iter().zip(lines) {
        text.push('\n');
        text.push_str(&line);
        for below in below(standing, &moved, indent, style) {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            text.push_str(&below);
        }
    }
    text.push('\n');
    text
}

/// The columns that fit, and the fields that have to stand below.
fn layout(standings: &[Standing], style: Style) -> (Vec<Column>, Vec<Field>) {
    let mut fields = Field::used(standings);
    let mut columns: Vec<_> = fields
        .iter()
        .map(|field| column(*field, standings, style))
        .collect();
    let mut moved = Vec::new();
    for least in GIVES_WAY {
        if table::width(&columns) <= style.width {
            break;
        }
        if let Some(index) = fields.iter().position(|field| *field == least) {
            moved.push(fields.remove(index));
            columns.remove(index);
        }
    }
    moved.reverse();
    (columns, moved)
}

fn column(field: Field, standings: &[Standing], style: Style) -> Column {
    let texts = match field {
        Field::Burn => burn_rates(standings),
        Field::BudgetLeft if field::any_raw(standings) => {
            let mark = |standing| if field::is_raw(standing) { "*" } else { " " };
            let marked = |standing| field.text(standing) + mark(standing);
            standings.iter().map(marked).collect()
        }
        _ => standings.iter().map(|s| field.text(s)).collect(),
    };
    let cells = texts.iter().zip(standings).map(|(text, standing)| Cell {
        text: untrusted::line(text),
        style: style.of(colour(field, standing)),
    });
    Column {
        head: field.head(),
        is_number: field.is_number(),
        cells: cells.collect(),
    }
}

fn colour(field: Field, standing: &Standing) -> Ansi {
    match field {
        Field::Verdict => match standing.verdict {
            Verdict::Ok => AnsiColor::Green.on_default(),
            Verdict::AtRisk => AnsiColor::Yellow.on_default().bold(),
            Verdict::Unknown => AnsiColor::Magenta.on_default().bold(),
            Verdict::Breached => AnsiColor::Red.on_default().bold(),
        },
        Field::BudgetLeft if standing.budget_left.is_some_and(|left| left <= 0.0) => {
            AnsiColor::Red.on_default()
        }
        Field::Alerts if field::is_amiss(standing) => AnsiColor::Red.on_default(),
        _ => Ansi::new(),
    }
}

/// Windows and rates, each below those of the rows above.
fn burn_rates(standings: &[Standing]) -> Vec<String> {
    let rows: Vec<_> = standings.iter().map(field::burn).collect();
    let mut widths: Vec<(usize, usize)> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), (0, 0));
        for ((window, rate), widths) in row.iter().zip(&mut widths) {
            *widths = (widths.0.max(window.width()), widths.1.max(rate.width()));
        }
    }
    let aligned = |row: &Vec<(String, String)>| {
        let rates = row.iter().zip(&widths);
        let rates = rates.map(|((window, rate), (w, r))| format!("{window:<w$} {rate:>r$}"));
        rates.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(aligned).collect()
}

/// What stands below a row: fields without a column, and why it is not ok.
fn below(standing: &Standing, moved: &[Field], indent: usize, style: Style) -> Vec<String> {
    let fields = moved.iter().filter_map(|field| {
        let text = field.text(standing);
        (!text.is_empty()).then(|| format!("{} {text}", field.head()))
    });
    let fields = fields.collect::<Vec<_>>().join("; ");
    let most = match (standing.verdict, style.verbose) {
        (Verdict::Ok, _) => 0,
        (_, true) => usize::MAX,
        (_, false) => REASONS,
    };
    let reasons = standing.reasons.iter().take(most).cloned();
    let width = style.width.saturating_sub(indent).max(NARROW);
    let lines = std::iter::once(fields).chain(reasons);
    lines
        .flat_map(|text| table::wrap(&untrusted::line(&text), width))
        .collect()
}

/// What a mark means, and what could not be looked at.
fn notes(outcome: &Outcome) -> String {
    let is_marked = field::any_raw(&outcome.standings);
    let mark = is_marked.then(|| format!("* {}\n", field::RAW));
    let notes = outcome.notes.iter();
    let notes = notes.map(|note| format!("note: {}\n", untrusted::line(note)));
    mark.into_iter().chain(notes).collect()
}

fn shown(findings: &Diagnostics, sources: &Sources, style: Style) -> String {
    let mut text = render_text(findings, sources, style.colour);
    if findings.more() > 0 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} more are not shown", findings.more());
    }
    text
}

fn sum(outcome: &Outcome, findings: &Diagnostics, style: Style) -> String {
    let line = Summary::of(outcome, findings).line();
    if !style.verbose {
        return format!("{line}\n");
    }
    let usage = summary::usage(outcome);
    let from = match (outcome.url.as_str(), outcome.server.as_str()) {
        ("", _) => String::new(),
        (url, "") => format!(", from {}", untrusted::line(url)),
        (url, server) => format!(
            ", from {} ({})",
            untrusted::line(url),
            untrusted::line(server)
        ),
    };
    let at = words::instant(outcome.at).map_or_else(String::new, |at| format!(", at {at}"));
    format!("{line}\n{usage}{from}{at}\n")
}

impl Style {
    /// A style, if styles are wanted.
    const fn of(self, style: Ansi) -> Ansi {
        if self.colour { style } else { Ansi::new() }
    }
}
