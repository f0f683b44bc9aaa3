use std::sync::Arc;

use super::decode::Decoder;
use super::native::{self, DirectoryDefaults};
use super::node::{Kind, Node};
use super::reader::documents;
use super::resolve;
use crate::diagnostic::{Diagnostic, Diagnostics, codes::spec};
use crate::parallel;
use crate::slo::{Slo, SloId};
use crate::source::{Located, SourceId, SourceSpan, Sources, Span};
use crate::suggest::closest;

/// So many texts or documents are read side by side before what was found in
/// them is put in order.
const BATCH: usize = 64;

/// What was found in the specs.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The SLOs without errors, in their order.
    pub slos: Vec<Slo>,
    /// All SLOs that have a name, those with errors included.
    pub outlines: Vec<Outline>,
}

/// An SLO that was met, whether or not it could be read.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Service and name as they were written.
    pub id: SloId,
    /// Who owns it.
    pub owner: Option<String>,
    /// Where its name is written.
    pub name_at: SourceSpan,
    /// Everything that was written for it.
    pub at: SourceSpan,
}

/// The SLOs of these texts, in their order. Every problem is pushed; SLOs with
/// errors are left out. Defaults of directories hold by the names of the sources.
pub fn load(sources: &Sources, ids: &[SourceId], diagnostics: &mut Diagnostics) -> Vec<Slo> {
    load_all(sources, ids, diagnostics).slos
}

/// Like [`load`], with an outline of the SLOs that have errors.
pub fn load_all(sources: &Sources, ids: &[SourceId], diagnostics: &mut Diagnostics) -> Loaded {
    let clean = !diagnostics.has_errors();
    let documents = parse(sources, ids, diagnostics);
    let broken_yaml = diagnostics.has_errors();
    let mut decoder = Decoder::new(sources, diagnostics);
    let mut specs = Vec::new();
    let mut directory = DirectoryDefaults::default();
    for document in documents {
        if !is_native(&document, &mut decoder) {
        } else if native::is_defaults(&document) {
            directory.add(&document, &mut decoder);
        } else {
            specs.push(document);
        }
    }
    let mut loaded = Loaded::default();
    let mut services = Vec::new();
    let mut rest = specs.into_iter();
    loop {
        // What was read is dropped, before more is.
        let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let read = parallel::map(&batch, |document| {
            let mut found = Diagnostics::default();
            let mut decoder = Decoder::new(sources, &mut found);
            (native::read(document, &directory, &mut decoder), found)
        });
        services.extend(batch.iter().filter_map(|document| service_of(document)));
        for (slos, found) in read {
            decoder.take_over(found);
            for met in slos {
                loaded.outlines.extend(met.outline);
                loaded.slos.extend(met.slo);
            }
        }
    }
    resolve::services(&services, &mut decoder);
    resolve::unique(&loaded.outlines, &mut decoder);
    let broken = resolve::references(&loaded.slos, &loaded.outlines, &mut decoder);
    let mut index = 0..;
    loaded
        .slos
        .retain(|_| index.next().is_some_and(|index| !broken.contains(&index)));
    if clean && !broken_yaml && decoder.errors() == 0 && loaded.slos.is_empty() {
        decoder.push(nothing_found(ids));
    }
    loaded
}

/// The documents of all texts, in their order.
fn parse(sources: &Sources, ids: &[SourceId], diagnostics: &mut Diagnostics) -> Vec<Arc<Node>> {
    let mut all = Vec::new();
    for batch in ids.chunks(BATCH) {
        let parsed = parallel::map(batch, |id| {
            let mut found = Diagnostics::default();
            (documents(sources, *id, &mut found), found)
        });
        for (documents, found) in parsed {
            diagnostics.append(found);
            all.extend(documents);
        }
    }
    all
}

/// There is no error, and no SLO either.
fn nothing_found(ids: &[SourceId]) -> Diagnostic {
    let diagnostic = Diagnostic::new(&spec::NOTHING_FOUND, "there is no SLO in the specs")
        .with_help("`slosmith init` writes a first spec");
    match ids {
        [only] => diagnostic.with_primary(SourceSpan::new(*only, Span::default()), ""),
        _ => diagnostic,
    }
}

fn service_of(document: &Node) -> Option<Located<String>> {
    let node = &document.get("service")?.value;
    Some(Located::new(node.as_scalar()?.text.clone(), node.at))
}

/// Whether a document is of our format; reports what it is otherwise.
fn is_native(document: &Node, decoder: &mut Decoder<'_>) -> bool {
    let expected = native::API_VERSION;
    let help = format!("a spec begins with `apiVersion: {expected}`");
    let Kind::Map(entries) = &document.kind else {
        decoder.error_with_help(
            &spec::UNKNOWN_FORMAT,
            document.head(),
            format!(
                "this is no spec: expected a map, found {}",
                document.describe()
            ),
            help,
        );
        return false;
    };
    let Some(version) = document.get("apiVersion") else {
        let near = entries
            .iter()
            .find(|entry| closest(&entry.key, ["apiVersion"]).is_some());
        let at = near.map_or(document.head(), |entry| entry.key_at);
        let help = near.map_or(help, |_| "did you mean `apiVersion`?".to_owned());
        decoder.push(
            Diagnostic::at(
                &spec::UNKNOWN_FORMAT,
                at,
                format!("this is no spec: expected the key `apiVersion: {expected}`"),
            )
            .with_help(help),
        );
        return false;
    };
    match version.value.as_scalar() {
        Some(scalar) if scalar.text == expected => true,
        Some(scalar) if !scalar.is_null() => {
            decoder.push(
                Diagnostic::at(
                    &spec::UNKNOWN_FORMAT,
                    version.value.at,
                    format!("unknown format `{}`: expected `{expected}`", scalar.text),
                )
                .with_help(if scalar.text.starts_with("slosmith/") {
                    help
                } else {
                    "remove the file from the inputs if it is no SLO spec".to_owned()
                }),
            );
            false
        }
        _ => {
            decoder.wrong_type(&version.value, &format!("`{expected}`"), Some(help));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_key() {
        let mut sources = Sources::default();
        let id = sources.add(
            "every-key.yaml",
            include_str!("../../tests/data/every-key.yaml"),
        );
        let mut diagnostics = Diagnostics::default();
        let slos = load(&sources, &[id], &mut diagnostics);
        assert_eq!(diagnostics.sorted(), Vec::<&Diagnostic>::new());
        assert_eq!(slos.len(), 15);
    }
}
