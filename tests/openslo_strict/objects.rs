//! `openslo/v1`: everything but SLOs.
#![expect(
    clippy::too_many_lines,
    reason = "tables are as long as what they list"
)]

use super::{CONDITION, SERVICE, check, errors};

#[test]
fn envelope_and_service() {
    let long = |count| format!("\n  name: {}\n", "a".repeat(count));
    let text_of = |count: usize| format!("description: {}", "ü".repeat(count));
    check(
        SERVICE,
        &[
            (
                "apiVersion: openslo/v1\n",
                "apiVersion: openslo/v2\n",
                &["apiVersion: decode"],
            ),
            ("kind: Service", "kind: service", &["kind: decode"]),
            ("kind: Service\n", "", &["kind: decode"]),
            ("kind: Service", "kind: [Service]", &["kind: decode"]),
            ("kind: Service", "Kind: Service", &[]),
            ("spec:", "extra: 1\nspec:", &["extra: decode"]),
            ("spec:\n  description: sells\n", "", &[]),
            ("spec:\n  description: sells", "spec: null", &[]),
            ("spec:\n  description: sells", "spec: []", &["spec: decode"]),
            ("name: checkout", "name: ''", &["metadata.name: required"]),
            ("  name: checkout\n", "", &["metadata.name: required"]),
            (
                " checkout",
                " -checkout",
                &["metadata.name: string_dns_label:string_match_regexp"],
            ),
            (" checkout", " 5", &["metadata.name: decode"]),
            (" checkout", " yes", &["metadata.name: decode"]),
            (" checkout", " 2026-01-31", &[]),
            ("\n  name: checkout\n", &long(63), &[]),
            (
                "\n  name: checkout\n",
                &long(64),
                &["metadata.name: string_dns_label:string_length"],
            ),
            (
                "name: checkout",
                "name: checkout\n  other: 1",
                &["metadata.other: decode"],
            ),
            ("name: checkout", "Name: checkout", &[]),
            (
                " Checkout",
                " ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
                &[],
            ),
            (
                " Checkout",
                " Cééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
                &["metadata.displayName: string_max_length"],
            ),
            (
                "team:",
                "team-:",
                &["metadata.labels['team-']: string_match_regexp"],
            ),
            (
                "team:",
                "_team:",
                &["metadata.labels._team: string_match_regexp"],
            ),
            (
                "team:",
                "'': ",
                &["metadata.labels['']: string_match_regexp"],
            ),
            ("[a, b]", "[a, 1]", &["metadata.labels.team: decode"]),
            ("[a, b]", "{a: b}", &["metadata.labels.team: decode"]),
            ("[a, b]", "null", &[]),
            ("'1'", "1", &["metadata.labels.tier: decode"]),
            ("'1'", "any text at all!", &[]),
            (
                "acme.org/owner",
                "acme.org/",
                &["metadata.annotations['acme.org/']: string_match_regexp"],
            ),
            (
                "acme.org/owner",
                "a_b.org/x",
                &["metadata.annotations['a_b.org/x']: string_match_regexp"],
            ),
            (
                " me}",
                " [me]}",
                &["metadata.annotations['acme.org/owner']: decode"],
            ),
            (" me}", " null}", &[]),
            ("description: sells", &text_of(1050), &[]),
            (
                "description: sells",
                &text_of(1051),
                &["spec.description: string_max_length"],
            ),
            (
                "description: sells",
                "description: a\n  description: b",
                &[],
            ),
            (
                "description: sells",
                "description: a\n  description: 5",
                &["spec.description: decode"],
            ),
            ("description: sells", "description: !mine 5", &[]),
        ],
    );
    let nameless = SERVICE.replace("  name: checkout\n  displayName: Checkout\n", "");
    assert_eq!(errors("a.yaml", &nameless), ["metadata.name: required"]);
    let bare = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: ''}\n";
    assert_eq!(errors("a.yaml", bare), ["metadata: required"]);
}

#[test]
fn data_source_and_notification_target() {
    check(
        "\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: main}
spec: {type: Prometheus, connectionDetails: [url: 'http://localhost']}
",
        &[
            ("type: Prometheus, ", "", &["spec.type: required"]),
            ("[url: 'http://localhost']", "null", &[]),
            (
                "[url: 'http://localhost']",
                "[.nan]",
                &["spec.connectionDetails: decode"],
            ),
            (
                ", connectionDetails: [url: 'http://localhost']",
                "",
                &["spec.connectionDetails: required"],
            ),
            (
                "spec: {type: Prometheus, connectionDetails: [url: 'http://localhost']}\n",
                "",
                &["spec.connectionDetails: required", "spec.type: required"],
            ),
        ],
    );
    check(
        "\
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: email}
",
        &[
            ("target: email", "", &["spec.target: required"]),
            ("target: email", "target: [email]", &["spec.target: decode"]),
        ],
    );
}

