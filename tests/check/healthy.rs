//! What nobody has to worry about.

use crate::cases;
use crate::numbers;
use crate::outcome::outcome;
use crate::world::{Setup, World};

#[tokio::test]
async fn a_healthy_set_has_no_finding() {
    let zone = numbers::quiet_zone();
    let mut cases = [cases::healthy::healthy(zone)];
    let world = World::new(&mut cases, &Setup::default()).await;
    let (outcome, run) = outcome(&world, &["--deep", "--fail-on", "warning,at-risk,unknown"]);
    outcome.is_as_expected(&cases, &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    numbers::are_exact(&world, &outcome, zone).await;
}
