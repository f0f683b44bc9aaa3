//! An interrupted run goes on where it stopped.

use std::fs;
use std::time::{Duration, Instant};

use crate::past::{END, SPEC, raw};
use crate::slosmith_command::slosmith;
use crate::world::{World, runtime};

/// Starts a run and kills it as soon as some SLOs are done, but not all.
fn interrupted(world: &World, args: &[&str]) {
    let mut running = slosmith(world.folder())
        .args(["backfill", "spec.yaml", "--prometheus", &world.url()])
        .args(args)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    loop {
        let state = fs::read_to_string(world.path("h.om.state")).unwrap_or_default();
        if state.lines().count() >= 4 {
            break;
        }
        let ended = running.try_wait().unwrap();
        assert!(ended.is_none(), "it ended too soon: {ended:?}");
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(!world.path("h.om").exists());
}

/// As if it had been killed in the middle of writing.
fn tear(world: &World) {
    for (file, rest) in [
        ("h.om.partial", "slo:torn{servi"),
        ("h.om.state", "{\"slo\":\"sh"),
    ] {
        let mut text = fs::read_to_string(world.path(file)).unwrap();
        text.push_str(rest);
        fs::write(world.path(file), text).unwrap();
    }
}

#[test]
fn the_file_is_the_same_as_without_an_interruption() {
    runtime().block_on(async {
        let world = World::new(SPEC, &raw(), &[]).await;
        let until = END.to_string();
        let args = ["--until", &until, "--since", "3d"];
        let whole = world.history("whole.om", &args);

        let into = [&["-o", "h.om"], &args[..]].concat();
        interrupted(&world, &into);
        tear(&world);
        let run = world.backfill(&into);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(
            run.err.contains("going on with an interrupted run: "),
            "{}",
            run.err
        );
        let resumed = fs::read_to_string(world.path("h.om")).unwrap();
        assert!(resumed == whole, "the histories differ");
        for left in ["h.om.partial", "h.om.state"] {
            assert!(!world.path(left).exists(), "{left}");
        }
        // What is said at the end is about all of it.
        let summary = |err: &str| {
            let line = err.lines().find(|line| line.contains(" samples, from "));
            line.unwrap().split_once(": ").unwrap().1.to_owned()
        };
        let again = world.backfill(&[&["-o", "whole.om"], &args[..]].concat());
        assert_eq!(summary(&run.err), summary(&again.err));

        // Another question is another history.
        fs::remove_file(world.path("h.om")).unwrap();
        interrupted(&world, &into);
        let other = ["--select", "slo=web"];
        let run = world.backfill(&[&into[..], &other].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.err.contains("beginning anew"), "{}", run.err);
        let selected = fs::read_to_string(world.path("h.om")).unwrap();
        assert!(
            selected
                .lines()
                .all(|line| line == "# EOF" || line.contains("slo=\"web\""))
        );

        // Standard output cannot be gone on with, and is the same.
        let piped = world.backfill(&[&["-o", "-"], &args[..], &other].concat());
        assert_eq!(piped.code, Some(0), "{}", piped.err);
        assert!(piped.out == selected, "the histories differ");
    });
}
