//! The report as Markdown, for mails, wikis and pull requests.

use std::fmt::Write as _;

use super::text::{self, Clock};
use crate::report::markdown::plain;
use crate::review::{
    Attribution, Counts, GoalReview, Happiness, HappinessPoint, Held, IncidentReview, Review,
    Rollup, SloReview,
};
use crate::slo::Decision;
use crate::words;

/// Everything that [`html`](super::html()) shows, in the same order. Charts are lines of
/// blocks. Text of others is escaped: it makes no markup, calls nobody, refers to no issue.
pub fn markdown(review: &Review) -> String {
    let clock = Clock::of(review);
    let mut text = format!("# Service levels: {}\n", plain(&review.period));
    let at = clock.instant(review.at);
    let _ = writeln!(text, "\nAs of {at} ({})", plain(clock.name()));
    if !review.headlines.is_empty() {
        text.push('\n');
    }
    for headline in &review.headlines {
        let _ = writeln!(text, "- {}", plain(headline));
    }
    text.push_str("\n## Overview\n");
    for rollup in &review.rollups {
        self::rollup(rollup, &mut text);
    }
    overview(review, &mut text);
    for slos in review.slos.chunk_by(|a, b| a.id.service == b.id.service) {
        if let Some(first) = slos.first() {
            let _ = write!(text, "\n## {}\n", plain(&text::name(&first.id.service)));
        }
        for slo in slos {
            self::slo(slo, review.at, &clock, &mut text);
        }
    }
    if !review.notes.is_empty() {
        text.push_str("\n## What is not known\n\n");
        for note in &review.notes {
            let _ = writeln!(text, "- {}", plain(note));
        }
    }
    text.push_str("\n## How to read this\n\n");
    for (word, meaning) in text::WORDS {
        let _ = writeln!(text, "- **{word}**: {}", plain(meaning));
    }
    let _ = write!(
        text,
        "\nMade by slosmith from {}, as of {at}. All times in {}.\n",
        plain(&review.server),
        plain(clock.name())
    );
    text
}

