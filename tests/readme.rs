//! The commands of the README do what they say, in its order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

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
    for command in commands() {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
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
}
