//! Whether what was recorded is what the definition says, evaluated directly on the raw
//! metrics.
//!
//! The bad and all events of the last hour are compared with the raw metrics, and the
//! windows that are made of them with the events that were recorded. Recorded windows lag
//! a little behind, and a window's edge can hold a burst of events: a value is wrong when
//! it is outside of everything that the definition said over the last few minutes, by
//! more than what events at the edges can do.

mod comparison;
mod hour;

use std::collections::{BTreeMap, HashMap};

use comparison::{Comparison, Definition, Kind};
use hour::{ByLine, Means, line_of};

use super::period::Progress;
use super::recorded::{Key, Recorded};
use super::{Asked, Context, Findings, ask, ask_all};
use crate::burn::{self, BASE_WINDOW};
use crate::diagnostic::{Code, codes::values as codes};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::Expr;
use crate::rules::series::{BAD, COVERAGE, PERIOD_RATIO, TOTAL, error_ratio, own};
use crate::rules::{direct, direct_coverage, direct_ratio, windows};
use crate::slo::{Budgeting, Sli, Slo, SloId};
use crate::words;

/// The longest window that is always compared.
const LONGEST: Duration = Duration::from_hours(1);
/// How long ago, in seconds, the definition may have been right: what was recorded is up
/// to a minute old, and derived windows are behind by half of the base window.
const LAGS: [f64; 3] = [0.0, 150.0, 300.0];
/// What a recorded value may differ from the definition, relative to it.
const TOLERANCE: f64 = 0.1;
/// The same of rates. Where one of several targets was not scraped for a while, the
/// definition bridges the gap and what was recorded does not: bad and all events lose the
/// same share then, and their ratio is right.
const TOLERANCE_OF_RATE: f64 = 0.35;
/// The same over a whole period.
const TOLERANCE_OF_PERIOD: f64 = 0.02;
/// Recorded coverage (0–1) from which a period can be compared.
const COVERED: f64 = 0.95;

/// Compares the windows up to an hour of all SLOs, and with `deep` their periods.
pub(super) async fn check(
    cx: &Context<'_>,
    recorded: &Recorded,
    deep: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    let slos: Vec<&Slo> = cx
        .slos
        .iter()
        .copied()
        .filter(|slo| is_comparable(cx, recorded, slo, findings))
        .collect();
    let means = Means::ask(cx).await?;
    // What is wrong with the events is wrong with all that is made of them.
    let mut comparisons: Vec<Comparison<'_>> = slos
        .iter()
        .flat_map(|slo| of_hour(cx, recorded, &means, slo))
        .collect();
    let derived = slos
        .iter()
        .flat_map(|slo| of_windows(cx, recorded, &means, slo));
    comparisons.extend(derived);
    compare(cx, &LAGS, TOLERANCE, &mut comparisons).await?;
    let ratios: Vec<Comparison<'_>> = comparisons
        .windows(2)
        .filter_map(|pair| of_rates(cx, recorded, &pair[0], &pair[1]))
        .collect();
    comparisons.extend(ratios);
    report(&comparisons, TOLERANCE, &codes::WINDOW_DIFFERS, findings);
    if deep {
        let slos = kept_whole(cx, slos, findings).await?;
        let mut comparisons: Vec<Comparison<'_>> = slos
            .iter()
            .filter_map(|slo| of_period(cx, recorded, slo, findings))
            .collect();
        compare(cx, &[0.0], TOLERANCE_OF_PERIOD, &mut comparisons).await?;
        report(
            &comparisons,
            TOLERANCE_OF_PERIOD,
            &codes::PERIOD_DIFFERS,
            findings,
        );
    }
    Ok(())
}

/// The raw metrics of several servers or clusters are not told apart here.
fn is_comparable(
    cx: &Context<'_>,
    recorded: &Recorded,
    slo: &Slo,
    findings: &mut Findings,
) -> bool {
    let mut places: Vec<_> = recorded.keys(slo).map(|key| &key.place).collect();
    places.sort();
    places.dedup();
    if places.len() > 1 && cx.scope.is_all() {
        findings.note(
            "values are not compared where several servers or clusters recorded an SLO: \
             name one with --where",
        );
    }
    places.len() == 1
}

