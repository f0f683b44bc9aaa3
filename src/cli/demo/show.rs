//! What the recorded series of a live Prometheus say, as a table for people.

use std::collections::BTreeMap;

use crate::burn::Pair;
use crate::cli::columns::align;
use crate::prometheus::Sample;
use crate::rules::series::{BUDGET_REMAINING, COVERAGE, PROMISE_REMAINING, error_ratio};
use crate::slo::Slo;

/// The newest value of every recorded series, by its name.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    by_name: BTreeMap<String, Vec<Sample>>,
}

impl Recorded {
    pub(super) fn new(samples: impl IntoIterator<Item = Sample>) -> Self {
        let mut by_name: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        for mut sample in samples {
            if let Some(name) = sample.labels.remove("__name__") {
                by_name.entry(name).or_default().push(sample);
            }
        }
        Self { by_name }
    }

    /// The series of an SLO under this name.
    fn of<'a>(&'a self, name: &str, slo: &'a Slo) -> impl Iterator<Item = &'a Sample> {
        let samples = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        samples.iter().filter(move |sample| {
            let label = |name: &str| sample.labels.get(name).map(String::as_str);
            label("service") == Some(&slo.id.service) && label("slo") == Some(&slo.id.name)
        })
    }

    fn value(&self, name: &str, slo: &Slo, group: &Group) -> Option<f64> {
        let found = self.of(name, slo).find(|sample| group.is(slo, sample))?;
        Some(found.value)
    }

    /// The groups for which something was recorded; one without labels when the
    /// SLO is not grouped.
    fn groups(&self, slo: &Slo) -> Vec<Group> {
        let mut groups: Vec<Group> = [BUDGET_REMAINING, COVERAGE]
            .iter()
            .flat_map(|name| self.of(name, slo))
            .map(|sample| Group::of(slo, sample))
            .collect();
        if groups.is_empty() && slo.group_by.is_empty() {
            groups.push(Group::default());
        }
        groups.sort();
        groups.dedup();
        groups
    }
}

/// Values of the labels in `group_by`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Group(Vec<String>);

impl Group {
    fn of(slo: &Slo, sample: &Sample) -> Self {
        let value = |label: &str| sample.labels.get(label).cloned().unwrap_or_default();
        Self(slo.group_labels().map(value).collect())
    }

    fn is(&self, slo: &Slo, sample: &Sample) -> bool {
        *self == Self::of(slo, sample)
    }

    fn title(&self, slo: &Slo) -> String {
        let labels: Vec<String> = slo
            .group_labels()
            .zip(&self.0)
            .map(|(label, value)| format!("{label}={value}"))
            .collect();
        if labels.is_empty() {
            slo.id.to_string()
        } else {
            format!("{} {}", slo.id, labels.join(" "))
        }
    }
}

const COLUMNS: [&str; 7] = [
    "slo",
    "objective",
    "budget left",
    "promise left",
    "coverage",
    "burn rate over",
    "firing",
];

/// One line per SLO and group: the objective, what is left of the budgets, how
/// fast they burn, and which alerts fire. Text from the server is not styled.
pub(super) fn table(slos: &[(&Slo, Vec<Pair>)], recorded: &Recorded) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    for (slo, pairs) in slos {
        for group in recorded.groups(slo) {
            rows.push(row(slo, pairs, &group, recorded));
        }
    }
    align(&rows, &[0, 1, 5, 6], "")
}

fn row(slo: &Slo, pairs: &[Pair], group: &Group, recorded: &Recorded) -> [String; COLUMNS.len()] {
    let share = |name: &str| {
        let value = recorded.value(name, slo, group);
        value.map_or_else(|| "no data".to_owned(), percent)
    };
    let promise = match &slo.promise {
        Some(_) => share(PROMISE_REMAINING),
        None => String::new(),
    };
    [
        group.title(slo),
        format!("{} % / {}", slo.objective.value, slo.period.value),
        share(BUDGET_REMAINING),
        promise,
        share(COVERAGE),
        burn_rates(slo, pairs, group, recorded),
        alerts(slo, group, recorded),
    ]
}

/// `1h 0.4x  6h 0.3x`: the long window of each pair.
fn burn_rates(slo: &Slo, pairs: &[Pair], group: &Group, recorded: &Recorded) -> String {
    let budget: f64 = slo.objective.value.budget().try_into().unwrap_or(f64::NAN);
    let mut windows: Vec<_> = pairs.iter().map(|pair| pair.long).collect();
    windows.sort();
    windows.dedup();
    let rates: Vec<String> = windows
        .into_iter()
        .map(|window| {
            let ratio = recorded.value(&error_ratio(window), slo, group);
            let rate = ratio.map_or_else(|| "-".to_owned(), |r| format!("{:.1}x", r / budget));
            format!("{} {rate:>6}", window.single_unit())
        })
        .collect();
    rates.join("  ")
}

fn alerts(slo: &Slo, group: &Group, recorded: &Recorded) -> String {
    let firing: Vec<String> = recorded
        .of("ALERTS", slo)
        .filter(|sample| {
            sample
                .labels
                .get("alertstate")
                .is_some_and(|s| s == "firing")
        })
        // An alert about the whole SLO has no labels of a group.
        .filter(|sample| {
            group.is(slo, sample) || Group::of(slo, sample).0.iter().all(String::is_empty)
        })
        .map(|sample| {
            let label = |name: &str| sample.labels.get(name).map_or("", String::as_str);
            format!("{} ({})", label("alertname"), label("severity"))
        })
        .collect();
    firing.join(", ")
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::burn;
    use crate::cli::demo::testing::grouped;

    #[test]
    fn a_line_per_slo_and_group() {
        let slo = grouped("99.9");
        let sample = |name: &str, more: &[(&str, &str)], value| {
            let own = [("__name__", name), ("service", "shop"), ("slo", "web")];
            let labels = own.iter().chain(more);
            Sample {
                labels: labels
                    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                    .collect(),
                value,
            }
        };
        let alert = [
            ("alertname", "SLOErrorBudgetBurn"),
            ("alertstate", "firing"),
            ("severity", "page"),
            ("region", "eu"),
        ];
        let recorded = Recorded::new([
            sample("slo:budget_remaining:ratio", &[("region", "eu")], -0.25),
            sample("slo:budget_remaining:ratio", &[("region", "us")], 0.75),
            sample("slo:coverage:ratio", &[("region", "us")], 1.0),
            sample("slo:error_ratio:1h", &[("region", "eu")], 0.02),
            sample("ALERTS", &alert, 1.0),
        ]);
        let pairs = burn::pairs(&slo);
        insta::assert_snapshot!(table(&[(&slo, pairs)], &recorded));
    }
}
