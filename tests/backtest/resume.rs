//! An interrupted run goes on where it stopped, and limits of a server change nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::alerts::SPEC;
use crate::past::{END, raw};
use crate::slosmith_command::{Run, run, slosmith};
use crate::world::{World, runtime};

/// Queries over a range that the server has answered.
fn answered(world: &World) -> u64 {
    let url = world.url();
    let address = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let name = "prometheus_http_requests_total{code=\"200\",handler=\"/api/v1/query_range\"} ";
    let count = text.lines().find_map(|line| line.strip_prefix(name));
    count.map_or(0, |count| count.parse().unwrap())
}

fn args(world: &World) -> Vec<String> {
    let until = END.to_string();
    let url = world.url();
    let args = [
        "backtest",
        "spec.yaml",
        "--prometheus",
        &url,
        "--until",
        &until,
    ];
    let more = ["--since", "2d", "--cache", "cache", "--format", "json"];
    args.into_iter().chain(more).map(str::to_owned).collect()
}

fn replay(world: &World) -> Run {
    run(slosmith(world.folder()).args(args(world)))
}

/// The answers that are kept.
fn kept(world: &World) -> Vec<PathBuf> {
    let runs = fs::read_dir(world.path("cache/backtest"))
        .into_iter()
        .flatten();
    let files = runs.flat_map(|run| fs::read_dir(run.unwrap().path()).into_iter().flatten());
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "answer"))
        .collect()
}

/// Starts a run and kills it when some answers are there, but not all.
fn interrupted(world: &World) {
    let mut running = slosmith(world.folder())
        .args(args(world))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while kept(world).len() < 6 {
        let ended = running.try_wait().unwrap();
        assert!(ended.is_none(), "it ended too soon: {ended:?}");
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn the_replay_is_the_same_as_without_an_interruption() {
    runtime().block_on(async {
        let mut world = World::new(SPEC, &raw(), &[]).await;
        let before = answered(&world);
        let whole = replay(&world);
        assert_eq!(whole.code, Some(0), "{}", whole.err);
        let all = answered(&world) - before;
        assert!(kept(&world).is_empty());

        interrupted(&world);
        // One of them was being written, another one belongs to something else.
        let files = kept(&world);
        fs::write(&files[0], "{\"server\":").unwrap();
        fs::copy(&files[1], &files[2]).unwrap();
        let before = answered(&world);
        let again = replay(&world);
        assert_eq!(again.code, Some(0), "{}", again.err);
        assert!(
            again.err.contains("going on with an interrupted run"),
            "{}",
            again.err
        );
        assert!(again.out == whole.out, "the replays differ");
        let asked = answered(&world) - before;
        assert!(asked < all, "{asked} of {all}");
        assert!(kept(&world).is_empty());

        // A query over all instants needs far more than this at once.
        let few = ["--query.max-samples=4000"];
        world.restart(|_| "global: {}\n".to_owned(), &few).await;
        let parts = replay(&world);
        assert_eq!(parts.code, Some(0), "{}", parts.err);
        let server = |run: &Run| {
            let mut json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
            json["server"] = "".into();
            json
        };
        assert!(server(&parts) == server(&whole), "the replays differ");
    });
}