/// The last hour against the raw metrics: all and bad events where they are counted, the
/// error ratio elsewhere.
fn of_hour<'a>(
    cx: &Context<'_>,
    recorded: &Recorded,
    means: &Means,
    slo: &'a Slo,
) -> Vec<Comparison<'a>> {
    if !means.is_whole(slo, LONGEST) {
        return Vec::new();
    }
    let new = |series: String, definition: &Expr, recorded, kind| Comparison {
        slo,
        series,
        window: LONGEST,
        definition: Definition::Raw(cx.scope.query(definition)),
        recorded,
        said: HashMap::new(),
        rates: line_of(&means.total, slo),
        kind,
    };
    if slo.sli.value.counts_events() && slo.budgeting == Budgeting::Events {
        let Some(pair) = direct(slo, LONGEST) else {
            return Vec::new();
        };
        let parts = [
            (TOTAL, &pair.total, &means.total),
            (BAD, &pair.bad, &means.bad),
        ];
        let rate = |(series, definition, means): (&str, &Expr, &ByLine)| {
            let series = format!("avg_over_time({series}[1h])");
            new(series, definition, line_of(means, slo), Kind::Rate)
        };
        return parts.map(rate).into();
    }
    let name = error_ratio(LONGEST).to_string();
    let values = values(recorded, slo, &name);
    let definition = direct_ratio(slo, &cx.all, LONGEST);
    let ratio = definition.map(|definition| new(name, &definition, values, Kind::Ratio));
    ratio.into_iter().collect()
}

/// The error ratio of the hour, of what the definition said of all events and of the bad
/// ones, which stand side by side.
fn of_rates<'a>(
    cx: &Context<'_>,
    recorded: &Recorded,
    total: &Comparison<'a>,
    bad: &Comparison<'a>,
) -> Option<Comparison<'a>> {
    let slo = total.slo;
    if total.kind != Kind::Rate || bad.kind != Kind::Rate || bad.slo.id != slo.id {
        return None;
    }
    let series = error_ratio(LONGEST).to_string();
    let definition = cx.scope.query(&direct_ratio(slo, &cx.all, LONGEST)?);
    let ratio = |(group, bad): (&Labels, &Vec<f64>)| {
        let total = total.said.get(group)?;
        // What agreed at once was asked once.
        let total = |index: usize| total.get(index).or_else(|| total.last()).copied();
        let ratios = bad.iter().enumerate();
        let ratios = ratios.filter_map(|(index, bad)| Some(bad / total(index)?));
        Some((group.clone(), ratios.collect()))
    };
    Some(Comparison {
        slo,
        recorded: values(recorded, slo, &series),
        series,
        window: LONGEST,
        definition: Definition::Raw(definition),
        said: bad.said.iter().filter_map(ratio).collect(),
        rates: total.rates.clone(),
        kind: Kind::Ratio,
    })
}

/// The windows that are made of recorded events, against these.
fn of_windows<'a>(
    cx: &Context<'_>,
    recorded: &Recorded,
    means: &Means,
    slo: &'a Slo,
) -> Vec<Comparison<'a>> {
    // Composites are made of others. What gauges record is no rate over the base window.
    let is_composite = matches!(slo.sli.value, Sli::Composite(_));
    let is_made_of_events =
        |window: Duration| !is_composite && (window > BASE_WINDOW || !slo.sli.value.is_gauge());
    windows(&burn::pairs(slo))
        .into_iter()
        .filter(|window| *window <= LONGEST && is_made_of_events(*window))
        .filter(|window| means.is_whole(slo, *window))
        .map(|window| {
            let series = error_ratio(window).to_string();
            let of_events = |slo: &Slo| hour::ratio(window, |series| own(&slo.id, series));
            Comparison {
                slo,
                window,
                definition: Definition::Recorded(cx.scope.query(&of_events(slo))),
                recorded: values(recorded, slo, &series),
                said: HashMap::new(),
                rates: line_of(&means.total, slo),
                kind: Kind::Ratio,
                series,
            }
        })
        .collect()
}

