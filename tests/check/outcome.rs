//! Runs `slosmith check` and reads what it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{Case, Says};
use crate::slosmith_command::{Run, run, slosmith};
use crate::world::World;

/// What a check said, as JSON.
pub(crate) struct Outcome {
    pub(crate) run: Run,
    json: Value,
}

/// Runs a check on the specs of a world.
pub(crate) fn check(world: &World, args: &[&str]) -> Run {
    let mut command = slosmith(world.folder());
    command.args(["check", "specs", "--prometheus", &world.url()]);
    run(command.args(args))
}

/// The same, read.
pub(crate) fn outcome(world: &World, args: &[&str]) -> Outcome {
    let run = check(world, &[&["--format", "json"], args].concat());
    let json = serde_json::from_str(&run.out)
        .unwrap_or_else(|error| panic!("{error}: {:?}\n{}\n{}", run.code, run.out, run.err));
    Outcome { run, json }
}
