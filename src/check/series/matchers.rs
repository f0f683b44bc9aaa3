//! Metrics that are there, but not with these labels.

use std::collections::BTreeSet;

use super::absent::{Said, help_about, quoted, values_in_words};
use super::blame::{Blame, Trial, blame, meant};
use super::reads::Read;
use super::survey::{Survey, value, values_of};
use super::{buckets, words};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::Error;
use crate::promql::ast::{MatchOp, Matcher};
use crate::suggest::closest;

/// Series that are looked at to learn which labels a metric has.
const LOOKED_AT: usize = 20;

/// A matcher of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) subject: usize,
    pub(super) matcher: usize,
}

/// SER002 for selectors that match nothing although their metric is there.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    subjects: &[usize],
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let trials = trials(survey, subjects).await?;
    for (index, trial) in subjects.iter().zip(trials) {
        match blame(&trial) {
            Blame::Each(those) => {
                for matcher in those {
                    // Without the others, since each is wrong whatever they say.
                    let place = Place {
                        subject: *index,
                        matcher,
                    };
                    let rest = |others: bool, other: usize| others && other != matcher;
                    let others = trial.without[matcher];
                    let rest = survey.subjects[*index].only(|other| rest(others, other));
                    one(survey, place, &rest, said, findings).await?;
                }
            }
            Blame::One(matcher) => {
                let place = Place {
                    subject: *index,
                    matcher,
                };
                let rest = survey.subjects[*index].only(|other| other != matcher);
                one(survey, place, &rest, said, findings).await?;
            }
            Blame::Together(those) => {
                for read in survey.reads_of(*index).filter(|read| read.needed) {
                    said.push(read, together(survey, *index, read, &those), findings);
                }
            }
        }
    }
    Ok(())
}

/// What happens when matchers are left out, of all subjects at once.
async fn trials(survey: &Survey<'_, '_>, subjects: &[usize]) -> Result<Vec<Trial>, Error> {
    let mut queries = Vec::new();
    for index in subjects {
        let subject = &survey.subjects[*index];
        for matcher in 0..subject.written {
            queries.push(format!("count({})", subject.only(|other| other != matcher)));
            queries.push(format!("count({})", subject.only(|other| other == matcher)));
        }
    }
    let answers = survey.ask(&queries).await?;
    let mut hits = answers.iter().map(|answer| value(answer).is_some());
    let trials = subjects.iter().map(|index| {
        let mut trial = Trial::default();
        for _ in 0..survey.subjects[*index].written {
            trial.without.extend(hits.next());
            trial.alone.extend(hits.next());
        }
        trial
    });
    Ok(trials.collect())
}

async fn one(
    survey: &Survey<'_, '_>,
    place: Place,
    rest: &str,
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let label = survey.label(place);
    let query = format!("count by ({label}) ({rest})");
    let answers = survey.ask(std::slice::from_ref(&query)).await?;
    let values = answers
        .first()
        .map_or_else(Vec::new, |answer| values_of(&label, answer));
    let labels = if values.is_empty() {
        labels(survey, place.subject).await?
    } else {
        Vec::new()
    };
    for read in survey.reads_of(place.subject).filter(|read| read.needed) {
        let finding = finding(read, place.matcher, &values, &labels, &query);
        said.push(read, finding, findings);
    }
    Ok(())
}

/// The labels that the metric of a subject has.
pub(super) async fn labels(survey: &Survey<'_, '_>, subject: usize) -> Result<Vec<String>, Error> {
    let metric = survey.subjects[subject].only(|_| false);
    // Of native histograms there is no greatest, but of their timestamps.
    let query = format!("topk({LOOKED_AT}, timestamp({metric}))");
    let answers = survey.ask(&[query]).await?;
    let samples = answers.first().and_then(|answer| answer.as_ref().ok());
    let labels: BTreeSet<&String> = samples
        .into_iter()
        .flatten()
        .flat_map(|sample| sample.labels.keys())
        .collect();
    Ok(labels
        .into_iter()
        .filter(|label| *label != "__name__")
        .cloned()
        .collect())
}

/// The label that was meant by a name that no label has.
pub(super) fn nearest_label<'l>(matcher: &Matcher, labels: &'l [String]) -> Option<&'l str> {
    closest(&matcher.label.name, labels.iter().map(String::as_str))
}

/// Says what a matcher found instead: other values, or that there is no such label.
pub(super) fn finding(
    read: &Read<'_>,
    matcher: usize,
    values: &[String],
    labels: &[String],
    query: &str,
) -> Diagnostic {
    let at = read.matchers_at[matcher];
    let matcher = &read.selector.matchers[matcher];
    let name = match read.name() {
        "" => "these series".to_owned(),
        name => format!("`{name}`"),
    };
    let label = &matcher.label.name;
    if let Some(finding) = buckets::misspelt(matcher, values, at) {
        return finding.with_query(query);
    }
    let (message, help) = if values.is_empty() {
        let near = nearest_label(matcher, labels);
        let has = words::some(labels.iter().map(String::as_str));
        (
            format!("{name} has no label `{label}`: it has {has}"),
            near.map(|near| format!("did you mean `{near}`?")),
        )
    } else {
        let written = &matcher.value.value;
        let are = values_in_words(written, values.to_vec());
        (
            format!(
                "no series of {name} has {}: its `{label}` is {are}",
                quoted(matcher)
            ),
            guess(matcher, values).map(|guess| format!("did you mean `{guess}`?")),
        )
    };
    let fallback = if values.is_empty() {
        "use a label that it has, or take the matcher out"
    } else {
        "use a value that it has, or take the matcher out"
    };
    let help = help.unwrap_or_else(|| fallback.to_owned());
    let code = read.code_of_absence(&series::MATCHES_NOTHING);
    Diagnostic::at(code, at, message)
        .with_help(help_about(read, help))
        .with_query(query)
}

/// What is known to be wrong may be near to anything.
fn guess(matcher: &Matcher, values: &[String]) -> Option<String> {
    meant(matcher, values).or_else(|| {
        if matcher.op != MatchOp::Equal {
            return None;
        }
        let near = closest(&matcher.value.value, values.iter().map(String::as_str))?;
        Some(format!("{}=\"{near}\"", matcher.label.name))
    })
}

fn together(survey: &Survey<'_, '_>, index: usize, read: &Read<'_>, those: &[usize]) -> Diagnostic {
    let subject = &survey.subjects[index];
    let matchers: Vec<String> = those
        .iter()
        .map(|matcher| quoted(&subject.matchers()[*matcher]))
        .collect();
    let places: Vec<_> = those
        .iter()
        .map(|matcher| read.matchers_at[*matcher])
        .collect();
    let name = subject.name();
    let (last, rest) = matchers
        .split_last()
        .map_or((String::new(), String::new()), |(last, rest)| {
            (last.clone(), rest.join(", "))
        });
    let message =
        format!("series of `{name}` match {rest} or {last}, but none matches all of them");
    let at = places.last().copied().unwrap_or(read.name_at);
    let mut finding = Diagnostic::at(&series::MATCHES_NOTHING, at, message)
        .with_help("see which of them belong together")
        .with_query(subject.only(|other| Some(&other) != those.last()));
    for at in places.into_iter().rev().skip(1) {
        finding = finding.with_secondary(at, "and this");
    }
    finding
}
