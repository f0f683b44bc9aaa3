//! A real Prometheus with raw metrics, and what is written of their past.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Client, Server, promtool};

use crate::slosmith_command::{Run, run, slosmith};

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;
/// Seconds between scrapes.
pub(crate) const SCRAPE: u64 = 30;

/// A raw series: name, labels, and samples in Unix seconds.
pub(crate) struct Raw {
    pub(crate) name: &'static str,
    pub(crate) labels: Vec<(&'static str, &'static str)>,
    pub(crate) samples: Vec<(f64, f64)>,
}

/// A rule file, as far as it is looked at here.
#[derive(Debug, Deserialize)]
pub(crate) struct RuleFile {
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    pub(crate) record: Option<String>,
    pub(crate) expr: String,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

/// A Prometheus and the folder it lives in, with the specs.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    server: Option<Server>,
}

impl World {
    /// With these raw metrics, of which nothing is in memory.
    pub(crate) async fn new(spec: &str, raw: &[Raw], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
        let mut world = Self {
            folder,
            server: None,
        };
        let path = world.path("raw.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        for series in raw {
            let samples = series.samples.iter().copied();
            let labels = series.labels.iter().copied();
            writer.series(series.name, labels, samples).unwrap();
        }
        writer.finish().unwrap();
        world.load("raw.om").await;
        world.restart(|_| "global: {}\n".to_owned(), flags).await;
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> String {
        self.server.as_ref().unwrap().url()
    }

    pub(crate) fn client(&self) -> Client {
        self.server.as_ref().unwrap().client().unwrap()
    }

    pub(crate) async fn restart(&mut self, config: impl Fn(SocketAddr) -> String, flags: &[&str]) {
        if let Some(server) = self.server.take() {
            server.stop().await.unwrap();
        }
        let server = Server::start(self.folder(), config, flags).await;
        self.server = Some(server.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Makes blocks of a file; the server sees them when it is started again.
    pub(crate) async fn load(&self, file: &str) {
        promtool::blocks_from_openmetrics(&self.path(file), &self.path("data"))
            .await
            .unwrap();
    }

    /// Loads a file into the running server.
    pub(crate) async fn take_up(&mut self, file: &str) {
        self.load(file).await;
        self.restart(|_| "global: {}\n".to_owned(), &[]).await;
    }

    /// `slosmith backfill …` of the spec.
    pub(crate) fn backfill(&self, args: &[&str]) -> Run {
        run(slosmith(self.folder())
            .args(["backfill", "spec.yaml", "--prometheus", &self.url()])
            .args(args))
    }

    /// The same where it must end well; what it wrote to `file`.
    pub(crate) fn history(&self, file: &str, args: &[&str]) -> String {
        let run = self.backfill(&[&["-o", file], args].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// The rules of the spec, as YAML.
    pub(crate) fn rules(&self, args: &[&str]) -> String {
        let generated = run(slosmith(self.folder())
            .args(["generate", "spec.yaml", "-o", "-"])
            .args(args));
        assert_eq!(generated.code, Some(0), "{}", generated.err);
        generated.out
    }
}

/// A multi-line text of OpenMetrics, by series and instant.
pub(crate) type Samples = BTreeMap<String, BTreeMap<u64, f64>>;

/// What a history says.
pub(crate) fn samples(text: &str) -> Samples {
    let lines = text.strip_suffix("# EOF\n").unwrap().lines();
    let mut found = Samples::new();
    for line in lines {
        let mut parts = line.rsplitn(3, ' ');
        let at: u64 = parts.next().unwrap().parse().unwrap();
        let value: f64 = parts.next().unwrap().parse().unwrap();
        let series = found.entry(parts.next().unwrap().to_owned()).or_default();
        let again = series.insert(at, value);
        assert!(again.is_none(), "twice: {line}");
    }
    found
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
