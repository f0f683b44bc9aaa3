//! The generated rule unit tests: they pass on the generated rules, and notice
//! when a rule no longer means what it claims.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use slosmith::parallel;

/// The directory that `tests/proof/specs.yaml` compiles to.
fn generated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/specs.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_slosmith"))
        .arg("generate")
        .arg(specs)
        .arg("-o")
        .arg(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    folder
}

/// Whether the tests in a file pass, and what promtool says.
fn passes(file: &Path) -> (bool, String) {
    let output = Command::new("promtool")
        .args(["test", "rules"])
        .arg(file)
        .output()
        .expect("promtool must be installed: make prometheus");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

/// The test files of a service.
fn tests_of(folder: &Path, service: &str) -> Vec<PathBuf> {
    let names = [
        format!("tests/{service}.yaml"),
        format!("tests/slow/{service}.yaml"),
    ];
    let paths = names.iter().map(|name| folder.join(name));
    paths.filter(|path| path.exists()).collect()
}

#[test]
fn every_kind_of_sli_is_proven() {
    let folder = generated();
    let services = [
        "events",
        "good",
        "latency",
        "satisfaction",
        "freshness",
        "probe",
        "threshold",
        "ratio",
        "slices",
        "journey",
    ];
    let files: Vec<PathBuf> = services
        .iter()
        .flat_map(|service| tests_of(folder.path(), service))
        .collect();
    assert_eq!(files.len(), services.len() + 1);
    for (file, (passed, said)) in files.iter().zip(parallel::map(&files, |file| passes(file))) {
        assert!(passed, "{}\n{said}", file.display());
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("is not tested"), "{text}");
    }
}

#[test]
fn what_promtool_cannot_evaluate_is_named() {
    let folder = generated();
    let [file] = &tests_of(folder.path(), "yearly")[..] else {
        panic!("one file is expected");
    };
    let (passed, said) = passes(file);
    assert!(passed, "{said}");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("# Nothing is tested"), "{text}");
}

/// A change to the rules of a service that must be noticed: what is replaced, by what.
struct Mutation {
    service: &'static str,
    old: String,
    new: String,
}

fn mutation(service: &'static str, old: &str, new: &str) -> Mutation {
    Mutation {
        service,
        old: old.to_owned(),
        new: new.to_owned(),
    }
}

