//! From numbers to a verdict per SLO and group.

use std::collections::BTreeSet;

use super::Context;
use super::firing::Alerts;
use super::outcome::{AlertStanding, Burn, Origin, PromiseStanding, Standing, Verdict};
use super::period::Progress;
use super::raw::{self, Numbers, Raw, ratio};
use super::recorded::{Key, Recorded};
use crate::burn;
use crate::duration::Duration;
use crate::rules::series::{
    BUDGET_REMAINING, COVERAGE, PERIOD_RATIO, PROMISE_REMAINING, error_ratio,
};
use crate::slo::{Period, Slo};
use crate::words;

/// Share of the budget (0–1) below which it is low, where the spec has no alert on it.
const LOW: f64 = 0.25;
/// Share of the period (0–1) that must be measured before the budget says something: half,
/// as an alert asks of its long window, and a little less, so that a server that keeps half
/// of the period does not change its mind with every block.
const HALF: f64 = 0.48;

/// How every SLO stands: one per group, and per server or cluster.
pub(super) fn standings(
    cx: &Context<'_>,
    recorded: &Recorded,
    raw: &Raw,
    alerts: &Alerts,
) -> Vec<Standing> {
    let mut standings = Vec::new();
    for slo in &cx.slos {
        for key in keys(cx, recorded, raw, slo) {
            let line = Line::new(cx, recorded, raw, slo, key);
            standings.push(line.standing(alerts));
        }
    }
    standings
}

/// The lines of an SLO: those that have numbers, those that are expected.
fn keys(cx: &Context<'_>, recorded: &Recorded, raw: &Raw, slo: &Slo) -> Vec<Key> {
    let mut keys: BTreeSet<Key> = recorded.keys(slo).cloned().collect();
    let known: BTreeSet<_> = keys.iter().map(|key| key.group.clone()).collect();
    let only_raw = raw::keys(cx, raw, slo).into_iter();
    keys.extend(only_raw.filter(|key| !known.contains(&key.group)));
    for group in crate::rules::expected_groups(slo) {
        let is_there = |key: &Key| {
            group
                .iter()
                .all(|(label, value)| key.group.get(label) == Some(value))
        };
        if !keys.iter().any(is_there) {
            keys.insert(Key {
                group,
                ..Key::default()
            });
        }
    }
    if keys.is_empty() {
        keys.insert(Key::default());
    }
    keys.into_iter().collect()
}

/// The numbers of one line, wherever they come from.
struct Line<'a> {
    slo: &'a Slo,
    key: Key,
    origin: Origin,
    now: f64,
    is_measured: bool,
    numbers: Numbers,
}

impl<'a> Line<'a> {
    fn new(cx: &Context<'_>, recorded: &Recorded, raw: &Raw, slo: &'a Slo, key: Key) -> Self {
        let value = |name: &str| recorded.value(slo, &key, name);
        let mut numbers = Numbers {
            coverage: value(COVERAGE),
            error_ratio: value(PERIOD_RATIO),
            budget_left: value(BUDGET_REMAINING),
            promise_left: value(PROMISE_REMAINING),
            is_measured: recorded.is_measured(slo, &key),
            ratios: crate::rules::windows(&burn::pairs(slo))
                .into_iter()
                .filter_map(|window| Some((window, value(&error_ratio(window))?)))
                .collect(),
        };
        let mut origin = match numbers.budget_left {
            Some(_) => Origin::Recorded,
            None => Origin::Nothing,
        };
        let mut is_measured = numbers.is_measured;
        if let Some(raw) = raw.get(&slo.id).and_then(|groups| groups.get(&key.group)) {
            is_measured |= raw.is_measured;
            if raw.budget_left.is_some() {
                origin = Origin::Raw;
                numbers = raw.clone();
            }
        }
        Self {
            slo,
            key,
            origin,
            now: cx.now,
            is_measured,
            numbers,
        }
    }

