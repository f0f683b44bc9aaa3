//! Selectors that match nothing now: which of them were never there, which are gone, and
//! which of them may not be there yet.

use std::collections::BTreeSet;

use super::reads::{Part, Read};
use super::survey::{Survey, shown, value, values_of};
use super::{blame, buckets, gone, matchers, words};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::Error;
use crate::promql::ast::{MatchOp, Matcher};
use crate::slo::SloId;
use crate::suggest::closest;

/// Letters that differ by a slip. More may make another metric, and the one that is meant
/// has just not counted anything yet.
const SLIP: usize = 2;

/// SER001, SER002, SER003, SER004 for selectors without a series; SER024 for those of bad events.
pub(super) async fn check(
    survey: &mut Survey<'_, '_>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let needed = survey.subjects_of(|read, subject| read.needed && subject.is_absent());
    let mut said = Said::default();
    if !needed.is_empty() {
        let never = gone::check(survey, &needed, &mut said, findings).await?;
        never_there(survey, &never, &mut said, findings).await?;
    }
    let absent = survey
        .reads
        .iter()
        .filter(|(read, index)| read.needed && survey.subjects[*index].is_absent());
    survey.dead = absent.map(|(read, _)| &read.slo.id).collect();
    not_yet_there(survey, &mut said, findings).await?;
    survey.explained = said.explained;
    Ok(())
}

/// What was said already: one cause is one finding, however many selectors it has.
#[derive(Default)]
pub(super) struct Said {
    places: BTreeSet<(&'static str, crate::source::SourceSpan)>,
    gone: BTreeSet<SloId>,
    explained: BTreeSet<SloId>,
}

impl Said {
    /// Reports something, unless the same is said already.
    pub(super) fn push(&mut self, read: &Read<'_>, finding: Diagnostic, findings: &mut Findings) {
        let at = finding
            .primary
            .as_ref()
            .map_or(read.name_at, |primary| primary.at);
        let is_gone = [series::VANISHED.id, series::TARGET_DOWN.id].contains(&finding.code.id);
        let new = if is_gone {
            self.gone.insert(read.slo.id.clone())
        } else {
            self.places.insert((finding.code.id, at))
        };
        self.explained.insert(read.slo.id.clone());
        if new {
            findings.push(read.slo, finding);
        }
    }
}

/// The names of all metrics in scope that were there within the period.
pub(super) async fn names(
    survey: &Survey<'_, '_>,
    back: f64,
    findings: &mut Findings,
) -> Result<Vec<String>, Error> {
    let cx = survey.cx;
    let everything = crate::promql::ast::VectorSelector {
        name: None,
        matchers: Vec::new(),
        modifiers: crate::promql::ast::Modifiers::default(),
    };
    let scope = super::survey::text(&cx.scope.selector(&everything));
    let narrowed = [scope.as_str()];
    let selectors = if cx.scope.is_all() {
        &[][..]
    } else {
        &narrowed[..]
    };
    let client = cx.client;
    let start = cx.now - back;
    match client
        .label_values("__name__", selectors, start, cx.now)
        .await
    {
        Err(error) if error.is_closed_api() => {
            findings.note("this server does not list its metrics: nearest names are not told");
            Ok(Vec::new())
        }
        other => other,
    }
}

async fn never_there(
    survey: &Survey<'_, '_>,
    never: &gone::Never,
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    if !never.unknown.is_empty() {
        let names = names(survey, gone::longest(survey, &never.unknown), findings).await?;
        for index in &never.unknown {
            for read in survey.reads_of(*index).filter(|read| read.needed) {
                if !is_summary(survey, read) {
                    said.push(read, no_such_metric(survey, read, *index, &names), findings);
                }
            }
        }
    }
    matchers::check(survey, &never.known, said, findings).await
}

/// Of bad events there may just have been none.
pub(super) fn help_about(read: &Read<'_>, help: String) -> String {
    if read.part == Part::Bad {
        let help = help.trim_end_matches('.');
        let end = if help.ends_with('?') { "" } else { "." };
        return format!("{help}{end} If there was just none yet, accept this with `ignore`");
    }
    help
}

/// A summary has a count and no buckets: what it lacks is said where types are.
fn is_summary(survey: &Survey<'_, '_>, read: &Read<'_>) -> bool {
    let mut others = survey.reads_by(read.slo);
    read.part == Part::Buckets
        && others
            .any(|(other, index)| other.part == Part::Count && survey.subjects[*index].is_present())
        && survey.summaries.contains(super::types::family(read.name()))
}

fn no_such_metric(
    survey: &Survey<'_, '_>,
    read: &Read<'_>,
    index: usize,
    names: &[String],
) -> Diagnostic {
    let name = read.name();
    let scope = if survey.cx.scope.is_all() {
        ""
    } else {
        " within `--where`"
    };
    let message = format!("no metric `{name}` was seen{scope} within the period");
    let near = closest(name, names.iter().map(String::as_str));
    let has_rival = survey
        .reads_by(read.slo)
        .any(|(other, index)| other.part == Part::Rival && survey.subjects[*index].is_present());
    let help = match near {
        _ if has_rival && read.part == Part::Count && name.ends_with("_count") => {
            "there is a native histogram of this name: add `type: native`".to_owned()
        }
        _ if has_rival => "there are buckets of this name: take out `type: native`".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "is its exporter scraped by this server, and is the name still the same?".to_owned()
        }
    };
    let code = read.code_of_absence(&series::NO_SUCH_METRIC);
    Diagnostic::at(code, read.name_at, message)
        .with_help(help_about(read, help))
        .with_query(format!("count({})", survey.subjects[index].only(|_| false)))
}

