//! `whatif` on a real Prometheus in which all counts are known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod numbers;
mod refusals;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

type Test = fn(&World);
/// What is looked at, by name: one that fails hides no other.
const ALL: [(&str, Test); 14] = [
    ("slower", numbers::slower),
    ("between_buckets", numbers::between_buckets),
    ("groups", numbers::groups),
    ("other_kinds", numbers::other_kinds),
    ("dependencies", numbers::dependencies),
    ("dependency_of_the_specs", numbers::dependency_of_the_specs),
    ("both_at_once", numbers::both_at_once),
    ("calendar", numbers::calendar),
    ("few_events", numbers::few_events),
    ("narrowed", numbers::narrowed),
    ("documented", numbers::documented),
    ("for_people", numbers::for_people),
    ("of_some", refusals::of_some),
    ("without_data", refusals::without_data),
];

#[test]
fn a_change_is_what_the_counts_say() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::new());
    let fails = |test: Test| catch_unwind(AssertUnwindSafe(|| test(&world))).is_err();
    let failed = ALL.iter().filter(|(_, test)| fails(*test));
    let failed: Vec<&str> = failed.map(|(name, _)| *name).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
