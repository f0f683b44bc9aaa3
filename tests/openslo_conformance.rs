//! `validate --strict` against the verdicts of the OpenSLO SDK on files that are not part
//! of this project: `OPENSLO_VERDICTS` names a directory with a `MANIFEST.jsonl`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use slosmith_command::{Finding, Run, run, slosmith};

/// What the SDK says of a file.
#[derive(Deserialize)]
struct Case {
    file: String,
    verdict: String,
    #[serde(default)]
    errors: Vec<Error>,
    /// Why the file cannot even be read.
    decode_error: Option<String>,
}

#[derive(Deserialize)]
struct Error {
    path: String,
    code: String,
}

#[test]
#[ignore = "needs OPENSLO_VERDICTS"]
fn strict_gives_the_verdict_of_the_sdk() {
    let folder = std::env::var_os("OPENSLO_VERDICTS").expect("OPENSLO_VERDICTS names a folder");
    let folder = std::fs::canonicalize(folder).unwrap();
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.jsonl")).unwrap();
    let (mut read, mut valid, mut places, mut wrong) = (0, 0, 0, String::new());
    for line in manifest.lines() {
        let verdict: Case = serde_json::from_str(line).unwrap();
        read += 1;
        valid += usize::from(verdict.verdict == "valid");
        places += verdict.errors.len();
        if let Err(difference) = compare(&folder, &verdict) {
            writeln!(wrong, "{}: {difference}", verdict.file).unwrap();
        }
    }
    let different = wrong.lines().count();
    println!(
        "read {read} files, {valid} of them valid; {} with the SDK's verdict, which names \
         {places} places and codes",
        read - different
    );
    assert!(read > 200 && valid > 50, "{read} files, {valid} valid");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The file taken alone: verdict, paths and codes.
fn compare(folder: &Path, verdict: &Case) -> Result<(), String> {
    let path: PathBuf = folder.join(&verdict.file);
    let mut command = slosmith(folder);
    let ended = run(command
        .args(["validate", "--strict", "--format", "json"])
        .arg(&path));
    let is_valid = match ended.code {
        Some(0) => "valid",
        Some(2) => "invalid",
        _ => return Err(format!("{ended:?}")),
    };
    if is_valid != verdict.verdict {
        return Err(format!(
            "{is_valid}, and not {}: {}",
            verdict.verdict, ended.out
        ));
    }
    if verdict.decode_error.is_some() {
        return Ok(());
    }
    let found = violations(&ended);
    let expected: BTreeSet<(String, String)> = verdict
        .errors
        .iter()
        .map(|error| (error.path.clone(), error.code.clone()))
        .collect();
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:?}, expected {expected:?}"))
    }
}

/// Paths and codes, taken out of the messages as `explain OSL002` says.
fn violations(ended: &Run) -> BTreeSet<(String, String)> {
    let findings: Vec<Finding> = serde_json::from_str(&ended.out).unwrap();
    let findings = findings.into_iter();
    findings
        .filter(|finding| finding.code == "OSL002")
        .map(|finding| {
            let (path, rest) = finding.message[1..].split_once("`: ").unwrap();
            let (code, _) = rest.split_once(": ").unwrap_or_default();
            let is_code = code
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c == ':');
            let code = if is_code { code } else { "" };
            (path.to_owned(), code.to_owned())
        })
        .collect()
}
