//! What is said about a review in every format: the same words in HTML and in Markdown.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::budget::{ENOUGH_COVERAGE, Span};
use crate::measure::Origin;
use crate::review::{
    Attribution, Counts, DowntimeReview, GoalReview, Happiness, Held, Previous, Review, Rollup,
    SloReview,
};
use crate::slo::Decision;
use crate::words;

/// The clock that a page shows.
#[derive(Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    name: String,
}

impl Clock {
    /// That of the review; UTC, named as such, where nobody knows it.
    pub(super) fn of(review: &Review) -> Self {
        let known = TimeZone::get(&review.time_zone).ok();
        let name = known.as_ref().map_or("UTC", |_| &review.time_zone);
        Self {
            name: name.to_owned(),
            zone: known.unwrap_or(TimeZone::UTC),
        }
    }

    /// Its name: `Europe/Berlin`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// `31 Oct 2026, 14:05`
    pub(super) fn instant(&self, at: i64) -> String {
        self.shown(at, "%-d %b %Y, %H:%M")
    }

    /// `31 Oct 2026`
    pub(super) fn day(&self, at: i64) -> String {
        self.shown(at, "%-d %b %Y")
    }

    /// From when to when: days, where it begins and ends at midnight.
    pub(super) fn span(&self, span: Span) -> String {
        let is_midnight = |at: i64| self.shown(at, "%H:%M:%S") == "00:00:00";
        if span.seconds() > 0 && is_midnight(span.start) && is_midnight(span.end) {
            let first = self.day(span.start);
            let last = self.day(span.end.saturating_sub(1));
            return if first == last {
                first
            } else {
                format!("{first} to {last}")
            };
        }
        let start = self.instant(span.start);
        if self.day(span.start) == self.day(span.end) {
            format!("{start} to {}", self.shown(span.end, "%H:%M"))
        } else {
            format!("{start} to {}", self.instant(span.end))
        }
    }

    pub(super) fn shown(&self, at: i64, format: &str) -> String {
        Timestamp::from_second(at).map_or_else(
            |_| "unknown".to_owned(),
            |at| at.to_zoned(self.zone.clone()).strftime(format).to_string(),
        )
    }
}

/// With a capital letter, as a heading begins.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let first: String = first.collect();
    first + rest.as_str()
}

/// Whether the objective was held; a period that still runs is held only so far.
pub(super) const fn held(slo: &SloReview, at: i64) -> &'static str {
    match slo.held {
        Held::Held if slo.objective.ends > at => "held so far",
        Held::Held => "held",
        Held::Missed => "missed",
        Held::Unknown => "not known",
    }
}

/// What the policy decides, in a word or two.
pub(super) const fn decision(decision: Option<Decision>) -> &'static str {
    match decision {
        Some(Decision::Ship) => "ship",
        Some(Decision::Slow) => "slow down",
        Some(Decision::Freeze) => "freeze",
        None => "not decided",
    }
}

/// Labels of a group, or of a spec: `region eu, version 1.2`.
pub(super) fn labels(labels: &std::collections::BTreeMap<String, String>) -> String {
    let labels = labels
        .iter()
        .map(|(label, value)| format!("{} {}", name(label), self::value(value)));
    labels.collect::<Vec<_>>().join(", ")
}

/// Characters that are shown of a name or of a label's value.
const MOST: usize = 120;

/// A name that others gave, cut where it is longer than a reader bears.
pub(super) fn name(name: &str) -> String {
    let is_cut = name.chars().nth(MOST).is_some();
    let end = is_cut.then_some('…');
    name.chars().take(MOST).chain(end).collect()
}

/// What stands for the value of a label that series do not have.
pub(super) const NO_VALUE: &str = "(none)";

/// The value of a label.
pub(super) fn value(value: &str) -> String {
    if value.is_empty() {
        NO_VALUE.to_owned()
    } else {
        name(value)
    }
}

/// Service level with its group, as a heading below its service.
pub(super) fn title(slo: &SloReview) -> String {
    let name = name(&slo.id.name);
    if slo.group.is_empty() {
        name
    } else {
        format!("{name}, {}", labels(&slo.group))
    }
}

/// Who owns it.
pub(super) fn owner(slo: &SloReview) -> String {
    slo.owner
        .as_deref()
        .map_or_else(|| "no owner".to_owned(), name)
}

/// Events, or time where time is counted.
pub(super) fn amount(number: Option<f64>, unit: Option<&str>) -> String {
    match (number.filter(|number| number.is_finite()), unit) {
        (None, _) => words::NO_DATA.to_owned(),
        (Some(number), None) => words::long_span(number),
        (Some(number), Some(unit)) => match words::amount(number).as_str() {
            "1" => format!("1 {}", unit.trim_end_matches('s')),
            amount => format!("{amount} {unit}"),
        },
    }
}

/// `1,350 of 1 million requests`, `2 hours of 30 days`.
pub(super) fn of_all(bad: Option<f64>, total: Option<f64>, unit: Option<&str>) -> String {
    let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
    let (Some(bad), Some(total)) = (finite(bad), finite(total)) else {
        return words::NO_DATA.to_owned();
    };
    let bad = match unit {
        None => words::long_span(bad),
        Some(_) => words::amount(bad),
    };
    format!("{bad} of {}", amount(Some(total), unit))
}

