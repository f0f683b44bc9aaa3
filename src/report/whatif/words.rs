//! What a change would do, in sentences.

use rust_decimal::prelude::ToPrimitive;

use super::Page;
use crate::slo::{Period, Sli, Slo};
use crate::whatif::{
    Assumed, Changed, Dependency, Estimate, Found, Held, Outcome, Slower, Unknown,
};
use crate::words;

/// An error ratio or a share, and between what it lies, when that is not known exactly.
pub(super) fn range(estimate: Estimate, shown: impl Fn(f64) -> String) -> String {
    let likely = shown(estimate.likely);
    let [least, most] = [shown(estimate.least), shown(estimate.most)];
    if least == most {
        likely
    } else {
        format!("{likely} ({least} to {most})")
    }
}

pub(super) fn ratio(number: f64) -> String {
    words::ratio(Some(number))
}

pub(super) fn share(number: f64) -> String {
    words::percent(Some(number))
}

pub(super) fn rate(number: f64) -> String {
    words::rate(Some(number))
}

/// What bad events are called.
pub(super) fn bad(slo: &Slo) -> &'static str {
    match &slo.sli.value {
        Sli::Latency(sli) if sli.errors_where.is_some() => "too slow or failed",
        Sli::Latency(_) => "too slow",
        Sli::Satisfaction(_) => "unhappy",
        Sli::Freshness(_) => "too old",
        _ => "bad",
    }
}

/// When a budget is gone: `in 12d 3h`, `never (71 % spent)`.
pub(super) fn gone(held: &Held) -> String {
    let course = &held.course;
    let in_time = |seconds: i64| format!("in {}", words::span(float(seconds)));
    if course.is_gone {
        return "gone already".to_owned();
    }
    let likely = course.gone_in.map_or_else(|| lasts(held), in_time);
    let earliest = held
        .earliest
        .filter(|earliest| Some(*earliest) != course.gone_in);
    match earliest.map(in_time) {
        Some(earliest) if earliest != likely => format!("{likely}, at the earliest {earliest}"),
        _ => likely,
    }
}

fn lasts(held: &Held) -> String {
    let spent = words::percent(held.course.spent_in_the_end);
    match &held.period {
        Period::Rolling(_) => format!("never ({spent} spent)"),
        Period::Calendar(calendar) => format!("not this {} ({spent} spent)", calendar.unit.name()),
    }
}

/// The strictest objective that is still met: `99.87 %`.
pub(super) fn strictest(outcome: &Outcome) -> String {
    let ratio = outcome.objective.error_ratio;
    let shown = |percent: Option<rust_decimal::Decimal>, ratio: f64| match percent {
        Some(percent) => format!("{percent} %"),
        None if ratio <= 0.0 => match outcome.strictest_with_confidence {
            Some(percent) => format!("{percent} % with 95 % confidence"),
            None => "any".to_owned(),
        },
        None => "none".to_owned(),
    };
    let likely = shown(outcome.strictest, ratio.likely);
    let sure = shown(outcome.strictest_for_sure, ratio.most);
    if sure == likely {
        likely
    } else {
        format!("{likely} ({sure} for sure)")
    }
}

/// Whether something is held: `held, 38 % left`.
pub(super) fn held(held: &Held) -> String {
    let is_held = match held.is_held {
        Some(true) => "held",
        Some(false) => "broken",
        None => "cannot be told",
    };
    format!("{is_held}, {} left", range(held.left, share))
}

