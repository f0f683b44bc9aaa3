//! Hostile and unusual inputs: a clear finding or a correct reading, never a panic,
//! a hang or unbounded memory.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use slosmith::diagnostic::{Diagnostics, render_github, render_json, render_text};
use slosmith::source::{Sources, floor_char_boundary};
use slosmith::spec;
use tempfile::TempDir;

use slosmith_command::{Finding, Run, findings_in, run, slosmith};

/// More memory than any spec needs, in KiB; also what the debug build needs to start.
const MEMORY: u64 = 700_000;
/// More time than any single file needs in a debug build on a busy machine.
const TIME: Duration = Duration::from_secs(60);

const SPEC: &str = "apiVersion: slosmith/v1\nservice: shop\nslos:\n  - name: up\n    objective: 99\n    sli: {probe: {metric: up}}\n";

/// A directory with one spec in it.
fn with_spec(bytes: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("spec.yaml"), bytes).unwrap();
    directory
}

/// `slosmith validate spec.yaml` with bounded memory and time.
fn bounded(directory: &Path) -> Run {
    let started = Instant::now();
    let mut arguments: Vec<OsString> = vec![
        "-c".into(),
        format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"").into(),
    ];
    let program = slosmith(directory);
    arguments.push(program.get_program().to_owned());
    arguments.extend(["validate".into(), "spec.yaml".into()]);
    let run = run(Command::new("sh").args(arguments).current_dir(directory));
    assert!(started.elapsed() < TIME, "took {:?}", started.elapsed());
    run
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

/// Asserts that a spec is refused with just this finding, within bounds.
fn refused(name: &str, bytes: &[u8], code: &str) {
    let directory = with_spec(bytes);
    let run = bounded(directory.path());
    let end: String = run.err.chars().take(2_000).collect();
    assert_eq!(run.code, Some(2), "{name}: {end}");
    assert_eq!(
        run.err.matches(&format!("[{code}]")).count(),
        1,
        "{name}: {end}"
    );
    assert!(run.err.contains("1 error, 0 warnings"), "{name}: {end}");
    assert!(
        run.err.len() < 4_000,
        "{name}: {} bytes of output",
        run.err.len()
    );
}

fn sli(sli: &str) -> Vec<u8> {
    SPEC.replace("{probe: {metric: up}}", sli).into_bytes()
}

#[test]
fn bombs_are_refused_within_bounds() {
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs += &format!("a{level}: &a{level} [{items}]\n");
    }
    refused("billion laughs", laughs.as_bytes(), "SPEC006");
    let merges: String = (1..40)
        .map(|level| {
            format!(
                "a{level}: &a{level} {{<<: [*a{0}, *a{0}], k{level}: v}}\n",
                level - 1
            )
        })
        .collect();
    let merges = format!("a0: &a0 {{k: v}}\n{merges}");
    let run = bounded(with_spec(merges.as_bytes()).path());
    assert_eq!(run.code, Some(2), "{}", run.err);

    refused("flow", "[".repeat(10_000).as_bytes(), "SPEC006");
    refused("flow maps", "{a: ".repeat(10_000).as_bytes(), "SPEC006");
    refused("block", "- ".repeat(10_000).as_bytes(), "SPEC006");
    let stairs: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    refused("stairs", stairs.as_bytes(), "SPEC006");
    refused(
        "many values",
        "[a,"
            .repeat(1)
            .as_bytes()
            .iter()
            .chain(b"a,".repeat(8_000_000).iter())
            .copied()
            .collect::<Vec<_>>()
            .as_slice(),
        "SPEC006",
    );
    refused(
        "many lines",
        "- a\n".repeat(4_000_000).as_bytes(),
        "SPEC006",
    );
    refused(
        "long text",
        format!("a: {}", "x".repeat(10_000_000)).as_bytes(),
        "SPEC006",
    );
    refused(
        "long key",
        format!("? {}\n: a", "x".repeat(10_000_000)).as_bytes(),
        "SPEC006",
    );
}

#[test]
fn a_file_of_100_mb_is_refused_within_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join("spec.yaml")).unwrap();
    file.set_len(100_000_000).unwrap();
    let run = bounded(directory.path());
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("SPEC007"), "{}", run.err);
}