/// What a period allows to go wrong: `1,000 requests allowed`.
pub(super) fn allowed(goal: &GoalReview, unit: Option<&str>) -> Option<String> {
    let allowed = goal.allowed.filter(|allowed| allowed.is_finite())?;
    Some(format!("{} allowed", amount(Some(allowed), unit)))
}

/// What an objective allows to go wrong: `0.5 %`, to the digit.
pub(super) fn allowance(goal: &GoalReview) -> String {
    let allowed = rust_decimal::Decimal::ONE_HUNDRED - goal.percent;
    format!("{} %", allowed.normalize())
}

/// The objective: `99.5 %`.
pub(super) fn percent(goal: &GoalReview) -> String {
    format!("{} %", goal.percent.normalize())
}

/// What is left of a budget, where overspent in words.
pub(super) fn left(left: Option<f64>) -> String {
    match left {
        Some(left) if left < 0.0 => format!("overspent by {}", words::percent(Some(-left))),
        left => words::percent(left),
    }
}

/// How much is known: `data for 98 % of the time`.
pub(super) fn coverage(coverage: Option<f64>) -> String {
    match coverage.filter(|coverage| coverage.is_finite()) {
        None | Some(0.0) => words::NO_DATA.to_owned(),
        Some(coverage) => format!("data for {} of the time", words::percent(Some(coverage))),
    }
}

/// Planned downtime that a number leaves out.
pub(super) fn excluded(goal: &GoalReview) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of a period")]
    let excluded = (goal.excluded > 0).then(|| words::long_span(goal.excluded as f64));
    excluded.map(|excluded| format!("without {excluded} of planned downtime"))
}

/// How the promise stands.
pub(super) fn promise(goal: &GoalReview, at: i64) -> &'static str {
    match goal.held {
        Held::Missed => "broken",
        Held::Held if goal.ends > at => "kept so far",
        Held::Held => "kept",
        Held::Unknown => "not known",
    }
}

/// How a number is, against the period before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Better,
    Same,
    Worse,
}

impl Change {
    /// Differences that nobody would call one: a twentieth.
    const SAME: f64 = 0.05;

    /// Of two numbers of which less is better.
    pub(super) fn of(now: Option<f64>, before: Option<f64>) -> Option<Self> {
        let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
        let (now, before) = (finite(now)?, finite(before)?);
        let difference = now - before;
        Some(
            if difference.abs() <= Self::SAME * now.abs().max(before.abs()) {
                Self::Same
            } else if difference < 0.0 {
                Self::Better
            } else {
                Self::Worse
            },
        )
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "about the same",
            Self::Worse => "worse",
        }
    }
}

/// Whether enough of a period was measured to compare another with it.
fn is_measured(previous: &Previous) -> bool {
    let coverage = previous.coverage.filter(|coverage| coverage.is_finite());
    coverage.is_some_and(|coverage| coverage >= ENOUGH_COVERAGE)
}

/// How it is against the period before, in a word or two.
pub(super) fn change(slo: &SloReview) -> &'static str {
    let before = slo.previous.as_ref().filter(|before| is_measured(before));
    let before = before.and_then(|before| before.error_ratio);
    Change::of(slo.objective.error_ratio, before).map_or("not comparable", Change::word)
}

/// The period before in a sentence.
pub(super) fn before(previous: &Previous, clock: &Clock) -> String {
    format!(
        "In the period before ({}) {} went wrong and {} of the budget was left; {}.",
        clock.span(previous.span),
        words::ratio(previous.error_ratio),
        words::percent(previous.left),
        coverage(previous.coverage),
    )
}

/// Where numbers come from, in a sentence.
pub(super) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Recorded => "The numbers were recorded as things happened.",
        Origin::Raw => {
            "The numbers were computed afterwards from the raw measurements, since not enough \
             was recorded as things happened."
        }
        Origin::Mixed => {
            "The numbers were recorded as things happened; those from before the recording \
             began were computed afterwards from the raw measurements."
        }
        Origin::Nothing => "Nothing was measured.",
    }
}

/// What planned downtime means for the numbers.
pub(super) const DOWNTIME: &str = "Planned downtime is left out of the numbers of this report \
     where it says so. Alerts, dashboards and the recorded series know nothing of it and are \
     not corrected.";

