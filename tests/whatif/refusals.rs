//! What cannot be answered, and what is said then.

use std::path::Path;

use crate::slosmith_command::{Run, run, slosmith};
use crate::world::{SPEC, World};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

/// Without a server.
fn alone(args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
    in_folder(folder.path(), args)
}

fn in_folder(folder: &Path, args: &[&str]) -> Run {
    let mut command = slosmith(folder);
    run(command
        .args(["whatif", "spec.yaml", "--prometheus", NOBODY])
        .args(args))
}

/// How a finding begins.
fn finding(code: &str, said: &str) -> String {
    format!("[{code}]: {said}")
}

#[test]
fn wrong_usage_says_what_can_be_asked() {
    let select = |slo: &'static str| ["--select", slo];
    for (args, said) in [
        (
            vec![],
            "what would change? say how much slower it gets with --slower 200ms",
        ),
        (vec!["--slower", "fast"], "not a duration"),
        (vec!["--slower", "-5ms"], "not faster"),
        (vec!["--slower", "0%"], "changes nothing"),
        (vec!["--depends-on", "101"], "less than 100 %"),
        (vec!["--depends-on", "100"], "less than 100 %"),
        (vec!["--depends-on", "-1"], "more than 0 %"),
        (vec!["--depends-on", "payments"], "neither percent"),
        (
            vec!["--depends-on", "payment/calls"],
            "did you mean `payments/calls`?",
        ),
        (
            vec!["--depends-on", "no/such"],
            "no SLO is called `no/such`",
        ),
        (
            vec!["--slower", "1s", "--at", "tomorrow"],
            "`tomorrow` is no time",
        ),
        (
            vec!["--slower", "1s", "--at", "2999-01-01T00:00:00Z"],
            "nobody knows yet",
        ),
        (
            [&select("slo=browse")[..], &["--depends-on", "shop/browse"]].concat(),
            "cannot depend on itself",
        ),
        (
            [&select("slo=journey")[..], &["--depends-on", "shop/browse"]].concat(),
            "is part of shop/journey already",
        ),
        (
            [&select("slo=chekout")[..], &["--slower", "1s"]].concat(),
            "did you mean `checkout`?",
        ),
    ] {
        let run = alone(&args);
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        assert!(run.err.contains(said), "{args:?}: {}", run.err);
        assert!(run.out.is_empty(), "{args:?}: {}", run.out);
    }
}

#[test]
fn what_is_not_slow_cannot_be_slower() {
    for (slo, line, kind) in [
        ("browse", 36, "events"),
        ("up", 39, "probe"),
        ("journey", 42, "composite"),
    ] {
        let run = alone(&["--select", &format!("slo={slo}"), "--slower", "1s"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        let said = finding("WIF001", &format!("shop/{slo} is of the kind `{kind}`"));
        assert!(run.err.contains(&said), "{}", run.err);
        assert!(
            run.err.contains(&format!("spec.yaml:{line}:")),
            "{}",
            run.err
        );
        assert!(
            run.err
                .contains("no SLO that is selected can be asked this"),
            "{}",
            run.err
        );
    }
    let run = alone(&["--select", "slo=sliced", "--depends-on", "99"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.err
            .contains(&finding("WIF002", "shop/sliced counts time slices")),
        "{}",
        run.err
    );
}

#[test]
fn nobody_answers() {
    let run = alone(&["--select", "slo=checkout", "--slower", "1s"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.err.contains("[SRV001]"), "{}", run.err);
}

#[test]
fn an_invalid_spec_is_not_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("spec.yaml"),
        SPEC.replace("objective: 97", "objective: 197"),
    )
    .unwrap();
    let run = in_folder(folder.path(), &["--slower", "1s"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("[SLO0"), "{}", run.err);
    assert!(!run.err.contains("[WIF"), "{}", run.err);
}

/// Those that can be asked are.
pub(crate) fn of_some(world: &World) {
    let run = world.ask(&["--select", "slo=browse,slo=checkout", "--slower", "200ms"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.err.contains(&finding("WIF001", "shop/browse")),
        "{}",
        run.err
    );
    assert!(
        run.out.contains("\nshop/checkout: 97 % over 7d"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("browse"), "{}", run.out);
}

pub(crate) fn without_data(world: &World) {
    let run = world.ask(&["--select", "slo=nowhere", "--slower", "200ms"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err
            .contains(&finding("WIF003", "shop/nowhere: nothing was measured")),
        "{}",
        run.err
    );
    assert!(run.out.contains("no answer"), "{}", run.out);
    // Before anything happened.
    let run = world.ask_at(
        1_700_000_000,
        &["--select", "slo=checkout", "--slower", "200ms"],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    // A dependency of which nothing is known is as bad as its objective allows.
    let slo = world.slo("checkout", &["--depends-on", "shop/nowhere"]);
    assert_eq!(slo["changed"].as_array().unwrap().len(), 1);
    assert!(slo["depends_on"][0]["measured_error_ratio"].is_null());
}
