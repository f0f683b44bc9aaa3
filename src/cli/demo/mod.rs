//! `demo`: the rules of the specs in a real Prometheus with a past.

mod exporter;
mod history;
mod run;
mod story;
mod tamper;

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, SpecArgs, Specs, Streams};
use crate::diagnostic::render_text;
use crate::prometheus::{self, StartError, programs};

/// Runs the rules in a Prometheus of its own, on made-up metrics, and shows what they say
///
/// Makes up a past for the metrics that the specs read (calm services, outages,
/// leaks), starts a Prometheus on a free port of the loopback interface with
/// that past and the rules loaded, waits until every rule has been evaluated,
/// prints what is left of each budget, how fast it burns and which alerts
/// fire, and writes the page for product managers. SLOs on metrics of Prometheus itself are measured for real. Needs
/// `prometheus` and `promtool`; leaves nothing running.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    /// Where to write the page for product managers
    #[arg(long, value_name = "FILE", default_value = "demo-report.html")]
    report: PathBuf,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let specs = Specs::load(&args.specs)?;
    if specs.diagnostics.has_errors() {
        let text = render_text(&specs.diagnostics, &specs.sources, true);
        streams.err.write_all(text.as_bytes())?;
        return Ok(Exit::Invalid);
    }
    let missing = programs::missing();
    if !missing.is_empty() {
        let missing = missing.join(" and ");
        writeln!(
            streams.err,
            "error: cannot run {missing}: install Prometheus (on Debian: apt install prometheus)"
        )?;
        return Ok(Exit::Unreachable);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        // When this process is told to end, what it started has to end as well.
        tokio::select! {
            done = run::run(&specs, &args.report, streams) => done,
            () = told_to_end() => Err(anyhow::anyhow!("ended before it was done")),
        }
    });
    match done {
        Err(error) if error.is::<StartError>() || error.is::<prometheus::Error>() => {
            writeln!(streams.err, "error: {error:#}")?;
            Ok(Exit::Unreachable)
        }
        done => done,
    }
}

async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
