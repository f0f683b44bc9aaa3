//! Numbers from the raw metrics, for SLOs whose recorded series have no history yet.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::period::Progress;
use super::recorded::{Key, Recorded};
use super::{Context, ask};
use crate::burn::{self, BASE_WINDOW};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels, Sample};
use crate::promql::ast::Expr;
use crate::rules::series::COVERAGE;
use crate::rules::{direct, direct_coverage, direct_ratio, windows};
use crate::slo::{Objective, Period, Sli, Slo, SloId};

/// Recorded coverage (0–1) from which nobody asks the raw metrics.
const ENOUGH: f64 = 0.95;
/// How much more (0–1) the raw metrics must cover to be preferred.
const BETTER: f64 = 0.02;

/// What the raw metrics say about a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// Share of the period, so far, for which there is data, 0–1.
    pub(super) coverage: Option<f64>,
    /// Error ratio over the period so far, 0–1.
    pub(super) error_ratio: Option<f64>,
    /// Share of the error budget that is left.
    pub(super) budget_left: Option<f64>,
    /// Share of the promise's budget that is left.
    pub(super) promise_left: Option<f64>,
    /// Whether something is measured now.
    pub(super) is_measured: bool,
    /// Error ratio (0–1) per alert window.
    pub(super) ratios: BTreeMap<Duration, f64>,
}

/// What the raw metrics say about SLOs, by group.
pub(super) type Raw = HashMap<SloId, BTreeMap<Labels, Numbers>>;

/// Asks the raw metrics about every SLO whose recorded series cover less than they do.
pub(super) async fn ask_raw(cx: &Context<'_>, recorded: &Recorded) -> Result<Raw, Error> {
    let short: Vec<&Slo> = cx
        .slos
        .iter()
        .copied()
        .filter(|slo| is_short(recorded, slo))
        .collect();
    let coverage = coverages(cx, &short).await?;
    let mut raw = Raw::new();
    let mut better = Vec::new();
    for (slo, groups) in short.into_iter().zip(coverage) {
        let groups = better_known(recorded, slo, groups);
        if !groups.is_empty() {
            better.push(slo);
            raw.insert(slo.id.clone(), groups);
        }
    }
    fill(cx, &better, &mut raw).await?;
    Ok(raw)
}

/// The groups of which the raw metrics cover more than what was recorded. A group that is
/// new says nothing about the others.
fn better_known(
    recorded: &Recorded,
    slo: &Slo,
    shares: BTreeMap<Labels, f64>,
) -> BTreeMap<Labels, Numbers> {
    let is_better = |(group, share): &(Labels, f64)| {
        let known = least_coverage(recorded, slo, |key| key.group == *group);
        known.is_none_or(|known| *share > known + BETTER)
    };
    let covered = shares.into_iter().filter(is_better);
    covered
        .map(|(group, share)| {
            let numbers = Numbers {
                coverage: Some(share),
                ..Numbers::default()
            };
            (group, numbers)
        })
        .collect()
}

/// Whether the recorded series of an SLO have too little history. Raw metrics of several
/// servers or clusters are not told apart here.
fn is_short(recorded: &Recorded, slo: &Slo) -> bool {
    let mut places: Vec<_> = recorded.keys(slo).map(|key| &key.place).collect();
    places.sort();
    places.dedup();
    let several = places.len() > 1;
    let known = least_coverage(recorded, slo, |_| true);
    !several && known.is_none_or(|share| share < ENOUGH)
}

fn least_coverage(recorded: &Recorded, slo: &Slo, of: impl Fn(&Key) -> bool) -> Option<f64> {
    let shares = recorded
        .keys(slo)
        .filter(|key| of(key))
        .filter_map(|key| recorded.value(slo, key, COVERAGE));
    shares.min_by(f64::total_cmp)
}

/// Per SLO: the share of its period that is covered, by group.
async fn coverages(cx: &Context<'_>, slos: &[&Slo]) -> Result<Vec<BTreeMap<Labels, f64>>, Error> {
    let exprs: Vec<Option<Expr>> = slos
        .iter()
        .map(|slo| {
            let progress = Progress::of(&slo.period.value, cx.now);
            direct_coverage(slo, &cx.all, progress.elapsed)
        })
        .collect();
    let asked: Vec<Expr> = exprs.iter().flatten().cloned().collect();
    let mut answers = ask(cx, "raw metrics", &asked).await?.into_iter();
    let by_group = |expr: &Option<Expr>| {
        let answer = expr.as_ref().and_then(|_| answers.next());
        // What cannot be evaluated is a finding of the series.
        let samples = answer.and_then(Result::ok).unwrap_or_default();
        samples
            .into_iter()
            .map(|sample| (sample.labels, sample.value))
            .collect()
    };
    Ok(exprs.iter().map(by_group).collect())
}

/// What an expression tells about a group.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// The error ratio of a window.
    Window(Duration),
    /// That something is measured.
    Now,
    /// Error ratio, mean rate so far, and expected rate, of the objective's or promise's period.
    Period(Whose, Term),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Objective,
    Promise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Ratio,
    Total,
    Average,
}

/// Terms of both periods.
type Terms = BTreeMap<(Whose, Term), f64>;

