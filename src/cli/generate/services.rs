//! SLOs by service, and what is written for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Format;
use crate::cli::Specs;
use crate::diagnostic::Diagnostic;
use crate::output::directory::{rules_path, slow_tests_path, tests_path};
use crate::output::header::source_name;
use crate::output::{self, operator, prometheus, unit_tests};
use crate::rules::{self, Layout, Options, RuleFile};
use crate::slo::{Sli, Slo, SloId};
use crate::words::count;

/// A service and those of its SLOs that are compiled.
pub(super) struct Service<'a> {
    pub(super) name: &'a str,
    /// Names of the spec files behind it, as headers show them; sorted.
    pub(super) sources: Vec<String>,
    /// Sorted by name.
    pub(super) slos: Vec<&'a Slo>,
}

/// Services with selected SLOs, sorted by name. A file always holds its whole
/// service, so that a selection never takes rules out of it; otherwise
/// (`only_selected`) just the selected SLOs are there.
pub(super) fn group(specs: &Specs, only_selected: bool) -> Vec<Service<'_>> {
    let selected = || specs.selected.iter().filter_map(|i| specs.slos.get(*i));
    let mut by_service: BTreeMap<&str, BTreeMap<&SloId, &Slo>> = BTreeMap::new();
    for slo in selected() {
        let slos = by_service.entry(&slo.id.service).or_default();
        slos.insert(&slo.id, slo);
    }
    if !only_selected {
        for slo in &specs.slos {
            if let Some(slos) = by_service.get_mut(slo.id.service.as_str()) {
                slos.insert(&slo.id, slo);
            }
        }
    }
    let base = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    let source = |slo: &&Slo| source_name(&specs.sources.get(slo.at.source).name, &base);
    by_service
        .into_iter()
        .map(|(name, slos)| {
            let slos: Vec<&Slo> = slos.into_values().collect();
            let sources: BTreeSet<String> = slos.iter().map(source).collect();
            Service {
                name,
                sources: sources.into_iter().collect(),
                slos,
            }
        })
        .collect()
}

/// `12 SLOs in 7 services`.
pub(super) fn counts(services: &[Service]) -> String {
    let slos = services.iter().map(|service| service.slos.len()).sum();
    let slos = count(slos, "SLO");
    format!("{slos} in {}", count(services.len(), "service"))
}

/// All spec files behind the services; sorted.
pub(super) fn sources(services: &[Service]) -> Vec<String> {
    let all: BTreeSet<&String> = services.iter().flat_map(|s| &s.sources).collect();
    all.into_iter().cloned().collect()
}

/// Services that would be written under one name.
pub(super) fn collisions(services: &[Service], name: fn(&str) -> String) -> Vec<Diagnostic> {
    let places = services.iter().filter_map(|service| {
        let first = service.slos.first()?;
        Some((service.name, first.service_at))
    });
    output::collisions(places, name)
}

/// Makes rules of services.
pub(super) struct Compiler<'a> {
    all: BTreeMap<&'a SloId, &'a Slo>,
    options: &'a Options,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(slos: &'a [Slo], options: &'a Options) -> Self {
        Self {
            all: slos.iter().map(|slo| (&slo.id, slo)).collect(),
            options,
        }
    }

    /// What stands in the way of the rules of these services in their layout.
    pub(super) fn conflicts(&self, services: &[Service]) -> Vec<Diagnostic> {
        let slos = services.iter().flat_map(|service| &service.slos);
        let slos: Vec<&Slo> = slos.copied().collect();
        output::layout::conflicts(&slos, &self.all, self.layout())
    }

    /// How the rules are named and grouped.
    pub(super) const fn layout(&self) -> Layout {
        self.options.layout
    }

    /// The rules of a service.
    pub(super) fn rules(&self, service: &Service<'a>) -> RuleFile {
        let slos = service.slos.iter().copied();
        rules::compile(slos, self.reachable(service), self.options)
            .pop()
            .unwrap_or_else(|| RuleFile {
                service: service.name.to_owned(),
                notes: Vec::new(),
                groups: Vec::new(),
            })
    }

    /// Its rule groups, each made when it is asked for.
    pub(super) fn groups<'s>(
        &'s self,
        service: &'s Service<'a>,
    ) -> impl Iterator<Item = rules::Group> + 's {
        rules::groups(&service.slos, &self.all, self.options)
    }

    /// The SLOs of a service and the components that its composites lead to.
    fn reachable(&self, service: &Service<'a>) -> Vec<&'a Slo> {
        let mut found: BTreeMap<&SloId, &'a Slo> = BTreeMap::new();
        let mut open = service.slos.clone();
        while let Some(slo) = open.pop() {
            if found.insert(&slo.id, slo).is_some() {
                continue;
            }
            if let Sli::Composite(composite) = &slo.sli.value {
                let components = composite.components();
                open.extend(components.iter().filter_map(|c| self.all.get(&c.value)));
            }
        }
        found.into_values().collect()
    }
}

/// A file of a service: its path, and how its text is made.
type File<'a> = (String, Box<dyn Fn() -> String + Send + Sync + 'a>);

/// The files of a service in the output directory.
pub(super) fn files<'a>(
    service: &'a Service<'a>,
    compiler: &'a Compiler<'a>,
    format: Format,
    labels: &'a BTreeMap<String, String>,
) -> Vec<File<'a>> {
    let path = rules_path(service.name);
    match format {
        Format::Prometheus => {
            let mut files: Vec<File<'a>> = vec![
                (
                    path,
                    Box::new(|| prometheus::render(&compiler.rules(service), &service.sources)),
                ),
                (
                    tests_path(service.name),
                    Box::new(|| {
                        unit_tests::fast(
                            &service.slos,
                            &compiler.all,
                            compiler.layout(),
                            &service.sources,
                        )
                    }),
                ),
            ];
            if unit_tests::has_slow(&service.slos, &compiler.all) {
                files.push((
                    slow_tests_path(service.name),
                    Box::new(|| {
                        unit_tests::slow(
                            &service.slos,
                            &compiler.all,
                            compiler.layout(),
                            &service.sources,
                        )
                    }),
                ));
            }
            files
        }
        // promtool cannot read resources, so there is nothing to test.
        Format::Operator => vec![(
            path,
            Box::new(|| operator::render(&compiler.rules(service), &service.sources, labels)),
        )],
    }
}
