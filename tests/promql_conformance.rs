//! The parser against Prometheus' own verdicts: promtool's on expressions written
//! for this, and, on request, those of Prometheus' own tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use serde::Deserialize;
use slosmith::diagnostic::Diagnostics;
use slosmith::prometheus::Server;
use slosmith::promql::{equivalent, parse, print, print_pretty};
use slosmith::source::Sources;
use slosmith::{lint, spec};

/// An expression a line.
const EXPRESSIONS: &str = include_str!("data/expressions.txt");

#[derive(Deserialize)]
struct Case {
    expr: String,
    ok: Option<bool>,
    /// Where Prometheus puts the error: first byte, and the one after the last.
    pos: Option<(usize, usize)>,
}

/// Our expressions, with what the installed promtool says of them.
fn own_cases() -> Vec<Case> {
    let exprs: Vec<String> = EXPRESSIONS.lines().map(str::to_owned).collect();
    let refused = refused(&exprs);
    let case = |(index, expr): (usize, String)| {
        let error = refused.get(&index);
        Case {
            ok: Some(error.is_none()),
            // Only where it begins is said.
            pos: error.map(|error| (column(error), expr.len())),
            expr,
        }
    };
    exprs.into_iter().enumerate().map(case).collect()
}

/// The byte that `could not parse expression: 1:6: …` points at.
fn column(error: &str) -> usize {
    let (_, place) = error.split_once("1:").unwrap();
    let column: usize = place.split(':').next().unwrap().parse().unwrap();
    column - 1
}

/// Expressions of Prometheus' own tests with its verdicts, one JSON object a line.
fn recorded_cases() -> Vec<Case> {
    let path = std::env::var_os("PROMQL_VERDICTS").expect("PROMQL_VERDICTS names a file");
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Case> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() > 1000);
    cases
}

#[test]
fn accepts_and_rejects_what_promtool_does() {
    let cases = own_cases();
    let refused = cases.iter().filter(|case| case.ok == Some(false)).count();
    // Both verdicts are well represented.
    assert!(refused > 80 && cases.len() - refused > 80, "{refused}");
    let wrong = disagreements(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    reads_back(&cases);
}

#[test]
#[ignore = "needs PROMQL_VERDICTS"]
fn accepts_and_rejects_what_prometheus_does() {
    let cases = recorded_cases();
    println!("read {} expressions with Prometheus' verdict", cases.len());
    let wrong = disagreements(&cases);
    assert!(
        wrong.len() * 1000 <= cases.len() * 5,
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    reads_back(&cases);
}

fn disagreements(cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        match (parse(&case.expr), case.ok) {
            (_, None) | (Ok(_), Some(true)) => {}
            (Err(error), Some(true)) => wrong.push(format!("rejected {:?}: {error}", case.expr)),
            (Ok(_), Some(false)) => wrong.push(format!("accepted {:?}", case.expr)),
            (Err(error), Some(false)) => {
                let (start, end) = case.pos.unwrap_or((0, usize::MAX));
                if error.span.start > end || error.span.end < start {
                    wrong.push(format!(
                        "{:?}: {error} at {:?}, Prometheus says {start}..{end}",
                        case.expr, error.span
                    ));
                }
            }
        }
    }
    wrong
}

/// What is printed reads back as itself.
fn reads_back(cases: &[Case]) {
    for case in cases.iter().filter(|case| case.ok == Some(true)) {
        let Ok(expr) = parse(&case.expr) else {
            continue;
        };
        for text in [print(&expr), print_pretty(&expr, 20)] {
            let again = parse(&text)
                .unwrap_or_else(|error| panic!("{:?} became {text:?}: {error}", case.expr));
            assert_eq!(
                print(&again),
                print(&expr),
                "{:?} became {text:?}",
                case.expr
            );
        }
    }
}

/// What an installed Prometheus refuses of the syntax that newest ones take is
/// named by a finding.
#[test]
#[ignore = "needs PROMQL_VERDICTS"]
fn what_older_servers_refuse_is_named() {
    let exprs: Vec<String> = recorded_cases()
        .into_iter()
        .filter(|case| case.ok == Some(true))
        .map(|case| case.expr)
        .collect();
    let refused = refused(&exprs);
    assert!(!refused.is_empty(), "nothing to compare with");
    let mut sources = Sources::default();
    let mut text = "apiVersion: slosmith/v1\nservice: s\nslos:\n".to_owned();
    for (index, expr) in exprs.iter().enumerate() {
        let expr = serde_json::to_string(expr).unwrap();
        writeln!(
            text,
            "  - {{name: e{index}, objective: 99, sli: {{threshold: {{expr: {expr}, good: '< 1'}}}}}}"
        )
        .unwrap();
    }
    let id = sources.add("exprs.yaml", text);
    // Scalars and ranges are no SLIs, and left out.
    let slos = spec::load(&sources, &[id], &mut Diagnostics::default());
    println!("{} of {} can stand in an SLI", slos.len(), exprs.len());
    let mut unnamed = Vec::new();
    for slo in &slos {
        let index: usize = slo.id.name[1..].parse().unwrap();
        let linted = lint::check(slo, &sources, jiff::civil::date(2026, 1, 1));
        let is_named = linted
            .findings
            .iter()
            .any(|finding| ["PQL004", "PQL005"].contains(&finding.code.id));
        if let Some(error) = refused.get(&index)
            && !is_named
        {
            unnamed.push(format!("{}: {error}", exprs[index]));
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

/// Indices of the expressions that promtool refuses, with its words.
fn refused(exprs: &[String]) -> BTreeMap<usize, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.yaml");
    std::fs::write(&path, rules(exprs)).unwrap();
    let output = Command::new("promtool")
        .args(["check", "rules"])
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    said.lines()
        .filter_map(|line| {
            let (_, rule) = line.split_once(", \"e")?;
            let (index, error) = rule.split_once("\": ")?;
            Some((index.parse().ok()?, error.to_owned()))
        })
        .collect()
}

/// A rule file in which they are recorded as `e0`, `e1`, …
fn rules(exprs: &[String]) -> String {
    let mut rules = "groups:\n- name: g\n  rules:\n".to_owned();
    for (index, expr) in exprs.iter().enumerate() {
        let expr = serde_json::to_string(expr).unwrap();
        writeln!(rules, "  - {{record: 'e{index}', expr: {expr}}}").unwrap();
    }
    rules
}

/// Spaces, quotes, numbers, durations and the order of labels are Prometheus' own.
#[tokio::test]
async fn what_prometheus_prints_is_what_was_written() {
    let valid = own_cases().into_iter().filter(|case| case.ok == Some(true));
    let exprs: Vec<String> = valid.map(|case| case.expr).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), rules(&exprs)).unwrap();
    let config = |_| "rule_files: [rules.yaml]\n".to_owned();
    let server = Server::start(folder.path(), config, &[]).await.unwrap();
    let groups = server.client().unwrap().rules().await.unwrap();
    let rules = &groups[0].rules;
    assert_eq!(rules.len(), exprs.len());
    let mut wrong = String::new();
    for (expr, rule) in exprs.iter().zip(rules) {
        let (Ok(written), Ok(printed)) = (parse(expr), parse(&rule.query)) else {
            writeln!(wrong, "unreadable: {expr}   {}", rule.query).unwrap();
            continue;
        };
        if !equivalent(&written, &printed) {
            writeln!(wrong, "{expr}   {}", rule.query).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
