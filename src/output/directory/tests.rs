use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::write::{replace_with, write_with};
use super::*;
use crate::output::header::header;

fn generated(body: &str) -> String {
    header(["a.yaml"], []) + body
}

fn plan(files: &[(&str, &'static str)]) -> Plan<'static> {
    let mut plan = Plan::default();
    for (path, body) in files {
        let body = *body;
        plan.add(*path, move || generated(body)).unwrap();
    }
    plan
}

/// Everything below a directory: path → contents, directories with `/`, links with `@`.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, path: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let kind = entry.file_type().unwrap();
            if kind.is_symlink() {
                into.insert(format!("{name}@"), Vec::new());
            } else if kind.is_dir() {
                into.insert(format!("{name}/"), Vec::new());
                walk(root, &path, into);
            } else {
                into.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    if root.is_dir() {
        walk(root, root, &mut found);
    }
    found
}

fn put(root: &Path, path: &str, contents: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// How many files were changed or deleted, or the codes of what is in the way.
fn generate(root: &Path, plan: &Plan, left_overs: LeftOvers) -> Result<usize, Vec<&'static str>> {
    let written = Survey::new(root, plan, left_overs)
        .and_then(|survey| write(&survey))
        .map_err(|findings| findings.iter().map(|f| f.code.id).collect::<Vec<_>>())?;
    Ok(written.changed + written.deleted)
}

#[test]
fn writes_what_is_missing_then_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("new/generated");
    let plan = plan(&[
        ("rules/a.yaml", "1"),
        ("tests/a.yaml", "2"),
        ("tests/slow/a.yaml", "3"),
    ]);
    assert_eq!(generate(&root, &plan, LeftOvers::Delete), Ok(3));
    assert_eq!(
        tree(&root).keys().collect::<Vec<_>>(),
        [
            "rules/",
            "rules/a.yaml",
            "tests/",
            "tests/a.yaml",
            "tests/slow/",
            "tests/slow/a.yaml"
        ]
    );
    let modified = |path| fs::metadata(root.join(path)).unwrap().modified().unwrap();
    let before = modified("rules/a.yaml");
    assert_eq!(generate(&root, &plan, LeftOvers::Delete), Ok(0));
    assert_eq!(modified("rules/a.yaml"), before);
}

#[cfg(unix)]
#[test]
fn others_may_read_what_was_written() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    // The same mode as any other new file gets.
    put(directory.path(), "plain", "");
    let mode = |path| {
        let metadata = fs::metadata(directory.path().join(path)).unwrap();
        metadata.permissions().mode()
    };
    let plan = plan(&[("rules/a.yaml", "1")]);
    assert_eq!(generate(directory.path(), &plan, LeftOvers::Delete), Ok(1));
    assert_eq!(mode("rules/a.yaml"), mode("plain"));
}

#[test]
fn replaces_and_deletes_only_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    put(root, "rules/a.yaml", &generated("old"));
    put(root, "rules/gone.yaml", &generated("gone"));
    put(root, "tests/slow/gone.yaml", &generated("gone"));
    put(root, "rules/foreign.yaml", "groups: []");
    put(root, "rules/README.md", &generated("not a rule file"));
    put(root, "other/ours.yaml", &generated("not where we write"));
    let plan = plan(&[("rules/a.yaml", "new")]);

    assert_eq!(generate(root, &plan, LeftOvers::Keep), Ok(1));
    assert!(root.join("rules/gone.yaml").exists());
    assert_eq!(generate(root, &plan, LeftOvers::Delete), Ok(2));
    let left = tree(root);
    assert_eq!(left["rules/a.yaml"], generated("new").as_bytes());
    assert_eq!(
        left.keys()
            .filter(|k| !k.ends_with('/'))
            .collect::<Vec<_>>(),
        [
            "other/ours.yaml",
            "rules/README.md",
            "rules/a.yaml",
            "rules/foreign.yaml"
        ]
    );
}

#[test]
fn foreign_files_stop_everything() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    put(root, "rules/b.yaml", "# mine\n");
    put(root, "rules/c.yaml", "");
    put(root, "rules/d.yaml", &format!("\n{}", generated("")));
    put(root, "rules/gone.yaml", &generated("gone"));
    let before = tree(root);
    let plan = plan(&[
        ("rules/a.yaml", "1"),
        ("rules/b.yaml", "2"),
        ("rules/c.yaml", "2"),
        ("rules/d.yaml", "2"),
    ]);
    assert_eq!(
        generate(root, &plan, LeftOvers::Delete),
        Err(vec!["OUT001"; 3])
    );
    assert_eq!(tree(root), before);
}

/// Puts something in the way: the root, and a directory outside.
type Setup = fn(&Path, &Path);

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "ours.yaml", &generated("elsewhere"));
    let plan = plan(&[("rules/ours.yaml", "new")]);

    let cases: [(&str, Setup); 5] = [
        ("linked directory", |root, outside| {
            symlink(outside, root.join("rules")).unwrap();
        }),
        ("linked file", |root, outside| {
            fs::create_dir(root.join("rules")).unwrap();
            symlink(outside.join("ours.yaml"), root.join("rules/ours.yaml")).unwrap();
        }),
        ("dangling link", |root, outside| {
            fs::create_dir(root.join("rules")).unwrap();
            symlink(outside.join("nothing"), root.join("rules/ours.yaml")).unwrap();
        }),
        ("file for a directory", |root, _| put(root, "rules", "")),
        ("directory for a file", |root, _| {
            put(root, "rules/ours.yaml/x", "");
        }),
    ];
    for (case, setup) in cases {
        let directory = tempfile::tempdir().unwrap();
        setup(directory.path(), outside.path());
        let before = (tree(directory.path()), tree(outside.path()));
        assert_eq!(
            generate(directory.path(), &plan, LeftOvers::Delete),
            Err(vec!["OUT002"]),
            "{case}"
        );
        assert_eq!(
            (tree(directory.path()), tree(outside.path())),
            before,
            "{case}"
        );
    }

    // Left-overs behind links are not ours either; the root itself may be a link.
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    fs::create_dir_all(directory.path().join("real/rules")).unwrap();
    symlink(directory.path().join("real"), &root).unwrap();
    symlink(outside.path(), root.join("rules/linked")).unwrap();
    symlink(
        outside.path().join("ours.yaml"),
        root.join("rules/old.yaml"),
    )
    .unwrap();
    let before = tree(outside.path());
    assert_eq!(generate(&root, &plan, LeftOvers::Delete), Ok(1));
    assert_eq!(tree(outside.path()), before);
    assert!(root.join("rules/old.yaml").is_symlink());
}

