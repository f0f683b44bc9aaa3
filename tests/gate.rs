//! `slosmith gate` as pipelines run it, against a real Prometheus of which every event is known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::fs::{self, File};
use std::io::BufWriter;

use serde_json::Value;
use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Server, promtool};

use slosmith_command::{Run, run, slosmith};

/// Seconds between samples of recorded tiles.
const TILE: i64 = 300;
/// Events per second; 6,048,000 in the seven days of a period, of which 60,480 may be bad.
const TRAFFIC: f64 = 10.0;
const AT: &str = "2025-06-30T12:00:00Z";

const SPEC: &str = r#"apiVersion: slosmith/v1
service: shop
owner: shop-team
defaults: {period: 7d, scrape_interval: 1m}
slos:
  - name: checkout
    objective: 99
    sli: {events: {total: requests_total, bad_where: 'code="500"'}}
    policy: [{when: "budget <= 0%", do: freeze, say: "Only fixes ship."}, {when: "budget < 25%", do: slow}]
  - {name: search, objective: 99, sli: {events: {total: a_total, bad: b_total}}}
  - {name: cart, objective: 99, sli: {events: {total: a_total, bad: b_total}}}
  - {name: login, objective: 99, sli: {events: {total: a_total, bad: b_total}}}
  - name: api
    objective: 99
    group_by: [region]
    groups: {region: [eu, us, asia]}
    sli: {events: {total: a_total, bad: b_total}}
  - name: excluded
    objective: 99
    sli: {events: {total: a_total, bad: b_total}}
    downtime: [{start: 2025-06-27T10:00:00Z, end: 2025-06-27T12:00:00Z, reason: migration}]
  - name: counted
    objective: 99
    sli: {events: {total: a_total, bad: b_total}}
    downtime: [{start: 2025-06-27T10:00:00Z, end: 2025-06-27T12:00:00Z, count: include}]
  - name: payment
    objective: 99
    sli: {events: {total: a_total, bad: b_total}}
    policy: [{do: ship, reason: "Black Friday: risk accepted", by: checkout-team, until: 2099-11-30}]
  - name: expired
    objective: 99
    sli: {events: {total: a_total, bad: b_total}}
    policy: [{do: ship, reason: "launch day", by: checkout-team, until: 2025-06-29}]
"#;

/// What was recorded of an SLO: nothing but good events, an incident left aside.
struct Recorded {
    slo: &'static str,
    region: Option<&'static str>,
    /// How long it was measured, in tiles.
    tiles: i64,
    /// Tiles from 27 June 10:00 on in which everything was bad.
    bad: i64,
}

const WEEK: i64 = 7 * 288;

const fn recorded(
    slo: &'static str,
    region: Option<&'static str>,
    tiles: i64,
    bad: i64,
) -> Recorded {
    Recorded {
        slo,
        region,
        tiles,
        bad,
    }
}

const HISTORY: [Recorded; 10] = [
    // 21 tiles are 63,000 events, 104 % of the budget; 16 are 48,000, 79 % of it.
    recorded("checkout", None, WEEK, 21),
    recorded("search", None, WEEK, 16),
    recorded("cart", None, WEEK, 0),
    recorded("login", None, WEEK / 4, 0),
    recorded("api", Some("eu"), WEEK, 0),
    recorded("api", Some("us"), WEEK, 16),
    recorded("excluded", None, WEEK, 21),
    recorded("counted", None, WEEK, 21),
    recorded("payment", None, WEEK, 21),
    recorded("expired", None, WEEK, 21),
];

