//! What is written is what the rules record: a real Prometheus that has it evaluates
//! every rule to the same values.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use slosmith::backfill::openmetrics::head;
use slosmith::prometheus::Client;

use crate::past::{END, SPEC, raw};
use crate::world::{HOUR, MINUTE, Rule, RuleFile, Samples, World, runtime, samples};

/// What is recorded every minute, as it is read over time.
const FAST: [&str; 6] = [
    "slo:total:rate5m{",
    "slo:bad:rate5m{",
    "slo:seen:count{",
    "slo:total:now{",
    "slo:bad:now{",
    "slo:error_ratio:5m{",
];

/// Instants at which all rules are evaluated.
fn lately() -> Vec<u64> {
    let before = [0, 5 * MINUTE, 35 * MINUTE, 170 * MINUTE, 11 * HOUR];
    before.map(|before| END - before).to_vec()
}

/// The same for rules of which nothing in the past is thinned out.
fn long_ago() -> Vec<u64> {
    let hours = [25, 37, 59, 70, 100, 143, 200];
    hours.map(|hours| END - hours * HOUR - 20 * MINUTE).to_vec()
}

/// Whether a rule reads over time what is written every minute only as far back as rules
/// read it.
fn reads_fast(rule: &Rule) -> bool {
    FAST.iter().any(|name| {
        rule.expr.match_indices(name).any(|(at, _)| {
            let rest = &rule.expr[at..];
            let end = rest.find('}').unwrap();
            rest[end + 1..].starts_with('[')
        })
    })
}

fn is_close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1e-3)
}

/// What a rule records at an instant, by series.
async fn evaluated(client: &Client, rule: &Rule, at: u64) -> BTreeMap<String, f64> {
    let answer = client.query(&rule.expr, at as f64).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error}: {}", rule.expr));
    let named = answer.samples.into_iter().map(|mut sample| {
        sample.labels.remove("__name__");
        sample.labels.extend(rule.labels.clone());
        let labels = sample.labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        (head(rule.record.as_ref().unwrap(), labels), sample.value)
    });
    named.collect()
}

/// The same, as it was written.
fn written(history: &Samples, rule: &Rule, at: u64) -> BTreeMap<String, f64> {
    let name = format!("{}{{", rule.record.as_ref().unwrap());
    let has = |series: &str, (label, value): (&String, &String)| {
        let pair = format!("{label}=\"{value}\"");
        series.contains(&format!("{{{pair}")) || series.contains(&format!(",{pair}"))
    };
    let is_of = |series: &&String| {
        series.starts_with(&name) && rule.labels.iter().all(|label| has(series, label))
    };
    let series = history.keys().filter(is_of);
    series
        .filter_map(|series| Some((series.clone(), *history[series].get(&at)?)))
        .collect()
}

async fn differences(client: &Client, history: &Samples, rules: &str) -> (usize, String) {
    let file: RuleFile = serde_yaml::from_str(rules).unwrap();
    let (mut compared, mut wrong) = (0, String::new());
    let rules = file.groups.into_iter().flat_map(|group| group.rules);
    for rule in rules.filter(|rule| rule.record.is_some()) {
        let mut instants = lately();
        if !reads_fast(&rule) {
            instants.extend(long_ago());
        }
        for at in instants {
            let expected = evaluated(client, &rule, at).await;
            let found = written(history, &rule, at);
            let is_same = expected.len() == found.len()
                && expected.iter().all(|(series, value)| {
                    found
                        .get(series)
                        .is_some_and(|found| is_close(*found, *value))
                });
            if !is_same {
                writeln!(
                    wrong,
                    "{} of {:?}, {} min before the end:\n  expected {expected:?}\n  found    {found:?}",
                    rule.record.as_ref().unwrap(),
                    rule.labels.get("slo").or(rule.labels.get("sloth_slo")),
                    (END - at) / MINUTE
                )
                .unwrap();
            }
            compared += expected.len();
        }
    }
    (compared, wrong)
}

#[test]
fn every_rule_evaluates_to_what_was_written() {
    runtime().block_on(async {
        let mut world = World::new(SPEC, &raw(), &[]).await;
        let until = END.to_string();
        let args = ["--until", &until, "--since", "9d"];
        let native = samples(&world.history("native.om", &args));
        world.take_up("native.om").await;
        let (compared, wrong) = differences(&world.client(), &native, &world.rules(&[])).await;
        assert!(wrong.is_empty(), "{wrong}");
        assert!(compared > 1_500, "only {compared} values");

        // Again, in Sloth's layout: what it is derived from is there already.
        let layout = ["--layout", "sloth"];
        let sloth = samples(&world.history("sloth.om", &[&args[..], &layout].concat()));
        let is_sloths = |series: &&String| series.contains("sloth_id=");
        assert!(
            sloth.keys().all(|series| is_sloths(&series)),
            "native series again"
        );
        world.take_up("sloth.om").await;
        let both: Samples = native.into_iter().chain(sloth).collect();
        let rules = world.rules(&layout);
        let (compared, wrong) = differences(&world.client(), &both, &rules).await;
        assert!(wrong.is_empty(), "{wrong}");
        assert!(compared > 2_500, "only {compared} values");

        // And once more: everything is there.
        for args in [&args[..], &[&args[..], &layout].concat()] {
            let run = world.backfill(&[&["-o", "again.om"], args].concat());
            assert_eq!(run.code, Some(0), "{}", run.err);
            assert!(run.err.contains("nothing to write"), "{}", run.err);
            let again = std::fs::read_to_string(world.path("again.om")).unwrap();
            assert_eq!(again, "# EOF\n");
        }
    });
}
