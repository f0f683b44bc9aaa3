//! The generated rule unit tests pass in this layout, too, and notice when an alert no
//! longer means what it claims.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use slosmith::parallel;

use crate::slosmith_command::{run, slosmith};

fn generated(folder: &Path) {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/specs.yaml");
    let arguments = ["generate", "--layout", "sloth"];
    let generated = run(slosmith(folder).args(arguments).arg(specs));
    assert_eq!(generated.code, Some(0), "{}", generated.err);
}

fn promtool(arguments: &[&str], file: &Path) -> (bool, String) {
    let output = Command::new("promtool")
        .args(arguments)
        .arg(file)
        .output()
        .expect("promtool must be installed: make prometheus");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (
        output.status.success() && !said.contains("FAILED"),
        said.into_owned(),
    )
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

#[test]
fn rules_are_accepted_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path());
    let generated = folder.path().join("generated");
    for file in yaml_files(&generated.join("rules")) {
        let (accepted, said) = promtool(&["check", "rules"], &file);
        assert!(accepted, "{said}");
    }
    let mut tests = yaml_files(&generated.join("tests"));
    tests.extend(yaml_files(&generated.join("tests/slow")));
    assert!(tests.len() > 10);
    for (file, (passed, said)) in tests.iter().zip(parallel::map(&tests, |file| {
        promtool(&["test", "rules"], file)
    })) {
        assert!(passed, "{}\n{said}", file.display());
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.contains("sloth_severity=") || text.contains("# Nothing is tested"),
            "{text}"
        );
    }
}

/// What is replaced, by what, in rules of the service `events`.
const MUTATIONS: [(&str, &str); 9] = [
    ("sloth_severity: page", "sloth_severity: ticket"),
    (
        "sloth_slo: it\n          sloth_window: 1h",
        "sloth_slo: other\n          sloth_window: 1h",
    ),
    (
        "sloth_service: events\n          sloth_slo: it\n          sloth_window: 5m",
        "sloth_slo: it\n          sloth_window: 5m",
    ),
    (
        "slo:error_ratio:5m{service=\"events\", slo=\"it\"})",
        "slo:error_ratio:1h{service=\"events\", slo=\"it\"})",
    ),
    (
        "slo:error_ratio:1h{service=\"events\", slo=\"it\"})",
        "slo:error_ratio:3h{service=\"events\", slo=\"it\"})",
    ),
    (
        "max without (service, slo)",
        "0 * max without (service, slo)",
    ),
    ("and on ()", "unless on ()"),
    ("offset 15m", "offset 5m"),
    ("alert: SLOBudgetLow", "alert: Other"),
];

#[test]
fn changed_meanings_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path());
    let unnoticed: Vec<String> = parallel::map(&MUTATIONS, |(old, new)| {
        let copy = tempfile::tempdir().unwrap();
        for path in ["rules", "tests", "tests/slow"] {
            let to = copy.path().join(path);
            fs::create_dir_all(&to).unwrap();
            for file in yaml_files(&folder.path().join("generated").join(path)) {
                fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
        let rules = copy.path().join("rules/events.yaml");
        let text = fs::read_to_string(&rules).unwrap();
        assert!(text.contains(old), "{old:?} is not there");
        fs::write(&rules, text.replace(old, new)).unwrap();
        let tests = ["tests/events.yaml", "tests/slow/events.yaml"];
        let noticed = tests
            .iter()
            .any(|test| !promtool(&["test", "rules"], &copy.path().join(test)).0);
        (!noticed).then(|| format!("{old:?} → {new:?}"))
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
