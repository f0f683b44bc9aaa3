//! Budgets, incidents and suggestions are those of the counts.

use serde_json::{Value, json};

use crate::month::{CREEPING, END, Failing, INCIDENT, OUTAGE, backtest, json, slo, world};
use crate::world::runtime;

/// Events of a week, one a second.
const WEEK: f64 = 604_800.0;
/// Of which 99.5 % allow so many bad ones.
const ALLOWED: f64 = 3_024.0;

fn close(value: &Value, expected: f64, tolerance: f64) {
    let found = value.as_f64().unwrap_or(f64::NAN);
    let is_close = (found - expected).abs() <= tolerance * expected.abs().max(1e-9);
    assert!(is_close, "{found} instead of {expected}");
}

fn unix(value: &Value) -> i64 {
    let at: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
    at.as_second()
}

fn starts(failing: &Failing) -> i64 {
    i64::try_from(END - failing.ago).unwrap()
}

/// An incident of a replay is one that happened.
fn is(found: &Value, happened: &Failing, allowed: f64) {
    let length = i64::try_from(happened.minutes * 60).unwrap();
    // Tiles of five minutes, and a scrape after the minute.
    assert!(
        (unix(&found["start"]) - starts(happened)).abs() <= 300,
        "{found}"
    );
    let ended = unix(&found["end"]) - starts(happened) - length;
    assert!((0..=600).contains(&ended), "{found}");
    close(&found["bad"], happened.bad() as f64, 0.005);
    close(&found["spent"], happened.bad() as f64 / allowed, 0.005);
}

