//! Which objective the data supports.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::budget::{Goal, Span, Track, calendar_periods, float, standing_over};
use crate::slo::{Budgeting, Objective, Period, Slo};

use super::judge::{Need, periods};
use super::model::{Advice, Kept, Measured, Suggestion, Thin, Unsuggested, seconds};

/// Objectives that people know, in percent.
const KNOWN: [Decimal; 9] = [
    Decimal::from_parts(90, 0, 0, false, 0),
    Decimal::from_parts(95, 0, 0, false, 0),
    Decimal::from_parts(98, 0, 0, false, 0),
    Decimal::from_parts(99, 0, 0, false, 0),
    Decimal::from_parts(995, 0, 0, false, 1),
    Decimal::from_parts(998, 0, 0, false, 1),
    Decimal::from_parts(999, 0, 0, false, 1),
    Decimal::from_parts(9995, 0, 0, false, 2),
    Decimal::from_parts(9999, 0, 0, false, 2),
];
/// Bad events that a budget must have room for: with fewer, single errors decide.
const LEAST_BUDGET: f64 = 5.0;
/// Of a normal distribution, 95 % lie within this many standard deviations.
const Z: f64 = 1.959_964;

/// What the data of all groups says about the objective of an SLO, and about others.
pub(super) fn advice(slo: &Slo, tracks: &[Track], span: Span, asked: &[Objective]) -> Advice {
    let own = slo.objective.value;
    let counts = slo.sli.value.counts_events() && slo.budgeting == Budgeting::Events;
    let goal = Goal::objective(slo);
    let needs = tracks.iter().map(|track| Need::of(track, &goal, span));
    let needs: Vec<Need> = needs.collect();
    let whole = tracks.iter().zip(&needs).filter(|(_, need)| need.is_whole);
    let known: Vec<&Track> = whole.map(|(track, _)| track).collect();
    // What too little is known of says nothing about the others.
    let unknown = tracks.len() - known.len();
    let of: Vec<&Track> = if known.is_empty() {
        tracks.iter().collect()
    } else {
        known
    };
    let measured = measured(slo, &of, span, counts);
    let per_period = of.iter().filter_map(|track| per_period(slo, track, span));
    let fewest = per_period.min_by(f64::total_cmp).filter(|_| counts);
    let is_thin = |objective: Objective| {
        let thin = thin(objective, fewest?);
        (thin.budget < LEAST_BUDGET).then_some(thin)
    };
    let usual = KNOWN.into_iter().filter_map(Objective::from_percent);
    let mut candidates: Vec<Objective> = usual.chain([own]).chain(asked.iter().copied()).collect();
    candidates.sort_unstable();
    candidates.dedup();
    candidates.retain(|objective| needs.iter().all(|need| need.is_within(budget(*objective))));
    let is_measurable = |objective: &Objective| {
        let ratio = objective.ratio().to_f64().unwrap_or(1.0);
        let is_sure = measured.confidence.is_none_or(|(low, _)| low >= ratio);
        is_sure && is_thin(*objective).is_none()
    };
    let worst = needs.iter().filter_map(|need| need.known);
    let worst = worst.max_by(f64::total_cmp);
    let suggested = match unknown_since(&goal, &needs, span) {
        Some(reason) => Err(reason),
        None if candidates.is_empty() => Err(Unsuggested::NoneKept),
        None => {
            let found = candidates.into_iter().rev().find(is_measurable);
            found.ok_or(Unsuggested::TooLittleTraffic)
        }
    };
    let mut of_interest = vec![own];
    of_interest.extend(asked.iter().copied().filter(|objective| *objective != own));
    Advice {
        suggested: suggested.map(|objective| Suggestion {
            objective,
            worst: worst.map(|worst| worst / budget(objective)),
            kept: kept(slo, &of, span, objective),
        }),
        unknown: if suggested.is_ok() { unknown } else { 0 },
        measured,
        thin: of_interest.into_iter().filter_map(is_thin).collect(),
    }
}

/// Why nothing is known of any period, where that is so.
fn unknown_since(goal: &Goal, needs: &[Need], span: Span) -> Option<Unsuggested> {
    if needs.is_empty() {
        return Some(Unsuggested::Nothing);
    }
    if needs.iter().any(|need| need.is_whole) {
        return None;
    }
    let has_passed = match &goal.period {
        Period::Rolling(length) => span.seconds() >= seconds(*length),
        Period::Calendar(calendar) => {
            let periods = calendar_periods(calendar, span).into_iter();
            let mut whole = periods.filter(|one| span.start <= one.start && one.end <= span.end);
            whole.next().is_some()
        }
    };
    Some(if has_passed {
        Unsuggested::TooLittleMeasured
    } else {
        Unsuggested::NoWholePeriod
    })
}

fn budget(objective: Objective) -> f64 {
    objective.budget().to_f64().unwrap_or(0.0)
}

