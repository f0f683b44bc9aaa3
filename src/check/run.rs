//! The whole check: which questions are asked in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;

use super::firing::{Alerts, Compiled, Loaded};
use super::outcome::{Outcome, Standing};
use super::raw::{Raw, ask_raw};
use super::recorded::Recorded;
use super::rules::{ServerState, Specs};
use super::{Context, Finding, Findings, server, standing, values};
use crate::lint::acceptance;
use crate::prometheus::{Error, Product, RuleGroup, RuntimeInfo, ServerInfo};
use crate::rules::{self, Options};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Whether the rules are loaded, equal, healthy and on time.
    Rules,
    /// Whether the raw series are what the SLIs need.
    Series,
    /// Whether recorded values equal the definition.
    Values,
    /// What burns, what is left, and which alerts fire.
    Burn,
}

impl Part {
    /// Everything.
    pub const ALL: [Self; 4] = [Self::Rules, Self::Series, Self::Values, Self::Burn];
}

/// What a check is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is looked at.
    pub parts: BTreeSet<Part>,
    /// Whether whole periods are compared with raw data.
    pub deep: bool,
    /// What the rules were generated with.
    pub options: Options,
    /// Whether all SLOs are known and looked at, so that a rule of another one is left over.
    pub is_complete: bool,
}

/// Asks everything. With an error, which says that the server could not be asked to the
/// end, comes what is known up to there.
pub async fn run(
    cx: &Context<'_>,
    server: &ServerInfo,
    request: &Request,
) -> (Outcome, Option<Error>) {
    let started = Instant::now();
    let mut findings = Findings::default();
    let mut outcome = Outcome {
        url: cx.client.url(),
        server: format!("{} {}", server.product, server.version)
            .trim()
            .to_owned(),
        at: cx.now,
        looked_at: cx.slos.len(),
        ..Outcome::default()
    };
    let asked = ask_everything(cx, server, request, &mut findings).await;
    let lost = match asked {
        Ok(standings) => {
            outcome.standings = standings;
            None
        }
        Err(error) => {
            findings.push_general(server::unanswered(&error));
            Some(error)
        }
    };
    server::partial(&cx.client.warnings(), &mut findings);
    server::late(cx.unanswered.get(), &mut findings);
    accept(cx, findings, &mut outcome);
    outcome.sort();
    let usage = cx.client.usage();
    (outcome.requests, outcome.samples) = (usage.requests, usage.samples);
    outcome.seconds = started.elapsed().as_secs_f64();
    (outcome, lost)
}

async fn ask_everything(
    cx: &Context<'_>,
    server: &ServerInfo,
    request: &Request,
    findings: &mut Findings,
) -> Result<Vec<Standing>, Error> {
    let has = |part| request.parts.contains(&part);
    let state = State::ask(cx, server, findings).await?;
    server::check(server, state.flags.as_ref(), &cx.slos, findings);
    let files = rules::compile(
        cx.slos.iter().copied(),
        cx.all.values().copied(),
        &request.options,
    );
    if let (true, Some(groups)) = (has(Part::Rules), &state.groups) {
        let specs = Specs {
            slos: &cx.slos,
            compiled: &files,
            layout: request.options.layout,
            all: &cx.all,
            complete: request.is_complete,
        };
        super::rules::check(groups, &specs, &state.of_rules(cx.now), findings);
    }
    if has(Part::Series) {
        super::series::check(cx, server, findings).await?;
    }
    if !has(Part::Values) && !has(Part::Burn) {
        return Ok(Vec::new());
    }
    let mut recorded = Recorded::ask(cx).await?;
    recorded.forget(cx, findings).await?;
    if has(Part::Values) {
        values::check(cx, &recorded, request.deep, findings).await?;
    }
    if !has(Part::Burn) {
        return Ok(Vec::new());
    }
    let raw: Raw = ask_raw(cx, &recorded).await?;
    let loaded = state.loaded();
    let rules = Compiled {
        files: &files,
        options: &request.options,
    };
    let alerts = Alerts::ask(cx, &rules, &recorded, loaded.as_ref(), findings).await?;
    Ok(standing::standings(cx, &recorded, &raw, &alerts))
}

/// What the server tells about itself, as far as it does.
struct State {
    groups: Option<Vec<RuleGroup>>,
    flags: Option<BTreeMap<String, String>>,
    runtime: RuntimeInfo,
}

impl State {
    async fn ask(
        cx: &Context<'_>,
        server: &ServerInfo,
        findings: &mut Findings,
    ) -> Result<Self, Error> {
        let is_victoria_metrics = server.product == Product::VictoriaMetrics;
        let (groups, flags, runtime) = tokio::join!(
            super::rules::load(cx.client, &cx.scope, is_victoria_metrics, findings),
            cx.client.flags(),
            cx.client.runtime_info()
        );
        Ok(Self {
            groups: groups?,
            flags: optional(flags)?,
            runtime: optional(runtime)?.unwrap_or_default(),
        })
    }

    fn loaded(&self) -> Option<Loaded<'_>> {
        let groups = self.groups.as_ref()?.iter();
        Some(Loaded {
            groups: groups.map(|group| (group.name.as_str(), group)).collect(),
            running_since: self.runtime.start_time,
        })
    }

    fn of_rules(&self, now: f64) -> ServerState {
        ServerState {
            now,
            start_time: self.runtime.start_time,
            last_reload: self.runtime.last_config_time,
            reload_config_success: self.runtime.reload_config_success,
        }
    }
}

/// A part of the API that not every server has, or shows.
fn optional<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_closed_api() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes out what the specs accept.
fn accept(cx: &Context<'_>, findings: Findings, outcome: &mut Outcome) {
    let today = date(cx.now);
    let (all, notes) = findings.into_parts();
    let is_accepted = |finding: &Finding| {
        let slo = finding.slo.as_ref().and_then(|id| cx.all.get(id));
        slo.is_some_and(|slo| acceptance::accepts(slo, &finding.diagnostic, today))
    };
    let (accepted, kept): (Vec<Finding>, Vec<Finding>) = all.into_iter().partition(is_accepted);
    outcome.accepted = accepted.len();
    outcome.findings = kept;
    outcome.notes = notes;
}

fn date(now: f64) -> Date {
    let at = now
        .to_i64()
        .and_then(|now| Timestamp::from_second(now).ok());
    at.unwrap_or_default().to_zoned(TimeZone::UTC).date()
}
