//! `slosmith check` as people run it, against real servers whose every event is known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "texts are built once"
)]

mod case;
mod cases;
mod clock;
mod clusters;
mod edges;
mod exporter;
#[path = "../support/fake_server.rs"]
mod fake_server;
mod foreign;
mod formats;
mod healthy;
mod late;
mod numbers;
mod others;
mod outcome;
mod raw;
mod recorded;
#[path = "../live/remote_write.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod remote_write;
mod servers;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod troubles;
mod victoria;
mod world;
