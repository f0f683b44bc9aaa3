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
mod exporter;
mod outcome;
mod raw;
mod recorded;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod world;

#[tokio::test]
async fn healthy() {
    let mut cases = [cases::healthy::healthy("Europe/Berlin")];
    let started = std::time::Instant::now();
    let world = world::World::new(&mut cases, &world::Setup::default()).await;
    println!("{:?}", started.elapsed());
}
