//! Spec texts → model, with the place of every value. One front end per format.
//!
//! `reader` makes located nodes (`node`) of YAML; `decode`, `declare`, `fields`
//! and `values` turn nodes into typed values; `native` says what the native
//! format looks like and what it means; `checks` and `resolve` look at what SLOs
//! say, alone and together.

mod checks;
pub(crate) mod comments;
mod declare;
mod decode;
mod fields;
mod foreign;
pub(crate) mod format;
mod load;
pub(crate) mod make;
mod mistake;
mod native;
pub(crate) mod node;
mod openslo;
mod pyrra;
mod reader;
mod resolve;
mod sloth;
mod strict;
mod text_map;
mod translation;
mod values;

pub use load::{Loaded, Options, Outline, load, load_all, load_with};
#[cfg(test)]
pub(crate) use reader::documents;
pub use strict::Verdict;
pub(crate) use translation::{Translation, Translations};
pub(crate) use values::is_name;

/// The JSON Schema (draft 2020-12) of the native format, from the very
/// declarations that its reader is made of.
pub fn json_schema() -> serde_json::Value {
    native::json_schema()
}
