//! Which labels the series of an expression can have.

use std::collections::BTreeSet;

use crate::promql::ast::{
    Aggregate, BinaryExpr, BinaryOp, Call, Expr, ExprKind, Ident, MatchOp, VectorMatching,
    VectorSelector,
};
use crate::promql::functions::ValueType;
use crate::promql::types::value_type;

/// The labels that series can have, the metric name aside. An upper bound: a
/// label that is allowed here may still be missing in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// These and no others.
    Only(BTreeSet<String>),
    /// Any but these; without exceptions nothing is known.
    AllBut(BTreeSet<String>),
}

impl Labels {
    /// No labels at all.
    pub const fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Nothing is known.
    pub const fn any() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    /// Whether a series can have this label.
    pub fn allow(&self, label: &str) -> bool {
        match self {
            Self::Only(labels) => labels.contains(label),
            Self::AllBut(labels) => !labels.contains(label),
        }
    }

    /// Whether there can be no label.
    pub fn is_none(&self) -> bool {
        *self == Self::none()
    }

    fn with(mut self, label: &str) -> Self {
        match &mut self {
            Self::Only(labels) => {
                labels.insert(label.to_owned());
            }
            Self::AllBut(labels) => {
                labels.remove(label);
            }
        }
        self
    }

    fn without(mut self, label: &str) -> Self {
        match &mut self {
            Self::Only(labels) => {
                labels.remove(label);
            }
            Self::AllBut(labels) => {
                labels.insert(label.to_owned());
            }
        }
        self
    }

    fn only<'a>(self, keep: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Only(
            keep.into_iter()
                .filter(|label| self.allow(label))
                .map(str::to_owned)
                .collect(),
        )
    }

    /// What either of them allows.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a.union(&b).cloned().collect()),
            (Self::AllBut(a), Self::AllBut(b)) => {
                Self::AllBut(a.intersection(&b).cloned().collect())
            }
            (Self::AllBut(not), Self::Only(also)) | (Self::Only(also), Self::AllBut(not)) => {
                Self::AllBut(not.difference(&also).cloned().collect())
            }
        }
    }
}

/// `no labels`, `only the labels a, b`, `all labels but a`, `any labels`.
impl std::fmt::Display for Labels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |labels: &BTreeSet<String>| {
            let quoted: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            quoted.join(", ")
        };
        match self {
            Self::Only(labels) if labels.is_empty() => f.write_str("no labels"),
            Self::Only(labels) => write!(f, "the labels {}", list(labels)),
            Self::AllBut(labels) if labels.is_empty() => f.write_str("any labels"),
            Self::AllBut(labels) => write!(f, "all labels but {}", list(labels)),
        }
    }
}

/// The two sides of an operator between vectors, by the labels that have to agree.
#[derive(Debug)]
pub struct Sides<'a> {
    /// The operator.
    pub binary: &'a BinaryExpr,
    /// Labels of the left side that have to agree with the right.
    pub left: Labels,
    /// Labels of the right side that have to agree with the left.
    pub right: Labels,
    /// All labels of the left side.
    pub whole_left: Labels,
}

/// The labels that come out of an expression.
pub fn labels(expr: &Expr) -> Labels {
    each_match(expr, &mut |_| {})
}

/// Shows both sides of every operator between vectors to `visit`; gives the
/// labels that come out of the whole.
pub fn each_match<'a>(expr: &'a Expr, visit: &mut dyn FnMut(Sides<'a>)) -> Labels {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => Labels::none(),
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => each_match(inner, visit),
        ExprKind::Selector(selector) => of_selector(selector),
        ExprKind::Range(range) => of_selector(&range.selector),
        ExprKind::Subquery(subquery) => each_match(&subquery.expr, visit),
        ExprKind::Call(call) => of_call(call, visit),
        ExprKind::Aggregate(aggregate) => of_aggregate(aggregate, visit),
        ExprKind::Binary(binary) => of_binary(binary, visit),
    }
}

/// `a=""` means that there is no label `a`.
fn of_selector(selector: &VectorSelector) -> Labels {
    selector
        .matchers
        .iter()
        .filter(|matcher| matcher.op == MatchOp::Equal && matcher.value.value.is_empty())
        .fold(Labels::any(), |labels, matcher| {
            labels.without(&matcher.label.name)
        })
}

fn of_call<'a>(call: &'a Call, visit: &mut dyn FnMut(Sides<'a>)) -> Labels {
    let mut from_args = Labels::none();
    for arg in &call.args {
        let labels = each_match(arg, visit);
        if matches!(value_type(arg), ValueType::Vector | ValueType::Matrix) {
            from_args = from_args.join(labels);
        }
    }
    let text = |index: usize| match call.args.get(index).map(|arg| &arg.kind) {
        Some(ExprKind::String(string)) => string.value.as_str(),
        _ => "",
    };
    match call.func.name.as_str() {
        "absent" | "absent_over_time" => call.args.first().map_or_else(Labels::none, of_absent),
        "scalar" | "time" | "vector" | "pi" => Labels::none(),
        "label_replace" | "label_join" => from_args.with(text(1)),
        "histogram_quantile" => from_args.without("le"),
        "histogram_quantiles" => from_args.without("le").with(text(1)),
        "info" => Labels::any(),
        _ => from_args,
    }
}

