//! What a change would do, for people and for programs.

mod json;
mod text;
mod words;

pub use json::json;
pub use text::text;
pub(crate) use words::unknown;

use crate::whatif::{Answer, Dependency, Slower};

/// Everything there is to say.
pub struct Page<'a> {
    /// The server, without user and password.
    pub url: String,
    /// Its product and version.
    pub server: String,
    /// The instant at which the change begins, in Unix seconds.
    pub at: i64,
    /// How much slower everything gets.
    pub slower: Option<Slower>,
    /// What is called besides.
    pub dependencies: &'a [Dependency],
    /// One per SLO and group.
    pub answers: Vec<Answer<'a>>,
}
