//! `openslo/v1alpha` and `openslo.com/v2alpha`.
#![expect(
    clippy::too_many_lines,
    reason = "tables are as long as what they list"
)]

use super::{CONDITION, check, errors};

#[test]
fn v1alpha() {
    let slo = "\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: up, displayName: Up}
spec:
  service: a
  budgetingMethod: Timeslices
  timeWindows: [{unit: Day, count: 28, isRolling: true}]
  objectives:
    - displayName: fast
      value: 1
      target: 0.9
      timeSliceTarget: 0
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: a}
        total: {source: prometheus, queryType: promql, query: b}
";
    let objective = "spec.objectives[0]";
    check(
        slo,
        &[
            ("kind: SLO", "kind: SLI", &["kind: decode"]),
            (
                "displayName: Up",
                "labels: {}",
                &["metadata.labels: decode"],
            ),
            (
                "budgetingMethod: Timeslices",
                "budgetingMethod: RatioTimeslices",
                &["spec.budgetingMethod: one_of"],
            ),
            (
                "unit: Day",
                "unit: Year",
                &["spec.timeWindow[0].unit: one_of"],
            ),
            ("unit: Day, ", "", &["spec.timeWindow[0].unit: required"]),
            (
                "count: 28",
                "count: 0",
                &["spec.timeWindow[0].count: greater_than"],
            ),
            (
                "count: 28",
                "count: 1.5",
                &["spec.timeWindow.count: decode"
                    .replace("timeWindow", "timeWindow[0]")
                    .as_str()],
            ),
            (
                "isRolling: true",
                "isRolling: false",
                &["spec.timeWindow[0]: "],
            ),
            (
                "[{unit: Day, count: 28, isRolling: true}]",
                "[]",
                &["spec.timeWindow: slice_length"],
            ),
            (
                "      value: 1\n",
                "",
                &["spec.objectives[0].value: required"],
            ),
            (
                "      target: 0.9\n",
                "",
                &["spec.objectives[0].target: required"],
            ),
            (
                "      timeSliceTarget: 0\n",
                "",
                &["spec.objectives[0].timeSliceTarget: required"],
            ),
            (
                "timeSliceTarget: 0",
                "timeSliceTarget: 2",
                &["spec.objectives[0].timeSliceTarget: less_than_or_equal_to"],
            ),
            (
                "value: 1",
                "value: 1\n      op: gt",
                &["spec.objectives[0].op: forbidden"],
            ),
            (
                "incremental: true",
                "counter: true",
                &["spec.objectives[0].ratioMetrics.counter: decode"],
            ),
            (
                "query: a",
                "query: ' '",
                &["spec.objectives[0].ratioMetrics.good.query: string_not_empty"],
            ),
            (
                ", query: a",
                "",
                &["spec.objectives[0].ratioMetrics.good.query: required"],
            ),
            (
                "good: {source: prometheus",
                "good: {source: prometheus1",
                &["spec.objectives[0].ratioMetrics.good.source: string_alpha"],
            ),
            // The SDK looks no further.
            (
                "service: a",
                "indicator: {thresholdMetric: {}}",
                &["spec: mutually_exclusive"],
            ),
        ],
    );
    let threshold = slo[..slo.find("      ratioMetrics").unwrap()].replace(
        "service: a",
        "service: a\n  indicator: {thresholdMetric: {source: a, queryType: b, query: c}}",
    );
    let threshold = threshold.replace("value: 1", "value: 1\n      op: gt");
    check(
        &threshold,
        &[
            ("op: gt", "op: above", &[&format!("{objective}.op: one_of")]),
            (
                "      op: gt\n",
                "",
                &[&format!("{objective}.op: required")],
            ),
            (
                "{source: a, queryType: b, query: c}",
                "{}",
                &["spec.indicator.thresholdMetric: required"],
            ),
            (
                "queryType: b",
                "queryType: b-c",
                &["spec.indicator.thresholdMetric.queryType: string_alpha"],
            ),
        ],
    );
}

#[test]
fn v2alpha() {
    check(
        "\
apiVersion: openslo.com/v2alpha
kind: SLO
metadata: {name: up, labels: {acme.org/team: a}, annotations: {note: 'Any thing'}}
spec:
  serviceRef: a
  sli:
    metadata: {name: good}
    spec:
      ratioMetric:
        good: {dataSourceRef: main, spec: {query: a}}
        total: {dataSourceSpec: {type: Prometheus, connectionDetails: {}}, spec: {query: a}}
  budgetingMethod: Occurrences
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives: [{target: 0.99}]
",
        &[
            (
                "name: up, ",
                "name: up, displayName: Up, ",
                &["metadata.displayName: decode"],
            ),
            (
                "acme.org/team: a",
                "acme.org/: a",
                &["metadata.labels['acme.org/']: string_kubernetes_qualified_name"],
            ),
            (
                "acme.org/team: a",
                "'': a",
                &["metadata.labels['']: string_kubernetes_qualified_name:string_length"],
            ),
            (
                "acme.org/team: a",
                "team: A",
                &["metadata.labels.team: string_match_regexp"],
            ),
            (
                "acme.org/team: a",
                "team: [a]",
                &["metadata.labels.team: decode"],
            ),
            ("acme.org/team: a", "team: null", &[]),
            (
                "{note: ",
                "{-note: ",
                &["metadata.annotations['-note']: string_kubernetes_qualified_name"],
            ),
            ("serviceRef: a", "service: a", &["spec.service: decode"]),
            ("  serviceRef: a\n", "", &["spec.service: required"]),
            (
                "duration: 28d",
                "duration: 1M",
                &["spec.timeWindow[0].duration.unit: one_of"],
            ),
            (
                "dataSourceRef: main, ",
                "",
                &["spec.sli.spec.ratioMetric.good: mutually_exclusive"],
            ),
            (
                "dataSourceRef: main",
                "dataSourceRef: Main",
                &[
                    "spec.sli.spec.ratioMetric.good.dataSourceRef: string_dns_label:string_match_regexp",
                ],
            ),
            (
                ", connectionDetails: {}",
                "",
                &["spec.sli.spec.ratioMetric.total.dataSourceSpec.connectionDetails: required"],
            ),
            (
                "{target: 0.99}",
                "{target: 0.99, op: gt}",
                &["spec.objectives[0].op: forbidden"],
            ),
            (
                "{target: 0.99}",
                "{target: 0.99, sliRef: b}",
                &["spec: mutually_exclusive"],
            ),
        ],
    );
    let condition = CONDITION.replace("openslo/v1", "openslo.com/v2alpha");
    check(
        &condition,
        &[
            (
                "    alertAfter: 5m\n",
                "",
                &["spec.condition.alertAfter: required"],
            ),
            (
                "lookbackWindow: 1h",
                "lookbackWindow: 1Q",
                &["spec.condition.lookbackWindow.unit: one_of"],
            ),
        ],
    );
    for kind in [
        "SLO",
        "DataSource",
        "AlertCondition",
        "AlertNotificationTarget",
    ] {
        let bare =
            format!("apiVersion: openslo.com/v2alpha\nkind: {kind}\nmetadata: {{name: a}}\n");
        assert_eq!(errors("a.yaml", &bare), ["spec: required"], "{kind}");
    }
}