    fn standing(self, alerts: &Alerts) -> Standing {
        let slo = self.slo;
        let alerts = alerts.of(slo, &self.key);
        let (verdict, reasons) = self.verdict(&alerts);
        let numbers = &self.numbers;
        Standing {
            slo: slo.id.clone(),
            owner: slo.owner.as_ref().map(|owner| owner.value.clone()),
            at: slo.name_at,
            verdict,
            reasons,
            objective: slo.objective.value,
            period: slo.period.value.to_string(),
            promise: slo.promise.as_ref().map(|promise| PromiseStanding {
                objective: promise.objective.value,
                period: promise.period.value.to_string(),
                left: finite(numbers.promise_left),
            }),
            budget_left: finite(numbers.budget_left),
            error_ratio: finite(numbers.error_ratio),
            coverage: finite(numbers.coverage),
            origin: self.origin,
            burn: self.burn(),
            exhausted_in: self.exhausted_in(),
            alerts,
            group: self.key.group,
            place: self.key.place,
        }
    }

    fn burn(&self) -> Vec<Burn> {
        let budget = ratio(self.slo.objective.value.budget());
        let pairs = burn::pairs(self.slo);
        let windows: BTreeSet<Duration> = pairs
            .iter()
            .flat_map(|pair| [pair.short, pair.long])
            .collect();
        let rate = |window| {
            let ratio = self.numbers.ratios.get(&window).copied();
            finite(ratio.map(|ratio| ratio / budget))
        };
        windows
            .into_iter()
            .map(|window| Burn {
                window,
                is_long: pairs.iter().any(|pair| pair.long == window),
                rate: rate(window),
            })
            .collect()
    }

    /// What is left, at the pace of the last hour. A pace of 1 or less never spends the
    /// budget of a rolling period; one that lasts longer than a calendar period is stopped
    /// by its end.
    fn exhausted_in(&self) -> Option<f64> {
        let hour = Duration::from_hours(1);
        let budget = ratio(self.slo.objective.value.budget());
        let rate = self.numbers.ratios.get(&hour)? / budget;
        let left = self.numbers.budget_left?;
        let period = &self.slo.period.value;
        let seconds = left * period.nominal().as_secs_f64() / rate;
        let is_in_time = match period {
            Period::Rolling(_) => rate > 1.0,
            Period::Calendar(_) => seconds < Progress::of(period, self.now).left.as_secs_f64(),
        };
        (left > 0.0 && is_in_time && seconds.is_finite()).then_some(seconds)
    }

    fn verdict(&self, alerts: &[AlertStanding]) -> (Verdict, Vec<String>) {
        let left = self.numbers.budget_left.filter(|left| left.is_finite());
        let unknown = self.unknown();
        let is_certain = left.is_some_and(|left| {
            // What has been measured spends the budget of the whole period already.
            left <= 0.0 && (1.0 - left) * self.numbers.coverage.unwrap_or(0.0) >= 1.0
        });
        match left {
            Some(left) if left <= 0.0 && (unknown.is_empty() || is_certain) => {
                let mut reasons = vec![gone(self.slo, left)];
                reasons.extend(unknown);
                (Verdict::Breached, reasons)
            }
            _ if !unknown.is_empty() => {
                // Whoever is called wants to know why, whether the budget is known or not.
                let mut reasons = unknown;
                reasons.extend(self.fire(alerts));
                (Verdict::Unknown, reasons)
            }
            _ => {
                let risks = self.risks(alerts);
                if risks.is_empty() {
                    (Verdict::Ok, risks)
                } else {
                    (Verdict::AtRisk, risks)
                }
            }
        }
    }

    /// Why nobody can know.
    fn unknown(&self) -> Vec<String> {
        let numbers = &self.numbers;
        let mut reasons = Vec::new();
        if self.origin == Origin::Nothing && !self.is_measured {
            return vec![
                "no data: nothing is recorded, and the raw metrics have nothing either, or too little".to_owned(),
            ];
        }
        if !self.is_measured {
            reasons.push("nothing is measured at present".to_owned());
        }
        match numbers.budget_left {
            None if numbers.coverage.is_some_and(|share| share > 0.0) => {
                reasons.push(format!("no events {}", self.slo.period.value.phrase()));
            }
            None => reasons.push("no number yet for what is left of the budget".to_owned()),
            Some(left) if !left.is_finite() => {
                reasons.push("what is left of the budget is no number".to_owned());
            }
            Some(_) => {}
        }
        if let Some(share) = numbers.coverage.filter(|share| *share < HALF) {
            reasons.push(format!(
                "only {} of the period is measured; what is not measured is not good",
                words::percent(Some(share))
            ));
        }
        reasons
    }

