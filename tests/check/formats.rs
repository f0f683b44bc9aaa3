//! The same check in every form, narrowed in every way, and how it ends.

use crate::outcome::{Outcome, check, outcome, read};
use crate::slosmith_command::{run, slosmith};
use crate::world::World;

/// What is said of a world with all kinds of trouble.
pub(crate) fn all_forms(world: &World) {
    let plain = check(world, &["--format", "text"]).out;
    assert!(!plain.contains('\x1b'), "{plain}");
    let first = plain.lines().nth(1).unwrap_or_default();
    assert!(
        first.starts_with("breached"),
        "the worst is not first:\n{plain}"
    );
    let junit = check(world, &["--format", "junit"]).out;
    assert!(
        junit.starts_with("<?xml") && junit.trim_end().ends_with("</testsuites>"),
        "{junit}"
    );
    let github = check(world, &["--format", "github"]).out;
    assert!(
        github.contains("::error file=specs/rul001.yaml,line="),
        "{github}"
    );
    let markdown = check(world, &["--format", "markdown"]).out;
    assert!(
        markdown.contains("| --- |") || markdown.contains("|---|"),
        "{markdown}"
    );
    for text in [plain, junit, github, markdown] {
        assert!(text.contains("RUL001") && text.contains("ser003"), "{text}");
    }
    let (json, _) = outcome(world, &[]);
    let helpless = json.findings.iter().find(|finding| finding.help.is_none());
    assert!(helpless.is_none(), "{helpless:?}");
}

/// Codes of one service, checked with these arguments.
fn codes(world: &World, args: &[&str]) -> (Vec<String>, Outcome) {
    let (outcome, _) = outcome(world, args);
    let codes = outcome.findings.iter().map(|finding| finding.code.clone());
    let mut codes: Vec<_> = codes.collect();
    codes.sort();
    codes.dedup();
    (codes, outcome)
}

/// Only what was asked for is looked at.
pub(crate) fn parts(world: &World) {
    for (part, families) in [
        ("rules", "RUL"),
        ("series", "SER"),
        ("values", "VAL"),
        ("burn", "FIR"),
    ] {
        let (codes, _) = codes(world, &["--only", part]);
        // What the server cannot do is always told.
        let families = [families, "SRV"];
        let strange = |code: &&String| !families.contains(&&code[..3]);
        assert_eq!(codes.iter().find(strange), None, "{part}: {codes:?}");
        let own = |code: &String| code.starts_with(families[0]);
        assert!(codes.iter().any(own), "{part}: {codes:?}");
    }
    let (codes, selected) = codes(world, &["--select", "service=rul001"]);
    assert_eq!(codes, ["RUL001"]);
    assert_eq!(selected.slos.len(), 1);
}

/// What ends a run with 1.
pub(crate) fn ends(world: &World) {
    let code = |service: &str, fail_on: Option<&str>| {
        let select = format!("service={service}");
        let mut args = vec!["--select", &select];
        args.extend(fail_on.iter().flat_map(|what| ["--fail-on", what]));
        check(world, &args).code.unwrap()
    };
    for (service, fail_on, expected) in [
        ("calm", None, 0),
        ("calm", Some("warning,unknown,at-risk,breached,error"), 0),
        ("gone", None, 1),
        ("gone", Some("unknown"), 0),
        ("gone", Some("at-risk"), 1),
        ("burning", None, 0),
        ("burning", Some("at-risk"), 1),
        ("ser003", Some("unknown"), 1),
        ("rul001", None, 1),
        ("rul001", Some("unknown,breached"), 0),
        ("ser011", None, 0),
        ("ser011", Some("warning"), 1),
        ("gone", Some("never"), 0),
    ] {
        let what = format!("{service} {fail_on:?}");
        assert_eq!(code(service, fail_on), expected, "{what}");
    }
}

/// The URL may come from the environment, and a spec from standard input or a file.
pub(crate) fn from_elsewhere(world: &World) {
    let mut command = slosmith(world.folder());
    command.env("PROMETHEUS_URL", world.url());
    command.args(["check", "specs/calm.yaml", "--format", "json"]);
    let run = run(&mut command);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(read(&run).slos.len(), 1);
}
