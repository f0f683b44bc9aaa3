use super::*;
use crate::check::Finding;
use crate::diagnostic::{Diagnostics, render_text};
use crate::prometheus::{LoadedRule, RuleKind};
use crate::promql::print;
use crate::rules::{Layout, Options, Rule, compile};
use crate::source::Sources;
use crate::spec;

const SPECS: &str = "\
apiVersion: slosmith/v1
service: shop
slos:
  - {name: checkout, objective: 99.9, sli: {events: {total: 'http_requests_total{job=\"shop\"}', bad_where: 'code=~\"5..\"'}}}
  - {name: search, objective: 99, sli: {events: {total: searches_total, bad: search_errors_total}}}
";
const FILE: &str = "/etc/prometheus/rules/shop.yaml";
const NOW: f64 = 1_000_000.0;

/// Two SLOs, and a server that runs their rules.
struct Scene {
    sources: Sources,
    slos: Vec<Slo>,
    compiled: Vec<RuleFile>,
    loaded: Vec<RuleGroup>,
    state: ServerState,
    complete: bool,
    layout: Layout,
}

impl Scene {
    fn new() -> Self {
        Self::in_layout(Layout::Native)
    }

    fn in_layout(layout: Layout) -> Self {
        let mut sources = Sources::default();
        let id = sources.add("shop.yaml", SPECS.to_owned());
        let mut diagnostics = Diagnostics::default();
        let slos = spec::load(&sources, &[id], &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
        let compiled = compile(&slos, &slos, &options(layout));
        let groups = compiled.iter().flat_map(|file| &file.groups);
        Self {
            sources,
            loaded: groups.map(loaded).collect(),
            compiled,
            slos,
            state: ServerState {
                now: NOW,
                start_time: Some(NOW - 86_400.0),
                last_reload: None,
                reload_config_success: Some(true),
            },
            complete: true,
            layout,
        }
    }

    /// Loads what the SLOs compile to in another layout, too.
    fn load_beside(&mut self, layout: Layout, file: &str) {
        let compiled = compile(&self.slos, &self.slos, &options(layout));
        let groups = compiled.iter().flat_map(|file| &file.groups);
        self.loaded.extend(groups.map(|group| RuleGroup {
            file: file.to_owned(),
            ..loaded(group)
        }));
    }

    fn group(&mut self, name: &str) -> &mut RuleGroup {
        let mut groups = self.loaded.iter_mut();
        groups.find(|group| group.name == name).unwrap()
    }

    /// The rule that records a series of `shop/checkout`, or raises an alert.
    fn rule(&mut self, name: &str) -> &mut LoadedRule {
        let mut rules = self.loaded.iter_mut().flat_map(|group| &mut group.rules);
        rules.find(|rule| rule.name == name).unwrap()
    }

    fn findings(&self) -> Vec<Finding> {
        let slos: Vec<&Slo> = self.slos.iter().collect();
        let all: Catalogue<'_> = self.slos.iter().map(|slo| (&slo.id, slo)).collect();
        let specs = Specs {
            layout: self.layout,
            slos: &slos,
            compiled: &self.compiled,
            all: &all,
            complete: self.complete,
        };
        let mut findings = Findings::default();
        check(&self.loaded, &specs, &self.state, &mut findings);
        findings.into_parts().0
    }

    fn codes(&self) -> Vec<&'static str> {
        let findings = self.findings();
        for finding in &findings {
            assert!(finding.diagnostic.help.is_some(), "{finding:?}");
        }
        findings
            .iter()
            .map(|found| found.diagnostic.code.id)
            .collect()
    }

    /// The only finding.
    fn finding(&self) -> Diagnostic {
        let mut findings = self.findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings.remove(0).diagnostic
    }

    fn shown(&self) -> String {
        let mut diagnostics = Diagnostics::default();
        diagnostics.extend(self.findings().into_iter().map(|found| found.diagnostic));
        render_text(&diagnostics, &self.sources, false)
    }
}

fn options(layout: Layout) -> Options {
    Options {
        layout,
        ..Options::default()
    }
}

