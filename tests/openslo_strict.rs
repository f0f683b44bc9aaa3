//! `validate --strict`: the rules of the OpenSLO SDK, one by one, on documents that break
//! exactly one of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::fs;

use slosmith::diagnostic::{Diagnostic, Diagnostics, Severity};
use slosmith::source::Sources;
use slosmith::spec::{Options, load_with};

use slosmith_command::{run, slosmith};

/// What `validate --strict` finds in a text, apart from lints.
fn findings(name: &str, text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    let mut diagnostics = Diagnostics::default();
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let loaded = load_with(&sources, &[id], &options, &mut diagnostics);
    loaded.verdict.unwrap().apply(&sources, &mut diagnostics);
    diagnostics.sorted().into_iter().cloned().collect()
}

/// The errors as `path: code`.
fn errors(name: &str, text: &str) -> Vec<String> {
    let findings = findings(name, text).into_iter();
    let errors = findings.filter(|finding| finding.code.severity == Severity::Error);
    let mut errors: Vec<String> = errors
        .map(|finding| {
            assert_eq!(finding.code.id, "OSL002", "{finding:?}\n{text}");
            assert!(finding.help.is_some(), "{finding:?}");
            let message = finding.message;
            match message.split_once("`: ") {
                Some((path, rest)) => format!("{}: {}", &path[1..], code(rest)),
                None => format!(": {}", code(&message)),
            }
        })
        .collect();
    errors.sort();
    errors.dedup();
    errors
}

/// The code that a message begins with; empty when it has none.
fn code(message: &str) -> &str {
    let (code, _) = message.rsplit_once(": ").unwrap_or(("", message));
    let end = code.find(": ").unwrap_or(code.len());
    let code = &code[..end];
    let is_code = code
        .chars()
        .all(|c| c.is_ascii_lowercase() || c == '_' || c == ':');
    if is_code { code } else { "" }
}

