//! What the data says about an objective, in sentences.

use crate::backtest::model::{Advice, Suggestion, Thin, Unsuggested, Version};
use crate::words;

use super::document::events_of;

/// The suggestion and how sure it is; before it, where there is too little traffic.
pub(super) fn sentences(advice: &Advice, version: &Version) -> Vec<String> {
    let mut sentences: Vec<String> = advice.thin.iter().map(thin).collect();
    let measured = &advice.measured;
    if let Some(good) = measured.good {
        let of = measured
            .events
            .map_or_else(String::new, |events| format!(" of {}", events_of(events)));
        let sure = measured.confidence.map_or_else(String::new, |(low, high)| {
            format!(
                " (between {} and {} with 95 % confidence)",
                fine(low),
                fine(high)
            )
        });
        sentences.push(format!("Measured: {}{of} good{sure}.", fine(good)));
    }
    sentences.push(match &advice.suggested {
        Ok(suggestion) => suggested(suggestion, version),
        Err(reason) => format!("There is no objective to suggest: {}.", why(*reason)),
    });
    if advice.unknown > 0 {
        let groups = words::count(advice.unknown, "group");
        sentences.push(format!(
            "That is without {groups} of which too little is known."
        ));
    }
    sentences
}

const fn why(reason: Unsuggested) -> &'static str {
    match reason {
        Unsuggested::Nothing => "nothing was measured",
        Unsuggested::NoWholePeriod => "no whole period has passed since the replay begins",
        Unsuggested::TooLittleMeasured => "too little was measured of every period",
        Unsuggested::NoneKept => "from 90 % on, none was kept in every period",
        Unsuggested::TooLittleTraffic => {
            "those that were kept in every period have too little traffic to be sure of them"
        }
    }
}

fn suggested(suggestion: &Suggestion, version: &Version) -> String {
    let objective = suggestion.objective;
    let compared = match objective.cmp(&version.objective) {
        std::cmp::Ordering::Equal => format!("The objective of {objective} % fits"),
        std::cmp::Ordering::Less => format!("Suggested: {objective} %, looser than now"),
        std::cmp::Ordering::Greater => format!("Suggested: {objective} %, stricter than now"),
    };
    let worst = suggestion.worst.map_or_else(String::new, |worst| {
        format!(
            ", of which the worst period spent {} of the budget",
            words::percent(Some(worst))
        )
    });
    let kept = &suggestion.kept;
    let sure = match kept.confidence {
        Some((low, high)) => format!(
            " {} of {} kept it; from so few, between {} and {} of periods will, with 95 % confidence.",
            kept.kept,
            words::count(
                usize::try_from(kept.of).unwrap_or(usize::MAX),
                "whole period"
            ),
            words::percent(Some(low)),
            words::percent(Some(high))
        ),
        None => " No whole period was seen, so nothing says how sure that is.".to_owned(),
    };
    format!("{compared}: the strictest that was kept in every period{worst}.{sure}")
}

fn thin(thin: &Thin) -> String {
    let events = events_of(thin.events);
    let budget = format!("{:.1}", thin.budget);
    let supportable = match thin.supportable {
        Some(percent) => format!(
            "max supportable objective = 1 - 5/{events} = {} %",
            floored(percent)
        ),
        None => "no objective can be measured with so few".to_owned(),
    };
    format!(
        "There is too little traffic for {} %: about {events} events per period leave a budget of \
         {budget} bad ones, and from below 5 on single errors decide; {supportable}.",
        thin.objective
    )
}

/// To three digits after the point, never more than it is.
fn floored(percent: f64) -> String {
    let text = format!("{:.3}", (percent * 1000.0).floor() / 1000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share near 1 as percent, to four digits after the point.
fn fine(share: f64) -> String {
    let text = format!("{:.4}", (share * 1e6).floor() / 1e4);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