/// `absent` makes its labels of the `=` matchers of a bare selector.
fn of_absent(arg: &Expr) -> Labels {
    let Some(used) = super::selector_use(super::bare(arg)) else {
        return Labels::none();
    };
    let equal = used
        .selector
        .matchers
        .iter()
        .filter(|matcher| matcher.op == MatchOp::Equal && !matcher.value.value.is_empty())
        .map(|matcher| matcher.label.name.as_str());
    Labels::any().only(equal)
}

fn of_aggregate<'a>(aggregate: &'a Aggregate, visit: &mut dyn FnMut(Sides<'a>)) -> Labels {
    let inner = each_match(&aggregate.expr, visit);
    let op = aggregate.op.name.to_ascii_lowercase();
    if matches!(op.as_str(), "topk" | "bottomk" | "limitk" | "limit_ratio") {
        return inner;
    }
    let grouped = match &aggregate.grouping {
        None => Labels::none(),
        Some(grouping) if grouping.without => names(&grouping.labels).fold(inner, Labels::without),
        Some(grouping) => inner.only(names(&grouping.labels)),
    };
    match aggregate.param.as_ref().map(|param| &param.kind) {
        Some(ExprKind::String(label)) if op == "count_values" => grouped.with(&label.value),
        _ => grouped,
    }
}

fn of_binary<'a>(binary: &'a BinaryExpr, visit: &mut dyn FnMut(Sides<'a>)) -> Labels {
    let left = each_match(&binary.lhs, visit);
    let right = each_match(&binary.rhs, visit);
    let is_vector = |side| value_type(side) == ValueType::Vector;
    match (is_vector(&binary.lhs), is_vector(&binary.rhs)) {
        (true, true) => {}
        (false, true) => return right,
        (_, false) => return left,
    }
    let matching = binary.matching.as_ref();
    let sides = Sides {
        binary,
        left: matched(left.clone(), matching),
        right: matched(right.clone(), matching),
        whole_left: left.clone(),
    };
    let one_to_one = sides.left.clone();
    visit(sides);
    match binary.op {
        BinaryOp::Or => return left.join(right),
        BinaryOp::And | BinaryOp::Unless => return left,
        _ => {}
    }
    let Some(group) = matching.and_then(|matching| matching.group.as_ref()) else {
        return one_to_one;
    };
    let many = if group.left { left } else { right };
    names(&group.include).fold(many, Labels::with)
}

/// The labels by which a side is matched with the other.
fn matched(labels: Labels, matching: Option<&VectorMatching>) -> Labels {
    match matching {
        None => labels,
        Some(matching) if matching.on => labels.only(names(&matching.labels)),
        Some(matching) => names(&matching.labels).fold(labels, Labels::without),
    }
}

fn names(labels: &[Ident]) -> impl Iterator<Item = &str> {
    labels.iter().map(|label| label.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse;

    #[test]
    fn knows_the_labels_that_come_out() {
        for (text, expected) in [
            ("a", "any labels"),
            ("1", "no labels"),
            (r#"a{b="", c="d"}"#, "all labels but `b`"),
            ("sum(a)", "no labels"),
            ("sum by (b, c) (a)", "the labels `b`, `c`"),
            (r#"sum by (b, c) (a{b=""})"#, "the labels `c`"),
            ("sum without (b) (a)", "all labels but `b`"),
            ("sum without (b) (sum by (b, c) (a))", "the labels `c`"),
            ("rate(a[5m])", "any labels"),
            ("topk(3, sum by (b) (a))", "the labels `b`"),
            (r#"count_values("v", a)"#, "the labels `v`"),
            ("max_over_time(sum by (b) (a)[1h:5m])", "the labels `b`"),
            (
                r#"label_replace(sum(a), "b", "x", "", "")"#,
                "the labels `b`",
            ),
            (
                "histogram_quantile(0.9, sum by (le, b) (a))",
                "the labels `b`",
            ),
            ("vector(1)", "no labels"),
            (r#"absent(a{b="c", d=~"e"})"#, "the labels `b`"),
            ("sum by (b) (a) / sum by (b) (c)", "the labels `b`"),
            ("sum by (b) (a) * 2", "the labels `b`"),
            ("2 * sum by (b) (a)", "the labels `b`"),
            ("a / on (b) c", "the labels `b`"),
            ("a / ignoring (b) c", "all labels but `b`"),
            (
                "sum by (a, b) (x) * on (b) group_left (c) y",
                "the labels `a`, `b`, `c`",
            ),
            ("sum by (b) (a) or vector(0)", "the labels `b`"),
            ("sum by (b) (a) and c", "the labels `b`"),
            ("(sum(a))", "no labels"),
        ] {
            assert_eq!(
                labels(&parse(text).unwrap()).to_string(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn shows_what_has_to_agree() {
        let expr = parse("sum by (a, b) (x) / on (a) sum by (b) (y)").unwrap();
        let mut seen = Vec::new();
        each_match(&expr, &mut |sides| {
            seen.push((sides.left.to_string(), sides.right.to_string()));
        });
        assert_eq!(
            seen,
            [("the labels `a`".to_owned(), "no labels".to_owned())]
        );
    }
}
