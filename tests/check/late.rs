//! Rules that take longer than the time between their evaluations, in a real server:
//! somebody has added an expensive one and evaluates the group every second.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use slosmith::prometheus::Server;

use crate::outcome::read;
use crate::slosmith_command::{run, slosmith};

/// Each makes millions of steps, which takes about a second.
const EXPENSIVE: &str =
    "      - {record: \"expensive:sum\", expr: \"sum(count_over_time(vector(1)[50000s:10ms]))\"}\n";
const PATIENCE: Duration = Duration::from_secs(120);

const SPEC: &str = "apiVersion: slosmith/v1\nservice: late\nslos:\n- name: up\n  objective: 99\n  \
                    sli: {probe: {metric: up}}\n";

#[tokio::test]
async fn rules_that_are_late_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("specs")).unwrap();
    std::fs::write(folder.path().join("specs/late.yaml"), SPEC).unwrap();
    let generated = run(slosmith(folder.path()).args(["generate", "specs", "-o", "-"]));
    std::fs::write(folder.path().join("rules.yaml"), edited(&generated.out)).unwrap();
    let config = |_| "rule_files: [rules.yaml]\n".to_owned();
    let server = Server::start(folder.path(), config, &[]).await.unwrap();

    let started = Instant::now();
    let mut found = BTreeSet::new();
    while !["RUL005", "RUL006"]
        .iter()
        .all(|code| found.contains(*code))
    {
        assert!(started.elapsed() < PATIENCE, "found only {found:?}");
        found.extend(codes(folder.path(), &server.url()));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // The interval was edited as well; nothing else is wrong.
    let expected = ["RUL002", "RUL005", "RUL006"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

/// The fast group, every second, with the expensive rules at its end.
fn edited(rules: &str) -> String {
    let (fast, slow) = rules.split_once("\n  - name: slo/late/up/slow").unwrap();
    let mut text = fast.replacen("interval: 1m", "interval: 1s", 1);
    text.push('\n');
    for rule in 0..6 {
        let rule = EXPENSIVE.replace("sum\",", &format!("sum{rule}\","));
        text.write_str(&rule).unwrap();
    }
    format!("{text}  - name: slo/late/up/slow{slow}")
}

fn codes(folder: &Path, url: &str) -> Vec<String> {
    let mut command = slosmith(folder);
    command.args(["check", "specs", "--only", "rules", "--format", "json"]);
    let run = run(command.args(["--prometheus", url]));
    let findings = read(&run).findings;
    findings.into_iter().map(|finding| finding.code).collect()
}
