use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::budget::{Join, Part, Track};
use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::spec;

const TILES: usize = 30 * 288;

fn now() -> i64 {
    let now: jiff::Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
    now.as_second()
}

fn specs(items: &[&str]) -> (Vec<Slo>, Sources) {
    let mut sources = Sources::default();
    let items = items.iter().map(|item| {
        format!("  - {{objective: 99.9, sli: {{events: {{total: a, bad: b}}}}, {item}}}\n")
    });
    let items: Vec<String> = items.collect();
    let head = "apiVersion: slosmith/v1\nservice: shop\nowner: us\nslos:\n";
    let text = format!("{head}{}", items.concat());
    let id = sources.add("shop.yaml", text);
    let mut found = Diagnostics::default();
    let slos = spec::load(&sources, &[id], &mut found);
    assert!(!found.has_errors(), "{:?}", found.sorted());
    (slos, sources)
}

/// A month in which the last tile but 600 had so many bad events of 8,640 that may be; of
/// which only the last tiles were measured.
fn track(group: &[(&str, &str)], bad: f64, measured: usize) -> Track {
    let mut part = Part {
        bad: vec![0.0; TILES],
        total: vec![1000.0; TILES],
    };
    for tile in 0..10 {
        part.bad[TILES - 600 + tile] = bad / 10.0;
    }
    part.bad[..TILES - measured].fill(f64::NAN);
    let group = group.iter();
    let group = group.map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
    let first_end = now() - (i64::try_from(TILES).unwrap() - 1) * TILE;
    Track::new(group.collect(), first_end, Join::Part(0), &[part], &[], 0)
}

fn measured(slo: &Slo, tracks: Vec<Track>) -> Measured<'_> {
    Measured {
        slo,
        tracks,
        origin: Origin::Recorded,
        failed: None,
    }
}

fn gate(verdicts: Vec<Verdict<'_>>) -> Gate<'_> {
    Gate {
        server: "http://prometheus.example:9090".to_owned(),
        at: now(),
        verdicts,
    }
}

const OVERRIDE: &str =
    "{do: ship, reason: 'Black Friday: risk accepted', by: checkout-team, until: 2026-11-26}";

/// One of each, and one that is overridden.
fn example() -> (Vec<Slo>, Sources) {
    specs(&[
        "name: checkout, policy: [{when: 'budget <= 0%', do: freeze, say: Only fixes ship.}]",
        "name: search",
        "name: cart",
        "name: login, group_by: [region]",
        &format!("name: payment, policy: [{{when: 'budget <= 0%', do: freeze}}, {OVERRIDE}]"),
    ])
}

fn example_measured(slos: &[Slo]) -> Vec<Measured<'_>> {
    vec![
        measured(&slos[0], vec![track(&[], 9_676.8, TILES)]),
        measured(&slos[1], vec![track(&[], 6_912.0, TILES)]),
        measured(&slos[2], vec![track(&[], 0.0, 864)]),
        measured(
            &slos[3],
            vec![
                track(&[("region", "eu")], 864.0, TILES * 9 / 10),
                track(&[("region", "us")], 6_912.0, 864),
            ],
        ),
        measured(&slos[4], vec![track(&[], 9_676.8, TILES)]),
    ]
}

#[test]
fn the_worst_comes_first_and_decides() {
    let (slos, _) = example();
    let measured = example_measured(&slos);
    let gate = gate(decide(&measured, now(), None));
    assert_eq!(gate.outcome(), Outcome::Freeze);
    insta::assert_snapshot!(gate.text());
}

#[test]
fn what_is_unknown_may_be_taken_for_something() {
    let (slos, _) = example();
    let measured = example_measured(&slos);
    let outcomes = |on_unknown| {
        let verdicts = decide(&measured, now(), on_unknown);
        let unknown = |name: &str| {
            let found = verdicts.iter().rfind(|verdict| verdict.slo.id.name == name);
            found
                .map(|verdict| (verdict.outcome, verdict.is_assumed))
                .unwrap()
        };
        let us = verdicts
            .iter()
            .find(|verdict| verdict.title() == "shop/login region=us");
        (unknown("cart"), us.unwrap().outcome, unknown("search"))
    };
    let known = (Outcome::Slow, false);
    assert_eq!(
        outcomes(None),
        ((Outcome::Unknown, false), Outcome::Unknown, known)
    );
    // A fifth of the time is more than three quarters of the budget.
    assert_eq!(
        outcomes(Some(Decision::Ship)),
        ((Outcome::Ship, true), Outcome::Slow, known)
    );
    assert_eq!(
        outcomes(Some(Decision::Freeze)),
        ((Outcome::Freeze, true), Outcome::Freeze, known)
    );
}