/// A table; cells are escaped by whoever makes them. Heads that begin with `>` stand to the
/// right.
fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>, text: &mut String) {
    let names: Vec<_> = (heads.iter())
        .map(|head| head.trim_start_matches('>'))
        .collect();
    let lines: Vec<_> = (heads.iter())
        .map(|head| if head.starts_with('>') { "--:" } else { "---" })
        .collect();
    let _ = write!(
        text,
        "\n| {} |\n| {} |\n",
        names.join(" | "),
        lines.join(" | ")
    );
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn rollup(rollup: &Rollup, text: &mut String) {
    let _ = write!(text, "\n**{}**\n", plain(&text::by(rollup)));
    let label = plain(&text::by_what(rollup));
    let heads = text::counts(&Counts::default()).map(|(head, _)| format!(">{head}"));
    let heads: Vec<_> = std::iter::once(label.as_str())
        .chain(heads.iter().map(String::as_str))
        .collect();
    let rows = text::rows(rollup).into_iter().map(|(value, counts)| {
        let counts = text::counts(counts);
        let numbers = counts.iter().map(|(_, number)| number.to_string());
        std::iter::once(plain(&value)).chain(numbers).collect()
    });
    table(&heads, rows, text);
}

fn overview(review: &Review, text: &mut String) {
    if review.slos.is_empty() {
        text.push_str("\nThere are no service levels to report.\n");
        return;
    }
    let rows = review.slos.iter().map(|slo| {
        let promise = slo.promise.as_ref();
        let promise = promise.map_or("none given", |promise| text::promise(promise, review.at));
        let service = plain(&text::name(&slo.id.service));
        [
            format!("{service} / {}", plain(&text::title(slo))),
            plain(&text::owner(slo)),
            held(slo, review.at),
            words::ratio(slo.objective.error_ratio),
            text::allowance(&slo.objective),
            words::percent(slo.objective.left),
            promise.to_owned(),
            words::percent(slo.objective.coverage),
            decision(slo.policy.decision),
        ]
        .map(numbers)
    });
    let heads = [
        "Service level",
        "Owner",
        "Objective",
        ">Went wrong",
        ">We allow",
        ">Budget left",
        "Promise",
        ">Data",
        "Policy",
    ];
    table(&heads, rows.map(Vec::from), text);
}

/// What is less than something looks like markup to some readers.
fn numbers(text: String) -> String {
    if text.starts_with(['<', '>']) {
        plain(&text)
    } else {
        text
    }
}

/// With a sign that is seen at a glance, since there are no colours.
fn held(slo: &SloReview, at: i64) -> String {
    let word = text::held(slo, at);
    match slo.held {
        Held::Held => format!("✅ {word}"),
        Held::Missed => format!("❌ **{word}**"),
        Held::Unknown => format!("❔ **{word}**"),
    }
}

fn decision(decision: Option<Decision>) -> String {
    let word = text::decision(decision);
    match decision {
        Some(Decision::Ship) => format!("✅ {word}"),
        Some(Decision::Slow) => format!("⚠️ **{word}**"),
        Some(Decision::Freeze) => format!("❌ **{word}**"),
        None => format!("❔ **{word}**"),
    }
}

fn slo(slo: &SloReview, at: i64, clock: &Clock, text: &mut String) {
    let _ = write!(text, "\n### {}\n\n", plain(&text::title(slo)));
    let mut about = vec![format!("Owner: {}", plain(&text::owner(slo)))];
    if !slo.labels.is_empty() {
        about.push(plain(&text::labels(&slo.labels)));
    }
    if let Some(url) = &slo.runbook_url {
        about.push(format!("runbook: {}", crate::report::markdown::code(url)));
    }
    let _ = writeln!(text, "{}", about.join("; "));
    if let Some(description) = &slo.description {
        let _ = write!(text, "\n{}\n", plain(description));
    }
    let _ = write!(text, "\n**{}**\n", plain(&slo.sentence));
    goals(slo, at, clock, text);
    budget(slo, clock, text);
    incidents(slo, clock, text);
    spent_by(slo, text);
    if let Some(scale) = &slo.happiness {
        happiness(slo, scale, text);
    }
    policy(slo, text);
    downtime(slo, clock, text);
    let _ = write!(text, "\n{}\n", text::origin(slo.origin));
}

fn part(heading: &str, text: &mut String) {
    let _ = write!(text, "\n#### {heading}\n");
}

fn goals(slo: &SloReview, at: i64, clock: &Clock, text: &mut String) {
    let goals = [
        ("Objective", Some(&slo.objective)),
        ("Promise", slo.promise.as_ref()),
    ];
    let rows = goals.into_iter().filter_map(|(name, goal)| {
        let stands = match name {
            "Objective" => held(slo, at),
            _ => text::promise(goal?, at).to_owned(),
        };
        Some(goal_row(
            format!("{name}: {stands}"),
            goal?,
            slo.unit,
            clock,
        ))
    });
    let heads = [
        "",
        "When",
        ">Shall go well",
        ">Went well",
        ">Went wrong",
        ">Budget left",
        ">Data",
    ];
    table(&heads, rows.map(Vec::from), text);
    if let Some(buffer) = &slo.buffer {
        let _ = write!(text, "\n{}\n", plain(buffer));
    }
    let change = text::change(slo);
    let before = slo.previous.as_ref();
    let before = before.map_or_else(String::new, |before| text::before(before, clock));
    let _ = write!(
        text,
        "\nAgainst the period before: {change}. {}\n",
        plain(&before)
    );
    text.truncate(text.trim_end().len());
    text.push('\n');
}

fn goal_row(name: String, goal: &GoalReview, unit: Option<&str>, clock: &Clock) -> [String; 7] {
    let bad = words::ratio(goal.error_ratio);
    let of_all = text::of_all(goal.bad, goal.total, unit);
    let mut left = words::percent(goal.left);
    if let Some(allowed) = text::allowed(goal, unit) {
        let _ = write!(left, " ({allowed})");
    }
    let mut coverage = words::percent(goal.coverage);
    if let Some(excluded) = text::excluded(goal) {
        let _ = write!(coverage, " ({excluded})");
    }
    let when = format!("{}, {}", goal.period, clock.span(goal.span));
    let good = words::good(goal.error_ratio);
    let bad = format!("{bad} ({of_all})");
    let [when, good, bad, left, coverage] =
        [when, good, bad, left, coverage].map(|text| plain(&text));
    [name, when, text::percent(goal), good, bad, left, coverage]
}

/// Blocks that a chart has at most, and from little to much.
const WIDTH: usize = 40;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A chart in one line: the lowest value of each piece between 0 and 1; a dot where nothing
/// was measured.
fn blocks(values: &[Option<f64>]) -> String {
    let piece = values.len().div_ceil(WIDTH).max(1);
    let known = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let lowest = values.chunks(piece);
    let lowest = lowest.map(|values| values.iter().filter_map(known).reduce(f64::min));
    lowest
        .map(|value| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 8"
            )]
            let step = value.map(|value| (value.clamp(0.0, 1.0) * 7.0).round() as usize);
            step.map_or('·', |step| BLOCKS.get(step).copied().unwrap_or('█'))
        })
        .collect()
}

