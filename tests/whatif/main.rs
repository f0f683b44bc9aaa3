//! `whatif` on a real Prometheus in which all counts are known.

mod numbers;
mod refusals;
#[path = "../support/slosmith.rs"]
mod slosmith_command;
mod world;

use world::World;

#[test]
fn a_change_is_what_the_counts_say() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        numbers::slower(&world);
        numbers::between_buckets(&world);
        numbers::groups(&world);
        numbers::other_kinds(&world);
        numbers::dependencies(&world);
        numbers::dependency_of_the_specs(&world);
        numbers::both_at_once(&world);
        numbers::calendar(&world);
        numbers::few_events(&world);
        numbers::narrowed(&world);
        numbers::documented(&world);
        numbers::for_people(&world);
        refusals::of_some(&world);
        refusals::without_data(&world);
        refusals::unknown(&world);
    });
}
