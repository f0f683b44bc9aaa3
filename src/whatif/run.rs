//! From what is asked, and what was measured, to answers.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::ask::{Asked, Failed, Shifted, shifted};
use super::change::{Dependency, Slower};
use super::loss::Loss;
use super::outcome::{Outcome, like, outcome, seconds};
use crate::budget::{self, Goal, Span, Standing, TILE, Track, period_at};
use crate::measure::{self, Measured, Origin, measure};
use crate::progress::Progress;
use crate::prometheus::{Client, Error, Labels};
use crate::rules::Catalogue;
use crate::scope::Scope;
use crate::slo::{Objective, Period, Slo, SloId};

/// What is asked, of whom.
pub struct Request<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs that would change, in the order of the answers.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components, and dependencies are found.
    pub all: &'a Catalogue<'a>,
    /// What narrows every question.
    pub scope: &'a Scope,
    /// How much slower they get. Every SLO must have a bound that it is measured at.
    pub slower: Option<Slower>,
    /// What they will call besides.
    pub dependencies: &'a [Dependency],
    /// The instant at which it begins, in Unix seconds; a multiple of a tile.
    pub at: i64,
    /// Told how many SLOs are done.
    pub progress: &'p dyn Progress,
}

/// What a change does to an SLO, or one group of it.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The SLO.
    pub slo: &'a Slo,
    /// The values of `group_by`.
    pub group: Labels,
    /// What was measured, or why there is no answer.
    pub found: Result<Found, Unknown>,
}

/// What was measured, and what comes of it.
#[derive(Debug)]
pub struct Found {
    /// The time that stands for a period.
    pub like: Span,
    /// Share of it (0–1) for which there is data.
    pub coverage: Option<f64>,
    /// Where the numbers come from.
    pub origin: Origin,
    /// Events in it; a composite counts seconds.
    pub events: f64,
    /// How the objective stands today, in its own period.
    pub objective: Standing,
    /// The same of the promise.
    pub promise: Option<Standing>,
    /// What comes of everything going on as it is.
    pub unchanged: Outcome,
    /// What getting slower alone does.
    pub shifted: Option<Shifted>,
    /// What is called besides.
    pub dependencies: Vec<Called>,
    /// What comes of the changes.
    pub changed: Vec<Changed>,
}

/// What is called besides.
#[derive(Debug, Clone)]
pub struct Called {
    /// Which SLO, where it is one of the specs.
    pub slo: Option<SloId>,
    /// What it promises, or holds itself to.
    pub objective: Objective,
    /// The error ratio (0–1) that was measured over the same time, of an SLO of the specs.
    pub measured: Option<f64>,
}

/// What comes of all changes, under an assumption.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The assumption.
    pub assumed: Assumed,
    /// The share of good events that turn bad.
    pub loss: Loss,
    /// What comes of it.
    pub outcome: Outcome,
}

/// How dependencies will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumed {
    /// As bad as their objectives allow.
    Objectives,
    /// Those that are measured as they were, the others as bad as their objectives allow.
    Measured,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// Nothing was measured, or nothing happened.
    NoData,
    /// The definition was measured, but not how it is distributed.
    NoDistribution,
    /// The server cannot evaluate it, in its words.
    Failed(Failed),
}

/// Answers for every SLO and group; an error is one of the server, not of an SLO.
pub async fn run<'a>(request: &Request<'a, '_>) -> Result<Vec<Answer<'a>>, Error> {
    let mut spans: BTreeMap<i64, Vec<&'a Slo>> = BTreeMap::new();
    for slo in &request.slos {
        spans.entry(begins(slo, request.at)).or_default().push(slo);
    }
    let mut answers = Vec::new();
    for (start, slos) in spans {
        let span = Span {
            start,
            end: request.at,
        };
        answers.extend(over(request, slos, span).await?);
    }
    // As they were asked for.
    let place = |answer: &Answer<'_>| {
        let mut slos = request.slos.iter();
        slos.position(|slo| slo.id == answer.slo.id)
    };
    answers.sort_by_cached_key(|answer| (place(answer), answer.group.clone()));
    Ok(answers)
}

/// When the first of what is looked at of an SLO was.
fn begins(slo: &Slo, at: i64) -> i64 {
    let promised = slo.promise.as_ref().map(|promise| &promise.period.value);
    let starts = [Some(&slo.period.value), promised].into_iter().flatten();
    let starts = starts.map(|period| {
        // Of a month that is not over, its days, and as many as a whole one has.
        let nominal = at.saturating_sub(seconds(period.nominal()));
        match period {
            Period::Rolling(_) => nominal,
            Period::Calendar(_) => nominal.min(period_at(period, at).start),
        }
    });
    let start = starts.min().unwrap_or(at);
    start.max(0).div_euclid(TILE) * TILE
}

