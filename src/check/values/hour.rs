//! What was recorded within the last hour, of all SLOs in a few questions.

use std::collections::{BTreeMap, HashMap};

use smol_str::SmolStr;

use super::LONGEST;
use crate::burn::{self, BASE_WINDOW};
use crate::check::Context;
use crate::check::recorded::{Key, ask_recorded_at, id_of, recorded_by};
use crate::duration::Duration;
use crate::prometheus::Error;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, VectorSelector};
use crate::promql::build::{binary, call, expr, number, range};
use crate::rules::series::{BAD, TOTAL, error_ratio};
use crate::slo::{Sli, Slo, SloId};

/// Share (0–1) of a window's values from which their mean is that of the window.
const WHOLE: f64 = 0.95;

/// Mean rates of the last hour, by what was recorded.
pub(super) struct Means {
    pub(super) total: ByLine,
    pub(super) bad: ByLine,
    /// How many values there are of the total.
    count: ByLine,
}

/// A value per line of an SLO.
pub(super) type ByLine = HashMap<SloId, BTreeMap<Key, f64>>;

impl Means {
    pub(super) async fn ask(cx: &Context<'_>) -> Result<Self, Error> {
        Ok(Self {
            total: over_an_hour(cx, "avg_over_time", TOTAL).await?,
            bad: over_an_hour(cx, "avg_over_time", BAD).await?,
            count: counts(cx).await?,
        })
    }

    /// Whether a window can be compared: what was measured for a part of it only is the
    /// mean of that part, and the definition knows the rest or takes it for idle.
    pub(super) fn is_whole(&self, slo: &Slo, window: Duration) -> bool {
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
    let question = |slos: &[&Slo]| {
        let hour = range(recorded_by(slos, &[series.into()]), LONGEST);
        call(func, vec![hour])
    };
    by_line(cx, cx.now, question).await
}

/// The error ratio of a window, of what was recorded within it.
pub(super) async fn ratios(cx: &Context<'_>, window: Duration, at: f64) -> Result<ByLine, Error> {
    let question = |slos: &[&Slo]| {
        ratio(window, |series| {
            recorded_by(slos, &[SmolStr::new_static(series)])
        })
    };
    by_line(cx, at, question).await
}

/// The error ratio of a window, of the bad and all events that selectors lead to. That of
/// the base window is the last one: events are recorded as rates over it.
pub(super) fn ratio(window: Duration, of: impl Fn(&'static str) -> VectorSelector) -> Expr {
    let events = |series| {
        if window == BASE_WINDOW {
            expr(ExprKind::Selector(of(series)))
        } else {
            call("sum_over_time", vec![range(of(series), window)])
        }
    };
    let total = binary(BinaryOp::Gt, events(TOTAL), number("0"));
    binary(BinaryOp::Div, events(BAD), total)
}

async fn by_line(
    cx: &Context<'_>,
    at: f64,
    question: impl Fn(&[&Slo]) -> Expr,
) -> Result<ByLine, Error> {
    let slos: HashMap<&SloId, &Slo> = cx.slos.iter().map(|slo| (&slo.id, *slo)).collect();
    let mut means = ByLine::new();
    for sample in ask_recorded_at(cx, at, question).await? {
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

pub(super) fn line_of(means: &ByLine, slo: &Slo) -> BTreeMap<Key, f64> {
    means.get(&slo.id).cloned().unwrap_or_default()
}
