//! The parser against Prometheus' own verdicts, where the shared data is there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde::Deserialize;
use slosmith::promql::{parse, print, print_pretty};

#[derive(Deserialize)]
struct Case {
    expr: String,
    ok: Option<bool>,
    pos: Option<(usize, usize)>,
}

fn cases() -> Vec<Case> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("SLOSMITH_SHARED_DATA").map_or(default, Into::into);
    match std::fs::read_to_string(folder.join("promql/expressions.jsonl")) {
        Ok(text) => text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        Err(_) => Vec::new(),
    }
}

#[test]
fn accepts_and_rejects_what_prometheus_does() {
    let cases = cases();
    println!("read {} expressions with Prometheus' verdict", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
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
    for line in &wrong {
        println!("{line}");
    }
    assert!(
        wrong.len() * 1000 <= cases.len() * 5,
        "{} of {} differ",
        wrong.len(),
        cases.len()
    );
}

#[test]
fn what_is_printed_reads_back_as_itself() {
    for case in cases().iter().filter(|case| case.ok == Some(true)) {
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
