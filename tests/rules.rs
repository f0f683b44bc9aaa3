//! The meaning of generated rules, run in Prometheus' own engine.
//!
//! Every topic has a spec and scenarios: `rules/<topic>.spec.yaml` and
//! `rules/<topic>.test.yaml`, the latter as `promtool test rules` reads it. The
//! scenarios state raw increments and the numbers that follow from them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rules/matrix.rs"]
mod matrix;
#[path = "rules/mutations.rs"]
mod mutations;
#[path = "rules/zones.rs"]
mod zones;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A topic compiled into a folder of its own.
struct Topic {
    name: &'static str,
    folder: tempfile::TempDir,
}

impl Topic {
    fn compile(name: &'static str, arguments: &[&str]) -> Self {
        let spec = std::fs::read_to_string(scenes().join(format!("{name}.spec.yaml"))).unwrap();
        Self::compile_text(name, &spec, arguments)
    }

    fn compile_text(name: &'static str, spec: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("{name}.spec.yaml"));
        std::fs::write(&file, spec).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_slosmith"))
            .arg("generate")
            .arg(file)
            .arg("-o")
            .arg(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {said}");
        Self { name, folder }
    }

    /// Changes the compiled rules.
    fn rewrite(&self, mut change: impl FnMut(&str) -> String) {
        for entry in std::fs::read_dir(self.folder.path().join("rules")).unwrap() {
            let path = entry.unwrap().path();
            let rules = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, change(&rules)).unwrap();
        }
    }

    /// Runs the scenarios; what promtool says is the error.
    fn play(&self) -> Result<(), String> {
        let scenarios = format!("{}.test.yaml", self.name);
        std::fs::copy(
            scenes().join(&scenarios),
            self.folder.path().join(&scenarios),
        )
        .unwrap();
        promtool(self.folder.path(), &["test", "rules", &scenarios])
    }
}

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn promtool(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("promtool")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("promtool must be installed: make prometheus");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // Duplicate rules are reported without a failing exit code.
    if output.status.success() && !said.contains("FAILED") {
        Ok(())
    } else {
        Err(said.into_owned())
    }
}

fn holds(topic: &'static str, arguments: &[&str]) {
    if let Err(said) = Topic::compile(topic, arguments).play() {
        panic!("{said}");
    }
}

/// A test for every topic.
macro_rules! topics {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                holds(stringify!($name), &[]);
            }
        )*

        const TOPICS: &[&str] = &[$(stringify!($name)),*];
    };
}

topics! {
    budget
    burn
    calendar
    composite
    events
    few_events
    freshness
    groups
    latency
    no_data
    openslo
    period
    probe
    ratio
    satisfaction
    slices
    texts
    threshold
}

#[test]
fn matchers_of_a_run_narrow_every_selector() {
    holds(
        "match",
        &["--match", "env=\"prod\"", "--label", "cluster=eu"],
    );
}

#[test]
fn every_topic_is_played() {
    let mut found: Vec<_> = std::fs::read_dir(scenes())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".test.yaml").map(str::to_owned))
        .filter(|name| name != "match")
        .collect();
    found.sort();
    assert_eq!(found, TOPICS);
}
