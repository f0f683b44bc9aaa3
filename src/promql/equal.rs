//! Whether two expressions are the same, however they are written.
//!
//! A server prints the rules it runs in its own way: with other spaces, quotes,
//! numbers and parentheses, `by` on the other side, `1h30m` for `90m`.

use smol_str::{SmolStr, ToSmolStr as _};

use super::ast::{
    Aggregate, AtModifier, BinaryExpr, Expr, ExprKind, FillSide, Grouping, Ident, MatchOp, Matcher,
    Modifiers, NumberLiteral, UnaryOp, VectorMatching, VectorSelector, Window, WindowKind,
};
use super::build::{self, expr, ident, number};
use super::print;
use super::rewrite::transform;
use crate::duration::Duration;
use crate::source::Span;

/// Whether two expressions are the same but for how they are written: spaces,
/// parentheses, numbers, quotes, durations, order of matchers and of labels.
///
/// Operands are not exchanged and nothing is computed: `a + b` is not `b + a`.
pub fn equivalent(a: &Expr, b: &Expr) -> bool {
    // Text, since a tree that holds NaN does not equal itself. It is unambiguous:
    // any tree reads back as itself, and no number is negative.
    print(&normalize(a)) == print(&normalize(b))
}

/// The one way to write an expression that all equivalent ones have in common.
#[must_use]
pub fn normalize(expr: &Expr) -> Expr {
    transform(expr, &mut node)
}

/// Brings a node into form whose operands are in form already.
fn node(node: &mut Expr) {
    node.span = Span::default();
    match &mut node.kind {
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => {
            let inner = std::mem::replace(&mut **inner, number("0"));
            *node = inner;
        }
        ExprKind::Unary(UnaryOp::Minus, inner) => {
            // Two signs before a number take each other away; before series they
            // also take away the name.
            if let Some(positive) = negated(inner) {
                *node = positive;
            }
        }
        ExprKind::Number(literal) => *node = signed(literal.value),
        ExprKind::String(literal) => *literal = build::string(literal.value.clone()),
        ExprKind::Selector(selector) => self::selector(selector),
        ExprKind::Range(range) => {
            range.selector_span = Span::default();
            window(&mut range.range);
            selector(&mut range.selector);
        }
        ExprKind::Subquery(subquery) => {
            window(&mut subquery.range);
            subquery.step.iter_mut().for_each(window);
            modifiers(&mut subquery.modifiers);
        }
        ExprKind::Call(call) => call.func = ident(call.func.name.clone()),
        ExprKind::Aggregate(aggregate) => self::aggregate(aggregate),
        ExprKind::Binary(binary) => self::binary(binary),
    }
}

/// The number that is the negative of another, where it has no sign itself.
fn negated(expr: &Expr) -> Option<Expr> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Minus, inner) if matches!(inner.kind, ExprKind::Number(_)) => {
            Some((**inner).clone())
        }
        ExprKind::Number(number) if number.value.is_nan() => Some(expr.clone()),
        _ => None,
    }
}

/// A number, below zero with a sign of its own: `-1 ^ 2` is `-(1 ^ 2)`.
fn signed(value: f64) -> Expr {
    let positive = expr(ExprKind::Number(literal(value.abs())));
    if value.is_sign_negative() && !value.is_nan() {
        expr(ExprKind::Unary(UnaryOp::Minus, Box::new(positive)))
    } else {
        positive
    }
}

fn literal(value: f64) -> NumberLiteral {
    let is_short = value == 0.0 || (1e-7..1e17).contains(&value.abs());
    let text = match value {
        _ if value.is_nan() => SmolStr::new_static("NaN"),
        _ if value.is_infinite() => SmolStr::new_static("Inf"),
        _ if is_short => value.to_smolstr(),
        _ => smol_str::format_smolstr!("{value:e}"),
    };
    NumberLiteral { value, text }
}

fn selector(selector: &mut VectorSelector) {
    let is_name =
        |matcher: &Matcher| matcher.label.name == "__name__" && matcher.op == MatchOp::Equal;
    if selector.name.is_none()
        && let Some(at) = selector.matchers.iter().position(is_name)
    {
        selector.name = Some(ident(selector.matchers.remove(at).value.value));
    }
    if let Some(name) = &mut selector.name {
        name.span = Span::default();
    }
    for matcher in &mut selector.matchers {
        let (label, value) = (matcher.label.name.clone(), matcher.value.value.clone());
        *matcher = build::matcher(label, matcher.op, value);
    }
    let key = |matcher: &Matcher| {
        let (label, value) = (matcher.label.name.clone(), matcher.value.value.clone());
        (label, matcher.op as u8, value)
    };
    selector.matchers.sort_by_key(key);
    selector.matchers.dedup();
    modifiers(&mut selector.modifiers);
}

