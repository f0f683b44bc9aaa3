//! The proof that a conversion changes no rule: both sides are compiled and compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostics;
use crate::output::prometheus::render;
use crate::rules::{self, Options};
use crate::slo::Slo;
use crate::source::Sources;
use crate::spec;

/// The rule files of some SLOs by service, without what says where they come from.
pub(super) fn rule_files(slos: &[Slo]) -> BTreeMap<String, String> {
    rules::compile(slos, slos, &Options::default())
        .iter()
        .map(|file| (file.service.clone(), render(file, &[])))
        .collect()
}

/// What is different when these texts, named as they are written, are compiled instead.
pub(super) fn differences(
    before: &BTreeMap<String, String>,
    texts: impl IntoIterator<Item = (String, String)>,
) -> Vec<String> {
    let mut sources = Sources::default();
    let ids: Vec<_> = texts
        .into_iter()
        .map(|(name, text)| sources.add(name, text))
        .collect();
    let mut found = Diagnostics::default();
    let slos = spec::load(&sources, &ids, &mut found);
    if found.has_errors() {
        let shown = crate::diagnostic::render_text(&found, &sources, false);
        return vec![format!("the converted specs cannot be read:\n{shown}")];
    }
    let after = rule_files(&slos);
    let services: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    services
        .into_iter()
        .filter(|service| before.get(*service) != after.get(*service))
        .map(|service| {
            let text = |files: &BTreeMap<String, String>| {
                files.get(service.as_str()).cloned().unwrap_or_default()
            };
            let (old, new) = (text(before), text(&after));
            let diff = similar::TextDiff::from_lines(&old, &new);
            let diff = diff.unified_diff().header("before", "after").to_string();
            format!("the rules of the service `{service}` differ:\n{diff}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(service: &str, objective: &str) -> String {
        format!(
            "apiVersion: slosmith/v1\nservice: {service}\nslos:\n- name: web\n  objective: {objective}\n  \
             sli: {{probe: {{metric: up}}}}\n"
        )
    }

    fn rules(text: String) -> BTreeMap<String, String> {
        let mut sources = Sources::default();
        let id = sources.add("spec.yaml", text);
        rule_files(&spec::load(&sources, &[id], &mut Diagnostics::default()))
    }

    #[test]
    fn whatever_changes_a_rule_is_a_difference() {
        let before = rules(spec("shop", "99.9"));
        let found = |text: &str| differences(&before, [("new.yaml".to_owned(), text.to_owned())]);
        assert_eq!(found(&spec("shop", "99.9")), Vec::<String>::new());
        let other = found(&spec("shop", "99"));
        assert!(
            other[0].contains("`shop` differ") && other[0].contains('+'),
            "{other:?}"
        );
        // One service is gone, another one has come.
        assert_eq!(found(&spec("store", "99.9")).len(), 2);
        let broken = found(&spec("shop", "999"));
        assert!(
            broken[0].contains("cannot be read") && broken[0].contains("SLO001"),
            "{broken:?}"
        );
    }
}
