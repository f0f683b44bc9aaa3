//! What the server has recorded already, so that nothing is written where something is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::burn::SLOW_INTERVAL;
use crate::prometheus::{Client, Error, Labels};
use crate::promql::ast::{ExprKind, MatchOp};
use crate::promql::{build, print};
use crate::replay::{Planned, Question, Table, ask, is_absent, seconds};

/// Whether there are samples is known per this many milliseconds.
const SLOT: i64 = SLOW_INTERVAL.millis().cast_signed();

/// By series: in which slots there are samples of it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    by_rule: HashMap<(String, Arc<Labels>), Table>,
}

/// Asks where there are samples of the series that these rules record.
pub(super) async fn taken(
    client: &Client,
    rules: &[&Planned],
    (since, until): (i64, i64),
) -> Result<Taken, Error> {
    let names = found(client, rules, (since, until)).await?;
    let is_found = |rule: &&&Planned| names.contains(rule.record.as_str());
    let asked = rules.iter().filter(is_found).map(|rule| async move {
        let labels = rule.labels.iter();
        let matchers = labels.map(|(name, value)| build::matcher(name, MatchOp::Equal, value));
        let selector = build::vector_selector(rule.record.as_str(), matchers.collect());
        // Ranges of Prometheus 2 would find a sample at the end of a slot in the next one, too.
        let slot = SLOW_INTERVAL.saturating_sub(crate::duration::Duration::from_millis(1));
        let count = build::call("count_over_time", vec![build::range(selector, slot)]);
        let question = Question {
            query: print(&count),
            step: SLOT,
        };
        let table = ask(client, &question, (since, until + SLOT)).await?;
        Ok(((rule.record.clone(), Arc::clone(&rule.labels)), table))
    });
    Ok(Taken {
        by_rule: try_join_all(asked).await?.into_iter().collect(),
    })
}

/// The names of those that exist at all, which is cheap to find out.
async fn found(
    client: &Client,
    rules: &[&Planned],
    (since, until): (i64, i64),
) -> Result<HashSet<String>, Error> {
    let mut names: BTreeMap<&Labels, Vec<&str>> = BTreeMap::new();
    for rule in rules {
        names.entry(&rule.labels).or_default().push(&rule.record);
    }
    let selectors = names.into_iter().map(|(labels, names)| {
        let own = labels.iter();
        let own = own.map(|(name, value)| build::matcher(name, MatchOp::Equal, value));
        let is_one = build::matcher("__name__", MatchOp::Regex, names.join("|"));
        let mut selector = build::vector_selector("", own.chain([is_one]).collect());
        selector.name = None;
        print(&build::expr(ExprKind::Selector(selector)))
    });
    let selectors: Vec<String> = selectors.collect();
    let selectors: Vec<&str> = selectors.iter().map(String::as_str).collect();
    let found = client
        .series(&selectors, seconds(since), seconds(until))
        .await?;
    let names = found
        .into_iter()
        .filter_map(|mut labels| labels.remove("__name__"));
    Ok(names.collect())
}

impl Taken {
    /// Whether a sample of a series can be written at an instant, in milliseconds.
    /// `labels` are those of the series, which the server may have more of: it can add
    /// some to all series.
    pub(super) fn is_free<'t>(
        &'t self,
        rule: &Planned,
        labels: &'t Labels,
    ) -> impl Fn(i64) -> bool + use<'t> {
        let table = self
            .by_rule
            .get(&(rule.record.clone(), Arc::clone(&rule.labels)));
        let columns: Vec<_> = table
            .into_iter()
            .flat_map(|table| table.columns.iter().map(|column| (table.grid, column)))
            .filter(|(_, column)| labels.iter().all(|(k, v)| column.labels.get(k) == Some(v)))
            .collect();
        move |at| {
            let slot = at + (SLOT - at.rem_euclid(SLOT)) % SLOT;
            !columns.iter().any(|(grid, column)| {
                let index = grid.up_to(slot);
                index.is_some_and(|index| !is_absent(column.values[index]))
            })
        }
    }

    /// Whether the server has recorded any of them.
    pub(super) fn is_any(&self) -> bool {
        self.by_rule.values().any(|table| !table.columns.is_empty())
    }
}
