//! What `OpenSLO` documents mean in the model, and what is said about them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use slosmith::diagnostic::Diagnostics;
use slosmith::duration::Duration;
use slosmith::slo::{
    Budgeting, Calendar, CalendarUnit, Composite, Period, Severity, Sli, Slo, Split,
};
use slosmith::source::Sources;
use slosmith::spec;

/// The SLOs of these files, and the findings as `CODE file:line:column message`.
fn load(files: &[&str]) -> (Vec<Slo>, Vec<String>) {
    let mut sources = Sources::default();
    let ids: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(index, text)| sources.add(format!("{index}.yaml"), *text))
        .collect();
    let mut diagnostics = Diagnostics::default();
    let slos = spec::load(&sources, &ids, &mut diagnostics);
    // What the SDK says of them is another matter, with tests of its own.
    let ours = diagnostics.sorted().into_iter();
    let ours = ours.filter(|finding| finding.code.id != "OSL001");
    let shown = ours.map(|finding| {
        let at = finding.primary.as_ref().unwrap().at;
        let (line, column) = sources.line_column(at.source, at.span.start);
        let file = &sources.get(at.source).name;
        format!(
            "{} {file}:{line}:{column} {}",
            finding.code.id, finding.message
        )
    });
    let shown = shown.collect();
    (slos, shown)
}

const SERVICE: &str = "{apiVersion: openslo/v1, kind: Service, metadata: {name: shop}}";
const WINDOW: &str = "{duration: 28d, isRolling: true}";
const RATIO: &str = "ratioMetric: {counter: true, \
    bad: {metricSource: {type: Prometheus, spec: {query: failures_total}}}, \
    total: {metricSource: {type: Prometheus, spec: {query: requests_total}}}}";

/// An SLO; `rest` are more lines of its `spec`.
fn slo(indicator: &str, window: &str, objectives: &str, rest: &str) -> String {
    format!(
        "apiVersion: openslo/v1\n\
         kind: SLO\n\
         metadata: {{name: web}}\n\
         spec:\n\
         \x20 service: shop\n\
         \x20 indicator: {{metadata: {{name: web}}, spec: {{{indicator}}}}}\n\
         \x20 timeWindow: [{window}]\n\
         \x20 objectives: {objectives}\n{rest}\n"
    )
}

const EVENTS: &str = "  budgetingMethod: Occurrences\n";

fn simple(indicator: &str) -> (Vec<Slo>, Vec<String>) {
    load(&[
        SERVICE,
        &slo(indicator, WINDOW, "[{target: 0.999}]", EVENTS),
    ])
}

/// A ratio with these queries.
fn queries(counter: &str, total: &str, bad: &str) -> (Vec<Slo>, Vec<String>) {
    simple(&format!(
        "ratioMetric: {{{counter} \
         bad: {{metricSource: {{type: thanos, spec: {{query: '{bad}'}}}}}}, \
         total: {{metricSource: {{spec: {{promql: '{total}'}}}}}}}}"
    ))
}

/// The text of the total.
fn total(slos: &[Slo]) -> &str {
    match &slos[0].sli.value {
        Sli::Events(events) => &events.total.text,
        other => panic!("{other:?}"),
    }
}

fn codes(findings: &[String]) -> Vec<&str> {
    let code = |finding: &'_ String| finding.split(' ').next().unwrap().len();
    findings
        .iter()
        .map(|finding| &finding[..code(finding)])
        .collect()
}

#[test]
fn a_ratio_of_counters_is_about_events() {
    let (slos, findings) = simple(RATIO);
    assert_eq!(findings, Vec::<String>::new());
    let [slo] = &slos[..] else { panic!("{slos:?}") };
    assert_eq!(slo.id.to_string(), "shop/web");
    assert_eq!(slo.objective.value.to_string(), "99.9");
    assert_eq!(slo.period.value, Period::Rolling(Duration::from_days(28)));
    let Sli::Events(events) = &slo.sli.value else {
        panic!()
    };
    assert_eq!(events.total.text, "requests_total");
    assert!(matches!(&events.split, Split::Bad(bad) if bad.text == "failures_total"));
    assert!(matches!(slo.budgeting, Budgeting::Events));
    // Without policies, nobody is told.
    let alerting = &slo.alerting;
    assert!(alerting.page.is_none() && alerting.ticket.is_none() && alerting.no_data.is_none());
}

