//! A real Prometheus with that past.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Client, Server, promtool};

use crate::past::Raw;
use crate::slosmith_command::{Run, run, slosmith};

pub(crate) struct World {
    folder: tempfile::TempDir,
    server: Server,
    pub(crate) raw: Vec<Raw>,
}

impl World {
    pub(crate) async fn new(spec: &str, raw: Vec<Raw>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
        let path = folder.path().join("raw.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        for series in &raw {
            let labels = series.labels.iter().copied();
            writer
                .series(series.name, labels, series.samples())
                .unwrap();
        }
        writer.finish().unwrap();
        promtool::blocks_from_openmetrics(&path, &folder.path().join("data"))
            .await
            .unwrap();
        let config = |_| "global: {}\n".to_owned();
        let server = Server::start(folder.path(), config, &[]).await.unwrap();
        Self {
            folder,
            server,
            raw,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client().unwrap()
    }

    /// Growth of all counters of a name that are chosen by their labels.
    pub(crate) fn growth(
        &self,
        name: &str,
        of: impl Fn(&Raw) -> bool,
        span: crate::past::Stretch,
    ) -> f64 {
        let chosen = self.raw.iter().filter(|raw| raw.name == name && of(raw));
        chosen.map(|raw| raw.growth(span)).sum()
    }

    /// `slosmith report …` of the spec.
    pub(crate) fn report(&self, args: &[&str]) -> Run {
        run(slosmith(self.folder())
            .args(["report", "spec.yaml", "--prometheus", &self.url()])
            .args(args))
    }
}
