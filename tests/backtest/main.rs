//! `slosmith backtest` as people run it, against real servers whose every event is known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::cast_precision_loss,
    reason = "instants and counts are far below 2^53"
)]

mod alerts;
mod baseline;
mod month;
mod numbers;
mod oracle;
#[allow(dead_code, reason = "shared with the tests of backfill")]
#[path = "../backfill/past.rs"]
mod past;
mod promtool;
mod resume;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
#[allow(dead_code, reason = "shared with the tests of backfill")]
#[path = "../backfill/world.rs"]
mod world;
