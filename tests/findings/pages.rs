//! The pages of `docs/findings`: their form, and that their examples say the truth.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use slosmith::diagnostic::{Code, codes};

use crate::slosmith_command::{Finding, slosmith};

const HEADINGS: [&str; 3] = ["## Why it is bad", "## Example", "## Instead"];

#[test]
fn pages_have_the_fixed_form() {
    let mut wrong = String::new();
    for code in codes::all() {
        let title = format!("# {} {}", code.id, code.name);
        if let Err(problem) = sections(code.explanation, &title) {
            wrong += &format!("docs/findings/{}.md: {problem}\n", code.id);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What an example shows is found in it, and what is to be written instead is in order;
/// where that needs no server.
#[test]
fn examples_say_the_truth() {
    let mut wrong = String::new();
    let live: Vec<_> = codes::live().map(|code| code.id).collect();
    let offline = |code: &&Code| !code.id.starts_with("OUT") && !live.contains(&code.id);
    for code in codes::all().filter(offline) {
        let title = format!("# {} {}", code.id, code.name);
        let Ok([_, _, example, instead]) = sections(code.explanation, &title) else {
            continue;
        };
        if let Some(example) = yaml(example) {
            let found = check(&whole(example), is_strict(code));
            if !found.iter().any(|finding| finding.code == code.id) {
                wrong += &format!("{}: the example gives {found:?}\n", code.id);
            }
        }
        if let Some(instead) = yaml(instead) {
            let found = check(&whole(instead), is_strict(code));
            if !found.is_empty() {
                wrong += &format!("{}: instead gives {found:?}\n", code.id);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What it means, why it is bad, an example, what to write instead.
fn sections<'p>(page: &'p str, title: &str) -> Result<[&'p str; 4], String> {
    let mut code = false;
    let headings: Vec<_> = page
        .lines()
        .filter(|line| {
            code ^= line.starts_with("```");
            !code && line.starts_with('#')
        })
        .collect();
    let expected = [title, HEADINGS[0], HEADINGS[1], HEADINGS[2]];
    if headings != expected {
        return Err(format!("expected {expected:?}, found {headings:?}"));
    }
    let mut sections = [""; 4];
    let mut rest = page;
    for (section, heading) in sections.iter_mut().zip(expected).rev() {
        let (before, text) = rest.rsplit_once(heading).unwrap_or_default();
        *section = text.trim();
        rest = before;
    }
    if sections.iter().any(|section| section.is_empty()) {
        return Err("a section is empty".to_owned());
    }
    if !sections[2].contains("```") {
        return Err("the example is no block".to_owned());
    }
    Ok(sections)
}

/// The YAML block of a section.
fn yaml(section: &str) -> Option<&str> {
    let (_, block) = section.split_once("```yaml\n")?;
    Some(block.split_once("```")?.0)
}

const KINDS: [&str; 8] = [
    "events",
    "latency",
    "satisfaction",
    "freshness",
    "probe",
    "threshold",
    "ratio",
    "composite",
];
const PARTS_OF_EVENTS: [&str; 5] = ["total", "bad", "good", "bad_where", "good_where"];
const PARTS_OF_DOCUMENT: [&str; 5] = ["apiVersion", "service", "slos", "owner", "defaults"];

/// A whole spec around what a page shows of one.
fn whole(shown: &str) -> String {
    let keys: Vec<_> = shown
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, _)| key)
        .filter(|key| !key.starts_with([' ', '#', '-', '{']))
        .collect();
    let all_of = |known: &[&str]| !keys.is_empty() && keys.iter().all(|key| known.contains(key));
    let has = |key: &str| keys.contains(&key);
    let missing = |key: &str, text: &str| {
        if has(key) {
            String::new()
        } else {
            text.to_owned()
        }
    };
    if shown.starts_with("- ") {
        format!(
            "apiVersion: slosmith/v1\nservice: shown\nslos:\n{}",
            indented(shown, 2)
        )
    } else if all_of(&PARTS_OF_EVENTS) {
        let total = missing("total", "total: requests_total\n");
        let split = if keys.iter().any(|key| *key != "total") {
            ""
        } else {
            "bad: 'sum(rate(errors_total[$window]))'\n"
        };
        whole(&format!(
            "events:\n{}",
            indented(&format!("{total}{split}{shown}"), 2)
        ))
    } else if all_of(&KINDS) {
        whole(&format!("sli:\n{}", indented(shown, 2)))
    } else if shown.starts_with("apiVersion: openslo") && !shown.contains("kind: SLO") {
        // Of itself it has no SLO, which is a finding of its own.
        let slo = "- {name: shown, objective: 99, sli: {probe: {metric: up}}}";
        format!("{shown}---\n{}", whole(slo))
    } else if has("apiVersion") || has("version") {
        shown.to_owned()
    } else if has("labels") || keys.iter().any(|key| PARTS_OF_DOCUMENT.contains(key)) || has("a") {
        let service = missing("service", "service: shown\n");
        let slos = missing(
            "slos",
            "slos:\n  - {name: shown, objective: 99, sli: {probe: {metric: up}}}\n",
        );
        format!("apiVersion: slosmith/v1\n{service}{shown}\n{slos}")
    } else {
        let name = missing("name", "name: shown\n");
        let objective = if shown.contains("objectve") {
            String::new()
        } else {
            missing("objective", "objective: 99\n")
        };
        let sli = missing("sli", "\nsli: {probe: {metric: up}}\n");
        let slo = format!("{name}{objective}{shown}{sli}");
        whole(&format!("-\n{}", indented(&slo, 2)).replacen("-\n", "- # shown\n", 1))
    }
}

fn indented(text: &str, by: usize) -> String {
    let blanks = " ".repeat(by);
    text.lines()
        .map(|line| format!("{blanks}{line}\n"))
        .collect()
}

/// Whether only `--strict` gives it.
fn is_strict(code: &Code) -> bool {
    ["OSL002", "OSL003"].contains(&code.id)
}

/// What is found in a spec.
fn check(spec: &str, strict: bool) -> Vec<Finding> {
    let mut child = slosmith(Path::new("."))
        .args(["validate", "--format", "json", "-"])
        .args(strict.then_some("--strict"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(spec.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