fn unix(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

impl Recorded {
    fn write(&self, writer: &mut Writer<BufWriter<File>>) {
        let incident = unix("2025-06-27T10:00:00Z");
        let bad = incident + TILE..=incident + self.bad * TILE;
        let region = self.region.map(|region| ("region", region));
        let labels = || {
            [("service", "shop"), ("slo", self.slo)]
                .into_iter()
                .chain(region)
        };
        let value = |name: &str, at: i64| match name {
            "slo:total:tile5m" => TRAFFIC,
            _ if bad.contains(&at) => TRAFFIC,
            _ => 0.0,
        };
        for name in ["slo:total:tile5m", "slo:bad:tile5m"] {
            let instants = (0..self.tiles).rev().map(|tile| unix(AT) - tile * TILE);
            #[allow(clippy::cast_precision_loss, reason = "seconds of this century")]
            let samples = instants.map(|at| (at as f64, value(name, at)));
            writer.series(name, labels(), samples).unwrap();
        }
    }
}

struct World {
    folder: tempfile::TempDir,
    server: Server,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.yaml"), SPEC).unwrap();
        let path = folder.path().join("recorded.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        for recorded in HISTORY {
            recorded.write(&mut writer);
        }
        writer.finish().unwrap();
        let data = folder.path().join("data");
        promtool::blocks_from_openmetrics(&path, &data)
            .await
            .unwrap();
        let config = |_| "global: {}\n".to_owned();
        let server = Server::start(folder.path(), config, &[]).await;
        Self {
            server: server.unwrap_or_else(|error| panic!("{error}")),
            folder,
        }
    }

    /// `slosmith gate` of some SLOs, and more arguments.
    fn gate(&self, slos: &[&str], args: &[&str]) -> Run {
        self.gate_at(AT, slos, args)
    }

    fn gate_at(&self, at: &str, slos: &[&str], args: &[&str]) -> Run {
        let select: Vec<_> = slos.iter().map(|slo| format!("slo={slo}")).collect();
        let mut command = slosmith(self.folder.path());
        let url = self.server.url();
        command.args(["gate", "shop.yaml", "--at", at, "--prometheus", &url]);
        if !select.is_empty() {
            command.args(["--select", &select.join(",")]);
        }
        run(command.args(args))
    }

    fn code(&self, slos: &[&str], args: &[&str]) -> i32 {
        let run = self.gate(slos, args);
        run.code.unwrap_or_else(|| panic!("{run:?}"))
    }
}

#[tokio::test]
async fn decides() {
    let world = World::new().await;
    every_decision(&world);
    what_fails_a_run(&world);
    for_pipelines(&world);
    overrides(&world);
    what_cannot_be_decided(&world);
}

fn every_decision(world: &World) {
    let freeze = world.gate(&["checkout"], &[]);
    assert_eq!(freeze.code, Some(20), "{freeze:?}");
    assert_eq!(
        freeze.out,
        "freeze   shop/checkout: 104.2 % of the error budget over 7d is spent (policy: budget <= \
         0%); the largest incident, 27 June 10:00–11:45, spent 104.2 % of the budget. If nothing \
         more goes wrong, the freeze ends on 4 July 10:05 UTC and becomes slow. Only fixes ship.\n\
         decision: freeze (1 freeze)\n"
    );
    for (slo, code, word) in [
        ("search", 10, "slow"),
        ("cart", 0, "ship"),
        ("login", 30, "unknown"),
    ] {
        let run = world.gate(&[slo], &[]);
        assert_eq!(run.code, Some(code), "{run:?}");
        assert!(
            run.out.starts_with(&format!("{word:<8} shop/{slo}: ")),
            "{run:?}"
        );
        assert!(
            run.out.ends_with(&format!("decision: {word} (1 {word})\n")),
            "{run:?}"
        );
    }
    let unknown = world.gate(&["login"], &[]).out;
    assert!(
        unknown.contains("since only 25 % of the last 7d is measured."),
        "{unknown}"
    );
    // A group that is listed and was never seen.
    let groups = world.gate(&["api"], &[]);
    assert_eq!(groups.code, Some(30));
    let begins: Vec<&str> = groups
        .out
        .lines()
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    assert_eq!(
        begins,
        [
            "unknown  shop/api region=asia",
            "slow     shop/api region=us",
            "ship     shop/api region=eu",
            "decision"
        ]
    );
    // What is planned, and does not count.
    let planned = world.gate(&["excluded"], &[]);
    assert_eq!(planned.code, Some(0), "{planned:?}");
    assert!(
        planned
            .out
            .contains("planned downtime of 2h 5m does not count."),
        "{planned:?}"
    );
    assert_eq!(world.code(&["counted"], &[]), 20);
}

