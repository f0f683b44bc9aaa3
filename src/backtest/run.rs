//! SLO after SLO: ask, evaluate, judge.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};

use crate::budget::{Span, TILE, Track};
use crate::burn::FAST_INTERVAL;
use crate::measure::join;
use crate::progress::Progress;
use crate::prometheus::{Client, Error};
use crate::replay::{Plan, Planner, Reach, Table, is_left_open, millis};
use crate::rules::series::{BAD_TILE, TOTAL_TILE};
use crate::rules::{self, Alarm, Catalogue, Options, Rule, RuleFile, components};
use crate::slo::{Objective, Period, Slo, SloId};
use crate::source::Located;

use super::cache::Cache;
use super::fired::{Held, fired};
use super::model::{Backtest, Fired, Outcome, Replayed, SloReplay, Version, Which, seconds};
use super::past::{Answers, Past, Wanted};
use super::suggest::advice;
use super::tracks::{Tiles, tracks};
use super::{judge, model};

/// SLOs for which the server is asked at once.
const AHEAD: usize = 2;

/// What is replayed.
pub struct Run<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// Tells servers, and tenants of a server, apart.
    pub server: &'a str,
    /// Answers of an interrupted run.
    pub cache: Option<&'a Cache>,
    /// The specs.
    pub specs: World<'a>,
    /// What they are compared with, and how that is called.
    pub baseline: Option<(String, World<'a>)>,
    /// Objectives to compare.
    pub objectives: &'a [Objective],
    /// What the rules are generated with.
    pub options: &'a Options,
    /// The stretch that is replayed; its ends are multiples of five minutes.
    pub span: Span,
    /// Told how many SLOs are done.
    pub progress: &'p dyn Progress,
}

/// A set of specs.
#[derive(Debug, Default)]
pub struct World<'a> {
    /// All SLOs, so that composites find their components.
    pub all: Catalogue<'a>,
    /// Those that are replayed.
    pub selected: BTreeSet<&'a SloId>,
}

impl<'a> World<'a> {
    fn get(&self, id: &SloId) -> Option<&'a Slo> {
        self.all
            .get(id)
            .copied()
            .filter(|_| self.selected.contains(id))
    }
}

/// Replays every SLO.
pub async fn run(run: &Run<'_, '_>) -> Result<Backtest, Error> {
    let is_left_open = is_left_open(run.client).await?;
    let baseline = run.baseline.iter().flat_map(|(_, world)| &world.selected);
    let ids: BTreeSet<&SloId> = run.specs.selected.iter().chain(baseline).copied().collect();
    let ids: Vec<&SloId> = ids.into_iter().collect();
    let fetched = stream::iter(ids.iter().copied())
        .map(|id| fetch(run, id))
        .buffered(AHEAD);
    let mut fetched = std::pin::pin!(fetched);
    let mut slos = Vec::new();
    while let Some(found) = fetched.next().await {
        let outcome = match found? {
            Fetched::Nothing(outcome) => outcome,
            Fetched::Ready(job, answers) => job.replay(run, answers, is_left_open),
        };
        let id = ids.get(slos.len()).copied().cloned();
        slos.extend(id.map(|id| SloReplay { id, outcome }));
        run.progress.at("SLOs", slos.len(), ids.len());
    }
    Ok(Backtest {
        span: run.span,
        baseline: run.baseline.as_ref().map(|(name, _)| name.clone()),
        slos,
    })
}

/// What can be replayed, or why not.
enum Fetched {
    Nothing(Outcome),
    Ready(Box<Job>, Vec<Table>),
}

/// A version of an SLO, planned.
struct Planned {
    which: Which,
    slo: Slo,
    /// Alerts, and for each of their arms the look of the plan.
    alarms: Vec<(Alarm, Vec<usize>)>,
    /// How the parts are joined, and for each the rules of its bad and total tiles.
    parts: Option<(crate::budget::Join, Vec<(usize, usize)>)>,
}

/// An SLO, planned.
struct Job {
    plan: Plan,
    reach: Reach,
    keep: Vec<usize>,
    hold: i64,
    versions: Vec<Planned>,
}

