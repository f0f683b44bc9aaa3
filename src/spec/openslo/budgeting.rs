//! Budgeting methods.

use std::sync::Arc;

use super::get;
use super::target::decimal;
use super::window;
use crate::diagnostic::codes::{import, slo};
use crate::duration::Duration;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;
use rust_decimal::Decimal;

/// What the error budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Bad events.
    Occurrences,
    /// Bad time slices.
    Timeslices,
    /// The mean of the ratios of time slices.
    RatioTimeslices,
}

const WORDS: [&str; 3] = ["Occurrences", "Timeslices", "RatioTimeslices"];

/// The method of an SLO; the first one when it is none that is known, which is reported.
pub(super) fn method(spec: &Node, decoder: &mut Decoder<'_>) -> Method {
    let Some(entry) = get::required(spec, "budgetingMethod", "an SLO", decoder) else {
        return Method::Occurrences;
    };
    match get::scalar(&entry.value).unwrap_or_default() {
        "Occurrences" => Method::Occurrences,
        "Timeslices" => Method::Timeslices,
        "RatioTimeslices" => Method::RatioTimeslices,
        other => {
            decoder.unknown_word(&entry.value, other, &WORDS);
            Method::Occurrences
        }
    }
}

/// `{slices: {length, target}}`; `None` for events, and after reporting why not.
pub(super) fn slices(
    objective: &Node,
    is_gauge: bool,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let what = "an objective on time slices";
    let target = get::required(objective, "timeSliceTarget", what, decoder);
    let length = get::required(objective, "timeSliceWindow", what, decoder);
    let (target, length) = (target?, length?);
    let ratio = decimal(&target.value, decoder)?;
    let percent = ratio.checked_mul(Decimal::ONE_HUNDRED)?.normalize();
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        decoder.error_with_help(
            &slo::OBJECTIVE_RANGE,
            target.value.at,
            format!("expected a target above 0 and up to 1, found {ratio}"),
            "for instance 0.95",
        );
        return None;
    }
    let percent = all_good(percent, target.value.at, decoder);
    let asked = window::shorthand(&length.value, decoder)?.length()?;
    let nearest = nearest(asked, is_gauge);
    if nearest != asked {
        decoder.error_with_help(
            &import::READ_AS,
            length.value.at,
            format!("a slice of {asked} is read as one of {nearest}"),
            if is_gauge {
                "slices are whole minutes that divide an hour"
            } else {
                "slices of counted events are multiples of 5m that divide an hour"
            },
        );
    }
    let (at, length_at) = (target.value.at, length.value.at);
    let slices = make::map(length_at)
        .put(
            "length",
            length_at,
            make::plain(nearest.single_unit(), length_at),
        )
        .put("target", at, make::plain(percent.to_string(), at))
        .done();
    Some(make::map(length_at).put("slices", length_at, slices).done())
}

/// A slice without a single bad event, as nearly as a target can ask for it.
fn all_good(percent: Decimal, at: crate::source::SourceSpan, decoder: &mut Decoder<'_>) -> Decimal {
    let most = Decimal::new(99_999, 3);
    if percent < Decimal::ONE_HUNDRED {
        return percent;
    }
    decoder.error_with_help(
        &import::READ_AS,
        at,
        format!("a slice without any bad event is read as one with {most} % good ones"),
        "ask for less than 1",
    );
    most
}

fn nearest(asked: Duration, is_gauge: bool) -> Duration {
    let lengths: &[u64] = if is_gauge {
        &[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
    } else {
        &[5, 10, 15, 20, 30, 60]
    };
    let lengths = lengths.iter().map(|minutes| Duration::from_mins(*minutes));
    lengths
        .min_by_key(|length| length.millis().abs_diff(asked.millis()))
        .unwrap_or(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_get_a_length_that_works() {
        let minutes = Duration::from_mins;
        for (asked, is_gauge, expected) in
            [(1, false, 5), (1, true, 1), (7, true, 6), (90, false, 60)]
        {
            assert_eq!(nearest(minutes(asked), is_gauge), minutes(expected));
        }
    }
}
