//! What has to be asked and what can be computed: an expression is cut into parts that
//! read raw metrics only, which the server evaluates, and the rest, which reads what
//! rules record and is evaluated here, as the server would after the rules have run.

use std::collections::HashSet;
use std::sync::Arc;

use regex::Regex;

use super::node::{AggregateOp, Binary, DatePart, Function, Grouping, Node, Question, Range, Read};
use super::over_time::Over;
use super::planner::{Set, Uses};
use crate::prometheus::Labels;
use crate::promql::ast::{
    Aggregate, AtModifier, BinaryExpr, BinaryOp, Call, Expr, ExprKind, MatchOp, Matcher, Modifiers,
    UnaryOp, VectorSelector, Window, WindowKind,
};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, selector_use};
use crate::promql::{self, is_comparison, value_type};

/// What cannot be evaluated here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) String);

impl Set<'_, '_> {
    /// The rule that records what a selector selects, if one does.
    fn recorded_by(&self, selector: &VectorSelector) -> Option<usize> {
        let same_name = self.by_name.get(inspect::name_of(selector)?)?;
        let mut found = same_name.iter().copied().filter(|index| {
            let labels = self.sources[*index].labels;
            // Rules say which SLO they mean; their other matchers are about groups.
            let ids = || selector.matchers.iter().filter(|m| is_id(&m.label.name));
            ids().count() >= 2
                && ids().all(|m| {
                    let value = labels.get(m.label.name.as_str()).map_or("", String::as_str);
                    inspect::accepts(m, value) == Some(true)
                })
        });
        found.next()
    }

    fn reads_recorded(&self, expr: &Expr) -> bool {
        let selectors = inspect::selectors(expr);
        let mut selectors = selectors.iter();
        selectors.any(|used| self.recorded_by(used.selector).is_some())
    }

    /// The part of an expression that is evaluated every `step`.
    pub(super) fn node(
        &mut self,
        expr: &Expr,
        step: i64,
        uses: &mut Uses,
    ) -> Result<Node, Unsupported> {
        let expr = inspect::bare(expr);
        if !self.reads_recorded(expr) && !inspect::selectors(expr).is_empty() {
            return self.raw(expr, step, uses);
        }
        Ok(match &expr.kind {
            ExprKind::Number(number) => Node::Number(number.value),
            ExprKind::Unary(UnaryOp::Plus, inner) => self.node(inner, step, uses)?,
            ExprKind::Unary(UnaryOp::Minus, inner) => {
                Node::Negative(Box::new(self.node(inner, step, uses)?))
            }
            ExprKind::Selector(selector) => Node::Recorded(self.read(selector, uses)?),
            ExprKind::Binary(binary) => self.binary(binary, step, uses)?,
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, step, uses)?,
            ExprKind::Call(call) => self.call(call, step, uses)?,
            _ => return Err(unsupported(expr)),
        })
    }

    fn raw(&mut self, expr: &Expr, step: i64, uses: &mut Uses) -> Result<Node, Unsupported> {
        if reads_ends(expr) {
            return Err(Unsupported(format!(
                "`{}` reads the start or end of its query, which is another one for each \
                 evaluation of the rule",
                promql::print(expr)
            )));
        }
        let question = Question {
            query: promql::print(expr),
            step,
        };
        let index = self.question(question);
        uses.asks.push(index);
        Ok(Node::Raw {
            question: index,
            is_scalar: value_type(expr) == ValueType::Scalar,
        })
    }

    fn read(&mut self, selector: &VectorSelector, uses: &mut Uses) -> Result<Read, Unsupported> {
        let nothing = || Unsupported("a series that no rule records".to_owned());
        let index = self.recorded_by(selector).ok_or_else(nothing)?;
        let Modifiers {
            offset,
            at,
            extended,
            ..
        } = &selector.modifiers;
        let is_at_end = matches!(at, Some(AtModifier::End));
        let back = match offset {
            Some(offset) if !offset.negative => length(&offset.window),
            Some(_) => None,
            None => Some(0),
        };
        let is_fixed = at.is_some() && (!is_at_end || offset.is_some());
        let Some(offset) = back.filter(|_| extended.is_none() && !is_fixed) else {
            return Err(Unsupported("a modifier of a recorded series".to_owned()));
        };
        let rule = self.rule(index)?;
        uses.reads.push(rule);
        let labels = &self.sources[index].labels;
        let is_open = |m: &&Matcher| !labels.contains_key(m.label.name.as_str());
        let matchers = selector.matchers.iter().filter(is_open);
        Ok(Read {
            rule,
            matchers: matchers.cloned().collect(),
            offset,
            is_at_end,
        })
    }

    fn binary(
        &mut self,
        binary: &BinaryExpr,
        step: i64,
        uses: &mut Uses,
    ) -> Result<Node, Unsupported> {
        let is_known = is_set(binary.op) || is_comparison(binary.op) || is_arithmetic(binary.op);
        let matching = binary.matching.as_ref();
        let is_plain = matching.is_none_or(|m| m.group.is_none() && m.fill.is_empty());
        if !is_known || !is_plain {
            return Err(Unsupported("an operator or the way it matches".to_owned()));
        }
        let labels = matching.into_iter().flat_map(|matching| &matching.labels);
        Ok(Node::Binary(Box::new(Binary {
            op: binary.op,
            returns_bool: binary.return_bool,
            on: matching.is_some_and(|matching| matching.on),
            labels: labels.map(|label| label.name.to_string()).collect(),
            lhs: self.node(&binary.lhs, step, uses)?,
            rhs: self.node(&binary.rhs, step, uses)?,
        })))
    }

    fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        step: i64,
        uses: &mut Uses,
    ) -> Result<Node, Unsupported> {
        let op = match aggregate.op.name.as_str() {
            "sum" => AggregateOp::Sum,
            "avg" => AggregateOp::Average,
            "min" => AggregateOp::Least,
            "max" => AggregateOp::Greatest,
            "count" => AggregateOp::Count,
            "group" => AggregateOp::Group,
            other => return Err(Unsupported(format!("the aggregation `{other}`"))),
        };
        let grouping = aggregate.grouping.as_ref();
        let labels = grouping.into_iter().flat_map(|grouping| &grouping.labels);
        Ok(Node::Aggregate {
            op,
            grouping: Grouping {
                without: grouping.is_some_and(|grouping| grouping.without),
                labels: labels.map(|label| label.name.to_string()).collect(),
            },
            of: Box::new(self.node(&aggregate.expr, step, uses)?),
        })
    }

    fn call(&mut self, call: &Call, step: i64, uses: &mut Uses) -> Result<Node, Unsupported> {
        let name = call.func.name.as_str();
        if name == "time" {
            return Ok(Node::Time);
        }
        let unknown = || Unsupported(format!("the function `{name}`"));
        let first = call.args.first().ok_or_else(unknown)?;
        if let Some(over) = Over::named(name) {
            let of = self.range(first, uses)?;
            return Ok(Node::OverTime { over, of });
        }
        let bound = || match call.args.get(1).map(|arg| &inspect::bare(arg).kind) {
            Some(ExprKind::Number(number)) => Ok(number.value),
            _ => Err(unknown()),
        };
        let function = match name {
            "vector" => Function::Vector,
            "scalar" => Function::Scalar,
            "clamp_min" => Function::AtLeast(bound()?),
            "clamp_max" => Function::AtMost(bound()?),
            "label_replace" => label_replace(call).ok_or_else(unknown)?,
            "absent" => Function::Absent(Arc::new(labels_of_absent(first))),
            _ => Function::Date(DatePart::named(name).ok_or_else(unknown)?),
        };
        Ok(Node::Function {
            function,
            of: Box::new(self.node(first, step, uses)?),
        })
    }

    fn range(&mut self, expr: &Expr, uses: &mut Uses) -> Result<Range, Unsupported> {
        let expr = inspect::bare(expr);
        match &expr.kind {
            ExprKind::Range(range) => {
                let read = self.read(&range.selector, uses)?;
                if read.is_at_end {
                    return Err(unsupported(expr));
                }
                let range = length(&range.range).ok_or_else(|| unsupported(expr))?;
                Ok(Range::Recorded { read, range })
            }
            ExprKind::Subquery(subquery) if subquery.modifiers == Modifiers::default() => {
                let lengths = length(&subquery.range)
                    .zip(subquery.step.as_ref().and_then(length))
                    .filter(|(_, step)| *step > 0);
                let (range, step) = lengths.ok_or_else(|| unsupported(expr))?;
                Ok(Range::Subquery {
                    of: Box::new(self.node(&subquery.expr, step, uses)?),
                    range,
                    step,
                })
            }
            _ => Err(unsupported(expr)),
        }
    }
}

