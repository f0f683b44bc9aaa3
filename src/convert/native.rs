//! To the native format: the documents that stand behind foreign ones.

use super::Converted;
use super::printed::{self, Made, Part};
use super::tidy::tidy;
use super::write::Layout;
use crate::source::{SourceId, Sources};
use crate::spec::format::Format;
use crate::spec::{Options, Translation, Translations};

/// The texts in the native format, in their order.
pub(super) fn convert(sources: &Sources, ids: &[SourceId], options: &Options) -> Vec<Converted> {
    let translations = Translations::new(sources, ids, options);
    let made = translations.texts.iter().map(|(id, documents)| Made {
        id: *id,
        parts: documents.iter().map(part).collect(),
    });
    printed::print(made.collect(), Layout::Native, sources)
}

fn part(document: &Translation) -> Part<'_> {
    let is_kept = document.format == Format::Native;
    Part {
        original: &document.original,
        is_kept,
        slos: if is_kept { 0 } else { document.native.len() },
        documents: if is_kept {
            document.native.clone()
        } else {
            document.native.iter().map(tidy).collect()
        },
    }
}
