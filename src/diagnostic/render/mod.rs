//! Findings as people, programs and GitHub read them. These translate; they decide nothing.

mod github;
mod json;
mod place;
mod text;
pub(crate) mod untrusted;

pub use github::render_github;
pub(crate) use github::workflow_command;
pub use json::render_json;
pub(crate) use json::{Finding as JsonFinding, pretty as pretty_json};
pub(crate) use place::Places;
pub(crate) use text::render_some;
pub use text::render_text;
