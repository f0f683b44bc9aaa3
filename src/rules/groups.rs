//! Groups that a spec expects.

use crate::slo::Slo;

/// Every combination of the listed values, in order of the labels; empty when none is listed.
pub(super) fn combinations(slo: &Slo) -> Vec<Vec<(&str, &str)>> {
    if slo.groups.is_empty() {
        return Vec::new();
    }
    slo.groups
        .iter()
        .fold(vec![Vec::new()], |combinations, (label, values)| {
            combinations
                .into_iter()
                .flat_map(|combination| {
                    values.iter().map(move |value| {
                        let mut longer = combination.clone();
                        longer.push((label.as_str(), value.value.as_str()));
                        longer
                    })
                })
                .collect()
        })
}
