//! Expressions that differ from another in one place, and mean something else.

use slosmith::duration::Duration;
use slosmith::promql::ast::{
    BinaryExpr, BinaryOp, Expr, ExprKind, Grouping, Ident, MatchOp, NumberLiteral, Offset,
    VectorMatching, VectorSelector, Window, WindowKind,
};
use slosmith::promql::build::{ident, string};
use slosmith::promql::rewrite::transform;
use slosmith::source::Span;

/// A change to one node; false where there is nothing of the kind.
type Change = fn(&mut Expr) -> bool;

const CHANGES: [Change; 14] = [
    number,
    text,
    operator,
    bool_modifier,
    matched_labels,
    matching,
    metric,
    matcher_value,
    matcher_op,
    no_matcher,
    offset,
    window,
    function,
    grouping,
];

/// All of them.
pub(crate) fn of(expr: &Expr) -> Vec<Expr> {
    let mut nodes = 0;
    transform(expr, &mut |_| nodes += 1);
    let mut mutants = Vec::new();
    for node in 0..nodes {
        for change in CHANGES {
            let (mut at, mut changed) = (0, false);
            let mutant = transform(expr, &mut |expr| {
                if at == node {
                    changed = change(expr);
                }
                at += 1;
            });
            if changed {
                mutants.push(mutant);
            }
        }
    }
    mutants
}

fn number(expr: &mut Expr) -> bool {
    let ExprKind::Number(number) = &mut expr.kind else {
        return false;
    };
    // The next number there is, unless it is the same for want of digits.
    let value = number.value.next_up();
    *number = NumberLiteral {
        value,
        text: format!("{value:?}").into(),
    };
    true
}

fn text(expr: &mut Expr) -> bool {
    let ExprKind::String(text) = &mut expr.kind else {
        return false;
    };
    *text = string(format!("{}x", text.value));
    true
}

fn binary(expr: &mut Expr) -> Option<&mut BinaryExpr> {
    match &mut expr.kind {
        ExprKind::Binary(binary) => Some(binary),
        _ => None,
    }
}

fn operator(expr: &mut Expr) -> bool {
    let Some(binary) = binary(expr) else {
        return false;
    };
    binary.op = match binary.op {
        BinaryOp::Add => BinaryOp::Sub,
        BinaryOp::Mul => BinaryOp::Div,
        BinaryOp::Gt => BinaryOp::Ge,
        BinaryOp::Lt => BinaryOp::Le,
        BinaryOp::And => BinaryOp::Or,
        BinaryOp::Or => BinaryOp::Unless,
        BinaryOp::Unless => BinaryOp::And,
        BinaryOp::Eq => BinaryOp::Ne,
        BinaryOp::Ge | BinaryOp::Le | BinaryOp::Ne => BinaryOp::Eq,
        _ => BinaryOp::Add,
    };
    true
}

fn bool_modifier(expr: &mut Expr) -> bool {
    let Some(binary) = binary(expr) else {
        return false;
    };
    binary.return_bool = !binary.return_bool;
    true
}

fn matched_labels(expr: &mut Expr) -> bool {
    let matching = binary(expr).and_then(|binary| binary.matching.as_mut());
    let Some(matching) = matching else {
        return false;
    };
    matching.labels.push(ident("extra"));
    true
}

fn matching(expr: &mut Expr) -> bool {
    let Some(binary) = binary(expr) else {
        return false;
    };
    match &mut binary.matching {
        Some(matching) => matching.on = !matching.on,
        none => {
            *none = Some(VectorMatching {
                on: true,
                labels: Vec::new(),
                group: None,
                fill: Vec::new(),
            });
        }
    }
    true
}

fn selector(expr: &mut Expr) -> Option<&mut VectorSelector> {
    match &mut expr.kind {
        ExprKind::Selector(selector) => Some(selector),
        ExprKind::Range(range) => Some(&mut range.selector),
        _ => None,
    }
}

fn metric(expr: &mut Expr) -> bool {
    let name = selector(expr).and_then(|selector| selector.name.as_mut());
    name.map(|name| name.name = format!("{}x", name.name).into())
        .is_some()
}

fn matcher_value(expr: &mut Expr) -> bool {
    let matcher = selector(expr).and_then(|selector| selector.matchers.last_mut());
    matcher
        .map(|matcher| matcher.value = string(format!("{}x", matcher.value.value)))
        .is_some()
}

fn matcher_op(expr: &mut Expr) -> bool {
    let matcher = selector(expr).and_then(|selector| selector.matchers.first_mut());
    let Some(matcher) = matcher else {
        return false;
    };
    matcher.op = match matcher.op {
        MatchOp::Equal => MatchOp::NotEqual,
        MatchOp::NotEqual => MatchOp::Regex,
        MatchOp::Regex => MatchOp::NotRegex,
        MatchOp::NotRegex => MatchOp::Equal,
    };
    true
}

fn no_matcher(expr: &mut Expr) -> bool {
    selector(expr)
        .and_then(|selector| selector.matchers.pop())
        .is_some()
}

fn offset(expr: &mut Expr) -> bool {
    let Some(selector) = selector(expr) else {
        return false;
    };
    match &mut selector.modifiers.offset {
        Some(offset) => offset.negative = !offset.negative,
        none => {
            *none = Some(Offset {
                negative: false,
                window: Window {
                    kind: WindowKind::Literal(Duration::from_mins(1), "1m".into()),
                    span: Span::default(),
                },
            });
        }
    }
    true
}

fn window(expr: &mut Expr) -> bool {
    let window = match &mut expr.kind {
        ExprKind::Range(range) => &mut range.range,
        ExprKind::Subquery(subquery) => &mut subquery.range,
        _ => return false,
    };
    let WindowKind::Literal(length, text) = &mut window.kind else {
        return false;
    };
    *length = Duration::from_millis(length.millis() + 1_000);
    *text = length.to_string().into();
    true
}

fn function(expr: &mut Expr) -> bool {
    let change = |name: &mut Ident, other: [&str; 2]| {
        *name = ident(other[usize::from(name.name == other[0])].to_owned());
        true
    };
    match &mut expr.kind {
        ExprKind::Call(call) => change(&mut call.func, ["rate", "increase"]),
        ExprKind::Aggregate(aggregate) => change(&mut aggregate.op, ["sum", "avg"]),
        _ => false,
    }
}

fn grouping(expr: &mut Expr) -> bool {
    let ExprKind::Aggregate(aggregate) = &mut expr.kind else {
        return false;
    };
    match &mut aggregate.grouping {
        Some(grouping) => grouping.without = !grouping.without,
        none => {
            *none = Some(Grouping {
                without: false,
                labels: vec![ident("extra")],
                after: false,
            });
        }
    }
    true
}
