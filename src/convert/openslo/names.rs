//! Names: `OpenSLO` has those of Kubernetes, and no two objects of a kind share one.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, codes::output as codes};
use crate::slo::{Slo, SloId};
use crate::source::SourceSpan;

/// The longest name.
const MOST: usize = 63;

/// The name as a label of RFC 1123: lower-case letters, digits and dashes.
pub(super) fn fit(name: &str) -> String {
    let fit = |c: char| {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() { c } else { '-' }
    };
    let fit: String = name.chars().map(fit).take(MOST).collect();
    fit.trim_matches('-').to_owned()
}

/// The names that SLOs get.
pub(super) struct Names {
    slos: BTreeMap<SloId, String>,
}

impl Names {
    /// An SLO keeps its name where no other has the same; otherwise its service comes
    /// before it. `taken` are the names of SLOs that are there already, with their places.
    pub(super) fn new(
        slos: &[Slo],
        taken: &BTreeMap<String, SourceSpan>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for name in taken
            .keys()
            .cloned()
            .chain(slos.iter().map(|slo| fit(&slo.id.name)))
        {
            *count.entry(name).or_default() += 1;
        }
        let mut given = taken.clone();
        let mut names = BTreeMap::new();
        let mut findings = Vec::new();
        for slo in slos {
            let own = fit(&slo.id.name);
            let name = match count.get(&own) {
                Some(1) => own,
                _ => fit(&format!("{}-{}", slo.id.service, slo.id.name)),
            };
            if let Some(other) = given.insert(name.clone(), slo.name_at) {
                findings.push(same_name(&name, slo, other));
            }
            names.insert(slo.id.clone(), name);
        }
        if findings.is_empty() {
            Ok(Self { slos: names })
        } else {
            Err(findings)
        }
    }

    pub(super) fn of(&self, id: &SloId) -> &str {
        self.slos.get(id).map_or("", String::as_str)
    }
}

/// Services whose names in `OpenSLO` are the same.
pub(super) fn same_services(slos: &[Slo]) -> Vec<Diagnostic> {
    let services: BTreeSet<_> = slos
        .iter()
        .map(|slo| (slo.id.service.as_str(), slo.service_at))
        .collect();
    crate::output::collisions(services, fit)
}

fn same_name(name: &str, slo: &Slo, other: SourceSpan) -> Diagnostic {
    Diagnostic::at(
        &codes::NAME_COLLISION,
        slo.name_at,
        format!(
            "{} and another SLO would both be written as `{name}`",
            slo.id
        ),
    )
    .with_secondary(other, "the other one")
    .with_help("rename one of them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit() {
        for (name, fits) in [
            ("invoice-api", "invoice-api"),
            ("Invoice_API.v2", "invoice-api-v2"),
            (&"a".repeat(70), &"a".repeat(63)),
            (&format!("{}_b", "a".repeat(62)), &"a".repeat(62)),
        ] {
            assert_eq!(fit(name), fits);
        }
    }
}