#[test]
fn deep_and_long_expressions_are_refused() {
    let quoted = |expr: String| sli(&format!("{{threshold: {{expr: '{expr}', good: \"> 1\"}}}}"));
    for (name, expr) in [
        ("open", "(".repeat(10_000)),
        (
            "closed",
            format!("{}up{}", "(".repeat(10_000), ")".repeat(10_000)),
        ),
        ("signs", "-".repeat(10_000) + "up"),
        ("calls", "abs(".repeat(10_000)),
        ("operators", format!("up{}", "+up".repeat(10_000))),
        ("powers", format!("up{}", "^up".repeat(10_000))),
        (
            "rows of operators",
            format!("{}1", format!("({}", "1+".repeat(1_500)).repeat(10)),
        ),
        ("durations", format!("up[5m{}]", "+5m".repeat(10_000))),
        ("subqueries", format!("up{}", "[5m:]".repeat(10_000))),
        ("offsets", format!("up{}", " offset 5m".repeat(5_000))),
    ] {
        let directory = with_spec(&quoted(expr));
        let run = bounded(directory.path());
        assert_eq!(run.code, Some(2), "{name}: {}", run.err);
        assert!(
            run.err.contains("1 error, 0 warnings"),
            "{name}: {}",
            run.err
        );
        assert!(run.err.len() < 2_000, "{name}: {}", run.err);
    }
    let regex = |regex: &str| sli(&format!("{{probe: {{metric: 'up{{a=~\"{regex}\"}}'}}}}"));
    for bytes in [
        regex(&"(".repeat(10_000)),
        regex("(((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000})"),
        regex(&"a?".repeat(20_000)),
        sli("{probe: {metric: '{a=~\"((x{1000}){1000}){1000}|\"}'}}"),
    ] {
        let run = bounded(with_spec(&bytes).path());
        assert!(
            matches!(run.code, Some(0 | 2)),
            "{:?} {}",
            run.code,
            run.err
        );
        assert!(run.err.len() < 4_000, "{}", run.err);
    }
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
        ("\tapiVersion: slosmith/v1", "SPEC005 1:1"),
        ("%YAML 3.0\n---\na", "SPEC005 1:7"),
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

/// A line of any length is shown as the part around the mark.
#[test]
fn long_lines_are_cut() {
    let filler = "x".repeat(50_000);
    let specs = [
        SPEC.replace(
            "objective: 99",
            &format!("description: {filler}\n    objective: 100"),
        ),
        format!(
            "{{apiVersion: slosmith/v1, service: shop, owner: {filler}, slos: [{{name: a, objective: 100, sli: {{probe: {{metric: up}}}}}}], labels: {{a: {filler}}}}}"
        ),
        SPEC.replace("objective:", &format!("{filler}:")),
        SPEC.replace("up\n", &format!("{filler}\n")),
        SPEC.replace("shop", &filler),
        SPEC.replace("99", &filler),
        SPEC.replace("metric: up", &format!("metric: '{filler}{{'")),
        SPEC.replace("metric: up", &format!("metric: '{filler}()'")),
        SPEC.replace("metric: up", &format!("metric: 'up{{a=~\"{filler}(\"}}'")),
        SPEC.replace("slosmith/v1", &filler),
        SPEC.replace("99", &format!("99\n    scrape_interval: {filler}")),
        SPEC.replace("99", &format!("99\n    group_by: {filler}")),
        SPEC.replace("99", &format!("99\n    group_by: ['{filler} ']")),
        SPEC.replace(
            "99",
            &format!("99\n    period: {{calendar: month, time_zone: {filler}}}"),
        ),
        SPEC.replace(
            "99",
            &format!("99\n    ignore: [{{code: {filler}, reason: a}}]"),
        ),
        SPEC.replace(
            "99",
            &format!("99\n    policy: [{{when: {filler}, do: slow}}]"),
        ),
        SPEC.replace(
            "99",
            &format!("99\n    alerts: {{annotations: {{a: '{{{{ {filler} }}}}'}}}}"),
        ),
        SPEC.replace(
            "{probe: {metric: up}}",
            &format!("{{composite: {{every: [{filler}]}}}}"),
        ),
        SPEC.replace(
            "{probe: {metric: up}}",
            &format!("{{composite: {{every: [a/{filler}]}}}}"),
        ),
        SPEC.replace("99", &format!("99.{}", "9".repeat(50_000))),
        SPEC.replace("99", &format!("{}", "9".repeat(50_000))),
    ];
    for spec in specs {
        let run = run(slosmith(with_spec(spec.as_bytes()).path()).args(["validate", "spec.yaml"]));
        let directory = with_spec(spec.as_bytes());
        drop(run);
        let run = bounded(directory.path());
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.contains("1 error"), "{}", run.err);
        let longest = run
            .err
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap();
        let head: String = run.err.chars().take(300).collect();
        assert!(longest < 500, "a line of {longest} characters: {head}");
    }
}

