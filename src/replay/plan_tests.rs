use std::fs;
use std::path::PathBuf;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::replay::planner::plan;
use crate::rules::{Layout, Options, RuleFile, compile};
use crate::source::Sources;
use crate::spec::load_all;

fn compiled(texts: &[String], layout: Layout) -> Vec<RuleFile> {
    let mut sources = Sources::default();
    let mut named = texts.iter().enumerate();
    let ids: Vec<_> = named
        .by_ref()
        .map(|(index, text)| sources.add(format!("{index}.yaml"), text.clone()))
        .collect();
    let slos = load_all(&sources, &ids, &mut Diagnostics::default()).slos;
    let options = Options {
        layout,
        ..Options::default()
    };
    compile(&slos, &slos, &options)
}

/// Every spec of the tests and the project.
fn specs() -> Vec<PathBuf> {
    let folders = ["tests/rules", "tests/data", "tests/proof", "slo-specs"];
    let files = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = files.map(|entry| entry.unwrap().path());
    let is_spec = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.contains("apiVersion: slosmith/v1")
    };
    paths.filter(is_spec).collect()
}

#[test]
fn every_rule_there_is_can_be_planned() {
    for layout in [Layout::Native, Layout::Sloth] {
        let mut planned = 0;
        for path in specs() {
            let text = fs::read_to_string(&path).unwrap();
            let files = compiled(&[text], layout);
            let plan = plan(&files, |_| true)
                .unwrap_or_else(|error| panic!("{}: {}", path.display(), error.0));
            planned += plan.rules.len();
            for question in &plan.questions {
                assert!(!question.query.contains("slo:"), "{}", question.query);
            }
        }
        assert!(planned > 500, "{planned}");
    }
}

#[test]
fn what_reads_raw_metrics_only_is_asked_in_one_piece() {
    let files = compiled(
        &[
            "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: 99.9\n  \
           period: 30d\n  scrape_interval: 30s\n  \
           sli: {events: {total: requests_total, bad_where: 'code=\"500\"'}}\n"
                .to_owned(),
        ],
        Layout::Native,
    );
    let plan = plan(&files, |_| true).unwrap();
    let asked: Vec<_> = plan
        .questions
        .iter()
        .map(|question| (question.query.as_str(), question.step / 1000))
        .collect();
    assert_eq!(
        asked,
        [
            ("sum(rate(requests_total[5m]))", 60),
            ("sum(rate(requests_total{code=\"500\"}[5m]))", 60),
            ("sum(rate(requests_total[5m30s]))", 300),
            ("sum(rate(requests_total{code=\"500\"}[5m30s]))", 300),
        ]
    );
    // Each rule comes after what it reads.
    for (index, rule) in plan.rules.iter().enumerate() {
        assert!(
            rule.reads.iter().all(|read| *read < index),
            "{}",
            rule.record
        );
    }
}

#[test]
fn the_end_of_a_query_is_another_one_for_each_evaluation() {
    let files = compiled(
        &[
            "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: 99.9\n  \
           period: 30d\n  sli: {probe: {metric: 'up @ end()'}}\n"
                .to_owned(),
        ],
        Layout::Native,
    );
    assert!(!files.is_empty() && plan(&files, |_| true).is_err());
}

#[test]
fn what_sets_of_rules_have_in_common_is_planned_once() {
    let spec = |objective: &str, code: &str| {
        format!(
            "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: {objective}\n  \
             period: 30d\n  scrape_interval: 30s\n  \
             sli: {{events: {{total: requests_total, bad_where: 'code=\"{code}\"'}}}}\n"
        )
    };
    let mut planner = crate::replay::Planner::default();
    let mut add = |objective: &str, code: &str| {
        let files = compiled(&[spec(objective, code)], Layout::Native);
        let alerts = files.iter().flat_map(|file| &file.groups);
        let alerts = alerts.flat_map(|group| &group.rules);
        let alerts = alerts.filter_map(|rule| match rule {
            crate::rules::Rule::Alert { expr, .. } => Some((expr, 60_000)),
            crate::rules::Rule::Record { .. } => None,
        });
        let is_tile = |name: &str, _: &Labels| name.ends_with(":tile5m");
        planner.add(&files, is_tile, alerts).unwrap()
    };
    let (one, stricter, other) = (add("99", "500"), add("99.9", "500"), add("99", "503"));
    let plan = planner.done();
    // Ratios do not depend on the objective, alerts do.
    assert_eq!(one.rules, stricter.rules);
    assert!(one.looks.iter().zip(&stricter.looks).any(|(a, b)| a != b));
    // Tiles of all events are the same, those of bad ones and what reads them are not,
    // although the texts of their rules may be.
    assert_eq!(one.rules[0], other.rules[0]);
    assert_ne!(one.rules[1], other.rules[1]);
    let burn = |added: &crate::replay::Added| added.looks[0];
    assert_ne!(burn(&one), burn(&other));
    assert_eq!(plan.questions.len(), 6);
}

#[test]
fn absence_has_the_labels_that_were_asked_for() {
    for (text, labels) in [
        ("absent(up{job=\"a\", env=~\"x|y\"})", "job=a"),
        ("absent(up{job=\"a\", job=\"b\", pod=\"c\"})", "pod=c"),
        ("absent(up{job=\"\"})", ""),
        ("absent((up{job=\"a\"}))", "job=a"),
        ("absent(up{job=\"a\"} + up)", ""),
    ] {
        let expr = promql::parse(text).unwrap();
        let ExprKind::Call(call) = &expr.kind else {
            panic!("{text}");
        };
        let found = labels_of_absent(&call.args[0]);
        let found: Vec<_> = found.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(found.join(","), labels, "{text}");
    }
}
