//! What people read, as blocks: the same for every reader. Texts of others are in it as they
//! are; whoever shows a block makes sure that nothing of it acts on its reader.

use std::fmt::Write as _;

use crate::backtest::model::{Outcome, Period, Planned, Replayed, SloReplay, Version, Which};
use crate::backtest::{self, Backtest, Change, Count, Unmeasured};
use crate::budget::{Span, float};
use crate::prometheus::Labels;
use crate::slo::{Decision, Severity};
use crate::words;

use super::{advice, lists};

/// A part of what people read.
pub(super) enum Block {
    /// What a part is about.
    Heading(String),
    /// A sentence or more.
    Text(String),
    /// The first row holds the heads; those of numbers stand to the right.
    Table(Vec<Row>),
    /// Items under a title; so many more are not shown.
    List {
        title: String,
        items: Vec<String>,
        more: usize,
    },
}

/// Heads of the table, and whether they are above numbers.
pub(super) const HEADS: [(&str, bool); 9] = [
    ("slo", false),
    ("version", false),
    ("objective", false),
    ("within budget", true),
    ("worst period spent", true),
    ("pages/month", true),
    ("tickets/month", true),
    ("days frozen", true),
    ("coverage", true),
];
pub(super) type Row = [String; HEADS.len()];

/// Items of a list that are shown.
const MOST: usize = 12;
/// Groups of an SLO that have a row of their own.
const GROUPS: usize = 20;

/// Everything, what a change does first.
pub(super) fn document(backtest: &Backtest) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(change) = backtest::change(backtest) {
        changed(&change, &mut blocks);
    }
    blocks.push(Block::Text(stretch(backtest)));
    let rows: Vec<Row> = backtest.slos.iter().flat_map(rows).collect();
    if !rows.is_empty() {
        blocks.push(Block::Table(rows));
    }
    for slo in &backtest.slos {
        if let Outcome::Replayed(replayed) = &slo.outcome {
            about(slo, replayed, backtest.span, &mut blocks);
        }
    }
    let missing = backtest.slos.iter().filter_map(|slo| match &slo.outcome {
        Outcome::NoData => Some(format!(
            "{}: the server has none of its metrics in that time",
            slo.id
        )),
        Outcome::Failed(reason) => Some(format!("{}: {reason}", slo.id)),
        Outcome::Replayed(_) => None,
    });
    list("Not replayed", missing.collect(), &mut blocks);
    blocks
}

/// A list as long as it is good to read.
pub(super) fn list(title: &str, mut items: Vec<String>, blocks: &mut Vec<Block>) {
    if items.is_empty() {
        return;
    }
    let more = items.len().saturating_sub(MOST);
    items.truncate(MOST);
    blocks.push(Block::List {
        title: title.to_owned(),
        items,
        more,
    });
}

fn changed(change: &Change<'_>, blocks: &mut Vec<Block>) {
    let unmeasured = change.unmeasured.iter().map(cannot_be_compared);
    list("Not compared", unmeasured.collect(), blocks);
    let [pages, tickets] = [change.pages, change.tickets];
    let mut text = if pages.differs() || tickets.differs() {
        let from = |count: Count| {
            let [before, after] = [count.before, count.after].map(monthly);
            format!("from {before} to {after}")
        };
        format!(
            "This change takes pages per month {}, and tickets {}.",
            from(pages),
            from(tickets)
        )
    } else {
        format!(
            "This change alerts as often as before: per month, pages {}, tickets {}.",
            monthly(pages.after),
            monthly(tickets.after)
        )
    };
    if change.failed > 0 {
        let failed = words::count(change.failed, "SLO");
        let _ = write!(text, " Not counted: {failed} that cannot be replayed.");
    }
    blocks.push(Block::Text(text));
    let items = change.slos.iter().map(|slo| {
        let both = |count: Count| {
            let [before, after] = [count.before, count.after].map(monthly);
            if slo.is_new {
                after
            } else if slo.is_gone {
                before
            } else {
                format!("{before} → {after}")
            }
        };
        let what = match (slo.is_new, slo.is_gone) {
            (true, _) => " (new)",
            (_, true) => " (gone; this is what it had)",
            _ => "",
        };
        format!(
            "{}{what}: pages {}, tickets {}",
            slo.id,
            both(slo.pages),
            both(slo.tickets)
        )
    });
    list("Per month", items.collect(), blocks);
}

fn cannot_be_compared(found: &Unmeasured<'_>) -> String {
    let why = match (found.which, found.is_only) {
        (Which::Baseline, true) => "nothing is measured with the baseline",
        (_, true) => "nothing is measured any more",
        (_, false) => "nothing is measured",
    };
    format!("{}: {why}; its alerts cannot be compared", found.id)
}

fn stretch(backtest: &Backtest) -> String {
    let Span { start, end } = backtest.span;
    let baseline = match &backtest.baseline {
        Some(name) => format!(", compared with {name}"),
        None => String::new(),
    };
    format!(
        "Replayed {} from {} to {}{baseline}. Times are UTC, a month is 30 days.",
        length(backtest.span),
        minute(start),
        minute(end)
    )
}

/// The rows of an SLO: its versions, then the groups of the first.
fn rows(slo: &SloReplay) -> Vec<Row> {
    let Outcome::Replayed(replayed) = &slo.outcome else {
        return Vec::new();
    };
    let mut rows: Vec<Row> = replayed
        .versions
        .iter()
        .map(|version| row(slo, replayed, version))
        .collect();
    let first = replayed.versions.first();
    let groups = first.map_or(&[][..], |version| &version.groups);
    if groups.len() > 1 {
        let shown = groups.iter().take(GROUPS);
        rows.extend(shown.map(|group| {
            let days = group.policy.get(&Decision::Freeze).copied().unwrap_or(0);
            [
                String::new(),
                labels(&group.labels),
                String::new(),
                words::percent(group.within),
                words::percent(group.worst.as_ref().and_then(|worst| worst.spent)),
                String::new(),
                String::new(),
                monthly(float(days) / 86_400.0),
                words::percent(group.overall.coverage),
            ]
        }));
    }
    rows
}

