//! How people and programs read what a check says, and product managers a [`review`].
//! These translate; they decide nothing.
//!
//! | function | reader |
//! |---|---|
//! | [`terminal()`] | somebody in front of a terminal, or of a log |
//! | [`json()`] | programs; the fields are in `docs/check-json.md` |
//! | [`junit()`] | CI systems that show tests |
//! | [`github()`] | GitHub, which shows it beside the lines of a change |
//! | [`markdown()`] | a comment on a pull request, the summary of a step |
//!
//! Much of what they print was written by others: specs, labels, messages of a server.
//! Each makes sure that nothing of it acts on its reader instead of being shown.

pub mod backtest;
mod field;
mod github;
mod json;
mod junit;
mod markdown;
pub mod review;
#[cfg(test)]
mod sample;
mod summary;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
pub mod whatif;
mod xml;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use terminal::{Style, terminal};