#[test]
fn a_rate_goes_inside_of_what_adds_up_counters() {
    for (written, read) in [
        ("sum(a_total)", "sum(rate(a_total[$window]))"),
        (
            "sum by (le) (a_total{x=\"y\"})",
            "sum by (le) (rate(a_total{x=\"y\"}[$window]))",
        ),
        (
            "sum(a_total) + sum(b_total offset 5m)",
            "sum(rate(a_total[$window])) + sum(rate(b_total[$window] offset 5m))",
        ),
        (
            "sum(a_total) or vector(0)",
            "sum(rate(a_total[$window])) or vector(0)",
        ),
        ("sum(rate(a_total[5m]))", "sum(rate(a_total[$window]))"),
        ("sum(irate(a_total[5m]))", "sum(rate(a_total[$window]))"),
    ] {
        let (slos, findings) = queries("counter: true,", written, "b_total");
        assert_eq!(codes(&findings), ["IMP005"], "{written}: {findings:?}");
        assert!(
            findings[0].ends_with(&format!("read as `{read}`")),
            "{findings:?}"
        );
        assert_eq!(total(&slos), read);
    }
}

#[test]
fn a_query_with_a_placeholder_stays_as_it_is() {
    for (written, read) in [
        ("a_total", "a_total"),
        ("(a_total)", "a_total"),
        (
            "sum(rate(a_total[{{.window}}]))",
            "sum(rate(a_total[{{.window}}]))",
        ),
        ("sum(rate(a_total[$window]))", "sum(rate(a_total[$window]))"),
        ("sum(rate(a_total[window]))", "sum(rate(a_total[$window]))"),
    ] {
        let (slos, findings) = queries("counter: true,", written, "b_total");
        assert_eq!(findings, Vec::<String>::new(), "{written}");
        assert_eq!(total(&slos), read);
    }
}

#[test]
fn what_cannot_be_given_a_window_is_an_error() {
    for written in [
        "max(a_total)",
        "count(a_total)",
        "abs(sum(a_total))",
        "sum(a_total) > 5",
        "sum(max_over_time(rate(a_total[5m])[1h:1m]))",
    ] {
        let (slos, findings) = queries("counter: true,", written, "b_total");
        assert_eq!(codes(&findings), ["PQL006"], "{written}: {findings:?}");
        assert!(slos.is_empty());
    }
}

#[test]
fn deltas_are_added_up() {
    let (slos, findings) = queries("counter: false,", "sum(a)", "b");
    assert_eq!(codes(&findings), ["IMP005", "IMP005"]);
    assert_eq!(total(&slos), "sum(sum_over_time(a[$window]))");
    // By their names, these cannot be what they would be by the letter.
    let (slos, findings) = queries("", "a_total", "b_total");
    assert_eq!(codes(&findings), ["IMP002"]);
    assert_eq!(total(&slos), "a_total");
}

#[test]
fn labels_that_both_sides_are_grouped_by_are_groups() {
    let grouped = |by: &str| format!("sum by ({by}) (rate(a_total[$window]))");
    let (slos, _) = queries(
        "counter: true,",
        &grouped("zone, job"),
        &grouped("job, zone"),
    );
    let labels: Vec<_> = slos[0].group_labels().collect();
    assert_eq!(labels, ["job", "zone"]);
}

#[test]
fn raw_ratios_are_means_of_error_ratios() {
    let raw = |query: &str, kind: &str| {
        let (slos, findings) = simple(&format!(
            "ratioMetric: {{raw: {{metricSource: {{spec: {{query: '{query}'}}}}}}, rawType: {kind}}}"
        ));
        let Sli::Ratio(ratio) = &slos[0].sli.value else {
            panic!("{slos:?}")
        };
        (ratio.error_ratio.text.clone(), codes(&findings).join(" "))
    };
    assert_eq!(
        raw("failed_ratio", "failure"),
        (
            "avg_over_time(failed_ratio[$window])".to_owned(),
            "IMP005".to_owned()
        )
    );
    assert_eq!(
        raw("avg_over_time(good[$window])", "success"),
        ("1 - avg_over_time(good[$window])".to_owned(), String::new())
    );
    assert_eq!(
        raw("sum(bad_total) / sum(all_total)", "failure").0,
        "sum(rate(bad_total[$window])) / sum(rate(all_total[$window]))"
    );
}