fn mutations() -> Vec<Mutation> {
    let mut all = Vec::new();
    // Factors of all four pairs, both ways.
    for (factor, more, less) in [
        ("14.4", "17.28", "12"),
        ("6", "7.2", "5"),
        ("3", "3.6", "2.5"),
        ("1", "1.2", "0.83"),
    ] {
        for other in [more, less] {
            let (old, new) = (format!("> {factor} and"), format!("> {other} and"));
            all.push(mutation("events", &old, &new));
        }
    }
    let ratio = |window: &str| {
        format!("slo:error_ratio:{window}{{service=\"events\", slo=\"it\"}} / 0.001 > ")
    };
    for (old, new) in [
        // The short and the long window of a pair.
        (ratio("5m") + "14.4", ratio("30m") + "14.4"),
        (ratio("15m") + "6", ratio("3h") + "6"),
        (ratio("30m") + "14.4", ratio("5m") + "14.4"),
        // The window behind a recorded ratio.
        ("[30m])".to_owned(), "[10m])".to_owned()),
        ("[1d12h]".to_owned(), "[1d]".to_owned()),
        // Data for half of the long window.
        ("offset 15m".to_owned(), "offset 5m".to_owned()),
        ("offset 1h30m".to_owned(), "offset 5m".to_owned()),
        ("offset 18h".to_owned(), "offset 5m".to_owned()),
        // Which events are bad.
        ("code=~\"5..\"".to_owned(), "code!~\"5..\"".to_owned()),
        // An error that has never been counted is none.
        (
            "or 0 * sum(slo:total:rate5m{service=\"events\", slo=\"it\"})".to_owned(),
            String::new(),
        ),
        // Idle is not NaN.
        (
            "(slo:total:rate5m{service=\"events\", slo=\"it\"} > 0)".to_owned(),
            "(slo:total:rate5m{service=\"events\", slo=\"it\"})".to_owned(),
        ),
        ("/ 0.001 >".to_owned(), "/ 0.0012 >".to_owned()),
        // Who is told, of what, and when.
        ("severity: page".to_owned(), "severity: ticket".to_owned()),
        ("alert: SLONoData".to_owned(), "alert: Other".to_owned()),
        ("for: 10m".to_owned(), "for: 30m".to_owned()),
        ("for: 10m".to_owned(), "for: 2m".to_owned()),
        ("absent(".to_owned(), "0 * (".to_owned()),
        ("alert: SLOBudgetLow".to_owned(), "alert: Other".to_owned()),
        ("< 0.25".to_owned(), "< 0".to_owned()),
    ] {
        all.push(mutation("events", &old, &new));
    }
    all.extend([
        // Good events that have never been counted are none.
        mutation(
            "good",
            "or\n                0 * ",
            "and\n                0 * ",
        ),
        mutation("good", "asked_total", "answered_total"),
        mutation(
            "good",
            "sum by (region) (rate(asked_total[5m]))",
            "sum(rate(asked_total[5m]))",
        ),
        mutation("good", "unless", "and"),
        mutation("latency", "le=~\"1(\\\\.0)?\"", "le=\"+Inf\""),
        mutation("latency", "code=~\"5..\"", "code=~\"4..\""),
        mutation("satisfaction", "0.2 *", "0.3 *"),
        mutation("satisfaction", "0.5 *", "0.6 *"),
        mutation("freshness", "> 7200", "> 7800"),
        mutation("freshness", "> 7200", "> 6600"),
        mutation(
            "freshness",
            "last_over_time(slo:seen:count",
            "present_over_time(slo:gone:count",
        ),
        mutation("probe", "== 0", "== 1"),
        mutation("threshold", "<= 60", "< 60"),
        mutation("threshold", "<= 60", "<= 70"),
        mutation(
            "ratio",
            "avg_over_time(loss_ratio",
            "max_over_time(gain_ratio",
        ),
        mutation("slices", "0.05", "0.06"),
        mutation("slices", "0.05", "0.04"),
        mutation("journey", "0.7 *", "0.5 *"),
    ]);
    all
}

#[test]
fn changed_meanings_are_noticed() {
    let folder = generated();
    let unnoticed: Vec<String> = parallel::map(&mutations(), |mutation| {
        let Mutation { service, old, new } = mutation;
        let copy = tempfile::tempdir().unwrap();
        for path in ["rules", "tests", "tests/slow"] {
            fs::create_dir_all(copy.path().join(path)).unwrap();
            for entry in fs::read_dir(folder.path().join(path)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    let to = copy.path().join(path).join(entry.file_name());
                    fs::copy(entry.path(), to).unwrap();
                }
            }
        }
        let rules = copy.path().join(format!("rules/{service}.yaml"));
        let text = fs::read_to_string(&rules).unwrap();
        // Expressions are laid out over several lines.
        let tokens: Vec<String> = old.split_whitespace().map(regex::escape).collect();
        let pattern = regex::Regex::new(&tokens.join(r"\s+")).unwrap();
        let changed = pattern.replace_all(&text, regex::NoExpand(new));
        assert!(text != changed, "{service} does not contain {old:?}");
        fs::write(&rules, changed.as_bytes()).unwrap();
        let noticed = tests_of(copy.path(), service)
            .iter()
            .any(|file| !passes(file).0);
        (!noticed).then(|| format!("{service}: {old:?} → {new:?}"))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(
        unnoticed.is_empty(),
        "not noticed:\n{}",
        unnoticed.join("\n")
    );
}
