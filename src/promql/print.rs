//! Trees back to text: in one line, or laid out to be read.
//!
//! Keeps the author's order and spelling, and adds parentheses where a tree
//! that was built needs them, so that any tree reads back as itself.

mod line;

use super::ast::{Aggregate, BinaryExpr, BinaryOp, Call, Expr, ExprKind, UnaryOp};
use line::{Fits, Line};

/// In one line.
pub fn print(expr: &Expr) -> String {
    print_pretty(expr, usize::MAX)
}

/// Broken where a line would be longer than `width` characters: operators stand
/// on lines of their own, arguments are indented by two blanks.
pub fn print_pretty(expr: &Expr, width: usize) -> String {
    let mut text = String::new();
    print_pretty_to(&mut text, expr, width);
    text
}

/// Like [`print_pretty`], at the end of a text.
pub fn print_pretty_to(text: &mut String, expr: &Expr, width: usize) {
    Printer { text, width }.expr(expr, 0);
}

/// Adds blanks many at a time.
pub(crate) fn push_blanks(text: &mut String, mut count: usize) {
    const BLANKS: &str = "                                ";
    while count > 0 {
        let some = count.min(BLANKS.len());
        text.push_str(&BLANKS[..some]);
        count -= some;
    }
}

struct Printer<'t> {
    text: &'t mut String,
    width: usize,
}

impl Printer<'_> {
    fn expr(&mut self, expr: &Expr, indent: usize) {
        if self.fits(indent, |line| line.expr(expr)) {
            return;
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.enclosed(inner, indent),
            ExprKind::Unary(op, inner) => {
                self.text.push_str(unary(*op));
                self.operand(inner, UNARY, false, indent);
            }
            ExprKind::Binary(binary) => self.binary(binary, indent),
            ExprKind::Call(call) => self.call(call, indent),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, indent),
            ExprKind::Subquery(subquery) => {
                self.operand(&subquery.expr, POSTFIX, false, indent);
                self.unbroken(|line| line.subquery_suffix(subquery));
            }
            _ => self.unbroken(|line| line.expr(expr)),
        }
    }

    /// Writes what fits on a line that is indented so far; otherwise nothing.
    fn fits(&mut self, indent: usize, write: impl FnOnce(&mut Line<'_>) -> Fits) -> bool {
        let before = self.text.len();
        let mut line = Line::new(self.text, self.width.saturating_sub(indent));
        let fits = write(&mut line).is_ok();
        if !fits {
            self.text.truncate(before);
        }
        fits
    }

    /// Writes what cannot be broken, however long it is.
    fn unbroken(&mut self, write: impl FnOnce(&mut Line<'_>) -> Fits) {
        // A line without an end is never too long.
        let _ = write(&mut Line::new(self.text, usize::MAX));
    }

    fn new_line(&mut self, indent: usize) {
        self.text.push('\n');
        push_blanks(self.text, indent);
    }

    fn binary(&mut self, binary: &BinaryExpr, indent: usize) {
        let power = precedence(binary.op);
        self.operand(&binary.lhs, power, binary.op == BinaryOp::Pow, indent);
        self.new_line(indent);
        self.unbroken(|line| line.operator(binary));
        self.new_line(indent);
        self.operand(&binary.rhs, power, binary.op != BinaryOp::Pow, indent);
    }

    fn operand(&mut self, expr: &Expr, power: u8, strict: bool, indent: usize) {
        if !needs_parens(expr, power, strict) {
            self.expr(expr, indent);
        } else if !self.fits(indent, |line| line.enclosed(expr)) {
            self.enclosed(expr, indent);
        }
    }

    fn enclosed(&mut self, inner: &Expr, indent: usize) {
        self.arguments([inner], indent);
    }

    fn arguments<'a>(&mut self, args: impl IntoIterator<Item = &'a Expr>, indent: usize) {
        self.text.push('(');
        for (index, arg) in args.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.new_line(indent + 2);
            self.expr(arg, indent + 2);
        }
        self.new_line(indent);
        self.text.push(')');
    }

    fn call(&mut self, call: &Call, indent: usize) {
        self.text.push_str(&call.func.name);
        self.arguments(&call.args, indent);
    }

    fn aggregate(&mut self, aggregate: &Aggregate, indent: usize) {
        self.unbroken(|line| line.aggregate_head(aggregate));
        self.arguments(aggregate.param.iter().chain([&aggregate.expr]), indent);
        self.unbroken(|line| line.aggregate_tail(aggregate));
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

const fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Minus => "-",
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duration::Duration;
    use crate::promql::ast::MatchOp;
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
