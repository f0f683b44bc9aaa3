//! Spec texts → model, with the place of every value. One front end per format.
//!
//! `node` reads YAML into located nodes, `decode`, `fields` and `values` turn nodes into
//! typed values, `native` says what the native format looks like and what it
//! means, `checks` and `resolve` look at what SLOs say, alone and together.

mod checks;
mod decode;
mod fields;
mod load;
mod mistake;
mod native;
mod node;
mod resolve;
mod suggest;
mod text_map;
mod values;

pub use load::{Loaded, Outline, load, load_all};
pub(crate) use suggest::closest;
pub(crate) use values::is_name;

/// The JSON Schema (draft 2020-12) of the native format, from the very
/// declarations that its reader is made of.
pub fn json_schema() -> serde_json::Value {
    native::json_schema()
}
