//! Small worlds for what cannot be beside other things.

use std::fs;

use crate::case::{Case, case};
use crate::cases::traffic::{USUAL, all, api, failed, failing};
use crate::clock::{DAY, unix_now};
use crate::outcome::outcome;
use crate::raw::{Raw, counter};
use crate::remote_write::{Sample, Series, Value, write};
use crate::world::{Setup, World};

const FLAGS: &[&str] = &[
    "--storage.tsdb.retention.time=15d",
    "--web.enable-lifecycle",
    "--web.enable-remote-write-receiver",
    "--enable-feature=native-histograms",
];

/// A server that forgets early, and one histogram in two forms.
#[tokio::test]
async fn short_memory_and_two_histograms() {
    let mut cases = [
        case("ser016", &api("ser016"))
            .defaults("{period: 28d, scrape_interval: 1m}")
            .raw(failing("ser016", &[], |_| USUAL).map(|raw| raw.since(20 * DAY)))
            .verdict("api", "ok"),
        two_histograms(),
    ];
    let setup = Setup {
        flags: FLAGS,
        ..Setup::default()
    };
    let world = World::new(&mut cases, &setup).await;
    write(&world.url(), &[native("ser007_seconds")]).await;
    let (found, _) = outcome(&world, &[]);
    found.is_as_expected(&cases, &["SER016"]);
    reload_fails(&world, &cases).await;
}

fn two_histograms() -> Case {
    let bucket = |le, story: fn(_) -> f64| {
        counter(
            "ser007_seconds_bucket",
            &[("job", "ser007"), ("le", le)],
            story,
        )
    };
    let raw: [Raw; 3] = [
        bucket("0.5", |now| all(now) - failed(now)),
        bucket("+Inf", all),
        counter("ser007_seconds_count", &[("job", "ser007")], all),
    ];
    case(
        "ser007",
        "- name: api\n  objective: 99.9\n  sli: {latency: {histogram: 'ser007_seconds{job=\"ser007\"}', threshold: 500ms}}",
    )
    .raw(raw.map(|raw| raw.declared("histogram")))
    .finds(&["SER007"])
    .verdict("api", "ok")
}

/// The same, as Prometheus stores it natively.
fn native(name: &str) -> Series {
    let labels = [("__name__", name), ("instance", "a"), ("job", "ser007")];
    let sample = |at| Sample {
        at,
        value: Value::Histogram {
            schema: 1,
            first: -5,
            counts: vec![1, 2, 3],
        },
    };
    Series {
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        samples: vec![sample(unix_now() - 1), sample(unix_now())],
    }
}

/// A rule file that cannot be read: the rules from before go on, and nobody notices.
async fn reload_fails(world: &World, cases: &[Case]) {
    fs::write(world.folder().join("rules/broken.yaml"), "groups: 1\n").unwrap();
    let reload = format!("{}/-/reload", world.url());
    let answer = reqwest::Client::new().post(reload).send().await.unwrap();
    assert!(!answer.status().is_success());
    let (found, _) = outcome(world, &[]);
    found.is_as_expected(cases, &["RUL008", "SER016"]);
}
