//! Trees back to text: in one line, or laid out to be read.
//!
//! Keeps the author's order and spelling, and adds parentheses where a tree
//! that was built needs them, so that any tree reads back as itself.

use super::ast::{
    Aggregate, AtModifier, BinaryExpr, BinaryOp, Call, Expr, ExprKind, Extended, FillSide,
    Grouping, Ident, MatchOp, Matcher, Modifiers, Offset, Subquery, UnaryOp, VectorMatching,
    VectorSelector, Window, WindowKind,
};
use super::build::quote;

/// In one line.
pub fn print(expr: &Expr) -> String {
    Printer { width: usize::MAX }.expr(expr, 0)
}

/// Broken where a line would be longer than `width` characters: operators stand
/// on lines of their own, arguments are indented by two blanks.
pub fn print_pretty(expr: &Expr, width: usize) -> String {
    Printer { width }.expr(expr, 0)
}

struct Printer {
    width: usize,
}

impl Printer {
    fn expr(&self, expr: &Expr, indent: usize) -> String {
        let flat = flat(expr);
        if indent + flat.chars().count() <= self.width {
            return flat;
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.enclosed("(", inner, indent),
            ExprKind::Unary(op, inner) => format!(
                "{}{}",
                unary(*op),
                self.operand(inner, UNARY, false, indent)
            ),
            ExprKind::Binary(binary) => self.binary(binary, indent),
            ExprKind::Call(call) => self.call(call, indent),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, indent),
            ExprKind::Subquery(subquery) => format!(
                "{}{}",
                self.operand(&subquery.expr, POSTFIX, false, indent),
                subquery_suffix(subquery)
            ),
            _ => flat,
        }
    }

    fn binary(&self, binary: &BinaryExpr, indent: usize) -> String {
        let power = precedence(binary.op);
        let blanks = " ".repeat(indent);
        format!(
            "{}\n{blanks}{}\n{blanks}{}",
            self.operand(&binary.lhs, power, binary.op == BinaryOp::Pow, indent),
            operator(binary),
            self.operand(&binary.rhs, power, binary.op != BinaryOp::Pow, indent),
        )
    }

    fn operand(&self, expr: &Expr, power: u8, strict: bool, indent: usize) -> String {
        if needs_parens(expr, power, strict) {
            let flat = format!("({})", flat(expr));
            if indent + flat.chars().count() <= self.width {
                return flat;
            }
            return self.enclosed("(", expr, indent);
        }
        self.expr(expr, indent)
    }

    fn enclosed(&self, open: &str, inner: &Expr, indent: usize) -> String {
        let blanks = " ".repeat(indent);
        format!(
            "{open}\n{blanks}  {}\n{blanks})",
            self.expr(inner, indent + 2)
        )
    }

    fn arguments(&self, args: &[&Expr], indent: usize) -> String {
        let blanks = " ".repeat(indent);
        let lines: Vec<_> = args
            .iter()
            .map(|arg| format!("\n{blanks}  {}", self.expr(arg, indent + 2)))
            .collect();
        format!("({}\n{blanks})", lines.join(","))
    }

    fn call(&self, call: &Call, indent: usize) -> String {
        let args: Vec<_> = call.args.iter().collect();
        format!("{}{}", call.func.name, self.arguments(&args, indent))
    }

    fn aggregate(&self, aggregate: &Aggregate, indent: usize) -> String {
        let args: Vec<_> = aggregate.param.iter().chain([&aggregate.expr]).collect();
        around(aggregate, &self.arguments(&args, indent))
    }
}

/// Binding powers, from loose to tight.
const UNARY: u8 = 6;
const POSTFIX: u8 = 9;

pub(super) const fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Gt
        | BinaryOp::Lt
        | BinaryOp::Ge
        | BinaryOp::Le
        | BinaryOp::TrimUpper
        | BinaryOp::TrimLower => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
        BinaryOp::Pow => 7,
    }
}

/// Whether an operand must be enclosed to stay one under an operator that binds with `power`.
fn needs_parens(expr: &Expr, power: u8, strict: bool) -> bool {
    let own = match &expr.kind {
        ExprKind::Binary(binary) => precedence(binary.op),
        ExprKind::Unary(..) => UNARY,
        _ => return false,
    };
    own < power || (strict && own == power)
}

