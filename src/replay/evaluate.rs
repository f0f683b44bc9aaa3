//! Evaluates a planned rule at all its instants.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use super::grid::{ABSENT, Column, Grid, Table, is_absent};
use super::node::{Look, Node, Planned, Range, Read};
use super::over_time::{Over, over_time};
use super::{function, operator};
use crate::prometheus::Labels;
use crate::promql::inspect;

/// A value at every instant of a grid.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Vec<f64>),
    Vector(Vec<Column>),
}

/// An evaluation that fails in Prometheus as well: two series where one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous;

/// Everything that expressions read.
pub(crate) struct Evaluator {
    /// Answers to the questions of the plan.
    pub(crate) answers: Vec<Table>,
    /// What rules have recorded so far.
    pub(crate) recorded: Vec<Option<Table>>,
    /// Whether ranges leave out the instant at their start, as since Prometheus 3.
    pub(crate) is_left_open: bool,
}

/// What was evaluated before, by the address of the node, and when the rule is evaluated
/// that is meant by `@ end()`.
#[derive(Default)]
struct Within {
    done: HashMap<*const Node, (Grid, Value)>,
    end: Option<i64>,
}

impl Evaluator {
    /// What a rule records at the instants of a grid.
    pub(crate) fn rule(&self, rule: &Planned, grid: Grid) -> Result<Table, Ambiguous> {
        let columns = match self.node(&rule.node, &grid, &Within::default())? {
            Value::Scalar(values) => vec![Column {
                labels: Arc::default(),
                values,
            }],
            Value::Vector(columns) => columns,
        };
        let labelled = columns.into_iter().map(|column| {
            let mut labels = column.labels.as_ref().clone();
            labels.remove("__name__");
            for (name, value) in rule.labels.as_ref() {
                labels.insert(name.clone(), value.clone());
            }
            // An empty label is none.
            labels.retain(|_, value| !value.is_empty());
            Column {
                labels: Arc::new(labels),
                values: column.values,
            }
        });
        let columns = operator::distinct(labelled)?;
        Ok(Table { grid, columns })
    }

    /// What an expression that nothing records is at the instants of a grid.
    pub(crate) fn look(&self, look: &Look, grid: Grid) -> Result<Table, Ambiguous> {
        let columns = vector(self.node(&look.node, &grid, &Within::default())?);
        Ok(Table { grid, columns })
    }

    fn node(&self, node: &Node, grid: &Grid, within: &Within) -> Result<Value, Ambiguous> {
        if let Some((whole, value)) = within.done.get(&ptr::from_ref(node)) {
            return Ok(part(value, whole, grid));
        }
        Ok(match node {
            Node::Number(number) => Value::Scalar(vec![*number; grid.count]),
            Node::Time => Value::Scalar(grid.instants().map(seconds).collect()),
            Node::Raw {
                question,
                is_scalar,
            } => raw(&self.answers[*question], grid, *is_scalar),
            Node::Recorded(read) => Value::Vector(self.recorded(read, grid, within)),
            Node::OverTime { over, of } => self.over_time(*over, of, grid, within)?,
            Node::Negative(of) => operator::negative(self.node(of, grid, within)?),
            Node::Binary(binary) => {
                let lhs = self.node(&binary.lhs, grid, within)?;
                let rhs = self.node(&binary.rhs, grid, within)?;
                operator::binary(binary, lhs, rhs)?
            }
            Node::Aggregate { op, grouping, of } => {
                function::aggregate(*op, grouping, self.node(of, grid, within)?)
            }
            Node::Function { function, of } => {
                function::call(function, self.node(of, grid, within)?, grid.count)?
            }
        })
    }

