//! Pyrra's specs: what each of their parts means here, and that findings stand where
//! they belong. Pyrra's own specs and rules are compared in `pyrra_conformance`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use slosmith::burn;
use slosmith::diagnostic::Diagnostics;
use slosmith::lint;
use slosmith::promql::print;
use slosmith::rules::{Options, Rule, compile};
use slosmith::slo::{HistogramType, Sli, Slo, Split};
use slosmith::source::Sources;
use slosmith::spec::load_all;

/// SLOs, and everything that is found, as `CODE line:column`.
fn read(text: &str) -> (Vec<Slo>, Vec<String>) {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slos = load_all(&sources, &[id], &mut diagnostics).slos;
    for slo in &slos {
        let linted = lint::check(slo, &sources, jiff::civil::date(2026, 1, 1));
        diagnostics.extend(linted.findings);
    }
    let found = diagnostics.sorted().into_iter().map(|finding| {
        let at = finding.primary.as_ref().unwrap().at;
        let (line, column) = sources.line_column(at.source, at.span.start);
        format!("{} {line}:{column}", finding.code.id)
    });
    let found = found.collect();
    (slos, found)
}

/// The only SLO of a spec in which nothing is found.
fn slo(text: &str) -> Slo {
    let (mut slos, found) = read(text);
    assert_eq!(found, Vec::<String>::new(), "{text}");
    assert_eq!(slos.len(), 1);
    slos.pop().unwrap()
}

const RATIO: &str = "{ratio: {errors: {metric: 'x_total{job=\"a\", code=~\"5..\"}'}, total: {metric: 'x_total{job=\"a\"}'}}}";

/// A spec; `more` are further lines of `spec`, in flow style.
fn spec(target: &str, window: &str, indicator: &str, more: &str) -> String {
    format!(
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{target: {target}, window: {window}, indicator: {indicator}, {more}}}\n"
    )
}

fn measured(indicator: &str) -> Slo {
    slo(&spec("\"99.5\"", "4w", indicator, ""))
}

fn alerting(options: &str) -> String {
    spec("\"99.9\"", "30d", RATIO, &format!("alerting: {options}"))
}

/// Name, labels and hold of every alert.
fn alerts(slo: &Slo) -> Vec<(String, String)> {
    let files = compile([slo], [slo], &Options::default());
    let rules = files.into_iter().flat_map(|file| file.groups);
    let rules = rules.flat_map(|group| group.rules);
    let alerts = rules.filter_map(|rule| match rule {
        Rule::Alert { alert, labels, .. } => Some((alert, labels["severity"].clone())),
        Rule::Record { .. } => None,
    });
    alerts.collect()
}

fn pairs(slo: &Slo) -> Vec<String> {
    let pairs = burn::pairs(slo).into_iter();
    pairs
        .map(|pair| format!("{} {} {}", pair.severity.name(), pair.long, pair.short))
        .collect()
}

#[test]
fn a_ratio_of_one_metric_says_which_events_are_bad() {
    let slo = measured(RATIO);
    assert_eq!(slo.id.to_string(), "shop/web");
    assert_eq!(slo.objective.value.to_string(), "99.5");
    assert_eq!(slo.period.value.to_string(), "28d");
    let Sli::Events(events) = &slo.sli.value else {
        panic!("{:?}", slo.sli.value)
    };
    assert_eq!(print(&events.total.expr), "x_total{job=\"a\"}");
    let Split::BadWhere(bad) = &events.split else {
        panic!("{:?}", events.split)
    };
    assert_eq!(bad.text, "code=~\"5..\"");
}

#[test]
fn a_ratio_of_two_metrics_keeps_both() {
    for (errors, total) in [
        ("failed_total{job=\"a\"}", "done_total{job=\"a\"}"),
        // Another order leaves matchers of the total between those of the errors.
        (
            "x_total{code=~\"5..\", job=\"a\", path=\"/\"}",
            "x_total{job=\"a\"}",
        ),
        ("x_total{job=~\"a.*\"}", "x_total{job=\"a\"}"),
    ] {
        let ratio =
            format!("{{ratio: {{errors: {{metric: '{errors}'}}, total: {{metric: '{total}'}}}}}}");
        let Sli::Events(events) = measured(&ratio).sli.value else {
            panic!("{ratio}")
        };
        let Split::Bad(bad) = &events.split else {
            panic!("{:?}", events.split)
        };
        assert_eq!(bad.text, errors);
    }
}

fn latency(success: &str, total: &str) -> Sli {
    let indicator =
        format!("{{latency: {{success: {{metric: '{success}'}}, total: {{metric: '{total}'}}}}}}");
    measured(&indicator).sli.value
}