fn flat(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(number) => number.text.clone(),
        ExprKind::String(string) => string.text.clone(),
        ExprKind::Paren(inner) => format!("({})", flat(inner)),
        ExprKind::Unary(op, inner) => {
            format!("{}{}", unary(*op), flat_operand(inner, UNARY, false))
        }
        ExprKind::Binary(binary) => {
            let power = precedence(binary.op);
            format!(
                "{} {} {}",
                flat_operand(&binary.lhs, power, binary.op == BinaryOp::Pow),
                operator(binary),
                flat_operand(&binary.rhs, power, binary.op != BinaryOp::Pow),
            )
        }
        ExprKind::Selector(selector) => {
            format!("{}{}", head(selector), modifiers(&selector.modifiers))
        }
        ExprKind::Range(range) => format!(
            "{}[{}]{}",
            head(&range.selector),
            window(&range.range),
            modifiers(&range.selector.modifiers)
        ),
        ExprKind::Subquery(subquery) => {
            format!(
                "{}{}",
                flat_operand(&subquery.expr, POSTFIX, false),
                subquery_suffix(subquery)
            )
        }
        ExprKind::Call(call) => {
            let args: Vec<_> = call.args.iter().map(flat).collect();
            format!("{}({})", call.func.name, args.join(", "))
        }
        ExprKind::Aggregate(aggregate) => {
            let args: Vec<_> = aggregate
                .param
                .iter()
                .chain([&aggregate.expr])
                .map(flat)
                .collect();
            around(aggregate, &format!("({})", args.join(", ")))
        }
    }
}

fn flat_operand(expr: &Expr, power: u8, strict: bool) -> String {
    if needs_parens(expr, power, strict) {
        format!("({})", flat(expr))
    } else {
        flat(expr)
    }
}

const fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Minus => "-",
    }
}

/// The operator with everything that belongs to it.
fn operator(binary: &BinaryExpr) -> String {
    let mut text = symbol(binary.op).to_owned();
    if binary.return_bool {
        text.push_str(" bool");
    }
    if let Some(matching) = &binary.matching {
        text.push_str(&vector_matching(matching));
    }
    text
}

/// An operator as it is written.
pub const fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "^",
        BinaryOp::Atan2 => "atan2",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Gt => ">",
        BinaryOp::Lt => "<",
        BinaryOp::Ge => ">=",
        BinaryOp::Le => "<=",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Unless => "unless",
        BinaryOp::TrimUpper => "</",
        BinaryOp::TrimLower => ">/",
    }
}

fn vector_matching(matching: &VectorMatching) -> String {
    let mut text = String::new();
    // `ignoring ()` says nothing, but `group_left` needs one of both before it.
    if matching.on || !matching.labels.is_empty() || matching.group.is_some() {
        let word = if matching.on { "on" } else { "ignoring" };
        text.extend([" ", word, " (", &labels(&matching.labels), ")"]);
    }
    if let Some(group) = &matching.group {
        let word = if group.left {
            "group_left"
        } else {
            "group_right"
        };
        text.extend([" ", word, " (", &labels(&group.include), ")"]);
    }
    for (side, value) in &matching.fill {
        let word = match side {
            FillSide::Both => "fill",
            FillSide::Left => "fill_left",
            FillSide::Right => "fill_right",
        };
        text.extend([" ", word, " (", &flat(value), ")"]);
    }
    text
}

fn around(aggregate: &Aggregate, arguments: &str) -> String {
    let op = &aggregate.op.name;
    match &aggregate.grouping {
        None => format!("{op}{arguments}"),
        Some(by) if by.after => format!("{op}{arguments} {}", grouping(by)),
        Some(by) => format!("{op} {} {arguments}", grouping(by)),
    }
}

fn grouping(grouping: &Grouping) -> String {
    let word = if grouping.without { "without" } else { "by" };
    format!("{word} ({})", labels(&grouping.labels))
}

fn labels(labels: &[Ident]) -> String {
    let names: Vec<_> = labels
        .iter()
        .map(|label| name(&label.name, false))
        .collect();
    names.join(", ")
}

/// A name as it is, or quoted where it is not an identifier.
fn name(name: &str, colons: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    if !name.is_empty()
        && name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        name.to_owned()
    } else {
        quote(name)
    }
}

