//! A Prometheus of one's own: for the demo, and for tests of what rules mean.

use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use super::{Access, Client, Error, Settings};

/// How long a start may take; a database of months is read within seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// A port found free can be taken before Prometheus listens on it.
const ATTEMPTS: u32 = 5;

/// A running Prometheus on a free port of the loopback interface. It is killed
/// when this value is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
    folder: PathBuf,
}

/// Why a Prometheus could not be started.
#[derive(Debug)]
pub enum StartError {
    /// The program cannot be run, most often because it is not installed.
    Run(io::Error),
    /// The folder cannot be written, or no port is free.
    Prepare(io::Error),
    /// It ended of its own accord.
    Ended {
        /// The last lines of its log.
        log: String,
    },
    /// It runs, but answers no queries.
    NotReady {
        /// The last lines of its log.
        log: String,
    },
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run(error) => write!(f, "cannot run prometheus: {error}"),
            Self::Prepare(error) => write!(f, "cannot prepare a Prometheus: {error}"),
            Self::Ended { log } => write!(f, "prometheus ended at once:\n{log}"),
            Self::NotReady { log } => write!(f, "prometheus does not become ready:\n{log}"),
        }
    }
}

impl std::error::Error for StartError {}

impl Server {
    /// Starts Prometheus in `folder`, with its database in `folder/data`, where
    /// blocks can lie already, and waits until it answers queries.
    ///
    /// `config` makes the configuration from the address that it listens on, so
    /// that it can scrape itself. `flags` come last on the command line.
    pub async fn start(
        folder: &Path,
        config: impl Fn(SocketAddr) -> String,
        flags: &[&str],
    ) -> Result<Self, StartError> {
        let mut attempt = 1;
        loop {
            let mut server = Self::spawn(folder, &config, flags)?;
            match server.wait().await {
                Err(StartError::Ended { log })
                    if attempt < ATTEMPTS && log.contains("address already in use") =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    fn spawn(
        folder: &Path,
        config: &impl Fn(SocketAddr) -> String,
        flags: &[&str],
    ) -> Result<Self, StartError> {
        let address = free_address().map_err(StartError::Prepare)?;
        let config_file = folder.join("prometheus.yml");
        std::fs::write(&config_file, config(address)).map_err(StartError::Prepare)?;
        let log = std::fs::File::create(log_file(folder)).map_err(StartError::Prepare)?;
        let process = Command::new("prometheus")
            .arg(flag("--config.file=", &config_file))
            .arg(flag("--storage.tsdb.path=", &folder.join("data")))
            .arg(format!("--web.listen-address={address}"))
            .args(keep_all(flags))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(StartError::Run)?;
        Ok(Self {
            process,
            address,
            folder: folder.to_owned(),
        })
    }

    async fn wait(&mut self) -> Result<(), StartError> {
        let client = self.client().map_err(|error| StartError::NotReady {
            log: error.to_string(),
        })?;
        let started = Instant::now();
        loop {
            // Somebody else may answer on this port, so the process comes first.
            if self.process.try_wait().map_err(StartError::Run)?.is_some() {
                return Err(StartError::Ended { log: self.log() });
            }
            if client.ready().await.is_ok() {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(StartError::NotReady { log: self.log() });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that asks it.
    pub fn client(&self) -> Result<Client, Error> {
        Client::new(&self.url(), Access::default(), Settings::default())
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        let text = std::fs::read(log_file(&self.folder)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Has it read its configuration and rules again, which takes a moment.
    pub async fn reload(&self) -> io::Result<()> {
        let Some(id) = self.process.id() else {
            return Err(io::Error::other("prometheus has ended"));
        };
        // Every shell has its own `kill`; the program need not be installed.
        let command = format!("kill -HUP {id}");
        let status = Command::new("sh").arg("-c").arg(command).status().await?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other("prometheus cannot be told to reload"))
        }
    }

    /// Ends it and waits until it is gone.
    pub async fn stop(mut self) -> io::Result<()> {
        self.process.kill().await
    }
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("prometheus.log")
}

/// What was backfilled must not be forgotten, unless that is asked for.
fn keep_all(flags: &[&str]) -> Option<&'static str> {
    let asked = flags
        .iter()
        .any(|flag| flag.starts_with("--storage.tsdb.retention"));
    (!asked).then_some("--storage.tsdb.retention.time=10y")
}

/// An address that nobody listens on at the moment.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

fn flag(name: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(path);
    flag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::Product;

    const EMPTY: fn(SocketAddr) -> String = |_| "global: {}\n".to_owned();

    #[tokio::test]
    async fn a_server_answers_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), EMPTY, &[]).await.unwrap();
        let client = server.client().unwrap();
        assert!(client.build_info().await.unwrap().version.is_some());
        let answer = client.query("vector(1) / 4", 0.0).await.unwrap();
        assert!((answer.samples[0].value - 0.25).abs() < 1e-9);
        let Err(Error::BadQuery { at, .. }) = client.query("1 +\nnope(2)", 0.0).await else {
            panic!("parsed");
        };
        assert_eq!(at, Some(4));
        server.stop().await.unwrap();
        assert!(matches!(
            client.ready().await,
            Err(Error::Unreachable { .. })
        ));
    }

    #[tokio::test]
    async fn a_real_server_answers_every_question() {
        let folder = tempfile::tempdir().unwrap();
        let config = |address| {
            let targets = format!("static_configs: [{{targets: ['{address}']}}]");
            format!("scrape_configs:\n- {{job_name: own, scrape_interval: 1s, {targets}}}\n")
        };
        let server = Server::start(folder.path(), config, &[]).await.unwrap();
        let client = server.client().unwrap();
        let info = client.probe().await.unwrap();
        assert_eq!(info.product, Product::Prometheus);
        assert!(info.version_number.is_some(), "{info:?}");
        assert!(
            client
                .flags()
                .await
                .unwrap()
                .contains_key("query.lookback-delta")
        );
        let runtime = client.runtime_info().await.unwrap();
        assert_eq!(runtime.reload_config_success, Some(true));
        assert!(runtime.start_time.is_some() && !runtime.storage_retention.is_empty());
        // They are discovered some seconds after the start.
        let mut targets = client.targets().await.unwrap();
        while targets.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            targets = client.targets().await.unwrap();
        }
        assert_eq!(targets[0].labels["job"], "own");
        assert_eq!(targets[0].scrape_interval, Some(1.0));
        assert!(client.rules().await.unwrap().is_empty());
        assert!(client.metadata(None).await.is_ok());
        let now = runtime.start_time.unwrap();
        let (start, end) = (now - 60.0, now + 60.0);
        let series = client.series(&["{job=\"other\"}"], start, end).await;
        assert!(series.unwrap().is_empty());
        let jobs = client.label_values("job", &["up"], start, end).await;
        assert!(jobs.unwrap().len() <= 1);
        let below = Client::new(
            &format!("{}/graph", server.url()),
            Access::default(),
            Settings::default(),
        );
        let Err(Error::WrongPath { instead, .. }) = below.unwrap().probe().await else {
            panic!("found");
        };
        assert_eq!(instead, Some(server.url()));
    }

    #[tokio::test]
    async fn a_server_that_cannot_start_shows_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let config = |_| "no such key: 1\n".to_owned();
        let Err(StartError::Ended { log }) = Server::start(folder.path(), config, &[]).await else {
            panic!("started");
        };
        assert!(log.contains("no such key"), "{log}");
    }
}
