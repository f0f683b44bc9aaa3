//! Groups that a spec names, or that were there a while ago, and that have no series now.

use std::collections::BTreeSet;

use super::gone::last_seen;
use super::ratio::Measured;
use super::survey::{Subject, Survey, text};
use super::words;
use crate::check::{Asked, Findings};
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, Sample};
use crate::promql::ast::MatchOp;
use crate::promql::build;
use crate::rules::listed_groups;
use crate::slo::Slo;

/// A group that nobody lists is remembered for so long.
const REMEMBERED: &str = "1d";
/// The same in seconds.
const BACK: f64 = 86_400.0;

/// Labels and their values.
type Group<'s> = Vec<(&'s str, &'s str)>;

/// An SLO with groups, and what is asked about them.
struct Grouped<'s, 'a> {
    measured: &'s Measured<'a>,
    subject: &'s Subject,
    labels: String,
}

impl Grouped<'_, '_> {
    fn now(&self) -> String {
        // As far as Prometheus looks back itself, whatever a failed scrape said.
        format!(
            "count by ({}) (last_over_time({}[5m]))",
            self.labels, self.subject.text
        )
    }

    fn lately(&self) -> String {
        let Self {
            labels, subject, ..
        } = self;
        format!(
            "count by ({labels}) (last_over_time({}[{REMEMBERED}]))",
            subject.text
        )
    }
}

/// A group that is gone without being listed.
struct Gone<'s> {
    slo: &'s Slo,
    group: Group<'s>,
    selector: String,
    query: String,
}

/// SER022.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    all: &[&Measured<'_>],
    findings: &mut Findings,
) -> Result<(), Error> {
    let grouped: Vec<Grouped<'_, '_>> = all
        .iter()
        .filter(|measured| !measured.slo.group_by.is_empty())
        .filter_map(|measured| {
            let (_, index) = survey.main(measured.slo)?;
            let subject = &survey.subjects[*index];
            Some(Grouped {
                measured,
                subject,
                labels: measured.slo.group_labels().collect::<Vec<_>>().join(", "),
            })
            .filter(|_| subject.is_present())
        })
        .collect();
    let queries: Vec<String> = grouped
        .iter()
        .flat_map(|one| [one.now(), one.lately()])
        .collect();
    let answers = survey.ask(&queries).await?;
    let mut gone = Vec::new();
    for (one, answers) in grouped.iter().zip(answers.chunks(2)) {
        let slo = one.measured.slo;
        let now = groups(slo, &answers[0]);
        // Labels that only an expression adds are on no series that it reads.
        let missing = if now.is_empty() {
            let total = one.measured.total();
            let query = survey.cx.scope.query(&one.measured.exprs.total);
            listed(slo, &of_samples(slo, total), query, findings)
        } else {
            listed(slo, &now, one.now(), findings)
        };
        let lately = groups(slo, &answers[1]);
        let lost: Vec<&Group<'_>> = lately.difference(&now).collect();
        // Where most of them change, they are not meant to stay.
        if now.is_empty() || 2 * lost.len() > lately.len() {
            continue;
        }
        let is_said = |group: &Group<'_>| missing.iter().any(|said| holds(group, said));
        for group in lost.into_iter().filter(|group| !is_said(group)) {
            gone.push(Gone {
                slo,
                group: group.clone(),
                selector: selector(one.subject, group),
                query: one.lately(),
            });
        }
    }
    vanished(survey, &gone, findings).await
}

/// The groups of an answer; series without one of the labels are in none.
fn groups<'s>(slo: &'s Slo, asked: &'s Asked) -> BTreeSet<Group<'s>> {
    of_samples(slo, asked.as_ref().map_or(&[][..], Vec::as_slice))
}

fn of_samples<'s>(slo: &'s Slo, samples: &'s [Sample]) -> BTreeSet<Group<'s>> {
    let group = |sample: &'s Sample| -> Option<Group<'s>> {
        let value = |label: &str| sample.labels.get(label).filter(|value| !value.is_empty());
        slo.group_labels()
            .map(|label| Some((label, value(label)?.as_str())))
            .collect()
    };
    samples.iter().filter_map(group).collect()
}