    /// The series that a read selects.
    fn selected<'t>(&'t self, read: &Read) -> Option<(Grid, Vec<&'t Column>)> {
        let table = self.recorded[read.rule].as_ref()?;
        let is_selected = |column: &&Column| {
            read.matchers.iter().all(|matcher| {
                let value = column.labels.get(matcher.label.name.as_str());
                inspect::accepts(matcher, value.map_or("", String::as_str)) == Some(true)
            })
        };
        Some((
            table.grid,
            table.columns.iter().filter(is_selected).collect(),
        ))
    }

    /// What was recorded by the last evaluation up to each instant. One that recorded
    /// nothing ends the series.
    fn recorded(&self, read: &Read, grid: &Grid, within: &Within) -> Vec<Column> {
        let Some((of, columns)) = self.selected(read) else {
            return Vec::new();
        };
        let end = within.end.filter(|_| read.is_at_end);
        let index = |at: i64| of.up_to(end.unwrap_or(at - read.offset));
        let indices: Vec<Option<usize>> = grid.instants().map(index).collect();
        let at = |column: &Column| -> Vec<f64> {
            let values = indices.iter();
            let values = values.map(|index| index.map_or(ABSENT, |index| column.values[index]));
            values.collect()
        };
        let read = columns.into_iter().map(|column| Column {
            labels: Arc::clone(&column.labels),
            values: at(column),
        });
        read.collect()
    }

    fn over_time(
        &self,
        over: Over,
        of: &Range,
        grid: &Grid,
        within: &Within,
    ) -> Result<Value, Ambiguous> {
        let columns = match of {
            Range::Recorded { read, range } => {
                let Some((of, columns)) = self.selected(read) else {
                    return Ok(Value::Vector(Vec::new()));
                };
                let instants = || grid.instants().map(|at| at - read.offset);
                self.slide(over, *range, &of, columns, instants)
            }
            Range::Subquery {
                of: node,
                range,
                step,
            } => {
                if reads_end(node) && within.end.is_none() {
                    return self.each(over, of, grid);
                }
                let inner = self.subquery_grid(grid, *range, *step);
                let columns = vector(self.node(node, &inner, within)?);
                let columns = columns.iter().collect();
                self.slide(over, *range, &inner, columns, || grid.instants())
            }
        };
        Ok(Value::Vector(columns))
    }

    /// The instants at which a subquery is evaluated for those of a grid.
    fn subquery_grid(&self, grid: &Grid, range: i64, step: i64) -> Grid {
        if grid.count == 0 {
            return Grid { step, ..*grid };
        }
        let (first, last) = (grid.at(0), grid.at(grid.count - 1));
        let start = first - range + i64::from(self.is_left_open);
        Grid::between(start, last, step)
    }

    fn slide<I: Iterator<Item = i64>>(
        &self,
        over: Over,
        range: i64,
        of: &Grid,
        columns: Vec<&Column>,
        instants: impl Fn() -> I,
    ) -> Vec<Column> {
        let slid = columns.into_iter().map(|column| Column {
            labels: Arc::clone(&column.labels),
            values: over_time(
                over,
                &column.values,
                of,
                (range, self.is_left_open),
                instants(),
            ),
        });
        slid.collect()
    }

    /// A subquery that is another one at each instant of evaluation. What does not depend
    /// on that instant is evaluated once for all of them.
    fn each(&self, over: Over, of: &Range, grid: &Grid) -> Result<Value, Ambiguous> {
        let Range::Subquery {
            of: node,
            range,
            step,
        } = of
        else {
            return Ok(Value::Vector(Vec::new()));
        };
        let whole = self.subquery_grid(grid, *range, *step);
        let mut within = Within::default();
        self.prepare(node, &whole, &mut within)?;
        let mut found: HashMap<Arc<Labels>, Vec<f64>> = HashMap::new();
        for (index, at) in grid.instants().enumerate() {
            within.end = Some(at);
            let (low, high) = whole.within(at, *range, self.is_left_open);
            let inner = whole.part(low, high.saturating_sub(low));
            for column in vector(self.node(node, &inner, &within)?) {
                let range = (*range, self.is_left_open);
                let values = over_time(over, &column.values, &inner, range, [at].into_iter());
                let all = found
                    .entry(column.labels)
                    .or_insert_with(|| vec![ABSENT; grid.count]);
                all[index] = values.first().copied().unwrap_or(ABSENT);
            }
        }
        let mut columns: Vec<Column> = found
            .into_iter()
            .map(|(labels, values)| Column { labels, values })
            .collect();
        columns.sort_by(|one, other| one.labels.cmp(&other.labels));
        Ok(Value::Vector(columns))
    }

    /// Evaluates the largest parts of a node that do not depend on `@ end()`.
    fn prepare(&self, node: &Node, grid: &Grid, within: &mut Within) -> Result<(), Ambiguous> {
        if !reads_end(node) {
            let value = self.node(node, grid, within)?;
            within.done.insert(ptr::from_ref(node), (*grid, value));
            return Ok(());
        }
        match node {
            Node::Binary(binary) => {
                self.prepare(&binary.lhs, grid, within)?;
                self.prepare(&binary.rhs, grid, within)
            }
            Node::Negative(of) | Node::Aggregate { of, .. } | Node::Function { of, .. } => {
                self.prepare(of, grid, within)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a node depends on the instant of evaluation that `@ end()` means.
fn reads_end(node: &Node) -> bool {
    match node {
        Node::Number(_) | Node::Time | Node::Raw { .. } => false,
        Node::Recorded(read) => read.is_at_end,
        Node::OverTime { of, .. } => match of {
            Range::Recorded { .. } => false,
            Range::Subquery { of, .. } => reads_end(of),
        },
        Node::Binary(binary) => reads_end(&binary.lhs) || reads_end(&binary.rhs),
        Node::Negative(of) | Node::Aggregate { of, .. } | Node::Function { of, .. } => {
            reads_end(of)
        }
    }
}

fn vector(value: Value) -> Vec<Column> {
    match value {
        Value::Vector(columns) => columns,
        Value::Scalar(values) => vec![Column {
            labels: Arc::default(),
            values,
        }],
    }
}

/// A server was asked at multiples of the step of the grid.
fn raw(answer: &Table, grid: &Grid, is_scalar: bool) -> Value {
    let columns = answer.columns.iter().map(|column| Column {
        labels: Arc::clone(&column.labels),
        values: cut(&column.values, &answer.grid, grid),
    });
    if is_scalar {
        let first = columns.into_iter().next();
        return Value::Scalar(first.map_or_else(
            || vec![f64::NAN; grid.count],
            |column| column.values.into_iter().map(or_nan).collect(),
        ));
    }
    Value::Vector(columns.collect())
}

fn or_nan(value: f64) -> f64 {
    if is_absent(value) { f64::NAN } else { value }
}

fn part(value: &Value, whole: &Grid, grid: &Grid) -> Value {
    match value {
        Value::Scalar(values) => Value::Scalar(cut(values, whole, grid)),
        Value::Vector(columns) => {
            let columns = columns.iter().map(|column| Column {
                labels: Arc::clone(&column.labels),
                values: cut(&column.values, whole, grid),
            });
            Value::Vector(columns.collect())
        }
    }
}

/// Values on another grid of the same step.
fn cut(values: &[f64], of: &Grid, grid: &Grid) -> Vec<f64> {
    let offset = grid.first - of.first;
    let whole = usize::try_from(offset)
        .ok()
        .and_then(|from| values.get(from..from.checked_add(grid.count)?));
    if let Some(values) = whole {
        return values.to_vec();
    }
    let at = |index: usize| {
        let index = i64::try_from(index).ok()? + offset;
        values.get(usize::try_from(index).ok()?).copied()
    };
    (0..grid.count)
        .map(|index| at(index).unwrap_or(ABSENT))
        .collect()
}

/// Exact: instants have far fewer than 53 bits.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
