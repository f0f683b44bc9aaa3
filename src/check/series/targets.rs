//! Targets that cannot be scraped.

use std::collections::BTreeMap;

use super::reads::Read;
use super::survey::{Survey, value};
use super::words;
use crate::check::{Asked, Context, Findings};
use crate::diagnostic::{Code, Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::Error;
use crate::promql::build;

/// A target that fails for less than this may just be restarting.
pub(super) const DOWN_FOR: Duration = Duration::from_mins(5);
/// Targets that are named at most.
const NAMED: usize = 3;

/// A target that is down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Down {
    job: String,
    instance: String,
}

impl Down {
    /// The targets of an answer.
    pub(super) fn of(asked: &Asked) -> Vec<Self> {
        let samples = asked.as_ref().map_or(&[][..], Vec::as_slice);
        let label = |labels: &crate::prometheus::Labels, name| {
            labels.get(name).cloned().unwrap_or_default()
        };
        let mut down: Vec<_> = samples
            .iter()
            .map(|sample| Self {
                job: label(&sample.labels, "job"),
                instance: label(&sample.labels, "instance"),
            })
            .collect();
        down.sort();
        down
    }

    fn up(&self) -> String {
        let [job, instance] = [&self.job, &self.instance].map(|text| build::quote(text));
        format!("up{{job={job},instance={instance}}}")
    }
}

/// `up` in scope.
pub(super) fn up(cx: &Context<'_>) -> String {
    cx.scope.query(&build::selector("up", Vec::new()))
}

/// The targets that are down, and not just for a moment.
pub(super) fn down(cx: &Context<'_>) -> String {
    let up = up(cx);
    format!("({up} == 0 and max_over_time({up}[{DOWN_FOR}]) == 0)")
}

/// SER023 for SLOs that have data, but not from all of their targets; SER004 where what they
/// have is from none that is up.
pub(super) async fn check(survey: &Survey<'_, '_>, findings: &mut Findings) -> Result<(), Error> {
    let down = down(survey.cx);
    let [any] = &survey.ask(&[format!("count({down})")]).await?[..] else {
        return Ok(());
    };
    if value(any).is_none() {
        return Ok(());
    }
    let live = survey
        .subjects_of(|read, subject| read.needed && subject.is_present() && subject.name() != "up");
    let answers = survey
        .ask_each(&live, |subject| {
            let text = &subject.text;
            // What is down for a day is no longer this SLI's.
            let had = format!("group by (job, instance) (last_over_time({text}[1d]))");
            format!("{had} and on (job, instance) {down}")
        })
        .await?;
    let downs: BTreeMap<usize, Vec<Down>> =
        live.into_iter().zip(answers.iter().map(Down::of)).collect();
    let some_down: Vec<usize> = downs
        .iter()
        .filter(|(_, down)| !down.is_empty())
        .map(|(index, _)| *index)
        .collect();
    // What a gateway passes on can outlive the target that it is from.
    let others = survey
        .ask_each(&some_down, |subject| {
            format!("count({} unless on (job, instance) {down})", subject.text)
        })
        .await?;
    let others = some_down.iter().zip(&others);
    let left: BTreeMap<usize, bool> = others
        .map(|(index, others)| (*index, value(others).is_some()))
        .collect();
    let since = since(survey, downs.values().flatten()).await?;
    for slo in survey.live() {
        let found = survey
            .reads_by(slo)
            .filter_map(|(read, index)| Some((*left.get(index)?, read, index)))
            .min_by_key(|(left, ..)| *left);
        if let Some((left, read, index)) = found {
            let code = if left {
                &series::SOME_TARGETS_DOWN
            } else {
                &series::TARGET_DOWN
            };
            let finding = finding(code, read, &downs[index], &since, survey.cx.now);
            findings.push(slo, finding);
        }
    }
    Ok(())
}

/// When each of these was up for the last time, as far as it is known.
pub(super) async fn since(
    survey: &Survey<'_, '_>,
    down: impl Iterator<Item = &Down>,
) -> Result<BTreeMap<Down, f64>, Error> {
    let down: std::collections::BTreeSet<&Down> = down.collect();
    let queries: Vec<String> = down
        .iter()
        .flat_map(|down| {
            let was_up = format!("(time() + 0 * ({} == 1))", down.up());
            ["[1d:1m]", "[30d:1h]"].map(|range| format!("max(max_over_time({was_up}{range}))"))
        })
        .collect();
    let answers = survey.ask(&queries).await?;
    let known = down.into_iter().zip(answers.chunks(2));
    Ok(known
        .filter_map(|(down, answers)| Some((down.clone(), answers.iter().find_map(value)?)))
        .collect())
}

/// Names them.
pub(super) fn finding(
    code: &'static Code,
    read: &Read<'_>,
    down: &[Down],
    since: &BTreeMap<Down, f64>,
    now: f64,
) -> Diagnostic {
    let named = down.iter().take(NAMED).map(|down| {
        let last = since.get(down);
        let up = last.map_or_else(
            || "not seen up".to_owned(),
            |last| format!("last up {}", words::ago(*last, now)),
        );
        format!("`{}` of job `{}`, {up}", down.instance, down.job)
    });
    let mut named = named.collect::<Vec<_>>().join("; ");
    if let Some(more) = down.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named = format!("{named}; and {more} more");
    }
    let noun = match (down.len(), code == &series::SOME_TARGETS_DOWN) {
        (1, false) => "a target is down",
        (_, false) => "targets are down",
        (1, true) => "a target is down while others are up",
        (_, true) => "targets are down while others are up",
    };
    Diagnostic::at(code, read.name_at, format!("{noun}: {named}"))
        .with_help("see why the server cannot scrape it: its page of targets says the error")
        .with_query(down.first().map_or_else(String::new, Down::up))
}
