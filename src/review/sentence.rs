//! The sentences that matter.

use super::model::{GoalReview, Held};
use crate::promql::inspect::selectors;
use crate::slo::{Budgeting, Freshness, Sli, Slo};
use crate::words;

/// What the numbers of an SLO count: requests, events; `None` for time.
pub(super) fn unit(slo: &Slo) -> Option<&'static str> {
    if slo.budgeting != Budgeting::Events {
        return None;
    }
    match &slo.sli.value {
        Sli::Latency(_) | Sli::Satisfaction(_) => Some("requests"),
        Sli::Freshness(Freshness::Histogram { .. }) => Some("reads"),
        Sli::Events(events) => {
            let mut names = selectors(&events.total.expr);
            let is_request = names.iter_mut().any(|used| {
                let name = used.name().unwrap_or_default();
                name.contains("request") || name.contains("calls")
            });
            Some(if is_request { "requests" } else { "events" })
        }
        Sli::Freshness(_)
        | Sli::Probe(_)
        | Sli::Threshold(_)
        | Sli::Ratio(_)
        | Sli::Composite(_) => None,
    }
}

/// What customers saw, what we allow, what we promised.
/// `when` is the period of the objective, that of the promise stands beside it.
pub(super) fn sentence(
    slo: &Slo,
    held: Held,
    (objective, when): (&GoalReview, &str),
    promise: Option<(&GoalReview, &str)>,
) -> String {
    let Some(ratio) = objective.error_ratio else {
        return match objective.total {
            Some(_) if held == Held::Unknown => format!(
                "Nothing happened in the {} of the time that was measured {when}: too little to say.",
                words::percent(objective.coverage)
            ),
            Some(_) => format!("Nothing happened {when}, so nothing went wrong."),
            None if objective.coverage.is_none() => {
                format!("All of the time was planned downtime {when}.")
            }
            None => format!("Nobody knows: nothing was measured {when}."),
        };
    };
    let budget = |goal: &GoalReview| {
        let allowed = (rust_decimal::Decimal::ONE_HUNDRED - goal.percent).normalize();
        format!("{allowed} %")
    };
    let promised = match promise {
        Some((promise, _)) if promise.period == objective.period => {
            format!(", we promised {}", budget(promise))
        }
        Some((promise, when)) => format!(
            ", we promised {} ({when} it was {})",
            budget(promise),
            words::ratio(promise.error_ratio)
        ),
        None => String::new(),
    };
    let unknown = match held {
        Held::Unknown => format!(
            " But {} of the time was measured: too little to say.",
            words::percent(objective.coverage)
        ),
        Held::Held | Held::Missed => String::new(),
    };
    let saw = saw(slo, ratio, objective, when);
    format!("{saw}; we allow {}{promised}.{unknown}", budget(objective))
}

fn saw(slo: &Slo, ratio: f64, objective: &GoalReview, period: &str) -> String {
    let share = words::ratio(Some(ratio));
    let counted = |what: &str, noun: &str| {
        let of = objective.bad.zip(objective.total);
        let of = of.map_or_else(String::new, |(bad, total)| {
            format!(" ({} of {})", words::amount(bad), words::amount(total))
        });
        format!("{share} of {noun} {what} {period}{of}")
    };
    if let Budgeting::Slices { length, .. } = &slo.budgeting {
        let length = words::window(length.value);
        return format!("In {share} of the time slices of {length} too much went wrong {period}");
    }
    let noun = unit(slo).unwrap_or("events");
    match &slo.sli.value {
        Sli::Events(_) => counted("went wrong", noun),
        Sli::Latency(latency) => {
            let threshold = words::window(latency.threshold.value);
            let failed = latency.errors_where.as_ref().map_or("", |_| ", or failed,");
            counted(&format!("took longer than {threshold}{failed}"), noun)
        }
        Sli::Satisfaction(_) => format!(
            "Customers lost {share} of their happiness with response times {period} (the index is {})",
            words::ratio(Some(1.0 - ratio))
        ),
        Sli::Freshness(Freshness::Histogram { max_age, .. }) => {
            let age = words::window(max_age.value);
            format!(
                "Customers saw data older than {age} in {}",
                counted("", noun).replace("  ", " ")
            )
        }
        Sli::Freshness(Freshness::Timestamp { max_age, .. } | Freshness::Age { max_age, .. }) => {
            let age = words::window(max_age.value);
            format!("Customers saw data older than {age} in {share} of the time {period}")
        }
        Sli::Probe(_) => format!("Probes failed in {share} of the time {period}"),
        Sli::Threshold(threshold) => format!(
            "What is measured was not {} in {share} of the time {period}",
            bound(&threshold.good.value)
        ),
        Sli::Ratio(_) => format!("{share} went wrong {period}"),
        Sli::Composite(_) => format!("The journey failed for {share} {period}"),
    }
}

fn bound(good: &crate::slo::Comparison) -> String {
    use crate::slo::ComparisonOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let words = match good.op {
        Less => "below",
        LessOrEqual => "at most",
        Greater => "above",
        GreaterOrEqual => "at least",
        Equal => "equal to",
        NotEqual => "other than",
    };
    format!("{words} {}", good.value.normalize())
}

/// How much more may go wrong before customers are let down.
pub(super) fn buffer(slo: &Slo, promise: &GoalReview) -> Option<String> {
    let left = promise.left?;
    let percent = promise.percent.normalize();
    if left <= 0.0 {
        return Some(format!(
            "The promise of {percent} % is broken: {} of what it allows {} is spent.",
            words::percent(Some(1.0 - left)),
            promise.period
        ));
    }
    let allowed = promise.allowed?;
    let total = promise.total.filter(|total| *total > 0.0)?;
    let measured = crate::budget::float(promise.span.seconds()) * promise.coverage?;
    // At the mean rate of the period.
    let outage = words::span(left * allowed / total * measured);
    Some(match unit(slo) {
        Some(noun) => format!(
            "Before the promise of {percent} % is broken, {} more {noun} may go wrong: \
             {outage} of a full outage.",
            words::amount((left * allowed).floor()),
        ),
        None => format!("Before the promise of {percent} % is broken, {outage} more may go wrong."),
    })
}
