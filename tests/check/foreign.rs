//! Specs of other tools: what a server says of them stands at their own lines.

use std::fs;

use slosmith::prometheus::Server;

use crate::slosmith_command::{run, slosmith};

/// Each with the line and column at which its metric is missing.
const SPECS: [(&str, &str, (u64, u64)); 3] = [
    (
        "sloth.yaml",
        "version: prometheus/v1\nservice: sloth\nslos:\n- name: web\n  objective: 99.9\n  sli:\n    raw:\n      \
         error_ratio_query: |\n        sum(rate(sloth_failed_total[{{.window}}]))\n        /\n        \
         sum(rate(sloth_total[{{.window}}]))\n  alerting: {name: A}\n",
        (11, 18),
    ),
    (
        "pyrra.yaml",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: web, namespace: pyrra}\n\
         spec:\n  target: \"99.9\"\n  window: 4w\n  indicator:\n    latency:\n      \
         success: {metric: 'pyrra_seconds_bucket{le=\"0.5\"}'}\n      total: {metric: 'pyrra_seconds_count'}\n",
        (10, 24),
    ),
    (
        "openslo.yaml",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: web}\nspec:\n  service: openslo\n  budgetingMethod: Occurrences\n  \
         timeWindow: [{duration: 28d, isRolling: true}]\n  objectives: [{target: 0.999}]\n  indicator:\n    \
         metadata: {name: web}\n    spec:\n      ratioMetric:\n        counter: true\n        \
         bad: {metricSource: {type: Prometheus, spec: {query: 'openslo_failed_total'}}}\n        \
         total: {metricSource: {type: Prometheus, spec: {query: 'openslo_total'}}}\n",
        (15, 65),
    ),
];

#[tokio::test]
async fn findings_stand_in_the_specs_of_other_tools() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("slo-specs");
    fs::create_dir(&specs).unwrap();
    for (name, text, _) in SPECS {
        fs::write(specs.join(name), text).unwrap();
    }
    let server = Server::start(folder.path(), |_| "global: {}\n".to_owned(), &[])
        .await
        .unwrap();
    let mut command = slosmith(folder.path());
    command.args([
        "check",
        "--only",
        "series",
        "--format",
        "json",
        "--prometheus",
    ]);
    let done = run(command.arg(server.url()));
    assert_eq!(done.code, Some(1), "{}", done.err);
    let outcome: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    let findings = outcome["findings"].as_array().unwrap();
    let mut missing: Vec<_> = findings
        .iter()
        .filter(|finding| finding["code"] == "SER001")
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().unwrap();
            let file = finding["file"].as_str().unwrap().to_owned();
            (file, (number("line"), number("column")))
        })
        .collect();
    missing.sort();
    let mut expected = SPECS.map(|(name, _, place)| (format!("slo-specs/{name}"), place));
    expected.sort();
    assert_eq!(missing, expected, "{}", done.out);
}
