//! Rules as a real Prometheus prints them are the rules that the specs compile to, and
//! no change to one goes unnoticed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "loaded_rules/mutants.rs"]
mod mutants;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use slosmith::check::rules::{ServerState, Specs, check, load};
use slosmith::check::{Findings, Scope};
use slosmith::diagnostic::Diagnostics;
use slosmith::output::prometheus::render;
use slosmith::prometheus::{RuleGroup, Server};
use slosmith::promql::ast::Expr;
use slosmith::promql::{equivalent, parse};
use slosmith::rules::{Layout, Options, Rule, RuleFile, compile};
use slosmith::slo::Slo;
use slosmith::source::Sources;

/// SLOs of some specs and what they compile to.
struct Compiled {
    slos: Vec<Slo>,
    files: Vec<RuleFile>,
}

impl Compiled {
    fn of(specs: &[PathBuf]) -> Self {
        let mut sources = Sources::default();
        let ids: Vec<_> = specs
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                sources.add(path.display().to_string(), text)
            })
            .collect();
        let mut diagnostics = Diagnostics::default();
        let slos = slosmith::spec::load(&sources, &ids, &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
        let files = compile(&slos, &slos, &Options::default());
        Self { slos, files }
    }

    /// What `check` finds in the rules of a server.
    fn findings(&self, loaded: &[RuleGroup]) -> Vec<String> {
        let slos: Vec<&Slo> = self.slos.iter().collect();
        let specs = Specs {
            layout: Layout::Native,
            slos: &slos,
            compiled: &self.files,
            all: &self.slos.iter().map(|slo| (&slo.id, slo)).collect(),
            complete: true,
        };
        let mut findings = Findings::default();
        check(loaded, &specs, &ServerState::default(), &mut findings);
        let all = findings.iter().map(|finding| &finding.diagnostic);
        all.map(|found| format!("{}: {}\n{:?}", found.code.id, found.message, found.detail))
            .collect()
    }

    fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        let groups = self.files.iter().flat_map(|file| &file.groups);
        groups.flat_map(|group| group.rules.iter().map(|rule| (group.name.as_str(), rule)))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml_files(folder: &str, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.to_str().unwrap().ends_with(end))
        .collect();
    paths.sort();
    paths
}

/// What Prometheus says of rule files.
async fn loaded(rule_files: &[String]) -> Vec<RuleGroup> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = rule_files
        .iter()
        .map(|file| format!("\n  - {file}"))
        .collect();
    let config = |_| format!("rule_files:{}\n", files.concat());
    let server = Server::start(folder.path(), config, &[]).await.unwrap();
    let client = server.client().unwrap();
    let mut findings = Findings::default();
    let groups = load(&client, &Scope::default(), false, &mut findings).await;
    server.stop().await.unwrap();
    assert!(findings.into_parts().1.is_empty());
    groups.unwrap().unwrap()
}

/// A `VictoriaMetrics` without vmalert knows of no rules, and says so as if there were none.
#[tokio::test]
async fn no_rules_are_no_answer_where_rules_are_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let config = |_| "global: {}\n".to_owned();
    let server = Server::start(folder.path(), config, &[]).await.unwrap();
    let client = server.client().unwrap();
    let (scope, mut findings) = (Scope::default(), Findings::default());
    for (is_victoria_metrics, expected) in [(false, Some(Vec::new())), (true, None)] {
        let groups = load(&client, &scope, is_victoria_metrics, &mut findings).await;
        assert_eq!(groups.unwrap(), expected);
    }
    assert_eq!(findings.into_parts().1.len(), 1);
}

fn expr(rule: &Rule) -> &Expr {
    match rule {
        Rule::Record { expr, .. } | Rule::Alert { expr, .. } => expr,
    }
}

#[tokio::test]
async fn generated_rules_are_what_prometheus_says_of_them() {
    let compiled = Compiled::of(&yaml_files("slo-specs", ".yaml"));
    let files = root().join("generated/rules/*.yaml");
    let groups = loaded(&[files.display().to_string()]).await;
    let findings = compiled.findings(&groups);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    let count: usize = groups.iter().map(|group| group.rules.len()).sum();
    assert_eq!(count, compiled.rules().count());
}

