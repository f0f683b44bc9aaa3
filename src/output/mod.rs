//! Rules → Prometheus rule file, operator resource, rule unit tests; and the
//! directory they are written to.

pub mod directory;
pub mod header;
pub mod layout;
pub mod operator;
pub mod prometheus;
pub mod unit_tests;
mod yaml;

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes::output as codes};
use crate::source::SourceSpan;

/// Services whose files or resources would have the same name: `name` gives it.
/// Each service comes with a place where it is written.
pub fn collisions<'a>(
    services: impl IntoIterator<Item = (&'a str, SourceSpan)>,
    name: impl Fn(&str) -> String,
) -> Vec<Diagnostic> {
    let mut taken: BTreeMap<String, (&str, SourceSpan)> = BTreeMap::new();
    let mut findings = Vec::new();
    for (service, at) in services {
        let name = name(service);
        match taken.get(&name) {
            Some((first, first_at)) if *first != service => findings.push(
                Diagnostic::at(
                    &codes::NAME_COLLISION,
                    at,
                    format!("services `{first}` and `{service}` would both be written as `{name}`"),
                )
                .with_secondary(*first_at, "the other one")
                .with_help("rename one of them"),
            ),
            Some(_) => {}
            None => {
                taken.insert(name, (service, at));
            }
        }
    }
    findings
}

/// The name of the rule file of a service on a file system that ignores case.
pub fn file_name(service: &str) -> String {
    format!("{}.yaml", service.to_ascii_lowercase())
}
