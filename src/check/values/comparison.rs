//! A recorded value beside its definition, and when the two differ.

use std::collections::{BTreeMap, HashMap};

use crate::burn::{self, BASE_WINDOW};
use crate::check::recorded::Key;
use crate::diagnostic::{Code, Diagnostic};
use crate::duration::Duration;
use crate::prometheus::Labels;
use crate::slo::{Budgeting, Slo};
use crate::words;

/// A recorded value and its definition.
pub(super) struct Comparison<'a> {
    pub(super) slo: &'a Slo,
    /// What the recorded series is called.
    pub(super) series: String,
    pub(super) window: Duration,
    pub(super) definition: Definition,
    /// By group.
    pub(super) recorded: BTreeMap<Key, f64>,
    /// What the definition said.
    pub(super) said: HashMap<Labels, Vec<f64>>,
    /// Events per second where they are counted.
    pub(super) rates: BTreeMap<Key, f64>,
    pub(super) kind: Kind,
}

/// What a recorded value should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Definition {
    /// The value of this query on the raw metrics.
    Raw(String),
    /// The ratio of the bad and all events that were recorded, which are compared with
    /// the raw metrics themselves.
    Recorded(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An error ratio, 0–1.
    Ratio,
    /// Events per second.
    Rate,
}

impl Comparison<'_> {
    /// Whether another look is worth it.
    pub(super) fn is_open(&self, tolerance: f64) -> bool {
        self.said.is_empty()
            || self
                .recorded
                .iter()
                .any(|(key, value)| !self.agrees(key, *value, tolerance))
    }

    pub(super) fn agrees(&self, key: &Key, value: f64, tolerance: f64) -> bool {
        let Some(said) = self.said.get(&key.group) else {
            // Without data there is nothing to compare with.
            return true;
        };
        // Of what is no number the checks of series speak.
        let said = || said.iter().copied().filter(|said| said.is_finite());
        let (Some(least), Some(most)) = (said().reduce(f64::min), said().reduce(f64::max)) else {
            return true;
        };
        let slack = |of: f64| tolerance * of.abs() + self.noise(key, of);
        value >= least - slack(least) && value <= most + slack(most)
    }

    /// What events at the edges of the window can do: as many as arrive there by chance,
    /// three times the standard deviation, and two at least.
    fn noise(&self, key: &Key, value: f64) -> f64 {
        let seconds = self.window.as_secs_f64();
        let rate = self.rates.get(key).copied().unwrap_or(0.0);
        let events = match &self.slo.budgeting {
            // An event is a slice.
            Budgeting::Slices { length, .. } => seconds / length.value.as_secs_f64(),
            Budgeting::Events if self.slo.sli.value.counts_events() => rate * seconds,
            Budgeting::Events => seconds / burn::FAST_INTERVAL.as_secs_f64(),
        };
        if events <= 0.0 {
            return f64::INFINITY;
        }
        let edges = (2.0 * BASE_WINDOW.as_secs_f64() / seconds).min(1.0);
        match self.kind {
            Kind::Ratio => {
                let bad = (value * events).max(0.0);
                (3.0 * (bad * edges).sqrt() + 2.0) / events
            }
            Kind::Rate => {
                let counted = (value * seconds).max(0.0);
                (3.0 * (counted * edges).sqrt() + 2.0) / seconds
            }
        }
    }

    pub(super) fn finding(&self, code: &'static Code, key: &Key, value: f64) -> Diagnostic {
        let said = self.said.get(&key.group).and_then(|said| said.first());
        let shown = |value: f64| match self.kind {
            Kind::Ratio => words::ratio(Some(value)),
            Kind::Rate => format!("{value:.3} per second"),
        };
        let labels: Vec<_> = key
            .group
            .iter()
            .map(|(label, value)| format!(" {label}={value}"))
            .collect();
        Diagnostic::new(
            code,
            format!(
                "`{}` of {}{} is {}, and {} {}",
                self.series,
                self.slo.id,
                labels.concat(),
                shown(value),
                self.definition.says(),
                said.map_or_else(|| "nothing".to_owned(), |said| shown(*said)),
            ),
        )
        .with_help(
            "see whether two servers or rule groups record it, whether the rules were changed within \
             the window, and whether samples arrive later than rules are evaluated",
        )
        .with_query(self.definition.query())
    }
}

impl Definition {
    const fn says(&self) -> &'static str {
        match self {
            Self::Raw(_) => "the definition evaluated on the raw metrics says",
            Self::Recorded(_) => "the events that were recorded say",
        }
    }

    fn query(&self) -> &str {
        match self {
            Self::Raw(query) | Self::Recorded(query) => query,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slo;

    /// Compares a recorded error ratio of an hour with what the definition said, at so
    /// many events per second.
    fn agrees(recorded: f64, said: &[f64], rate: f64) -> bool {
        let slo = slo("99.9", "");
        let comparison = Comparison {
            slo: &slo,
            series: String::new(),
            window: Duration::from_hours(1),
            definition: Definition::Raw(String::new()),
            recorded: BTreeMap::new(),
            said: [(Labels::new(), said.to_vec())].into(),
            rates: [(Key::default(), rate)].into(),
            kind: Kind::Ratio,
        };
        comparison.agrees(&Key::default(), recorded, 0.1)
    }

    #[test]
    fn a_value_that_is_wrong_is_noticed() {
        assert!(agrees(0.01, &[0.01], 20.0));
        assert!(agrees(0.0109, &[0.01], 20.0));
        assert!(!agrees(0.02, &[0.01], 20.0));
        assert!(!agrees(0.0, &[0.01], 20.0));
        assert!(!agrees(f64::INFINITY, &[0.01], 20.0));
        assert!(!agrees(f64::NAN, &[0.01], 20.0));
        assert!(agrees(0.01, &[f64::NAN], 20.0));
    }

    #[test]
    fn what_was_right_a_moment_ago_is_no_error() {
        // An incident that the recorded window sees two minutes later.
        assert!(agrees(0.01, &[0.05, 0.03, 0.01], 20.0));
        assert!(!agrees(0.2, &[0.05, 0.03, 0.01], 20.0));
    }

    #[test]
    fn few_events_at_the_edge_are_chance() {
        // 36 events an hour, of which one was bad, or three.
        assert!(agrees(3.0 / 36.0, &[1.0 / 36.0], 0.01));
        assert!(!agrees(0.5, &[1.0 / 36.0], 0.01));
        // Nobody knows how many: nobody can tell.
        assert!(agrees(0.5, &[0.1], 0.0));
    }
}
