//! Hostile and unusual inputs: a clear finding or a correct reading, never a panic,
//! a hang or unbounded memory.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "texts are built once"
)]

#[path = "robustness/bounds.rs"]
mod bounds;
#[path = "robustness/fuzz.rs"]
mod fuzz;
#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use slosmith_command::{Finding, findings_in, run, slosmith};

const SPEC: &str = "apiVersion: slosmith/v1\nservice: shop\nslos:\n  - name: up\n    objective: 99\n    sli: {probe: {metric: up}}\n";

/// A directory with one spec in it.
fn with_spec(bytes: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("spec.yaml"), bytes).unwrap();
    directory
}

/// The findings in one spec, as code and place.
fn found(bytes: &[u8]) -> Vec<String> {
    let directory = with_spec(bytes);
    let found = findings_in(directory.path(), &["spec.yaml"]);
    found.iter().map(shown).collect()
}

fn shown(finding: &Finding) -> String {
    let Finding { line, column, .. } = finding;
    match (line, column) {
        (Some(line), Some(column)) => format!("{} {line}:{column}", finding.code),
        _ => finding.code.clone(),
    }
}

fn sli(sli: &str) -> Vec<u8> {
    SPEC.replace("{probe: {metric: up}}", sli).into_bytes()
}

#[test]
fn bytes_that_are_no_plain_text() {
    assert_eq!(
        found(b"apiVersion: slosmith/v1\nservice: caf\xe9\n"),
        ["SPEC008 2:13"]
    );
    assert_eq!(found(b"\xff\xfea\0p\0i\0"), ["SPEC008 1:1"]);
    assert_eq!(found("\u{feff}".as_bytes()), ["SPEC011 1:1"]);
    let null = SPEC.replace("up}", "u\0p}");
    assert_eq!(found(null.as_bytes()).len(), 1);
    assert_eq!(found(&[0; 1_000]).len(), 1);

    let with_mistake = SPEC.replace("99", "100");
    let mark = format!("\u{feff}{with_mistake}");
    assert_eq!(found(with_mistake.as_bytes()), ["SLO001 5:16"]);
    assert_eq!(found(mark.as_bytes()), ["SLO001 5:16"]);
    assert_eq!(
        found(with_mistake.replace('\n', "\r\n").as_bytes()),
        ["SLO001 5:16"]
    );
    assert_eq!(found(SPEC.replace('\n', "\r\n").as_bytes()), [""; 0]);
    let block =
        "{ratio: {error_ratio: |\n        sum(\n          rate(a[$window])\n        ) by region}}";
    let flow = sli(block);
    assert_eq!(found(&flow).len(), 1);
}

#[test]
fn expressions_in_lines_that_end_with_carriage_returns() {
    let spec = "apiVersion: slosmith/v1\nservice: shop\nslos:\n  - name: up\n    objective: 99\n    sli:\n      ratio:\n        error_ratio: |\n          sum(\n            rate(a[$window])\n          ) by region\n";
    assert_eq!(found(spec.as_bytes()), ["PQL001 11:16"]);
    assert_eq!(
        found(spec.replace('\n', "\r\n").as_bytes()),
        ["PQL001 11:16"]
    );
    let folded = spec.replace('|', ">-");
    assert_eq!(found(folded.as_bytes()), ["PQL001 11:16"]);
    assert_eq!(
        found(folded.replace('\n', "\r\n").as_bytes()),
        ["PQL001 11:16"]
    );
}

#[test]
fn texts_without_a_spec() {
    for (text, expected) in [
        ("", "SPEC011 1:1"),
        ("\n\n", "SPEC011 1:1"),
        ("# only\n# comments\n", "SPEC011 1:1"),
        ("---\n---\n---\n", "SPEC011 1:1"),
        ("---\n...\n", "SPEC011 1:1"),
        ("null\n", "SPEC011 1:1"),
        ("text", "SPEC012 1:1"),
        ("[]", "SPEC012 1:1"),
        ("{}", "SPEC012 1:1"),
        ("\t", "SPEC011 1:1"),
        ("a:\n\tb: c", "SPEC005 2:1"),
        ("%YAML 3.0\n---\na", "SPEC005 1:1"),
    ] {
        assert_eq!(found(text.as_bytes()), [expected], "{text:?}");
    }
}

