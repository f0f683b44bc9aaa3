//! The parser against the Prometheus that is installed: one rule per expression of
//! `data/promql/expressions.txt`, all of which were the same from 2.42 to now.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;

use regex::Regex;
use slosmith::promql::parse;

fn expressions() -> Vec<&'static str> {
    let text = include_str!("data/promql/expressions.txt");
    text.lines().collect()
}

/// What promtool says of each expression that it rejects.
fn rejected(expressions: &[&str]) -> BTreeMap<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let rules: Vec<_> = expressions
        .iter()
        .enumerate()
        .map(|(index, expr)| serde_json::json!({"record": format!("r:{index}"), "expr": expr}))
        .collect();
    // JSON is YAML.
    let file = serde_json::json!({"groups": [{"name": "all", "rules": rules}]});
    std::fs::write(folder.path().join("rules.yaml"), file.to_string()).unwrap();
    let output = Command::new("promtool")
        .args(["check", "rules", "--lint=none", "rules.yaml"])
        .current_dir(folder.path())
        .output()
        .expect("promtool must be installed: make prometheus");
    let said = String::from_utf8(output.stderr).unwrap();
    let line = Regex::new(r#""r:(\d+)": could not parse expression: (.*)"#).unwrap();
    line.captures_iter(&said)
        .map(|found| (found[1].parse().unwrap(), found[2].to_owned()))
        .collect()
}

#[test]
fn agrees_with_prometheus() {
    let expressions = expressions();
    let rejected = rejected(&expressions);
    assert!(rejected.len() > 50 && rejected.len() + 50 < expressions.len());
    let mut wrong = Vec::new();
    for (index, expr) in expressions.iter().enumerate() {
        match (parse(expr), rejected.get(&index)) {
            (Ok(_), Some(why)) => wrong.push(format!("accepted {expr}: {why}")),
            (Err(error), None) => wrong.push(format!("rejected {expr}: {error}")),
            (Ok(_), None) | (Err(_), Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
