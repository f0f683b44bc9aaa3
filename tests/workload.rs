//! Which raw series drive an SLO, and what they count.

use std::collections::BTreeMap;
use std::fmt::Write;

use slosmith::diagnostic::Diagnostics;
use slosmith::duration::Duration;
use slosmith::slo::Slo;
use slosmith::source::Sources;
use slosmith::spec;
use slosmith::workload::{Catalogue, Phase, Workload, synthesize};

const MINUTE: Duration = Duration::from_mins(1);

fn slos(slis: &[&str]) -> Vec<Slo> {
    let mut text = "apiVersion: slosmith/v1\nservice: s\nslos:\n".to_owned();
    for (index, sli) in slis.iter().enumerate() {
        writeln!(text, "  - {{name: n{index}, objective: 99, {sli}}}").expect("a string");
    }
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", &text);
    let mut findings = Diagnostics::default();
    let read = spec::load(&sources, &[id], &mut findings);
    assert_eq!(read.len(), slis.len(), "{findings:?}");
    read
}

fn catalogue(slos: &[Slo]) -> Catalogue<'_> {
    slos.iter().map(|slo| (&slo.id, slo)).collect()
}

/// Every series and its value after an hour with 100 events a minute, `errors` of them bad.
fn after_an_hour(workload: &Workload, errors: f64) -> BTreeMap<String, Option<f64>> {
    let phases = [Phase::traffic(MINUTE * 60, 100.0 / 60.0, errors)];
    let value = |series: &slosmith::workload::Series| {
        let values = series.values(&phases, MINUTE, 0.0);
        assert_eq!(values.len(), 61);
        (format!("{} {:?}", series.name, series.labels), values[60])
    };
    workload.series.iter().map(value).collect()
}

fn driven(sli: &str, errors: f64) -> String {
    let slos = slos(&[sli]);
    match synthesize(&slos[0], &catalogue(&slos)) {
        Err(reason) => format!("cannot be driven because {reason}\n"),
        Ok(workload) => {
            let lines: Vec<_> = after_an_hour(&workload, errors)
                .iter()
                .map(|(series, value)| format!("{series} {value:?}\n"))
                .collect();
            lines.concat()
        }
    }
}