/// A broken document hides neither those before it nor other files.
#[test]
fn other_documents_are_still_read() {
    let mistake = SPEC.replace("99", "100");
    let text = format!(
        "{mistake}---\n{}---\napiVersion: slosmith/v1\nservice: \"x\n",
        mistake.replace("shop", "other")
    );
    assert_eq!(
        found(text.as_bytes()),
        ["SLO001 5:16", "SLO001 12:16", "SPEC005 16:10"]
    );
    let text = format!("--- not a map\n---\n{mistake}");
    assert_eq!(found(text.as_bytes()), ["SPEC012 1:5", "SLO001 7:16"]);

    let directory = with_spec(b"\xff");
    fs::write(directory.path().join("a.yaml"), "[").unwrap();
    fs::write(directory.path().join("z.yaml"), &mistake).unwrap();
    let found: Vec<_> = findings_in(directory.path(), &["."])
        .iter()
        .map(shown)
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.contains(&"SLO001 5:16".to_owned()), "{found:?}");
}

#[test]
fn what_is_no_file_does_not_hang() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let made = Command::new("mkfifo")
        .arg(here.join("pipe.yaml"))
        .status()
        .unwrap();
    assert!(made.success());
    symlink("nowhere", here.join("dangling.yaml")).unwrap();
    symlink("itself.yaml", here.join("itself.yaml")).unwrap();
    fs::create_dir(here.join("directory.yaml")).unwrap();
    fs::write(here.join("directory.yaml/spec.yaml"), SPEC).unwrap();
    fs::create_dir_all(here.join("a/b")).unwrap();
    symlink("../..", here.join("a/b/up")).unwrap();

    let codes =
        |args: &[&str]| -> Vec<String> { findings_in(here, args).iter().map(shown).collect() };
    assert_eq!(codes(&["pipe.yaml"]), ["SPEC009"]);
    assert_eq!(codes(&["dangling.yaml"]), ["SPEC009"]);
    assert_eq!(codes(&["missing.yaml"]), ["SPEC009"]);
    assert_eq!(codes(&["directory.yaml"]), [""; 0]);
    assert_eq!(codes(&["directory.yaml/spec.yaml/x.yaml"]), ["SPEC009"]);
    let all = codes(&["."]);
    assert_eq!(
        all.iter().filter(|code| *code == "SPEC009").count(),
        3,
        "{all:?}"
    );
    assert_eq!(
        all.iter().filter(|code| *code == "SPEC010").count(),
        1,
        "{all:?}"
    );
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(codes(&["/dev/zero"]), ["SPEC007"]);
    assert_eq!(codes(&["/dev/null"]), ["SPEC011 1:1"]);
}