#[test]
fn alert_condition() {
    check(
        CONDITION,
        &[
            ("  severity: page\n", "", &["spec.severity: required"]),
            (
                "kind: burnrate\n",
                "kind: Burnrate\n",
                &["spec.condition.kind: one_of"],
            ),
            (
                "    kind: burnrate\n",
                "",
                &["spec.condition.kind: required"],
            ),
            ("    op: gte\n", "", &["spec.condition.op: required"]),
            ("op: gte", "op: above", &["spec.condition.op: one_of"]),
            (
                "op: gte",
                "operator: gte",
                &["spec.condition.operator: decode"],
            ),
            (
                "    threshold: 0\n",
                "",
                &["spec.condition.threshold: required"],
            ),
            (
                "threshold: 0",
                "threshold: '0'",
                &["spec.condition.threshold: decode"],
            ),
            (
                "threshold: 0",
                "threshold: .inf",
                &["spec.condition.threshold: decode"],
            ),
            (
                "    lookbackWindow: 1h\n",
                "",
                &["spec.condition.lookbackWindow: required"],
            ),
            (
                "lookbackWindow: 1h",
                "lookbackWindow: 1s",
                &["spec.condition.lookbackWindow.unit: one_of"],
            ),
            (
                "lookbackWindow: 1h",
                "lookbackWindow: 60",
                &["spec.condition.lookbackWindow: decode"],
            ),
            (
                "lookbackWindow: 1h",
                "lookbackWindow: '60'",
                &["spec.condition.lookbackWindow: decode"],
            ),
            ("    alertAfter: 5m\n", "", &[]),
            ("alertAfter: 5m", "alertAfter: 0m", &[]),
            (
                "alertAfter: 5m",
                "alertAfter: ''",
                &["spec.condition.alertAfter.unit: required"],
            ),
            (
                "alertAfter: 5m",
                "alertAfter: -5s",
                &[
                    "spec.condition.alertAfter.unit: one_of",
                    "spec.condition.alertAfter.value: greater_than_or_equal_to",
                ],
            ),
        ],
    );
    let empty = CONDITION.split("  condition:").next().unwrap();
    assert_eq!(errors("a.yaml", empty), ["spec.condition: required"]);
}

const POLICY: &str = "\
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: policy}
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: burn
  notificationTargets:
    - kind: AlertNotificationTarget
      metadata: {name: on-call}
      spec: {target: email}
    - targetRef: other
";

#[test]
fn alert_policy() {
    check(
        POLICY,
        &[
            ("alertWhenBreaching: true", "alertWhenBreaching: on", &[]),
            (
                "alertWhenBreaching: true",
                "alertWhenBreaching: 'true'",
                &["spec.alertWhenBreaching: decode"],
            ),
            (
                "    - conditionRef: burn\n",
                "",
                &["spec.conditions: slice_length"],
            ),
            (
                "- conditionRef: burn",
                "- conditionRef: burn\n    - conditionRef: b",
                &["spec.conditions: slice_length"],
            ),
            (
                "conditionRef: burn",
                "conditionRef: ''",
                &["spec.conditions[0].conditionRef: required"],
            ),
            (
                "conditionRef: burn",
                "conditionRef: null",
                &["spec.conditions[0].conditionRef: required"],
            ),
            (
                "conditionRef: burn",
                "conditionRef: Burn",
                &["spec.conditions[0].conditionRef: string_dns_label:string_match_regexp"],
            ),
            (
                "- conditionRef: burn",
                "- {}",
                &["spec.conditions[0]: mutually_exclusive"],
            ),
            (
                "- conditionRef: burn",
                "- null",
                &["spec.conditions[0]: mutually_exclusive"],
            ),
            (
                "- conditionRef: burn",
                "- burn",
                &["spec.conditions[0]: decode"],
            ),
            (
                "- conditionRef: burn",
                "- {conditionRef: a, spec: null}",
                &["spec.conditions[0]: mutually_exclusive"],
            ),
            (
                "- conditionRef: burn",
                "- {kind: null}",
                &[
                    "spec.conditions[0].kind: required",
                    "spec.conditions[0].metadata: required",
                    "spec.conditions[0].spec: required",
                ],
            ),
            (
                "kind: AlertNotificationTarget",
                "kind: Service",
                &["spec.notificationTargets[0].kind: equal_to"],
            ),
            (
                "kind: AlertNotificationTarget",
                "kind: Target",
                &["spec.notificationTargets[0].kind: decode"],
            ),
            (
                "{target: email}",
                "{}",
                &["spec.notificationTargets[0].spec: required"],
            ),
            (
                "{target: email}",
                "{description: a}",
                &["spec.notificationTargets[0].spec.target: required"],
            ),
            (
                "{target: email}",
                "{target: email, x: 1}",
                &["spec.notificationTargets[0].spec.x: decode"],
            ),
        ],
    );
    let bare = "apiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {name: a}\n";
    let expected = [
        "spec.conditions: slice_length",
        "spec.notificationTargets: slice_min_length",
    ];
    assert_eq!(errors("a.yaml", bare), expected);
}