#[test]
fn targets_are_exact_and_slips_are_seen() {
    for (objective, percent) in [
        ("target: 0.9995", "99.95"),
        ("targetPercent: 99.95", "99.95"),
    ] {
        let (slos, _) = load(&[
            SERVICE,
            &slo(RATIO, WINDOW, &format!("[{{{objective}}}]"), EVENTS),
        ]);
        assert_eq!(slos[0].objective.value.to_string(), percent);
    }
    for (objective, code) in [
        ("target: 99.5", "SLO001 1.yaml:8:25"),
        ("target: 0", "SLO001 1.yaml:8:25"),
        ("targetPercent: 0.999", "SLO002 1.yaml:8:32"),
        ("value: 1", "SPEC003 1.yaml:8:17"),
    ] {
        let (slos, findings) = load(&[
            SERVICE,
            &slo(RATIO, WINDOW, &format!("[{{{objective}}}]"), EVENTS),
        ]);
        assert!(slos.is_empty() && findings.len() == 1, "{findings:?}");
        assert!(findings[0].starts_with(code), "{findings:?}");
    }
    let (_, findings) = load(&[SERVICE, &slo(RATIO, WINDOW, "[]", EVENTS)]);
    assert_eq!(codes(&findings), ["SPEC003"]);
}

#[test]
fn windows_become_periods() {
    let calendar = |unit, zone: &str| {
        Period::Calendar(Calendar {
            unit,
            time_zone: zone.to_owned(),
        })
    };
    let days = |days| Period::Rolling(Duration::from_days(days));
    for (window, period, code) in [
        ("{duration: 4w, isRolling: true}", days(28), ""),
        ("{duration: 1M, isRolling: true}", days(30), ""),
        ("{duration: 1Q, isRolling: true}", days(90), ""),
        ("{duration: 1Y, isRolling: true}", days(365), ""),
        (
            "{duration: 1M, calendar: {startTime: 2026-03-01 00:00:00, timeZone: UTC}}",
            calendar(CalendarUnit::Month, "UTC"),
            "",
        ),
        (
            "{duration: 3M, calendar: {startTime: 2026-04-01 00:00:00, timeZone: Europe/Berlin}}",
            calendar(CalendarUnit::Quarter, "Europe/Berlin"),
            "",
        ),
        (
            "{duration: 1w, calendar: {startTime: 2026-03-03 00:00:00, timeZone: UTC}}",
            calendar(CalendarUnit::Week, "UTC"),
            "IMP002",
        ),
        (
            "{duration: 1w, calendar: {startTime: 2026-03-02 00:00:00, timeZone: UTC}}",
            calendar(CalendarUnit::Week, "UTC"),
            "",
        ),
        (
            "{duration: 28d, calendar: {startTime: 2026-03-02 00:00:00, timeZone: UTC}}",
            days(28),
            "IMP002",
        ),
    ] {
        let (slos, findings) = load(&[SERVICE, &slo(RATIO, window, "[{target: 0.99}]", EVENTS)]);
        assert_eq!(codes(&findings).join(" "), code, "{window}: {findings:?}");
        assert_eq!(slos[0].period.value, period, "{window}");
    }
    for window in [
        "{duration: 1m, isRolling: true}",
        "{duration: 5x, isRolling: true}",
        "{duration: 0d, isRolling: true}",
        "{}",
    ] {
        let (slos, findings) = load(&[SERVICE, &slo(RATIO, window, "[{target: 0.99}]", EVENTS)]);
        assert!(
            slos.is_empty() && findings.len() == 1,
            "{window}: {findings:?}"
        );
    }
}

