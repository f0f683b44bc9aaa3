//! `convert`: what it writes, that nothing is lost, and what it refuses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod openslo;
mod places;
mod samples;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod texts;
