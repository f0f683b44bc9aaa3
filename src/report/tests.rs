//! What people and programs see, on one outcome with everything that is hard to show.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::sample::outcome;
use super::{Style, github, json, junit, markdown, terminal};
use crate::check::Outcome;
use crate::source::Sources;

const PLAIN: Style = Style {
    colour: false,
    width: usize::MAX,
    verbose: false,
};

fn stripped(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn at_a_glance() {
    let (outcome, sources) = outcome();
    insta::assert_snapshot!(terminal(&outcome, &sources, PLAIN));
}

#[test]
fn on_a_narrow_terminal() {
    let (outcome, sources) = outcome();
    let style = Style {
        width: 100,
        verbose: true,
        ..PLAIN
    };
    insta::assert_snapshot!(terminal(&outcome, &sources, style));
}

#[test]
fn colours_change_no_position() {
    let (outcome, sources) = outcome();
    let coloured = Style {
        colour: true,
        ..PLAIN
    };
    let coloured = terminal(&outcome, &sources, coloured);
    assert!(
        coloured.contains("\u{1b}[1m\u{1b}[31mbreached"),
        "{coloured:?}"
    );
    let plain = terminal(&outcome, &sources, PLAIN);
    let table = |text: &str| text.lines().take(11).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(table(&stripped(&coloured)), table(&plain));
}

#[test]
fn rows_have_their_columns_below_each_other() {
    let (outcome, sources) = outcome();
    let text = terminal(&outcome, &sources, PLAIN);
    let head = text.lines().next().unwrap();
    let rows = text.lines().skip(1).take_while(|line| !line.is_empty());
    let rows: Vec<_> = rows.filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(rows.len(), outcome.standings.len());
    // Where a column ends that stands to the right, or one begins that stands to the left.
    let column = |line: &str, at: usize| line[..at].width();
    let begins = |line: &str, text: &str| line.find(text).map(|at| column(line, at));
    let ends = |line: &str, text: &str| line.find(text).map(|at| column(line, at + text.len()));
    for row in rows {
        assert_eq!(begins(row, "billing/"), begins(head, "slo"), "{row}");
        assert_eq!(begins(row, "1h"), begins(head, "burn rate"), "{row}");
        assert_eq!(begins(row, "99"), begins(head, "objective"), "{row}");
        let coverage = ["100 %", "12.3 %", ">99.9 %", "no data"];
        let end = ends(head, "coverage");
        assert!(coverage.iter().any(|text| {
            row.match_indices(text)
                .any(|(at, _)| Some(column(row, at + text.len())) == end)
        }));
    }
}

#[test]
fn nothing_acts_on_a_terminal() {
    let (outcome, sources) = outcome();
    for text in [
        terminal(&outcome, &sources, PLAIN),
        json(&outcome, &sources),
        junit(&outcome, &sources),
        github(&outcome, &sources),
        markdown(&outcome, &sources),
    ] {
        let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(acts), "{text:?}");
        assert!(text.ends_with('\n'));
    }
}

#[test]
fn for_programs() {
    let (outcome, sources) = outcome();
    let text = json(&outcome, &sources);
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let rows = parsed["slos"].as_array().unwrap();
    assert_eq!(rows.len(), outcome.standings.len());
    assert_eq!(
        rows[0]["group"]["region"],
        outcome.standings[0].group["region"]
    );
    assert_eq!(rows[1]["reasons"][0], outcome.standings[1].reasons[0]);
    assert_eq!(rows[1]["error_ratio"], Value::Null);
    assert!(text.contains("\"objective\": 99.99999999999999999,"));
    insta::assert_snapshot!(text);
}

#[test]
fn every_field_is_documented() {
    fn fields(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    into.insert(key.clone());
                    // What is in these are labels, not fields.
                    if key != "group" && key != "labels" {
                        fields(value, into);
                    }
                }
            }
            Value::Array(array) => array.iter().for_each(|value| fields(value, into)),
            _ => {}
        }
    }
    let page = include_str!("../../docs/check-json.md");
    let of = |text: &str| {
        let mut keys = BTreeSet::new();
        fields(&serde_json::from_str(text).unwrap(), &mut keys);
        keys
    };
    let (outcome, sources) = outcome();
    let keys = of(&json(&outcome, &sources));
    let undocumented: Vec<_> = keys
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let (_, example) = page.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(of(example), keys);
}

#[test]
fn for_ci() {
    let (outcome, sources) = outcome();
    let text = junit(&outcome, &sources);
    let xml = roxmltree::Document::parse(&text).unwrap();
    let all = |tag: &'static str| xml.descendants().filter(move |node| node.has_tag_name(tag));
    let cases = all("testcase").count();
    assert_eq!(
        xml.root_element().attribute("tests"),
        Some(cases.to_string().as_str())
    );
    let sum: usize = all("testsuite")
        .map(|suite| suite.attribute("tests").unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(sum, cases);
    let verdict = all("error").next().unwrap().attribute("type");
    assert_eq!(verdict, Some("unknown"));
    insta::assert_snapshot!(text);
}

#[test]
fn for_github() {
    let (outcome, sources) = outcome();
    insta::assert_snapshot!(github(&outcome, &sources));
}

#[test]
fn for_pull_requests() {
    let (outcome, sources) = outcome();
    insta::assert_snapshot!(markdown(&outcome, &sources));
}

#[test]
fn a_comment_has_room_for_ten_thousand() {
    let (mut outcome, sources) = outcome();
    outcome.standings = outcome
        .standings
        .iter()
        .cycle()
        .take(10_000)
        .cloned()
        .collect();
    outcome.sort();
    let text = markdown(&outcome, &sources);
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(text.contains("Not shown: "));
    assert!(text.contains("rows more"));
}

#[test]
fn when_there_is_nothing() {
    let (outcome, sources) = (Outcome::default(), Sources::default());
    let all = [
        terminal(&outcome, &sources, PLAIN),
        json(&outcome, &sources),
        junit(&outcome, &sources),
        github(&outcome, &sources),
        markdown(&outcome, &sources),
    ];
    roxmltree::Document::parse(&all[2]).unwrap();
    insta::assert_snapshot!(all.join("----\n"));
}