/// Whether a group has these labels, and perhaps others.
fn holds(group: &Group<'_>, labels: &Group<'_>) -> bool {
    labels.iter().all(|label| group.contains(label))
}

fn shown(group: &Group<'_>) -> String {
    let labels = group
        .iter()
        .map(|(label, value)| format!("{label}={value}"));
    labels.collect::<Vec<_>>().join(" ")
}

/// Reports the listed groups that are not there, and gives them back.
fn listed<'s>(
    slo: &'s Slo,
    there: &BTreeSet<Group<'_>>,
    query: String,
    findings: &mut Findings,
) -> BTreeSet<Group<'s>> {
    let missing: BTreeSet<Group<'s>> = listed_groups(slo)
        .into_iter()
        .filter(|group| !group.is_empty() && !there.iter().any(|one| holds(one, group)))
        .collect();
    let Some(first) = missing.first().filter(|_| !there.is_empty()) else {
        return missing;
    };
    let at = first.iter().find_map(|label| {
        let values = slo.groups.get(label.0)?;
        let one = values.iter().find(|one| one.value == label.1)?;
        let is_there = there.iter().any(|group| group.contains(label));
        (!is_there).then_some(one.at)
    });
    let (noun, verb) = if missing.len() == 1 {
        ("the group", "is")
    } else {
        ("the groups", "are")
    };
    let names: Vec<String> = missing.iter().map(shown).collect();
    let names = words::some(names.iter().map(String::as_str));
    findings.push(
        slo,
        Diagnostic::at(
            &series::GROUP_MISSING,
            at.unwrap_or(slo.name_at),
            format!("{noun} {names} {verb} expected, and there is no series of it"),
        )
        .with_help("see why it does not report, or take it out of `groups`")
        .with_query(query),
    );
    missing
}

fn selector(subject: &Subject, group: &Group<'_>) -> String {
    let mut selector = subject.selector.clone();
    let matchers = group
        .iter()
        .map(|(label, value)| build::matcher(*label, MatchOp::Equal, *value));
    selector.matchers.extend(matchers);
    text(&selector)
}

/// One finding for all groups of an SLO.
async fn vanished(
    survey: &Survey<'_, '_>,
    gone: &[Gone<'_>],
    findings: &mut Findings,
) -> Result<(), Error> {
    let selectors: Vec<String> = gone.iter().map(|one| one.selector.clone()).collect();
    let lasts = last_seen(survey, &selectors, BACK).await?;
    let gone: Vec<(&Gone<'_>, Option<f64>)> = gone.iter().zip(lasts).collect();
    for those in gone.chunk_by(|(a, _), (b, _)| a.slo.id == b.slo.id) {
        let Some((first, _)) = those.first() else {
            continue;
        };
        let names: Vec<String> = those.iter().map(|(one, _)| shown(&one.group)).collect();
        let names = words::some(names.iter().map(String::as_str));
        let last = those.iter().filter_map(|(_, last)| *last);
        let last = last
            .max_by(f64::total_cmp)
            .map_or_else(String::new, |last| {
                format!(": last seen {}", words::ago(last, survey.cx.now))
            });
        let (noun, verb) = if those.len() == 1 {
            ("the group", "has")
        } else {
            ("the groups", "have")
        };
        let at = first.slo.group_by.first();
        let at = at.map_or(first.slo.name_at, |label| label.at);
        findings.push(
            first.slo,
            Diagnostic::at(
                &series::GROUP_MISSING,
                at,
                format!("{noun} {names} {verb} no series any more{last}"),
            )
            .with_help(
                "see why it does not report; if it was removed for good, it is forgotten after \
                 a day",
            )
            .with_query(first.query.clone()),
        );
    }
    Ok(())
}
