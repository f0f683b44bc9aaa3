//! The distinct selectors of all SLOs, and what is asked about them together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::reads::{Read, reads};
use crate::check::recorded::any_of;
use crate::check::{Asked, Context, ask_all};
use crate::prometheus::{Error, Sample};
use crate::promql::ast::{Expr, ExprKind, MatchOp, Matcher, VectorSelector};
use crate::promql::{build, print};
use crate::slo::{Slo, SloId};

/// What waits are called.
const PART: &str = "series";

/// A selector in scope, however many SLOs read it.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// As it is asked.
    pub(super) text: String,
    pub(super) selector: VectorSelector,
    /// The matchers before this one were written in a spec, the others are of the scope.
    pub(super) written: usize,
    /// Series that match it now; `None` when the server could not say.
    pub(super) series: Option<f64>,
}

/// What is known about the selectors.
pub(super) struct Survey<'c, 'a> {
    pub(super) cx: &'c Context<'a>,
    pub(super) subjects: Vec<Subject>,
    /// Every read with its subject.
    pub(super) reads: Vec<(Read<'a>, usize)>,
    /// SLOs that have no data now, or make no sense, for a reason that was found.
    pub(super) dead: BTreeSet<&'a SloId>,
    /// SLOs of which it was found why no bad event is counted.
    pub(super) explained: BTreeSet<SloId>,
    /// What exporters say that metrics are, by name.
    pub(super) kinds: BTreeMap<String, BTreeSet<String>>,
    /// Those that are summaries and nothing else.
    pub(super) summaries: BTreeSet<String>,
}

impl<'c, 'a> Survey<'c, 'a> {
    /// Finds out which selectors there are, and how many series each has.
    pub(super) async fn new(cx: &'c Context<'a>) -> Result<Self, Error> {
        let mut survey = Self {
            cx,
            subjects: Vec::new(),
            reads: Vec::new(),
            dead: BTreeSet::new(),
            explained: BTreeSet::new(),
            kinds: BTreeMap::new(),
            summaries: BTreeSet::new(),
        };
        let mut known = BTreeMap::new();
        for slo in &cx.slos {
            for read in reads(slo) {
                let subject = Subject::new(&read, cx);
                let next = survey.subjects.len();
                let index = *known.entry(subject.text.clone()).or_insert(next);
                if index == next {
                    survey.subjects.push(subject);
                }
                survey.reads.push((read, index));
            }
        }
        let all: Vec<usize> = (0..survey.subjects.len()).collect();
        let counts = survey
            .ask_each(&all, |subject| format!("count({})", subject.text))
            .await?;
        for (subject, asked) in survey.subjects.iter_mut().zip(counts) {
            subject.series = asked.ok().map(|samples| first(&samples).unwrap_or(0.0));
        }
        Ok(survey)
    }

    /// One question about each of these subjects.
    pub(super) async fn ask_each(
        &self,
        subjects: &[usize],
        query: impl Fn(&Subject) -> String,
    ) -> Result<Vec<Asked>, Error> {
        let queries = subjects.iter().map(|index| query(&self.subjects[*index]));
        self.ask(&queries.collect::<Vec<_>>()).await
    }

    /// Many questions at once, at the instant of the check; equal ones are asked once.
    pub(super) async fn ask(&self, queries: &[String]) -> Result<Vec<Asked>, Error> {
        let mut distinct: Vec<String> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let places: Vec<usize> = queries
            .iter()
            .map(|query| {
                *known.entry(query).or_insert_with(|| {
                    distinct.push(query.clone());
                    distinct.len() - 1
                })
            })
            .collect();
        let answers = ask_all(self.cx, PART, self.cx.now, &distinct).await?;
        Ok(places
            .into_iter()
            .map(|place| answers[place].clone())
            .collect())
    }

    /// The same for expressions, narrowed to the scope.
    pub(super) async fn ask_exprs(&self, exprs: &[Expr]) -> Result<Vec<Asked>, Error> {
        let queries = exprs.iter().map(|expr| self.cx.scope.query(expr));
        self.ask(&queries.collect::<Vec<_>>()).await
    }

    /// The distinct subjects of the reads for which `of` holds.
    pub(super) fn subjects_of(&self, of: impl Fn(&Read<'a>, &Subject) -> bool) -> Vec<usize> {
        let reads = self.reads.iter();
        let found = reads.filter(|(read, index)| of(read, &self.subjects[*index]));
        let found: BTreeSet<usize> = found.map(|(_, index)| *index).collect();
        found.into_iter().collect()
    }

    /// The reads of a subject.
    pub(super) fn reads_of(&self, subject: usize) -> impl Iterator<Item = &Read<'a>> {
        let reads = self.reads.iter();
        reads
            .filter(move |(_, index)| *index == subject)
            .map(|(read, _)| read)
    }

