use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Page;
use super::words::{
    self, alerts, bad, gone, held, range, rate, ratio, sentences, share, strictest,
};
use crate::budget::ENOUGH_COVERAGE;
use crate::diagnostic::untrusted;
use crate::report::table::{self, Cell, Column};
use crate::slo::{Period, Sli};
use crate::whatif::{Answer, Assumed, Called, Found, Outcome};
use crate::words::percent;

/// Columns of text, where nobody says how wide it may be.
const WIDE: usize = 100;
/// Share of the events (0–1) of which it must be known how long they took to say nothing.
const MOST_KNOWN: f64 = 0.9;
/// No line is shorter, however narrow a terminal is.
const NARROW: usize = 40;

/// For somebody in front of a terminal of so many columns.
pub fn text(page: &Page<'_>, width: usize) -> String {
    let width = width.min(WIDE);
    let mut text = String::new();
    for line in wrap(&words::question(page), width) {
        let _ = writeln!(text, "{line}");
    }
    for answer in &page.answers {
        text.push('\n');
        one(page, answer, width, &mut text);
    }
    text
}

fn one(page: &Page<'_>, answer: &Answer<'_>, width: usize, text: &mut String) {
    let bold = Style::new().bold();
    let slo = answer.slo;
    let title = format!(
        "{bold}{}{}{bold:#}: {} % {}",
        untrusted::line(&slo.id.to_string()),
        untrusted::line(&group(answer)),
        slo.objective.value,
        slo.period.value.phrase()
    );
    // Writing to a string cannot fail.
    let _ = match &slo.promise {
        None => writeln!(text, "{title}"),
        Some(promise) => writeln!(text, "{title}, promised {} %", promise.objective.value),
    };
    let found = match &answer.found {
        Ok(found) => found,
        Err(unknown) => {
            let why = untrusted::line(&words::unknown(unknown));
            let _ = writeln!(text, "  no answer: {why}");
            return;
        }
    };
    let said = sentences(slo, found);
    paragraphs(&said, width, text);
    text.push('\n');
    for line in table::lines(&columns(answer, found), Style::new().dimmed()) {
        let _ = writeln!(text, "  {line}");
    }
    let notes = notes(page, answer, found);
    if !notes.is_empty() {
        text.push('\n');
        paragraphs(&notes, width, text);
    }
}

fn paragraphs(all: &[String], width: usize, text: &mut String) {
    for line in all
        .iter()
        .flat_map(|paragraph| wrap(paragraph, width.saturating_sub(2)))
    {
        let _ = writeln!(text, "  {line}");
    }
}

/// In lines; a number stays with its percent sign.
fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    const TOGETHER: &str = "\u{a0}%";
    let text: String = paragraph.chars().map(untrusted::visible).collect();
    let text = text.replace(" %", TOGETHER);
    let lines = table::wrap(&text, width.max(NARROW)).into_iter();
    lines.map(|line| line.replace(TOGETHER, " %")).collect()
}

/// ` {region="eu"}`
fn group(answer: &Answer<'_>) -> String {
    let labels = answer.group.iter();
    let labels: Vec<_> = labels
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    if labels.is_empty() {
        String::new()
    } else {
        format!(" {{{}}}", labels.join(", "))
    }
}

/// What a row of the table says of an outcome.
type Row<'a> = (String, Box<dyn Fn(&Outcome) -> String + 'a>);

fn columns(answer: &Answer<'_>, found: &Found) -> Vec<Column> {
    let rows = rows(answer);
    let cell = |text: String, style| Cell {
        text: untrusted::line(&text),
        style,
    };
    let names = rows
        .iter()
        .map(|(name, _)| cell(name.clone(), Style::new()));
    let column = |head, outcome: &Outcome| Column {
        head,
        is_number: false,
        cells: rows
            .iter()
            .map(|(_, of)| cell(of(outcome), colour(outcome)))
            .collect(),
    };
    let mut columns = vec![
        Column {
            head: "",
            is_number: false,
            cells: names.collect(),
        },
        column("today", &found.unchanged),
    ];
    let is_one = found.changed.len() == 1;
    columns.extend(found.changed.iter().map(|changed| {
        let head = match changed.assumed {
            _ if is_one => "with the change",
            Assumed::Objectives => "objectives just held",
            Assumed::Measured => "as measured",
        };
        column(head, &changed.outcome)
    }));
    columns
}