#[test]
fn every_form_of_events_is_driven() {
    let mut text = String::new();
    for sli in [
        r#"sli: {events: {total: 'a{job="x"}', bad_where: 'code=~"5.."'}}"#,
        r#"sli: {events: {total: 'a{code!="404"}', good_where: 'code!~"5.."'}}"#,
        r"sli: {events: {total: 'a', bad: 'b'}}",
        r#"sli: {events: {total: 'a', bad: 'a{code=~"5.."}'}}"#,
        r"sli: {events: {total: 'a', good: 'b'}}",
        r"sli: {events: {total: 'sum(increase(a[$window])) + sum(increase(c[$window]))', bad: 'sum(increase(b[$window]))'}}",
        r"sli: {events: {total: 'sum(rate(a[$window]))', bad: 'sum(rate(a[$window])) - sum(rate(b[$window]))'}}",
        r"sli: {events: {total: 'sum(rate(a[$window]))', bad: 'sum(rate(a[$window])) * 0.5'}}",
    ] {
        writeln!(text, "{sli}\n{}", driven(sli, 0.25)).expect("a string");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_other_kind_is_driven() {
    let mut text = String::new();
    for sli in [
        "sli: {latency: {histogram: h_seconds, threshold: 400ms}}",
        r#"sli: {latency: {histogram: h_seconds, threshold: 1s, errors_where: 'code="500"'}}"#,
        "sli: {latency: {histogram: h_seconds, threshold: 1s, type: native}}",
        "sli: {satisfaction: {histogram: h_seconds, anchors: [{within: 1s}, {within: 3s, name: slow, pain: 0.2}, {name: hopeless, pain: 1}]}}",
        "sli: {freshness: {timestamp: t_seconds, max_age: 1h}}",
        "sli: {freshness: {age: age_ms, unit: ms, max_age: 1s}}",
        "sli: {freshness: {histogram: h_seconds, max_age: 1s}}",
        "sli: {probe: {metric: 'up{job=\"x\"}'}}",
        "sli: {threshold: {expr: '2 * sum(lag) + 10', good: '<= 60'}}",
        "sli: {threshold: {expr: 'a / b', good: '> 60'}}",
        "sli: {ratio: {error_ratio: 'avg_over_time(r[$window])'}}",
        "sli: {ratio: {error_ratio: 'sum(rate(b[$window])) / sum(rate(a[$window]))'}}",
        "sli: {ratio: {error_ratio: '1 - sum(rate(b[$window])) / sum(rate(a[$window]))'}}",
    ] {
        writeln!(text, "{sli}\n{}", driven(sli, 1.0)).expect("a string");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn happiness_is_hurt_by_all_bands_and_adds_up() {
    let sli = "sli: {satisfaction: {histogram: h_seconds, anchors: [{within: 1s}, {within: 3s, name: slow, pain: 0.2}, {within: 5s, name: painful, pain: 0.5}, {name: hopeless, pain: 1}]}}";
    let slos = slos(&[sli]);
    let workload = synthesize(&slos[0], &catalogue(&slos)).unwrap();
    for errors in [0.0, 0.01, 0.3, 0.9, 1.0] {
        let phases = [Phase::traffic(MINUTE * 60, 1e6, errors)];
        let at = |le: &str| {
            let bucket = |series: &&slosmith::workload::Series| {
                series.labels.get("le").is_some_and(|own| own == le)
            };
            let series = workload.series.iter().find(bucket).unwrap();
            series.values(&phases, MINUTE, 0.0)[60].unwrap()
        };
        let (one, three, five, all) = (at("1"), at("3"), at("5"), at("+Inf"));
        assert!(one <= three && three <= five && five <= all);
        let pain = 0.2 * (three - one) + 0.5 * (five - three) + (all - five);
        assert!((pain / all - errors).abs() < 1e-6, "{errors}");
    }
}

#[test]
fn steps_of_a_journey_share_its_errors() {
    let slos = slos(&[
        "sli: {events: {total: a, bad: b}}",
        "sli: {events: {total: c, bad: d}}",
        "sli: {composite: {every: [s/n0, s/n1]}}",
    ]);
    let workload = synthesize(&slos[2], &catalogue(&slos)).unwrap();
    // 1 − (1 − 0.1)² = 0.19
    let values = after_an_hour(&workload, 0.19);
    let of = |name: &str| values[&format!("{name} {{}}")].unwrap();
    assert!((of("b") - 600.0).abs() <= 1.0, "{values:?}");
    assert!((of("d") - 600.0).abs() <= 1.0, "{values:?}");
    assert!((of("a") - 6000.0).abs() <= 1.0, "{values:?}");
}

#[test]
fn groups_are_those_of_the_spec_or_made_up() {
    let slos = slos(&[
        "group_by: [region], groups: {region: [eu, us]}, sli: {events: {total: a, bad: b}}",
        "group_by: [zone], sli: {events: {total: 'a{zone=~\"z[12]\"}', bad: b}}",
    ]);
    let groups = |slo: &Slo| -> Vec<String> {
        let workload = synthesize(slo, &catalogue(&slos)).unwrap();
        let groups = workload.groups.iter();
        groups.flat_map(|group| group.values().cloned()).collect()
    };
    assert_eq!(groups(&slos[0]), ["eu", "us"]);
    assert_eq!(groups(&slos[1]), ["z1", "z2"]);
}

#[test]
fn a_series_can_vanish_and_a_counter_appear_with_its_first_event() {
    let slos = slos(&["sli: {events: {total: 'a', bad_where: 'code=\"500\"'}}"]);
    let workload = synthesize(&slos[0], &catalogue(&slos)).unwrap();
    let phases = [
        Phase::traffic(MINUTE * 2, 1.0, 0.0),
        Phase::traffic(MINUTE * 2, 1.0, 1.0),
        Phase::vanished(MINUTE),
    ];
    let values: Vec<_> = workload
        .series
        .iter()
        .map(|series| series.values(&phases, MINUTE, 0.0))
        .collect();
    let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let mut good = some(&[0.0, 60.0, 120.0, 120.0, 120.0]);
    good.push(None);
    assert_eq!(values[0], good);
    assert_eq!(
        values[1],
        [None, None, Some(0.0), Some(60.0), Some(120.0), None]
    );
}

#[test]
fn slices_are_good_or_bad_as_a_whole() {
    let slos = slos(&[
        "budgeting: {slices: {length: 5m, target: 95}}, sli: {events: {total: 'a', bad_where: 'code=\"500\"'}}",
    ]);
    let workload = synthesize(&slos[0], &catalogue(&slos)).unwrap();
    let phases = [Phase::traffic(MINUTE * 20, 100.0 / 60.0 * 100.0, 0.5)];
    let bad = workload.series[1].values(&phases, MINUTE, 0.0);
    let in_slice: Vec<f64> = (0..4)
        .map(|slice| bad[slice * 5 + 5].unwrap() - bad[slice * 5].unwrap_or(0.0))
        .collect();
    assert_eq!(in_slice, [2250.0, 2750.0, 2250.0, 2750.0]);
}