async fn fetch(run: &Run<'_, '_>, id: &SloId) -> Result<Fetched, Error> {
    let job = match Job::new(run, id) {
        Ok(job) => job,
        Err(reason) => return Ok(Fetched::Nothing(Outcome::Failed(reason))),
    };
    let answers = Answers {
        client: run.client,
        server: run.server,
        cache: run.cache,
    };
    let span = (run.span.start * 1000, run.span.end * 1000);
    match answers.all(&job.plan, &job.reach, span).await {
        Ok(answers) if answers.iter().all(|answer| answer.begins().is_none()) => {
            Ok(Fetched::Nothing(Outcome::NoData))
        }
        Ok(answers) => Ok(Fetched::Ready(Box::new(job), answers)),
        Err(Error::Execution { message } | Error::BadQuery { message, .. }) => {
            Ok(Fetched::Nothing(Outcome::Failed(message)))
        }
        Err(error) => Err(error),
    }
}

impl Job {
    fn new(run: &Run<'_, '_>, id: &SloId) -> Result<Self, String> {
        let mut planner = Planner::default();
        let mut versions = Vec::new();
        let mut back = 0;
        for (which, slo, all) in variants(run, id) {
            let version = plan(&mut planner, which, slo, all, run.options)?;
            back = back.max(longest(&version.slo));
            versions.push(version);
        }
        let plan = planner.done();
        let tiles = versions.iter().flat_map(|version| &version.parts);
        let keep: BTreeSet<usize> = tiles
            .flat_map(|(_, rules)| rules)
            .flat_map(|(bad, total)| [*bad, *total])
            .collect();
        let keep: Vec<usize> = keep.into_iter().collect();
        let alarms = versions.iter().flat_map(|version| &version.alarms);
        let holds = alarms.filter_map(|(alarm, _)| match &alarm.rule {
            Rule::Alert { hold, .. } => hold.map(millis),
            Rule::Record { .. } => None,
        });
        // What has held long enough at the first instant fires then, or before.
        let hold = holds.max().unwrap_or(0) + millis(FAST_INTERVAL);
        let tiles = keep.iter().map(|rule| (*rule, back));
        Ok(Self {
            reach: Reach::of(&plan, hold, tiles),
            plan,
            keep,
            hold,
            versions,
        })
    }

    fn replay(&self, run: &Run<'_, '_>, answers: Vec<Table>, is_left_open: bool) -> Outcome {
        let wanted = Wanted {
            plan: &self.plan,
            reach: &self.reach,
            keep: &self.keep,
            hold: self.hold,
            span: (run.span.start * 1000, run.span.end * 1000),
            is_left_open,
        };
        let past = match wanted.compute(answers) {
            Ok(past) => past,
            Err(reason) => return Outcome::Failed(reason),
        };
        // Before there were metrics, nobody would have had rules for them.
        let begins = past.begins.map_or(run.span.start, |begins| {
            begins.div_euclid(1000).div_euclid(TILE) * TILE
        });
        let span = Span {
            start: run.span.start.max(begins).min(run.span.end),
            ..run.span
        };
        let mut versions = Vec::new();
        let mut said = None;
        for planned in &self.versions {
            let tracks = planned.tracks(&past);
            if planned.which == Which::Spec {
                said = Some(advice(&planned.slo, &tracks, span, run.objectives));
            }
            versions.push(planned.version(&past, &tracks, span));
        }
        Outcome::Replayed(Replayed {
            span,
            versions,
            advice: said,
        })
    }
}

/// The spec as it is, the baseline, and other objectives.
fn variants<'a, 'r>(run: &'r Run<'a, '_>, id: &SloId) -> Vec<(Which, Slo, &'r Catalogue<'a>)> {
    let mut found = Vec::new();
    let now = run.specs.get(id);
    if let Some(slo) = now {
        found.push((Which::Spec, slo.clone(), &run.specs.all));
    }
    if let Some((_, world)) = &run.baseline
        && let Some(slo) = world.get(id)
    {
        found.push((Which::Baseline, slo.clone(), &world.all));
    }
    let Some(slo) = now else {
        return found;
    };
    let others = run.objectives.iter();
    for objective in others.filter(|objective| **objective != slo.objective.value) {
        let mut other = slo.clone();
        other.objective = Located::new(*objective, slo.objective.at);
        found.push((Which::Objective, other, &run.specs.all));
    }
    found
}