#[test]
fn slices_and_means() {
    let objective = "[{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 10m}]";
    let (slos, findings) = load(&[
        SERVICE,
        &slo(RATIO, WINDOW, objective, "  budgetingMethod: Timeslices"),
    ]);
    assert_eq!(findings, Vec::<String>::new());
    let Budgeting::Slices { length, target } = &slos[0].budgeting else {
        panic!()
    };
    assert_eq!(
        (length.value, target.value.to_string()),
        (Duration::from_mins(10), "95".to_owned())
    );
    let (slos, findings) = load(&[
        SERVICE,
        &slo(
            RATIO,
            WINDOW,
            objective,
            "  budgetingMethod: RatioTimeslices",
        ),
    ]);
    assert_eq!(codes(&findings), ["IMP002", "IMP002"]);
    let Sli::Ratio(ratio) = &slos[0].sli.value else {
        panic!()
    };
    assert_eq!(
        ratio.error_ratio.text,
        "sum(rate(failures_total[$window])) / sum(rate(requests_total[$window]))"
    );
    let threshold = "thresholdMetric: {metricSource: {spec: {query: queue}}}";
    let objective =
        "[{op: lte, value: 60, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m}]";
    let (slos, findings) = load(&[
        SERVICE,
        &slo(
            threshold,
            WINDOW,
            objective,
            "  budgetingMethod: Timeslices",
        ),
    ]);
    assert_eq!(findings, Vec::<String>::new());
    let Sli::Threshold(threshold) = &slos[0].sli.value else {
        panic!()
    };
    assert_eq!(threshold.good.value.value.to_string(), "60");
    assert!(
        matches!(&slos[0].budgeting, Budgeting::Slices { length, .. } if length.value == Duration::from_mins(1))
    );
    let (_, findings) = load(&[
        SERVICE,
        &slo(
            RATIO,
            WINDOW,
            "[{target: 0.99}]",
            "  budgetingMethod: Timeslices",
        ),
    ]);
    assert_eq!(codes(&findings), ["SPEC003", "SPEC003"]);
    let (_, findings) = load(&[
        SERVICE,
        &slo(
            RATIO,
            WINDOW,
            "[{target: 0.99}]",
            "  budgetingMethod: Occurences",
        ),
    ]);
    assert_eq!(codes(&findings), ["SPEC013"]);
}

#[test]
fn several_objectives_are_several_slos() {
    let objectives = "[{displayName: All of it!, target: 0.9}, {displayName: all-of-it, target: 0.99}, {target: 0.999}]";
    let (slos, findings) = load(&[SERVICE, &slo(RATIO, WINDOW, objectives, EVENTS)]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<_> = slos.iter().map(|slo| slo.id.name.as_str()).collect();
    assert_eq!(names, ["web-all-of-it", "web-2", "web-3"]);
}

const POLICY: &str = "  budgetingMethod: Occurrences
  alertPolicies:
    - alertPolicyRef: burn
";

/// A policy with conditions as `severity, threshold, window`.
fn policy(head: &str, conditions: &[(&str, &str, &str)]) -> String {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(severity, threshold, window)| {
            format!(
                "{{kind: AlertCondition, metadata: {{name: c}}, spec: {{severity: {severity}, condition: \
                 {{kind: burnrate, op: gte, threshold: {threshold}, lookbackWindow: {window}, alertAfter: 0m}}}}}}"
            )
        })
        .collect();
    format!(
        "apiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {{name: burn}}\nspec: {{{head}, \
         conditions: [{}], notificationTargets: [{{kind: AlertNotificationTarget, \
         metadata: {{name: oncall}}, spec: {{target: mail}}}}]}}\n",
        conditions.join(", ")
    )
}

fn with_policy(head: &str, conditions: &[(&str, &str, &str)]) -> (Vec<Slo>, Vec<String>) {
    let slo = slo(RATIO, WINDOW, "[{target: 0.999}]", POLICY);
    load(&[SERVICE, &slo, &policy(head, conditions)])
}

