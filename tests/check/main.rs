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
#[path = "../support/fake_server.rs"]
mod fake_server;
mod numbers;
mod outcome;
mod raw;
mod recorded;
mod servers;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod world;

use case::Case;
use outcome::outcome;
use world::{Setup, World};

/// What nobody has to worry about.
#[tokio::test]
async fn a_healthy_set_has_no_finding() {
    let zone = numbers::quiet_zone();
    let mut cases = [cases::healthy::healthy(zone)];
    let world = World::new(&mut cases, &Setup::default()).await;
    let (outcome, run) = outcome(&world, &["--deep", "--fail-on", "warning"]);
    outcome.is_as_expected(&cases, &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    numbers::are_exact(&world, &outcome, zone).await;
}

/// A job of which the only target does not answer.
const STOPPED: &str = "- {job_name: ser004, static_configs: [{targets: ['NOBODY'], labels: {instance: 'ser004:80'}}]}\n";

#[tokio::test]
async fn every_trouble_gives_its_codes_and_no_others() {
    let mut cases: Vec<Case> = cases::verdicts::cases();
    cases.extend(cases::rules::cases());
    cases.extend(cases::values::cases());
    cases.extend(cases::series::cases());
    let setup = Setup {
        jobs: STOPPED,
        ..Setup::default()
    };
    let world = World::new(&mut cases, &setup).await;
    if std::env::var_os("HOLD").is_some() {
        println!("{} {}", world.url(), world.folder().display());
        tokio::time::sleep(std::time::Duration::from_secs(3000)).await;
    }
    let (outcome, run) = outcome(&world, &["--deep"]);
    outcome.is_as_expected(&cases, &["RUL003"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
}
