//! `VictoriaMetrics`, which answers queries and knows no rules.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cases::verdicts;
use crate::outcome::read;
use crate::slosmith_command::{run, slosmith};
use crate::world::{Past, Setup};

const PATIENCE: Duration = Duration::from_secs(60);

/// It ends with the test.
struct Victoria {
    process: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Victoria {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Victoria {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let process = Command::new("victoria-metrics")
            .arg(format!("-httpListenAddr={address}"))
            .arg(format!("-storageDataPath={}", folder.path().display()))
            .arg("-retentionPeriod=1y")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = process.expect("victoria-metrics is installed by `make test`");
        let url = format!("http://{address}");
        let server = Self {
            process,
            url,
            _folder: folder,
        };
        server.get_ready().await;
        server
    }

    async fn get_ready(&self) {
        let started = Instant::now();
        let health = format!("{}/health", self.url);
        while reqwest::get(&health).await.is_err() {
            assert!(
                started.elapsed() < PATIENCE,
                "VictoriaMetrics does not start"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Lines of series, value and Unix time in seconds.
    async fn import(&self, samples: &str) {
        let url = format!("{}/api/v1/import/prometheus", self.url);
        let mut body = String::new();
        for line in samples.lines() {
            let (sample, time) = line.rsplit_once(' ').unwrap();
            writeln!(body, "{sample} {time}000").unwrap();
        }
        let client = reqwest::Client::new();
        let answer = client.post(url).body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        // What was written can be read after a moment.
        let flush = format!("{}/internal/force_flush", self.url);
        assert!(reqwest::get(flush).await.unwrap().status().is_success());
    }
}

#[tokio::test]
async fn verdicts_are_those_of_prometheus() {
    let mut cases = verdicts::cases();
    let past = Past::new(&mut cases, &Setup::default()).await;
    let server = Victoria::start().await;
    server.import(&past.samples()).await;
    let mut command = slosmith(past.folder());
    command.args([
        "check",
        "specs",
        "--prometheus",
        &server.url,
        "--format",
        "json",
    ]);
    let run = run(&mut command);
    let outcome = read(&run);
    outcome.is_as_expected(&cases, &[]);
    let notes = outcome.notes.join("\n");
    assert!(notes.contains("no rules API"), "{notes}");
    assert_eq!(run.code, Some(1), "{}", run.err);
}