/// The columns of a roll-up.
pub(super) fn counts(counts: &Counts) -> [(&'static str, usize); 7] {
    [
        ("All", counts.all),
        ("Held", counts.held),
        ("Missed", counts.missed),
        ("Not known", counts.unknown),
        ("Promise broken", counts.promise_broken),
        ("Freeze", counts.freeze),
        ("Slow down", counts.slow),
    ]
}

/// What the words of a report mean, for those who read their first one.
pub(super) const WORDS: [(&str, &str); 9] = [
    (
        "Objective",
        "The share of requests, events or time that shall go well; what the team holds itself to.",
    ),
    (
        "Promise",
        "What customers were told. It is looser than the objective, so that there is a buffer: \
         the team notices first, and has time to act before customers are let down.",
    ),
    (
        "Error budget",
        "What the objective allows to go wrong in a period. An objective of 99.5 % has a budget \
         of 0.5 %: of a million requests 5,000 may fail. Budget that is left can be spent on \
         risk, such as releases; when it is gone, reliability comes first.",
    ),
    (
        "Period",
        "The time over which an objective holds. One such as “over 30d” moves on with every \
         minute, so that what went wrong counts for 30 days and is forgotten then. One such as \
         a month begins anew with each month.",
    ),
    (
        "Incident",
        "A stretch of time in which more went wrong than the objective allows.",
    ),
    (
        "Pace",
        "How fast budget is spent: at 1.0 times the allowed pace the budget is spent exactly at \
         the end of the period, at 10 times after a tenth of it.",
    ),
    (
        "Happiness index",
        "1 minus the pain of all requests: each band of waiting times has a pain from 0 (nobody \
         minds) to 1 (as bad as a failure). At 100 % nobody was hurt.",
    ),
    (
        "Data",
        "The share of the time for which there are measurements. Time that nobody measured is \
         neither good nor bad, so a number with little data says little.",
    ),
    (
        "Ship, slow down, freeze",
        "What the team agreed to do when the budget is in this state: go on with features; take \
         less risk; only work that makes the service more reliable.",
    ),
];

/// What a roll-up counts by, as the head of its column.
pub(super) fn by_what(rollup: &Rollup) -> String {
    match rollup.label.as_str() {
        "owner" => "Owner".to_owned(),
        label => name(label),
    }
}

/// What a roll-up is.
pub(super) fn by(rollup: &Rollup) -> String {
    format!("Service levels by {}", name(&rollup.label))
}

/// How long a stretch took.
pub(super) fn length(span: Span) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds of a period")]
    words::long_span(span.seconds() as f64)
}

/// How fast budget was spent: `14.4 times the allowed pace`.
pub(super) fn pace(burn: f64) -> String {
    match words::rate(Some(burn)).strip_suffix('x') {
        Some(times) => format!("{times} times"),
        None => words::NO_DATA.to_owned(),
    }
}

/// Which values of a label spent something, in a line: `route: /pay 60 %, /list 12 %, 3 more`.
pub(super) fn attribution(attribution: &Attribution) -> String {
    let shown = attribution.values.iter().take(3);
    let mut parts: Vec<_> = shown
        .map(|share| {
            format!(
                "{} {}",
                value(&share.value),
                words::percent(Some(share.share))
            )
        })
        .collect();
    let rest = attribution.values.len().saturating_sub(parts.len());
    let rest = rest.saturating_add(attribution.more);
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    format!("{}: {}", name(&attribution.label), parts.join(", "))
}

/// Why there is no table of incidents.
pub(super) fn no_incidents(slo: &SloReview) -> &'static str {
    if slo.objective.error_ratio.is_none() {
        "Nobody knows: nothing was measured."
    } else if slo.more_incidents > 0 {
        "None that spent much of the budget."
    } else {
        "None."
    }
}

pub(super) fn more_incidents(more: usize) -> String {
    format!(
        "And {}, each of which spent less.",
        words::count_more(more, "incident")
    )
}

pub(super) fn more_values(more: usize) -> String {
    format!(
        "And {}, each of which spent less.",
        words::count_more(more, "value")
    )
}

/// Whether a planned downtime counts.
pub(super) const fn is_counted(downtime: &DowntimeReview) -> &'static str {
    if downtime.is_counted {
        "counted like any other time"
    } else {
        "left out"
    }
}

/// The values of a roll-up with their numbers; the SLOs without one come last.
pub(super) fn rows(rollup: &Rollup) -> Vec<(String, &Counts)> {
    let without = match rollup.label.as_str() {
        "owner" => "no owner",
        _ => NO_VALUE,
    };
    let (none, some): (Vec<_>, Vec<_>) =
        rollup.rows.iter().partition(|(value, _)| value.is_empty());
    let some = some
        .into_iter()
        .map(|(value, counts)| (name(value), counts));
    let none = none
        .into_iter()
        .map(|(_, counts)| (without.to_owned(), counts));
    some.chain(none).collect()
}

/// The happiness index, now and in the period before.
pub(super) fn happiness(slo: &SloReview, scale: &Happiness) -> String {
    let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
    let previous = slo.previous.as_ref().filter(|before| is_measured(before));
    let previous = previous.and(scale.previous);
    let (now, before) = (finite(scale.index), finite(previous));
    let index = words::good(now.map(|index| 1.0 - index));
    match (now, before) {
        (None, _) => "The happiness index is not known.".to_owned(),
        (_, None) => format!("The happiness index is {index}."),
        (Some(now), Some(before)) => {
            let change = Change::of(Some(1.0 - now), Some(1.0 - before));
            let change = change.map_or("not comparable", Change::word);
            let before = words::good(Some(1.0 - before));
            format!(
                "The happiness index is {index}, after {before} in the period before: {change}."
            )
        }
    }
}
