//! Whether what was recorded is what the definition says, evaluated directly on the raw
//! metrics.
//!
//! Recorded windows are made of what was recorded before, so that they lag a little
//! behind, and a window's edge can hold a burst of events. A value is wrong when it is
//! outside of everything that the definition said over the last few minutes, by more
//! than what events at the edges can do.

use std::collections::{BTreeMap, HashMap};

use super::period::Progress;
use super::recorded::{Key, Recorded, ask_recorded, id_of, recorded_by};
use super::{Context, Findings, ask_all};
use crate::burn::{self, BASE_WINDOW};
use crate::diagnostic::{Code, Diagnostic, codes::values as codes};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::Expr;
use crate::promql::build::{call, range};
use crate::rules::series::{BAD, COVERAGE, PERIOD_RATIO, TOTAL, error_ratio};
use crate::rules::{direct, direct_ratio, windows};
use crate::slo::{Sli, Slo, SloId};
use crate::words;

/// The longest window that is always compared.
const LONGEST: Duration = Duration::from_hours(1);
/// How long ago, in seconds, the definition may have been right: what was recorded is up
/// to a minute old, and derived windows are behind by half of the base window.
const LAGS: [f64; 3] = [0.0, 150.0, 300.0];
/// What a recorded value may differ from the definition, relative to it.
const TOLERANCE: f64 = 0.1;
/// The same over a whole period.
const TOLERANCE_OF_PERIOD: f64 = 0.02;
/// Share (0–1) of an hour's values from which its mean is that of the hour.
const WHOLE: f64 = 0.95;
/// Recorded coverage (0–1) from which a period can be compared.
const COVERED: f64 = 0.95;