#[test]
fn latency_is_that_of_a_histogram_where_it_is_one() {
    for (name, le, millis) in [
        ("d_seconds", "0.4", 400),
        ("d_seconds", "1", 1000),
        ("d_seconds", "1.0", 1000),
        ("d_milliseconds", "250", 250),
        ("d_ms", "250.0", 250),
    ] {
        let sli = latency(
            &format!("{name}_bucket{{job=\"a\", le=\"{le}\"}}"),
            &format!("{name}_count{{job=\"a\"}}"),
        );
        let Sli::Latency(latency) = sli else {
            panic!("{sli:?}")
        };
        assert_eq!(latency.threshold.value.millis(), millis, "{name} {le}");
        assert_eq!(
            print(&latency.histogram.selector.expr),
            format!("{name}{{job=\"a\"}}")
        );
    }
}

#[test]
fn latency_of_anything_else_counts_what_is_within() {
    for (success, total) in [
        // Shorter than a millisecond.
        ("d_seconds_bucket{le=\"0.0005\"}", "d_seconds_count"),
        // Not the label value that a histogram with this bound has.
        ("d_seconds_bucket{le=\"0.250\"}", "d_seconds_count"),
        (
            "d_seconds_bucket{le=\"0.4\", code=\"200\"}",
            "d_seconds_count",
        ),
        ("fast_bucket{le=\"0.4\"}", "slow_count"),
    ] {
        let sli = latency(success, total);
        let Sli::Events(events) = sli else {
            panic!("{sli:?}")
        };
        let Split::Good(good) = &events.split else {
            panic!("{:?}", events.split)
        };
        assert_eq!(good.text, success);
    }
}

#[test]
fn native_histograms_and_gauges() {
    let native =
        "{latencyNative: {latency: 1s, total: {metric: 'd_seconds{job=\"a\"}'}, grouping: [b, a]}}";
    let slo = measured(native);
    let Sli::Latency(latency) = &slo.sli.value else {
        panic!("{:?}", slo.sli.value)
    };
    assert_eq!(latency.histogram.kind, HistogramType::Native);
    assert_eq!(slo.group_labels().collect::<Vec<_>>(), ["a", "b"]);
    let Sli::Probe(probe) = measured("{bool_gauge: {metric: 'up{job=\"a\"}'}}")
        .sli
        .value
    else {
        panic!()
    };
    assert_eq!(probe.text, "up{job=\"a\"}");
}

#[test]
fn labels_and_annotations_of_pyrra_are_for_the_rules() {
    let text = spec("99", "4w", RATIO, "").replace(
        "namespace: shop",
        "labels: {team: x, pyrra.dev/team: y, pyrra.dev/owner: z, pyrra.dev/service: store}, \
         annotations: {pyrra.dev/dashboard: 'https://d', pyrra.dev/runbook_url: 'https://r', other: o}",
    );
    let slo = slo(&text);
    assert_eq!(slo.id.service, "store");
    assert_eq!(slo.owner.unwrap().value, "z");
    let labels: Vec<_> = slo
        .labels
        .iter()
        .map(|(k, v)| (k.as_str(), v.value.as_str()))
        .collect();
    assert_eq!(labels, [("team", "y")]);
    let annotations: Vec<_> = slo.alerting.annotations.keys().collect();
    assert_eq!(annotations, ["dashboard"]);
    assert_eq!(slo.alerting.runbook_url.unwrap().value, "https://r");
}

#[test]
fn without_a_namespace_it_is_that_of_kubernetes() {
    let text = spec("99", "4w", RATIO, "").replace(", namespace: shop", "");
    assert_eq!(slo(&text).id.service, "default");
}

#[test]
fn severities_are_those_of_pyrra() {
    let usual = slo(&spec("\"99.9\"", "30d", RATIO, ""));
    let expected = [
        ("SLOErrorBudgetBurn", "critical"),
        ("SLOErrorBudgetBurn", "warning"),
        ("SLONoData", "critical"),
    ];
    let expected = expected.map(|(name, severity)| (name.to_owned(), severity.to_owned()));
    assert_eq!(alerts(&usual), expected);
    assert_eq!(
        pairs(&usual),
        ["page 1h 5m", "page 6h 30m", "ticket 1d 2h", "ticket 3d 6h"]
    );

    let own = slo(&alerting(
        "{name: Burn, absentName: Gone, severities: {absent: info, fastBurn: loud, mediumBurn: info, slowBurn: info, longTermBurn: info}}",
    ));
    let expected = [("Burn", "loud"), ("Burn", "info"), ("Gone", "info")];
    let expected = expected.map(|(name, severity)| (name.to_owned(), severity.to_owned()));
    assert_eq!(alerts(&own), expected);
    assert_eq!(
        pairs(&own),
        [
            "page 1h 5m",
            "ticket 6h 30m",
            "ticket 1d 2h",
            "ticket 3d 6h"
        ]
    );
}