/// What a server makes of a group.
fn loaded(group: &Group) -> RuleGroup {
    RuleGroup {
        name: group.name.clone(),
        file: FILE.to_owned(),
        interval: group.interval.as_secs_f64(),
        evaluation_time: 0.01,
        last_evaluation: Some(NOW - 30.0),
        rules: group.rules.iter().map(loaded_rule).collect(),
    }
}

fn loaded_rule(rule: &Rule) -> LoadedRule {
    let (kind, name, expr, hold, labels, annotations) = match rule {
        Rule::Record {
            record,
            expr,
            labels,
        } => (RuleKind::Recording, record, expr, None, &**labels, None),
        Rule::Alert {
            alert,
            expr,
            hold,
            labels,
            annotations,
        } => (
            RuleKind::Alerting,
            alert,
            expr,
            *hold,
            labels,
            Some(annotations),
        ),
    };
    LoadedRule {
        kind,
        name: name.clone(),
        query: print(expr),
        labels: labels.clone(),
        health: "ok".to_owned(),
        last_error: String::new(),
        last_evaluation: Some(NOW - 30.0),
        duration: hold.map_or(0.0, crate::duration::Duration::as_secs_f64),
        annotations: annotations.cloned().unwrap_or_default(),
        alerts: Vec::new(),
    }
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert!(Scene::new().codes().is_empty());
}

#[test]
fn rules_that_are_not_loaded() {
    let mut scene = Scene::new();
    scene
        .loaded
        .retain(|group| !group.name.contains("checkout"));
    insta::assert_snapshot!(scene.shown());
    scene.loaded.clear();
    assert_eq!(scene.codes(), ["RUL001", "RUL001"]);
    let help = scene.findings().remove(0).diagnostic.help.unwrap();
    assert!(help.contains("rule_files"), "{help}");
}

#[test]
fn one_of_two_groups_is_missing() {
    let mut scene = Scene::new();
    scene
        .loaded
        .retain(|group| group.name != "slo/shop/search/slow");
    let message = scene.finding().message;
    assert!(message.contains("only in part"), "{message}");
}

#[test]
fn a_failed_reload_explains_what_is_missing() {
    let mut scene = Scene::new();
    scene.state.reload_config_success = Some(false);
    assert_eq!(scene.codes(), ["RUL008"]);
    scene.loaded.clear();
    assert_eq!(scene.codes(), ["RUL008", "RUL001", "RUL001"]);
    let help = scene.findings().remove(1).diagnostic.help.unwrap();
    assert!(help.contains("RUL008"), "{help}");
}

#[test]
fn a_rule_that_differs() {
    let mut scene = Scene::new();
    let rule = scene.rule("slo:bad:rate5m");
    rule.query = rule.query.replace("5..", "50.");
    let alert = scene.rule("SLOErrorBudgetBurn");
    alert.duration = 300.0;
    alert.labels.insert("severity".into(), "critical".into());
    alert
        .annotations
        .insert("dashboard".into(), "https://grafana/d/x".into());
    insta::assert_snapshot!(scene.shown());
}