#[test]
fn an_override_decides_up_to_its_last_day() {
    let (slos, _) = specs(&[&format!("name: a, policy: [{OVERRIDE}]")]);
    let frozen = [measured(&slos[0], vec![track(&[], 9_000.0, TILES)])];
    let last = now() + 12 * 3600 - 1;
    for (at, outcome) in [
        (now(), Outcome::Ship),
        (last, Outcome::Ship),
        (last + 1, Outcome::Freeze),
    ] {
        let verdicts = decide(&frozen, at, None);
        assert_eq!(verdicts[0].outcome, outcome);
        // Without rules of its own the default policy is what is overridden.
        assert!(verdicts[0].ruling.is_default);
        assert_eq!(verdicts[0].ruling.decision, Some(Decision::Freeze));
    }
    // What nobody knows is overridden as well, and `--on-unknown` has nothing to say to it.
    let unknown = [measured(&slos[0], vec![track(&[], 0.0, 10)])];
    let verdicts = decide(&unknown, now(), Some(Decision::Freeze));
    assert_eq!(
        (verdicts[0].outcome, verdicts[0].is_assumed),
        (Outcome::Ship, false)
    );
    let text = gate(verdicts).text();
    assert!(
        text.contains("By its policy it would be unknown."),
        "{text}"
    );
}

#[test]
fn nobody_writes_a_line_of_their_own() {
    let (slos, _) = specs(&[
        "name: a, policy: [{when: 'budget <= 100%', do: slow, say: \"\\e[2J\\ndecision: ship\"}]",
    ]);
    let measured = [measured(
        &slos[0],
        vec![track(&[("l", "\u{1b}\n")], 0.0, TILES)],
    )];
    let text = gate(decide(&measured, now(), None)).text();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn asks_for_what_policies_look_at() {
    let days = |span: Span| {
        let seconds = span.seconds();
        assert_eq!((span.start % TILE, span.end % TILE), (0, 0));
        (seconds / 86_400, seconds % 86_400)
    };
    let burn = "policy: [{when: 'burn(45d) > 1', do: slow}]";
    for (item, expected) in [
        ("name: a", (30, 0)),
        ("name: a, period: 7d", (7, 0)),
        (&format!("name: a, period: 7d, {burn}"), (45, 0)),
        // 30 days before, for the traffic of the rest of the month; it began 25 days ago.
        ("name: a, period: {calendar: month}", (30, 0)),
        ("name: a, period: {calendar: year}", (365, 0)),
    ] {
        let (slos, _) = specs(&[item]);
        assert_eq!(days(span(&slos[0], now() + 7)), expected, "{item}");
    }
    // The 31st is longer ago than a nominal month.
    let (slos, _) = specs(&["name: a, period: {calendar: month}"]);
    let end = "2026-10-31T20:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert_eq!(days(span(&slos[0], end.as_second())), (30, 20 * 3600));
}

#[test]
fn json_is_documented() {
    fn fields(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    into.insert(key.clone());
                    // What is in it are labels, not fields.
                    if key != "group" {
                        fields(value, into);
                    }
                }
            }
            Value::Array(array) => array.iter().for_each(|value| fields(value, into)),
            _ => {}
        }
    }
    let of = |text: &str| {
        let mut keys = BTreeSet::new();
        fields(&serde_json::from_str(text).unwrap(), &mut keys);
        keys
    };
    let (slos, sources) = example();
    let measured = example_measured(&slos);
    let json = gate(decide(&measured, now(), None)).json(&sources, 20);
    let page = include_str!("../../docs/gate-json.md");
    let keys = of(&json);
    let undocumented: Vec<_> = keys
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let (_, example) = page.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(of(example), keys);
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["summary"]["all"], 6);
    assert_eq!(
        (&value["decision"], &value["exit_code"]),
        (&"freeze".into(), &20.into())
    );
    assert_eq!(value["slos"][0]["objective"].to_string(), "99.9");
    let left = value["slos"][0]["budget_left"].as_f64().unwrap();
    assert!((left + 0.12).abs() < 1e-9, "{left}");
}
