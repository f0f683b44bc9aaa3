//! Findings as people, programs and GitHub read them. These translate; they decide nothing.

mod github;
mod json;
mod place;
mod text;
mod untrusted;

pub use github::render_github;
pub use json::render_json;
pub use text::render_text;