fn modifiers(modifiers: &mut Modifiers) {
    modifiers.at_first = false;
    if let Some(offset) = &mut modifiers.offset {
        window(&mut offset.window);
        if matches!(&offset.window.kind, WindowKind::Literal(length, _) if *length == Duration::ZERO)
        {
            modifiers.offset = None;
        }
    }
    if let Some(AtModifier::Timestamp(timestamp)) = &mut modifiers.at {
        // Servers keep whole milliseconds.
        *timestamp = literal((timestamp.value * 1_000.0).round() / 1_000.0);
    }
}

fn window(window: &mut Window) {
    window.span = Span::default();
    match &mut window.kind {
        WindowKind::Literal(length, text) => *text = length.to_smolstr(),
        WindowKind::Placeholder(_) => {}
        WindowKind::Expr(inner) => **inner = normalize(inner),
    }
}

fn aggregate(aggregate: &mut Aggregate) {
    aggregate.op = ident(aggregate.op.name.to_ascii_lowercase());
    // `by ()` is no grouping at all, unlike `without ()`.
    aggregate.grouping = aggregate
        .grouping
        .take()
        .filter(|grouping| grouping.without || !grouping.labels.is_empty())
        .map(|grouping| Grouping {
            without: grouping.without,
            labels: labels(&grouping.labels),
            after: false,
        });
}

fn binary(binary: &mut BinaryExpr) {
    binary.op_span = Span::default();
    let Some(matching) = &mut binary.matching else {
        return;
    };
    matching.labels = labels(&matching.labels);
    if let Some(group) = &mut matching.group {
        group.include = labels(&group.include);
    }
    fill(matching);
    // Prometheus prints nothing for `ignoring ()`, not even its `group_left`.
    if !matching.on && matching.labels.is_empty() && matching.fill.is_empty() {
        binary.matching = None;
    }
}

/// `fill` as `fill_left` and `fill_right`, in this order.
fn fill(matching: &mut VectorMatching) {
    let value = |wanted: FillSide| {
        let mut sides = matching.fill.iter();
        let found = sides.rfind(|(side, _)| *side == wanted || *side == FillSide::Both);
        found.map(|(_, value)| (wanted, normalize(value)))
    };
    matching.fill = [value(FillSide::Left), value(FillSide::Right)]
        .into_iter()
        .flatten()
        .collect();
}

