//! To `OpenSLO` v1: what it has words for in its own, everything else in annotations that
//! slosmith reads back.

mod alerts;
mod names;
mod object;
mod query;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Converted;
use super::printed::{self, Made, Part};
use super::write::Layout;
use crate::diagnostic::Diagnostics;
use crate::rules::Catalogue;
use crate::slo::{Slo, SloId};
use crate::source::{SourceId, SourceSpan, Sources};
use crate::spec::format::Format;
use crate::spec::node::Node;
use crate::spec::{Options, Translation, Translations};
use names::Names;
use object::Written;

/// The texts as `OpenSLO` v1, in their order; `None` when there are errors. `slos` are
/// those of all texts.
pub(super) fn convert(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    slos: &[Slo],
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Converted>> {
    let translations = Translations::new(sources, ids, options);
    let originals = translations
        .texts
        .iter()
        .flat_map(|(_, documents)| documents);
    let taken: BTreeMap<String, SourceSpan> = originals.filter_map(own_name).collect();
    let is_new = |slo: &&Slo| {
        let mut documents = translations
            .texts
            .iter()
            .flat_map(|(_, documents)| documents);
        !documents.any(|document| {
            document.format == Format::OpenSloV1
                && document.original.at.source == slo.at.source
                && document.original.at.span.contains(slo.at.span)
        })
    };
    let new: Vec<Slo> = slos.iter().filter(is_new).cloned().collect();
    diagnostics.extend(names::same_services(&new));
    let names = match Names::new(&new, &taken) {
        Ok(names) if !diagnostics.has_errors() => names,
        Ok(_) => return None,
        Err(findings) => {
            diagnostics.extend(findings);
            return None;
        }
    };
    let mut converter = Converter {
        sources,
        translations: &translations,
        names: &names,
        all: slos.iter().map(|slo| (&slo.id, slo)).collect(),
        services: BTreeSet::new(),
        diagnostics,
    };
    let texts = translations.texts.iter();
    let made = texts.map(|(id, documents)| converter.text(*id, documents));
    let made = made.collect();
    Some(printed::print(made, Layout::OpenSlo, sources))
}

/// The name of an SLO that is `OpenSLO` v1 already.
fn own_name(document: &Translation) -> Option<(String, SourceSpan)> {
    let kind = document.original.get("kind")?.value.as_scalar()?;
    if document.format != Format::OpenSloV1 || kind.text != "SLO" {
        return None;
    }
    let metadata = &document.original.get("metadata")?.value;
    let name = &metadata.get("name")?.value;
    Some((name.as_scalar()?.text.clone(), name.at))
}

struct Converter<'c> {
    sources: &'c Sources,
    translations: &'c Translations,
    names: &'c Names,
    all: Catalogue<'c>,
    /// Services that have an object already.
    services: BTreeSet<String>,
    diagnostics: &'c mut Diagnostics,
}

impl<'c> Converter<'c> {
    fn text(&mut self, id: SourceId, documents: &'c [Translation]) -> Made<'c> {
        let parts = documents.iter().map(|document| {
            if document.format == Format::OpenSloV1 {
                return Part {
                    original: &document.original,
                    is_kept: true,
                    slos: 0,
                    documents: vec![Arc::clone(&document.original)],
                };
            }
            let mut slos = 0;
            let mut documents = Vec::new();
            for native in &document.native {
                let (document, own) = self.translations.with_defaults(native, self.sources);
                for slo in &own {
                    slos += 1;
                    self.slo(&document, slo, &mut documents);
                }
            }
            Part {
                original: &document.original,
                is_kept: false,
                slos,
                documents,
            }
        });
        Made {
            id,
            parts: parts.collect(),
        }
    }

    /// The objects of an SLO of a native document.
    fn slo(&mut self, document: &Node, node: &Node, objects: &mut Vec<Arc<Node>>) {
        let written = |key: &str, node: &Node| {
            let value = &node.get(key)?.value;
            Some(value.as_scalar()?.text.clone())
        };
        let id = written("service", document)
            .zip(written("name", node))
            .map(|(service, name)| SloId { service, name });
        let Some(slo) = id.and_then(|id| self.all.get(&id).copied()) else {
            return;
        };
        if self.services.insert(slo.id.service.clone()) {
            objects.push(object::service(slo));
        }
        let written = Written {
            slo,
            node,
            document,
        };
        let mut findings = Vec::new();
        objects.push(object::object(
            &written,
            self.names,
            &self.all,
            &mut findings,
        ));
        self.diagnostics.extend(findings);
    }
}