/// Of the group with the highest error ratio.
fn measured(slo: &Slo, tracks: &[&Track], span: Span, counts: bool) -> Measured {
    let goal = Goal::objective(slo);
    let standings = tracks
        .iter()
        .map(|track| standing_over(track, &goal, span, span.end));
    let known = standings.filter_map(|standing| Some((standing.error_ratio?, standing.events?)));
    let worst = known.max_by(|one, other| one.0.total_cmp(&other.0));
    let events = worst.map(|(_, events)| events).filter(|_| counts);
    Measured {
        good: worst.map(|(ratio, _)| 1.0 - ratio),
        events: events.map(|events| events.total),
        confidence: events.and_then(|events| wilson(events.total - events.bad, events.total)),
    }
}

/// Events in a period of nominal length, at the mean rate of a stretch.
fn per_period(slo: &Slo, track: &Track, span: Span) -> Option<f64> {
    let events = track.events(span)?;
    let covered = track.coverage(span)?;
    let out = track.excluded(span);
    let seconds = covered * float(span.seconds() - out);
    (seconds > 0.0).then(|| events.total / seconds * slo.period.value.nominal().as_secs_f64())
}

fn thin(objective: Objective, events: f64) -> Thin {
    Thin {
        objective,
        events,
        budget: events * budget(objective),
        supportable: (events > LEAST_BUDGET).then(|| 100.0 * (1.0 - LEAST_BUDGET / events)),
    }
}

/// How many of the whole periods of all groups kept an objective.
fn kept(slo: &Slo, tracks: &[&Track], span: Span, objective: Objective) -> Kept {
    let goal = Goal::new(objective, &slo.period.value);
    let periods = tracks.iter().flat_map(|track| periods(track, &goal, span));
    let whole = periods.filter(|period| {
        period.is_over && period.span.start >= span.start && period.standing.is_known()
    });
    let (mut kept, mut of) = (0, 0);
    for period in whole {
        of += 1;
        kept += u64::from(period.standing.spent.is_some_and(|spent| spent <= 1.0));
    }
    let number = |count: u64| f64::from_u64(count).unwrap_or(0.0);
    Kept {
        kept,
        of,
        confidence: wilson(number(kept), number(of)),
    }
}

/// The interval in which a share lies with 95 % confidence when `successes` of `trials` were
/// seen (Wilson, 1927). It never leaves 0 to 1, and says something about few trials, too.
pub(super) fn wilson(successes: f64, trials: f64) -> Option<(f64, f64)> {
    if trials.is_nan() || trials < 1.0 {
        return None;
    }
    let share = (successes / trials).clamp(0.0, 1.0);
    let square = Z * Z;
    let scale = 1.0 + square / trials;
    let middle = (share + square / (2.0 * trials)) / scale;
    let spread = share * (1.0 - share) / trials + square / (4.0 * trials * trials);
    let half = Z * spread.sqrt() / scale;
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        for (successes, trials, low, high) in [
            (3.0, 3.0, 0.4385, 1.0),
            (0.0, 10.0, 0.0, 0.2775),
            (8.0, 10.0, 0.4902, 0.9433),
            (999.0, 1000.0, 0.99436, 0.99982),
        ] {
            let (found_low, found_high) = wilson(successes, trials).unwrap();
            assert!(
                (found_low - low).abs() < 5e-5,
                "{successes}/{trials}: {found_low}"
            );
            assert!(
                (found_high - high).abs() < 5e-5,
                "{successes}/{trials}: {found_high}"
            );
        }
        assert_eq!(wilson(0.0, 0.0), None);
        assert_eq!(wilson(0.0, f64::NAN), None);
    }

    #[test]
    fn why_nothing_is_known_is_told_apart() {
        let week = Period::Rolling(crate::duration::Duration::from_days(7));
        let goal = Goal::new(Objective::from_percent(KNOWN[3]).unwrap(), &week);
        let days = |days: i64| Span {
            start: 0,
            end: days * 86_400,
        };
        let unknown = Need::default();
        let known = Need {
            known: Some(0.001),
            is_whole: true,
            ..unknown
        };
        for (needs, days, reason) in [
            (&[][..], days(30), Some(Unsuggested::Nothing)),
            (&[unknown], days(2), Some(Unsuggested::NoWholePeriod)),
            (&[unknown], days(30), Some(Unsuggested::TooLittleMeasured)),
            // One group that is young does not keep the other from being known.
            (&[unknown, known], days(30), None),
        ] {
            assert_eq!(unknown_since(&goal, needs, days), reason);
        }
    }

    #[test]
    fn five_bad_events_are_the_least() {
        let objective = |text: &str| Objective::from_percent(text.parse().unwrap()).unwrap();
        let thin = thin(objective("99.9"), 1000.0);
        assert!((thin.budget - 1.0).abs() < 1e-9);
        assert!((thin.supportable.unwrap() - 99.5).abs() < 1e-9);
        assert_eq!(super::thin(objective("99.9"), 4.0).supportable, None);
    }
}