#[test]
fn conditions_are_pairs_of_windows() {
    let (slos, findings) = with_policy(
        "alertWhenBreaching: true, alertWhenNoData: true",
        &[("critical", "14.4", "2h")],
    );
    assert_eq!(findings, Vec::<String>::new());
    let alerting = &slos[0].alerting;
    let page = alerting.page.as_ref().unwrap();
    assert_eq!(page.severity.value, "critical");
    assert_eq!(page.labels["notification_target"].value, "oncall");
    assert!(alerting.ticket.is_none() && alerting.no_data.is_some());
    let pairs = slosmith::burn::pairs(&slos[0]);
    let [pair] = &pairs[..] else {
        panic!("{pairs:?}")
    };
    assert_eq!(
        (pair.long, pair.short),
        (Duration::from_hours(2), Duration::from_mins(10))
    );
    assert_eq!(pair.factor.to_string(), "14.4");
}

#[test]
fn conditions_that_would_not_work_are_read_as_the_usual_ones() {
    for (condition, code) in [
        (("page", "2000", "1h"), "IMP004"),
        (("page", "1000", "1h"), "IMP004"),
        (("page", "0", "1h"), "IMP002"),
        (("page", "-3", "1h"), "IMP002"),
        (("page", "14", "5m"), "IMP002"),
        (("page", "2", "20d"), "IMP002"),
    ] {
        let (slos, findings) = with_policy("alertWhenBreaching: true", &[condition]);
        assert_eq!(codes(&findings), [code], "{condition:?} {findings:?}");
        assert!(slos[0].alerting.pairs.is_none());
        let pairs = slosmith::burn::pairs(&slos[0]);
        assert!(!pairs.is_empty() && pairs.iter().all(|pair| pair.severity == Severity::Page));
    }
    // What works is kept, wise or not: the checks of all pairs have their say.
    for (threshold, window) in [("0.5", "1h"), ("2", "8d")] {
        let (slos, findings) =
            with_policy("alertWhenBreaching: true", &[("page", threshold, window)]);
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(
            slosmith::burn::pairs(&slos[0])[0].factor.to_string(),
            threshold
        );
    }
    // One that works beside one that does not, of the same severity.
    let (slos, _) = with_policy(
        "alertWhenBreaching: true",
        &[("page", "2000", "1h"), ("page", "10", "2h")],
    );
    let factors: Vec<_> = slosmith::burn::pairs(&slos[0])
        .iter()
        .map(|pair| pair.factor.to_string())
        .collect();
    assert_eq!(factors, ["14.4", "6", "10"]);
    // The other severity keeps its own.
    let (slos, _) = with_policy(
        "alertWhenBreaching: true",
        &[("page", "2000", "1h"), ("low", "3", "6h")],
    );
    let pairs = slosmith::burn::pairs(&slos[0]);
    let tickets: Vec<_> = pairs
        .iter()
        .filter(|pair| pair.severity == Severity::Ticket)
        .collect();
    assert_eq!(
        (tickets.len(), tickets[0].factor.to_string()),
        (1, "3".to_owned())
    );
    assert!(
        pairs
            .iter()
            .any(|pair| pair.severity == Severity::Page && pair.factor.to_string() == "14.4")
    );
}

#[test]
fn a_policy_that_is_not_for_burning_budgets_raises_no_alert() {
    let (slos, findings) = with_policy(
        "alertWhenBreaching: false, alertWhenResolved: true",
        &[("page", "14", "1h")],
    );
    assert_eq!(codes(&findings), ["IMP002", "IMP001"]);
    assert!(slos[0].alerting.page.is_none() && slos[0].alerting.no_data.is_none());
}

/// All that is wrong is told at once.
#[test]
fn without_objectives_the_indicator_is_checked_all_the_same() {
    let spec = "{apiVersion: openslo/v1, kind: SLO, metadata: {name: web}, spec: {service: shop, indicatorRef: availability, \
                timeWindow: [{duration: 28d, isRolling: true}], budgetingMethod: Occurrences}}";
    let (_, findings) = load(&[spec]);
    assert_eq!(codes(&findings), ["SPEC003", "IMP006"]);
    let sli = "{apiVersion: openslo/v1, kind: SLI, metadata: {name: availability}, spec: {ratioMetric: {counter: true, \
               good: {metricSource: {type: Datadog, spec: {query: a}}}, total: {metricSource: {type: Prometheus, spec: {query: b_total}}}}}}";
    let (_, findings) = load(&[spec, sli]);
    assert_eq!(codes(&findings), ["SPEC003", "IMP010"]);
}

