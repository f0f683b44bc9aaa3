//! `slosmith generate` as people run it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A working directory with specs.
struct Workspace {
    directory: TempDir,
}

/// How a run ended.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Workspace {
    fn new(specs: &[(&str, &str)]) -> Self {
        let workspace = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        for (path, text) in specs {
            workspace.put(&format!("slo-specs/{path}"), text);
        }
        workspace
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn generate(&self, args: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_slosmith"))
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .arg("generate")
            .args(args)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Every file below a directory.
    fn tree(&self, directory: &str) -> BTreeMap<String, String> {
        fn walk(root: &Path, path: &Path, into: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(root, &path, into);
                } else {
                    let name = path.strip_prefix(root).unwrap().display().to_string();
                    into.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        let root = self.path(directory);
        let mut found = BTreeMap::new();
        if root.is_dir() {
            walk(&root, &root, &mut found);
        }
        found
    }

    fn rules(&self, directory: &str) -> Vec<String> {
        let rules = self.tree(directory).into_keys();
        rules.filter(|path| path.starts_with("rules/")).collect()
    }
}

fn spec(service: &str, slos: &[&str]) -> String {
    let mut text = format!("apiVersion: slosmith/v1\nservice: {service}\nslos:\n");
    for slo in slos {
        let slo = format!(
            r#"  - name: {slo}
    objective: 99.9
    scrape_interval: 30s
    sli:
      events: {{total: 'http_requests_total{{job="{service}",slo="{slo}"}}', bad_where: 'code=~"5.."'}}
"#
        );
        text.push_str(&slo);
    }
    text
}

/// Fails with the paths that differ, not with all their text.
fn assert_same(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) {
    let differs = |path: &&String| left.get(*path) != right.get(*path);
    let paths: Vec<_> = left.keys().chain(right.keys()).filter(differs).collect();
    assert!(paths.is_empty(), "these differ: {paths:?}");
    assert!(!left.is_empty());
}

fn promtool(args: &[&str], path: &Path) -> Output {
    Command::new("promtool")
        .args(args)
        .arg(path)
        .output()
        .expect("promtool is installed: scripts/install-prometheus")
}

fn assert_accepted(path: &Path) {
    let output = promtool(&["check", "rules"], path);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn two_services() -> Workspace {
    Workspace::new(&[
        ("shop.yaml", &spec("shop", &["api", "cart"])),
        ("billing/billing.yaml", &spec("billing", &["invoices"])),
    ])
}

#[test]
fn writes_once() {
    let workspace = two_services();
    let run = workspace.generate(&[]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
    assert!(
        run.err.starts_with("3 SLOs in 2 services → "),
        "{}",
        run.err
    );
    let first = workspace.tree("generated");
    assert_eq!(
        workspace.rules("generated"),
        ["rules/billing.yaml", "rules/shop.yaml"]
    );
    for rules in workspace.rules("generated") {
        assert_accepted(&workspace.path("generated").join(rules));
    }

    let run = workspace.generate(&[]);
    assert!(run.err.ends_with("0 changed\n"), "{}", run.err);
    assert_same(&workspace.tree("generated"), &first);
}

#[test]
fn unit_tests_come_and_go_with_their_service() {
    let workspace = two_services();
    workspace.generate(&[]);
    let of = |service: &str| {
        ["tests", "tests/slow"]
            .map(|folder| workspace.path(&format!("generated/{folder}/{service}.yaml")))
    };
    assert!(of("billing").iter().all(|path| path.exists()));
    fs::remove_file(workspace.path("slo-specs/billing/billing.yaml")).unwrap();
    let run = workspace.generate(&[]);
    assert!(run.err.ends_with("0 changed, 3 deleted\n"), "{}", run.err);
    assert!(!of("billing").iter().any(|path| path.exists()));
    assert!(of("shop").iter().all(|path| path.exists()));
}

/// The same bytes, however the specs are named and wherever they lie.
#[test]
fn is_deterministic() {
    let here = two_services();
    here.generate(&[]);
    let there = two_services();
    let absolute = there.path("slo-specs");
    let run = there.generate(&[
        "slo-specs/shop.yaml",
        "./slo-specs/billing",
        "-o",
        "elsewhere",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    there.generate(&[absolute.to_str().unwrap(), "-o", "absolute"]);
    assert_same(&here.tree("generated"), &there.tree("elsewhere"));
    assert_same(&here.tree("generated"), &there.tree("absolute"));
}

#[test]
fn check_shows_what_is_not_fresh() {
    let workspace = two_services();
    workspace.generate(&[]);
    let fresh = workspace.generate(&["--check"]);
    assert_eq!((fresh.code, fresh.out.as_str()), (Some(0), ""));

    let shop = fs::read_to_string(workspace.path("generated/rules/shop.yaml")).unwrap();
    workspace.put(
        "generated/rules/shop.yaml",
        &shop.replacen("interval: 1m", "interval: 2m", 1),
    );
    fs::remove_file(workspace.path("generated/rules/billing.yaml")).unwrap();
    let header = shop.lines().next().unwrap();
    workspace.put("generated/rules/gone.yaml", &format!("{header}\ngone\n"));
    workspace.put("generated/rules/foreign.yaml", "mine\n");

    let before = workspace.tree("generated");
    let run = workspace.generate(&["--check"]);
    assert_eq!(run.code, Some(1));
    assert_same(&workspace.tree("generated"), &before);
    for (what, text) in [
        ("changed", "-    interval: 2m\n+    interval: 1m\n"),
        (
            "missing",
            "--- /dev/null\n+++ generated/rules/billing.yaml\n",
        ),
        (
            "left over",
            "--- generated/rules/gone.yaml\n+++ /dev/null\n",
        ),
    ] {
        assert!(run.out.contains(text), "{what}:\n{}", run.out);
    }
    assert_eq!(run.err.matches("OUT004").count(), 3, "{}", run.err);
    assert!(!run.out.contains("foreign"), "{}", run.out);

    let run = workspace.generate(&[]);
    assert!(run.err.ends_with("2 changed, 1 deleted\n"), "{}", run.err);
    assert_eq!(workspace.generate(&["--check"]).code, Some(0));
    assert!(workspace.path("generated/rules/foreign.yaml").exists());
}

#[test]
fn errors_touch_nothing() {
    let workspace = two_services();
    workspace.generate(&[]);
    let before = workspace.tree("generated");
    workspace.put("slo-specs/shop.yaml", &spec("shop", &["changed"]));
    workspace.put("slo-specs/new.yaml", &spec("new", &["api"]));
    workspace.put(
        "slo-specs/broken.yaml",
        &spec("broken", &["api"]).replace("99.9", "100"),
    );
    for args in [&[][..], &["--check"], &["-o", "-"], &["--table"]] {
        let run = workspace.generate(args);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.err.contains("slo-specs/broken.yaml:5:"), "{}", run.err);
    }
    assert_same(&workspace.tree("generated"), &before);

    fs::remove_file(workspace.path("slo-specs/broken.yaml")).unwrap();
    workspace.put("generated/rules/new.yaml", "groups: []\n");
    let before = workspace.tree("generated");
    let run = workspace.generate(&[]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("OUT001"), "{}", run.err);
    assert!(run.err.contains("generated/rules/new.yaml"), "{}", run.err);
    assert_same(&workspace.tree("generated"), &before);
}

#[test]
fn prints_one_document() {
    let workspace = two_services();
    let run = workspace.generate(&["-o", "-"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(!workspace.path("generated").exists());
    workspace.put("all.yaml", &run.out);
    assert_accepted(&workspace.path("all.yaml"));

    // The same groups as in the files, in the same order.
    workspace.generate(&[]);
    let groups = |text: &str| -> Vec<serde_json::Value> {
        let read: serde_json::Value = serde_yaml::from_str(text).unwrap();
        read["groups"].as_array().unwrap().clone()
    };
    let files = workspace.tree("generated");
    let written: Vec<_> = workspace
        .rules("generated")
        .iter()
        .flat_map(|path| groups(&files[path]))
        .collect();
    assert!(groups(&run.out) == written, "the groups differ");
}

#[test]
fn prints_resources_as_documents() {
    let workspace = two_services();
    let args = ["--format", "operator", "-o", "-"];
    let run = workspace.generate(&[&args[..], &["--resource-label", "release=yes"]].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    let resources: Vec<serde_json::Value> = serde_yaml::from_multiple(&run.out).unwrap();
    let names: Vec<_> = resources.iter().map(|r| &r["metadata"]["name"]).collect();
    assert_eq!(names, ["slo-billing", "slo-shop"]);
    for resource in &resources {
        assert_eq!(resource["apiVersion"], "monitoring.coreos.com/v1");
        assert_eq!(resource["kind"], "PrometheusRule");
        assert_eq!(resource["metadata"]["labels"]["release"], "yes");
    }
    // What the operator hands to Prometheus is what we would have written.
    workspace.generate(&[]);
    let written = workspace.tree("generated");
    let rules: serde_json::Value = serde_yaml::from_str(&written["rules/shop.yaml"]).unwrap();
    assert!(resources[1]["spec"] == rules, "the rules differ");
}

/// A selection writes whole services, and leaves all others alone.
#[test]
fn a_selection_takes_nothing_away() {
    let workspace = two_services();
    workspace.generate(&[]);
    let before = workspace.tree("generated");
    fs::remove_file(workspace.path("slo-specs/billing/billing.yaml")).unwrap();
    workspace.put(
        "generated/rules/shop.yaml",
        before["rules/billing.yaml"].as_str(),
    );
    let run = workspace.generate(&["--select", "service=shop,slo=api"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_same(&workspace.tree("generated"), &before);

    let printed = workspace.generate(&["--select", "slo=api", "-o", "-"]);
    assert!(printed.out.contains("slo/shop/api/"), "{}", printed.out);
    assert!(!printed.out.contains("slo/shop/cart/"), "{}", printed.out);
}

#[test]
fn names_that_meet_are_reported() {
    let workspace = Workspace::new(&[
        ("a.yaml", &spec("shop-a", &["one"])),
        ("b.yaml", &spec("shop_a", &["two"])),
    ]);
    assert_eq!(workspace.generate(&["-o", "-"]).code, Some(0));
    let run = workspace.generate(&["--format", "operator", "-o", "-"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("OUT003"), "{}", run.err);
    assert!(run.err.contains("slo-specs/b.yaml:2:10"), "{}", run.err);
}

#[test]
fn adds_matchers_and_labels() {
    let workspace = two_services();
    let run = workspace.generate(&[
        "-o",
        "-",
        "--match",
        r#"env="prod",cluster!~"test.*""#,
        "--label",
        "origin=a=b",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let selectors: Vec<_> = run
        .out
        .lines()
        .filter(|line| line.contains("http_requests_total"))
        .collect();
    assert!(!selectors.is_empty());
    for line in selectors {
        assert!(line.contains(r#"env="prod""#), "{line}");
        assert!(line.contains(r#"cluster!~"test.*""#), "{line}");
    }
    assert!(!run.out.contains("slo:total:rate5m{env"), "{}", run.out);
    assert!(run.out.contains("origin: a=b"), "{}", run.out);
    workspace.put("all.yaml", &run.out);
    assert_accepted(&workspace.path("all.yaml"));
}

#[test]
fn options_that_cannot_be_added_are_findings() {
    let workspace = two_services();
    for args in [
        ["--match", r#"env="prod"#],
        ["--match", r#"__name__="up""#],
        ["--label", "service=shop"],
        ["--label", "9=a"],
        ["--label", "__a=b"],
        ["--label", "team"],
    ] {
        let run = workspace.generate(&[&args[..], &["-o", "-"]].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.err.contains("OUT007"), "{args:?}: {}", run.err);
        assert!(run.err.contains(&format!("{}:1:", args[0])), "{}", run.err);
    }
    let run = workspace.generate(&["--check", "-o", "-"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
}

/// Text from a spec comes out of Prometheus as it went in.
#[test]
fn hostile_text_is_only_text() {
    let hostile = [
        "NO",
        "1_000",
        "a: b # c",
        "{{ $labels.x }} {{ end",
        "say \"hi\" \\n",
        "one\n\n  two\n",
        "nel\u{85}bom\u{feff}",
    ];
    for text in hostile {
        let quoted = serde_json::to_string(text).unwrap();
        let spec = spec("shop", &["api"]).replace(
            "    objective",
            &format!("    description: {quoted}\n    objective"),
        );
        let spec = spec.replace("slos:", &format!("owner: {quoted}\nslos:"));
        let workspace = Workspace::new(&[("a.yaml", &spec)]);
        let run = workspace.generate(&[]);
        assert_eq!(run.code, Some(0), "{text:?}: {}", run.err);
        assert_accepted(&workspace.path("generated/rules/shop.yaml"));
    }
}

#[test]
fn shows_when_alerts_fire() {
    let workspace = two_services();
    let run = workspace.generate(&["--table", "--select", "service=billing"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(!workspace.path("generated").exists());
    insta::assert_snapshot!(run.out, @r"
    billing/invoices: 99.9 % over 30d
      alert   factor  long  short  from errors  spends  outage fires in  resets in
      page     14.4x    1h     5m       1.44 %     2 %               7m         8m
      page        6x    6h    30m        0.6 %     5 %               9m        36m
      ticket      3x    1d     2h        0.3 %    10 %              15m       2h6m
      ticket      1x    3d     6h        0.1 %    10 %              15m       6h6m
    ");
}

#[test]
fn a_calendar_period_reads_well_and_shares_are_short() {
    let text = "apiVersion: slosmith/v1\nservice: shop\nslos:\n  \
        - {name: up, objective: 99, period: {calendar: week}, sli: {probe: {metric: up}}}\n";
    let run = Workspace::new(&[("shop.yaml", text)]).generate(&["--table"]);
    assert!(
        run.out.starts_with("shop/up: 99 % per week (UTC)\n"),
        "{}",
        run.out
    );
    // 14.4 · 30m / 7d
    assert!(run.out.contains(" 4.29 % "), "{}", run.out);
}