/// Whom which alerts call: `page, ticket`.
pub(super) fn alerts(outcome: &Outcome) -> String {
    let mut names: Vec<String> = Vec::new();
    for alert in &outcome.alerts {
        let name = format!("{} ({})", alert.name, alert.severity.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// What was asked, in a sentence; `at` in Unix seconds.
pub(super) fn question(page: &Page<'_>) -> String {
    let mut changes = Vec::new();
    match page.slower {
        Some(Slower::By(by)) => changes.push(format!("everything took {by} longer")),
        Some(Slower::Percent(percent)) => {
            changes.push(format!("everything took {percent} % longer"));
        }
        None => {}
    }
    let called = page.dependencies.iter().map(|dependency| match dependency {
        Dependency::Promised(objective) => format!("something that holds {objective} %"),
        Dependency::Slo(id) => id.to_string(),
    });
    let called: Vec<String> = called.collect();
    if !called.is_empty() {
        changes.push(format!(
            "all of it called {} besides",
            called.join(", and ")
        ));
    }
    let from = words::instant(float(page.at)).map(|at| format!("from {at} on, "));
    format!(
        "What if, {}{}?",
        from.unwrap_or_default(),
        changes.join(", and ")
    )
}

/// What matters, in sentences; a paragraph for each assumption.
pub(super) fn sentences(slo: &Slo, found: &Found) -> Vec<String> {
    let is_one = found.changed.len() == 1;
    let paragraph = |changed: &Changed| {
        let all = [
            Some(objective(slo, found, changed)),
            Some(course(found, &changed.outcome)),
            Some(best(slo, &changed.outcome)),
            promise(found, &changed.outcome),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        let lead = match changed.assumed {
            _ if is_one => return all.join(" "),
            Assumed::Objectives => "If what is called is as bad as its objective allows",
            Assumed::Measured => "If it is as bad as it was measured",
        };
        format!("{lead}, {}", lower(&all.join(" ")))
    };
    found.changed.iter().map(paragraph).collect()
}

fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

fn objective(slo: &Slo, found: &Found, changed: &Changed) -> String {
    let now = &found.unchanged.objective;
    let then = &changed.outcome.objective;
    let percent = slo.objective.value;
    let numbers = format!(
        "{} would be {} instead of {}, and {} may be",
        range(then.error_ratio, ratio),
        bad(slo),
        ratio(now.error_ratio.likely),
        words::ratio(percent.budget().to_f64())
    );
    match (now.is_held, then.is_held) {
        (_, None) => format!(
            "The buckets are too coarse to tell whether the objective of {percent} % would be held: {numbers}."
        ),
        (_, Some(true)) => format!("The objective of {percent} % would be held: {numbers}."),
        (Some(false), _) => {
            format!(
                "The objective of {percent} %, which is missed today, would be missed by more: {numbers}."
            )
        }
        _ => format!("The objective of {percent} % would be missed: {numbers}."),
    }
}

fn course(found: &Found, outcome: &Outcome) -> String {
    let held = &outcome.objective;
    if held.course.is_gone {
        return "The budget is gone already.".to_owned();
    }
    let left = words::percent(found.objective.left());
    let spent = words::percent(held.course.spent_in_the_end);
    let lasts = match &held.period {
        Period::Rolling(_) => format!("never be gone at this pace, {spent} spent in the end"),
        Period::Calendar(calendar) => {
            format!(
                "last this {}, {spent} spent at its end",
                calendar.unit.name()
            )
        }
    };
    let then = match (held.course.gone_in, held.earliest) {
        (Some(_), _) => format!("be gone {}", gone(held)),
        (None, None) => lasts,
        (None, Some(earliest)) => {
            let earliest = words::span(float(earliest));
            format!("{lasts}, or be gone in {earliest} at the earliest")
        }
    };
    format!("Of the budget, {left} is left today; it would {then}.")
}

fn best(slo: &Slo, outcome: &Outcome) -> String {
    let ratio = outcome.objective.error_ratio.likely;
    match outcome.strictest {
        Some(_) => format!(
            "The strictest objective still met is {}.",
            strictest(outcome)
        ),
        None if ratio <= 0.0 => "Nothing would be bad: any objective would be met.".to_owned(),
        None => format!(
            "No objective would be met: nearly everything would be {}.",
            bad(slo)
        ),
    }
}

fn promise(found: &Found, outcome: &Outcome) -> Option<String> {
    let promise = outcome.promise.as_ref()?;
    let was_held = found.unchanged.promise.as_ref()?.is_held;
    let percent = promise.objective;
    Some(match promise.is_held {
        Some(true) => format!("The promise of {percent} % would be held."),
        Some(false) if was_held == Some(false) => {
            format!("The promise of {percent} % is broken already.")
        }
        Some(false) => format!("The promise of {percent} % would be broken."),
        None => format!("Whether the promise of {percent} % would be held cannot be told."),
    })
}

/// Why there is no answer.
pub(crate) fn unknown(unknown: &Unknown) -> String {
    match unknown {
        Unknown::NoData => "nothing was measured of it, or nothing happened".to_owned(),
        Unknown::NoDistribution => {
            "the server has no buckets of its histogram in this time".to_owned()
        }
        Unknown::Failed(message) => format!("the server cannot evaluate it: {message}"),
    }
}

/// Seconds are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn float(seconds: i64) -> f64 {
    seconds as f64
}
