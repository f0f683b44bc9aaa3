//! The meaning of generated rules, run in Prometheus' own engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/specs.yaml");
    let status = Command::new(env!("CARGO_BIN_EXE_slosmith"))
        .arg("generate")
        .arg(specs)
        .arg("-o")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    folder
}

fn promtool(folder: &Path, what: &str, file: &str) -> (bool, String) {
    let output = Command::new("promtool")
        .args([what, "rules", file])
        .current_dir(folder)
        .output()
        .expect("promtool must be installed: make prometheus");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

fn run_tests(folder: &Path) -> (bool, String) {
    std::fs::write(folder.join("test.yaml"), include_str!("rules/test.yaml")).unwrap();
    promtool(folder, "test", "test.yaml")
}

#[test]
fn rules_mean_what_they_claim() {
    let folder = folder();
    let (accepted, text) = promtool(folder.path(), "check", "rules/shop.yaml");
    assert!(accepted && !text.contains("FAILED"), "{text}");
    let (passed, text) = run_tests(folder.path());
    assert!(passed, "{text}");
}
