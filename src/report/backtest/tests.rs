use super::{json, markdown, text};
use crate::backtest::Backtest;
use crate::backtest::model::{Outcome, SloReplay};
use crate::budget::Span;
use crate::slo::SloId;

fn failed(reason: &str) -> Backtest {
    Backtest {
        span: Span {
            start: 0,
            end: 86_400,
        },
        baseline: Some("git:main\u{1b}[31m".to_owned()),
        slos: vec![SloReplay {
            id: SloId {
                service: "shop".to_owned(),
                name: "web".to_owned(),
            },
            outcome: Outcome::Failed(reason.to_owned()),
        }],
    }
}

#[test]
fn nothing_of_others_acts_on_its_reader() {
    let backtest = failed("<img src=x> \u{1b}]0;x\u{7} @team");
    let on_terminal = text(&backtest);
    assert!(
        on_terminal.contains("shop/web: <img src=x>"),
        "{on_terminal}"
    );
    let escapes = on_terminal.matches('\u{1b}').count();
    assert_eq!(escapes, 0, "{on_terminal}");
    let comment = markdown(&backtest);
    assert!(
        !comment.contains("<img") && !comment.contains("@team"),
        "{comment}"
    );
    let data: serde_json::Value = serde_json::from_str(&json(&backtest, "http://x")).unwrap();
    assert_eq!(data["slos"][0]["status"], "failed");
    assert_eq!(data["change"]["pages_per_month"]["before"], 0.0);
}

#[test]
fn a_month_of_nothing_changes_nothing() {
    let said = text(&failed("gone"));
    assert!(
        said.starts_with("This change alerts as often as before: per month, pages 0, tickets 0."),
        "{said}"
    );
}
