//! From specs to a running Prometheus, step by step.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration as Wait, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::exporter::{self, Exporter};
use super::history::History;
use super::tamper;
use crate::backfill::openmetrics::Writer;
use crate::backfill::{self, passes};
use crate::check::{self, Outcome, Part, Request, Scope};
use crate::cli::report::write_page;
use crate::cli::{Exit, Specs, Streams};
use crate::diagnostic::Severity;
use crate::duration::Duration;
use crate::output::{directory, prometheus};
use crate::prometheus::{Client, RuleGroup, Server, promtool};
use crate::report::{self, Style};
use crate::review;
use crate::rules::{self, Catalogue, Options, RuleFile};
use crate::slo::{Slo, SloId};
use crate::words::count;

/// Slow groups are evaluated every five minutes, at an instant that Prometheus chooses.
const PATIENCE: Wait = Wait::from_secs(7 * 60);
/// How often progress is told.
const PROGRESS: Wait = Wait::from_secs(20);

pub(super) async fn run(specs: &Specs, page: &Path, streams: &mut Streams) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let files = rules::compile(&specs.slos, &specs.slos, &Options::default());
    write_rules(&files, folder.path())?;
    say(
        streams,
        &format!(
            "{} compiled into {}",
            count(specs.slos.len(), "SLO"),
            count(files.len(), "rule file")
        ),
    )?;

    let history = History::new(&specs.slos, &reaches(&files), SystemTime::now());
    for (id, reason) in &history.left_out {
        say(streams, &format!("{id} stays without data: {reason}"))?;
    }
    say(
        streams,
        &format!("making up the past of {} raw series", history.len()),
    )?;
    let history = Arc::new(history);
    past(&files, &history, folder.path(), streams).await?;

    let exporter = Exporter::start(Arc::clone(&history))
        .await
        .context("cannot serve the made-up metrics")?;
    let scrapes = history.scrapes();
    let config = |own: SocketAddr| config(own, exporter.address, &scrapes);
    let server = Server::start(folder.path(), config, &[]).await?;
    let client = server.client()?;
    say(streams, &format!("Prometheus runs at {}", server.url()))?;
    evaluated(&client, streams).await?;
    let outcome = show(specs, &history, &client, streams).await?;
    reported(specs, &client, page, streams).await?;
    tampered(specs, &files, folder.path(), &server, streams).await?;
    server.stop().await?;
    // What is measured on this Prometheus itself is young, which is a warning.
    Ok(if has_errors(&outcome) {
        Exit::Finding
    } else {
        Exit::AllWell
    })
}

fn say(streams: &mut Streams, text: &str) -> std::io::Result<()> {
    writeln!(streams.err, "… {text}")?;
    streams.err.flush()
}

fn write_rules(files: &[RuleFile], folder: &Path) -> anyhow::Result<()> {
    for file in files {
        let path = folder.join(directory::rules_path(&file.service));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, prometheus::render(file, &[]))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// How far back the rules of each SLO read.
fn reaches(files: &[RuleFile]) -> BTreeMap<SloId, Duration> {
    let mut reaches = BTreeMap::new();
    for series in passes(files).into_iter().flatten() {
        let label = |name: &str| series.labels.get(name).cloned().unwrap_or_default();
        let id = SloId {
            service: label("service"),
            name: label("slo"),
        };
        let reach: &mut Duration = reaches.entry(id).or_default();
        *reach = series.reach.max(*reach);
    }
    reaches
}

/// Fills the database: the raw metrics first, then what the rules would have
/// recorded from them.
async fn past(
    files: &[RuleFile],
    history: &History,
    folder: &Path,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let data = folder.join("data");
    let text = folder.join("history.om");
    let mut writer = Writer::new(BufWriter::new(File::create(&text)?));
    history.write(&mut writer)?;
    writer.finish()?;
    promtool::blocks_from_openmetrics(&text, &data).await?;

    let passes = passes(files);
    for (index, pass) in passes.iter().enumerate() {
        let step = format!("pass {} of {}", index + 1, passes.len());
        say(
            streams,
            &format!("computing what the rules would have recorded: {step}"),
        )?;
        // A server sees blocks that it finds when it starts.
        let server = Server::start(folder, |_| String::new(), &[]).await?;
        let client = server.client()?;
        let mut writer = Writer::new(BufWriter::new(File::create(&text)?));
        for recorded in pass {
            backfill::compute(&client, recorded, history.until, &mut writer).await?;
        }
        writer.finish()?;
        server.stop().await?;
        promtool::blocks_from_openmetrics(&text, &data).await?;
    }
    fs::remove_file(&text)?;
    Ok(())
}

fn config(own: SocketAddr, exporter: SocketAddr, scrapes: &BTreeSet<Duration>) -> String {
    let mut config = format!(
        "global: {{scrape_interval: 15s}}\nrule_files: [rules/*.yaml]\nscrape_configs:\n\
         - job_name: prometheus\n  static_configs: [{{targets: [\"{own}\"]}}]\n"
    );
    for scrape in scrapes {
        let path = exporter::path(*scrape);
        // Labels as the past has them, or they would be other series.
        let _ = write!(
            config,
            "- job_name: demo-{scrape}\n  honor_labels: true\n  metrics_path: {path}\n  \
             scrape_interval: {scrape}\n  scrape_timeout: {scrape}\n  static_configs:\n  \
             - {{targets: [\"{exporter}\"], labels: {{job: demo, instance: demo}}}}\n"
        );
    }
    config
}

/// Waits until every rule has been evaluated, and asks a query now and then, so
/// that SLOs about queries have something to measure.
async fn evaluated(client: &Client, streams: &mut Streams) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut told = None;
    loop {
        let groups = client.rules().await?;
        let done = groups.iter().filter(|group| is_evaluated(group)).count();
        let all = !groups.is_empty() && done == groups.len();
        if all || told.is_none_or(|at: Instant| at.elapsed() > PROGRESS) {
            let text = format!(
                "{done} of {} rule groups evaluated; half of them are once in 5m",
                groups.len()
            );
            say(streams, &text)?;
            told = Some(Instant::now());
        }
        if all {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            bail!("some rules were not evaluated in time");
        }
        tokio::time::sleep(Wait::from_secs(2)).await;
        client.query("count(slo_info)", unix_now()?).await?;
    }
}