    fn risks(&self, alerts: &[AlertStanding]) -> Vec<String> {
        let slo = self.slo;
        let mut risks = Vec::new();
        risks.extend(self.fire(alerts));
        let low = slo.alerting.budget_left.iter().map(|rule| rule.below);
        let low = low.max().map_or(LOW, |percent| ratio(percent) / 100.0);
        if let Some(left) = self.numbers.budget_left.filter(|left| *left < low) {
            risks.push(format!(
                "{} of the error budget is left",
                words::percent(Some(left))
            ));
        }
        risks.extend(self.promise_risk());
        if let Some(seconds) = self.exhausted_in().filter(|_| !risks.is_empty()) {
            risks.push(format!(
                "at the pace of the last hour the budget is gone in {}",
                words::span(seconds)
            ));
        }
        risks
    }

    /// What burns, when an alert says so.
    fn fire(&self, alerts: &[AlertStanding]) -> Option<String> {
        let mut alerts = alerts.iter();
        let alert = alerts.find(|alert| {
            alert.name == self.slo.alerting.name.value && (alert.expected || alert.firing)
        })?;
        Some(burning(alert, &self.burn()))
    }

    fn promise_risk(&self) -> Option<String> {
        let left = self.numbers.promise_left?;
        let rule = self.slo.alerting.promise_at_risk.as_ref();
        let below = rule.map_or(0.0, |rule| ratio(rule.below) / 100.0);
        if left <= 0.0 {
            Some("the promise to customers is broken".to_owned())
        } else {
            (left < below).then(|| {
                let left = words::percent(Some(left));
                format!("{left} of the budget that the promise allows is left")
            })
        }
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// What is said of a budget that is gone.
fn gone(slo: &Slo, left: f64) -> String {
    let spent = words::percent(Some(1.0 - left));
    let period = slo.period.value.phrase();
    format!("the error budget is gone: {spent} of what is allowed {period} is spent")
}

/// What burns, by the alert that says so.
fn burning(alert: &AlertStanding, burn: &[Burn]) -> String {
    let fastest = burn
        .iter()
        .filter(|burn| burn.is_long)
        .filter_map(|burn| Some((burn.window, burn.rate?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let severity = alert.severity.name();
    let state = if alert.firing { "fires" } else { "should fire" };
    match fastest {
        Some((window, rate)) => format!(
            "it burns: {} over {}, {} ({severity}) {state}",
            words::rate(Some(rate)),
            window.single_unit(),
            alert.name
        ),
        None => format!("it burns: {} ({severity}) {state}", alert.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::Severity;
    use crate::testing::slo;

    /// What is left, what is covered, and whether something is measured now.
    fn line(slo: &Slo, left: Option<f64>, coverage: Option<f64>, is_measured: bool) -> Line<'_> {
        let ratios = [("5m", 0.0), ("1h", 0.002), ("6h", 0.001)];
        Line {
            slo,
            key: Key::default(),
            origin: left.map_or(Origin::Nothing, |_| Origin::Recorded),
            now: 1e9,
            is_measured,
            numbers: Numbers {
                coverage,
                budget_left: left,
                is_measured,
                ratios: ratios
                    .map(|(window, ratio)| (Duration::parse(window).unwrap(), ratio))
                    .into(),
                ..Numbers::default()
            },
        }
    }

    fn alert(expected: bool, firing: bool) -> AlertStanding {
        AlertStanding {
            name: "SLOErrorBudgetBurn".to_owned(),
            severity: Severity::Page,
            expected,
            firing,
        }
    }

    #[test]
    fn what_is_not_measured_is_not_good() {
        let slo = slo("99.9", "");
        for (left, coverage, is_measured, verdict, said) in [
            (Some(0.8), Some(1.0), true, Verdict::Ok, ""),
            (Some(0.8), Some(0.5), true, Verdict::Ok, ""),
            (
                Some(0.8),
                Some(0.47),
                true,
                Verdict::Unknown,
                "only 47 % of the period is measured",
            ),
            (
                Some(0.8),
                Some(1.0),
                false,
                Verdict::Unknown,
                "nothing is measured at present",
            ),
            (None, None, false, Verdict::Unknown, "no data"),
            (
                None,
                Some(1.0),
                true,
                Verdict::Unknown,
                "no events over 30d",
            ),
            (None, None, true, Verdict::Unknown, "no number yet"),
            (
                Some(f64::NAN),
                Some(1.0),
                true,
                Verdict::Unknown,
                "is no number",
            ),
            (
                Some(0.2),
                Some(1.0),
                true,
                Verdict::AtRisk,
                "20 % of the error budget is left",
            ),
            (
                Some(0.0),
                Some(1.0),
                true,
                Verdict::Breached,
                "100 % of what is allowed",
            ),
            (
                Some(-0.5),
                Some(0.9),
                true,
                Verdict::Breached,
                "150 % of what is allowed",
            ),
            // A bad hour of a service that is an hour old.
            (
                Some(-9.0),
                Some(0.001),
                true,
                Verdict::Unknown,
                "only 0.1 % of the period",
            ),
            // All that is missing may have been good, and still it is gone.
            (
                Some(-9.0),
                Some(0.3),
                true,
                Verdict::Breached,
                "the error budget is gone",
            ),
            (
                Some(-0.5),
                Some(1.0),
                false,
                Verdict::Breached,
                "the error budget is gone",
            ),
        ] {
            let (found, reasons) = line(&slo, left, coverage, is_measured).verdict(&[]);
            assert_eq!(found, verdict, "{left:?} {coverage:?} {reasons:?}");
            let reasons = reasons.join("; ");
            assert!(reasons.contains(said), "{left:?} {coverage:?} {reasons}");
            assert_eq!(reasons.is_empty(), verdict == Verdict::Ok, "{reasons}");
        }
    }

    #[test]
    fn what_burns_is_at_risk() {
        let slo = slo("99.9", "");
        let line = line(&slo, Some(0.8), Some(1.0), true);
        for (expected, firing, said) in [
            (true, true, "SLOErrorBudgetBurn (page) fires"),
            (true, false, "SLOErrorBudgetBurn (page) should fire"),
            (false, true, "SLOErrorBudgetBurn (page) fires"),
        ] {
            let (verdict, reasons) = line.verdict(&[alert(expected, firing)]);
            assert_eq!(verdict, Verdict::AtRisk);
            assert_eq!(
                reasons,
                [
                    format!("it burns: 2.0x over 1h, {said}"),
                    "at the pace of the last hour the budget is gone in 12d".to_owned()
                ]
            );
        }
    }

    #[test]
    fn the_spec_says_what_is_little() {
        let slo = slo(
            "99.9",
            "alerts: {budget_left: [{below: 60, severity: ticket}]}",
        );
        let (verdict, _) = line(&slo, Some(0.5), Some(1.0), true).verdict(&[]);
        assert_eq!(verdict, Verdict::AtRisk);
        let (verdict, _) = line(&slo, Some(0.7), Some(1.0), true).verdict(&[]);
        assert_eq!(verdict, Verdict::Ok);
    }

    #[test]
    fn a_broken_promise_is_said() {
        let slo = slo("99.9", "promise: 99.5");
        let mut line = line(&slo, Some(0.8), Some(1.0), true);
        line.numbers.promise_left = Some(-0.1);
        let (verdict, reasons) = line.verdict(&[]);
        assert_eq!(verdict, Verdict::AtRisk);
        assert_eq!(reasons[0], "the promise to customers is broken");
    }

    #[test]
    fn a_pace_within_the_objective_never_spends_a_rolling_budget() {
        let slo = slo("99.9", "");
        let mut line = line(&slo, Some(0.5), Some(1.0), true);
        // Half of 30 days at twice the pace.
        assert_eq!(line.exhausted_in(), Some(7.5 * 86_400.0));
        line.numbers.ratios.insert(Duration::from_hours(1), 0.001);
        assert_eq!(line.exhausted_in(), None);
        line.numbers.budget_left = Some(-0.1);
        line.numbers.ratios.insert(Duration::from_hours(1), 0.1);
        assert_eq!(line.exhausted_in(), None);
    }
}
