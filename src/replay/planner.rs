//! Rules and expressions become a plan: each set of rules by itself, what they have in common
//! once.

use std::collections::HashMap;
use std::sync::Arc;

use super::node::{Look, Node, Plan, Planned, Question};
use super::plan::{Unsupported, millis};
use crate::prometheus::Labels;
use crate::promql::ast::Expr;
use crate::rules::{Rule, RuleFile};

/// A recording rule as it was compiled.
pub(super) struct Source<'a> {
    pub(super) record: &'a str,
    expr: &'a Expr,
    pub(super) labels: &'a Arc<Labels>,
    interval: i64,
}

/// Plans the recording rules that `is_wanted` by their labels, and what they read.
pub(crate) fn plan(
    files: &[RuleFile],
    is_wanted: impl Fn(&Labels) -> bool,
) -> Result<Plan, Unsupported> {
    let mut planner = Planner::default();
    planner.add(files, |_, labels| is_wanted(labels), [])?;
    Ok(planner.done())
}

fn sources(files: &[RuleFile]) -> impl Iterator<Item = Source<'_>> {
    let groups = files.iter().flat_map(|file| &file.groups);
    groups.flat_map(|group| {
        let interval = millis(group.interval);
        group.rules.iter().filter_map(move |rule| match rule {
            Rule::Record {
                record,
                expr,
                labels,
            } => Some(Source {
                record,
                expr,
                labels,
                interval,
            }),
            Rule::Alert { .. } => None,
        })
    })
}

/// Plans several sets of rules at once. What is the same in all of them, down to the raw
/// metrics, is asked and evaluated once.
#[derive(Default)]
pub(crate) struct Planner {
    plan: Plan,
    questions: HashMap<Question, usize>,
    rules: HashMap<RuleKey, usize>,
    looks: HashMap<LookKey, usize>,
}

/// Two rules record the same if their texts are, and what these texts read.
#[derive(PartialEq, Eq, Hash)]
struct RuleKey {
    record: String,
    labels: Arc<Labels>,
    expr: LookKey,
}

#[derive(PartialEq, Eq, Hash)]
struct LookKey {
    text: String,
    interval: i64,
    uses: Uses,
}

/// What a set of rules has of a plan.
#[derive(Debug)]
pub(crate) struct Added {
    /// Where the recording rules that were wanted are in the plan.
    pub(crate) rules: Vec<usize>,
    /// Where the looks are.
    pub(crate) looks: Vec<usize>,
}

impl Planner {
    /// Plans the recording rules that `is_wanted` by their names and labels, the expressions
    /// `looks`, which are evaluated every so many milliseconds, and what all of them read.
    pub(crate) fn add<'e>(
        &mut self,
        files: &[RuleFile],
        is_wanted: impl Fn(&str, &Labels) -> bool,
        looks: impl IntoIterator<Item = (&'e Expr, i64)>,
    ) -> Result<Added, Unsupported> {
        let sources: Vec<Source<'_>> = sources(files).collect();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, source) in sources.iter().enumerate() {
            by_name.entry(source.record).or_default().push(index);
        }
        let mut set = Set {
            planner: self,
            places: vec![None; sources.len()],
            sources: &sources,
            by_name,
        };
        let mut added = Added {
            rules: Vec::new(),
            looks: Vec::new(),
        };
        for (index, source) in sources.iter().enumerate() {
            if is_wanted(source.record, source.labels) {
                added.rules.push(set.rule(index)?);
            }
        }
        for (expr, interval) in looks {
            added.looks.push(set.look(expr, interval)?);
        }
        Ok(added)
    }

    /// Whether a planned rule records a series of this name for an SLO.
    pub(crate) fn records(&self, rule: usize, name: &str, service: &str, slo: &str) -> bool {
        self.plan.rules.get(rule).is_some_and(|rule| {
            let has =
                |label: &str, value: &str| rule.labels.get(label).is_some_and(|own| own == value);
            rule.record == name && has("service", service) && has("slo", slo)
        })
    }

    /// The plan for all sets.
    pub(crate) fn done(self) -> Plan {
        self.plan
    }
}

/// A set of rules that is being planned.
pub(super) struct Set<'a, 'p> {
    planner: &'p mut Planner,
    pub(super) sources: &'a [Source<'a>],
    pub(super) by_name: HashMap<&'a str, Vec<usize>>,
    /// Where rules that were planned are in the plan.
    places: Vec<Option<usize>>,
}

/// What one expression reads, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Uses {
    pub(super) reads: Vec<usize>,
    pub(super) asks: Vec<usize>,
}

impl Uses {
    fn sorted(mut self) -> Self {
        for used in [&mut self.reads, &mut self.asks] {
            used.sort_unstable();
            used.dedup();
        }
        self
    }
}

impl Set<'_, '_> {
    /// Plans a rule after those that it reads, and answers its place.
    pub(super) fn rule(&mut self, index: usize) -> Result<usize, Unsupported> {
        if let Some(place) = self.places[index] {
            return Ok(place);
        }
        let source = &self.sources[index];
        let (node, expr) = self.expr(source.expr, source.interval)?;
        let uses = expr.uses.clone();
        let key = RuleKey {
            record: source.record.to_owned(),
            labels: Arc::clone(source.labels),
            expr,
        };
        let rules = &mut self.planner.plan.rules;
        let place = *self.planner.rules.entry(key).or_insert(rules.len());
        self.places[index] = Some(place);
        if place == rules.len() {
            rules.push(Planned {
                source: index,
                record: source.record.to_owned(),
                labels: Arc::clone(source.labels),
                interval: source.interval,
                node,
                reads: uses.reads,
                asks: uses.asks,
            });
        }
        Ok(place)
    }

    /// Plans an expression that nothing records.
    fn look(&mut self, expr: &Expr, interval: i64) -> Result<usize, Unsupported> {
        let (node, key) = self.expr(expr, interval)?;
        let uses = key.uses.clone();
        let looks = &mut self.planner.plan.looks;
        let place = *self.planner.looks.entry(key).or_insert(looks.len());
        if place == looks.len() {
            looks.push(Look {
                interval,
                node,
                reads: uses.reads,
                asks: uses.asks,
            });
        }
        Ok(place)
    }

    fn expr(&mut self, expr: &Expr, interval: i64) -> Result<(Node, LookKey), Unsupported> {
        let mut uses = Uses::default();
        let node = self.node(expr, interval, &mut uses)?;
        let key = LookKey {
            text: crate::promql::print(expr),
            interval,
            uses: uses.sorted(),
        };
        Ok((node, key))
    }

    /// The place of a question in the plan.
    pub(super) fn question(&mut self, question: Question) -> usize {
        let planner = &mut *self.planner;
        let next = planner.plan.questions.len();
        let index = *planner.questions.entry(question.clone()).or_insert(next);
        if index == next {
            planner.plan.questions.push(question);
        }
        index
    }
}
