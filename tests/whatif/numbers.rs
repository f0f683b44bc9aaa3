//! What is said, against the counts.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::{NOW, World};

/// Seconds in which a budget may be gone earlier or later: a tile.
const TILE: f64 = 300.0;

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(found: &Value, expected: f64, what: &str) {
    let found = number(found);
    let difference = (found - expected).abs();
    assert!(
        difference <= 2e-4 * expected.abs().max(0.1),
        "{what}: {found} instead of {expected}"
    );
}

/// `[least, likely, most]`
fn range(found: &Value, expected: [f64; 3], what: &str) {
    for (key, expected) in ["least", "likely", "most"].into_iter().zip(expected) {
        near(&found[key], expected, &format!("{what}, {key}"));
    }
}

/// The only change that was looked at.
fn changed(slo: &Value) -> &Value {
    let changed = slo["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 1, "{changed:?}");
    &changed[0]
}

fn names(alerts: &Value) -> Vec<String> {
    let alerts = alerts.as_array().unwrap().iter();
    alerts
        .map(|alert| {
            format!(
                "{} {}",
                alert["severity"].as_str().unwrap(),
                alert["name"].as_str().unwrap()
            )
        })
        .collect()
}

/// Of 1,000 a minute 980 are within 400ms and well, 800 within 200ms.
pub(crate) fn slower(world: &World) {
    let slo = world.slo("checkout", &["--slower", "200ms"]);
    let today = &slo["unchanged"];
    range(&today["error_ratio"], [0.02; 3], "today");
    assert_eq!(today["strictest_objective"], 98.0);
    assert_eq!(today["held"], true);
    assert_eq!(today["gone_in_seconds"], Value::Null);
    near(&today["spent_in_the_end"], 2.0 / 3.0, "today");
    assert_eq!(names(&today["alerts"]), [""; 0]);
    near(&slo["measured"]["error_ratio"], 0.02, "measured");
    near(&slo["measured"]["budget_left"], 1.0 / 3.0, "left");
    near(
        &slo["measured"]["events"],
        1_000.0 * 7.0 * 1_440.0,
        "events",
    );
    near(&slo["measured"]["coverage"], 1.0, "coverage");
    near(&slo["measured"]["distribution_known"], 1.0, "known");
    let then = changed(&slo);
    range(&then["lost"], [180.0 / 980.0; 3], "lost");
    range(&then["error_ratio"], [0.2; 3], "then");
    range(&then["burn_rate"], [0.2 / 0.03; 3], "burn");
    range(&then["budget_left"], [1.0 - 0.2 / 0.03; 3], "left");
    assert_eq!(then["held"], false);
    assert_eq!(then["strictest_objective"], 80.0);
    // (7 − x) · 2 % + x · 20 % of what is spent are 7 · 3 %.
    let days = 7.0 / 18.0;
    let gone_in = number(&then["gone_in_seconds"]);
    assert!((gone_in - days * 86_400.0).abs() <= TILE, "{gone_in}");
    near(&then["spent_in_the_end"], 0.2 / 0.03, "in the end");
    let alerts = names(&then["alerts"]);
    let expected = ["ticket SLOErrorBudgetBurn", "ticket SLOPromiseAtRisk"];
    assert!(alerts.ends_with(&expected.map(str::to_owned)), "{alerts:?}");
    // Less than a quarter fails: the promise is held.
    assert_eq!(then["promise"]["held"], true);
    near(&then["promise"]["budget_left"]["likely"], 0.2, "promise");
    assert_eq!(then["promise"]["gone_in_seconds"], Value::Null);
    // Nothing is faster than nothing.
    let all = world.slo("checkout", &["--slower", "400ms"]);
    range(&changed(&all)["error_ratio"], [1.0; 3], "all");
    assert_eq!(changed(&all)["strictest_objective"], Value::Null);
    assert_eq!(changed(&all)["promise"]["held"], false);
}

pub(crate) fn between_buckets(world: &World) {
    let slo = world.slo("checkout", &["--slower", "100ms"]);
    let then = changed(&slo);
    range(&then["error_ratio"], [0.02, 0.11, 0.2], "100ms");
    assert_eq!(then["held"], Value::Null);
    assert_eq!(then["gone_in_seconds_latest"], Value::Null);
    assert!(number(&then["gone_in_seconds_earliest"]) < number(&then["gone_in_seconds"]));
    assert_eq!(then["strictest_objective"], 89.0);
    assert_eq!(then["strictest_objective_for_sure"], 80.0);
    // A quarter slower: what takes 320ms today takes 400ms then.
    let slo = world.slo("checkout", &["--slower", "25%"]);
    range(&changed(&slo)["error_ratio"], [0.02, 0.092, 0.2], "25 %");
}

pub(crate) fn groups(world: &World) {
    let slos = world.slos("play", &["--slower", "200ms"]);
    let regions: Vec<_> = slos
        .iter()
        .map(|slo| slo["group"]["region"].as_str().unwrap())
        .collect();
    assert_eq!(regions, ["eu", "us"]);
    for (slo, (today, then)) in slos.iter().zip([(0.01, 0.1), (0.05, 0.7)]) {
        near(&slo["unchanged"]["error_ratio"]["likely"], today, "today");
        range(&changed(slo)["error_ratio"], [then; 3], "then");
    }
    assert_eq!(changed(&slos[0])["held"], true);
    assert_eq!(changed(&slos[1])["held"], false);
}

pub(crate) fn other_kinds(world: &World) {
    // 0.4 of the happiness is that of 800, 0.6 that of 980.
    let slo = world.slo("happy", &["--slower", "200ms"]);
    near(
        &slo["unchanged"]["happiness"]["likely"],
        0.4 * 0.8 + 0.6 * 0.98,
        "happiness",
    );
    // Nobody is within 0ms, 800 are within 200ms.
    range(
        &changed(&slo)["happiness"],
        [0.6 * 0.8; 3],
        "happiness then",
    );
    // Data that is read is 200ms older.
    let slo = world.slo("read", &["--slower", "200ms"]);
    range(&changed(&slo)["error_ratio"], [0.1; 3], "read");
    // A gauge from 0 s to 99 s: older than 79 s for 20 % of the time, then for 60 %.
    let slo = world.slo("fresh", &["--slower", "40s"]);
    let today = number(&slo["unchanged"]["error_ratio"]["likely"]);
    assert!((today - 0.2).abs() < 0.01, "{today}");
    let then = number(&changed(&slo)["error_ratio"]["likely"]);
    assert!((then - 0.6).abs() < 0.02, "{then}");
}

pub(crate) fn dependencies(world: &World) {
    let one = world.slo("browse", &["--depends-on", "99.9"]);
    let then = changed(&one);
    range(&then["error_ratio"], [1.0 - 0.995 * 0.999; 3], "one");
    assert_eq!(then["assumed"], "objectives");
    assert_eq!(then["held"], true);
    let two = ["--depends-on", "99.9%", "--depends-on", "99"];
    let two = world.slo("browse", &two);
    let ratio = 1.0 - 0.995 * 0.999 * 0.99;
    range(&changed(&two)["error_ratio"], [ratio; 3], "two");
    assert_eq!(changed(&two)["held"], false);
    let turned = world.slo("browse", &["--depends-on", "99", "--depends-on", "99.9"]);
    near(&changed(&turned)["error_ratio"]["likely"], ratio, "turned");
    // Of time, and of steps in series.
    let up = world.slo("up", &["--depends-on", "99"]);
    let today = number(&up["unchanged"]["error_ratio"]["likely"]);
    assert!((today - 0.05).abs() < 0.002, "{today}");
    near(
        &changed(&up)["error_ratio"]["likely"],
        1.0 - (1.0 - today) * 0.99,
        "up",
    );
    assert_eq!(up["measured"]["events"], Value::Null);
    let journey = world.slo("journey", &["--depends-on", "99"]);
    let good = 0.995 * (1.0 - 21.0 / 500.0);
    near(
        &journey["unchanged"]["error_ratio"]["likely"],
        1.0 - good,
        "journey",
    );
    let then = changed(&journey);
    near(
        &then["error_ratio"]["likely"],
        1.0 - good * 0.99,
        "journey then",
    );
    near(
        &then["spent_in_the_end"],
        (1.0 - good * 0.99) / 0.1,
        "journey in the end",
    );
}

/// 21 of 500 calls fail: 1 of 100 in `eu`, 20 of 400 in `us`.
pub(crate) fn dependency_of_the_specs(world: &World) {
    let slo = world.slo("browse", &["--depends-on", "payments/calls"]);
    let changed = slo["changed"].as_array().unwrap();
    let assumed: Vec<_> = changed
        .iter()
        .map(|then| then["assumed"].as_str().unwrap())
        .collect();
    assert_eq!(assumed, ["objectives", "measured"]);
    range(
        &changed[0]["error_ratio"],
        [1.0 - 0.995 * 0.995; 3],
        "objectives",
    );
    range(
        &changed[1]["error_ratio"],
        [1.0 - 0.995 * (1.0 - 0.042); 3],
        "measured",
    );
    let called = &slo["depends_on"][0];
    assert_eq!(
        (&called["service"], &called["slo"]),
        (&"payments".into(), &"calls".into())
    );
    near(&called["measured_error_ratio"], 0.042, "called");
    // Each region calls its own, one that has none calls all.
    let slos = world.slos("play", &["--depends-on", "payments/calls-by-region"]);
    for (slo, measured) in slos.iter().zip([0.01, 0.05]) {
        near(
            &slo["depends_on"][0]["measured_error_ratio"],
            measured,
            "by region",
        );
    }
    let slo = world.slo("browse", &["--depends-on", "payments/calls-by-region"]);
    near(
        &slo["depends_on"][0]["measured_error_ratio"],
        0.042,
        "all regions",
    );
}

pub(crate) fn both_at_once(world: &World) {
    let slo = world.slo("checkout", &["--slower", "200ms", "--depends-on", "90"]);
    let then = changed(&slo);
    range(&then["error_ratio"], [1.0 - 0.8 * 0.9; 3], "both");
    assert_eq!(then["promise"]["held"], false);
}

/// On Wednesday noon two and a half of seven days have passed.
pub(crate) fn calendar(world: &World) {
    let slo = world.slo("checkout-week", &["--slower", "200ms"]);
    near(
        &slo["measured"]["budget_left"],
        1.0 - 2.5 * 2.0 / 21.0,
        "left",
    );
    near(&slo["unchanged"]["spent_in_the_end"], 2.0 / 3.0, "today");
    let then = changed(&slo);
    range(&then["error_ratio"], [0.2; 3], "then");
    let gone_in = number(&then["gone_in_seconds"]);
    let days = (21.0 - 2.5 * 2.0) / 20.0;
    assert!((gone_in - days * 86_400.0).abs() <= TILE, "{gone_in}");
    near(
        &then["spent_in_the_end"],
        (2.5 * 2.0 + 4.5 * 20.0) / 21.0,
        "in the end",
    );
}

/// One a minute: 10,080 in a week, of which none is too slow.
pub(crate) fn few_events(world: &World) {
    let slo = world.slo("thin", &["--depends-on", "99.99"]);
    let then = changed(&slo);
    assert_eq!(slo["unchanged"]["strictest_objective"], Value::Null);
    assert_eq!(
        slo["unchanged"]["strictest_objective_with_confidence"],
        99.961
    );
    assert_eq!(then["strictest_objective"], 99.99);
    let confident = number(&then["strictest_objective_with_confidence"]);
    assert!((99.9..99.99).contains(&confident), "{confident}");
    let many = world.slo("browse", &["--depends-on", "99.99"]);
    assert_eq!(
        changed(&many)["strictest_objective_with_confidence"],
        Value::Null
    );
}

pub(crate) fn narrowed(world: &World) {
    let slos = world.slos("play", &["--slower", "200ms", "--where", "region=\"eu\""]);
    assert_eq!(slos.len(), 1);
    range(&changed(&slos[0])["error_ratio"], [0.1; 3], "eu");
    let slos = world.slos("play", &["--slower", "200ms", "--match", "region=\"us\""]);
    assert_eq!(slos.len(), 1);
    range(&changed(&slos[0])["error_ratio"], [0.7; 3], "us");
}

/// All fields are documented, and all that is documented is there.
pub(crate) fn documented(world: &World) {
    let run = world.ask(&[
        "--format",
        "json",
        "--select",
        "slo=checkout,slo=happy,slo=nowhere",
        "--slower",
        "200ms",
        "--depends-on",
        "payments/calls",
    ]);
    let page: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(page["at"], "2025-06-11T12:00:00Z");
    assert_eq!(page["slower"], "200ms");
    let page_of_docs = include_str!("../../docs/whatif-json.md");
    let example = page_of_docs
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(keys(&page), keys(&example));
    for key in keys(&page) {
        assert!(
            page_of_docs.contains(&format!("`{key}`")),
            "{key} is not explained"
        );
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => {
            let inner = fields
                .iter()
                .filter(|(key, _)| *key != "group")
                .flat_map(|(_, value)| keys(value));
            inner.chain(fields.keys().cloned()).collect()
        }
        Value::Array(values) => values.iter().flat_map(keys).collect(),
        _ => BTreeSet::new(),
    }
}

pub(crate) fn for_people(world: &World) {
    let run = world.ask_at(
        NOW + 7,
        &[
            "--select",
            "slo=checkout",
            "--slower",
            "100ms",
            "--depends-on",
            "payments/calls",
        ],
    );
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.is_empty(), "{}", run.err);
    insta::assert_snapshot!("for_people", run.out);
    let run = world.ask(&[
        "--select",
        "slo=checkout-week,slo=thin",
        "--depends-on",
        "99.9",
    ]);
    insta::assert_snapshot!("for_people_of_several", run.out);
}