fn rows<'a>(answer: &'a Answer<'_>) -> Vec<Row<'a>> {
    fn row<'a>(name: impl Into<String>, of: impl Fn(&Outcome) -> String + 'a) -> Row<'a> {
        (name.into(), Box::new(of))
    }
    let slo = answer.slo;
    let mut rows = vec![row(bad(slo), |outcome| {
        range(outcome.objective.error_ratio, ratio)
    })];
    if matches!(slo.sli.value, Sli::Satisfaction(_)) {
        rows.push(row("happiness index", |outcome| {
            let happy = outcome
                .objective
                .error_ratio
                .map_falling(|ratio| 1.0 - ratio);
            range(happy, |share| format!("{share:.3}"))
        }));
    }
    rows.push(row("burn rate", |outcome| {
        range(outcome.objective.burn, rate)
    }));
    rows.push(row("budget left, whole period", |outcome| {
        range(outcome.objective.left, share)
    }));
    rows.push(row("budget gone", |outcome| gone(&outcome.objective)));
    rows.push(row("strictest objective met", strictest));
    if let Some(promise) = &slo.promise {
        let name = format!("promise of {} %", promise.objective.value);
        let name = if promise.period.value == slo.period.value {
            name
        } else {
            format!("{name} {}", promise.period.value.phrase())
        };
        let of = |outcome: &Outcome, of: &dyn Fn(&crate::whatif::Held) -> String| {
            outcome.promise.as_ref().map_or_else(String::new, of)
        };
        rows.push(row(name, move |outcome| of(outcome, &held)));
        rows.push(row("its budget gone", move |outcome| of(outcome, &gone)));
    }
    rows.push(row("alerts that stay", alerts));
    rows
}

fn colour(outcome: &Outcome) -> Style {
    match outcome.objective.is_held {
        Some(true) => Style::new(),
        Some(false) => AnsiColor::Red.on_default(),
        None => AnsiColor::Yellow.on_default(),
    }
}

/// What is assumed, and how sure the numbers are.
fn notes(page: &Page<'_>, answer: &Answer<'_>, found: &Found) -> Vec<String> {
    let slo = answer.slo;
    let mut notes: Vec<String> = found.dependencies.iter().map(dependency).collect();
    if let (Some(slower), Some(shifted)) = (page.slower, &found.shifted) {
        let lost = range(shifted.loss.share(), ratio);
        notes.push(format!(
            "{slower}: {lost} of what is good today would be no longer."
        ));
        notes.extend(shifted.between.iter().map(|between| {
            let (lower, upper) = between.buckets;
            format!(
                "The bound moves to {} of today, within the bucket from {} to {}: what is in it is taken as \
                 spread evenly. In brackets: the least and the most that is possible.",
                time(between.bound),
                time(lower),
                if upper.is_finite() { time(upper) } else { "no end".to_owned() }
            )
        }));
    }
    let changes = found.dependencies.len() + usize::from(found.shifted.is_some());
    if !found.dependencies.is_empty() {
        let others = if changes > 1 {
            ", and from each other"
        } else {
            ""
        };
        notes.push(format!(
            "Assumed: whatever calls it fails with it, and it fails independently of what fails today{others}."
        ));
    }
    if found
        .coverage
        .is_some_and(|coverage| coverage < ENOUGH_COVERAGE)
    {
        notes.push(format!(
            "Only {} of the time was measured: these numbers may be far off.",
            percent(found.coverage)
        ));
    }
    if let Some(known) = found
        .distribution_known()
        .filter(|known| *known < MOST_KNOWN)
    {
        notes.push(format!(
            "How long it took is known of {} of it; the rest is taken to be like that.",
            percent(Some(known))
        ));
    }
    let confident = found
        .changed
        .iter()
        .filter_map(|changed| changed.outcome.strictest_with_confidence);
    if let Some(least) = confident.min() {
        let events = crate::words::grouped(&format!("{:.0}", found.events));
        notes.push(format!(
            "With {events} events, no more than {least} % can be said with 95 % confidence."
        ));
    }
    if let Period::Calendar(_) = slo.period.value {
        notes.push(format!(
            "The last {} stand for a whole period.",
            slo.period.value.nominal().single_unit()
        ));
    }
    notes
}

fn dependency(called: &Called) -> String {
    use rust_decimal::prelude::ToPrimitive;

    let allowed = crate::words::ratio(called.objective.budget().to_f64());
    match (&called.slo, called.measured) {
        (None, _) => format!(
            "A dependency that holds {} % fails {allowed}.",
            called.objective
        ),
        (Some(slo), Some(measured)) => format!(
            "{slo} may fail {allowed} by its objective of {} %; measured: {}.",
            called.objective,
            ratio(measured)
        ),
        (Some(slo), None) => format!(
            "{slo} may fail {allowed} by its objective of {} %; nothing was measured of it.",
            called.objective
        ),
    }
}

/// `320ms`, `1.5s`, `2h`
fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        return format!("{}ms", short(seconds * 1000.0));
    }
    if seconds < 60.0 {
        return format!("{}s", short(seconds));
    }
    crate::words::span(seconds)
}

fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
