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
