//! `openslo/v1`: SLOs.
#![expect(
    clippy::too_many_lines,
    reason = "tables are as long as what they list"
)]

use super::{check, errors};

const SLO: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: up}
spec:
  service: Any Text
  indicator:
    metadata: {name: good}
    spec:
      thresholdMetric: {metricSource: {spec: {query: a}}}
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 28d
      isRolling: true
  alertPolicies:
    - alertPolicyRef: policy
  objectives:
    - displayName: fast
      op: lt
      value: 0
      target: 0.99
";

#[test]
fn slo() {
    check(
        SLO,
        &[
            ("  service: Any Text\n", "", &["spec.service: required"]),
            (
                "  budgetingMethod: Occurrences\n",
                "",
                &["spec.budgetingMethod: required"],
            ),
            (
                "budgetingMethod: Occurrences",
                "budgetingMethod: occurrences",
                &["spec.budgetingMethod: one_of"],
            ),
            (
                "    - duration: 28d\n      isRolling: true\n",
                "",
                &["spec.timeWindow: slice_length"],
            ),
            (
                "duration: 28d",
                "duration: ''",
                &["spec.timeWindow[0].duration: required"],
            ),
            ("duration: 28d", "duration: 0d", &[]),
            (
                "duration: 28d",
                "duration: 1.5d",
                &["spec.timeWindow[0].duration.unit: one_of"],
            ),
            ("duration: 28d", "duration: 28 d", &[]),
            (
                "duration: 28d",
                "duration: 4W",
                &["spec.timeWindow[0].duration.unit: one_of"],
            ),
            ("duration: 28d", "duration: 2Q", &[]),
            (
                "duration: 28d",
                "duration: d28",
                &["spec.timeWindow[0].duration: decode"],
            ),
            (
                "isRolling: true",
                "isRolling: false",
                &["spec.timeWindow[0]: "],
            ),
            (
                "isRolling: true",
                "isRolling: true\n      calendar: {startTime: 2026-01-31 00:00:00, timeZone: UTC}",
                &["spec.timeWindow[0]: "],
            ),
            (
                "isRolling: true",
                "calendar: {}",
                &[
                    "spec.timeWindow[0].calendar.startTime: string_date_time",
                    "spec.timeWindow[0].calendar.timeZone: string_time_zone",
                ],
            ),
            (
                "isRolling: true",
                "calendar: {startTime: 2026-01-31 9:00:00, timeZone: Local}",
                &["spec.timeWindow[0].calendar.timeZone: string_time_zone"],
            ),
            (
                "alertPolicyRef: policy",
                "alertPolicyRef: Policy",
                &["spec.alertPolicies[0].alertPolicyRef: string_dns_label:string_match_regexp"],
            ),
            (
                "- alertPolicyRef: policy",
                "- policy",
                &["spec.alertPolicies[0]: decode"],
            ),
            (
                "- alertPolicyRef: policy",
                "- {kind: AlertPolicy, metadata: {name: a}, spec: {alertWhenNoData: false}}",
                &["spec.alertPolicies[0].spec: required"],
            ),
            (
                "- alertPolicyRef: policy",
                "- {kind: AlertPolicy, metadata: {name: a}, spec: {conditions: []}}",
                &[
                    "spec.alertPolicies[0].spec.conditions: slice_length",
                    "spec.alertPolicies[0].spec.notificationTargets: slice_min_length",
                ],
            ),
            (
                "metadata: {name: good}",
                "metadata: {}",
                &["spec.indicator.metadata: required"],
            ),
            (
                "metadata: {name: good}",
                "kind: SLI",
                &["spec.indicator.kind: decode"],
            ),
            (
                "  budgeting",
                "  indicatorRef: good\n  budgeting",
                &["spec: mutually_exclusive"],
            ),
            ("      op: lt\n", "", &["spec.objectives[0].op: required"]),
            ("op: lt", "op: below", &["spec.objectives[0].op: one_of"]),
            (
                "      value: 0\n",
                "",
                &["spec.objectives[0].value: required"],
            ),
            ("target: 0.99", "target: 0", &[]),
            (
                "target: 0.99",
                "target: 1",
                &["spec.objectives[0].target: less_than"],
            ),
            (
                "target: 0.99",
                "target: -0.1",
                &["spec.objectives[0].target: greater_than_or_equal_to"],
            ),
            ("target: 0.99", "targetPercent: 99", &[]),
            (
                "target: 0.99",
                "targetPercent: 100",
                &["spec.objectives[0].targetPercent: less_than"],
            ),
            (
                "target: 0.99",
                "targetPercent: -1",
                &["spec.objectives[0].targetPercent: greater_than_or_equal_to"],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      targetPercent: 99",
                &["spec.objectives[0]: mutually_exclusive"],
            ),
            (
                "\n      target: 0.99",
                "",
                &["spec.objectives[0]: mutually_exclusive"],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      goal: 1",
                &["spec.objectives[0].goal: decode"],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      compositeWeight: -1",
                &[],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      indicatorRef: good",
                &["spec: mutually_exclusive"],
            ),
        ],
    );
    let objectives = SLO.find("  objectives:").unwrap();
    assert_eq!(errors("a.yaml", &SLO[..objectives]), Vec::<String>::new());
    let spec = SLO.find("spec:").unwrap();
    assert_eq!(errors("a.yaml", &SLO[..spec]), ["spec: required"]);
}

