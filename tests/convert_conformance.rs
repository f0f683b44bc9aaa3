//! Specs of other tools' own repositories and users, converted: the same rules, and nothing
//! new to be found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use slosmith::convert::{self, What};
use slosmith::diagnostic::Diagnostics;
use slosmith::source::{SourceId, Sources};
use slosmith::spec::Options;
use slosmith::{lint, spec};

/// Fewer readable files than this, and something is wrong with the front ends.
const AT_LEAST: usize = 54;

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|known| extension == *known)
        }) {
            found.push(path);
        }
    }
}

/// The codes of what is found in a text, and whether there are errors in it.
fn codes(sources: &Sources, id: SourceId) -> (BTreeSet<&'static str>, bool) {
    let mut found = Diagnostics::default();
    let slos = spec::load(sources, &[id], &mut found);
    let errors = found.has_errors() || slos.is_empty();
    for slo in &slos {
        found.extend(lint::check(slo, sources, date(2026, 11, 1)).findings);
    }
    let codes = found
        .sorted()
        .iter()
        .map(|finding| finding.code.id)
        .collect();
    (codes, errors)
}

/// What is wrong with the conversions of a text; `None` when it has errors itself.
fn problems(name: &str, text: String) -> Option<Vec<String>> {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    let (before, errors) = codes(&sources, id);
    if errors {
        return None;
    }
    let mut problems = Vec::new();
    let options = Options::default();
    let mut ignored = Diagnostics::default();
    let native = convert::to_native(&sources, &[id], &options, &mut ignored);
    let openslo = convert::to_openslo(&sources, &[id], &options, &mut ignored);
    for (to, conversion) in [("native", native), ("openslo", openslo)] {
        let Some(conversion) = conversion else {
            problems.push(format!("{name} → {to}: {:?}", ignored.sorted()));
            continue;
        };
        let written = conversion.files.iter();
        let written = written.filter(|file| !matches!(file.what, What::Referred { .. }));
        let texts: Vec<(String, String)> = written
            .map(|file| (name.to_owned(), file.text.clone()))
            .collect();
        for difference in conversion.differences(texts.clone()) {
            problems.push(format!("{name} → {to}: {difference}"));
        }
        for (_, text) in texts {
            let mut sources = Sources::default();
            let id = sources.add(name, text);
            let (after, _) = codes(&sources, id);
            let new: Vec<_> = after.difference(&before).collect();
            if !new.is_empty() {
                problems.push(format!("{name} → {to}: new findings {new:?}"));
            }
        }
    }
    Some(problems)
}

#[test]
#[ignore = "needs CONVERT_SPECS"]
fn every_readable_file_is_converted() {
    let root = std::env::var_os("CONVERT_SPECS").expect("CONVERT_SPECS names a directory");
    let mut paths = Vec::new();
    for tool in ["sloth", "pyrra", "openslo"] {
        files(&Path::new(&root).join(tool), &mut paths);
    }
    paths.sort();
    let mut converted = 0;
    let mut wrong = Vec::new();
    for path in &paths {
        let Ok(text) = fs::read_to_string(path) else {
            continue;
        };
        if let Some(problems) = problems(&path.display().to_string(), text) {
            converted += 1;
            wrong.extend(problems);
        }
    }
    println!("read {} files, converted {converted}", paths.len());
    assert!(
        wrong.is_empty(),
        "{} problems:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(converted >= AT_LEAST, "only {converted} could be read");
}