fn plan(
    planner: &mut Planner,
    which: Which,
    slo: Slo,
    all: &Catalogue<'_>,
    options: &Options,
) -> Result<Planned, String> {
    let (alarms, parts) = {
        let mut all: Catalogue<'_> = all.clone();
        all.insert(&slo.id, &slo);
        let files = files(&slo, &all, options);
        let alarms = rules::alarms(&slo, &all, options);
        let mut ids = components(&slo, &all);
        if ids.is_empty() {
            ids.push(&slo.id);
        }
        let is_tile = |name: &str, labels: &crate::prometheus::Labels| {
            let is_of = |id: &&SloId| {
                labels.get("service") == Some(&id.service) && labels.get("slo") == Some(&id.name)
            };
            [BAD_TILE, TOTAL_TILE].contains(&name) && ids.iter().any(is_of)
        };
        let arms = alarms.iter().flat_map(|alarm| &alarm.arms);
        let looks = arms.map(|arm| (&arm.expr, millis(FAST_INTERVAL)));
        let added = planner
            .add(&files, is_tile, looks)
            .map_err(|error| error.0)?;
        let place = |id: &SloId, name: &str| {
            let mut rules = added.rules.iter().copied();
            rules.find(|rule| planner.records(*rule, name, &id.service, &id.name))
        };
        let tiles = ids
            .iter()
            .map(|id| place(id, BAD_TILE).zip(place(id, TOTAL_TILE)));
        let parts = join(&all, &slo, &ids).zip(tiles.collect::<Option<Vec<_>>>());
        let mut looks = added.looks.into_iter();
        let alarms = alarms.into_iter().map(|alarm| {
            let looks = looks.by_ref().take(alarm.arms.len()).collect();
            (alarm, looks)
        });
        (alarms.collect(), parts)
    };
    Ok(Planned {
        which,
        slo,
        alarms,
        parts,
    })
}

/// The rules of an SLO and of those that it is made of.
fn files(slo: &Slo, all: &Catalogue<'_>, options: &Options) -> Vec<RuleFile> {
    let others = components(slo, all);
    let others = others.into_iter().filter_map(|id| all.get(id).copied());
    rules::compile(others.chain([slo]), all.values().copied(), options)
}

/// How long before an instant its periods begin, in milliseconds.
fn longest(slo: &Slo) -> i64 {
    let promised = slo.promise.as_ref().map(|promise| &promise.period.value);
    let periods = [Some(&slo.period.value), promised].into_iter().flatten();
    let lengths = periods.map(|period| match period {
        Period::Rolling(length) => seconds(*length),
        Period::Calendar(calendar) => {
            let days = i64::try_from(calendar.unit.longest_days()).unwrap_or(i64::MAX);
            // With an hour of a change of the clock.
            days.saturating_mul(86_400).saturating_add(3600)
        }
    });
    let seconds = lengths.max().unwrap_or(0).saturating_add(2 * TILE);
    seconds.saturating_mul(1000)
}

impl Planned {
    fn tracks(&self, past: &Past) -> Vec<Track> {
        let Some((join, rules)) = &self.parts else {
            return Vec::new();
        };
        let tiles = rules.iter().map(|(bad, total)| {
            Some(Tiles {
                bad: past.tables.get(bad)?,
                total: past.tables.get(total)?,
            })
        });
        let tiles: Option<Vec<Tiles<'_>>> = tiles.collect();
        tiles.map_or_else(Vec::new, |tiles| tracks(&self.slo, join, &tiles))
    }

    fn version(&self, past: &Past, tracks: &[Track], span: Span) -> Version {
        let mut alerts: Vec<Fired> = self
            .alarms
            .iter()
            .flat_map(|(alarm, looks)| {
                let arms = alarm.arms.iter().zip(looks);
                let held = arms.map(|(arm, look)| Held {
                    why: arm.why,
                    series: &past.looks[*look],
                });
                fired(&self.slo, alarm, &held.collect::<Vec<_>>(), span)
            })
            .collect();
        alerts.sort_by(|one, other| {
            let key = |alert: &Fired| (alert.start, alert.kind, alert.severity);
            (key(one), &one.labels).cmp(&(key(other), &other.labels))
        });
        let groups = tracks.iter();
        let groups = groups.map(|track| judge::group(&self.slo, track, span, &mut alerts));
        let groups: Vec<model::Group> = groups.collect();
        // What is made of components in a way that is not replayed may be measured.
        let is_seen = |group: &model::Group| group.overall.coverage.is_none_or(|share| share > 0.0);
        let is_measured = self.parts.is_none() || groups.iter().any(is_seen);
        let downtime = judge::planned(&self.slo, span);
        for alert in &mut alerts {
            let is_in = |planned: &model::Planned| {
                !alert.began_before
                    && planned.span.start < alert.start
                    && alert.start <= planned.span.end
            };
            alert.in_downtime = downtime.iter().any(is_in);
        }
        Version {
            which: self.which,
            objective: self.slo.objective.value,
            period: self.slo.period.value.to_string(),
            groups,
            alerts,
            downtime,
            is_measured,
        }
    }
}
