//! Where things are written, and what is in the way.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::samples::{KUBERNETES, NATIVE, SLOTH, WINDOWS};
use crate::slosmith_command::{Run, run, slosmith};

fn put(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn convert(directory: &Path, args: &[&str]) -> Run {
    run(slosmith(directory)
        .args(["convert", "--to", "native"])
        .args(args))
}

/// Files below a directory with their contents.
fn tree(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn in_place_replaces_the_specs_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "slo-specs/a.yaml", SLOTH);
    put(here, "slo-specs/own.yaml", NATIVE);
    put(here, "slo-specs/windows.yaml", WINDOWS);
    put(here, "elsewhere/cart.yaml", KUBERNETES);
    symlink("../elsewhere/cart.yaml", here.join("slo-specs/cart.yaml")).unwrap();
    let a = here.join("slo-specs/a.yaml");
    fs::set_permissions(&a, fs::Permissions::from_mode(0o640)).unwrap();
    let before = tree(here);

    let run = convert(here, &["--in-place"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
    let after = tree(here);
    assert_eq!(after.len(), before.len());
    assert_eq!(after["slo-specs/own.yaml"], NATIVE);
    // What is no longer needed is said, and left to whoever knows.
    assert_eq!(after["slo-specs/windows.yaml"], WINDOWS);
    assert!(
        run.err.contains("windows.yaml: not converted"),
        "{}",
        run.err
    );
    assert!(after["slo-specs/a.yaml"].contains("apiVersion: slosmith/v1"));
    assert!(after["elsewhere/cart.yaml"].contains("apiVersion: slosmith/v1"));
    assert!(here.join("slo-specs/cart.yaml").is_symlink());
    assert_eq!(
        fs::metadata(&a).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn errors_in_a_spec_leave_everything_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "slo-specs/a.yaml", SLOTH);
    put(
        here,
        "slo-specs/b.yaml",
        &KUBERNETES.replace("99.5", "ninety"),
    );
    let before = tree(here);
    for args in [&["--in-place"][..], &["-o", "new"], &[]] {
        let run = convert(here, args);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.err.contains("slo-specs/b.yaml:11:18"), "{}", run.err);
        assert_eq!(tree(here), before);
    }
}

#[test]
fn what_cannot_be_replaced_stops_the_whole() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "slo-specs/a.yaml", SLOTH);
    put(here, "locked/cart.yaml", KUBERNETES);
    let locked = here.join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    // Who may write everywhere cannot be stopped by permissions.
    if fs::write(locked.join("probe"), "").is_ok() {
        fs::remove_file(locked.join("probe")).unwrap();
        return;
    }
    let before = tree(here);
    let run = convert(here, &["slo-specs", "locked", "--in-place"]);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("OUT005"), "{}", run.err);
    assert_eq!(tree(here), before);
}

#[test]
fn files_that_are_there_are_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "sloth/a.yaml", SLOTH);
    put(here, "sloth/deep/b.yaml", KUBERNETES);
    let args = ["sloth", "-o", "new"];
    assert_eq!(convert(here, &args).code, Some(0));
    let first = tree(here);
    assert!(first.contains_key("new/a.yaml") && first.contains_key("new/deep/b.yaml"));
    // The same once more is no conflict.
    assert_eq!(convert(here, &args).code, Some(0));
    put(here, "new/deep/b.yaml", "by hand\n");
    fs::remove_file(here.join("new/a.yaml")).unwrap();
    let run = convert(here, &args);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("error[OUT001]: new/deep/b.yaml is there already"),
        "{}",
        run.err
    );
    assert!(!here.join("new/a.yaml").exists());
}

#[test]
fn two_files_do_not_become_one() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "one/a.yaml", SLOTH);
    put(here, "two/A.yaml", KUBERNETES);
    let run = convert(here, &["one/a.yaml", "two/A.yaml", "-o", "new"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("`one/a.yaml` and `two/A.yaml` would both be written as"),
        "{}",
        run.err
    );
    assert!(!here.join("new").exists());
}

#[test]
fn wrong_usage_is_said() {
    let home = tempfile::tempdir().unwrap();
    let here = home.path();
    put(here, "a.yaml", SLOTH);
    for (args, said) in [
        (
            &["a.yaml", "--in-place", "-o", "new"][..],
            "cannot be used with",
        ),
        (&["-", "-o", "new"], "no name"),
        (&["-", "--in-place"], "no file"),
        (&["nowhere"], "does not exist"),
    ] {
        let mut command = slosmith(here);
        command.args(["convert", "--to", "native"]).args(args);
        command.stdin(fs::File::open(here.join("a.yaml")).unwrap());
        let run = run(&mut command);
        assert_eq!(run.code, Some(2), "{args:?} {run:?}");
        assert!(run.err.contains(said), "{args:?} {}", run.err);
    }
}

#[test]
fn losses_can_end_the_run_with_1() {
    let home = tempfile::tempdir().unwrap();
    let spec = SLOTH.replace(
        "    alerting:\n      name",
        "    colour: red\n    alerting:\n      name",
    );
    put(home.path(), "a.yaml", &spec);
    let run = convert(home.path(), &["a.yaml", "--fail-on", "warning"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("warning[SPEC017]"), "{}", run.err);
    assert!(run.err.contains("1 warning"), "{}", run.err);
}
