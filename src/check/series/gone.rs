//! Series that were there within the period and are not now.

use std::collections::BTreeMap;

use super::absent::{Said, names};
use super::reads::Read;
use super::scrape::{self, Interval};
use super::survey::{Survey, value};
use super::targets::{self, DOWN_FOR, Down};
use super::words;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::Error;
use crate::promql::build;
use crate::suggest::closest;

/// How far apart the moments are that are looked at over the whole period.
const COARSE: Duration = Duration::from_hours(1);
/// What is looked at every minute, since more may have happened between two moments.
const RECENT: Duration = Duration::from_hours(2);
/// How far back a server looks for a sample.
const LOOKBACK: Duration = Duration::from_mins(5);

/// The longest period of the SLOs that read these, in seconds.
pub(super) fn longest(survey: &Survey<'_, '_>, subjects: &[usize]) -> f64 {
    let reads = subjects.iter().flat_map(|index| survey.reads_of(*index));
    let periods = reads.map(|read| read.slo.period.value.nominal());
    periods.max().unwrap_or_default().as_secs_f64()
}

/// Those that were never there.
pub(super) struct Never {
    /// Their metric is there.
    pub(super) known: Vec<usize>,
    /// Their metric is not.
    pub(super) unknown: Vec<usize>,
}

/// SER003 and SER004 for those that were there; the others are given back.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    absent: &[usize],
    said: &mut Said,
    findings: &mut Findings,
) -> Result<Never, Error> {
    let (mut seen, mut never): (Vec<(usize, String, f64)>, _) = (Vec::new(), Vec::new());
    let texts: Vec<String> = absent
        .iter()
        .map(|index| survey.subjects[*index].text.clone())
        .collect();
    let back = longest(survey, absent);
    for ((index, text), last) in absent
        .iter()
        .zip(&texts)
        .zip(last_seen(survey, &texts, back).await?)
    {
        match last {
            Some(last) => seen.push((*index, text.clone(), last)),
            None => never.push(*index),
        }
    }
    // A metric that is gone altogether: who is to blame within it can no longer be told.
    let bare: Vec<String> = never
        .iter()
        .map(|index| survey.subjects[*index].only(|_| false))
        .collect();
    let now = survey.ask(&counts(&bare)).await?;
    let gone_now: Vec<bool> = now
        .iter()
        .map(|count| count.is_ok() && value(count).is_none())
        .collect();
    let gone: Vec<usize> = (0..bare.len()).filter(|place| gone_now[*place]).collect();
    let texts: Vec<String> = gone.iter().map(|place| bare[*place].clone()).collect();
    let lasts = last_seen(survey, &texts, back).await?;
    for ((place, text), last) in gone.into_iter().zip(texts).zip(lasts) {
        seen.extend(last.map(|last| (never[place], text, last)));
    }
    report(survey, &seen, said, findings).await?;
    let is_seen = |index: &usize| seen.iter().any(|(gone, ..)| gone == index);
    let (unknown, known): (Vec<_>, Vec<_>) = never
        .into_iter()
        .zip(gone_now)
        .filter(|(index, _)| !is_seen(index))
        .partition(|(_, gone)| *gone);
    let indices = |list: Vec<(usize, bool)>| list.into_iter().map(|(index, _)| index).collect();
    Ok(Never {
        known: indices(known),
        unknown: indices(unknown),
    })
}

fn counts(selectors: &[String]) -> Vec<String> {
    let counts = selectors.iter().map(|text| format!("count({text})"));
    counts.collect()
}

/// When each selector had its last sample, in Unix seconds; to the minute.
pub(super) async fn last_seen(
    survey: &Survey<'_, '_>,
    selectors: &[String],
    back: f64,
) -> Result<Vec<Option<f64>>, Error> {
    let last = |text: &str, back: &str, step: &str, at: &str| {
        format!("max(max_over_time(timestamp({text})[{back}:{step}]{at}))")
    };
    let back = format!("{back:.0}s");
    let coarse = selectors.iter().map(|text| last(text, &back, "1h", ""));
    let recent = RECENT.to_string();
    let fine = selectors.iter().map(|text| last(text, &recent, "1m", ""));
    let answers = survey.ask(&coarse.chain(fine).collect::<Vec<_>>()).await?;
    let (coarse, fine) = answers.split_at(selectors.len());
    let mut lasts: Vec<Option<f64>> = fine.iter().map(value).collect();
    // What was seen at one moment may have lasted until just before the next.
    let open: Vec<(usize, f64)> = (0..selectors.len())
        .filter(|place| lasts[*place].is_none())
        .filter_map(|place| Some((place, value(&coarse[place])?)))
        .collect();
    let queries: Vec<String> = open
        .iter()
        .map(|(place, seen)| {
            let end = (seen + (COARSE + LOOKBACK).as_secs_f64()).min(survey.cx.now);
            last(&selectors[*place], "70m", "1m", &format!(" @ {end}"))
        })
        .collect();
    let answers = survey.ask(&queries).await?;
    for ((place, seen), answer) in open.into_iter().zip(&answers) {
        lasts[place] = Some(value(answer).unwrap_or(seen));
    }
    Ok(lasts)
}

