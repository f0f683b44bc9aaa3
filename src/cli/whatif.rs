//! `whatif`: what a change would do to the budget.

use std::io::Write;

use anyhow::{Context, bail};
use rust_decimal::Decimal;

use super::generate::{Layout, options};
use super::server::{ServerArgs, lost};
use super::{Exit, SpecArgs, Specs, Streams, moment};
use crate::budget::TILE;
use crate::cli::progress::Bar;
use crate::diagnostic::codes::whatif as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, render_text, untrusted};
use crate::prometheus::{Client, Error};
use crate::report::whatif::{self as report, Page};
use crate::rules::{self, Catalogue};
use crate::scope::Scope;
use crate::slo::{Budgeting, Objective, Sli, Slo, SloId};
use crate::suggest::closest;
use crate::whatif::{self, Answer, Dependency, Request, Slower, Unknown, bounds};

/// Tells what a planned feature would do to the error budget
///
/// A feature makes a journey slower: its histogram is read as much to the left, so that
/// requests which are just fast enough today are too slow. Or it calls one more service,
/// with an SLO of its own: each request then fails, too, when that one does. Shown are the
/// budget that remains, when it would be gone if the change came now, the strictest
/// objective that is still met, and the alerts that would be raised and stay.
///
///   slosmith whatif --select service=shop,slo=checkout --slower 200ms
///   slosmith whatif --select slo=checkout --depends-on 99.9 --depends-on payments/calls
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,

    #[command(flatten)]
    server: ServerArgs,

    /// Everything takes so much longer: `200ms`, or `20%` of what it takes
    #[arg(long, value_name = "TIME|PERCENT", allow_hyphen_values = true)]
    slower: Option<Slower>,

    /// It calls this besides: what that promises in percent (`99.9`), or an SLO of the specs (`payments/calls`); may be given several times
    #[arg(long, value_name = "PERCENT|SERVICE/SLO", allow_hyphen_values = true)]
    depends_on: Vec<String>,

    /// When it begins: a time such as 2026-01-31T12:00:00Z, Unix seconds, or `now`
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: String,

    /// Narrow every question, for a server that holds several clusters: 'cluster="eu"'
    #[arg(long = "where", value_name = "MATCHERS")]
    matchers: Vec<String>,

    /// The matchers that the rules were generated with
    #[arg(long = "match", value_name = "MATCHERS")]
    generated_with: Vec<String>,

    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Sentences and a table
    Text,
    /// For programs; see docs/whatif-json.md
    Json,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    if args.slower.is_none() && args.depends_on.is_empty() {
        bail!(
            "what would change? say how much slower it gets with --slower 200ms or --slower 20%, what it \
             calls besides with --depends-on 99.9 or --depends-on SERVICE/SLO, or both"
        );
    }
    let at = moment::past("--at", &args.at)?;
    let at = at.as_second().div_euclid(TILE) * TILE;
    if at < TILE {
        bail!("--at: nothing was measured by then");
    }
    let client = args.server.client()?;
    let mut specs = Specs::load(&args.specs)?;
    let mut findings = specs.findings();
    options::apply(
        &args.generated_with,
        &[],
        Layout::Native.into(),
        &mut specs,
        &mut findings,
    );
    let scope = options::matchers("--where", &args.matchers, &mut specs.sources, &mut findings);
    let all: Catalogue<'_> = specs.slos.iter().map(|slo| (&slo.id, slo)).collect();
    let is_invalid = findings.has_errors();
    let (slos, refused) = subjects(&specs, args.slower);
    if !is_invalid {
        findings.extend(refused);
    }
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    if is_invalid {
        return Ok(Exit::Invalid);
    }
    if slos.is_empty() && !specs.selected.is_empty() {
        bail!("no SLO that is selected can be asked this");
    }
    if slos.is_empty() {
        writeln!(streams.err, "no SLO to ask about")?;
        return Ok(Exit::AllWell);
    }
    let dependencies = args.depends_on.iter();
    let dependencies: Vec<Dependency> = dependencies
        .map(|text| dependency(text, &slos, &all))
        .collect::<anyhow::Result<_>>()?;
    let bar = Bar::new();
    let request = Request {
        client: &client,
        slos,
        all: &all,
        scope: &Scope::new(scope),
        slower: args.slower,
        dependencies: &dependencies,
        at,
        progress: &bar,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = runtime.block_on(ask(&client, &request));
    // A name that is still being looked up must not keep the program.
    runtime.shutdown_background();
    drop(bar);
    match asked {
        Ok(page) => show(args, &page, &specs, streams),
        Err(error) => Ok(lost(&error, &specs.sources, streams)?),
    }
}

/// The selected SLOs that can be asked, by name, and why the others cannot.
fn subjects(specs: &Specs, slower: Option<Slower>) -> (Vec<&Slo>, Vec<Diagnostic>) {
    let mut slos = Vec::new();
    let mut refused = Vec::new();
    for slo in specs
        .selected
        .iter()
        .filter_map(|index| specs.slos.get(*index))
    {
        match refusal(slo, slower) {
            None => slos.push(slo),
            Some(finding) => refused.push(finding),
        }
    }
    slos.sort_by(|one, other| one.id.cmp(&other.id));
    (slos, refused)
}