/// Every kind of SLI, and every key there is.
#[tokio::test]
async fn rules_of_every_kind_are_what_prometheus_says_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut topics: BTreeMap<String, Compiled> = BTreeMap::new();
    let mut specs = yaml_files("tests/rules", ".spec.yaml");
    specs.push(root().join("tests/data/every-key.yaml"));
    for spec in specs {
        let compiled = Compiled::of(std::slice::from_ref(&spec));
        let topic = spec.file_stem().unwrap().to_str().unwrap();
        let path = folder.path().join(topic);
        std::fs::create_dir(&path).unwrap();
        for file in &compiled.files {
            let text = render(file, &[]);
            std::fs::write(path.join(format!("{}.yaml", file.service)), text).unwrap();
        }
        topics.insert(format!("{}/", path.display()), compiled);
    }
    let files: Vec<String> = topics.keys().map(|path| format!("{path}*.yaml")).collect();
    let groups = loaded(&files).await;
    for (path, compiled) in topics {
        let here = groups.iter().filter(|group| group.file.starts_with(&path));
        let findings = compiled.findings(&here.cloned().collect::<Vec<_>>());
        assert!(findings.is_empty(), "{path}:\n{}", findings.join("\n"));
    }
}

/// Any one operator, number, matcher, window, label, function or grouping makes a
/// difference to what Prometheus runs.
#[tokio::test]
async fn no_change_to_an_expression_goes_unnoticed() {
    let compiled = Compiled::of(&yaml_files("slo-specs", ".yaml"));
    let files = root().join("generated/rules/*.yaml");
    let groups = loaded(&[files.display().to_string()]).await;
    let loaded = groups.iter().flat_map(|group| {
        let rules = group.rules.iter();
        rules.map(|rule| (group.name.as_str(), rule.query.as_str()))
    });
    // Both are in the order in which they are written, group by group.
    let mut by_group: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, query) in loaded {
        by_group.entry(group).or_default().push(query);
    }
    let mut expected: BTreeMap<&str, Vec<&Expr>> = BTreeMap::new();
    for (group, rule) in compiled.rules() {
        expected.entry(group).or_default().push(expr(rule));
    }
    let mut tried = 0;
    for (group, exprs) in expected {
        for (expr, query) in exprs.into_iter().zip(&by_group[group]) {
            let running = parse(query).unwrap();
            assert!(equivalent(&running, expr), "{group}: {query}");
            for mutant in mutants::of(expr) {
                assert!(
                    !equivalent(&running, &mutant),
                    "{group}: {query}\nis not {}",
                    slosmith::promql::print(&mutant)
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[tokio::test]
async fn a_rule_file_that_was_edited_is_found() {
    let compiled = Compiled::of(&yaml_files("slo-specs", ".yaml"));
    let folder = tempfile::tempdir().unwrap();
    for path in yaml_files("generated/rules", ".yaml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let edited = text.replacen("interval: 1m", "interval: 30s", 1);
        assert_ne!(text, edited);
        std::fs::write(folder.path().join(path.file_name().unwrap()), edited).unwrap();
    }
    let files = folder.path().join("*.yaml").display().to_string();
    let findings = compiled.findings(&loaded(&[files]).await);
    let expected = yaml_files("generated/rules", ".yaml").len();
    assert_eq!(findings.len(), expected, "{}", findings.join("\n"));
    let says = "evaluated every 30s instead of 1m";
    assert!(findings.iter().all(|found| found.contains(says)));
}

/// A file that was copied, one that was not deployed, and an SLO that was deleted.
#[tokio::test]
async fn files_that_do_not_belong_together_are_found() {
    let mut compiled = Compiled::of(&yaml_files("slo-specs", ".yaml"));
    let folder = tempfile::tempdir().unwrap();
    let rules = root().join("generated/rules");
    for (from, to) in [
        ("video", "video"),
        ("video", "copy"),
        ("website", "website"),
    ] {
        let from = rules.join(from).with_extension("yaml");
        std::fs::copy(from, folder.path().join(to).with_extension("yaml")).unwrap();
    }
    let files = folder.path().join("*.yaml").display().to_string();
    let groups = loaded(&[files]).await;
    let is_gone = |slo: &Slo| slo.id.service == "website";
    let gone = compiled.slos.iter().filter(|slo| is_gone(slo)).count();
    compiled.slos.retain(|slo| !is_gone(slo));
    let is_video = |slo: &&Slo| slo.id.service == "video";
    let copied = compiled.slos.iter().filter(is_video).count();
    let findings = compiled.findings(&groups);
    let count = |code: &str| findings.iter().filter(|f| f.starts_with(code)).count();
    assert_eq!(count("RUL001"), compiled.slos.len() - copied);
    assert_eq!(count("RUL003"), 0, "the service is not ours any more");
    assert_eq!(count("RUL007"), 1);
    let twice = format!("the rules of {copied} SLOs are loaded twice");
    assert!(findings.iter().any(|found| found.contains(&twice)));
    assert_eq!(findings.len(), compiled.slos.len() - copied + 1);

    let mut compiled = Compiled::of(&yaml_files("slo-specs", "website.yaml"));
    compiled.slos.truncate(1);
    let findings = compiled.findings(&groups);
    assert_eq!(findings.len(), gone - 1, "{}", findings.join("\n"));
    assert!(findings.iter().all(|found| found.starts_with("RUL003")));
}