    /// The reads of an SLO.
    pub(super) fn reads_by<'s>(
        &'s self,
        slo: &'s Slo,
    ) -> impl Iterator<Item = &'s (Read<'a>, usize)> {
        let reads = self.reads.iter();
        reads.filter(move |(read, _)| read.slo.id == slo.id)
    }

    /// What stands for the SLO as a whole: the first selector that it needs.
    pub(super) fn main<'s>(&'s self, slo: &'s Slo) -> Option<&'s (Read<'a>, usize)> {
        let mut reads = self.reads_by(slo);
        reads.find(|(read, _)| read.needed)
    }

    /// The SLOs that have data now, as far as their selectors tell.
    /// What the SLOs that are looked at have recorded under a name, and not what all others
    /// on the server have.
    pub(super) fn recorded(&self, name: &str) -> String {
        let services: BTreeSet<&str> = self
            .cx
            .slos
            .iter()
            .map(|slo| slo.id.service.as_str())
            .collect();
        let theirs = build::matcher("service", MatchOp::Regex, any_of(services));
        let selector = build::selector(name, vec![theirs]);
        self.cx.scope.query(&selector)
    }

    pub(super) fn live(&self) -> Vec<&'a Slo> {
        let slos = self.cx.slos.iter().copied();
        slos.filter(|slo| !self.dead.contains(&slo.id) && self.reads_by(slo).next().is_some())
            .collect()
    }
}

impl Subject {
    fn new(read: &Read<'_>, cx: &Context<'_>) -> Self {
        let selector = cx.scope.selector(&read.selector);
        Self {
            text: text(&selector),
            written: read.selector.matchers.len(),
            selector,
            series: None,
        }
    }

    /// Whether nothing matches it now.
    pub(super) fn is_absent(&self) -> bool {
        self.series == Some(0.0)
    }

    /// Whether something matches it now.
    pub(super) fn is_present(&self) -> bool {
        self.series.is_some_and(|series| series > 0.0)
    }

    /// The matchers that were written in a spec, but for the name.
    pub(super) fn matchers(&self) -> &[Matcher] {
        &self.selector.matchers[..self.written]
    }

    /// The name of the metric; empty where there is not exactly one.
    pub(super) fn name(&self) -> &str {
        crate::promql::inspect::name_of(&self.selector).unwrap_or_default()
    }

    /// The selector with only those written matchers for which `keep` holds.
    pub(super) fn only(&self, keep: impl Fn(usize) -> bool) -> String {
        let mut selector = self.selector.clone();
        let mut index = 0;
        selector.matchers.retain(|matcher| {
            let kept = index >= self.written || keep(index) || matcher.label.name == "__name__";
            index += 1;
            kept
        });
        // A selector must say something.
        if selector.name.is_none() && selector.matchers.is_empty() {
            selector.matchers.push(build::matcher(
                "__name__",
                crate::promql::ast::MatchOp::Regex,
                ".+",
            ));
        }
        text(&selector)
    }
}

/// The selector as it is asked.
pub(super) fn text(selector: &VectorSelector) -> String {
    print(&Expr {
        kind: ExprKind::Selector(selector.clone()),
        span: crate::source::Span::default(),
    })
}

/// The matcher as it is written.
pub(super) fn shown(matcher: &Matcher) -> String {
    let text = text(&VectorSelector {
        name: None,
        matchers: vec![matcher.clone()],
        modifiers: crate::promql::ast::Modifiers::default(),
    });
    text.trim_start_matches('{')
        .trim_end_matches('}')
        .to_owned()
}

/// The first value.
pub(super) fn first(samples: &[Sample]) -> Option<f64> {
    samples.first().map(|sample| sample.value)
}

/// The first value of an answer, if there is one.
pub(super) fn value(asked: &Asked) -> Option<f64> {
    asked.as_ref().ok().and_then(|samples| first(samples))
}

/// The values that a label has in an answer, sorted; without the empty one.
pub(super) fn values_of(label: &str, asked: &Asked) -> Vec<String> {
    let samples = asked.as_ref().map_or(&[][..], Vec::as_slice);
    let values = samples.iter().filter_map(|sample| sample.labels.get(label));
    let mut values: Vec<String> = values.filter(|value| !value.is_empty()).cloned().collect();
    values.sort();
    values.dedup();
    values
}
