//! The commands of the README do what they say, in its order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use slosmith::prometheus::Server;

/// The commands in the blocks of shell code, without their comments.
fn commands() -> Vec<&'static str> {
    let blocks = include_str!("../README.md").split("```sh\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .map(|line| line.split("  # ").next().unwrap().trim())
        .collect()
}

fn run(folder: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {}\n{}{}",
        args.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn commands_work_one_after_the_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    let mut checks = Vec::new();
    for command in commands() {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // What these say needs a server; that comes below.
            ["slosmith", ..] if words.contains(&"--prometheus") => checks.push(words),
            ["slosmith", args @ ..] => {
                run(folder.path(), env!("CARGO_BIN_EXE_slosmith"), args);
                ran += 1;
            }
            // Run by CI, of which this test is a part; here, that they are there.
            ["make", args @ ..] => run(root, "make", &[&["--dry-run"], args].concat()),
            ["cargo", "install", ..] => {}
            other => panic!("an unknown command in the README: {other:?}"),
        }
    }
    assert!(ran >= 6, "only {ran} commands were found");
    assert!(folder.path().join("generated/rules").is_dir());
    assert!(!checks.is_empty());
    commit(folder.path());
    check(folder.path(), &checks);
}

/// Runs the checks against a Prometheus that has loaded the generated rules, and nothing else.
fn check(folder: &Path, commands: &[Vec<&str>]) {
    let rules = folder.join("generated/rules");
    let config = |_| format!("rule_files: ['{}/*.yaml']\n", rules.display());
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = Server::start(home.path(), config, &[]).await.unwrap();
        for words in commands {
            let args = words[1..].iter().map(|word| match *word {
                "http://localhost:9090" => server.url(),
                word => word.to_owned(),
            });
            let output = Command::new(env!("CARGO_BIN_EXE_slosmith"))
                .args(args)
                .current_dir(folder)
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            let (code, says) = expected(words[1]);
            let said = said.concat();
            assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
            assert!(said.contains(says), "{words:?}: {said}");
            assert!(!said.contains("[RUL"), "{words:?}: {said}");
            // Where nothing is found, the line of the spec is named.
            let is_named = said.contains("[BKF001]") && said.contains("my-service.yaml:");
            let names = ["report", "gate", "backtest", "backfill"].contains(&words[1]);
            assert!(is_named || !names, "{words:?}: {said}");
        }
    });
}

/// How a command ends that finds the rules, and none of the metrics; and what it says.
fn expected(command: &str) -> (i32, &'static str) {
    match command {
        "check" => (1, "unknown "),
        "report" => (0, "wrote "),
        "gate" => (30, "decision: unknown"),
        "backtest" => (1, "none of its metrics"),
        "whatif" => (1, "nothing was measured"),
        "backfill" => (0, "BKF001"),
        other => panic!("an unknown command in the README: {other}"),
    }
}

/// What is compared with another version needs one.
fn commit(folder: &Path) {
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "slo-specs"],
        &[
            "-c",
            "user.name=me",
            "-c",
            "user.email=me@example.com",
            "commit",
            "--quiet",
            "-m",
            "SLOs",
        ],
    ] {
        run(folder, "git", args);
    }
}