fn label_replace(call: &Call) -> Option<Function> {
    let text = |index: usize| match &call.args.get(index)?.kind {
        ExprKind::String(text) => Some(text.value.to_string()),
        _ => None,
    };
    Some(Function::LabelReplace {
        target: text(1)?,
        replacement: text(2)?,
        source: text(3)?,
        pattern: Regex::new(&format!("^(?s:{})$", text(4)?)).ok()?,
    })
}

/// The labels of what `absent` gives for a selector: those that it asks to be equal, once.
fn labels_of_absent(of: &Expr) -> Labels {
    let mut labels = Labels::new();
    let ExprKind::Selector(selector) = &inspect::bare(of).kind else {
        return labels;
    };
    let mut seen = HashSet::new();
    for matcher in &selector.matchers {
        let name = matcher.label.name.as_str();
        if name == "__name__" {
            continue;
        }
        if matcher.op == MatchOp::Equal && seen.insert(name) {
            labels.insert(name.to_owned(), matcher.value.value.to_string());
        } else {
            labels.remove(name);
        }
    }
    labels.retain(|_, value| !value.is_empty());
    labels
}

/// Labels that tell whose series it is.
fn is_id(label: &str) -> bool {
    use crate::rules::sloth;
    ["service", "slo", sloth::SERVICE, sloth::NAME, sloth::ID].contains(&label)
}

fn reads_ends(expr: &Expr) -> bool {
    let mut found = false;
    inspect::walk(expr, &mut |node, _| {
        let modifiers = match &node.kind {
            ExprKind::Subquery(subquery) => Some(&subquery.modifiers),
            _ => selector_use(node).map(|used| &used.selector.modifiers),
        };
        let at = modifiers.and_then(|modifiers| modifiers.at.as_ref());
        found |= matches!(at, Some(AtModifier::Start | AtModifier::End));
    });
    found
}

pub(crate) const fn is_set(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
}

const fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod
    )
}

fn unsupported(expr: &Expr) -> Unsupported {
    Unsupported(format!("`{}`", promql::print(expr)))
}

/// Generated rules have literal windows only.
fn length(window: &Window) -> Option<i64> {
    match &window.kind {
        WindowKind::Literal(length, _) => Some(millis(*length)),
        WindowKind::Placeholder(_) | WindowKind::Expr(_) => None,
    }
}

/// Durations have less than 2^63 nanoseconds.
pub(crate) fn millis(duration: crate::duration::Duration) -> i64 {
    i64::try_from(duration.millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
