//! What a change would do, in sentences.

use crate::slo::{Period, Sli, Slo};
use crate::whatif::{Assumed, Changed, Estimate, Found, Held, Outcome, Unknown};
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

/// When a budget is gone: `in 12d 3h`.
pub(super) fn gone(held: &Held) -> String {
    let course = &held.course;
    let in_time = |seconds: i64| format!("in {}", words::span(float(seconds)));
    let earliest = held
        .earliest
        .filter(|earliest| Some(*earliest) != course.gone_in);
    if course.is_gone {
        return "gone already".to_owned();
    }
    match (course.gone_in, earliest) {
        (Some(gone_in), None) => in_time(gone_in),
        (Some(gone_in), Some(earliest)) => {
            format!(
                "{} ({} at the earliest)",
                in_time(gone_in),
                in_time(earliest)
            )
        }
        (None, Some(earliest)) => {
            format!("{}; {} at the earliest", lasts(held), in_time(earliest))
        }
        (None, None) => lasts(held),
    }
}

fn lasts(held: &Held) -> String {
    let spent = words::percent(held.course.spent_in_the_end);
    match held.period {
        Period::Rolling(_) => format!("never at this pace: {spent} spent in the end"),
        Period::Calendar(_) => format!("not in this period: {spent} spent at its end"),
    }
}

/// The strictest objective that is still met: `99.87 %`.
pub(super) fn strictest(outcome: &Outcome) -> String {
    let ratio = outcome.objective.error_ratio;
    let shown = |percent: Option<rust_decimal::Decimal>, ratio: f64| match percent {
        Some(percent) => format!("{percent} %"),
        None if ratio <= 0.0 => "any".to_owned(),
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

/// What matters, a sentence each.
pub(super) fn sentences(slo: &Slo, found: &Found) -> Vec<String> {
    let is_one = found.changed.len() == 1;
    let mut sentences = Vec::new();
    for changed in &found.changed {
        let lead = match changed.assumed {
            _ if is_one => "",
            Assumed::Objectives => "If what is called is as bad as its objective allows: ",
            Assumed::Measured => "If it is as bad as it was measured: ",
        };
        let all = [
            objective(slo, found, changed),
            course(found, &changed.outcome),
            best(slo, &changed.outcome),
        ];
        let mut all = all.join(" ");
        if let Some(promise) = promise(found, &changed.outcome) {
            all = format!("{all} {promise}");
        }
        sentences.push(format!("{lead}{all}"));
    }
    sentences
}

fn objective(slo: &Slo, found: &Found, changed: &Changed) -> String {
    let now = &found.unchanged.objective;
    let then = &changed.outcome.objective;
    let percent = slo.objective.value;
    let numbers = format!(
        "{} {} instead of {}; {} may be",
        range(then.error_ratio, ratio),
        bad(slo),
        ratio(now.error_ratio.likely),
        words::ratio(rust_decimal::prelude::ToPrimitive::to_f64(
            &percent.budget()
        ))
    );
    let verdict = match (now.is_held, then.is_held) {
        (_, Some(true)) => "would be held",
        (Some(false), Some(false)) => "is missed already, and would be by more",
        (_, Some(false)) => "would be missed",
        (_, None) => "may be missed or held: the buckets are too coarse to tell",
    };
    format!("The objective of {percent} % {verdict}: {numbers}.")
}

fn course(found: &Found, outcome: &Outcome) -> String {
    let held = &outcome.objective;
    let left = words::percent(found.objective.left());
    if held.course.is_gone {
        return "The budget is gone already.".to_owned();
    }
    match held.course.gone_in {
        Some(_) => format!(
            "The {left} of the budget that are left today would be gone {}.",
            gone(held)
        ),
        None => format!(
            "The {left} of the budget that are left today would not be used up: {} spent in the end.",
            words::percent(held.course.spent_in_the_end)
        ),
    }
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
            "No objective would be met: everything would be {}.",
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
