//! Alerts that a steady error ratio raises.

use rust_decimal::prelude::ToPrimitive;

use super::outcome::Held;
use crate::burn;
use crate::slo::{Severity, Slo};

/// The error ratio of an hour from which a service counts as failing almost entirely,
/// however few its events are.
const ALMOST_ENTIRELY: f64 = 0.9;

/// An alert that would be raised, and stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// Its name.
    pub name: String,
    /// Whom it alerts.
    pub severity: Severity,
    /// Why, in words.
    pub why: String,
}

/// The alerts that are raised when objective and promise burn steadily as they would, with
/// so many events per second.
pub(super) fn raised(
    slo: &Slo,
    objective: &Held,
    promise: Option<&Held>,
    events: f64,
) -> Vec<Raised> {
    let alerting = &slo.alerting;
    let mut raised: Vec<Raised> = [Severity::Page, Severity::Ticket]
        .into_iter()
        .filter(|severity| alerting.route(*severity).is_some())
        .filter_map(|severity| {
            Some(Raised {
                name: alerting.name.value.clone(),
                severity,
                why: burns(slo, objective, severity, events)?,
            })
        })
        .collect();
    let mut low = |held: &Held, name: &str, severity, below: rust_decimal::Decimal, of: &str| {
        let bound = below.to_f64().unwrap_or(f64::NAN) / 100.0;
        // Without bad events there is no budget that could fall.
        let left = held.course.spent_in_the_end.map(|spent| 1.0 - spent);
        if left.is_some_and(|left| left < bound) && alerting.route(severity).is_some() {
            raised.push(Raised {
                name: name.to_owned(),
                severity,
                why: format!("less than {} % of {of} would be left", below.normalize()),
            });
        }
    };
    for rule in &alerting.budget_left {
        low(
            objective,
            &rule.name.value,
            rule.severity,
            rule.below,
            "the budget",
        );
    }
    if let (Some(held), Some(rule)) = (promise, &alerting.promise_at_risk) {
        low(
            held,
            &rule.name.value,
            rule.severity,
            rule.below,
            "what the promise allows",
        );
    }
    raised
}

/// Why a burn-rate alert of a severity fires, by the least that makes it.
fn burns(slo: &Slo, objective: &Held, severity: Severity, events: f64) -> Option<String> {
    let ratio = objective.error_ratio.likely;
    let burn = objective.burn.likely;
    let least = slo.alerting.min_bad_events.as_ref();
    let enough = |seconds: f64| {
        // As the rules ask, which allow for extrapolation.
        least.is_none_or(|least| {
            ratio * events * seconds > least.value.to_f64().unwrap_or(f64::MAX) - 0.5
        })
    };
    let factor = burn::pairs(slo)
        .into_iter()
        .filter(|pair| pair.severity == severity && enough(pair.long.as_secs_f64()))
        .map(|pair| pair.factor)
        .filter(|factor| factor.to_f64().is_some_and(|factor| burn > factor))
        .min();
    if let Some(factor) = factor {
        return Some(format!(
            "burns at more than {}x",
            factor.round_dp(2).normalize()
        ));
    }
    let is_told = severity == Severity::Ticket || slo.alerting.ticket.is_none();
    (least.is_some() && is_told && ratio > ALMOST_ENTIRELY)
        .then(|| "nearly everything is bad".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::budget::{Join, Part, Track};
    use crate::prometheus::Labels;
    use crate::testing::slo;
    use crate::whatif::{Loss, outcome};

    /// What is raised with this share of a hundred events a tile bad, all the time.
    fn raised(more: &str, share: f64) -> Vec<String> {
        let slo = slo("99", more);
        let tiles = 30 * 288;
        let part = Part {
            bad: vec![0.0; tiles],
            total: vec![100.0; tiles],
        };
        let track = Track::new(Labels::new(), 300, Join::Part(0), &[part], &[], 0);
        let outcome = outcome(&slo, &track, Loss::exact(share)).unwrap();
        let alerts = outcome.alerts.iter();
        alerts
            .map(|alert| format!("{} {}: {}", alert.severity.name(), alert.name, alert.why))
            .collect()
    }

    #[test]
    fn as_the_rules_say() {
        assert_eq!(raised("", 0.009), [""; 0]);
        assert_eq!(
            raised("", 0.011),
            ["ticket SLOErrorBudgetBurn: burns at more than 1x"]
        );
        assert_eq!(
            raised("", 0.07),
            [
                "page SLOErrorBudgetBurn: burns at more than 6x",
                "ticket SLOErrorBudgetBurn: burns at more than 1x"
            ]
        );
        assert_eq!(raised("alerts: {ticket: off}", 0.011), [""; 0]);
    }

    #[test]
    fn few_bad_events_do_not_count() {
        // 1,200 events an hour: 24 of them are bad, 144 in six hours.
        let least = |least: u32| raised(&format!("alerts: {{min_bad_events: {least}}}"), 0.02);
        assert_eq!(least(1_000).len(), 1);
        assert_eq!(least(10_000).len(), 0);
        assert_eq!(
            raised("alerts: {min_bad_events: 1000000}", 0.95),
            ["ticket SLOErrorBudgetBurn: nearly everything is bad"]
        );
    }

    #[test]
    fn what_is_left_in_the_end() {
        let alerts = "alerts: {budget_left: [{below: 25, severity: ticket}]}";
        assert_eq!(raised(alerts, 0.007), [""; 0]);
        assert_eq!(
            raised(alerts, 0.008),
            ["ticket SLOBudgetLow: less than 25 % of the budget would be left"]
        );
    }
}
