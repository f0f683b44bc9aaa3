//! What has to be asked and what can be computed: an expression is cut into parts that
//! read raw metrics only, which the server evaluates, and the rest, which reads what
//! rules record and is evaluated here, as the server would after the rules have run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use regex::Regex;

use super::node::{
    AggregateOp, Binary, DatePart, Function, Grouping, Look, Node, Plan, Planned, Question, Range,
    Read,
};
use super::over_time::Over;
use crate::prometheus::Labels;
use crate::promql::ast::{
    Aggregate, AtModifier, BinaryExpr, BinaryOp, Call, Expr, ExprKind, MatchOp, Matcher, Modifiers,
    UnaryOp, VectorSelector, Window, WindowKind,
};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, selector_use};
use crate::promql::{self, is_comparison, value_type};
use crate::rules::{Rule, RuleFile};

/// What cannot be evaluated here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) String);

/// A recording rule as it was compiled.
struct Source<'a> {
    record: &'a str,
    expr: &'a Expr,
    labels: &'a Arc<Labels>,
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
struct Set<'a, 'p> {
    planner: &'p mut Planner,
    sources: &'a [Source<'a>],
    by_name: HashMap<&'a str, Vec<usize>>,
    /// Where rules that were planned are in the plan.
    places: Vec<Option<usize>>,
}

/// What one expression reads, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Uses {
    reads: Vec<usize>,
    asks: Vec<usize>,
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
    fn rule(&mut self, index: usize) -> Result<usize, Unsupported> {
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
            text: promql::print(expr),
            interval,
            uses: uses.sorted(),
        };
        Ok((node, key))
    }

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
    fn node(&mut self, expr: &Expr, step: i64, uses: &mut Uses) -> Result<Node, Unsupported> {
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
        let planner = &mut *self.planner;
        let next = planner.plan.questions.len();
        let index = *planner.questions.entry(question.clone()).or_insert(next);
        if index == next {
            planner.plan.questions.push(question);
        }
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
    let ExprKind::Selector(selector) = &of.kind else {
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