async fn over<'a>(
    request: &Request<'a, '_>,
    slos: Vec<&'a Slo>,
    span: Span,
) -> Result<Vec<Answer<'a>>, Error> {
    let called = request.dependencies.iter().filter_map(|dependency| {
        let Dependency::Slo(id) = dependency else {
            return None;
        };
        request.all.get(id).copied()
    });
    let called: Vec<&Slo> = called.collect();
    let count = slos.len();
    let measured = measure(&measure::Request {
        client: request.client,
        slos: slos.into_iter().chain(called).collect(),
        all: request.all,
        scope: request.scope,
        span,
        progress: request.progress,
    })
    .await?;
    let (subjects, called) = measured.split_at(count.min(measured.len()));
    let mut answers = Vec::new();
    for subject in subjects {
        let slo = subject.slo;
        let shifted = match request.slower {
            None => Ok(None),
            Some(slower) => {
                let asked = Asked {
                    client: request.client,
                    scope: request.scope,
                    span: like(&slo.period.value, request.at),
                };
                shifted(&asked, slo, slower).await?.map(Some)
            }
        };
        let subject = Subject {
            request,
            measured: subject,
            called,
        };
        answers.extend(subject.measured.tracks.iter().map(|track| Answer {
            slo,
            group: track.group.clone(),
            found: subject.found(track, &shifted),
        }));
    }
    Ok(answers)
}

/// An SLO that would change.
struct Subject<'s, 'a, 'p> {
    request: &'s Request<'a, 'p>,
    measured: &'s Measured<'a>,
    called: &'s [Measured<'a>],
}

/// What gets worse by group, where it was asked, or why nobody knows.
type AllShifted = Result<Option<BTreeMap<Labels, Shifted>>, Failed>;

impl Subject<'_, '_, '_> {
    fn found(&self, track: &Track, shifted: &AllShifted) -> Result<Found, Unknown> {
        let slo = self.measured.slo;
        let failed = || self.measured.failed.clone();
        let Some(unchanged) = outcome(slo, track, Loss::NONE) else {
            return Err(failed().map_or(Unknown::NoData, Unknown::Failed));
        };
        let shifted = match shifted {
            Err(failed) => return Err(Unknown::Failed(failed.clone())),
            Ok(None) => None,
            Ok(Some(groups)) => {
                let group = groups.get(&track.group);
                Some(group.cloned().ok_or(Unknown::NoDistribution)?)
            }
        };
        let like = like(&slo.period.value, self.request.at);
        let dependencies = self.dependencies(track, like);
        let of_time = shifted.as_ref().map_or(Loss::NONE, |shifted| shifted.loss);
        let changed = |assumed| {
            let loss = dependencies
                .iter()
                .fold(of_time, |loss, called| loss.and(called.loss(assumed)));
            let outcome = outcome(slo, track, loss)?;
            Some(Changed {
                assumed,
                loss,
                outcome,
            })
        };
        let is_measured = dependencies.iter().any(|called| called.measured.is_some());
        let assumptions = [
            Some(Assumed::Objectives),
            is_measured.then_some(Assumed::Measured),
        ];
        let changed = assumptions.into_iter().flatten().filter_map(changed);
        let changed = changed.collect();
        let standing = |goal: Goal| budget::standing(track, &goal, self.request.at);
        Ok(Found {
            like,
            coverage: track.coverage(like),
            origin: self.measured.origin,
            events: track.events(like).map_or(0.0, |events| events.total),
            objective: standing(Goal::objective(slo)),
            promise: Goal::promise(slo).map(standing),
            unchanged,
            shifted,
            dependencies,
            changed,
        })
    }

    fn dependencies(&self, track: &Track, like: Span) -> Vec<Called> {
        let dependencies = self.request.dependencies.iter();
        let called = dependencies.filter_map(|dependency| match dependency {
            Dependency::Promised(objective) => Some(Called {
                slo: None,
                objective: *objective,
                measured: None,
            }),
            Dependency::Slo(id) => {
                let called = self.called.iter().find(|called| called.slo.id == *id)?;
                Some(Called {
                    slo: Some(id.clone()),
                    objective: called.slo.objective.value,
                    measured: ratio(called, &track.group, like),
                })
            }
        });
        called.collect()
    }
}

impl Found {
    /// Share (0–1) of the events of which is known how long they took: less than all where
    /// the server keeps raw metrics for less than a period. `None` where nobody asked.
    pub fn distribution_known(&self) -> Option<f64> {
        let observed = self.shifted.as_ref()?.observed;
        (self.events > 0.0).then(|| (observed / self.events).clamp(0.0, 1.0))
    }
}

impl Called {
    fn loss(&self, assumed: Assumed) -> Loss {
        let promised = || self.objective.budget().to_f64().unwrap_or(1.0);
        Loss::exact(match assumed {
            Assumed::Objectives => promised(),
            Assumed::Measured => self.measured.unwrap_or_else(promised),
        })
    }
}

/// The error ratio of a dependency: that of the same group where it has one, else of all
/// together.
fn ratio(called: &Measured<'_>, group: &Labels, like: Span) -> Option<f64> {
    let mut tracks = called.tracks.iter();
    if let Some(same) = tracks.find(|track| track.group == *group) {
        return same.error_ratio(like);
    }
    let events = called.tracks.iter().filter_map(|track| track.events(like));
    let (bad, total) = events.fold((0.0, 0.0), |(bad, total), events| {
        (bad + events.bad, total + events.total)
    });
    (total > 0.0).then(|| (bad / total).clamp(0.0, 1.0))
}
