//! Counters of which `increase` makes something else than what happened.

use std::collections::BTreeMap;

use super::reads::{Form, Part, Read};
use super::survey::{Survey, value};
use super::words;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::Error;

/// Falls of one series in a day that restarts hardly explain.
const MANY_FALLS: f64 = 20.0;
/// Share of the events of a day that may be missing: more shifts what is left of a budget.
const LOST_SHARE: f64 = 0.01;
/// Fewer lost events are not worth a word.
const LOST_LEAST: f64 = 10.0;

/// SER019 and SER020.
pub(super) async fn check(survey: &Survey<'_, '_>, findings: &mut Findings) -> Result<(), Error> {
    let counters = survey.subjects_of(|read, subject| {
        read.form == Form::Counter
            && read.part != Part::Buckets
            && !survey.dead.contains(&read.slo.id)
            && subject.is_present()
    });
    let falls = survey
        .ask_each(&counters, |subject| {
            format!("max(resets({}[1d]))", subject.text)
        })
        .await?;
    let falls: BTreeMap<usize, f64> = counters
        .iter()
        .zip(&falls)
        .filter_map(|(index, answer)| Some((*index, value(answer)?)))
        .filter(|(_, falls)| *falls > MANY_FALLS)
        .collect();
    let steady: Vec<usize> = counters
        .into_iter()
        .filter(|index| !falls.contains_key(index))
        .collect();
    let lost = lost(survey, &steady).await?;
    for slo in survey.live() {
        let reads = || survey.reads_by(slo);
        let fallen = reads().find_map(|(read, index)| Some((read, *index, *falls.get(index)?)));
        if let Some((read, index, falls)) = fallen {
            findings.push(slo, falls_often(survey, read, index, falls));
        }
        let most = reads()
            .filter_map(|(read, index)| Some((read, *index, *lost.get(index)?)))
            .max_by(|(.., a), (.., b)| a.share().total_cmp(&b.share()));
        if let Some((read, index, lost)) = most {
            findings.push(slo, lost_increments(survey, read, index, lost));
        }
    }
    Ok(())
}

fn falls_often(survey: &Survey<'_, '_>, read: &Read<'_>, index: usize, falls: f64) -> Diagnostic {
    let name = read.name();
    Diagnostic::at(
        &series::FALLS_OFTEN,
        read.name_at,
        format!(
            "a series of `{name}` fell {} times within a day: a counter only falls at a restart",
            words::number(falls)
        ),
    )
    .with_help("name a counter here; if it is one, see why its process restarts so often")
    .with_query(format!(
        "topk(5, resets({}[1d]))",
        survey.subjects[index].text
    ))
}

/// Events of a day.
#[derive(Debug, Clone, Copy)]
struct Lost {
    /// Counted before the first sample of their series.
    lost: f64,
    /// What `increase` sees.
    seen: f64,
}

impl Lost {
    fn share(self) -> f64 {
        self.lost / (self.lost + self.seen)
    }
}

/// What series that appeared within a day had counted already. Only of selectors whose
/// SLO was there a day ago: else everything is new, and nobody looked before.
async fn lost(survey: &Survey<'_, '_>, counters: &[usize]) -> Result<BTreeMap<usize, Lost>, Error> {
    let born = |text: &str| {
        format!("sum((min_over_time({text}[1d]) > 0) unless last_over_time({text}[1h] offset 1d))")
    };
    let answers = survey
        .ask_each(counters, |subject| born(&subject.text))
        .await?;
    let some: Vec<(usize, f64)> = counters
        .iter()
        .zip(&answers)
        .filter_map(|(index, answer)| Some((*index, value(answer)?)))
        .filter(|(_, lost)| *lost >= LOST_LEAST)
        .collect();
    let mut queries = Vec::new();
    for (index, _) in &some {
        let text = &survey.subjects[*index].text;
        queries.push(format!("sum(increase({text}[1d]))"));
        let whole = survey
            .reads_of(*index)
            .find_map(|read| survey.main(read.slo));
        let whole = whole.map_or(text, |(_, whole)| &survey.subjects[*whole].text);
        queries.push(format!("count(last_over_time({whole}[1h] offset 1d))"));
    }
    let answers = survey.ask(&queries).await?;
    let known = some.into_iter().zip(answers.chunks(2));
    Ok(known
        .filter_map(|((index, lost), answers)| {
            value(&answers[1])?;
            let seen = value(&answers[0])?;
            Some((index, Lost { lost, seen }))
        })
        .filter(|(_, lost)| lost.share() > LOST_SHARE)
        .collect())
}

fn lost_increments(
    survey: &Survey<'_, '_>,
    read: &Read<'_>,
    index: usize,
    lost: Lost,
) -> Diagnostic {
    let text = &survey.subjects[index].text;
    Diagnostic::at(
        &series::LOST_INCREMENTS,
        read.name_at,
        format!(
            "{} of the events of a day are not seen: {} were counted in `{text}` before the \
             first sample of their series",
            words::percent(lost.share()),
            words::number(lost.lost)
        ),
    )
    .with_help(
        "`increase` starts at the first sample: export each counter as 0 from the start of its \
         process",
    )
    .with_query(format!(
        "(min_over_time({text}[1d]) > 0) unless last_over_time({text}[1h] offset 1d)"
    ))
}
