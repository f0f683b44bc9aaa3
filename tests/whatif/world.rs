//! A real Prometheus in which the same happened every minute, so that all counts are known.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use serde_json::Value;
use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Server, promtool};

use crate::slosmith_command::{Run, run, slosmith};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// Wednesday noon, 2025-06-11.
pub(crate) const NOW: u64 = 1_749_643_200;
/// When everything began.
const BEGAN: u64 = NOW - 9 * DAY;

pub(crate) const SPEC: &str = include_str!("spec.yaml");

type Labels = &'static [(&'static str, &'static str)];

/// Requests per minute up to each bound, the last one without any.
const HISTOGRAMS: [(&str, Labels, [u32; 5]); 6] = [
    (
        "checkout_seconds",
        &[("code", "200")],
        [600, 800, 980, 990, 994],
    ),
    ("checkout_seconds", &[("code", "500")], [6, 6, 6, 6, 6]),
    ("play_seconds", &[("region", "eu")], [50, 90, 99, 100, 100]),
    ("play_seconds", &[("region", "us")], [20, 60, 190, 200, 200]),
    ("age_seconds", &[], [10, 90, 100, 100, 100]),
    ("thin_seconds", &[], [0, 0, 1, 1, 1]),
];
const BOUNDS: [&str; 5] = ["0.1", "0.2", "0.4", "1.0", "+Inf"];

/// Events per minute.
const COUNTERS: [(&str, Labels, u32); 6] = [
    ("browse_total", &[("code", "200")], 995),
    ("browse_total", &[("code", "500")], 5),
    ("calls_total", &[("code", "200"), ("region", "eu")], 99),
    ("calls_total", &[("code", "500"), ("region", "eu")], 1),
    ("calls_total", &[("code", "200"), ("region", "us")], 380),
    ("calls_total", &[("code", "500"), ("region", "us")], 20),
];

pub(crate) struct World {
    folder: tempfile::TempDir,
    server: Server,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
        let path = folder.path().join("raw.om");
        write(&path);
        promtool::blocks_from_openmetrics(&path, &folder.path().join("data"))
            .await
            .unwrap();
        let server = Server::start(folder.path(), |_| "global: {}\n".to_owned(), &[]).await;
        Self {
            server: server.unwrap_or_else(|error| panic!("{error}")),
            folder,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `slosmith whatif …` of the spec, now.
    pub(crate) fn ask(&self, args: &[&str]) -> Run {
        self.ask_at(NOW, args)
    }

    pub(crate) fn ask_at(&self, at: u64, args: &[&str]) -> Run {
        let mut command = slosmith(self.folder());
        command.args(["whatif", "spec.yaml", "--prometheus", &self.server.url()]);
        run(command.args(["--at", &at.to_string()]).args(args))
    }

    /// What it says of one SLO: one entry per group.
    pub(crate) fn slos(&self, slo: &str, args: &[&str]) -> Vec<Value> {
        let select = format!("slo={slo}");
        let run = self.ask(&[&["--format", "json", "--select", &select], args].concat());
        assert_eq!(run.code, Some(0), "{} {}", run.out, run.err);
        let mut page: Value = serde_json::from_str(&run.out).unwrap();
        let Value::Array(slos) = page["slos"].take() else {
            panic!("{}", run.out)
        };
        slos
    }

    /// The same of an SLO without groups.
    pub(crate) fn slo(&self, slo: &str, args: &[&str]) -> Value {
        let mut slos = self.slos(slo, args);
        assert_eq!(slos.len(), 1, "{slos:?}");
        slos.remove(0)
    }
}

/// Nothing comes of the first sample, so that all of what is counted is seen.
fn write(path: &Path) {
    let mut writer = Writer::new(BufWriter::new(File::create(path).unwrap()));
    let instants = || (BEGAN..=NOW).step_by(usize::try_from(MINUTE).unwrap());
    let mut counter = |name: &str, labels: &[(&str, &str)], each: u32| {
        let samples = instants().enumerate().map(|(index, at)| {
            let count = f64::from(u32::try_from(index).unwrap()) * f64::from(each);
            (seconds(at), count)
        });
        writer
            .series(name, labels.iter().copied(), samples)
            .unwrap();
    };
    for (name, labels, up_to) in HISTOGRAMS {
        for (bound, count) in BOUNDS.into_iter().zip(up_to) {
            let labels = [labels, &[("le", bound)]].concat();
            counter(&format!("{name}_bucket"), &labels, count);
        }
        counter(&format!("{name}_count"), labels, up_to[4]);
    }
    for (name, labels, each) in COUNTERS {
        counter(name, labels, each);
    }
    // From 0 s to 99 s old, and new again, in steps of five minutes.
    let age = instants().map(|at| (seconds(at), seconds((at - BEGAN) / 300 % 100)));
    writer.series("data_age_seconds", [], age).unwrap();
    // In one of twenty looks it is down.
    let up = instants().map(|at| {
        (
            seconds(at),
            f64::from(!((at - BEGAN) / 300).is_multiple_of(20)),
        )
    });
    writer.series("up", [("job", "shop")], up).unwrap();
    writer.finish().unwrap();
}

/// Seconds of this century.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn seconds(unix: u64) -> f64 {
    unix as f64
}