/// A selector without its modifiers.
fn head(selector: &VectorSelector) -> String {
    let mut parts: Vec<_> = selector.matchers.iter().map(matcher).collect();
    let mut text = String::new();
    if let Some(metric) = &selector.name {
        let metric = name(&metric.name, true);
        if metric.starts_with('"') {
            parts.insert(0, metric);
        } else {
            text = metric;
        }
    }
    if !parts.is_empty() || text.is_empty() {
        text.extend(["{", &parts.join(", "), "}"]);
    }
    text
}

fn matcher(matcher: &Matcher) -> String {
    format!(
        "{}{}{}",
        name(&matcher.label.name, false),
        match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        },
        matcher.value.text
    )
}

fn subquery_suffix(subquery: &Subquery) -> String {
    let step = subquery.step.as_ref().map(window).unwrap_or_default();
    format!(
        "[{}:{step}]{}",
        window(&subquery.range),
        modifiers(&subquery.modifiers)
    )
}

fn modifiers(modifiers: &Modifiers) -> String {
    let extended = match modifiers.extended {
        None => "",
        Some(Extended::Anchored) => " anchored",
        Some(Extended::Smoothed) => " smoothed",
    };
    let offset = modifiers.offset.as_ref().map(offset).unwrap_or_default();
    let at = modifiers.at.as_ref().map(at).unwrap_or_default();
    if modifiers.at_first {
        format!("{extended}{at}{offset}")
    } else {
        format!("{extended}{offset}{at}")
    }
}

fn offset(offset: &Offset) -> String {
    let sign = if offset.negative { "-" } else { "" };
    format!(" offset {sign}{}", window(&offset.window))
}

fn at(at: &AtModifier) -> String {
    match at {
        AtModifier::Timestamp(number) => format!(" @ {}", number.text),
        AtModifier::Start => " @ start()".to_owned(),
        AtModifier::End => " @ end()".to_owned(),
    }
}

fn window(window: &Window) -> String {
    match &window.kind {
        WindowKind::Literal(_, text) | WindowKind::Placeholder(text) => text.clone(),
        WindowKind::Expr(expr) => flat(expr),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duration::Duration;
    use crate::promql::build::{
        aggregate, binary, call, matcher, number, range, selector, vector_selector,
    };

    #[test]
    fn built_trees_get_the_parentheses_they_need() {
        let a = || selector("a", vec![]);
        let sum = binary(BinaryOp::Add, a(), number("1"));
        for (tree, text) in [
            (binary(BinaryOp::Mul, sum.clone(), a()), "(a + 1) * a"),
            (binary(BinaryOp::Add, sum.clone(), a()), "a + 1 + a"),
            (binary(BinaryOp::Sub, a(), sum.clone()), "a - (a + 1)"),
            (
                binary(BinaryOp::Pow, sum.clone(), sum.clone()),
                "(a + 1) ^ (a + 1)",
            ),
            (binary(BinaryOp::Or, sum.clone(), sum), "a + 1 or a + 1"),
        ] {
            assert_eq!(print(&tree), text);
        }
    }

    #[test]
    fn long_lines_are_broken_at_operators_and_arguments() {
        let read = |code| {
            let matchers = vec![
                matcher("job", MatchOp::Equal, "shop"),
                matcher("code", MatchOp::Regex, code),
            ];
            let selected = vector_selector("http_requests_total", matchers);
            aggregate(
                "sum",
                ["region"],
                call("rate", vec![range(selected, Duration::from_mins(5))]),
            )
        };
        let tree = binary(
            BinaryOp::Div,
            read("5.."),
            binary(BinaryOp::Gt, read(".*"), number("0")),
        );
        insta::assert_snapshot!(print_pretty(&tree, 72), @r#"
        sum by (region) (rate(http_requests_total{job="shop", code=~"5.."}[5m]))
        /
        (
          sum by (region) (
            rate(http_requests_total{job="shop", code=~".*"}[5m])
          )
          >
          0
        )
        "#);
    }

    #[test]
    fn names_that_are_no_identifiers_are_quoted() {
        let tree = selector("http.requests", vec![matcher("a b", MatchOp::Equal, "\"")]);
        assert_eq!(print(&tree), r#"{"http.requests", "a b"="\""}"#);
    }
}