#[test]
fn slo_of_a_ratio() {
    let threshold = "thresholdMetric: {metricSource: {spec: {query: a}}}";
    let ratio = "ratioMetric: {rawType: success, raw: {metricSource: {spec: {query: a}}}}";
    let slo = SLO.replace(threshold, ratio);
    check(
        &slo.replace("      op: lt\n      value: 0\n", ""),
        &[
            (
                "target: 0.99",
                "target: 0.99\n      op: lt",
                &["spec.objectives[0].op: forbidden"],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      value: 0",
                &["spec.objectives[0].value: forbidden"],
            ),
            (
                "target: 0.99",
                "target: 0.99\n      op: ''\n      value: null",
                &[],
            ),
        ],
    );
    let indicator = slo.find("  indicator:").unwrap()..slo.find("  budgeting").unwrap();
    let mut named = slo.clone();
    named.replace_range(indicator, "  indicatorRef: good\n");
    check(
        &named,
        &[
            (
                "indicatorRef: good",
                "indicatorRef: ''",
                &["spec.indicatorRef: string_dns_label:string_length"],
            ),
            ("  indicatorRef: good\n", "", &["spec: mutually_exclusive"]),
            ("op: lt", "op: unheard-of", &[]),
        ],
    );
}

#[test]
fn slo_of_time_slices() {
    let slo = SLO.replace("Occurrences", "Timeslices").replace(
        "target: 0.99",
        "target: 0.99\n      timeSliceTarget: 1\n      timeSliceWindow: 1m",
    );
    check(
        &slo,
        &[
            (
                "      timeSliceTarget: 1\n",
                "",
                &["spec.objectives[0].timeSliceTarget: required"],
            ),
            (
                "timeSliceTarget: 1",
                "timeSliceTarget: 0",
                &["spec.objectives[0].timeSliceTarget: greater_than"],
            ),
            (
                "timeSliceTarget: 1",
                "timeSliceTarget: 1.1",
                &["spec.objectives[0].timeSliceTarget: less_than_or_equal_to"],
            ),
            (
                "\n      timeSliceWindow: 1m",
                "",
                &["spec.objectives[0].timeSliceWindow: required"],
            ),
            (
                "timeSliceWindow: 1m",
                "timeSliceWindow: ''",
                &["spec.objectives[0].timeSliceWindow.unit: required"],
            ),
            (
                "timeSliceWindow: 1m",
                "timeSliceWindow: 1",
                &["spec.objectives[0].timeSliceWindow: decode"],
            ),
        ],
    );
    check(
        &slo.replace("Timeslices", "RatioTimeslices"),
        &[
            ("      timeSliceTarget: 1\n", "", &[]),
            (
                "timeSliceWindow: 1m",
                "timeSliceWindow: -1m",
                &["spec.objectives[0].timeSliceWindow.value: greater_than_or_equal_to"],
            ),
            (
                "\n      timeSliceWindow: 1m",
                "",
                &["spec.objectives[0].timeSliceWindow: required"],
            ),
        ],
    );
}

#[test]
fn composite_slo() {
    check(
        "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: up}
spec:
  service: a
  budgetingMethod: Occurrences
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives:
    - {target: 0.99, indicatorRef: a, compositeWeight: 0.5}
    - {target: 0.9, indicator: {metadata: {name: b}, spec: {thresholdMetric: {metricSource: {spec: {q: 1}}}}}}
    - {target: 0.8}
",
        &[
            ("compositeWeight: 0.5", "compositeWeight: 0", &["spec.objectives[0].compositeWeight: greater_than"]),
            ("indicatorRef: a", "indicatorRef: A", &["spec.objectives[0].indicatorRef: string_dns_label:string_match_regexp"]),
            ("{name: b}", "{}", &["spec.objectives[1].indicator.metadata: required"]),
            ("{q: 1}", "{}", &["spec.objectives[1].indicator.spec.thresholdMetric.metricSource.spec: map_min_length"]),
            ("0.8", "0.8, compositeWeight: -1", &["spec.objectives[2].compositeWeight: greater_than"]),
            // Nothing else is looked at in an objective with both.
            ("indicator: {", "indicatorRef: B, indicator: {", &["spec.objectives[1]: mutually_exclusive"]),
            ("service: a", "service: a\n  indicatorRef: a", &["spec: mutually_exclusive"]),
        ],
    );
}