async fn fill(cx: &Context<'_>, slos: &[&Slo], raw: &mut Raw) -> Result<(), Error> {
    let questions: Vec<(usize, Told, Expr)> = slos
        .iter()
        .enumerate()
        .flat_map(|(index, slo)| {
            let asked = questions(cx, slo).into_iter();
            asked.map(move |(told, expr)| (index, told, expr))
        })
        .collect();
    let exprs: Vec<Expr> = questions.iter().map(|(_, _, expr)| expr.clone()).collect();
    let answers = ask(cx, "raw metrics", &exprs).await?;
    let mut terms: HashMap<(usize, Labels), Terms> = HashMap::new();
    for ((index, told, _), answer) in questions.iter().zip(answers) {
        let slo = slos[*index];
        for Sample { labels, value } in answer.unwrap_or_default() {
            let Some(numbers) = raw
                .get_mut(&slo.id)
                .and_then(|groups| groups.get_mut(&labels))
            else {
                continue;
            };
            match told {
                Told::Window(window) => drop(numbers.ratios.insert(*window, value)),
                Told::Now => numbers.is_measured = true,
                Told::Period(whose, term) => {
                    let terms = terms.entry((*index, labels)).or_default();
                    terms.insert((*whose, *term), value);
                }
            }
        }
    }
    for ((index, group), terms) in terms {
        let slo = slos[index];
        if let Some(numbers) = raw
            .get_mut(&slo.id)
            .and_then(|groups| groups.get_mut(&group))
        {
            conclude(slo, cx.now, &terms, numbers);
        }
    }
    Ok(())
}

fn questions(cx: &Context<'_>, slo: &Slo) -> Vec<(Told, Expr)> {
    let ratio = |window| direct_ratio(slo, &cx.all, window);
    let mut asked: Vec<(Told, Option<Expr>)> = windows(&burn::pairs(slo))
        .into_iter()
        .map(|window| (Told::Window(window), ratio(window)))
        .collect();
    let now = match slo.sli.value {
        Sli::Composite(_) => ratio(BASE_WINDOW),
        _ => direct(slo, BASE_WINDOW).map(|direct| direct.total),
    };
    asked.push((Told::Now, now));
    let promised = slo.promise.as_ref().map(|promise| &promise.period.value);
    let promised = promised.filter(|period| **period != slo.period.value);
    let periods = [
        (Whose::Objective, Some(&slo.period.value)),
        (Whose::Promise, promised),
    ];
    for (whose, period) in periods {
        let Some(period) = period else { continue };
        let elapsed = Progress::of(period, cx.now).elapsed;
        asked.push((Told::Period(whose, Term::Ratio), ratio(elapsed)));
        if matches!(period, Period::Calendar(_)) {
            let total = |window| direct(slo, window).map(|direct| direct.total);
            // An average over the first minutes of a month says little.
            let average = elapsed.max(Duration::from_days(1));
            asked.push((Told::Period(whose, Term::Total), total(elapsed)));
            asked.push((Told::Period(whose, Term::Average), total(average)));
        }
    }
    asked
        .into_iter()
        .filter_map(|(told, expr)| Some((told, expr?)))
        .collect()
}

fn conclude(slo: &Slo, now: f64, terms: &Terms, numbers: &mut Numbers) {
    let left = |whose, period: &Period, objective: Objective| {
        let term = |term| terms.get(&(whose, term)).copied();
        let rates = term(Term::Total).zip(term(Term::Average));
        let spent =
            Progress::of(period, now).spent(term(Term::Ratio)?, ratio(objective.budget()), rates);
        Some(1.0 - spent)
    };
    numbers.error_ratio = terms.get(&(Whose::Objective, Term::Ratio)).copied();
    numbers.budget_left = left(Whose::Objective, &slo.period.value, slo.objective.value);
    numbers.promise_left = slo.promise.as_ref().and_then(|promise| {
        let whose = if promise.period.value == slo.period.value {
            Whose::Objective
        } else {
            Whose::Promise
        };
        left(whose, &promise.period.value, promise.objective.value)
    });
}

/// A decimal as a number to calculate with.
pub(super) fn ratio(decimal: Decimal) -> f64 {
    decimal.to_f64().unwrap_or(f64::NAN)
}

/// The lines that only the raw metrics know.
pub(super) fn keys(cx: &Context<'_>, raw: &Raw, slo: &Slo) -> Vec<Key> {
    let place: Labels = cx
        .scope
        .fixed()
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .collect();
    let groups = raw.get(&slo.id).into_iter().flat_map(BTreeMap::keys);
    groups
        .map(|group| Key {
            group: group.clone(),
            place: place.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slo;

    #[test]
    fn a_new_group_says_nothing_about_the_others() {
        let slo = slo("99.9", "group_by: [region]");
        let group = |region: &str| -> Labels { [("region".to_owned(), region.to_owned())].into() };
        let recorded = Recorded::of(
            &slo,
            [("eu", 1.0), ("new", 0.01)].map(|(region, share)| {
                let mut labels = group(region);
                labels.insert("__name__".to_owned(), COVERAGE.to_owned());
                labels.insert("service".to_owned(), slo.id.service.clone());
                labels.insert("slo".to_owned(), slo.id.name.clone());
                Sample {
                    labels,
                    value: share,
                }
            }),
        );
        assert!(is_short(&recorded, &slo));
        let shares = [("eu", 1.0), ("new", 0.5), ("unknown", 0.0)];
        let shares = shares.map(|(region, share)| (group(region), share));
        let better = better_known(&recorded, &slo, shares.into());
        let regions: Vec<_> = better
            .keys()
            .map(|group| group["region"].as_str())
            .collect();
        assert_eq!(regions, ["new", "unknown"]);
    }
}
