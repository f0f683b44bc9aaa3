//! Groups that a spec expects.

use std::collections::BTreeMap;

use crate::slo::Slo;

/// Groups that a spec names in full, as labels and their values.
pub fn expected_groups(slo: &Slo) -> impl Iterator<Item = BTreeMap<String, String>> {
    let whole = |group: &Vec<_>| group.len() == slo.group_by.len();
    let owned = |(label, value): (&str, &str)| (label.to_owned(), value.to_owned());
    let named = combinations(slo).into_iter().filter(whole);
    named.map(move |group| group.into_iter().map(owned).collect())
}

/// Every combination of the listed values, in order of the labels; empty when none is listed.
pub fn combinations(slo: &Slo) -> Vec<Vec<(&str, &str)>> {
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