fn what_fails_a_run(world: &World) {
    let all = ["checkout", "search", "cart", "login"];
    let without = |slo: &str| {
        all.into_iter()
            .filter(|other| *other != slo)
            .collect::<Vec<_>>()
    };
    assert_eq!(world.code(&all, &[]), 20);
    assert_eq!(world.code(&without("checkout"), &[]), 30);
    assert_eq!(world.code(&["search", "cart"], &[]), 10);
    for (fail_on, code) in [
        ("freeze", 20),
        ("slow", 10),
        ("unknown", 30),
        ("slow,unknown", 30),
        ("freeze,unknown", 20),
        ("never", 0),
    ] {
        assert_eq!(world.code(&all, &["--fail-on", fail_on]), code, "{fail_on}");
    }
    assert_eq!(
        world.code(&without("checkout"), &["--fail-on", "freeze"]),
        0
    );
    for (on_unknown, code) in [("ship", 0), ("slow", 10), ("freeze", 20)] {
        let run = world.gate(&["login"], &["--on-unknown", on_unknown]);
        assert_eq!(run.code, Some(code), "{run:?}");
        assert!(run.out.contains("since it is unknown."), "{run:?}");
    }
    let both = ["--on-unknown", "freeze", "--fail-on", "freeze"];
    assert_eq!(world.code(&["login"], &both), 20);
}

fn for_pipelines(world: &World) {
    let run = world.gate(&["checkout", "login", "api"], &["--format", "json"]);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &json["exit_code"]), (Some(20), &20.into()));
    assert_eq!(
        (&json["decision"], &json["at"]),
        (&"freeze".into(), &AT.into())
    );
    let summary =
        ["all", "freeze", "unknown", "slow", "ship"].map(|key| json["summary"][key].as_u64());
    assert_eq!(summary, [5, 1, 2, 1, 1].map(Some));
    let first = &json["slos"][0];
    assert_eq!(
        (&first["slo"], &first["line"]),
        (&"checkout".into(), &6.into())
    );
    assert_eq!(first["thaw"]["at"], "2025-07-04T10:05:00Z");
    let number = |key: &str| first[key].as_f64().unwrap();
    for (key, exact) in [
        ("total", 6_048_000.0),
        ("bad", 63_000.0),
        ("budget_left", 1.0 - 63_000.0 / 60_480.0),
        ("coverage", 1.0),
    ] {
        assert!((number(key) - exact).abs() < 1e-6, "{key}: {}", number(key));
    }
    let quiet = world.gate(&["checkout"], &["--format", "json", "--fail-on", "never"]);
    let json: Value = serde_json::from_str(&quiet.out).unwrap();
    assert_eq!((quiet.code, &json["exit_code"]), (Some(0), &0.into()));
    assert_eq!(json["decision"], "freeze");
}

fn overrides(world: &World) {
    let run = world.gate(&["payment"], &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let says = "ship     shop/payment: Overridden by checkout-team until 30 November 2099: Black \
                Friday: risk accepted. By its policy it would be freeze. 104.2 % of the error";
    assert!(run.out.starts_with(says), "{run:?}");
    let run = world.gate(&["expired"], &[]);
    assert_eq!(run.code, Some(20), "{run:?}");
    assert!(
        run.err.contains("SLO030") && !run.out.contains("launch day"),
        "{run:?}"
    );
    // On its last day it held.
    let run = world.gate_at("2025-06-29T23:59:59Z", &["expired"], &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("launch day"), "{run:?}");
}

fn what_cannot_be_decided(world: &World) {
    let spec = |name: &str, text: &str| fs::write(world.folder.path().join(name), text).unwrap();
    let gate = |args: &[&str]| {
        let mut command = slosmith(world.folder.path());
        run(command.arg("gate").args(args))
    };
    let url = world.server.url();
    spec("broken.yaml", &SPEC.replace("budget <= 0%", "budget <= x%"));
    let broken = gate(&["broken.yaml", "--prometheus", &url]);
    assert_eq!(
        (broken.code, broken.out.as_str()),
        (Some(2), ""),
        "{broken:?}"
    );
    fs::create_dir(world.folder.path().join("empty")).unwrap();
    for args in [
        ["empty", "--select", "slo=cart"],
        ["shop.yaml", "--select", "slo=nothing"],
        ["shop.yaml", "--at", "tomorrow"],
        ["shop.yaml", "--at", "2999-01-01T00:00:00Z"],
        ["shop.yaml", "--where", "cluster="],
    ] {
        let run = gate(&[&args[..], &["--prometheus", &url]].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    }
    let args = [
        "shop.yaml",
        "--prometheus",
        "http://127.0.0.1:1",
        "--on-unknown",
        "ship",
    ];
    let lost = gate(&args);
    assert_eq!((lost.code, lost.out.as_str()), (Some(3), ""), "{lost:?}");
    // Nothing was recorded in another cluster.
    let elsewhere = world.gate(&["cart"], &["--where", "cluster=\"eu\""]);
    assert_eq!(elsewhere.code, Some(30), "{elsewhere:?}");
}