async fn ask<'a>(client: &Client, request: &Request<'a, '_>) -> Result<Page<'a>, Error> {
    let server = client.probe().await?;
    let answers = whatif::run(request).await?;
    Ok(Page {
        url: client.url(),
        server: format!("{} {}", server.product, server.version)
            .trim_end()
            .to_owned(),
        at: request.at,
        slower: request.slower,
        dependencies: request.dependencies,
        answers,
    })
}

/// 1 where there is no answer at all.
fn show(
    args: &Args,
    page: &Page<'_>,
    specs: &Specs,
    streams: &mut Streams,
) -> anyhow::Result<Exit> {
    let mut findings = Diagnostics::default();
    findings.extend(page.answers.iter().filter_map(no_answer));
    let text = render_text(&findings, &specs.sources, true);
    streams.err.write_all(text.as_bytes())?;
    match args.format {
        Format::Text => {
            let text = report::text(page, width());
            streams.out.write_all(text.as_bytes())?;
        }
        Format::Json => {
            let text = report::json(page, &specs.sources);
            streams.plain.write_all(text.as_bytes())?;
        }
    }
    let is_known = page.answers.iter().any(|answer| answer.found.is_ok());
    Ok(if is_known {
        Exit::AllWell
    } else {
        Exit::Finding
    })
}

/// The finding about an SLO for which there is no answer.
fn no_answer(answer: &Answer<'_>) -> Option<Diagnostic> {
    let unknown = answer.found.as_ref().err()?;
    let why = report::unknown(unknown);
    let help = match unknown {
        Unknown::Failed(_) => "`slosmith check` says what is wrong with it, or with the server",
        Unknown::NoData | Unknown::NoDistribution => {
            "`slosmith check --only series` shows which selectors find nothing; --at asks about an earlier time"
        }
    };
    let labels: Vec<_> = answer
        .group
        .iter()
        .map(|(name, value)| format!(", {name}={value}"))
        .collect();
    let message = format!("{}{}: {why}", answer.slo.id, labels.concat());
    Some(Diagnostic::at(&codes::NO_ANSWER, answer.slo.sli.at, message).with_help(help))
}

/// Why an SLO cannot be asked, whatever was measured of it.
fn refusal(slo: &Slo, slower: Option<Slower>) -> Option<Diagnostic> {
    if let Budgeting::Slices { length, .. } = &slo.budgeting {
        return Some(
            Diagnostic::at(
                &codes::COUNTS_SLICES,
                length.at,
                format!(
                    "{} counts time slices: what share of them would turn bad is not known",
                    slo.id
                ),
            )
            .with_help("ask about an SLO that counts requests"),
        );
    }
    slower?;
    if !bounds(&slo.sli.value).is_empty() {
        return None;
    }
    let kind = slo.sli.value.kind();
    let help = match slo.sli.value {
        Sli::Composite(_) => "ask the component that measures how long it takes",
        _ => {
            "select an SLO of the kind `latency`, `satisfaction` or `freshness`; --depends-on can be asked of all"
        }
    };
    Some(
        Diagnostic::at(
            &codes::NO_BOUND,
            slo.sli.at,
            format!(
                "{} is of the kind `{kind}`: it does not measure how long anything takes",
                slo.id
            ),
        )
        .with_help(help),
    )
}

/// What one `--depends-on` names.
fn dependency(text: &str, slos: &[&Slo], all: &Catalogue<'_>) -> anyhow::Result<Dependency> {
    let shown = untrusted::line(text);
    if let Some((service, name)) = text.split_once('/') {
        let id = SloId {
            service: service.trim().to_owned(),
            name: name.trim().to_owned(),
        };
        if !all.contains_key(&id) {
            let known: Vec<String> = all.keys().map(ToString::to_string).collect();
            let near = closest(text, known.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?"));
            bail!(
                "--depends-on: no SLO is called `{shown}`{}",
                near.unwrap_or_default()
            );
        }
        for slo in slos {
            if slo.id == id {
                bail!("--depends-on: {id} cannot depend on itself; --select another SLO");
            }
            if rules::components(slo, all).contains(&&id) {
                bail!("--depends-on: {id} is part of {} already", slo.id);
            }
        }
        return Ok(Dependency::Slo(id));
    }
    let number = text.trim().trim_end_matches('%').trim_end();
    let percent: Option<Decimal> = number.parse().ok();
    let Some(percent) = percent else {
        bail!(
            "--depends-on: `{shown}` is neither percent, such as `99.9`, nor an SLO of the specs, such as \
             `payments/calls`"
        );
    };
    let objective = Objective::from_percent(percent);
    let objective = objective.with_context(|| {
        format!("--depends-on: what a dependency promises is more than 0 % and less than 100 %, not {shown}")
    })?;
    Ok(Dependency::Promised(objective))
}

/// Columns of the terminal that standard output is, if it is one.
fn width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map_or(usize::MAX, |(width, _)| usize::from(width.0))
}
