//! Which pairs an SLO gets.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{BASE_WINDOW, Pair};
use crate::duration::Duration;
use crate::slo::{PairSpec, Severity, Slo};

/// The workbook's pairs for 30 days, with the 3x ticket of its example rules.
const WORKBOOK: [(Duration, Decimal); 4] = [
    (
        Duration::from_hours(1),
        Decimal::from_parts(144, 0, 0, false, 1),
    ),
    (
        Duration::from_hours(6),
        Decimal::from_parts(6, 0, 0, false, 0),
    ),
    (
        Duration::from_days(1),
        Decimal::from_parts(3, 0, 0, false, 0),
    ),
    (
        Duration::from_days(3),
        Decimal::from_parts(1, 0, 0, false, 0),
    ),
];

/// Whom each of them alerts.
pub const SEVERITIES: [Severity; 4] = [
    Severity::Page,
    Severity::Page,
    Severity::Ticket,
    Severity::Ticket,
];

/// A budget at which every pair of the workbook has a use: that of 99.9 %.
const STRICT_BUDGET: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// A fitted long window holds three short ones at least.
const SHORTEST_LONG_WINDOW: Duration = Duration::from_mins(15);

/// Windows that people can name, in minutes.
const GRID: [u64; 21] = [
    5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2160, 2880, 4320, 5760, 7200, 8640,
    11520, 17280,
];

/// The alert pairs of an SLO: its author's, or the workbook's fitted to its
/// period and objective. Pairs of a severity that is off are left out.
pub fn pairs(slo: &Slo) -> Vec<Pair> {
    let period = slo.period.value.nominal();
    let pairs: Vec<Pair> = if let Some(own) = &slo.alerting.pairs {
        let own = own.iter().map(|pair| own_pair(&pair.value, period));
        own.collect()
    } else {
        let budget = slo.objective.value.budget();
        fitted(SEVERITIES, period, budget, slo.scrape())
    };
    pairs
        .into_iter()
        .filter(|pair| slo.alerting.route(pair.severity).is_some())
        .collect()
}

/// The windows of all pairs that an SLO can have, also of those that are off or that its
/// objective leaves no use for.
pub fn all_windows(slo: &Slo) -> Vec<Duration> {
    let period = slo.period.value.nominal();
    let fitted = fitted(SEVERITIES, period, STRICT_BUDGET, slo.scrape());
    let of_period = fitted.into_iter().map(|pair| [pair.long, pair.short]);
    let own = slo.alerting.pairs.iter().flatten();
    let own = own.map(|pair| [pair.value.long, pair.value.short]);
    match slo.alerting.pairs {
        Some(_) => own.flatten().collect(),
        None => of_period.flatten().collect(),
    }
}

/// A pair as its author wrote it: factor = share of the budget · period / long window.
pub fn own_pair(pair: &PairSpec, period: Duration) -> Pair {
    let share = pair.budget / Decimal::ONE_HUNDRED;
    let factor = share * Decimal::from(period.millis()) / Decimal::from(pair.long.millis().max(1));
    Pair {
        severity: pair.severity,
        long: pair.long,
        short: pair.short,
        factor: factor.round_dp(4).normalize(),
    }
}

/// The workbook's pairs for another period.
///
/// Keeping the windows (as Sloth does) pages for ever smaller parts of a short
/// period; keeping the budget shares (as Pyrra does) makes windows shorter than
/// a few scrapes, or pages late in a long one. Half way between, the windows
/// scale with the square root of the period. The factors, and with them the
/// urgency and the objectives from which a pair can fire, stay the same.
///
/// `severities` says whom the pairs alert, from the fastest to the slowest.
pub fn fitted(
    severities: [Severity; 4],
    period: Duration,
    budget: Decimal,
    scrape: Option<Duration>,
) -> Vec<Pair> {
    let cap = factor_cap(budget);
    let scale = (period.as_secs_f64() / Duration::from_days(30).as_secs_f64()).sqrt();
    let mut pairs: Vec<Pair> = Vec::new();
    for (severity, (long, factor)) in severities.into_iter().zip(WORKBOOK) {
        let long = nearest_on_grid(
            long.as_secs_f64() / 60.0 * scale,
            SHORTEST_LONG_WINDOW,
            period / 4,
        );
        let shortest = scrape.map_or(BASE_WINDOW, |scrape| BASE_WINDOW.max(scrape * 4));
        let pair = Pair {
            severity,
            long,
            short: nearest_on_grid(long.as_secs_f64() / 60.0 / 12.0, shortest, long),
            factor: factor.min(cap),
        };
        // A longer window at the same factor fires later than the shorter one, so it adds nothing.
        let dominated = pairs
            .iter()
            .any(|other| other.severity == severity && other.factor <= pair.factor);
        if !dominated && pair.short < pair.long {
            pairs.push(pair);
        }
    }
    pairs
}