#[test]
fn standard_input_is_a_file_like_others() {
    let validate = |bytes: &[u8]| {
        let mut child = slosmith(Path::new("."))
            .args(["validate", "-", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may stop reading before the end.
        let _ = child.stdin.take().unwrap().write_all(bytes);
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(
        validate(SPEC.as_bytes()),
        (Some(0), "1 valid SLO: 0 errors, 0 warnings\n".to_owned())
    );
    let (code, err) = validate(SPEC.replace("99", "100").as_bytes());
    assert_eq!(code, Some(2));
    assert!(err.contains("--> <stdin>:5:16"), "{err}");
    let (code, err) = validate(&vec![b' '; 20 << 20]);
    assert_eq!(code, Some(2));
    assert!(err.contains("SPEC007"), "{err}");
    assert!(validate(b"\xff").1.contains("SPEC008"));
    assert!(validate(b"").1.contains("SPEC011"));
}

/// What a terminal would obey comes out as visible signs.
#[test]
fn control_characters_are_made_visible() {
    let hostile = "\\e[31mred\\e]0;title\\a\\u202e\\u200b\\x9b2J";
    let raw = "\u{1b}[31mred\u{7}\u{202e}\u{200b}\u{9b}2J";
    let spec = format!(
        "apiVersion: slosmith/v1\nservice: \"{hostile}\"\nlabels: {{\"{hostile}\": a}}\nslos:\n  - name: \"{hostile}\"\n    objective: \"{hostile}\"\n    \"{hostile}\": 1\n    sli: {{probe: {{metric: \"{hostile}\"}}}}\n"
    );
    for text in [
        spec,
        SPEC.replace("shop", raw),
        SPEC.replace("99", &format!("'{raw}'")),
    ] {
        let directory = with_spec(text.as_bytes());
        for format in ["text", "json", "github"] {
            let run =
                run(slosmith(directory.path()).args(["validate", "--format", format, "spec.yaml"]));
            assert_eq!(run.code, Some(2));
            let obeyed = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c);
            for text in [&run.out, &run.err] {
                assert!(!text.contains(obeyed), "{format}: {text:?}");
            }
        }
    }
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("\u{1b}[31m.yaml"), "[").unwrap();
    let run = run(slosmith(directory.path()).args(["validate", "."]));
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
}

#[test]
fn numbers_durations_and_dates_out_of_range() {
    let objective = |text: &str| found(SPEC.replace("99", text).as_bytes());
    for (text, expected) in [
        ("1e400", "SPEC013 5:16"),
        ("-1e400", "SPEC013 5:16"),
        ("1e-400", "SPEC013 5:16"),
        ("99.99999999999999999999999999999", "SPEC013 5:16"),
        ("99999999999999999999999999999999999999", "SPEC013 5:16"),
        ("0x63", "SPEC013 5:16"),
        (".nan", "SPEC002 5:16"),
        (".inf", "SPEC002 5:16"),
        ("99,9", "SPEC002 5:16"),
        ("1_000", "SPEC002 5:16"),
        ("9e1e1", "SPEC002 5:16"),
        ("true", "SPEC002 5:16"),
        ("2026-01-01", "SPEC002 5:16"),
    ] {
        assert_eq!(objective(text), [expected], "{text}");
    }
    assert_eq!(objective("99.9999999999999999999999999"), [""; 0]);

    let key = |text: &str| found(SPEC.replace("99", &format!("99\n    {text}")).as_bytes());
    for text in [
        "period: 300y",
        "period: 99999999999999999999d",
        "period: -1d",
        "scrape_interval: 18446744073709551615ms",
        "scrape_interval: 584942417y",
        "downtime: [{start: 9999-99-99T00:00:00Z, end: 2026-01-01T00:00:00Z}]",
        "downtime: [{start: 2026-01-01T00:00:00Z, end: 99999-01-01T00:00:00Z}]",
        "downtime: [{start: 2026-01-01T00:00:00Z, end: 2026-01-01T25:00:00Z}]",
        "ignore: [{code: SLI012, reason: a, until: 2027-13-01}]",
        "alerts: {no_data: {after: 400y}}",
        "alerts: {budget_left: [{below: 1e30}]}",
        "alerts: {pairs: [{severity: page, long: 999999999999y, short: 5m, budget: 2}]}",
        "policy: [{when: 'exhausted_in < 99999999y', do: slow}]",
        "policy: [{when: 'budget < 1e99%', do: slow}]",
        "policy: [{when: 'burn(99999999999y) > 1', do: slow}]",
    ] {
        assert_eq!(key(text).len(), 1, "{text}: {:?}", key(text));
    }
    let threshold =
        |text: &str| found(&sli(&format!("{{threshold: {{expr: a, good: '{text}'}}}}")));
    assert_eq!(threshold("> 1e999"), ["SLO020 6:38"]);
    assert_eq!(threshold("> -0.000001"), [""; 0]);
}

#[test]
fn anchors_tags_and_merges() {
    let merged = "apiVersion: slosmith/v1\nservice: shop\nslos:\n  - &base\n    name: one\n    objective: 99\n    sli: &sli {probe: {metric: up}}\n  - <<: *base\n    name: two\n  - {name: three, objective: !!float 99.5, sli: *sli, description: !!str 5}\n";
    assert_eq!(found(merged.as_bytes()), [""; 0]);
    // The place of what an alias repeats is where it was written.
    let mistake = merged.replace("objective: 99\n", "objective: 100\n");
    assert_eq!(found(mistake.as_bytes()), ["SLO001 6:16"]);
    let same_name = merged.replace("    name: two\n", "");
    assert_eq!(found(same_name.as_bytes()), ["SLO007 5:11"]);
    for (text, expected) in [
        ("objective: !percent 99", "SPEC005 5:16"),
        ("objective: &a *a", "SPEC005 5:19"),
        ("objective: *a", "SPEC005 5:16"),
        ("objective: 99\n    objective: 98", "SPEC004 6:5"),
        ("? {a: b}\n    : c\n    objective: 99", "SPEC005 5:7"),
        ("<<: *a\n    objective: 99", "SPEC005 5:9"),
        ("<<: 5\n    objective: 99", "SPEC005 5:5"),
    ] {
        let spec = SPEC.replace("objective: 99", text);
        assert_eq!(found(spec.as_bytes()), [expected], "{text}");
    }
}
