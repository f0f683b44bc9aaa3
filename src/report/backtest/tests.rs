use super::{json, markdown, text};
use crate::backtest::Backtest;
use crate::backtest::model::{Cost, Fired, Outcome, Replayed, SloReplay, Version, Which};
use crate::budget::Span;
use crate::prometheus::Labels;
use crate::rules::AlarmKind;
use crate::slo::{Objective, Severity, SloId};

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

fn version(which: Which, is_measured: bool, pages: usize) -> Version {
    let page = Fired {
        name: "SLOErrorBudgetBurn".to_owned(),
        kind: AlarmKind::BurnRate,
        severity: Severity::Page,
        labels: Labels::new(),
        start: 600,
        end: Some(1200),
        began_before: false,
        pairs: Vec::new(),
        almost_entirely: false,
        cost: None,
        in_downtime: false,
    };
    Version {
        which,
        objective: Objective::from_percent("99".parse().unwrap()).unwrap(),
        period: "30d".to_owned(),
        groups: Vec::new(),
        alerts: vec![page; pages],
        downtime: Vec::new(),
        is_measured,
    }
}

/// An SLO of this name with these versions.
fn slo(name: &str, versions: Vec<Version>) -> SloReplay {
    SloReplay {
        id: SloId {
            service: "shop".to_owned(),
            name: name.to_owned(),
        },
        outcome: Outcome::Replayed(Replayed {
            span: Span {
                start: 0,
                end: 30 * 86_400,
            },
            versions,
            advice: None,
        }),
    }
}

#[test]
fn what_measures_nothing_is_not_compared() {
    let mut backtest = failed("gone");
    backtest.slos.truncate(0);
    let versions = |is_measured| {
        vec![
            version(Which::Spec, is_measured, 0),
            version(Which::Baseline, true, 2),
        ]
    };
    backtest.slos.push(slo("web", versions(true)));
    assert!(backtest.is_answer());
    backtest.slos.push(slo("api", versions(false)));
    assert!(!backtest.is_answer());
    let said = text(&backtest);
    let first = "Not compared:\n  shop/api: nothing is measured any more; its alerts cannot be \
                 compared\n\nThis change takes pages per month from 2 to 0,";
    assert!(said.starts_with(first), "{said}");
    let data: serde_json::Value = serde_json::from_str(&json(&backtest, "http://x")).unwrap();
    assert_eq!(data["change"]["unmeasured"][0]["slo"], "api");
    assert_eq!(data["change"]["pages_per_month"]["before"], 2.0);
    // That a broken one is repaired is well.
    let repaired = vec![
        version(Which::Spec, true, 0),
        version(Which::Baseline, false, 1),
    ];
    backtest.slos[1] = slo("api", repaired);
    assert!(backtest.is_answer());
    assert!(text(&backtest).contains("nothing is measured with the baseline"));
    backtest.slos.extend(failed("gone").slos);
    assert!(!backtest.is_answer());
    assert!(text(&backtest).contains("Not counted: 1 SLO that cannot be replayed."));
}

#[test]
fn a_month_of_nothing_changes_nothing() {
    let said = text(&failed("gone"));
    assert!(
        said.starts_with("This change alerts as often as before: per month, pages 0, tickets 0."),
        "{said}"
    );
}

#[test]
fn a_comment_has_what_there_is_room_for() {
    let mut backtest = failed("gone");
    let versions = || {
        vec![
            version(Which::Spec, true, 0),
            version(Which::Baseline, true, 12),
        ]
    };
    let slos = (0..350).map(|number| slo(&format!("slo-{number}"), versions()));
    backtest.slos.splice(.., slos);
    let comment = markdown(&backtest);
    assert!(
        (50_000..65_536).contains(&comment.len()),
        "{}",
        comment.len()
    );
    let rows = comment.lines().filter(|line| line.starts_with("| "));
    let shown = rows.count() - 2;
    assert!(shown > 100, "{shown}");
    let rest = format!("{} more rows not shown.", 700 - shown);
    assert!(comment.contains(&rest), "{comment}");
    assert!(comment.contains("#### shop/slo-0\n"));
    assert!(comment.contains(" more parts are too long for a comment"));
}

#[test]
fn what_fired_before_says_no_more_than_is_known() {
    let mut backtest = failed("gone");
    let mut spec = version(Which::Spec, true, 1);
    for alert in &mut spec.alerts {
        alert.start = 0;
        alert.end = Some(1440);
        alert.began_before = true;
        alert.cost = Some(Cost {
            before: None,
            whole: 0.03,
            gone_after: None,
            was_gone: None,
        });
    }
    backtest.slos = vec![slo("web", vec![spec])];
    let said = text(&backtest);
    let line = "  before 1970-01-01 00:00 page, for at least 24m: SLOErrorBudgetBurn, of windows \
                that are not known; at least 3 % of the budget spent\n";
    assert!(said.contains(line), "{said}");
    let data: serde_json::Value = serde_json::from_str(&json(&backtest, "http://x")).unwrap();
    let alert = &data["slos"][0]["versions"][0]["alerts"][0];
    for unknown in ["pairs", "spent_before", "budget_was_gone"] {
        assert!(alert[unknown].is_null(), "{alert}");
    }
}