fn row(slo: &SloReplay, replayed: &Replayed, version: &Version) -> Row {
    let per_month = |severity| monthly(version.per_month(severity, replayed.span));
    let coverages = version.groups.iter();
    let coverages = coverages.filter_map(|group| group.overall.coverage);
    [
        slo.id.to_string(),
        match version.which {
            Which::Spec => "as it is".to_owned(),
            Which::Baseline => "baseline".to_owned(),
            Which::Objective => "other objective".to_owned(),
        },
        format!("{} % / {}", version.objective, version.period),
        words::percent(version.within()),
        words::percent(version.worst().and_then(|worst| worst.spent)),
        per_month(Severity::Page),
        per_month(Severity::Ticket),
        monthly(version.days(Decision::Freeze)),
        words::percent(coverages.min_by(f64::total_cmp)),
    ]
}

/// What there is to say of one SLO.
fn about(slo: &SloReplay, replayed: &Replayed, asked: Span, blocks: &mut Vec<Block>) {
    let Some(version) = replayed.versions.first() else {
        return;
    };
    let mut parts = Vec::new();
    if replayed.span.start > asked.start {
        parts.push(Block::Text(format!(
            "Its metrics begin at {}: this is about {} since then.",
            minute(replayed.span.start),
            length(replayed.span)
        )));
    }
    if version.groups.is_empty() {
        parts.push(Block::Text(
            "Its budget is not known: nothing was measured, or it is made of components in a way that \
             is not replayed. Its alerts are."
                .to_owned(),
        ));
    }
    list("Periods", periods(version), &mut parts);
    list("Promise", promises(version), &mut parts);
    let downtime = version.downtime.iter().map(planned);
    list("Planned downtime", downtime.collect(), &mut parts);
    let mut others = replayed.versions.iter().skip(1);
    let baseline = others.find(|other| other.which == Which::Baseline);
    lists::alerts(version, baseline, replayed.span, &mut parts);
    lists::incidents(version, &mut parts);
    lists::for_nothing(version, replayed.span, &mut parts);
    if let Some(found) = &replayed.advice {
        list("Objective", advice::sentences(found, version), &mut parts);
    }
    blocks.push(Block::Heading(slo.id.to_string()));
    blocks.append(&mut parts);
}

/// The periods that have passed, the latest first.
fn periods(version: &Version) -> Vec<String> {
    let all = version.groups.iter().flat_map(|group| {
        let periods = group.periods.iter().rev();
        periods.map(|period| (&group.labels, period))
    });
    let mut all: Vec<(&Labels, &Period)> = all.collect();
    all.sort_by_key(|(_, period)| std::cmp::Reverse(period.span.end));
    let shown = all.into_iter().map(|(group, period)| {
        let standing = &period.standing;
        let bad = standing.events.map_or_else(String::new, |events| {
            format!(
                " ({} of {} bad)",
                events_of(events.bad),
                events_of(events.total)
            )
        });
        let running = if period.is_over { "" } else { ", so far" };
        let out = if standing.excluded > 0 {
            let hours = words::span(float(standing.excluded));
            format!(", without {hours} of planned downtime")
        } else {
            String::new()
        };
        format!(
            "{} to {}{}: {} of the budget spent{bad}{running}, {} measured{out}",
            minute(period.span.start),
            minute(period.span.end),
            suffix(group),
            words::percent(standing.spent),
            words::percent(standing.coverage)
        )
    });
    shown.collect()
}

fn promises(version: &Version) -> Vec<String> {
    let groups = version.groups.iter().filter_map(|group| {
        let promise = group.promise.as_ref()?;
        let worst = promise.worst.as_ref().and_then(|worst| worst.spent);
        Some(format!(
            "{} %{}: kept {} of the time; the worst period spent {} of what it allows",
            promise.objective,
            suffix(&group.labels),
            words::percent(promise.within),
            words::percent(worst)
        ))
    });
    groups.collect()
}

fn planned(planned: &Planned) -> String {
    let reason = planned
        .reason
        .as_deref()
        .map_or_else(String::new, |reason| format!(", {reason}"));
    let counts = if planned.excluded {
        "left out of budgets and incidents"
    } else {
        "counts against the budget"
    };
    format!(
        "{} to {}{reason}: {counts}; alerts are those that would have fired all the same",
        minute(planned.span.start),
        minute(planned.span.end)
    )
}

/// ` region=eu`
pub(super) fn suffix(group: &Labels) -> String {
    if group.is_empty() {
        String::new()
    } else {
        format!(" {}", labels(group))
    }
}

fn labels(group: &Labels) -> String {
    let pairs = group.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join(" ")
}

/// How often per month, or how many days: to a tenth where that says something.
pub(super) fn monthly(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0") {
        Some("0") if number > 0.0 => "<0.1".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A number of events.
pub(super) fn events_of(number: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of events are far below 2^53, and not negative"
    )]
    let whole = number.max(0.0).round() as u64;
    words::quantity(whole)
}

/// How long a stretch is.
fn length(span: Span) -> String {
    words::span(float(span.seconds()))
}

/// An instant to the minute: `2026-09-21 14:13`.
pub(super) fn minute(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds);
    at.map_or_else(
        |_| seconds.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}
