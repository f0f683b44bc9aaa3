//! What the rules of all SLOs have recorded, in a handful of questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::try_join_all;
use smol_str::SmolStr;

use super::{Context, Findings};
use crate::burn::{self, LONGEST_FAST_WINDOW};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels, Sample};
use crate::promql::ast::{Expr, ExprKind};
use crate::promql::build::{call, expr, range};
use crate::rules::series::{
    BAD, BUDGET_REMAINING, COVERAGE, PERIOD_RATIO, PROMISE_REMAINING, TOTAL, error_ratio,
};
pub(super) use crate::rules::series::{any_of, recorded_by};
use crate::rules::{AlertLabels, Layout};
use crate::slo::{Sli, Slo, SloId};
use crate::words;

/// SLOs whose series are asked for together, so that an answer stays small.
const MOST: usize = 500;
/// How far slow series are read back, as alerts do: one late evaluation is no gap.
pub(super) const LATE: Duration = Duration::from_mins(12);

/// How long a group is remembered of which nothing is measured, as alerts do.
const REMEMBERED: Duration = Duration::from_days(1);

/// One line of the result: a group, and what tells servers or clusters apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// Labels of `group_by`.
    pub(super) group: Labels,
    /// All others.
    pub(super) place: Labels,
}

/// The newest value of every recorded series.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    slos: HashMap<SloId, BTreeMap<Key, HashMap<String, f64>>>,
}

impl Key {
    /// Sorts the labels of a sample that an SLO recorded.
    pub(super) fn of(slo: &Slo, labels: &Labels) -> Self {
        let mut key = Self::default();
        for (label, value) in labels {
            match label.as_str() {
                "__name__" | "service" | "slo" => {}
                label if slo.group_labels().any(|group| group == label) => {
                    key.group.insert(label.to_owned(), value.clone());
                }
                label => {
                    key.place.insert(label.to_owned(), value.clone());
                }
            }
        }
        key
    }
}

impl Recorded {
    /// Asks for everything.
    pub(super) async fn ask(cx: &Context<'_>) -> Result<Self, Error> {
        let mut questions = Vec::new();
        for slos in cx.slos.chunks(MOST) {
            let (fast, slow) = names(slos);
            let fast = expr(ExprKind::Selector(recorded_by(slos, &fast)));
            let slow = call(
                "last_over_time",
                vec![range(recorded_by(slos, &slow), LATE)],
            );
            questions.extend([fast, slow]);
        }
        let answers = try_join_all(questions.iter().map(|question| async {
            let query = cx.scope.query(question);
            cx.client.query(&query, cx.now).await
        }))
        .await?;
        let mut recorded = Self::default();
        let slos: HashMap<SloId, &Slo> = cx.slos.iter().map(|slo| (slo.id.clone(), *slo)).collect();
        for sample in answers.into_iter().flat_map(|answer| answer.samples) {
            recorded.add(&slos, sample);
        }
        Ok(recorded)
    }

    /// What these samples of one SLO say.
    #[cfg(test)]
    pub(super) fn of(slo: &Slo, samples: impl IntoIterator<Item = Sample>) -> Self {
        let mut recorded = Self::default();
        let slos = HashMap::from([(slo.id.clone(), slo)]);
        for sample in samples {
            recorded.add(&slos, sample);
        }
        recorded
    }

    /// Forgets groups of which nothing has been measured for a day, unless the spec lists
    /// them: rules go on deriving budgets from what they recorded of them before.
    pub(super) async fn forget(
        &mut self,
        cx: &Context<'_>,
        findings: &mut Findings,
    ) -> Result<(), Error> {
        let gone: Vec<&Slo> = cx
            .slos
            .iter()
            .copied()
            .filter(|slo| !slo.group_by.is_empty())
            .filter(|slo| self.keys(slo).any(|key| !self.is_measured(slo, key)))
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        let question = |slos: &[&Slo]| {
            let names = [SmolStr::new_static(TOTAL), error_ratio(burn::BASE_WINDOW)];
            call(
                "last_over_time",
                vec![range(recorded_by(slos, &names), REMEMBERED)],
            )
        };
        let query = cx.scope.query(&question(&gone));
        let mut seen = Self::default();
        let slos: HashMap<SloId, &Slo> = gone.iter().map(|slo| (slo.id.clone(), *slo)).collect();
        for sample in cx.client.query(&query, cx.now).await?.samples {
            seen.add(&slos, sample);
        }
        for slo in gone {
            let listed: Vec<Labels> = crate::rules::expected_groups(slo).collect();
            let Some(lines) = self.slos.get_mut(&slo.id) else {
                continue;
            };
            let before = lines.len();
            lines.retain(|key, _| seen.keys(slo).any(|k| k == key) || listed.contains(&key.group));
            let forgotten = before - lines.len();
            if forgotten > 0 {
                findings.note(format!(
                    "{} of {} without data for a day: not shown any more",
                    words::count(forgotten, "group"),
                    slo.id
                ));
            }
        }
        Ok(())
    }

