//! What is written reads well, keeps every comment, and means the same.

use std::fs;
use std::path::Path;

use crate::samples::{KUBERNETES, NATIVE, PYRRA, SLOTH, WINDOWS};
use crate::slosmith_command::{Run, run, slosmith};

/// Runs a command in a directory that holds these files.
fn with_files(files: &[(&str, &str)], args: &[&str]) -> (tempfile::TempDir, Run) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        put(directory.path(), name, text);
    }
    let run = run(slosmith(directory.path()).args(args));
    (directory, run)
}

fn put(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn to_native(spec: &str) -> Run {
    let (_, run) = with_files(
        &[("spec.yaml", spec)],
        &["convert", "spec.yaml", "--to", "native"],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    run
}

/// What stands behind each `#` that begins a comment, sorted; samples have no other `#`.
fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text
        .lines()
        .filter_map(|line| Some(line.split_once('#')?.1.trim()))
        .collect();
    found.sort_unstable();
    found
}

/// The rules that specs compile to, without their header.
fn rules(directory: &Path, args: &[&str]) -> String {
    let run = run(slosmith(directory).args(["generate", "-o", "-"]).args(args));
    assert_eq!(run.code, Some(0), "{run:?}");
    let lines = run.out.lines().filter(|line| !line.starts_with("# Source"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_written_looks_as_if_a_person_had_written_it() {
    for (name, spec) in [
        ("sloth", SLOTH),
        ("kubernetes", KUBERNETES),
        ("pyrra", PYRRA),
    ] {
        let run = to_native(spec);
        insta::assert_snapshot!(format!("native_from_{name}"), run.out);
        insta::assert_snapshot!(format!("report_from_{name}"), run.err);
    }
}

#[test]
fn no_comment_is_lost() {
    for spec in [SLOTH, KUBERNETES, PYRRA] {
        assert_eq!(comments(&to_native(spec).out), comments(spec));
    }
}

#[test]
fn the_rules_are_the_same() {
    let files = [
        ("specs/sloth.yaml", SLOTH),
        ("specs/deep/cart.yaml", KUBERNETES),
        ("specs/pyrra.yml", PYRRA),
        ("specs/own.yaml", NATIVE),
        (
            "specs/defaults.yaml",
            "apiVersion: slosmith/v1\ndefaults: {scrape_interval: 15s}\n",
        ),
    ];
    let args = ["convert", "specs", "--to", "native", "-o", "new"];
    let (directory, run) = with_files(&files, &args);
    let here = directory.path();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(rules(here, &["new"]), rules(here, &["specs"]));
    assert_eq!(
        fs::read_to_string(here.join("new/own.yaml")).unwrap(),
        NATIVE
    );
    for (name, _) in files {
        let new = here.join(name.replace("specs/", "new/"));
        let text = fs::read_to_string(new).unwrap();
        assert!(text.contains("apiVersion: slosmith/v1"), "{text}");
    }
    // Nothing is left to be said about what was converted.
    let validated = crate::slosmith_command::findings_in(here, &["new"]);
    let codes: Vec<_> = validated.iter().map(|finding| &finding.code).collect();
    assert!(
        !codes.iter().any(|code| code.starts_with("IMP")),
        "{codes:?}"
    );
}

#[test]
fn what_options_say_is_in_the_specs_afterwards() {
    let files = [("sloth.yaml", SLOTH), ("windows/seven.yaml", WINDOWS)];
    let flags = ["--default-slo-period", "7d", "--alert-windows", "windows"];
    let convert = ["convert", "sloth.yaml", "--to", "native", "-o", "new"];
    let (directory, run) = with_files(&files, &[&convert[..], &flags].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    let with_flags = rules(directory.path(), &[&["sloth.yaml"][..], &flags].concat());
    let without = rules(directory.path(), &["sloth.yaml"]);
    assert_ne!(with_flags, without);
    assert_eq!(rules(directory.path(), &["new"]), with_flags);
}

#[test]
fn several_files_make_one_stream() {
    let files = [("a.yaml", SLOTH), ("b.yaml", NATIVE), ("c.yaml", PYRRA)];
    let args = ["convert", "a.yaml", "b.yaml", "c.yaml", "--to", "native"];
    let (directory, run) = with_files(&files, &args);
    put(directory.path(), "all.yaml", &run.out);
    let here = directory.path();
    let before = rules(here, &["a.yaml", "b.yaml", "c.yaml"]);
    assert_eq!(rules(here, &["all.yaml"]), before);
    assert!(run.out.contains(NATIVE), "{}", run.out);
    assert!(
        run.err.contains("b.yaml: in this format already"),
        "{}",
        run.err
    );
}

#[test]
fn converting_twice_changes_nothing() {
    for spec in [SLOTH, KUBERNETES, PYRRA] {
        let once = to_native(spec).out;
        assert_eq!(to_native(&once).out, once);
    }
}

#[test]
fn a_file_with_both_formats_keeps_its_order() {
    let run = to_native(&format!("{NATIVE}---\n{KUBERNETES}"));
    let website = run.out.find("service: website").unwrap();
    let cart = run.out.find("service: cart").unwrap();
    assert!(
        website < cart && run.out.starts_with("# ours\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("# odd, but ours"), "{}", run.out);
}

/// The sample with a comment above, behind and below each line that is no text of a block,
/// one at a time and all together.
fn commented(sample: &'static str) -> Vec<String> {
    let without = |line: &'static str| line.split('#').next().unwrap().trim_end();
    let lines: Vec<&str> = sample
        .lines()
        .map(without)
        .filter(|line| !line.is_empty())
        .collect();
    let inside = |line: &str| {
        let line = line.trim_start();
        ["1 - (", "sum(", "/", ")", "error_ratio_query"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let mut all = Vec::new();
    let mut together = String::new();
    for (number, line) in lines.iter().enumerate() {
        let indent = " ".repeat(line.len() - line.trim_start().len());
        if inside(line) || *line == "---" {
            together.extend([*line, "\n"]);
            continue;
        }
        let above = format!("{indent}# above {number}\n{line}\n");
        let behind = format!("{line} # behind {number}\n");
        let below = format!("{line}\n{indent}# below {number}\n");
        for changed in [above, behind, below] {
            let line = |(other, line): (usize, &&str)| {
                if other == number {
                    changed.clone()
                } else {
                    format!("{line}\n")
                }
            };
            all.push(lines.iter().enumerate().map(line).collect());
        }
        let both = format!("{indent}# above {number}\n{line} # behind {number}\n");
        together.push_str(&both);
    }
    all.push(together);
    all
}

#[test]
fn no_comment_is_lost_wherever_it_stands() {
    let mut number = 0;
    for sample in [SLOTH, KUBERNETES, PYRRA] {
        for spec in commented(sample) {
            let run = to_native(&spec);
            assert_eq!(comments(&run.out), comments(&spec), "{spec}\n{}", run.out);
            number += 1;
        }
    }
    assert!(number > 150, "{number}");
}

#[test]
fn comments_in_expressions_are_not_lost() {
    // What is taken out of the expression leaves its comments behind.
    let spec = SLOTH.replace(
        "          1 - (\n",
        "          # all but the fast ones\n          1 - (\n",
    );
    let run = to_native(&spec);
    assert_eq!(comments(&run.out), comments(&spec));
    // What is taken over as it is has them itself.
    let spec = KUBERNETES.replace(
        "totalQuery: sum(rate(cart_add_total[{{.window}}]))",
        "totalQuery: |\n            # with errors\n            sum(rate(cart_add_total[{{.window}}]))",
    );
    let run = to_native(&spec);
    assert_eq!(comments(&run.out), comments(&spec));
}