/// Labels in a set.
fn labels(labels: &[Ident]) -> Vec<Ident> {
    let mut labels: Vec<_> = labels
        .iter()
        .map(|label| ident(label.name.clone()))
        .collect();
    labels.sort_by(|a, b| a.name.cmp(&b.name));
    labels.dedup();
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse;

    fn same(a: &str, b: &str) -> bool {
        equivalent(&parse(a).unwrap(), &parse(b).unwrap())
    }

    #[test]
    fn spelling_makes_no_difference() {
        for (a, b) in [
            ("1e3*a", "1000 * (a)"),
            (".5 * a", "0.5 * a"),
            ("0x10 * a", "16 * a"),
            ("1e+06 * a", "1000000 * a"),
            ("1e30 * a", "1e+30 * a"),
            ("+Inf * a", "inf * a"),
            ("NaN * a", "-nan * a"),
            ("-1 * a", "(-1) * a"),
            ("--1 * a", "1 * a"),
            ("+a", "a"),
            ("((a))", "a"),
            ("a{b='c',d=~`\\d`}", "a{d=~\"\\\\d\", b=\"c\"}"),
            ("{__name__=\"a\",b=\"c\"}", "a{b=\"c\"}"),
            ("{\"a\",b=\"c\",b=\"c\"}", "a{b=\"c\"}"),
            ("rate(a[90m])", "rate(a[1h30m])"),
            ("rate(a[60s])", "rate(a[1m])"),
            ("rate(a[7d] offset 1w)", "rate(a[1w] offset 7d)"),
            ("a @ 10 offset 5m", "a offset 5m @ 10.000"),
            ("a offset 0s", "a"),
            ("sum(a) by(c,b)", "sum by (b, c) (a)"),
            ("SUM by () (a)", "sum(a)"),
            ("topk(5, a)", "TOPK (5,a)"),
            ("a / on(c,b) d", "a / on (b, c) (d)"),
            ("a / ignoring () d", "a / d"),
            ("a * on(b) group_left d", "a * on (b) group_left () d"),
            (
                "a*ON(b) GROUP_LEFT(d,c) e",
                "a * on (b) group_left (c, d) e",
            ),
            ("(a + b) + c", "a + b + c"),
            ("a + (b * c)", "a + b * c"),
            ("(a or b)[1h:5m]", "((a or b))[1h:300s]"),
            ("a AND b", "a and b"),
            ("-(1 ^ 2)", "-1 ^ 2"),
        ] {
            assert!(same(a, b), "{a}   {b}");
            assert!(same(b, a), "{b}   {a}");
        }
    }

    /// Prometheus 2 and 3, and `MetricsQL`, in this order.
    #[test]
    fn servers_print_in_their_own_ways() {
        let written = "sum by(code) (rate(a{job=\"x\",code=~\"5..\"}[90m] offset 1w)) \
                       / on(code) group_left() (b > 1e6) * .5";
        for printed in [
            "sum by (code) (rate(a{code=~\"5..\",job=\"x\"}[1h30m] offset 1w)) \
             / on (code) group_left () (b > 1e+06) * 0.5",
            "sum by (code) (rate(a{code=~\"5..\",job=\"x\"}[1h30m] offset 7d)) \
             / on (code) group_left () (b > 1000000) * 0.5",
            "(sum(rate(a{job=\"x\",code=~\"5..\"}[90m] offset 1w)) by(code) \
             / on(code) group_left() (b > 1000000)) * 0.5",
        ] {
            assert!(same(written, printed), "{printed}");
        }
    }

    #[test]
    fn meaning_makes_one() {
        for (a, b) in [
            ("a + b", "b + a"),
            ("a - (b - c)", "a - b - c"),
            ("(a + b) * c", "a + b * c"),
            ("(-1) ^ 2", "-1 ^ 2"),
            ("a * 0.999", "a * 0.9990001"),
            ("-a", "a"),
            ("--a", "a"),
            ("a > 1", "a > bool 1"),
            ("a{b=\"c\"}", "a{b=~\"c\"}"),
            ("a{b=\"c\"}", "a{b=\"d\"}"),
            ("a{b=\"c\"}", "a"),
            ("{__name__=~\"a\"}", "a"),
            ("rate(a[5m])", "rate(a[6m])"),
            ("rate(a[5m])", "increase(a[5m])"),
            ("a offset 5m", "a offset -5m"),
            ("a offset 5m", "a"),
            ("a @ end()", "a @ start()"),
            ("a @ 10", "a @ 11"),
            ("max_over_time(a[1h:5m])", "max_over_time(a[1h:])"),
            (
                "max_over_time(a[1h:5m] offset 5m)",
                "max_over_time((a offset 5m)[1h:5m])",
            ),
            ("sum by (b) (a)", "sum without (b) (a)"),
            ("sum without () (a)", "sum(a)"),
            ("sum by (b) (a)", "sum by (b, c) (a)"),
            ("sum(a)", "avg(a)"),
            ("topk(5, a)", "topk(6, a)"),
            ("a / on (b) c", "a / ignoring (b) c"),
            ("a / on () c", "a / c"),
            ("a * on (b) group_left () c", "a * on (b) c"),
            ("a * on (b) group_left () c", "a * on (b) group_right () c"),
            ("a and b", "a or b"),
            (
                "label_replace(a, \"b\", \"$1\", \"c\", \"d\")",
                "label_replace(a, \"b\", \"$2\", \"c\", \"d\")",
            ),
        ] {
            assert!(!same(a, b), "{a}   {b}");
        }
    }

    /// A form of which there are two is none.
    #[test]
    fn the_form_is_its_own_form() {
        for text in include_str!("../../tests/data/expressions.txt").lines() {
            let Ok(expr) = parse(text) else { continue };
            let once = normalize(&expr);
            assert_eq!(print(&once), print(&normalize(&once)), "{text}");
            let again = parse(&print(&once)).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert!(equivalent(&again, &expr), "{text}");
        }
    }
}
