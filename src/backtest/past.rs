//! What the rules of an SLO would have recorded, and when its alerts would have held.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::cache::{About, Cache};
use super::runs::Runs;
use crate::budget::TILE;
use crate::prometheus::{Client, Error, Labels};
use crate::replay::{Evaluator, Grid, Plan, Planned, Question, Reach, Table, ask};

/// Who is asked, and what was answered before.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) client: &'a Client,
    pub(super) server: &'a str,
    pub(super) cache: Option<&'a Cache>,
}

impl Answers<'_> {
    async fn get(&self, question: &Question, span: (i64, i64)) -> Result<Table, Error> {
        let about = About {
            server: self.server,
            question,
            span,
        };
        if let Some(table) = self.cache.and_then(|cache| cache.get(about)) {
            return Ok(table);
        }
        let table = ask(self.client, question, span).await?;
        // An answer that cannot be kept is asked for again by the next run.
        let _ = self.cache.map(|cache| cache.put(about, &table));
        Ok(table)
    }

    /// The answers to all questions of a plan, each from as early on as it is needed.
    pub(super) async fn all(
        &self,
        plan: &Plan,
        reach: &Reach,
        (since, until): (i64, i64),
    ) -> Result<Vec<Table>, Error> {
        let asked = plan.questions.iter().zip(&reach.questions);
        let answers = asked.map(|(question, back)| {
            let since = since.saturating_sub(*back).max(0);
            // By whole tiles, so that versions that differ little ask the same.
            let since = since.div_euclid(TILE * 1000) * TILE * 1000;
            self.get(question, (since, until))
        });
        try_join_all(answers).await
    }
}

/// What was computed of the past.
pub(super) struct Past {
    /// What the rules that were wanted record, by their place in the plan.
    pub(super) tables: HashMap<usize, Table>,
    /// By look: where it holds.
    pub(super) looks: Vec<Vec<(Arc<Labels>, Runs)>>,
    /// The first instant at which any raw metric was there, in milliseconds.
    pub(super) begins: Option<i64>,
}

/// What is computed, and from when to when, in milliseconds.
pub(super) struct Wanted<'a> {
    pub(super) plan: &'a Plan,
    pub(super) reach: &'a Reach,
    /// Rules whose tables are kept.
    pub(super) keep: &'a [usize],
    /// How long before the first instant looks begin.
    pub(super) hold: i64,
    pub(super) span: (i64, i64),
    pub(super) is_left_open: bool,
}

impl Wanted<'_> {
    /// Computes rule after rule, and each look as soon as it can be; what nothing reads any
    /// more is forgotten. An expression that Prometheus could not evaluate either is named.
    pub(super) fn compute(&self, answers: Vec<Table>) -> Result<Past, String> {
        let begins = answers.iter().filter_map(Table::begins).min();
        let first = begins.unwrap_or(self.span.0);
        let starts = self.starts(&answers);
        let mut readers = Readers::of(self.plan, self.keep);
        let mut evaluator = Evaluator {
            answers,
            recorded: vec![None; self.plan.rules.len()],
            is_left_open: self.is_left_open,
        };
        let mut looks = vec![Vec::new(); self.plan.looks.len()];
        self.looks_after(None, first, &mut evaluator, &mut readers, &mut looks)?;
        for (index, rule) in self.plan.rules.iter().enumerate() {
            let back = self.reach.rules[index];
            let since = self.span.0.saturating_sub(back);
            let since = starts[index].map_or(since, |start| start.max(since));
            let grid = Grid::between(since, self.span.1, rule.interval);
            let table = evaluator
                .rule(rule, grid)
                .map_err(|_| format!("{} has two series where one is needed", rule.record))?;
            readers.forget(&rule.reads, &rule.asks, &mut evaluator);
            if readers.of_rules[index] > 0 {
                evaluator.recorded[index] = Some(table);
            }
            self.looks_after(Some(index), first, &mut evaluator, &mut readers, &mut looks)?;
        }
        let kept = self.keep.iter();
        let tables = kept.filter_map(|rule| Some((*rule, evaluator.recorded[*rule].take()?)));
        Ok(Past {
            tables: tables.collect(),
            looks,
            begins,
        })
    }

    /// The looks whose last read is this rule.
    fn looks_after(
        &self,
        rule: Option<usize>,
        first: i64,
        evaluator: &mut Evaluator,
        readers: &mut Readers,
        found: &mut [Vec<(Arc<Labels>, Runs)>],
    ) -> Result<(), String> {
        for (look, found) in self.plan.looks.iter().zip(found) {
            if look.reads.last().copied() != rule {
                continue;
            }
            // Before there were metrics, nobody would have been alerted that there are none.
            let since = self.span.0.saturating_sub(self.hold).max(first);
            let grid = Grid::between(since, self.span.1, look.interval);
            let table = evaluator
                .look(look, grid)
                .map_err(|_| "an alert has two series where one is needed".to_owned())?;
            let runs = table.columns.iter();
            let runs = runs.map(|column| {
                let runs = Runs::of(&grid, &column.values);
                (Arc::clone(&column.labels), runs)
            });
            found.extend(runs.filter(|(_, runs)| !runs.is_empty()));
            readers.forget(&look.reads, &look.asks, evaluator);
        }
        Ok(())
    }

    /// When the raw metrics of the SLO of each rule begin: before, nobody knows whether
    /// something should have been there.
    fn starts(&self, answers: &[Table]) -> Vec<Option<i64>> {
        let mut by_slo: HashMap<&Labels, i64> = HashMap::new();
        let first = |rule: &Planned| {
            let asked = rule.asks.iter();
            asked.filter_map(|index| answers[*index].begins()).min()
        };
        for rule in &self.plan.rules {
            if let Some(first) = first(rule) {
                let begins = by_slo.entry(rule.labels.as_ref()).or_insert(first);
                *begins = first.min(*begins);
            }
        }
        let rules = self.plan.rules.iter();
        let all = by_slo.values().min().copied();
        rules
            .map(|rule| by_slo.get(rule.labels.as_ref()).copied().or(all))
            .collect()
    }
}

/// How many rules and looks still read what others have recorded, and what the server has
/// answered.
struct Readers {
    of_rules: Vec<usize>,
    of_answers: Vec<usize>,
}

impl Readers {
    fn of(plan: &Plan, keep: &[usize]) -> Self {
        let mut readers = Self {
            of_rules: vec![0; plan.rules.len()],
            of_answers: vec![0; plan.questions.len()],
        };
        let rules = plan.rules.iter().map(|rule| (&rule.reads, &rule.asks));
        let looks = plan.looks.iter().map(|look| (&look.reads, &look.asks));
        for (reads, asks) in rules.chain(looks) {
            for read in reads {
                readers.of_rules[*read] += 1;
            }
            for asked in asks {
                readers.of_answers[*asked] += 1;
            }
        }
        for kept in keep {
            readers.of_rules[*kept] += 1;
        }
        readers
    }

    /// An expression has been evaluated: what it was the last to read is of no more use.
    fn forget(&mut self, reads: &[usize], asks: &[usize], evaluator: &mut Evaluator) {
        for read in reads {
            self.of_rules[*read] -= 1;
            if self.of_rules[*read] == 0 {
                evaluator.recorded[*read] = None;
            }
        }
        for asked in asks {
            self.of_answers[*asked] -= 1;
            if self.of_answers[*asked] == 0 {
                evaluator.answers[*asked].columns = Vec::new();
            }
        }
    }
}
