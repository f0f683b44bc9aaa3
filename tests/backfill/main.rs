//! `slosmith backfill` as people run it, against real servers whose every event is known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::cast_precision_loss,
    reason = "instants and counts are far below 2^53"
)]

mod equal;
#[path = "../support/fake_server.rs"]
mod fake_server;
mod limits;
mod memory;
mod past;
mod resume;
mod servers;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod takeover;
mod world;