async fn report(
    survey: &Survey<'_, '_>,
    seen: &[(usize, String, f64)],
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let up = targets::up(survey.cx);
    let down = targets::down(survey.cx);
    let by = "on (job, instance)";
    let queries: Vec<String> = seen
        .iter()
        .flat_map(|(_, text, last)| {
            let had = format!("group by (job, instance) (last_over_time({text}[10m] @ {last}))");
            [
                format!("{had} and {by} {down}"),
                format!("{had} unless {by} {up}"),
                format!("max(count_over_time({text}[{COARSE}] @ {last}))"),
            ]
        })
        .collect();
    let answers = survey.ask(&queries).await?;
    let mut downs = Vec::new();
    for ((index, ..), answer) in seen.iter().zip(answers.chunks(3)) {
        // What is measured by `up` itself is no accident of its measurement.
        let is_up = survey.subjects[*index].name() == "up";
        downs.push(if is_up {
            Vec::new()
        } else {
            Down::of(&answer[0])
        });
    }
    let since = targets::since(survey, downs.iter().flatten()).await?;
    let vanished_now = seen.iter().zip(&downs).filter(|(_, down)| down.is_empty());
    let vanished_now = vanished_now.map(|((index, ..), _)| *index).collect();
    let renamed = renamed(survey, vanished_now, findings).await?;
    for (place, (index, text, last)) in seen.iter().enumerate() {
        let unscraped = value(&answers[3 * place + 1]).is_some();
        let seldom = value(&answers[3 * place + 2])
            .map(|samples| COARSE.as_secs_f64() / samples)
            .filter(|interval| is_between_scrapes(*interval, survey.cx.now - last));
        for read in survey.reads_of(*index).filter(|read| read.needed) {
            let finding = match (downs[place].as_slice(), seldom) {
                ([], Some(interval)) => {
                    let interval = Interval::exactly(interval);
                    scrape::too_seldom(survey, read, *index, interval)
                }
                ([], None) => {
                    let renamed = renamed.get(index).map(String::as_str);
                    vanished(survey, read, (text, *last), unscraped, renamed)
                }
                (down, _) => {
                    targets::finding(&series::TARGET_DOWN, read, down, &since, survey.cx.now)
                }
            };
            said.push(read, finding, findings);
        }
    }
    Ok(())
}

/// Whether a series is away only because Prometheus does not look back as far as the time
/// between two scrapes.
fn is_between_scrapes(interval: f64, away: f64) -> bool {
    interval > 0.8 * LOOKBACK.as_secs_f64() && away < 2.0 * interval
}

/// Names that are near to those of metrics that are gone altogether, and there now.
async fn renamed(
    survey: &Survey<'_, '_>,
    vanished: Vec<usize>,
    findings: &mut Findings,
) -> Result<BTreeMap<usize, String>, Error> {
    if vanished.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names = names(survey, RECENT.as_secs_f64(), findings).await?;
    let near: Vec<(usize, &str)> = vanished
        .into_iter()
        .filter_map(|index| {
            let name = survey.subjects[index].name();
            let others = names.iter().map(String::as_str);
            Some((index, closest(name, others.filter(|other| *other != name))?))
        })
        .collect();
    let queries: Vec<String> = near
        .iter()
        .flat_map(|(index, near)| {
            let near = build::selector(*near, Vec::new());
            [
                survey.subjects[*index].only(|_| false),
                survey.cx.scope.query(&near),
            ]
        })
        .collect();
    let answers = survey.ask(&counts(&queries)).await?;
    Ok(near
        .into_iter()
        .zip(answers.chunks(2))
        .filter(|(_, answers)| value(&answers[0]).is_none() && value(&answers[1]).is_some())
        .map(|((index, near), _)| (index, near.to_owned()))
        .collect())
}

fn vanished(
    survey: &Survey<'_, '_>,
    read: &Read<'_>,
    (text, last): (&str, f64),
    unscraped: bool,
    renamed: Option<&str>,
) -> Diagnostic {
    let now = survey.cx.now;
    let help = match renamed {
        Some(near) => format!("there is `{near}`: was the metric renamed?"),
        None if unscraped => {
            "its targets are no longer scraped: was a job removed or renamed, or a service moved?"
                .to_owned()
        }
        None => "its targets are still scraped: was the metric or a label renamed in the last \
                 release?"
            .to_owned(),
    };
    let back = minutes(now - last) + DOWN_FOR;
    Diagnostic::at(
        &series::VANISHED,
        read.name_at,
        format!(
            "`{text}` has no series any more: last seen {}",
            words::ago(last, now)
        ),
    )
    .with_help(help)
    .with_query(format!("last_over_time({text}[{back}])"))
}

/// In whole minutes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within a period"
)]
fn minutes(seconds: f64) -> Duration {
    Duration::from_mins((seconds / 60.0).ceil().max(0.0) as u64)
}
