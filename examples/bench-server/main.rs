//! A Prometheus with the rules of specs and a healthy past, for `scripts/bench-check`.
//!
//! Usage: `bench-server SPECS_DIRECTORY SECONDS`, with specs as `bench-specs` writes them.
//! Prints the URL and the file of the log of queries as soon as all alerts have been
//! evaluated, and ends after so many seconds, or when it is told to.

mod exporter;
mod past;
mod traffic;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use slosmith::diagnostic::Diagnostics;
use slosmith::output::prometheus::render;
use slosmith::prometheus::{Client, Server};
use slosmith::rules::{self, Options, RuleFile};
use slosmith::slo::Slo;
use slosmith::source::Sources;
use slosmith::spec;
use tokio::signal::unix::{SignalKind, signal};
use traffic::Traffic;

/// Fast groups are evaluated within a minute, if the machine is not too slow for it.
const PATIENCE: Duration = Duration::from_secs(300);
/// Blocks stay as they are: merging them would take time from what is measured.
const FLAGS: [&str; 2] = [
    "--storage.tsdb.min-block-duration=2h",
    "--storage.tsdb.max-block-duration=2h",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    let [_, directory, seconds] = args.as_slice() else {
        return Err(usage());
    };
    let seconds = seconds.parse().map_err(|_| usage())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // When this process is told to end, the server has to end as well.
    tokio::select! {
        done = run(Path::new(directory), Duration::from_secs(seconds)) => done,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

fn usage() -> io::Error {
    io::Error::other("usage: bench-server SPECS_DIRECTORY SECONDS")
}

async fn run(directory: &Path, length: Duration) -> io::Result<()> {
    let slos = load(directory)?;
    let files = rules::compile(&slos, &slos, &Options::default());
    let traffic = Arc::new(Traffic::of(&slos, now()?)?);
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    write_rules(&files, folder)?;
    past::import(&files, &traffic, folder).await?;
    let target = exporter::start(traffic).await?;
    let log = folder.join("queries.log");
    let config = |_| config(target, &log);
    let server = Server::start(folder, config, &FLAGS).await;
    let server = server.map_err(io::Error::other)?;
    let client = server.client().map_err(io::Error::other)?;
    evaluated(&client).await?;
    writeln!(io::stdout(), "{}\n{}", server.url(), log.display())?;
    tokio::time::sleep(length).await;
    server.stop().await
}

fn now() -> io::Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(now.map_err(io::Error::other)?.as_secs())
}

fn load(directory: &Path) -> io::Result<Vec<Slo>> {
    let mut sources = Sources::default();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        sources.add(path.display().to_string(), fs::read_to_string(&path)?);
    }
    let ids: Vec<_> = sources.ids().collect();
    let mut diagnostics = Diagnostics::default();
    let slos = spec::load(&sources, &ids, &mut diagnostics);
    if diagnostics.has_errors() || slos.is_empty() {
        return Err(io::Error::other("the specs cannot be read"));
    }
    Ok(slos)
}

fn write_rules(files: &[RuleFile], folder: &Path) -> io::Result<()> {
    fs::create_dir(folder.join("rules"))?;
    for file in files {
        let path = folder.join(format!("rules/{}.yaml", file.service));
        fs::write(path, render(file, &[]))?;
    }
    Ok(())
}

/// Labels as the past has them, or they would be other series.
fn config(target: SocketAddr, log: &Path) -> String {
    format!(
        "global: {{scrape_interval: 30s, query_log_file: '{}'}}\nrule_files: [rules/*.yaml]\nscrape_configs:\n\
         - {{job_name: bench, honor_labels: true, static_configs: [{{targets: ['{target}']}}]}}\n",
        log.display()
    )
}

/// Waits until every fast group has been evaluated.
async fn evaluated(client: &Client) -> io::Result<()> {
    let started = Instant::now();
    loop {
        let groups = client.rules().await.map_err(io::Error::other)?;
        let mut fast = groups.iter().filter(|group| group.name.ends_with("/fast"));
        if fast.all(|group| group.rules.iter().all(|rule| rule.health == "ok")) {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            return Err(io::Error::other("some rules were not evaluated in time"));
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