fn unix_now() -> anyhow::Result<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64())
}

fn is_evaluated(group: &RuleGroup) -> bool {
    group.rules.iter().all(|rule| rule.health != "unknown")
}

/// Checks the rules as `slosmith check` does, and prints what it says; answers whether
/// anything was found.
async fn check(
    specs: &Specs,
    client: &Client,
    parts: impl IntoIterator<Item = Part>,
    streams: &mut Streams,
) -> anyhow::Result<Outcome> {
    let server = client.probe().await?;
    let mut slos: Vec<&Slo> = specs.slos.iter().collect();
    slos.sort_by(|a, b| a.id.cmp(&b.id));
    let cx = check::Context {
        client,
        slos,
        all: specs.slos.iter().map(|slo| (&slo.id, slo)).collect(),
        scope: Scope::default(),
        now: unix_now()?,
        unanswered: Cell::default(),
        progress: &(),
    };
    let request = Request {
        parts: parts.into_iter().collect(),
        deep: false,
        options: Options::default(),
        is_complete: true,
    };
    let (outcome, lost) = check::run(&cx, &server, &request).await;
    if let Some(error) = lost {
        return Err(error.into());
    }
    let style = Style {
        colour: true,
        width: usize::MAX,
        verbose: false,
    };
    let text = report::terminal(&outcome, &specs.sources, style);
    streams.out.write_all(text.as_bytes())?;
    Ok(outcome)
}

fn has_errors(outcome: &Outcome) -> bool {
    let mut codes = outcome
        .findings
        .iter()
        .map(|finding| finding.diagnostic.code);
    codes.any(|code| code.severity == Severity::Error)
}

/// The healthy set, and what a burn rate is.
async fn show(
    specs: &Specs,
    history: &History,
    client: &Client,
    streams: &mut Streams,
) -> anyhow::Result<Outcome> {
    writeln!(
        streams.out,
        "\n$ slosmith check --prometheus {}\n",
        client.url()
    )?;
    let outcome = check(specs, client, Part::ALL, streams).await?;
    writeln!(
        streams.out,
        "\nA burn rate of 1x spends the error budget exactly in one period; coverage is the share of the\n\
         period for which there is data."
    )?;
    let live: Vec<String> = history.live.iter().map(ToString::to_string).collect();
    if live.is_empty() {
        writeln!(streams.out, "All metrics are made up.")?;
    } else {
        writeln!(
            streams.out,
            "Measured on this Prometheus itself, which is a few minutes old: {}.\nThe other metrics are made up.",
            live.join(", ")
        )?;
    }
    Ok(outcome)
}

/// The page for product managers.
async fn reported(
    specs: &Specs,
    client: &Client,
    page: &Path,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    writeln!(
        streams.out,
        "\nFor product managers:\n\n$ slosmith report --prometheus {} -o {}\n",
        client.url(),
        page.display()
    )?;
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let slos: Vec<&Slo> = all.values().copied().collect();
    let zone = review::common_zone(&slos).unwrap_or_else(|| "UTC".to_owned());
    let request = review::Request {
        client,
        all: &all,
        scope: &Scope::default(),
        at: review::aligned(Timestamp::now().as_second()),
        which: &review::Which::Own,
        zone: TimeZone::get(&zone)?,
        time_zone: zone,
        by: review::By::Found,
        progress: &(),
        slos,
    };
    let review = review::review(&request).await?;
    write_page(page, report::review::html(&review))?;
    for headline in &review.headlines {
        writeln!(streams.out, "{headline}")?;
    }
    writeln!(streams.out, "\nThe whole page is in {}.", page.display())?;
    Ok(())
}

/// Somebody edits a deployed rule by hand: the next check shows it.
async fn tampered(
    specs: &Specs,
    files: &[RuleFile],
    folder: &Path,
    server: &Server,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let Some(tampered) = tamper::raise_a_threshold(files) else {
        return Ok(());
    };
    writeln!(
        streams.out,
        "\nNow somebody edits the deployed rules by hand: {} pages at {}x instead of {}x.\n\n\
         $ slosmith check --only rules --prometheus {}\n",
        tampered.slo,
        tampered.after,
        tampered.before,
        server.url()
    )?;
    write_rules(&[tampered.file], folder)?;
    let client = server.client()?;
    let started = Instant::now();
    server.reload().await?;
    // Reading them again takes a moment.
    loop {
        let loaded = client.rules().await?;
        let mut rules = loaded.iter().flat_map(|group| &group.rules);
        if rules.any(|rule| rule.query.contains(&format!("> {}", tampered.after))) {
            break;
        }
        if started.elapsed() > Wait::from_secs(30) {
            bail!("the edited rules were not read");
        }
        tokio::time::sleep(Wait::from_millis(200)).await;
    }
    let outcome = check(specs, &client, [Part::Rules], streams).await?;
    if !has_errors(&outcome) {
        bail!("the edited rule was not noticed");
    }
    Ok(())
}
