//! A Prometheus with a past of a few days.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;

use slosmith::backfill::openmetrics::Writer;
use slosmith::check::{Context, Finding, Findings, Scope, series};
use slosmith::diagnostic::Diagnostics;
use slosmith::prometheus::{Client, Server, promtool};
use slosmith::promql::parse_matchers;
use slosmith::rules::Catalogue;
use slosmith::slo::Slo;
use slosmith::source::Sources;
use slosmith::spec::load_all;
use tempfile::TempDir;

use crate::cases::Case;

/// The minute in which everything is asked, in minutes since 1970.
pub(crate) const END: u64 = 29_833_334;
/// The same in Unix seconds.
pub(crate) const NOW: f64 = 1_790_000_040.0;
/// Minutes of the past: a little more than the two days of the period.
pub(crate) const PAST: u64 = 51 * 60;

/// A series: its value at each minute, counted from the first; none where nobody scraped.
pub(crate) struct Raw {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) values: Vec<Option<f64>>,
}

/// A gauge, by what it shows so many minutes before the end.
pub(crate) fn gauge(name: &str, labels: &[(&str, &str)], value: impl Fn(u64) -> f64) -> Raw {
    let labels = labels.iter();
    Raw {
        name: name.to_owned(),
        labels: labels
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        values: (0..=PAST).rev().map(|ago| Some(value(ago))).collect(),
    }
}

/// A counter that begins at 0, by how much it grows in a minute so long before the end.
pub(crate) fn counter(name: &str, labels: &[(&str, &str)], growth: impl Fn(u64) -> f64) -> Raw {
    let mut raw = gauge(name, labels, growth);
    let mut sum = 0.0;
    for value in raw.values.iter_mut().flatten() {
        let grown = *value;
        *value = sum;
        sum += grown;
    }
    raw
}

impl Raw {
    /// It is scraped only in those minutes, so long before the end.
    pub(crate) fn when(mut self, is_scraped: impl Fn(u64) -> bool) -> Self {
        for (ago, value) in (0..=PAST).rev().zip(&mut self.values) {
            *value = value.filter(|_| is_scraped(ago));
        }
        self
    }

    /// The process restarts so long before the end.
    pub(crate) fn restarts(mut self, at: u64) -> Self {
        let at = usize::try_from(PAST - at).unwrap();
        let before = self.values[at].unwrap_or_default();
        for value in self.values[at..].iter_mut().flatten() {
            *value -= before;
        }
        self
    }

    /// Counts as if it had counted so much before.
    pub(crate) fn from(mut self, first: f64) -> Self {
        let begin = self
            .values
            .iter()
            .flatten()
            .copied()
            .next()
            .unwrap_or_default();
        for value in self.values.iter_mut().flatten() {
            *value += first - begin;
        }
        self
    }
}

pub(crate) struct World {
    pub(crate) server: Server,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new(cases: &[Case]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raw.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        for raw in cases.iter().flat_map(|case| &case.raw) {
            let labels = raw
                .labels
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            let samples = (END - PAST..)
                .zip(&raw.values)
                .filter_map(|(minute, value)| {
                    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
                    Some(((minute * 60) as f64, (*value)?))
                });
            writer.series(&raw.name, labels, samples).unwrap();
        }
        writer.finish().unwrap();
        let data = folder.path().join("data");
        promtool::blocks_from_openmetrics(&path, &data)
            .await
            .unwrap();
        let server = Server::start(folder.path(), |_| String::new(), &[])
            .await
            .unwrap();
        Self {
            server,
            _folder: folder,
        }
    }
}

/// What was found, and in which text.
pub(crate) struct Asked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    pub(crate) text: String,
    pub(crate) requests: u64,
}

/// Checks the SLOs of these cases at an instant, narrowed by matchers.
pub(crate) async fn ask(server: &Server, cases: &[Case], narrowed: &str, now: f64) -> Asked {
    ask_client(&server.client().unwrap(), cases, narrowed, now).await
}

/// The same of any server.
pub(crate) async fn ask_client(client: &Client, cases: &[Case], narrowed: &str, now: f64) -> Asked {
    let mut text =
        "apiVersion: slosmith/v1\nservice: s\ndefaults: {period: 2d}\nslos:\n".to_owned();
    for case in cases {
        let spec = case.spec.replace('\n', "\n  ");
        writeln!(text, "- name: {}\n  {spec}", case.name).unwrap();
    }
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text.clone());
    let mut diagnostics = Diagnostics::default();
    let slos = load_all(&sources, &[id], &mut diagnostics).slos;
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    let all: Catalogue<'_> = slos.iter().map(|slo| (&slo.id, slo)).collect();
    let matchers = match narrowed {
        "" => Vec::new(),
        some => parse_matchers(some).unwrap(),
    };
    let cx = Context {
        client,
        slos: slos.iter().collect::<Vec<&Slo>>(),
        all,
        scope: Scope::new(matchers),
        now,
        unanswered: Cell::default(),
        progress: &(),
    };
    let info = client.probe().await.unwrap();
    let before = client.usage().requests;
    let mut findings = Findings::default();
    series::check(&cx, &info, &mut findings).await.unwrap();
    let (findings, notes) = findings.into_parts();
    Asked {
        findings,
        notes,
        text,
        requests: client.usage().requests - before,
    }
}

pub(crate) fn unix_now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs_f64()
}

/// A number from 0 to 1 that looks random and is always the same.
pub(crate) fn chance(ago: u64, seed: u64) -> f64 {
    let mut bits = ago ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for multiplier in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        bits = (bits ^ (bits >> 30)).wrapping_mul(multiplier);
    }
    #[expect(clippy::cast_precision_loss, reason = "52 bits")]
    let chance = ((bits ^ (bits >> 31)) >> 12) as f64 / (1_u64 << 52) as f64;
    chance
}

/// Requests in a minute: 1,000 by day, 200 at night.
pub(crate) fn traffic(ago: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
    let of_day = (ago % 1440) as f64 / 1440.0;
    let daytime = 0.6 + 0.4 * (of_day * std::f64::consts::TAU).sin();
    (1000.0 * daytime * (0.9 + 0.2 * chance(ago, 1))).floor()
}

/// Those of them that fail: three in ten thousand.
pub(crate) fn failed(ago: u64) -> f64 {
    (traffic(ago) * 0.0003 + chance(ago, 2))
        .floor()
        .min(traffic(ago))
}