/// Bad events of which no series exists. There may just have been none; only what looks
/// like a slip is reported.
async fn not_yet_there(
    survey: &Survey<'_, '_>,
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let absent = survey.subjects_of(|read, subject| {
        read.part == Part::Bad && subject.is_absent() && !survey.dead.contains(&read.slo.id)
    });
    let mut asked = Vec::new();
    for index in &absent {
        for read in survey
            .reads_of(*index)
            .filter(|read| read.part == Part::Bad)
        {
            let from = if read.split_from < read.selector.matchers.len() {
                read.split_from
            } else {
                0
            };
            for matcher in from..read.selector.matchers.len() {
                asked.push((*index, matcher, from));
            }
        }
    }
    asked.sort_unstable();
    asked.dedup();
    let queries: Vec<String> = asked
        .iter()
        .map(|(index, matcher, from)| {
            let subject = &survey.subjects[*index];
            let label = &subject.matchers()[*matcher].label.name;
            // Of its own metric, a selector may fail in more than one place.
            let rest = subject.only(|other| other < *from);
            format!("count by ({label}) ({rest})")
        })
        .collect();
    let answers = survey.ask(&queries).await?;
    for (((index, matcher, _), answer), query) in asked.iter().zip(&answers).zip(&queries) {
        let Ok(samples) = answer else { continue };
        if samples.is_empty() {
            continue;
        }
        let place = matchers::Place {
            subject: *index,
            matcher: *matcher,
        };
        slip(
            survey,
            place,
            values_of(&survey.label(place), answer),
            query,
            said,
            findings,
        )
        .await?;
    }
    of_unknown_metrics(survey, &absent, said, findings).await
}

async fn slip(
    survey: &Survey<'_, '_>,
    place: matchers::Place,
    values: Vec<String>,
    query: &str,
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let matcher = &survey.subjects[place.subject].matchers()[place.matcher];
    let accepted = |value: &String| crate::promql::inspect::accepts(matcher, value).unwrap_or(true);
    if values.iter().any(accepted) {
        return Ok(());
    }
    let labels = if values.is_empty() {
        if accepted(&String::new()) {
            return Ok(());
        }
        let labels = matchers::labels(survey, place.subject).await?;
        // A label that says what went wrong is not there before something did.
        if is_presence(matcher) && matchers::nearest_label(matcher, &labels).is_none() {
            return Ok(());
        }
        labels
    } else {
        Vec::new()
    };
    let meant = blame::meant(matcher, &values);
    let bound = buckets::spelling(matcher, &values);
    if !values.is_empty() && meant.is_none() && bound.is_none() {
        return Ok(());
    }
    for read in survey
        .reads_of(place.subject)
        .filter(|read| read.part == Part::Bad)
    {
        let finding = matchers::finding(read, place.matcher, &values, &labels, query);
        said.push(read, finding, findings);
    }
    Ok(())
}

/// Whether a matcher asks for a label, whatever its value: `error_type!=""`.
fn is_presence(matcher: &Matcher) -> bool {
    let value = matcher.value.value.as_str();
    match matcher.op {
        MatchOp::NotEqual => value.is_empty(),
        MatchOp::Regex => [".+", "..*", "(.+)"].contains(&value),
        MatchOp::Equal | MatchOp::NotRegex => false,
    }
}

/// A counter of errors may not exist before the first one, but its name can be a slip.
async fn of_unknown_metrics(
    survey: &Survey<'_, '_>,
    absent: &[usize],
    said: &mut Said,
    findings: &mut Findings,
) -> Result<(), Error> {
    let own: Vec<usize> = absent
        .iter()
        .copied()
        .filter(|index| {
            let mut reads = survey.reads_of(*index);
            reads.any(|read| {
                read.split_from == read.selector.matchers.len() && !read.name().is_empty()
            })
        })
        .collect();
    let queries: Vec<String> = own
        .iter()
        .map(|index| format!("count({})", survey.subjects[*index].only(|_| false)))
        .collect();
    let counts = survey.ask(&queries).await?;
    let without: Vec<usize> = own
        .into_iter()
        .zip(&counts)
        .filter(|(_, count)| count.is_ok() && value(count).is_none())
        .map(|(index, _)| index)
        .collect();
    if without.is_empty() {
        return Ok(());
    }
    let names = names(survey, gone::longest(survey, &without), findings).await?;
    for index in without {
        let name = survey.subjects[index].name();
        let others = names.iter().map(String::as_str);
        let is_known = names.iter().any(|known| known == name);
        let near = closest(name, others);
        if is_known || near.is_none_or(|near| strsim::damerau_levenshtein(near, name) > SLIP) {
            continue;
        }
        for read in survey.reads_of(index).filter(|read| read.part == Part::Bad) {
            said.push(read, no_such_metric(survey, read, index, &names), findings);
        }
    }
    Ok(())
}

impl Survey<'_, '_> {
    /// The label of a matcher.
    pub(super) fn label(&self, place: matchers::Place) -> String {
        let matcher = &self.subjects[place.subject].matchers()[place.matcher];
        matcher.label.name.to_string()
    }
}

/// A matcher and what its label has, in a sentence.
pub(super) fn values_in_words(written: &str, values: Vec<String>) -> String {
    let values = blame::nearest_first(written, values);
    words::some(values.iter().map(String::as_str))
}

/// A matcher in backticks.
pub(super) fn quoted(matcher: &crate::promql::ast::Matcher) -> String {
    format!("`{}`", shown(matcher))
}