fn budgets(web: &Value) {
    let version = &web["versions"][0];
    assert_eq!(version["version"], "spec");
    let group = &version["groups"][0];
    let bad = OUTAGE.bad() + CREEPING.bad() + INCIDENT.bad();
    close(&group["overall"]["bad"], bad as f64, 0.002);
    close(&group["overall"]["total"], 30.0 * 86_400.0, 0.001);
    close(&group["within_budget"], 1.0, 0.0);
    // The outage and what crept lie within one week.
    let worst = OUTAGE.bad() + CREEPING.bad();
    close(&group["worst"]["spent"], worst as f64 / ALLOWED, 0.003);
    let incidents = group["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 3, "{incidents:#?}");
    for (found, happened) in incidents.iter().zip([&OUTAGE, &CREEPING, &INCIDENT]) {
        is(found, happened, ALLOWED);
    }
    let alerted = incidents
        .iter()
        .map(|incident| incident["was_alerted"] == true);
    assert_eq!(alerted.collect::<Vec<_>>(), [true, false, true]);
    // Whole weeks that end with the replay.
    let periods = group["periods"].as_array().unwrap();
    let bad: Vec<f64> = periods
        .iter()
        .map(|period| period["standing"]["bad"].as_f64().unwrap().round())
        .collect();
    assert_eq!(bad, [1200.0, 180.0, 900.0, 0.0]);
    close(
        &group["promise"]["worst"]["spent"],
        worst as f64 / (WEEK * 0.01),
        0.003,
    );
}

fn alerts(web: &Value) {
    let alerts = web["versions"][0]["alerts"].as_array().unwrap();
    let pages: Vec<&Value> = alerts.iter().filter(|a| a["severity"] == "page").collect();
    assert_eq!(pages.len(), 2, "{pages:#?}");
    close(&web["versions"][0]["pages_per_month"], 2.0, 1e-9);
    for (page, happened) in pages.iter().zip([&OUTAGE, &INCIDENT]) {
        let delay = unix(&page["start"]) - starts(happened);
        assert!((120..900).contains(&delay), "{page}");
        // What had failed by then, to the tile in which it began.
        let spent = happened.of_minute as f64 / 60.0 * delay as f64 / ALLOWED;
        let before = page["spent_before"].as_f64().unwrap();
        assert!(
            (before - spent).abs() < 150.0 / ALLOWED,
            "{before} {spent} {page}"
        );
        close(&page["spent"], happened.bad() as f64 / ALLOWED, 0.005);
        assert_eq!(page["budget_gone_after_seconds"], Value::Null);
        assert_eq!(page["budget_was_gone"], false);
        assert!(!page["pairs"].as_array().unwrap().is_empty(), "{page}");
    }
}

/// Of 99.9 % the two large incidents spend more than there is, each for a week.
fn objectives(web: &Value) {
    let versions = web["versions"].as_array().unwrap();
    let names: Vec<_> = versions
        .iter()
        .map(|v| v["objective"].to_string())
        .collect();
    assert_eq!(names, ["99.5", "99", "99.9"]);
    close(&versions[1]["within_budget"], 1.0, 0.0);
    let overspent = 14.0 / 30.0;
    close(&versions[2]["within_budget"], 1.0 - overspent, 0.003);
    close(&versions[2]["days"]["frozen"], 14.0, 0.01);
    close(&versions[1]["days"]["frozen"], 0.0, 0.0);
    let pages = |index: usize| versions[index]["pages_per_month"].as_f64().unwrap();
    assert!(pages(1) <= pages(0) && pages(0) <= pages(2));
    // 900 bad events are more than 604.8: the budget is gone during the incident.
    let alerts = versions[2]["alerts"].as_array().unwrap();
    let page = alerts
        .iter()
        .rfind(|alert| alert["severity"] == "page")
        .unwrap();
    let gone = page["budget_gone_after_seconds"].as_i64().unwrap() + unix(&page["start"]);
    let exact = starts(&INCIDENT) + 604 * 2;
    assert!((exact..exact + 600).contains(&gone), "{page}");

    let suggested = &web["advice"]["suggested"];
    assert_eq!(suggested["objective"].to_string(), "99.5");
    assert_eq!(
        (&suggested["periods"], &suggested["periods_kept"]),
        (&json!(4), &json!(4))
    );
    close(&suggested["kept_confidence"][0], 0.510_1, 0.001);
    close(&web["advice"]["good"], 1.0 - 2_280.0 / 2_592_000.0, 1e-5);
    assert_eq!(web["advice"]["thin"], json!([]));
}

/// What is left out is left out of everything but the alerts.
fn downtime(down: &Value) {
    let version = &down["versions"][0];
    let group = &version["groups"][0];
    close(
        &group["overall"]["bad"],
        (CREEPING.bad() + INCIDENT.bad()) as f64,
        0.003,
    );
    // Twenty minutes, and the tile that reads back to the scrape before.
    assert_eq!(group["overall"]["excluded_seconds"], 1_500);
    let incidents = group["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 2, "{incidents:#?}");
    assert_eq!(incidents[1]["in_downtime"], true);
    let pages: Vec<&Value> = version["alerts"].as_array().unwrap().iter().collect();
    let pages: Vec<_> = pages.iter().filter(|a| a["severity"] == "page").collect();
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0]["in_downtime"], true);
    assert_eq!(version["downtime"].as_array().unwrap().len(), 2);
}

/// October has an hour more than its days.
fn calendar(month: &Value) {
    let group = &month["versions"][0]["groups"][0];
    let periods = group["periods"].as_array().unwrap();
    let bounds: Vec<_> = periods
        .iter()
        .map(|period| {
            (
                period["start"].as_str().unwrap(),
                period["end"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        bounds,
        [
            ("2025-09-30T22:00:00Z", "2025-10-31T23:00:00Z"),
            ("2025-10-31T23:00:00Z", "2025-11-30T23:00:00Z"),
        ]
    );
    let october = &periods[0];
    assert_eq!(october["is_over"], true);
    close(
        &october["standing"]["total"],
        31.0 * 86_400.0 + 3_600.0,
        0.0005,
    );
    close(&october["standing"]["bad"], 2_280.0, 0.002);
    assert_eq!(periods[1]["is_over"], false);
    close(&periods[1]["standing"]["total"], 97.0 * 3_600.0, 0.001);
    // Events that are still to come count as well.
    close(
        &periods[1]["standing"]["allowed"],
        30.0 * 86_400.0 * 0.005,
        0.002,
    );
}

fn thin(rare: &Value) {
    let thin = &rare["advice"]["thin"];
    assert_eq!(thin.as_array().unwrap().len(), 1, "{thin}");
    assert_eq!(thin[0]["objective"].to_string(), "99.9");
    close(&thin[0]["events_per_period"], 1_008.0, 0.002);
    close(&thin[0]["budget_events"], 1.008, 0.002);
    close(&thin[0]["max_supportable"], 99.504, 0.000_01);
    assert_eq!(rare["advice"]["suggested"]["objective"].to_string(), "99.5");
}

#[test]
fn everything_is_as_it_was_counted() {
    runtime().block_on(async {
        let world = world(crate::month::SPEC, &[]).await;
        let cache = ["--cache", "cache"];
        let found = json(
            &world,
            &[&cache[..], &["--objective", "99,99.5,99.9"]].concat(),
        );
        let web = slo(&found, "web");
        budgets(web);
        alerts(web);
        objectives(web);
        downtime(slo(&found, "down"));
        calendar(slo(&found, "month"));
        thin(slo(&found, "rare"));
        assert_eq!(found["change"], Value::Null);

        for format in ["text", "markdown"] {
            let run = backtest(&world, &[&cache[..], &["--format", format]].concat());
            assert_eq!(run.code, Some(0), "{}", run.err);
            for said in [
                "Replayed 30d from 2025-10-06 00:00 to 2025-11-05 00:00",
                "max supportable objective = 1 - 5/1,008 = 99.50",
                "migration: left out of budgets and incidents",
                "Incidents without a burn-rate alert: 1",
            ] {
                assert!(run.out.contains(said), "{said}: {}", run.out);
            }
        }
    });
}
