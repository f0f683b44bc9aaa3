//! Two versions of a spec.

use std::process::Command;

use serde_json::Value;

use crate::month::{SPEC, backtest, json, slo, world};
use crate::world::{World, runtime};

/// The spec of the month as it was: less strict, and without one of the SLOs.
fn before() -> String {
    let web = SPEC.replacen("objective: 99.5", "objective: 95", 1);
    let web = web.replacen("promise: 99", "promise: 90", 1);
    let gone = web.find("- name: rare").unwrap();
    let old = "- name: old\n  objective: 90\n  sli: {events: {total: 'requests_total{job=\"web\"}', \
               bad_where: 'code=\"500\"'}}\n";
    format!("{}{old}", &web[..gone])
}

fn git(world: &World, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(world.folder()).args(args);
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", world.folder());
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "test");
        command.env(format!("GIT_{role}_EMAIL"), "test@example.com");
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
}

fn compared(found: &Value) {
    let change = &found["change"];
    let number = |value: &Value| value.as_f64().unwrap();
    let pages = &change["pages_per_month"];
    let slos = change["slos"].as_array().unwrap();
    let of = |name: &str| slos.iter().find(|slo| slo["slo"] == name);
    // At 95 %, half of the requests failing for half an hour are no page.
    let web = of("web").unwrap();
    assert!(number(&web["pages_per_month"]["before"]) < 1.5, "{web}");
    assert!(
        (number(&web["pages_per_month"]["after"]) - 2.0).abs() < 1e-9,
        "{web}"
    );
    assert_eq!(of("old").unwrap()["is_gone"], true);
    assert_eq!(of("rare").unwrap()["is_new"], true);
    assert!(of("month").is_none() && of("down").is_none());
    let sum = |which: &str| -> f64 {
        let all = found["slos"].as_array().unwrap().iter();
        let versions = all.flat_map(|slo| slo["versions"].as_array().unwrap());
        let versions = versions.filter(|version| version["version"] == which);
        versions
            .map(|version| number(&version["pages_per_month"]))
            .sum()
    };
    assert!((number(&pages["before"]) - sum("baseline")).abs() < 1e-9);
    assert!((number(&pages["after"]) - sum("spec")).abs() < 1e-9);
    let web = slo(found, "web");
    let versions = web["versions"].as_array().unwrap();
    let named = versions
        .iter()
        .map(|v| (v["version"].as_str().unwrap(), v["objective"].to_string()));
    assert_eq!(
        named.collect::<Vec<_>>(),
        [("spec", "99.5".to_owned()), ("baseline", "95".to_owned())]
    );
}

#[test]
fn what_a_change_does_comes_first() {
    runtime().block_on(async {
        let world = world(SPEC, &[]).await;
        std::fs::create_dir(world.path("old")).unwrap();
        std::fs::write(world.path("old/spec.yaml"), before()).unwrap();
        let cache = ["--cache", "cache"];
        let with = |baseline| [&cache[..], &["--baseline", baseline]].concat();
        let of_folder = json(&world, &with("old"));
        assert_eq!(of_folder["baseline"], "old");
        compared(&of_folder);

        // The same from a revision.
        std::fs::write(world.path("spec.yaml"), before()).unwrap();
        git(&world, &["init", "--quiet", "--initial-branch=main"]);
        git(&world, &["add", "spec.yaml"]);
        git(&world, &["commit", "--quiet", "--message", "before"]);
        std::fs::write(world.path("spec.yaml"), "service: broken\n").unwrap();
        git(
            &world,
            &["commit", "--quiet", "--all", "--message", "broken"],
        );
        std::fs::write(world.path("spec.yaml"), SPEC).unwrap();
        let mut of_revision = json(&world, &with("git:HEAD~1"));
        assert_eq!(of_revision["baseline"], "git:HEAD~1");
        of_revision["baseline"] = "old".into();
        assert!(of_revision == of_folder, "the comparisons differ");

        let text = backtest(&world, &with("old"));
        assert_eq!(text.code, Some(0), "{}", text.err);
        assert!(
            text.out
                .starts_with("This change takes pages per month from "),
            "{}",
            text.out
        );
        let new = text.out.lines().filter(|line| line.starts_with("  new: "));
        // Two pages and two tickets of `web`.
        assert_eq!(new.count(), 4, "{}", text.out);

        // What cannot be read says where it is.
        let broken = backtest(&world, &with("git:main"));
        assert_eq!(broken.code, Some(2), "{}", broken.err);
        assert!(
            broken.err.contains("git:main:spec.yaml:1"),
            "{}",
            broken.err
        );
        assert!(broken.out.is_empty(), "{}", broken.out);
        for (baseline, said) in [
            ("git:nowhere", "git says: fatal"),
            ("git:--help", "name a revision"),
            ("git:", "name a revision"),
            ("nowhere", "does not exist"),
        ] {
            let run = backtest(&world, &with(baseline));
            assert_eq!(run.code, Some(2), "{baseline}: {}", run.err);
            assert!(run.err.contains(said), "{baseline}: {}", run.err);
        }
    });
}