/// The highest factor of a fitted pair: it asks for at most 80 % errors, or,
/// where the budget is so large that this would be less than on target, for the
/// middle between on target and a total outage.
pub fn factor_cap(budget: Decimal) -> Decimal {
    let outage = Decimal::ONE / budget;
    let cap = (Decimal::new(8, 1) * outage).max((Decimal::ONE + outage) / Decimal::TWO);
    cap.round_dp_with_strategy(3, RoundingStrategy::ToZero)
        .normalize()
}

/// The objective in percent above which a pair with this factor can fire: 100 · (1 − 1/factor).
pub fn lowest_reachable_objective(factor: Decimal) -> Decimal {
    (Decimal::ONE_HUNDRED * (Decimal::ONE - Decimal::ONE / factor))
        .round_dp_with_strategy(3, RoundingStrategy::AwayFromZero)
        .normalize()
}

/// The grid's window nearest to `minutes` by ratio, within bounds where the grid has one there.
fn nearest_on_grid(minutes: f64, shortest: Duration, longest: Duration) -> Duration {
    let distance = |window: &Duration| {
        let ratio = window.as_secs_f64() / 60.0 / minutes;
        ratio.max(1.0 / ratio)
    };
    GRID.into_iter()
        .map(Duration::from_mins)
        .filter(|window| *window >= shortest && *window <= longest)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(shortest.max(BASE_WINDOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(days: u64, percent: &str) -> Vec<String> {
        let budget = Decimal::ONE - percent.parse::<Decimal>().unwrap() / Decimal::ONE_HUNDRED;
        fitted(
            SEVERITIES,
            Duration::from_days(days),
            budget,
            Some(Duration::from_secs(30)),
        )
        .into_iter()
        .map(|pair| {
            format!(
                "{} {}x {}/{} spends {}%",
                pair.severity.name(),
                pair.factor,
                pair.long.single_unit(),
                pair.short.single_unit(),
                (pair.budget_spent(Duration::from_days(days)) * Decimal::ONE_HUNDRED)
                    .round_dp(2)
                    .normalize(),
            )
        })
        .collect()
    }

    #[test]
    fn thirty_days_are_the_workbook() {
        assert_eq!(
            table(30, "99.9"),
            [
                "page 14.4x 1h/5m spends 2%",
                "page 6x 6h/30m spends 5%",
                "ticket 3x 1d/2h spends 10%",
                "ticket 1x 3d/6h spends 10%",
            ]
        );
    }

    #[test]
    fn other_periods_keep_the_urgency() {
        assert_eq!(
            table(7, "99.9"),
            [
                "page 14.4x 30m/5m spends 4.29%",
                "page 6x 3h/15m spends 10.71%",
                "ticket 3x 12h/1h spends 21.43%",
                "ticket 1x 36h/3h spends 21.43%",
            ]
        );
        assert_eq!(
            table(1, "99.9"),
            [
                "page 14.4x 15m/5m spends 15%",
                "page 6x 1h/5m spends 25%",
                "ticket 3x 4h/20m spends 50%",
                "ticket 1x 6h/30m spends 25%",
            ]
        );
        assert_eq!(
            table(90, "99.9"),
            [
                "page 14.4x 2h/10m spends 1.33%",
                "page 6x 12h/1h spends 3.33%",
                "ticket 3x 2d/4h spends 6.67%",
                "ticket 1x 5d/12h spends 5.56%",
            ]
        );
        assert_eq!(table(28, "99.9"), table(28, "99"));
    }

    #[test]
    fn low_objectives_get_pairs_that_can_fire() {
        for percent in ["99.999", "95", "93", "90", "75", "50", "20", "5"] {
            let budget = Decimal::ONE - percent.parse::<Decimal>().unwrap() / Decimal::ONE_HUNDRED;
            for days in [1, 7, 28, 30, 90, 365] {
                let pairs = fitted(SEVERITIES, Duration::from_days(days), budget, None);
                assert!(
                    pairs.iter().any(|pair| pair.severity == Severity::Page),
                    "{percent} {days}"
                );
                assert!(
                    pairs.iter().any(|pair| pair.severity == Severity::Ticket),
                    "{percent} {days}"
                );
                for pair in pairs {
                    assert!(pair.can_fire(budget), "{percent} {days} {pair:?}");
                    assert!(pair.factor >= Decimal::ONE, "{percent} {days} {pair:?}");
                    assert!(
                        pair.long.millis() * 4 <= Duration::from_days(days).millis(),
                        "{percent} {days} {pair:?}"
                    );
                    assert!(
                        pair.short < pair.long && pair.short >= BASE_WINDOW,
                        "{percent} {days} {pair:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_the_objective_from_which_a_factor_is_reachable() {
        for (factor, percent) in [
            ("14.4", "93.056"),
            ("6", "83.334"),
            ("3", "66.667"),
            ("1", "0"),
        ] {
            assert_eq!(
                lowest_reachable_objective(factor.parse().unwrap()),
                percent.parse().unwrap()
            );
        }
    }
}