#[test]
fn any_difference_is_one() {
    type Change = fn(&mut Scene);
    let changes: [Change; 9] = [
        |scene| scene.group("slo/shop/checkout/fast").interval = 30.0,
        |scene| scene.group("slo/shop/checkout/fast").rules.swap(0, 1),
        |scene| drop(scene.group("slo/shop/checkout/slow").rules.pop()),
        |scene| scene.rule("slo:bad:rate5m").name = "slo:bad:rate10m".into(),
        |scene| scene.rule("slo:bad:rate5m").query = "not PromQL at all".into(),
        |scene| drop(scene.rule("slo:bad:rate5m").labels.remove("slo")),
        |scene| scene.rule("SLONoData").kind = RuleKind::Recording,
        |scene| drop(scene.rule("SLONoData").annotations.pop_first()),
        |scene| {
            let group = scene.group("slo/shop/search/fast");
            group.rules.extend(group.rules.last().cloned());
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut scene = Scene::new();
        change(&mut scene);
        assert_eq!(scene.codes(), ["RUL002"], "{index}");
    }
}

#[test]
fn a_difference_is_not_longer_than_somebody_reads() {
    let mut scene = Scene::new();
    for rule in &mut scene.group("slo/shop/checkout/fast").rules {
        rule.query = format!("{} + {}", rule.query, "x".repeat(1_000));
    }
    let detail = scene.finding().detail.unwrap();
    assert!(detail.len() < 8_000, "{}", detail.len());
    assert!(detail.contains("… and "), "{detail}");
}

/// A Thanos above several Prometheus adds where the rule runs.
#[test]
fn labels_that_every_rule_has_are_no_difference() {
    let mut scene = Scene::new();
    for rule in scene.loaded.iter_mut().flat_map(|group| &mut group.rules) {
        rule.labels.insert("cluster".into(), "eu".into());
    }
    assert!(scene.codes().is_empty());
    scene
        .rule("slo:bad:rate5m")
        .labels
        .insert("team".into(), "a".into());
    assert_eq!(scene.codes(), ["RUL002"]);
}

#[test]
fn rules_of_another_scope_are_left_out() {
    let scope = |text| Scope::new(crate::promql::parse_matchers(text).unwrap());
    let mut scene = Scene::new();
    let group = scene.group("slo/shop/checkout/fast");
    assert!(is_in_scope(group, &scope("cluster=\"eu\"")));
    group.rules[0].labels.insert("cluster".into(), "us".into());
    assert!(!is_in_scope(group, &scope("cluster=\"eu\"")));
    assert!(is_in_scope(group, &scope("cluster=\"us\"")));
}

#[test]
fn rules_of_an_slo_that_is_gone() {
    let mut scene = Scene::new();
    for (name, file) in [
        ("slo/shop/gone/fast", FILE),
        ("slo/shop/gone/slow", FILE),
        ("slo/other/thing/fast", FILE),
        (
            "slo/strange/thing/fast",
            "/etc/prometheus/rules/strange.yaml",
        ),
        ("slo/shop/gone/else", FILE),
        ("node", FILE),
    ] {
        let mut group = scene.loaded[0].clone();
        name.clone_into(&mut group.name);
        file.clone_into(&mut group.file);
        group.rules.clear();
        scene.loaded.push(group);
    }
    insta::assert_snapshot!(scene.shown());
    scene.complete = false;
    assert!(scene.codes().is_empty());
}

#[test]
fn rules_that_fail() {
    let mut scene = Scene::new();
    for name in ["slo:bad:rate5m", "slo:total:rate5m"] {
        let rule = scene.rule(name);
        rule.health = "err".to_owned();
        rule.last_error = format!(
            "found duplicate series for the match group {{job=\"{name}\"}} on the right \
             hand-side of the operation: [{{}}, {{}}];many-to-many matching not allowed"
        );
    }
    insta::assert_snapshot!(scene.shown());
    scene.rule("slo:bad:rate5m").last_error = "something new".to_owned();
    assert_eq!(scene.codes(), ["RUL004", "RUL004"]);
}

#[test]
fn rules_that_are_slow() {
    let mut scene = Scene::new();
    scene.group("slo/shop/checkout/fast").evaluation_time = 29.9;
    assert!(scene.codes().is_empty());
    scene.group("slo/shop/checkout/fast").evaluation_time = 30.0;
    let message = scene.finding().message;
    assert!(message.contains("50 % of its interval of 1m"), "{message}");
    scene.group("slo/shop/checkout/fast").evaluation_time = 61.0;
    let finding = scene.finding();
    assert!(finding.message.contains("skipped"), "{}", finding.message);
    assert_eq!(
        finding.query.unwrap(),
        "prometheus_rule_group_last_duration_seconds\
         {rule_group=\"/etc/prometheus/rules/shop.yaml;slo/shop/checkout/fast\"}"
    );
}

#[test]
fn rules_that_are_not_evaluated() {
    let mut scene = Scene::new();
    scene.group("slo/shop/checkout/fast").last_evaluation = Some(NOW - 180.0);
    assert!(scene.codes().is_empty());
    scene.group("slo/shop/checkout/fast").last_evaluation = Some(NOW - 300.0);
    let message = scene.finding().message;
    assert!(message.contains("last evaluated 5m ago"), "{message}");
}

#[test]
fn rules_that_have_just_been_loaded_have_time() {
    let mut scene = Scene::new();
    scene.group("slo/shop/checkout/slow").last_evaluation = None;
    let never = "has never been evaluated, and was loaded 1d ago";
    assert!(scene.finding().message.contains(never));
    scene.state.last_reload = Some(NOW - 60.0);
    assert!(scene.codes().is_empty());
    scene.state.last_reload = None;
    scene.state.start_time = Some(NOW - 599.0);
    assert!(scene.codes().is_empty());
    scene.state.start_time = None;
    assert!(scene.codes().is_empty());
}

#[test]
fn series_that_are_recorded_twice() {
    let mut scene = Scene::new();
    let mut copy = scene.group("slo/shop/checkout/fast").clone();
    // Another replica of the same server.
    scene.loaded.push(copy.clone());
    assert!(scene.codes().is_empty());
    copy.file = "/etc/prometheus/rules/shop-old.yaml".to_owned();
    scene.loaded.push(copy);
    insta::assert_snapshot!(scene.shown());
}

#[test]
fn the_same_name_for_another_slo_is_no_series_twice() {
    let mut scene = Scene::new();
    let mut copy = scene.group("slo/shop/checkout/fast").clone();
    copy.name = "mine".to_owned();
    copy.rules.retain(|rule| rule.name == "slo:bad:rate5m");
    copy.rules[0].labels.insert("slo".into(), "mine".into());
    scene.loaded.push(copy.clone());
    assert!(scene.codes().is_empty());
    copy.rules[0].labels.insert("slo".into(), "checkout".into());
    scene.loaded.push(copy);
    assert_eq!(scene.codes(), ["RUL007"]);
}

#[test]
fn rules_in_the_layout_of_sloth() {
    let mut scene = Scene::in_layout(Layout::Sloth);
    assert!(scene.codes().is_empty());
    scene.rule("slo:sli_error:ratio_rate1h").labels.clear();
    assert_eq!(scene.codes(), ["RUL002"]);
    scene.loaded.retain(|group| !group.name.ends_with("search"));
    assert_eq!(scene.codes(), ["RUL001", "RUL002"]);
}

#[test]
fn rules_in_the_other_layout_are_recognised() {
    for (layout, other, name) in [
        (Layout::Native, Layout::Sloth, "sloth"),
        (Layout::Sloth, Layout::Native, "native"),
    ] {
        let mut scene = Scene::in_layout(layout);
        scene.loaded.clear();
        scene.load_beside(other, FILE);
        assert_eq!(scene.codes(), ["RUL001", "RUL001"]);
        let help = scene.findings().remove(0).diagnostic.help.unwrap();
        assert!(help.contains(&format!("`--layout {name}`")), "{help}");
    }
}

/// What Sloth itself generated was not taken away.
#[test]
fn sloths_own_rules_beside() {
    let mut scene = Scene::in_layout(Layout::Sloth);
    let mut beside = scene
        .group("sloth-slo-sli-recordings-shop-checkout")
        .clone();
    beside.file = "/etc/prometheus/rules/sloth.yaml".to_owned();
    beside
        .rules
        .retain(|rule| rule.labels.contains_key("sloth_id"));
    for rule in &mut beside.rules {
        rule.query = "errors / requests".to_owned();
    }
    scene.loaded.push(beside);
    insta::assert_snapshot!(scene.shown());
}

#[test]
fn rules_of_an_slo_that_is_gone_in_the_layout_of_sloth() {
    let mut scene = Scene::in_layout(Layout::Sloth);
    scene.slos.retain(|slo| slo.id.name == "checkout");
    let gone = scene.finding();
    assert_eq!(gone.code.id, "RUL003");
    assert!(gone.message.contains("`shop/search`"), "{}", gone.message);
}