/// A recorded value and its definition.
struct Comparison<'a> {
    slo: &'a Slo,
    /// What the recorded series is called.
    series: String,
    window: Duration,
    definition: String,
    /// By group.
    recorded: BTreeMap<Key, f64>,
    /// What the definition said.
    said: HashMap<Labels, Vec<f64>>,
    /// Events per second where they are counted, evaluations elsewhere.
    rates: BTreeMap<Key, f64>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An error ratio, 0–1.
    Ratio,
    /// Events per second.
    Rate,
}

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
    let mut comparisons: Vec<Comparison<'_>> = slos
        .iter()
        .flat_map(|slo| of_windows(cx, recorded, &means, slo))
        .collect();
    compare(cx, &LAGS, &mut comparisons).await?;
    report(&comparisons, TOLERANCE, &codes::WINDOW_DIFFERS, findings);
    if deep {
        let mut comparisons: Vec<Comparison<'_>> = slos
            .iter()
            .filter_map(|slo| of_period(cx, recorded, slo, findings))
            .collect();
        compare(cx, &[0.0], &mut comparisons).await?;
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

/// Mean rates of the last hour, by what was recorded.
struct Means {
    total: ByLine,
    bad: ByLine,
    /// How many values there are of the total.
    count: ByLine,
}

/// A value per line of an SLO.
type ByLine = HashMap<SloId, BTreeMap<Key, f64>>;

impl Means {
    async fn ask(cx: &Context<'_>) -> Result<Self, Error> {
        Ok(Self {
            total: over_an_hour(cx, "avg_over_time", TOTAL).await?,
            bad: over_an_hour(cx, "avg_over_time", BAD).await?,
            count: counts(cx).await?,
        })
    }

    /// Whether a window can be compared: what was measured for a part of it only is the
    /// mean of that part, and the definition knows the rest or takes it for idle.
    fn is_whole(&self, slo: &Slo, window: Duration) -> bool {
        let whole = window.as_secs_f64() / burn::FAST_INTERVAL.as_secs_f64() * WHOLE;
        let counts = self.count.get(&slo.id);
        counts.is_some_and(|counts| counts.values().all(|count| *count >= whole))
    }
}

/// How many values of the last hour there are. Composites record no total, only ratios.
async fn counts(cx: &Context<'_>) -> Result<ByLine, Error> {
    let is_composite = |slo: &&Slo| matches!(slo.sli.value, Sli::Composite(_));
    let mut counts = over_an_hour(cx, "count_over_time", TOTAL).await?;
    if cx.slos.iter().any(is_composite) {
        let ratios = over_an_hour(cx, "count_over_time", &error_ratio(BASE_WINDOW)).await?;
        let composites = cx.slos.iter().filter(|slo| is_composite(slo));
        let own = composites.filter_map(|slo| Some((slo.id.clone(), ratios.get(&slo.id)?.clone())));
        counts.extend(own);
    }
    Ok(counts)
}

async fn over_an_hour(cx: &Context<'_>, func: &str, series: &str) -> Result<ByLine, Error> {
    let slos: HashMap<&SloId, &Slo> = cx.slos.iter().map(|slo| (&slo.id, *slo)).collect();
    let question = |slos: &[&Slo]| {
        let hour = range(recorded_by(slos, &[series.into()]), LONGEST);
        call(func, vec![hour])
    };
    let mut means = ByLine::new();
    for sample in ask_recorded(cx, question).await? {
        let Some(id) = id_of(&sample.labels) else {
            continue;
        };
        if let Some(slo) = slos.get(&id) {
            let key = Key::of(slo, &sample.labels);
            means.entry(id).or_default().insert(key, sample.value);
        }
    }
    Ok(means)
}

fn line_of(means: &ByLine, slo: &Slo) -> BTreeMap<Key, f64> {
    means.get(&slo.id).cloned().unwrap_or_default()
}

fn of_windows<'a>(
    cx: &Context<'_>,
    recorded: &Recorded,
    means: &Means,
    slo: &'a Slo,
) -> Vec<Comparison<'a>> {
    let rates = line_of(&means.total, slo);
    let new = |series: String, window, definition: &Expr, recorded, kind| Comparison {
        slo,
        series,
        window,
        definition: cx.scope.query(definition),
        recorded,
        said: HashMap::new(),
        rates: rates.clone(),
        kind,
    };
    let mut all: Vec<Comparison<'a>> = windows(&burn::pairs(slo))
        .into_iter()
        .filter(|window| *window <= LONGEST && means.is_whole(slo, *window))
        .filter_map(|window| {
            let name = error_ratio(window).to_string();
            let definition = direct_ratio(slo, &cx.all, window)?;
            let values = values(recorded, slo, &name);
            Some(new(name, window, &definition, values, Kind::Ratio))
        })
        .collect();
    if slo.sli.value.counts_events()
        && slo.budgeting == crate::slo::Budgeting::Events
        && means.is_whole(slo, LONGEST)
        && let Some(pair) = direct(slo, LONGEST)
    {
        let total = format!("avg_over_time({TOTAL}[1h])");
        all.push(new(
            total,
            LONGEST,
            &pair.total,
            line_of(&means.total, slo),
            Kind::Rate,
        ));
        let bad = format!("avg_over_time({BAD}[1h])");
        all.push(new(
            bad,
            LONGEST,
            &pair.bad,
            line_of(&means.bad, slo),
            Kind::Rate,
        ));
    }
    all
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
        definition: cx.scope.query(&direct_ratio(slo, &cx.all, window)?),
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
    comparisons: &mut [Comparison<'_>],
) -> Result<(), Error> {
    for lag in lags {
        let open: Vec<usize> = (0..comparisons.len())
            .filter(|index| comparisons[*index].is_open())
            .collect();
        let queries: Vec<String> = open
            .iter()
            .map(|index| comparisons[*index].definition.clone())
            .collect();
        let answers = ask_all(cx, "values", cx.now - lag, &queries).await?;
        for (index, answer) in open.into_iter().zip(answers) {
            // What cannot be evaluated is a finding of the series.
            for sample in answer.unwrap_or_default() {
                let said = comparisons[index].said.entry(sample.labels).or_default();
                said.push(sample.value);
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

impl Comparison<'_> {
    /// Whether another look is worth it.
    fn is_open(&self) -> bool {
        self.said.is_empty()
            || self
                .recorded
                .iter()
                .any(|(key, value)| !self.agrees(key, *value, TOLERANCE))
    }

    fn agrees(&self, key: &Key, value: f64, tolerance: f64) -> bool {
        let Some(said) = self.said.get(&key.group) else {
            // Without data there is nothing to compare with.
            return true;
        };
        let least = said.iter().copied().fold(f64::INFINITY, f64::min);
        let most = said.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let slack = |of: f64| tolerance * of.abs() + self.noise(key, of);
        (value >= least - slack(least) && value <= most + slack(most)) || least.is_nan()
    }

    /// What events at the edges of the window can do: as many as arrive there by chance,
    /// three times the standard deviation, and two at least.
    fn noise(&self, key: &Key, value: f64) -> f64 {
        let seconds = self.window.as_secs_f64();
        let rate = self.rates.get(key).copied().unwrap_or(0.0);
        let events = if self.slo.sli.value.counts_events() {
            rate * seconds
        } else {
            seconds / burn::FAST_INTERVAL.as_secs_f64()
        };
        if events <= 0.0 {
            return f64::INFINITY;
        }
        let edges = (2.0 * BASE_WINDOW.as_secs_f64() / seconds).min(1.0);
        match self.kind {
            Kind::Ratio => {
                let bad = (value * events).max(0.0);
                (3.0 * (bad * edges).sqrt() + 2.0) / events
            }
            Kind::Rate => {
                let counted = (value * seconds).max(0.0);
                (3.0 * (counted * edges).sqrt() + 2.0) / seconds
            }
        }
    }

    fn finding(&self, code: &'static Code, key: &Key, value: f64) -> Diagnostic {
        let said = self.said.get(&key.group).and_then(|said| said.first());
        let shown = |value: f64| match self.kind {
            Kind::Ratio => words::ratio(Some(value)),
            Kind::Rate => format!("{value:.3} per second"),
        };
        let labels: Vec<_> = key
            .group
            .iter()
            .map(|(label, value)| format!(" {label}={value}"))
            .collect();
        Diagnostic::new(
            code,
            format!(
                "`{}` of {}{} is {}, and the definition evaluated on the raw metrics says {}",
                self.series,
                self.slo.id,
                labels.concat(),
                shown(value),
                said.map_or_else(|| "nothing".to_owned(), |said| shown(*said)),
            ),
        )
        .with_help(
            "see whether two servers or rule groups record it, whether the rules were changed within \
             the window, and whether samples arrive later than rules are evaluated",
        )
        .with_query(self.definition.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slo;

    /// Compares a recorded error ratio of an hour with what the definition said, at so
    /// many events per second.
    fn agrees(recorded: f64, said: &[f64], rate: f64) -> bool {
        let slo = slo("99.9", "");
        let comparison = Comparison {
            slo: &slo,
            series: String::new(),
            window: LONGEST,
            definition: String::new(),
            recorded: BTreeMap::new(),
            said: [(Labels::new(), said.to_vec())].into(),
            rates: [(Key::default(), rate)].into(),
            kind: Kind::Ratio,
        };
        comparison.agrees(&Key::default(), recorded, TOLERANCE)
    }

    #[test]
    fn a_value_that_is_wrong_is_noticed() {
        assert!(agrees(0.01, &[0.01], 20.0));
        assert!(agrees(0.0109, &[0.01], 20.0));
        assert!(!agrees(0.02, &[0.01], 20.0));
        assert!(!agrees(0.0, &[0.01], 20.0));
        assert!(!agrees(f64::INFINITY, &[0.01], 20.0));
    }

    #[test]
    fn what_was_right_a_moment_ago_is_no_error() {
        // An incident that the recorded window sees two minutes later.
        assert!(agrees(0.01, &[0.05, 0.03, 0.01], 20.0));
        assert!(!agrees(0.2, &[0.05, 0.03, 0.01], 20.0));
    }

    #[test]
    fn few_events_at_the_edge_are_chance() {
        // 36 events an hour, of which one was bad, or three.
        assert!(agrees(3.0 / 36.0, &[1.0 / 36.0], 0.01));
        assert!(!agrees(0.5, &[1.0 / 36.0], 0.01));
        // Nobody knows how many: nobody can tell.
        assert!(agrees(0.5, &[0.1], 0.0));
    }
}