/// Lets every single step fail in turn: each time everything is as it was.
#[test]
fn a_failure_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("generated");
    put(&root, "rules/a.yaml", &generated("old"));
    put(&root, "rules/gone.yaml", &generated("gone"));
    put(&root, "rules/lost.yaml", &generated("lost"));
    let plan = plan(&[
        ("rules/a.yaml", "new"),
        ("rules/b.yaml", "new"),
        ("tests/slow/a.yaml", "new"),
    ]);
    let before = tree(&root);
    let mut failing = 0;
    loop {
        let survey = Survey::new(&root, &plan, LeftOvers::Delete).unwrap();
        let steps = AtomicUsize::new(0);
        let result = write_with(&survey, &|_, _| {
            if steps.fetch_add(1, Ordering::Relaxed) < failing {
                Ok(())
            } else {
                Err(io::ErrorKind::StorageFull.into())
            }
        });
        let Err(findings) = result else { break };
        assert_eq!(findings[0].code.id, "OUT005");
        assert_eq!(tree(&root), before, "after {failing} steps");
        failing += 1;
    }
    // Two directories, three texts, three renames, two deletions.
    assert_eq!(failing, 10);
    assert_eq!(generate(&root, &plan, LeftOvers::Delete), Ok(0));
}

#[test]
fn paths_stay_inside() {
    let mut plan = Plan::default();
    for service in ["../x", "a/../../x", "..", "a\\b", "a\nb", "c:x", ".hidden"] {
        let finding = plan.add(rules_path(service), String::new);
        // `rules/...yaml` is an odd name, but hidden like all that begin with a dot.
        assert_eq!(finding.unwrap_err().code.id, "OUT006", "{service:?}");
    }
    for path in ["", "/etc/x", "rules//x", "./rules/x"] {
        assert!(plan.add(path, String::new).is_err(), "{path:?}");
    }
    assert!(plan.add(rules_path("A-b_c.d"), String::new).is_ok());
}

#[test]
fn differences_are_shown_as_a_diff() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    put(root, "rules/a.yaml", &generated("a: 1\nb: 2\n"));
    put(root, "rules/gone.yaml", &generated("c: 3\n"));
    let plan = plan(&[("rules/a.yaml", "a: 1\nb: 3\n"), ("tests/b.yaml", "d: 4\n")]);
    let shown = Path::new("generated");
    let survey = Survey::new(root, &plan, LeftOvers::Delete).unwrap();
    let text = survey
        .changes(|change| change.finding(shown).message + "\n" + &change.diff(shown))
        .unwrap()
        .concat();
    insta::with_settings!({filters => vec![(env!("CARGO_PKG_VERSION"), "VERSION")]}, {
        insta::assert_snapshot!(text, @r"
        generated/rules/a.yaml differs from what its specs compile to
        --- generated/rules/a.yaml
        +++ generated/rules/a.yaml
        @@ -1,4 +1,4 @@
         # Code generated by slosmith VERSION; DO NOT EDIT.
         # Source: a.yaml
         a: 1
        -b: 2
        +b: 3
        generated/tests/b.yaml is missing
        --- /dev/null
        +++ generated/tests/b.yaml
        @@ -0,0 +1,3 @@
        +# Code generated by slosmith VERSION; DO NOT EDIT.
        +# Source: a.yaml
        +d: 4
        generated/rules/gone.yaml is left over: no spec stands behind it
        --- generated/rules/gone.yaml
        +++ /dev/null
        @@ -1,3 +0,0 @@
        -# Code generated by slosmith VERSION; DO NOT EDIT.
        -# Source: a.yaml
        -c: 3
        ");
    });
}

#[test]
fn files_elsewhere_are_replaced_all_or_none() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.yaml", "a");
    put(root.path(), "deep/b.yaml", "b");
    let before = tree(root.path());
    let changes = || {
        ["a.yaml", "deep/b.yaml"].map(|name| Change {
            path: root.path().join(name).display().to_string(),
            old: Some(before[name].clone()),
            new: Some("new".to_owned()),
        })
    };
    // Two texts, two renames.
    for failing in 0..4 {
        let steps = AtomicUsize::new(0);
        let result = replace_with(changes().to_vec(), &|_, _| {
            if steps.fetch_add(1, Ordering::Relaxed) < failing {
                Ok(())
            } else {
                Err(io::ErrorKind::StorageFull.into())
            }
        });
        assert_eq!(result.unwrap_err()[0].code.id, "OUT005");
        assert_eq!(tree(root.path()), before, "after {failing} steps");
    }
    replace(changes().to_vec()).unwrap();
    assert!(
        tree(root.path())
            .values()
            .all(|text| text.is_empty() || text == b"new")
    );
}