#[test]
fn references_hold_over_all_files() {
    let spec = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: web}\nspec: {service: shop, indicatorRef: availability, \
                timeWindow: [{duration: 28d, isRolling: true}], budgetingMethod: Occurrences, objectives: [{target: 0.9}], \
                alertPolicies: [burn]}\n";
    let sli = format!(
        "{{apiVersion: openslo/v1, kind: SLI, metadata: {{name: availability}}, spec: {{{RATIO}}}}}"
    );
    let policy = policy("alertWhenBreaching: true", &[("page", "3", "1h")]);
    let (slos, findings) = load(&[&policy, spec, SERVICE, &sli]);
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(slos.len(), 1);
    let near = sli.replace("availability", "availabilty");
    let (slos, findings) = load(&[spec, SERVICE, &near]);
    assert!(slos.is_empty());
    assert_eq!(codes(&findings), ["IMP006", "IMP006"]);
    // A service that nobody describes is the rule; one among others that are is a slip.
    let (_, findings) = load(&[&sli, &policy, spec]);
    assert_eq!(findings, Vec::<String>::new());
    let other = SERVICE.replace("shop", "shoop");
    let (_, findings) = load(&[&sli, &policy, spec, &other]);
    assert_eq!(codes(&findings), ["IMP009"]);
    let (_, findings) = load(&[&sli, &sli, &policy, spec, SERVICE]);
    assert_eq!(codes(&findings), ["IMP007"]);
    let unknown = "{apiVersion: openslo/v1, kind: Sevice, metadata: {name: x}}";
    let (_, findings) = load(&[unknown]);
    assert_eq!(codes(&findings), ["SPEC013"]);
}

#[test]
fn other_data_sources_are_refused() {
    let (slos, findings) =
        simple("thresholdMetric: {metricSource: {type: CloudWatch, spec: {query: x}}}");
    assert!(slos.is_empty());
    assert!(
        findings
            .iter()
            .any(|finding| finding.starts_with("IMP010 1.yaml:6:")),
        "{findings:?}"
    );
    let source = "{apiVersion: openslo/v1, kind: DataSource, metadata: {name: dog}, spec: {type: Datadog, connectionDetails: {}}}";
    let indicator = RATIO.replace("type: Prometheus", "metricSourceRef: dog");
    let spec = slo(&indicator, WINDOW, "[{target: 0.9}]", EVENTS);
    let (_, findings) = load(&[SERVICE, &spec, source]);
    assert!(
        findings.iter().all(|finding| finding.starts_with("IMP010")),
        "{findings:?}"
    );
}

/// An SLO of two components.
fn composite(method: &str, weights: [&str; 2], targets: [&str; 2]) -> (Vec<Slo>, Vec<String>) {
    let objective = |index: usize| {
        format!(
            "{{displayName: part {index}, target: {}, compositeWeight: {}, timeSliceTarget: 0.9, \
             timeSliceWindow: 5m, indicator: {{metadata: {{name: i}}, spec: {{{RATIO}}}}}}}",
            targets[index], weights[index]
        )
    };
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: all}}\nspec:\n  service: shop\n  \
         budgetingMethod: {method}\n  timeWindow: [{WINDOW}]\n  objectives: [{}, {}]\n",
        objective(0),
        objective(1)
    );
    load(&[SERVICE, &text])
}

