//! The command as people run it.

use std::fs;

use crate::world::World;

pub(crate) fn all(world: &World) {
    formats(world);
    files(world);
    misuse(world);
    lost(world);
}

fn at() -> [&'static str; 2] {
    ["--at", "2025-11-10T12:00:00Z"]
}

/// The same page in every format.
fn formats(world: &World) {
    let told = |args: &[&str]| {
        let run = world.report(&[&at()[..], args].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out
    };
    let json: serde_json::Value =
        serde_json::from_str(&told(&["--format", "json", "--select", "slo=api"])).unwrap();
    let markdown = told(&["--format", "markdown", "--select", "slo=planned"]);
    let html = told(&["--select", "slo=planned"]);
    assert_eq!(json["at"], "2025-11-10T12:00:00Z");
    assert_eq!(json["slos"][0]["slo"], "api");
    for (text, escaped) in [
        (&markdown, "move &lt;of&gt; the data"),
        (&html, "move &lt;of&gt; the data"),
    ] {
        assert!(text.contains(escaped), "{text}");
        assert!(!text.contains("move <of>"), "{text}");
    }
    assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
    // Instants are those of the zone that was asked for.
    let zoned = told(&[
        "--select",
        "slo=api",
        "--time-zone",
        "Asia/Kolkata",
        "--format",
        "markdown",
    ]);
    assert!(
        zoned.contains("15:30") && zoned.contains("Asia/Kolkata"),
        "{zoned}"
    );
    // Attribution can be left out, or be by another label.
    for (by, expected) in [("none", 0), ("version", 1), ("version,route", 2)] {
        let by = ["--by", by, "--format", "json", "--select", "slo=api"];
        let json: serde_json::Value = serde_json::from_str(&told(&by)).unwrap();
        assert_eq!(
            json["slos"][0]["spent_by"].as_array().unwrap().len(),
            expected
        );
    }
}

/// What is written is there as a whole, in the format of its name.
fn files(world: &World) {
    for (name, begins) in [
        ("a.html", "<!DOCTYPE html>"),
        ("a.md", "# "),
        ("a.json", "{"),
    ] {
        let path = world.folder().join(name);
        let args = ["-o", name, "--select", "slo=planned"];
        let run = world.report(&[&at()[..], &args].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
        assert!(run.err.contains(&format!("wrote {name}")), "{}", run.err);
        assert!(
            fs::read_to_string(&path).unwrap().starts_with(begins),
            "{name}"
        );
        // A file that is there is replaced.
        let again = world.report(&[&at()[..], &args].concat());
        assert_eq!(again.code, Some(0), "{}", again.err);
    }
}

fn misuse(world: &World) {
    for (args, code, says) in [
        (vec!["--period", "2025-13"], 2, "write 2026-10, 2026-Q3"),
        (vec!["--at", "tomorrow"], 2, "--at: `tomorrow` is no time"),
        (vec!["--at", "2125-01-01T00:00:00Z"], 2, "nobody knows yet"),
        (
            vec!["--time-zone", "Mars/Base"],
            2,
            "`Mars/Base` is no time zone",
        ),
        (vec!["--where", "cluster="], 2, "--where"),
        (vec!["--select", "slo=nobody"], 2, "nobody"),
        (vec!["-o", "."], 2, "is a directory"),
        (vec!["--by", "none,route"], 2, "exclude each other"),
        (vec!["--by", ""], 2, "a label has a name"),
    ] {
        let run = world.report(&args);
        assert_eq!(run.code, Some(code), "{args:?}: {}", run.err);
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
        assert_eq!(run.out, "", "{args:?}");
    }
    // A period that has not begun is no page.
    for (period, says) in [("2025-12", "has not begun"), ("2026", "has not begun")] {
        let args = ["--period", period, "--select", "slo=api"];
        let run = world.report(&[&at()[..], &args].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
        assert!(run.err.contains(says), "{}", run.err);
    }
    // A label that nobody has is named.
    let args = ["--by", "nobody", "--select", "slo=api", "--format", "json"];
    let run = world.report(&[&at()[..], &args].concat());
    assert!(
        run.out.contains("no bad events have the label `nobody`"),
        "{}",
        run.out
    );
}

/// Where nobody answers nothing is written.
fn lost(world: &World) {
    use crate::slosmith_command::{run, slosmith};
    let run = run(slosmith(world.folder()).args([
        "report",
        "spec.yaml",
        "--prometheus",
        "http://127.0.0.1:1",
        "-o",
        "lost.html",
    ]));
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.err.contains("SRV001"), "{}", run.err);
    assert!(!world.folder().join("lost.html").exists());
}