    /// Whether the rules measured something in the last minutes. Composites only have ratios.
    pub(super) fn is_measured(&self, slo: &Slo, key: &Key) -> bool {
        let name = match slo.sli.value {
            Sli::Composite(_) => error_ratio(burn::BASE_WINDOW),
            _ => TOTAL.into(),
        };
        self.value(slo, key, &name).is_some_and(f64::is_finite)
    }

    fn add(&mut self, slos: &HashMap<SloId, &Slo>, sample: Sample) {
        let (Some(id), Some(name)) = (id_of(&sample.labels), sample.labels.get("__name__")) else {
            return;
        };
        // A service may have other SLOs than those that were selected.
        let Some(slo) = slos.get(&id) else { return };
        let key = Key::of(slo, &sample.labels);
        let values = self.slos.entry(id).or_default().entry(key).or_default();
        values.insert(name.clone(), sample.value);
    }

    /// The lines of an SLO.
    pub(super) fn keys(&self, slo: &Slo) -> impl Iterator<Item = &Key> {
        self.slos.get(&slo.id).into_iter().flat_map(BTreeMap::keys)
    }

    /// The value of a series.
    pub(super) fn value(&self, slo: &Slo, key: &Key, name: &str) -> Option<f64> {
        self.slos.get(&slo.id)?.get(key)?.get(name).copied()
    }
}

/// Which SLO a recorded series belongs to.
pub(super) fn id_of(labels: &Labels) -> Option<SloId> {
    id_by(labels, Layout::Native)
}

/// The same of alerts, and of series under the names of a layout.
pub(super) fn id_by(labels: &Labels, layout: Layout) -> Option<SloId> {
    let AlertLabels { service, slo, .. } = layout.alert_labels();
    Some(SloId {
        service: labels.get(service)?.clone(),
        name: labels.get(slo)?.clone(),
    })
}

/// Names of the series that are recorded every minute, and every five.
fn names(slos: &[&Slo]) -> (Vec<SmolStr>, Vec<SmolStr>) {
    let windows: BTreeSet<Duration> = slos
        .iter()
        .flat_map(|slo| crate::rules::windows(&burn::pairs(slo)))
        .collect();
    let (short, long): (Vec<Duration>, Vec<Duration>) = windows
        .into_iter()
        .partition(|window| *window <= LONGEST_FAST_WINDOW);
    let named = |names: &[&'static str], windows: Vec<Duration>| {
        let fixed = names.iter().map(|name| SmolStr::new_static(name));
        fixed.chain(windows.into_iter().map(error_ratio)).collect()
    };
    let budgets = [PERIOD_RATIO, BUDGET_REMAINING, PROMISE_REMAINING, COVERAGE];
    (named(&[TOTAL, BAD], short), named(&budgets, long))
}

/// `expr` over what SLOs have recorded, for each of them.
pub(super) async fn ask_recorded(
    cx: &Context<'_>,
    question: impl Fn(&[&Slo]) -> Expr,
) -> Result<Vec<Sample>, Error> {
    ask_recorded_at(cx, cx.now, question).await
}

/// The same at another instant than that of the check.
pub(super) async fn ask_recorded_at(
    cx: &Context<'_>,
    at: f64,
    question: impl Fn(&[&Slo]) -> Expr,
) -> Result<Vec<Sample>, Error> {
    let answers = cx.slos.chunks(MOST).map(|slos| async {
        let query = cx.scope.query(&question(slos));
        cx.client.query(&query, at).await
    });
    let mut samples = Vec::new();
    for answer in try_join_all(answers).await? {
        samples.extend(answer.samples);
    }
    Ok(samples)
}
