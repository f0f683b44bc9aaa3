//! How people and programs read a replay.

mod advice;
mod document;
mod json;
mod lists;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub use markdown::markdown;
pub use text::text;

use crate::slo::Decision;

/// A decision of a policy, as JSON and people have it.
pub(super) const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Ship => "ship",
        Decision::Slow => "slow",
        Decision::Freeze => "freeze",
    }
}
