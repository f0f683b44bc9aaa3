//! `slosmith report` on a real Prometheus whose past is known to the last event.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod commands;
mod numbers;
mod past;
mod periods;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod world;
