//! What is made of the examples and test cases of `OpenSLO`'s own repositories, and of
//! Sloth's dialect: on request, where they are at hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use slosmith::diagnostic::{Diagnostics, Severity};
use slosmith::source::Sources;
use slosmith::spec;

/// What is found in a file: codes of errors and warnings.
const EXPECTED: &str = include_str!("data/openslo-import.txt");

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether a file is of a version that is read.
fn is_read(text: &str) -> bool {
    text.contains("openslo/v1") && !text.contains("openslo.com/v2alpha")
}

#[test]
#[ignore = "needs the directory that OPENSLO_DATA names"]
fn reads_what_openslo_and_sloth_have_written() {
    let root =
        PathBuf::from(std::env::var_os("OPENSLO_DATA").expect("OPENSLO_DATA is a directory"));
    let mut found = BTreeMap::new();
    let (mut accepted, mut rejected) = (0, 0);
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for directory in ["valid", "invalid/sloth-dialect"] {
        for path in files(&root.join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            if !is_read(&text) {
                continue;
            }
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let extension = path.extension().unwrap().to_str().unwrap().to_owned();
            let mut sources = Sources::default();
            let id = sources.add(path.to_str().unwrap(), text);
            let mut diagnostics = Diagnostics::default();
            let slos = spec::load(&sources, &[id], &mut diagnostics);
            let mut here: Vec<_> = diagnostics
                .sorted()
                .iter()
                // A file may hold what SLOs of other files refer to.
                .map(|finding| finding.code.id)
                .filter(|code| *code != "SPEC011")
                .collect();
            here.sort_unstable();
            here.dedup();
            let errors = diagnostics.sorted().iter().any(|finding| {
                finding.code.severity == Severity::Error && finding.code.id != "SPEC011"
            });
            assert!(
                !errors || directory == "valid",
                "{stem} is refused: {here:?}"
            );
            *(if errors { &mut rejected } else { &mut accepted }) += 1;
            for code in &here {
                *codes.entry(code).or_default() += 1;
            }
            let line = format!("{} SLOs {}", slos.len(), here.join(" "));
            found.insert(format!("{stem}.{extension}"), line.trim().to_owned());
        }
    }
    println!("{accepted} files accepted, {rejected} rejected; files by code: {codes:?}");
    let lines: Vec<_> = found
        .iter()
        .map(|(name, line)| format!("{name}: {line}"))
        .collect();
    let text = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write("tests/data/openslo-import.txt", &text).unwrap();
        return;
    }
    assert!(accepted > 50, "{accepted}");
    let expected: Vec<_> = EXPECTED.lines().collect();
    let other: Vec<_> = text
        .lines()
        .filter(|line| !expected.contains(line))
        .collect();
    assert!(other.is_empty(), "{}", other.join("\n"));
    assert_eq!(text.lines().count(), expected.len());
}
