//! What has happened to the services of the demo.

use rust_decimal::prelude::ToPrimitive;

use crate::duration::Duration;
use crate::slo::Slo;
use crate::workload::{Grain, Phase};

/// Events per second at the busiest hour.
const PEAK: f64 = 40.0;
/// Share of the budget that is spent at all times.
const EVERYDAY: f64 = 0.25;

/// What has happened to an SLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// Nothing out of the ordinary.
    Calm,
    /// An outage three days ago spent half of the budget.
    Recovered,
    /// For two days the budget has been burning a little too fast.
    Leaking,
    /// An outage began an hour ago.
    Burning,
    /// An outage spent more than the budget (of objectives from 95 %).
    Exhausted,
}

impl Story {
    /// One after the other, so that every kind is seen.
    pub(super) const ALL: [Self; 5] = [
        Self::Burning,
        Self::Recovered,
        Self::Calm,
        Self::Leaking,
        Self::Exhausted,
    ];

    /// Error ratios from `history` ago until `ahead` from now: pairs of a length
    /// of time and a ratio (0–1).
    fn errors(self, slo: &Slo, history: Duration, ahead: Duration) -> Vec<(Duration, f64)> {
        let budget = slo.objective.value.budget().to_f64().unwrap_or(0.0);
        let everyday = EVERYDAY * budget;
        let period = slo.period.value.nominal();
        // High enough to be an outage, not so high that it would be over in no time.
        let outage = (60.0 * budget).min(0.5);
        let lasting = |share: f64| {
            let secs = share * budget * period.as_secs_f64() / outage;
            Duration::from_mins((secs / 60.0).max(1.0).to_u64().unwrap_or(1))
        };
        let (ago, length, errors) = match self {
            Self::Calm => (Duration::ZERO, Duration::ZERO, everyday),
            Self::Recovered => (Duration::from_days(3), lasting(0.5), outage),
            Self::Exhausted => (Duration::from_days(4), lasting(1.5), outage),
            Self::Leaking => {
                let since = Duration::from_days(2);
                (since, since + ahead, (2.2 * budget).min(0.9))
            }
            Self::Burning => {
                let since = Duration::from_hours(1);
                (since, since + ahead, (40.0 * budget).min(0.9))
            }
        };
        let ago = ago.min(history);
        let all = history + ahead;
        let before = history.saturating_sub(ago);
        let length = length.min(all.saturating_sub(before));
        vec![
            (before, everyday),
            (length, errors),
            (all.saturating_sub(before + length), everyday),
        ]
    }

    /// The same as phases. Counters have day and night; the share of time that a
    /// gauge is bad does not depend on traffic.
    pub(super) fn phases(
        self,
        slo: &Slo,
        grain: Grain,
        start: u64,
        (history, ahead): (Duration, Duration),
    ) -> Vec<Phase> {
        let errors = self.errors(slo, history, ahead);
        if grain != Grain::Exact {
            let constant = |(length, errors)| Phase::traffic(length, PEAK, errors);
            return errors.into_iter().map(constant).collect();
        }
        let mut at = start;
        let mut phases = Vec::new();
        for (length, errors) in errors {
            let end = at + length.secs();
            while at < end {
                let hour = at / 3600 * 3600;
                let next = (hour + 3600).min(end);
                let length = Duration::from_secs(next - at);
                phases.push(Phase::traffic(length, traffic(hour), errors));
                at = next;
            }
        }
        phases
    }
}

/// Events per second in the hour that begins at this Unix time: ten times as many
/// in the afternoon as at night.
#[expect(clippy::cast_precision_loss, reason = "hours of a day")]
fn traffic(hour: u64) -> f64 {
    let of_day = (hour / 3600 % 24) as f64;
    let wave = ((of_day - 15.0) / 24.0 * std::f64::consts::TAU).cos();
    PEAK * (0.55 + 0.45 * wave)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slo;

    const AHEAD: Duration = Duration::from_hours(1);

    /// Share of the budget that a course of errors spends up to now.
    fn spent(story: Story, objective: &str) -> f64 {
        let slo = slo(objective, "");
        let history = Duration::from_days(30);
        let errors = story.errors(&slo, history, AHEAD);
        let lengths: u64 = errors.iter().map(|(length, _)| length.secs()).sum();
        assert_eq!(lengths, (history + AHEAD).secs(), "{story:?} {objective}");
        let mut left = history.secs();
        let mut bad = 0.0;
        for (length, errors) in errors {
            assert!((0.0..=1.0).contains(&errors));
            let counted = Duration::from_secs(length.secs().min(left));
            left -= counted.secs();
            bad += errors * counted.as_secs_f64();
        }
        let budget = slo.objective.value.budget().to_f64().unwrap();
        bad / (budget * history.as_secs_f64())
    }

    #[test]
    fn stories_are_what_they_are_called() {
        for objective in ["95", "99", "99.9", "99.999"] {
            let spends = |story| spent(story, objective);
            assert!((spends(Story::Calm) - EVERYDAY).abs() < 1e-9, "{objective}");
            assert!(spends(Story::Recovered) < 1.0, "{objective}");
            assert!(spends(Story::Exhausted) > 1.0, "{objective}");
        }
        assert!(spent(Story::Leaking, "99.9") < 1.0);
        assert!(spent(Story::Burning, "99.9") < 1.0);
    }

    #[test]
    fn phases_fill_the_same_time() {
        let slo = slo("99.9", "");
        let history = Duration::from_days(30) + Duration::from_mins(7);
        for story in Story::ALL {
            for grain in [Grain::Exact, Grain::Samples] {
                let phases = story.phases(&slo, grain, 1_700_000_100, (history, AHEAD));
                let all: u64 = phases.iter().map(|phase| phase.length.secs()).sum();
                assert_eq!(all, (history + AHEAD).secs());
            }
        }
    }
}