/// Thousands of mistakes on one line or on many: all are counted, in bearable time.
#[test]
fn many_mistakes_are_bearable() {
    let slos: String = (0..20_000)
        .map(|n| format!("{{name: a{n}, objective: 100, sli: {{probe: {{metric: up}}}}}}, "))
        .collect();
    let line = format!("{{apiVersion: slosmith/v1, service: shop, slos: [{slos}]}}");
    let run = bounded(with_spec(line.as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("0 valid SLOs: 20000 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );

    let keys: String = (0..1_000_000).map(|n| format!("k{n}: 1\n")).collect();
    let run = bounded(with_spec(format!("{SPEC}{keys}").as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("1000000 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );
}

/// Chains and references that lead nowhere among thousands of SLOs.
#[test]
fn many_references_are_bearable() {
    let mut spec = "apiVersion: slosmith/v1\nservice: shop\nslos:\n".to_owned();
    for n in 0..5_000 {
        spec += &format!(
            "  - {{name: a{n}, objective: 99, sli: {{composite: {{every: [shop/a{}, shop/b{n}]}}}}}}\n",
            n + 1
        );
    }
    let run = bounded(with_spec(spec.as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("5001 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );
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
        "ignore: [{code: SLO003, reason: a, until: 2027-13-01}]",
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
    assert_eq!(threshold("> 1e999"), ["SLO020 6:41"]);
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

/// Reads a text as a spec and shows what was found in every form.
fn read(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    spec::load(&sources, &[id], &mut diagnostics);
    for finding in diagnostics.sorted() {
        let help = finding.help.as_deref().unwrap_or_default();
        prop_assert!(!help.is_empty(), "no help: {}", finding.message);
        let places = finding.primary.iter().chain(&finding.secondary);
        for span in places.map(|annotation| annotation.at.span) {
            prop_assert!(
                span.start <= span.end && span.end <= text.len(),
                "{:?}",
                finding
            );
            prop_assert_eq!(floor_char_boundary(text, span.start), span.start);
            prop_assert_eq!(floor_char_boundary(text, span.end), span.end);
        }
    }
    render_text(&diagnostics, &sources, true);
    render_json(&diagnostics, &sources);
    render_github(&diagnostics, &sources);
    Ok(())
}

/// Specs that use everything.
fn seeds() -> Vec<String> {
    let mut paths: Vec<_> = fs::read_dir("slo-specs")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.push("tests/data/every-key.yaml".into());
    paths.push("tests/findings/PQL001.yaml".into());
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// A place in a text (as a share of it), how much to take away there, and what to put there.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, String)>> {
    let pieces = prop::sample::select(vec![
        "", " ", "\n", "\n\n", "  ", "\t", "\r\n", ":", ": ", "- ", "'", "\"", "\\", "{", "}", "[",
        "]", ",", "&a ", "*a", "<<: ", "!!str ", "!x ", "|", ">-", "#", "---\n", "~", "0", "-1",
        "1e400", "99.9", "é", "日", "\u{feff}", "\0", "\u{85}", "\u{2028}", "$window", "{{", "}}",
        "%", "off", "5m", "slos", "a/b",
    ]);
    let piece = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, piece), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_signs_of_yaml_are_survived(text in "[-a:\\[\\]{},&*!|>'\"%@`#~? \n\t\r0-9é]{0,120}") {
        read(&text)?;
        read(&format!("{SPEC}{text}"))?;
    }

    #[test]
    fn changed_specs_are_survived(seed in any::<prop::sample::Index>(), edits in edits()) {
        let seeds = seeds();
        let mut text = seed.get(&seeds).clone();
        for (at, length, piece) in edits {
            let start = floor_char_boundary(&text, at.index(text.len() + 1));
            let end = floor_char_boundary(&text, start + length);
            text.replace_range(start..end, &piece);
        }
        read(&text)?;
    }
}
