//! Every finding is provoked at its exact place, explained, and says how to fix it.
//!
//! `findings/<CODE>.yaml` (or `<CODE>-<variant>.yaml`) is a broken spec. Its last lines are
//! the findings that it must give, all of them, in order of place: `# expect: <CODE> <line>:<column>`.
//! `UPDATE_EXPECT=1 cargo test --test findings` rewrites these lines; read what it wrote.
//! What no single file can provoke is in [`situations`].
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "texts are built once"
)]

#[path = "findings/pages.rs"]
mod pages;
#[path = "findings/situations.rs"]
mod situations;
#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use slosmith::diagnostic::codes;

use slosmith_command::{Finding, findings, validate};

const FOLDER: &str = "tests/findings";
const EXPECT: &str = "# expect: ";

/// Every fixture, as a path from the root of the project.
fn fixtures() -> Vec<PathBuf> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                into.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(Path::new(FOLDER), &mut paths);
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// The code that a fixture is named after.
fn code_of(fixture: &Path) -> String {
    let stem = fixture.file_stem().unwrap().to_str().unwrap();
    stem.split('-').next().unwrap().to_owned()
}

/// Code and place, as fixtures write them.
fn shown(finding: &Finding) -> String {
    let place = |number: Option<usize>| number.map_or("-".to_owned(), |n| n.to_string());
    let Finding { line, column, .. } = finding;
    format!("{} {}:{}", finding.code, place(*line), place(*column))
}

fn expected(fixture: &Path) -> Vec<String> {
    let text = fs::read_to_string(fixture).unwrap();
    let (_, expectations) = split(&text);
    expectations
}

/// What a fixture is, and what it expects.
fn split(text: &str) -> (String, Vec<String>) {
    let (expectations, spec): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(EXPECT));
    let expectations = expectations
        .iter()
        .map(|line| line[EXPECT.len()..].to_owned());
    (spec.join("\n"), expectations.collect())
}

fn update(fixture: &Path, found: &[String]) {
    let (spec, _) = split(&fs::read_to_string(fixture).unwrap());
    let lines: String = found
        .iter()
        .map(|line| format!("{EXPECT}{line}\n"))
        .collect();
    fs::write(fixture, format!("{}\n\n{lines}", spec.trim_end())).unwrap();
}

#[test]
fn fixtures_give_what_they_expect() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        let path = fixture.to_str().unwrap();
        let found: Vec<_> = findings(&[path]).iter().map(shown).collect();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            update(&fixture, &found);
        }
        let expected = expected(&fixture);
        if found != expected {
            wrong += &format!("{path}:\n  expected {expected:?}\n  found    {found:?}\n");
        }
        let code = code_of(&fixture);
        if !expected.iter().any(|line| line.starts_with(&code)) {
            wrong += &format!("{path}: does not expect the code it is named after\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Whoever reads a finding learns what to do about it.
#[test]
fn every_finding_helps() {
    let found = findings(&[FOLDER]);
    let silent: Vec<_> = found
        .iter()
        .filter(|finding| {
            finding
                .help
                .as_deref()
                .is_none_or(|help| help.trim().is_empty())
        })
        .map(|finding| format!("{}: {}", shown(finding), finding.message))
        .collect();
    assert!(silent.is_empty(), "without help:\n{}", silent.join("\n"));
}

/// All fixtures in one run, as a person sees it; nothing is lost or added by the company.
#[test]
fn all_in_one_run() {
    let together: BTreeSet<_> = findings(&[FOLDER])
        .iter()
        .map(|finding| (finding.file.clone().unwrap_or_default(), shown(finding)))
        .collect();
    let apart: BTreeSet<_> = fixtures()
        .iter()
        .flat_map(|fixture| {
            let file = fixture.to_str().unwrap().to_owned();
            expected(fixture)
                .into_iter()
                .map(move |line| (file.clone(), line))
        })
        .collect();
    assert_eq!(together, apart);
    let run = validate(&[FOLDER]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(run.err);
}

#[test]
fn codes_are_unique() {
    let mut known = BTreeSet::new();
    for code in codes::all() {
        assert!(known.insert(code.id), "{} is used twice", code.id);
        assert!(known.insert(code.name), "{} is used twice", code.name);
    }
}

/// What tests on real and fake servers say.
fn tests_on_servers() -> String {
    let mut texts = String::new();
    let folders = [
        "tests/check",
        "tests/series",
        "tests/backfill",
        "tests/whatif",
    ];
    let mut open = folders.map(PathBuf::from).to_vec();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                texts += &fs::read_to_string(path).unwrap();
            }
        }
    }
    texts
}

#[test]
fn every_code_is_provoked() {
    let fixtures: BTreeSet<_> = fixtures().iter().map(|path| code_of(path)).collect();
    let provoked = |id: &str| {
        fixtures.contains(id) || situations::ALL.iter().any(|situation| situation.code == id)
    };
    let live: BTreeSet<_> = codes::live().map(|code| code.id).collect();
    let missing: Vec<_> = codes::all()
        .map(|code| code.id)
        .filter(|id| !live.contains(id) && !provoked(id))
        .collect();
    assert!(
        missing.is_empty(),
        "neither fixture nor situation: {missing:?}"
    );
    let tests = tests_on_servers();
    // In quotes: a comment expects nothing.
    let is_expected = |id: &str| tests.contains(&format!("\"{id}"));
    let missing: Vec<_> = live.iter().filter(|id| !is_expected(id)).collect();
    assert!(
        missing.is_empty(),
        "no test on a server expects them: {missing:?}"
    );
    let strange: Vec<_> = fixtures
        .iter()
        .filter(|id| codes::find(id).is_none())
        .collect();
    assert!(strange.is_empty(), "no such codes: {strange:?}");
}