/// Those of which the raw metrics reach as far back as what was recorded, or computed later.
async fn kept_whole<'a>(
    cx: &Context<'_>,
    slos: Vec<&'a Slo>,
    findings: &mut Findings,
) -> Result<Vec<&'a Slo>, Error> {
    let coverage = |slo: &&'a Slo| {
        let elapsed = Progress::of(&slo.period.value, cx.now).elapsed;
        Some((*slo, direct_coverage(slo, &cx.all, elapsed)?))
    };
    let (slos, coverages): (Vec<&Slo>, Vec<Expr>) = slos.iter().filter_map(coverage).unzip();
    let answers = ask(cx, "values", &coverages).await?;
    let is_whole = |answer: Asked| {
        let samples = answer.unwrap_or_default();
        !samples.is_empty() && samples.iter().all(|sample| sample.value >= COVERED)
    };
    let mut kept = Vec::new();
    for (slo, answer) in slos.into_iter().zip(answers) {
        if is_whole(answer) {
            kept.push(slo);
        } else {
            findings.note(format!(
                "the period of {} is not compared: the raw metrics do not reach back over it",
                slo.id
            ));
        }
    }
    Ok(kept)
}

fn of_period<'a>(
    cx: &Context<'_>,
    recorded: &Recorded,
    slo: &'a Slo,
    findings: &mut Findings,
) -> Option<Comparison<'a>> {
    let covered = values(recorded, slo, COVERAGE);
    if covered.is_empty() || covered.values().any(|share| *share < COVERED) {
        let least = covered
            .values()
            .copied()
            .min_by(f64::total_cmp)
            .unwrap_or(0.0);
        findings.note(format!(
            "the period of {} is not compared: {} of it has been recorded",
            slo.id,
            words::percent(Some(least))
        ));
        return None;
    }
    let window = Progress::of(&slo.period.value, cx.now).elapsed;
    Some(Comparison {
        slo,
        series: PERIOD_RATIO.to_owned(),
        window,
        definition: Definition::Raw(cx.scope.query(&direct_ratio(slo, &cx.all, window)?)),
        recorded: values(recorded, slo, PERIOD_RATIO),
        said: HashMap::new(),
        rates: values(recorded, slo, TOTAL),
        kind: Kind::Ratio,
    })
}

fn values(recorded: &Recorded, slo: &Slo, name: &str) -> BTreeMap<Key, f64> {
    let value = |key: &Key| Some((key.clone(), recorded.value(slo, key, name)?));
    recorded.keys(slo).filter_map(value).collect()
}

/// Asks what the definitions say now; those that differ, what they said before, too.
async fn compare(
    cx: &Context<'_>,
    lags: &[f64],
    tolerance: f64,
    comparisons: &mut [Comparison<'_>],
) -> Result<(), Error> {
    for lag in lags {
        let at = cx.now - lag;
        let mut queries = Vec::new();
        let mut of_queries = Vec::new();
        let mut derived: BTreeMap<Duration, Vec<usize>> = BTreeMap::new();
        for (index, comparison) in comparisons.iter().enumerate() {
            match &comparison.definition {
                _ if !comparison.is_open(tolerance) => {}
                Definition::Raw(query) => {
                    queries.push(query.clone());
                    of_queries.push(index);
                }
                Definition::Recorded(_) => {
                    derived.entry(comparison.window).or_default().push(index);
                }
            }
        }
        let answers = ask_all(cx, "values", at, &queries).await?;
        for (index, answer) in of_queries.into_iter().zip(answers) {
            // What cannot be evaluated is a finding of the series.
            for sample in answer.unwrap_or_default() {
                let said = comparisons[index].said.entry(sample.labels).or_default();
                said.push(sample.value);
            }
        }
        for (window, indices) in derived {
            let ratios = hour::ratios(cx, window, at).await?;
            for index in indices {
                let comparison = &mut comparisons[index];
                for (key, ratio) in line_of(&ratios, comparison.slo) {
                    comparison.said.entry(key.group).or_default().push(ratio);
                }
            }
        }
    }
    Ok(())
}

fn report(
    comparisons: &[Comparison<'_>],
    tolerance: f64,
    code: &'static Code,
    findings: &mut Findings,
) {
    // What follows from a rate follows in every window; the first says enough.
    let mut reported: Vec<(&SloId, &Key)> = Vec::new();
    for comparison in comparisons {
        let tolerance = match comparison.kind {
            Kind::Ratio => tolerance,
            Kind::Rate => TOLERANCE_OF_RATE,
        };
        for (key, value) in &comparison.recorded {
            if comparison.agrees(key, *value, tolerance)
                || reported.contains(&(&comparison.slo.id, key))
            {
                continue;
            }
            reported.push((&comparison.slo.id, key));
            findings.push(comparison.slo, comparison.finding(code, key, *value));
        }
    }
}
