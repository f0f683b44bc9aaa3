//! What is to be held over which time: `target` and `window`.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::keys::Map;
use crate::burn;
use crate::diagnostic::{Diagnostic, codes::import, codes::slo};
use crate::duration::Duration;
use crate::slo::{Objective, Severity};
use crate::source::SourceSpan;
use crate::spec::decode::{Decode, Decoder};
use crate::spec::make;
use crate::spec::node::{Entry, Node};
use crate::spec::values::parse_decimal;

/// What is to be held over which time.
pub(super) struct Goal {
    /// The objective; a harmless one stands for what is missing and has been reported.
    pub(super) objective: Entry,
    /// The period, unless something is wrong with it, which has been reported.
    pub(super) period: Option<Entry>,
    /// Both as numbers, unless something is wrong with one of them.
    pub(super) numbers: Option<Numbers>,
}

/// Objective and period.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) objective: Objective,
    pub(super) period: Duration,
}

/// One of Pyrra's alerts: its factor, and which part of the window its long and its
/// short window are.
struct Tier {
    factor: u64,
    long: u64,
    short: u64,
}

/// From the fastest to the slowest.
const TIERS: [Tier; 4] = [
    Tier::new(14, 672, 8064),
    Tier::new(7, 112, 1344),
    Tier::new(2, 28, 336),
    Tier::new(1, 7, 112),
];

impl Tier {
    const fn new(factor: u64, long: u64, short: u64) -> Self {
        Self {
            factor,
            long,
            short,
        }
    }
}

pub(super) fn read(spec: &Map<'_>, decoder: &mut Decoder<'_>) -> Goal {
    let target = spec.required("target", decoder);
    let window = spec.required("window", decoder);
    let objective = target.map_or_else(|| stand_in(spec.at()), objective);
    let length = window.and_then(|window| period(&window.value, decoder));
    let numbers = target.and_then(|target| {
        Some(Numbers {
            objective: percent(&target.value)?,
            period: length?,
        })
    });
    Goal {
        objective,
        period: length.and(window.cloned()),
        numbers,
    }
}

fn stand_in(at: SourceSpan) -> Entry {
    Entry {
        key: "objective".into(),
        key_at: at,
        value: make::plain("99", at),
    }
}

/// A number, also where it is written as a text, which the resource definition wants.
fn objective(target: &Entry) -> Entry {
    let is_number = |text: &&str| parse_decimal(text).is_some();
    let text = target.value.as_scalar().map(|scalar| scalar.text.as_str());
    let value = text.filter(is_number).map_or_else(
        || Arc::clone(&target.value),
        |text| make::plain(text, target.value.at),
    );
    Entry {
        value,
        ..target.clone()
    }
}

/// The objective, unless it is out of range or a ratio, which is reported natively.
fn percent(target: &Node) -> Option<Objective> {
    let percent = parse_decimal(&target.as_scalar()?.text)?;
    Objective::from_percent(percent).filter(|_| percent > Decimal::ONE)
}

/// The length of the period; reports what cannot be one. Calendar periods are not
/// suggested: a window of Pyrra's is always a length of time.
fn period(node: &Node, decoder: &mut Decoder<'_>) -> Option<Duration> {
    let length = Duration::decode(node, decoder)?;
    let message = if length < Duration::from_days(1) {
        "a window lasts at least 1d"
    } else if length > Duration::from_days(365) {
        "a window lasts at most 1y"
    } else if length.millis().is_multiple_of(3_600_000) {
        return Some(length);
    } else {
        "a window lasts whole hours"
    };
    let found = node.as_scalar().map_or("", |scalar| &scalar.text);
    let help = if found.ends_with('m') && length < Duration::from_hours(1) {
        let days = length.secs() / 60 * 30;
        format!("`m` is minutes; if months were meant: `{days}d`")
    } else {
        "for instance `4w`".to_owned()
    };
    let message = format!("{message}, found `{found}`");
    decoder.push(Diagnostic::at(&slo::PERIOD_RANGE, node.at, message).with_help(help));
    None
}

/// Reports alerts of Pyrra's that can never fire: they ask for more errors than there
/// can be, or their short window is rounded to nothing.
pub(super) fn check_alerts(goal: &Goal, decoder: &mut Decoder<'_>) {
    let (Some(numbers), Some(period)) = (goal.numbers, &goal.period) else {
        return;
    };
    let budget = numbers.objective.budget();
    for (tier, severity) in TIERS.iter().zip(burn::SEVERITIES) {
        let factor = Decimal::from(tier.factor);
        let [long, short] = [tier.long, tier.short].map(|part| rounded(numbers.period, part));
        let (at, why, from) = if factor * budget >= Decimal::ONE {
            let asked = (factor * budget * Decimal::ONE_HUNDRED).normalize();
            let objective = numbers.objective;
            (
                goal.objective.value.at,
                format!("at an objective of {objective} %: it asks for {asked} % errors"),
                format!(
                    "an objective above {} %",
                    burn::lowest_reachable_objective(factor)
                ),
            )
        } else if short == Duration::ZERO {
            (
                period.value.at,
                format!(
                    "with a window of {}: its short window is rounded to nothing",
                    numbers.period
                ),
                "a window of 3d".to_owned(),
            )
        } else {
            continue;
        };
        let message = format!(
            "Pyrra's alert over {} and {} can never fire {why}",
            long.single_unit(),
            short.single_unit()
        );
        let help = format!("it can from {from} on; {}", instead(numbers, severity));
        decoder.push(Diagnostic::at(&import::NEVER_FIRES, at, message).with_help(help));
    }
}

/// A part of the window, as Pyrra rounds it: to whole minutes, half of one up.
fn rounded(window: Duration, part: u64) -> Duration {
    Duration::from_mins((window.millis() / part + 30_000) / 60_000)
}

/// What fires here.
fn instead(numbers: Numbers, severity: Severity) -> String {
    let Numbers { objective, period } = numbers;
    let budget = objective.budget();
    let pairs = burn::fitted(burn::SEVERITIES, period, budget, None);
    let arms: Vec<String> = pairs
        .iter()
        .filter(|pair| pair.severity == severity)
        .map(|pair| {
            let errors = (pair.threshold(budget) * Decimal::ONE_HUNDRED).round_dp(2);
            let (long, short) = (pair.long.single_unit(), pair.short.single_unit());
            format!("{} % errors over {long} and {short}", errors.normalize())
        })
        .collect();
    let name = severity.name();
    format!("here a {name} is raised above {}", arms.join(", or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The windows that Pyrra documents for four weeks, and those of a day.
    #[test]
    fn windows_are_rounded_as_in_pyrra() {
        let windows = |days| {
            let window = Duration::from_days(days);
            TIERS.map(|tier| {
                let [long, short] = [tier.long, tier.short].map(|part| rounded(window, part));
                format!("{long}/{short}")
            })
        };
        assert_eq!(windows(28), ["1h/5m", "6h/30m", "1d/2h", "4d/6h"]);
        assert_eq!(
            windows(30),
            ["1h4m/5m", "6h26m/32m", "1d1h43m/2h9m", "4d6h51m/6h26m"]
        );
        assert_eq!(windows(1), ["2m/0s", "13m/1m", "51m/4m", "3h26m/13m"]);
    }
}
