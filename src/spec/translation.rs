//! What foreign documents say in the native format, for whoever prints it.

use std::collections::HashMap;
use std::sync::Arc;

use super::decode::Decoder;
use super::foreign;
use super::format::{self, Format};
use super::load::{Options, gather};
use super::native::{self, DirectoryDefaults};
use super::node::Node;
use super::reader::documents;
use crate::diagnostic::Diagnostics;
use crate::parallel;
use crate::source::{SourceId, SourceSpan, Sources};

/// A document of a text, whatever it holds.
pub(crate) struct Translation {
    /// As it was written.
    pub(crate) original: Arc<Node>,
    /// The format that it was written in.
    pub(crate) format: Format,
    /// In the native format: itself, or its SLOs, a document each. Nothing for an object
    /// that others refer to.
    pub(crate) native: Vec<Arc<Node>>,
}

/// All documents of all texts.
pub(crate) struct Translations {
    /// The documents of each text, in their order; those of no known format are left out.
    pub(crate) texts: Vec<(SourceId, Vec<Translation>)>,
    directory: DirectoryDefaults,
}

impl Translations {
    /// What is wrong with the documents was reported when they were loaded.
    pub(crate) fn new(sources: &Sources, ids: &[SourceId], options: &Options) -> Self {
        let gathered = gather(sources, ids, options, &mut Diagnostics::default());
        let translated = parallel::map(&gathered.specs, |(document, format)| {
            let mut known = Diagnostics::default();
            let mut decoder = Decoder::new(sources, &mut known);
            let around = &gathered.surroundings;
            let slos = around.translate(document, *format, &mut decoder);
            slos.into_iter().map(|slo| slo.document).collect()
        });
        let places = gathered.specs.iter().map(|(document, _)| document.at);
        let mut translated: HashMap<SourceSpan, Vec<Arc<Node>>> = places.zip(translated).collect();
        Self {
            texts: ids
                .iter()
                .map(|id| (*id, of_text(sources, *id, &mut translated)))
                .collect(),
            directory: gathered.directory,
        }
    }

    /// A native document and its SLOs with what defaults say for them; no SLO in a
    /// document of defaults.
    pub(crate) fn with_defaults(&self, document: &Node, sources: &Sources) -> (Node, Vec<Node>) {
        let file = &sources.get(document.at.source).name;
        native::with_defaults(document, &self.directory, file)
    }
}

fn of_text(
    sources: &Sources,
    id: SourceId,
    translated: &mut HashMap<SourceSpan, Vec<Arc<Node>>>,
) -> Vec<Translation> {
    let mut known = Diagnostics::default();
    let documents = documents(sources, id, &mut known);
    let mut decoder = Decoder::new(sources, &mut known);
    let documents = foreign::flatten(documents).into_iter();
    documents
        .filter_map(|original| {
            let format = format::of(&original, &mut decoder)?;
            let native = match format {
                Format::Native => vec![Arc::clone(&original)],
                _ => translated.remove(&original.at).unwrap_or_default(),
            };
            Some(Translation {
                original,
                format,
                native,
            })
        })
        .collect()
}