fn budget(slo: &SloReview, clock: &Clock, text: &mut String) {
    part("The budget over the period", text);
    let values: Vec<_> = slo.timeline.iter().map(|point| point.left).collect();
    let known = slo
        .timeline
        .iter()
        .filter_map(|point| Some((point, point.left?)));
    let known: Vec<_> = known.filter(|(_, left)| left.is_finite()).collect();
    let lowest = known.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let (Some(first), Some(last), Some(lowest)) = (known.first(), known.last(), lowest) else {
        text.push_str("\nNothing was measured.\n");
        return;
    };
    let at = |(point, left): &(&crate::budget::Point, f64)| {
        format!(
            "{} on {}",
            words::percent(Some(*left)),
            clock.instant(point.at)
        )
    };
    let _ = write!(
        text,
        "\n`{}`\n\nFrom {} to {}; the lowest was {}.\n",
        blocks(&values),
        plain(&at(first)),
        plain(&at(last)),
        plain(&at(lowest)),
    );
}

fn incidents(slo: &SloReview, clock: &Clock, text: &mut String) {
    part("Incidents", text);
    if slo.incidents.is_empty() {
        let _ = write!(text, "\n{}\n", text::no_incidents(slo));
        return;
    }
    let rows = slo.incidents.iter().zip(1_usize..);
    let rows = rows.map(|(incident, number)| incident_row(number, incident, slo.unit, clock));
    let heads = [
        ">No.",
        "Began",
        "Lasted",
        ">Share of the budget",
        "Went wrong",
        ">Highest pace",
    ];
    table(&heads, rows.map(Vec::from), text);
    if slo.more_incidents > 0 {
        let _ = write!(text, "\n{}\n", text::more_incidents(slo.more_incidents));
    }
}

fn incident_row(
    number: usize,
    incident: &IncidentReview,
    unit: Option<&str>,
    clock: &Clock,
) -> [String; 6] {
    let mut length = text::length(incident.span);
    if incident.is_open {
        length.push_str(", still going on");
    }
    let bad = text::of_all(Some(incident.bad), Some(incident.total), unit);
    let spent_by = incident.spent_by.iter().map(text::attribution);
    let bad: Vec<_> = std::iter::once(bad).chain(spent_by).collect();
    [
        number.to_string(),
        clock.instant(incident.span.start),
        length,
        plain(&words::percent(Some(incident.share))),
        plain(&bad.join("; ")),
        plain(&text::pace(incident.peak_burn)),
    ]
}

fn spent_by(slo: &SloReview, text: &mut String) {
    if slo.spent_by.is_empty() {
        return;
    }
    part("What spent the budget", text);
    for Attribution {
        label,
        values,
        more,
    } in &slo.spent_by
    {
        let rows = values.iter().map(|value| {
            [
                plain(&text::value(&value.value)),
                plain(&words::percent(Some(value.share))),
                plain(&words::percent(value.budget)),
            ]
        });
        let label = plain(&text::name(label));
        let heads = [
            label.as_str(),
            ">Share of what went wrong",
            ">Share of the budget",
        ];
        table(&heads, rows.map(Vec::from), text);
        if *more > 0 {
            let _ = write!(text, "\n{}\n", text::more_values(*more));
        }
    }
}

fn happiness(slo: &SloReview, scale: &Happiness, text: &mut String) {
    part("How customers felt", text);
    let index = |point: &HappinessPoint| point.index;
    let values: Vec<_> = scale.points.iter().map(index).collect();
    let coverage = text::coverage(slo.objective.coverage);
    let _ = write!(text, "\n{} ({coverage})\n", text::happiness(slo, scale));
    if !values.is_empty() {
        let _ = write!(text, "\n`{}`\n", blocks(&values));
    }
    let rows = scale.bands.iter().map(|band| {
        [
            text::name(&band.name),
            band.bounds.clone(),
            words::percent(Some(band.pain)),
            words::ratio(band.share),
        ]
        .map(|text| plain(&text))
    });
    let heads = [
        "Customers call it",
        "Waiting time",
        ">How much it hurts",
        ">Share of requests",
    ];
    table(&heads, rows.map(Vec::from), text);
}

fn policy(slo: &SloReview, text: &mut String) {
    part("What the policy decides", text);
    let policy = &slo.policy;
    let _ = write!(text, "\n{}", decision(policy.decision));
    let more = [policy.overridden.as_ref(), policy.thaw.as_ref()];
    let all = [&policy.reason, &policy.meaning];
    for sentence in all.into_iter().chain(more.into_iter().flatten()) {
        let _ = write!(text, "\n\n{}", plain(sentence));
    }
    text.push('\n');
}

fn downtime(slo: &SloReview, clock: &Clock, text: &mut String) {
    if slo.downtime.is_empty() {
        return;
    }
    part("Planned downtime", text);
    let rows = slo.downtime.iter().map(|downtime| {
        [
            clock.span(downtime.span),
            text::length(downtime.span),
            plain(downtime.reason.as_deref().unwrap_or("no reason given")),
            text::is_counted(downtime).to_owned(),
        ]
    });
    let heads = ["When", "Length", "Why", "In the numbers"];
    table(&heads, rows.map(Vec::from), text);
    let _ = write!(text, "\n{}\n", text::DOWNTIME);
}