const SLI: &str = "\
apiVersion: openslo/v1
kind: SLI
metadata: {name: good}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: main, spec: {query: good}}}
    total: {metricSource: {type: Prometheus, spec: {query: all}}}
";

#[test]
fn sli() {
    let good = "    good: {metricSource: {metricSourceRef: main, spec: {query: good}}}\n";
    let total = "    total: {metricSource: {type: Prometheus, spec: {query: all}}}\n";
    let raw = "    raw: {metricSource: {spec: {query: all}}}\n";
    let ratio = "spec.ratioMetric";
    check(
        SLI,
        &[
            (
                "spec:\n  ratioMetric:",
                "spec:\n  ratioMetrics:",
                &["spec.ratioMetrics: decode"],
            ),
            (good, "", &["spec.ratioMetric: one_of_properties"]),
            (total, "", &["spec.ratioMetric: mutually_exclusive"]),
            (total, raw, &["spec.ratioMetric: mutually_exclusive"]),
            (good, &good.replace("good:", "bad:"), &[]),
            (
                good,
                &(good.to_owned() + &good.replace("good:", "bad:")),
                &["spec.ratioMetric: mutually_exclusive"],
            ),
            (
                " main",
                " Main",
                &[
                    "spec.ratioMetric.good.metricSource.metricSourceRef: string_dns_label:string_match_regexp",
                ],
            ),
            (" main", " ''", &[]),
            (
                "{query: good}",
                "{}",
                &["spec.ratioMetric.good.metricSource.spec: map_min_length"],
            ),
            (
                "{query: good}",
                "null",
                &["spec.ratioMetric.good.metricSource.spec: required"],
            ),
            (
                "{query: good}",
                "[good]",
                &["spec.ratioMetric.good.metricSource.spec: decode"],
            ),
            ("{query: good}", "{query: [1, {a: yes}]}", &[]),
            // The SDK stops at the total.
            (
                "{query: all}",
                "{}",
                &["spec.ratioMetric.total.metricSource.spec: map_min_length"],
            ),
            (
                "total: {metricSource: {type: Prometheus, spec: {query: all}}}",
                "total: {}",
                &["spec.ratioMetric.total.metricSource: required"],
            ),
            (
                "counter: true",
                "counter: 1",
                &["spec.ratioMetric.counter: decode"],
            ),
            ("counter: true", "rawType: nothing", &[]),
        ],
    );
    let both_wrong = SLI
        .replace("{query: all}", "{}")
        .replace("{query: good}", "{}");
    let expected = [format!("{ratio}.total.metricSource.spec: map_min_length")];
    assert_eq!(errors("a.yaml", &both_wrong), expected);
    check(
        &SLI.replace(good, "    rawType: success\n")
            .replace(total, raw),
        &[
            (
                "rawType: success",
                "rawType: good",
                &["spec.ratioMetric.rawType: one_of"],
            ),
            (
                "    rawType: success\n",
                "",
                &["spec.ratioMetric.rawType: required"],
            ),
            (
                raw,
                &(raw.to_owned() + good),
                &["spec.ratioMetric: mutually_exclusive"],
            ),
            (
                "raw: {metricSource: {spec: {query: all}}}",
                "raw: {}\n    bad: null",
                &["spec.ratioMetric.raw.metricSource: required"],
            ),
        ],
    );
    check(
        "\
apiVersion: openslo/v1
kind: SLI
metadata: {name: good}
spec: {thresholdMetric: {metricSource: {spec: {query: a}}}}
",
        &[
            (
                "{thresholdMetric: {metricSource: {spec: {query: a}}}}",
                "{}",
                &["spec: mutually_exclusive"],
            ),
            (
                "spec: {thresholdMetric: {metricSource: {spec: {query: a}}}}\n",
                "",
                &["spec: mutually_exclusive"],
            ),
            (
                "thresholdMetric: ",
                "ratioMetric: {}, thresholdMetric: ",
                &[
                    "spec.ratioMetric: mutually_exclusive",
                    "spec: mutually_exclusive",
                ],
            ),
        ],
    );
}