/// A change of a valid document, and the violations that it must give.
type Case<'a> = (&'a str, &'a str, &'a [&'a str]);

fn check(document: &str, cases: &[Case<'_>]) {
    assert_eq!(
        errors("a.yaml", document),
        Vec::<String>::new(),
        "{document}"
    );
    for (from, to, expected) in cases {
        assert_eq!(document.matches(from).count(), 1, "{from:?} in\n{document}");
        let changed = document.replace(from, to);
        assert_eq!(errors("a.yaml", &changed), *expected, "{from:?} → {to:?}");
    }
}

const SERVICE: &str = "\
apiVersion: openslo/v1
kind: Service
metadata:
  name: checkout
  displayName: Checkout
  labels: {team: [a, b], tier: '1'}
  annotations: {acme.org/owner: me}
spec:
  description: sells
";

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

const CONDITION: &str = "\
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: burn}
spec:
  severity: page
  condition:
    kind: burnrate
    op: gte
    threshold: 0
    lookbackWindow: 1h
    alertAfter: 5m
";

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

#[test]
fn streams() {
    let (name, bad) = ("a.yaml", SERVICE.replace("name: checkout", "name: C"));
    let dns = "metadata.name: string_dns_label:string_match_regexp";
    let list = |text: &str| format!("- {}", text.trim_end().replace('\n', "\n  "));
    for (text, expected) in [
        (String::new(), &[][..]),
        ("\n\n".to_owned(), &[]),
        ("[]\n".to_owned(), &[]),
        (
            format!("---\n# a comment\n{SERVICE}---\n---\n{SERVICE}---\n"),
            &[],
        ),
        (format!("{SERVICE}---\n{bad}"), &[dns]),
        (list(SERVICE) + "\n" + &list(&bad), &[dns]),
        (list(SERVICE) + "\n- null\n", &[": decode"]),
        ("# nothing\n".to_owned(), &[": decode"]),
        ("null\n".to_owned(), &[": decode"]),
        (format!("# a licence\n---\n{SERVICE}"), &[": decode"]),
        (format!("--- # a comment\n{SERVICE}"), &[": decode"]),
        (format!("{bad}---\n{SERVICE}"), &[dns]),
        // Only the first document before a line of dashes is read.
        (format!("{SERVICE}...\n{bad}"), &[]),
    ] {
        assert_eq!(errors(name, &text), expected, "{text}");
    }
    let json = r#"{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}}"#;
    for (text, expected) in [
        (json.to_owned(), &[][..]),
        (format!("[{json}, {json}]"), &[]),
        (format!("[{json},]"), &[": decode"]),
        (format!("# a comment\n{json}"), &[": decode"]),
        (json.replace("\"a\"", "5"), &["metadata.name: decode"]),
    ] {
        assert_eq!(errors("a.json", &text), expected, "{text}");
    }
}

/// What we refuse and the SDK does not is a warning, at the same place.
#[test]
fn what_the_sdk_lets_pass() {
    let twice = "\
apiVersion: openslo/v1
kind: Service
metadata: {name: a}
spec: {description: a, description: b}
";
    let found = findings("a.yaml", twice);
    let about_key: Vec<_> = found
        .iter()
        .filter(|finding| finding.message.contains("SPEC004"))
        .collect();
    assert_eq!(about_key.len(), 1, "{found:?}");
    assert_eq!(about_key[0].code.id, "OSL003");
    assert_eq!(about_key[0].help.as_deref(), Some("keep one of them"));
    assert_eq!(about_key[0].secondary.len(), 1);
    // What is no OpenSLO is judged as ever, and so is what is no YAML.
    let broken = format!("{SERVICE}---\napiVersion: slosmith/v1\nservice: a\nslos: 5\n");
    let found = findings("a.yaml", &broken);
    let ids: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
    assert_eq!(ids, ["SPEC002"]);
    let found = findings("a.yaml", &format!("{SERVICE}---\na: [\n"));
    assert!(
        found.iter().any(|finding| finding.code.id == "SPEC005"),
        "{found:?}"
    );
}

#[test]
fn exit_codes_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let validate = |text: &str, args: &[&str]| {
        fs::write(folder.path().join("a.yaml"), text).unwrap();
        run(slosmith(folder.path())
            .args(["validate", "a.yaml"])
            .args(args))
    };
    assert_eq!(validate("", &["--strict"]).code, Some(0));
    assert_eq!(validate("", &[]).code, Some(2));
    assert_eq!(validate(SERVICE, &["--strict"]).code, Some(0));
    assert_eq!(
        validate(SERVICE, &["--strict", "--fail-on", "warning"]).code,
        Some(1)
    );
    let bad = SERVICE.replace("name: checkout", "name: Checkout");
    let shown = validate(&bad, &["--strict"]);
    assert_eq!(shown.code, Some(2));
    assert!(shown.err.contains("a.yaml:4:9"), "{}", shown.err);
    let message = "`metadata.name`: string_dns_label:string_match_regexp: ";
    assert!(shown.err.contains(message), "{}", shown.err);
    // Without --strict it is only a warning.
    let shown = validate(&bad, &[]);
    assert!(shown.err.contains("[OSL001]"), "{}", shown.err);
}

/// An SLO of the version that is not compiled is judged, and refused otherwise.
#[test]
fn the_version_that_is_not_compiled() {
    let text = SERVICE
        .replace("openslo/v1", "openslo.com/v2alpha")
        .replace("  displayName: Checkout\n", "")
        .replace("[a, b]", "a");
    assert_eq!(errors("a.yaml", &text), Vec::<String>::new());
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let mut diagnostics = Diagnostics::default();
    load_with(&sources, &[id], &Options::default(), &mut diagnostics);
    let found = diagnostics.sorted();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code.id, "SPEC012");
    assert!(found[0].help.as_deref().unwrap().contains("openslo/v1"));
}
