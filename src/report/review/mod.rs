//! The report for product managers, as a page of its own ([`html()`]), for mails, wikis and
//! pull requests ([`markdown()`]), and for programs ([`json()`]).
//!
//! All of them show a [`Review`](crate::review::Review) in the same order, and add nothing
//! to it but words.

mod html;
mod json;
mod markdown;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod text;

pub use html::html;
pub use json::json;
pub use markdown::markdown;
