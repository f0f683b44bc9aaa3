//! Inputs that would take memory or time without end.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::slosmith_command::{Run, run, slosmith};
use crate::{SPEC, sli, with_spec};

/// More memory than any spec needs, in KiB; also what the debug build needs to start.
const MEMORY: u64 = 700_000;
/// More time on a processor than any single file needs in a debug build, in seconds.
const TIME: u64 = 30;

/// `slosmith validate spec.yaml` with bounded memory and time.
fn bounded(directory: &Path) -> Run {
    let mut arguments: Vec<OsString> = vec![
        "-c".into(),
        format!("ulimit -v {MEMORY}; ulimit -t {TIME}; exec \"$0\" \"$@\"").into(),
    ];
    let program = slosmith(directory);
    arguments.push(program.get_program().to_owned());
    arguments.extend(["validate".into(), "spec.yaml".into()]);
    run(Command::new("sh").args(arguments).current_dir(directory))
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
        format!("[{}", "a,".repeat(2_500_000)).as_bytes(),
        "SPEC006",
    );
    refused(
        "many lines",
        "- a\n".repeat(2_500_000).as_bytes(),
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
        SPEC.replace("99", &"9".repeat(50_000)),
    ];
    for spec in specs {
        let directory = with_spec(spec.as_bytes());
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
    let slos: String = (0..12_000)
        .map(|n| format!("{{name: a{n}, objective: 100, sli: {{probe: {{metric: up}}}}}}, "))
        .collect();
    let line = format!("{{apiVersion: slosmith/v1, service: shop, slos: [{slos}]}}");
    let run = bounded(with_spec(line.as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("\n12000 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );

    let keys: String = (0..50_000).map(|n| format!("k{n}: 1\n")).collect();
    let run = bounded(with_spec(format!("{SPEC}{keys}").as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("50000 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );
}

/// Chains and references that lead nowhere among thousands of SLOs.
#[test]
fn many_references_are_bearable() {
    let mut spec = "apiVersion: slosmith/v1\nservice: shop\nslos:\n".to_owned();
    for n in 0..3_000 {
        spec += &format!(
            "  - {{name: a{n}, objective: 99, sli: {{composite: {{every: [shop/a{}, shop/b{n}]}}}}}}\n",
            n + 1
        );
    }
    let run = bounded(with_spec(spec.as_bytes()).path());
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("3001 errors"),
        "{}",
        run.err.lines().last().unwrap_or_default()
    );
}
