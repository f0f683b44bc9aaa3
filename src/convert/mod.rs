//! Specs in another format, with their comments.
//!
//! `native` (with `tidy`) and `openslo` make node trees of what specs say; `write` prints them, `attach`
//! says where the comments of the original stand in them, and `printed` puts that together;
//! `verify` compiles both sides and compares.

mod attach;
mod keys;
mod native;
mod openslo;
mod printed;
mod tidy;
mod verify;
mod write;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::{SourceId, Sources};
use crate::spec::{self, Options};

/// Specs that were converted, not yet written anywhere.
#[derive(Debug)]
pub struct Conversion {
    /// A file for each text, in their order.
    pub files: Vec<Converted>,
    /// Rule files that the originals compile to, by service.
    rules: BTreeMap<String, String>,
}

/// A text in another format.
#[derive(Debug)]
pub struct Converted {
    /// The original.
    pub source: SourceId,
    /// What is to be written; nothing for [`What::Referred`].
    pub text: String,
    /// What was done.
    pub what: What,
}

/// What was done with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was converted.
    Converted {
        /// How many SLOs.
        slos: usize,
        /// How many comments are in what is written.
        comments: usize,
    },
    /// It is in this format already, and taken over byte by byte.
    Already,
    /// It holds only what others refer to, and what they say now themselves.
    Referred {
        /// How many comments are in nothing that is written.
        comments: usize,
    },
}

/// Reads specs and says them in the native format; `None` when there are errors.
pub fn to_native(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<Conversion> {
    let slos = read(sources, ids, options, diagnostics)?;
    Some(Conversion {
        files: native::convert(sources, ids, options),
        rules: verify::rule_files(&slos),
    })
}

/// Reads specs and says them in `OpenSLO` v1; `None` when there are errors.
pub fn to_openslo(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<Conversion> {
    let slos = read(sources, ids, options, diagnostics)?;
    Some(Conversion {
        files: openslo::convert(sources, ids, options, &slos, diagnostics)?,
        rules: verify::rule_files(&slos),
    })
}

fn read(
    sources: &Sources,
    ids: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Slo>> {
    let slos = spec::load_with(sources, ids, options, diagnostics).slos;
    (!diagnostics.has_errors()).then_some(slos)
}

impl Conversion {
    /// Compiles the converted specs, named as they are to be written, and says where they
    /// do not give the very rules that the originals give.
    pub fn differences(&self, texts: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
        verify::differences(&self.rules, texts)
    }
}
