//! One server with the metrics of several clusters, whose rules run elsewhere.

use crate::case::case;
use crate::cases::traffic::{USUAL, a_bad_day, api, failing};
use crate::outcome::outcome;
use crate::world::{Setup, World};

#[tokio::test]
async fn each_cluster_has_a_verdict_of_its_own() {
    let mut cases = [case("shop", &api("shop"))
        .raw(failing("shop", &[("cluster", "eu")], |now| {
            a_bad_day(now, 0.012)
        }))
        .raw(failing("shop", &[("cluster", "us")], |_| USUAL))
        .unloaded()
        .verdict("api cluster=eu", "breached")
        .verdict("api cluster=us", "ok")];
    let setup = Setup {
        clusters: &["eu", "us"],
        ..Setup::default()
    };
    let world = World::new(&mut cases, &setup).await;
    let parts = ["--only", "series,values,burn"];
    let (both, run) = outcome(&world, &parts);
    both.is_as_expected(&cases, &[]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    for (cluster, verdict, code) in [("eu", "breached", 1), ("us", "ok", 0)] {
        let only = format!("cluster=\"{cluster}\"");
        let (one, run) = outcome(&world, &[&parts[..], &["--where", &only]].concat());
        assert_eq!(one.slos.len(), 1, "{one:#?}");
        let standing = one.standing("shop", &format!("api cluster={cluster}"));
        assert_eq!(standing.verdict, verdict);
        assert_eq!((run.code, one.findings.len()), (Some(code), 0), "{one:#?}");
    }
}