#[test]
fn a_composite_is_made_of_its_objectives() {
    let (slos, findings) = composite("Occurrences", ["3", "1"], ["0.99", "0.99"]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<_> = slos.iter().map(|slo| slo.id.name.as_str()).collect();
    assert_eq!(names, ["all-part-0", "all-part-1", "all"]);
    assert_eq!(slos[2].objective.value.to_string(), "99");
    let Sli::Composite(Composite::Weighted(parts)) = &slos[2].sli.value else {
        panic!()
    };
    let weights: Vec<_> = parts
        .iter()
        .map(|part| part.weight.value.to_string())
        .collect();
    assert_eq!(weights, ["0.75", "0.25"]);
    // 1 / (0.5 / 0.01 + 0.5 / 0.03) = 0.015: three quarters of it come from the stricter one.
    let (slos, _) = composite("Occurrences", ["1", "1"], ["0.99", "0.97"]);
    assert_eq!(slos[2].objective.value.to_string(), "98.5");
    let Sli::Composite(Composite::Weighted(parts)) = &slos[2].sli.value else {
        panic!()
    };
    let weights: Vec<_> = parts
        .iter()
        .map(|part| part.weight.value.to_string())
        .collect();
    assert_eq!(weights, ["0.75", "0.25"]);
}

#[test]
fn a_composite_of_slices_needs_every_component() {
    let (slos, findings) = composite("Timeslices", ["1", "1"], ["0.99", "0.97"]);
    assert_eq!(codes(&findings), ["IMP002"]);
    assert!(
        matches!(&slos[2].sli.value, Sli::Composite(Composite::Every(parts)) if parts.len() == 2)
    );
    assert_eq!(slos[2].objective.value.to_string(), "97");
    let (slos, findings) = composite("Occurrences", ["0", "1"], ["0.99", "0.97"]);
    assert_eq!((slos.len(), codes(&findings)), (0, vec!["SPEC013"]));
}

#[test]
fn annotations_say_what_the_format_cannot() {
    let text = slo(RATIO, WINDOW, "[{target: 0.999}]", EVENTS).replacen(
        "metadata: {name: web}",
        "metadata:\n  name: web\n  displayName: The web\n  labels: {tier: [a, b], owner: team}\n  annotations:\n    \
         other.org/x: y\n    slosmith.dev/promise: \"99.5\"\n    slosmith.dev/alerts.min_bad_events: \"5\"\n    \
         slosmith.dev/alerts.page: '{severity: now}'\n    slosmith.dev/name: site\n    slosmith.dev/service: store",
        1,
    );
    let (slos, findings) = load(&[SERVICE, &text]);
    assert_eq!(findings, Vec::<String>::new());
    let slo = &slos[0];
    assert_eq!(slo.id.to_string(), "store/site");
    assert_eq!(slo.description.as_deref(), Some("The web"));
    assert_eq!(slo.owner.as_ref().unwrap().value, "team");
    assert_eq!(slo.labels["tier"].value, "a,b");
    assert_eq!(
        slo.promise.as_ref().unwrap().objective.value.to_string(),
        "99.5"
    );
    assert_eq!(slo.alerting.min_bad_events.as_ref().unwrap().value, 5);
    assert_eq!(slo.alerting.page.as_ref().unwrap().severity.value, "now");
    // What is wrong in one is told at its place.
    let wrong = text.replace("\"99.5\"", "\"99.95\"");
    let (_, findings) = load(&[SERVICE, &wrong]);
    assert!(
        findings[0].starts_with("SLO003 1.yaml:9:27"),
        "{findings:?}"
    );
    let unknown = text.replace("slosmith.dev/promise", "slosmith.dev/promis");
    let (_, findings) = load(&[SERVICE, &unknown]);
    assert!(
        findings[0].starts_with("SPEC001 1.yaml:9:5"),
        "{findings:?}"
    );
    // An SLI of the native format takes the place of what cannot be read.
    let probe = text
        .replace(
            "slosmith.dev/alerts.min_bad_events: \"5\"",
            "slosmith.dev/sli: '{probe: {metric: up}}'",
        )
        .replace("type: Prometheus", "type: Datadog");
    let (slos, findings) = load(&[SERVICE, &probe]);
    assert_eq!(findings, Vec::<String>::new());
    assert!(matches!(slos[0].sli.value, Sli::Probe(_)));
}

#[test]
fn v1alpha_is_numbered_as_sloth_does_it() {
    let metric =
        |query: &str| format!("{{source: prometheus, queryType: promql, query: '{query}'}}");
    let text = format!(
        "apiVersion: openslo/v1alpha\nkind: SLO\nmetadata: {{name: api}}\nspec:\n  service: shop\n  \
         budgetingMethod: Occurrences\n  timeWindows: [{{count: 30, unit: Day}}]\n  objectives:\n    \
         - target: 0.999\n      ratioMetrics:\n        good: {}\n        total: {}\n",
        metric("sum(rate(ok_total[{{.window}}]))"),
        metric("sum(rate(all_total[{{.window}}]))"),
    );
    let service = SERVICE.replace("openslo/v1", "openslo/v1alpha");
    let (slos, findings) = load(&[&service, &text]);
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(slos[0].id.to_string(), "shop/api-0");
    assert_eq!(total(&slos), "sum(rate(all_total[{{.window}}]))");
    assert_eq!(
        slos[0].period.value,
        Period::Rolling(Duration::from_days(30))
    );
}

/// Nothing that is written in an unexpected shape ends the run.
#[test]
fn odd_shapes_are_reported() {
    let whole = slo(RATIO, WINDOW, "[{target: 0.999, op: lt, value: 1}]", POLICY);
    let policy = policy("alertWhenBreaching: true", &[("page", "3", "1h")]);
    let text = format!("{whole}---\n{policy}");
    let words: Vec<_> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
    for at in words {
        for odd in [
            "[] #",
            "{} #",
            "~ #",
            "-1 #",
            "'' #",
            "99999999999999999999d #",
            "[[x]] #",
            "79228162514264337593543950335 #",
            "0.9999999999999999999999999999 #",
        ] {
            let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            let changed = format!("{}{odd}{}", &text[..at], &text[line_end..]);
            load(&[SERVICE, &changed]);
            let inside = format!(
                "{}{}{}",
                &text[..at],
                odd.trim_end_matches(" #"),
                &text[at..]
            );
            load(&[SERVICE, &inside]);
        }
    }
}

#[test]
fn sources_that_speak_promql_are_known_in_any_spelling() {
    for kind in [
        "Amazon Managed Prometheus",
        "VictoriaMetrics",
        "grafana-mimir",
        "THANOS",
    ] {
        let ratio = RATIO.replace("type: Prometheus", &format!("type: {kind}"));
        let (slos, findings) = simple(&ratio);
        assert_eq!((slos.len(), findings), (1, Vec::new()), "{kind}");
    }
}

#[test]
fn ratios_of_slices_are_taken_over_five_minutes() {
    let method = "  budgetingMethod: RatioTimeslices\n";
    for (window, expected) in [("5m", vec!["IMP002"]), ("1m", vec!["IMP002", "IMP002"])] {
        let objectives = format!("[{{target: 0.99, timeSliceWindow: {window}}}]");
        let (slos, findings) = load(&[SERVICE, &slo(RATIO, WINDOW, &objectives, method)]);
        assert!(matches!(&slos[0].sli.value, Sli::Ratio(_)));
        assert_eq!(codes(&findings), expected, "{findings:?}");
    }
}

#[test]
fn a_name_that_would_be_too_long_is_a_number() {
    let long = "x".repeat(60);
    let objectives = format!("[{{displayName: {long}, target: 0.9}}, {{target: 0.99}}]");
    let (slos, findings) = load(&[SERVICE, &slo(RATIO, WINDOW, &objectives, EVENTS)]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<_> = slos.iter().map(|slo| slo.id.name.as_str()).collect();
    assert_eq!(names, ["web-1", "web-2"]);
}

#[test]
fn how_often_a_composite_is_scraped_holds_for_its_components() {
    let objective = |name: &str| {
        format!(
            "{{displayName: {name}, target: 0.99, indicator: {{metadata: {{name: i}}, spec: {{{RATIO}}}}}}}"
        )
    };
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: all\n  annotations: \
         {{slosmith.dev/scrape_interval: 15s, slosmith.dev/promise: \"95\"}}\nspec:\n  service: shop\n  \
         budgetingMethod: Occurrences\n  timeWindow: [{WINDOW}]\n  objectives: [{}, {}]\n",
        objective("a"),
        objective("b")
    );
    let (slos, findings) = load(&[SERVICE, &text]);
    assert_eq!(findings, Vec::<String>::new());
    for (slo, promised) in slos.iter().zip([false, false, true]) {
        assert_eq!(slo.scrape(), Some(Duration::from_secs(15)), "{}", slo.id);
        assert_eq!(slo.promise.is_some(), promised, "{}", slo.id);
    }
}
