use std::sync::Arc;

use super::decode::Decoder;
use super::foreign::{self, Surroundings};
use super::format::{self, Format};
use super::native::{self, DirectoryDefaults, Met};
use super::node::Node;
use super::openslo::sdk;
use super::reader::documents;
use super::strict::{self, Verdict};
use super::{make, resolve};
use crate::diagnostic::{Diagnostic, Diagnostics, codes::spec};
use crate::parallel;
use crate::slo::{Slo, SloId};
use crate::source::{Located, SourceId, SourceSpan, Sources, Span};

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
    /// What the `OpenSLO` SDK says, if it was asked.
    pub verdict: Option<Verdict>,
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
    load_with(sources, ids, &Options::default(), diagnostics)
}

/// Like [`load_all`], with what a run says about specs of other tools.
pub fn load_with(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Loaded {
    let clean = !diagnostics.has_errors();
    let verdict = options.strict.then(|| Verdict::of(sources, ids));
    let gathered = gather(sources, ids, options, diagnostics);
    let broken = diagnostics.has_errors();
    let mut decoder = Decoder::new(sources, diagnostics);
    let mut loaded = Loaded::default();
    let mut services = Vec::new();
    let mut rest = gathered.specs.into_iter();
    loop {
        // What was read is dropped, before more is.
        let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let read = parallel::map(&batch, |(document, format)| {
            let mut found = Diagnostics::default();
            let mut decoder = Decoder::new(sources, &mut found);
            let read = read(
                document,
                *format,
                &gathered.directory,
                &gathered.surroundings,
                &mut decoder,
            );
            (read, found)
        });
        for (read, found) in read {
            decoder.take_over(found);
            services.extend(read.services);
            for met in read.met {
                loaded.outlines.extend(met.outline);
                loaded.slos.extend(met.slo);
            }
        }
    }
    resolve::services(&services, &mut decoder);
    resolve::unique(&loaded.outlines, &mut decoder);
    let unresolved = resolve::references(&loaded.slos, &loaded.outlines, &mut decoder);
    let mut index = 0..;
    loaded.slos.retain(|_| {
        index
            .next()
            .is_some_and(|index| !unresolved.contains(&index))
    });
    if clean && !broken && decoder.errors() == 0 && loaded.slos.is_empty() {
        decoder.push(nothing_found(ids));
    }
    if verdict.is_none() {
        strict::warn(gathered.violations, sources, diagnostics);
    }
    loaded.verdict = verdict;
    loaded
}

/// What a run says about specs of other tools.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Texts with Sloth's catalogues of alert windows, besides those among the specs.
    pub windows: Vec<SourceId>,
    /// A text that is the period of Sloth's SLOs, which cannot name one.
    pub default_period: Option<SourceId>,
    /// Whether `OpenSLO` documents get the verdict of the `OpenSLO` SDK and no other.
    pub strict: bool,
}

/// All documents, sorted by what they are for.
pub(crate) struct Gathered {
    /// Documents with SLOs, in their order.
    pub(crate) specs: Vec<(Arc<Node>, Format)>,
    pub(crate) directory: DirectoryDefaults,
    pub(crate) surroundings: Surroundings,
    /// What the `OpenSLO` SDK rejects in these documents.
    pub(crate) violations: Vec<sdk::Violation>,
}

/// Reads the documents of all texts and puts each where it belongs.
pub(crate) fn gather(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Gathered {
    let windows = parse(sources, &options.windows, diagnostics);
    let documents = parse(sources, ids, diagnostics);
    let mut decoder = Decoder::new(sources, diagnostics);
    let mut gathered = Gathered {
        specs: Vec::new(),
        directory: DirectoryDefaults::default(),
        surroundings: Surroundings {
            default_period: options.default_period.map(|id| whole(sources, id)),
            ..Surroundings::default()
        },
        violations: Vec::new(),
    };
    for document in windows {
        gathered.surroundings.windows.add(&document, &mut decoder);
    }
    for document in foreign::flatten(documents) {
        let Some(format) = format::of(&document, &mut decoder) else {
            continue;
        };
        if matches!(format, Format::OpenSloV1 | Format::OpenSloV1Alpha) {
            gathered.violations.extend(sdk::check(&document));
        }
        if format == Format::Native && native::is_defaults(&document) {
            gathered.directory.add(&document, &mut decoder);
        } else if gathered.surroundings.add(&document, format, &mut decoder) {
            gathered.specs.push((document, format));
        }
    }
    gathered
}

/// A text as one scalar.
fn whole(sources: &Sources, id: SourceId) -> Arc<Node> {
    let text = &sources.get(id).text;
    make::plain(text.clone(), SourceSpan::new(id, Span::new(0, text.len())))
}

/// What a document holds.
struct Read {
    met: Vec<Met>,
    services: Vec<Located<String>>,
}

fn read(
    document: &Node,
    format: Format,
    directory: &DirectoryDefaults,
    surroundings: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Read {
    if format == Format::Native {
        return Read {
            met: native::read(document, directory, decoder),
            services: service_of(document).into_iter().collect(),
        };
    }
    let translated = surroundings.translate(document, format, decoder);
    let mut met = Vec::new();
    for one in &translated {
        let slos = native::read(&one.document, directory, decoder);
        met.extend(slos.into_iter().map(|mut met| {
            met.slo = met.slo.filter(|_| one.usable);
            if let Some(slo) = &mut met.slo {
                slo.origin = format.origin();
            }
            met
        }));
    }
    let services = translated
        .iter()
        .filter_map(|one| service_of(&one.document));
    Read {
        met,
        services: services.collect(),
    }
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
