//! A real Prometheus with a month behind it, and the folder of a team: its specs, and
//! the rules that the server has loaded.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Client, RuleGroup, Server, promtool};

use crate::case::{Case, Tamper};
use crate::clock::{Clock, DAY, seconds, unix_now};
use crate::exporter::serve;
use crate::raw::Played;
use crate::recorded::{compile, compute, history, instants, of_clusters};
use crate::slosmith_command::{run, slosmith};

/// Fast groups are evaluated at a moment of their own within a minute, and so are
/// targets scraped.
const PATIENCE: Duration = Duration::from_secs(150);
/// Alerts that are due for some minutes are missed.
const LATELY: u64 = 5 * 60;
/// Longer than any past.
const LONG: u64 = 100 * DAY;
/// The file with all samples.
const ALL: &str = "all.txt";

/// How a server is set up.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) flags: &'static [&'static str],
    /// Further jobs to scrape, as items of YAML.
    pub(crate) jobs: &'static str,
    /// Clusters of which one server holds what the rules of each have recorded.
    pub(crate) clusters: &'static [&'static str],
}

/// Everything that happened up to now, as files.
pub(crate) struct Past {
    folder: tempfile::TempDir,
    pub(crate) clock: Clock,
    raw: Arc<Vec<Played>>,
}

pub(crate) struct World {
    past: Past,
    server: Server,
}

impl Past {
    /// Plays everything that happened, and what the rules would have recorded.
    pub(crate) async fn new(cases: &mut [Case], setup: &Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::new();
        let raw = cases.iter_mut().flat_map(|case| case.raw.drain(..));
        let raw: Arc<Vec<_>> = Arc::new(raw.map(|raw| raw.play(clock)).collect());
        write_files(cases, folder.path());
        import_raw(&raw, folder.path(), (clock.now - LONG, clock.now)).await;
        record(cases, setup.clusters, folder.path(), clock).await;
        // What was recorded took its time.
        import_raw(&raw, folder.path(), (clock.now, unix_now())).await;
        Self { folder, clock, raw }
    }

    /// Where specs and rules are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Every sample, a line each: series, value, Unix time in seconds.
    pub(crate) fn samples(&self) -> String {
        fs::read_to_string(self.folder().join(ALL)).unwrap()
    }
}

impl World {
    /// Lets the time go on: starts the server, and waits until it has looked around.
    pub(crate) async fn new(cases: &mut [Case], setup: &Setup) -> Self {
        let past = Past::new(cases, setup).await;
        let exporter = serve(Arc::clone(&past.raw));
        let config = |_| config(exporter, setup.jobs);
        let server = Server::start(past.folder(), config, setup.flags).await;
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        evaluated(&server.client().unwrap()).await;
        Self { past, server }
    }

    pub(crate) fn now(&self) -> u64 {
        self.past.clock.now
    }

    /// Where specs and rules are.
    pub(crate) fn folder(&self) -> &Path {
        self.past.folder()
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client().unwrap()
    }

    /// By how much counters have grown, each with its weight.
    pub(crate) fn growth(&self, weight: impl Fn(&Played) -> f64, (from, to): (f64, f64)) -> f64 {
        let weighted = self.past.raw.iter().map(|series| (weight(series), series));
        let counted = weighted.filter(|(weight, _)| *weight != 0.0);
        counted
            .map(|(weight, series)| weight * series.growth(from, to))
            .sum()
    }

    /// When the series was recorded last.
    pub(crate) async fn recorded_at(&self, series: &str) -> f64 {
        let query = format!("max(max_over_time(timestamp({series})[15m:15s]))");
        let answer = self.client().query(&query, seconds(unix_now())).await;
        answer.unwrap().samples[0].value
    }
}

fn config(exporter: SocketAddr, jobs: &str) -> String {
    let job = |every: u64| {
        format!(
            "- {{job_name: every-{every}, honor_labels: true, scrape_interval: {every}s, \
             metrics_path: /{every}, static_configs: [{{targets: ['{exporter}']}}]}}\n"
        )
    };
    format!(
        "global: {{scrape_interval: 1m, scrape_timeout: 10s}}\nrule_files: ['rules/*.yaml']\n\
         scrape_configs:\n{}{}{jobs}",
        job(60),
        job(300)
    )
}