#[test]
fn a_third_severity_is_told() {
    let (slos, found) = read(&alerting("{severities: {mediumBurn: high, absent: low}}"));
    assert_eq!(slos.len(), 1);
    let codes: Vec<_> = found.iter().map(|found| &found[..6]).collect();
    // `warning` has no route of its own beside `critical` and `high`.
    assert_eq!(codes, ["IMP002"; 2], "{found:?}");
}

#[test]
fn what_is_off_is_off() {
    let names = |options: &str| -> Vec<String> {
        let alerts = alerts(&slo(&alerting(options))).into_iter();
        alerts.map(|(name, _)| name).collect()
    };
    assert_eq!(names("{disabled: true}"), Vec::<String>::new());
    assert_eq!(
        names("{burnrates: false, absent: false}"),
        Vec::<String>::new()
    );
    assert_eq!(names("{absent: false}"), ["SLOErrorBudgetBurn"; 2]);
}

#[test]
fn alerts_that_pyrra_writes_dead_are_alive() {
    let (slos, found) = read(&spec("90", "30d", RATIO, ""));
    assert_eq!(found, ["IMP004 4:16"]);
    let budget = slos[0].objective.value.budget();
    assert!(
        burn::pairs(&slos[0])
            .iter()
            .all(|pair| pair.can_fire(budget))
    );
    // Two of Pyrra's at 80 %, and one whose short window is rounded to nothing.
    let (_, found) = read(&spec("80", "30d", RATIO, ""));
    assert_eq!(found, ["IMP004 4:16"; 2]);
    let (_, found) = read(&spec("99", "1d", RATIO, ""));
    assert_eq!(found, ["IMP004 4:28"]);
}

#[test]
fn what_the_rules_do_not_need_is_told() {
    let more = "partial_response_strategy: warn, performanceOverAccuracy: true, ruleOutput: {shortRulesLabels: {a: b}}";
    let (slos, found) = read(&spec("99", "4w", RATIO, more));
    assert_eq!(slos.len(), 1);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|found| found.starts_with("IMP001 4:")));
    let (_, found) = read(&spec("99", "4w", RATIO, "performanceOverAccuracy: false"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn one_mistake_is_one_finding() {
    let no_le = RATIO
        .replace("ratio", "latency")
        .replace("errors", "success");
    let both = format!("{{bool_gauge: {{metric: up}}, {}", &RATIO[1..]);
    for (text, expected) in [
        (spec("100", "4w", RATIO, ""), "SLO001 4:16"),
        (spec("0.99", "4w", RATIO, ""), "SLO002 4:16"),
        (spec("99", "1m", RATIO, ""), "SLO004 4:28"),
        (spec("99", "4w", RATIO, "windwo: 4w"), "SPEC001 "),
        (spec("99", "4w", "{}", ""), "SPEC003 "),
        (spec("99", "4w", &both, ""), "SPEC015 "),
        (spec("99", "4w", &no_le, ""), "SPEC013 "),
        (
            spec("99", "4w", "{bool_gauge: {metric: 'rate(a[5m])'}}", ""),
            "SPEC013 ",
        ),
        (
            spec("99", "4w", "{bool_gauge: {metric: 'up offset 5m'}}", ""),
            "SPEC013 ",
        ),
        (
            spec("99", "4w", "{bool_gauge: {metric: 'up{'}}", ""),
            "PQL001 ",
        ),
        (spec("99", "4w", "{bool_gauge: {}}", ""), "SPEC003 "),
        (
            spec("99", "4w", RATIO, "").replace("target: 99, ", ""),
            "SPEC003 ",
        ),
        (
            spec("99", "4w", RATIO, "").replace("name: web, ", ""),
            "SPEC003 ",
        ),
        (alerting("{burnrates: maybe}"), "SPEC002 "),
        (
            spec("99", "4w", RATIO, "").replace("ServiceLevelObjective", "ServiceLevel"),
            "SPEC013 2:7",
        ),
    ] {
        let (slos, found) = read(&text);
        assert!(slos.is_empty(), "{text}");
        let errors: Vec<_> = found
            .iter()
            .filter(|found| !found.starts_with("IMP004"))
            .collect();
        assert_eq!(errors.len(), 1, "{text}\n{found:?}");
        assert!(errors[0].starts_with(expected), "{text}\n{found:?}");
    }
}