/// The specs, and the rules as `generate` writes them and hands edit them.
fn write_files(cases: &[Case], folder: &Path) {
    let specs = folder.join("specs");
    fs::create_dir_all(&specs).unwrap();
    fs::create_dir_all(folder.join("rules")).unwrap();
    for case in cases {
        fs::write(specs.join(format!("{}.yaml", case.service)), case.spec()).unwrap();
    }
    let generated = run(slosmith(folder).args(["generate", "specs"]));
    assert_eq!(
        (generated.code, generated.err.contains("warning")),
        (Some(0), false),
        "{}",
        generated.err
    );
    for case in cases {
        let path = |name: &str| folder.join("rules").join(format!("{name}.yaml"));
        let generated = folder.join(format!("generated/rules/{}.yaml", case.service));
        let right = fs::read_to_string(generated).unwrap();
        if let Some(text) = (case.edit)(&right) {
            fs::write(path(case.service), text).unwrap();
        }
        if let Some(copy) = case.copy {
            fs::write(path(&format!("{}-beside", case.service)), copy(&right)).unwrap();
        }
    }
}

async fn import_raw(raw: &[Played], folder: &Path, span: (u64, u64)) {
    let path = folder.join("raw.om");
    let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
    for series in raw {
        series.write(span, &mut writer);
    }
    writer.finish().unwrap();
    import(&path, folder).await;
}

async fn import(path: &Path, folder: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut all = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(ALL))
        .unwrap();
    all.write_all(text.replace("# EOF\n", "").as_bytes())
        .unwrap();
    let data = folder.join("data");
    promtool::blocks_from_openmetrics(path, &data)
        .await
        .unwrap();
}

/// What the rules would have recorded until now, had they been loaded all the time; one
/// set of rules for each cluster.
async fn record(cases: &[Case], clusters: &[&str], folder: &Path, clock: Clock) {
    let recorded: Vec<_> = cases.iter().filter(|case| case.is_recorded).collect();
    let specs = recorded
        .iter()
        .map(|case| (case.service.to_owned(), case.spec()));
    let files = compile(&specs.collect::<Vec<_>>());
    let files = of_clusters(files, clusters);
    let tampers: BTreeMap<_, _> = recorded
        .iter()
        .map(|case| (case.service, case.tamper))
        .collect();
    let tamper = |service: &str| -> Option<Tamper> { tampers.get(service).copied().flatten() };
    for pass in history(&files) {
        let mut recording = Recording::begin(folder).await;
        for series in pass {
            let tamper = tamper(&series.labels["service"]);
            let text = compute(&recording.client, &series, clock.now, tamper).await;
            recording.add(&text);
        }
        recording.end(folder).await;
    }
    for pass in instants(&files) {
        let mut recording = Recording::begin(folder).await;
        for series in pass {
            let tamper = tamper(series.service());
            for at in (clock.now - LATELY..=clock.now).step_by(60) {
                let text = series.compute(&recording.client, at, tamper).await;
                recording.add(&text);
            }
        }
        recording.end(folder).await;
    }
}

/// A pass: a server that knows what was recorded before it, since a server sees blocks
/// when it starts, and what is recorded in it.
struct Recording {
    server: Server,
    client: Client,
    path: PathBuf,
    file: BufWriter<File>,
}

impl Recording {
    async fn begin(folder: &Path) -> Self {
        let server = Server::start(folder, |_| String::new(), &[]).await.unwrap();
        let path = folder.join("recorded.om");
        Self {
            client: server.client().unwrap(),
            file: BufWriter::new(File::create(&path).unwrap()),
            path,
            server,
        }
    }

    fn add(&mut self, text: &str) {
        self.file.write_all(text.as_bytes()).unwrap();
    }

    async fn end(mut self, folder: &Path) {
        self.server.stop().await.unwrap();
        self.file.write_all(b"# EOF\n").unwrap();
        self.file.flush().unwrap();
        import(&self.path, folder).await;
    }
}

/// Waits until all targets were scraped and all fast groups evaluated: the slow ones
/// take five minutes, and nobody may be accused of that.
async fn evaluated(client: &Client) {
    let started = Instant::now();
    loop {
        let groups = client.rules().await.unwrap();
        let waiting: Vec<_> = groups.iter().filter(|group| is_waiting(group)).collect();
        let unscraped = unscraped(client).await;
        if waiting.is_empty() && unscraped.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "not evaluated: {waiting:#?}\nnot scraped: {unscraped:?}"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The jobs of which nothing is known yet: each target has its first turn at a moment of
/// its own that differs from one machine to another.
async fn unscraped(client: &Client) -> Vec<String> {
    let up = client.query("up", seconds(unix_now())).await.unwrap();
    let is_scraped = |job: &str| {
        let mut jobs = up.samples.iter().map(|sample| &sample.labels["job"]);
        jobs.any(|scraped| scraped == job)
    };
    let targets = client.targets().await.unwrap();
    let jobs = targets.iter().map(|target| target.labels["job"].clone());
    jobs.filter(|job| job != "every-300" && !is_scraped(job))
        .collect()
}

fn is_waiting(group: &RuleGroup) -> bool {
    let mut rules = group.rules.iter();
    group.name.ends_with("/fast") && rules.any(|rule| rule.health == "unknown")
}
