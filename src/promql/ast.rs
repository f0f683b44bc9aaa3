//! The syntax tree. Every node knows its place in the text it was parsed from;
//! nodes that a rewrite made have the empty span 0..0.

use smol_str::SmolStr;

use crate::duration::Duration;
use crate::source::Span;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `0.5`, `1e3`, `0x1f`, `Inf`, or a duration as a number (`5m`).
    Number(NumberLiteral),
    /// `"text"`, `'text'` or `` `text` ``.
    String(StringLiteral),
    /// `(a)`: kept as written.
    Paren(Box<Expr>),
    /// `-a`, `+a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(Box<BinaryExpr>),
    /// `up{job="a"} offset 5m @ end()`.
    Selector(VectorSelector),
    /// `up{job="a"}[5m] offset 5m`: modifiers are those of the selector.
    Range(Box<RangeSelector>),
    /// `a[1h:5m]`.
    Subquery(Box<Subquery>),
    /// `rate(a[5m])`.
    Call(Call),
    /// `sum by (a) (b)`.
    Aggregate(Box<Aggregate>),
}

/// A number and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberLiteral {
    /// Its value.
    pub value: f64,
    /// As written; printed again.
    pub text: SmolStr,
}

/// A string and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct StringLiteral {
    /// Decoded.
    pub value: SmolStr,
    /// As written, with quotes; printed again.
    pub text: SmolStr,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `<`
    Lt,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
    /// `</`: histogram trim.
    TrimUpper,
    /// `>/`: histogram trim.
    TrimLower,
}

/// `lhs op rhs`.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryExpr {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// `bool` after a comparison.
    pub return_bool: bool,
    /// `on (…)`, `ignoring (…)`, `group_left (…)`, `fill (…)`.
    pub matching: Option<VectorMatching>,
}

/// How the two sides of a binary expression find each other.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorMatching {
    /// `on` (true) or `ignoring` (false).
    pub on: bool,
    /// Labels of `on` or `ignoring`.
    pub labels: Vec<Ident>,
    /// `group_left` or `group_right`.
    pub group: Option<GroupModifier>,
    /// `fill`, `fill_left`, `fill_right` with their numbers, in written order.
    pub fill: Vec<(FillSide, Expr)>,
}

/// Which side a `fill` modifier fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillSide {
    /// `fill`
    Both,
    /// `fill_left`
    Left,
    /// `fill_right`
    Right,
}

/// `group_left (…)` or `group_right (…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupModifier {
    /// `group_left` (true) or `group_right` (false).
    pub left: bool,
    /// Labels taken from the "one" side.
    pub include: Vec<Ident>,
}

/// A metric or label name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// Decoded; may be any UTF-8 text.
    pub name: SmolStr,
    /// Where it stands.
    pub span: Span,
}

/// `name{matchers} offset … @ …`.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorSelector {
    /// The metric name, if written as such (also quoted within braces).
    pub name: Option<Ident>,
    /// Matchers in written order, without the one that stands for `name`.
    pub matchers: Vec<Matcher>,
    /// `offset`, `@`, `anchored`, `smoothed`.
    pub modifiers: Modifiers,
}

/// `label op "value"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    /// The label.
    pub label: Ident,
    /// How it is compared.
    pub op: MatchOp,
    /// With what.
    pub value: StringLiteral,
    /// From the label to the value.
    pub span: Span,
}

impl Matcher {
    /// Place of the value, with its quotes.
    pub fn value_span(&self) -> Span {
        Span::new(
            self.span.end.saturating_sub(self.value.text.len()),
            self.span.end,
        )
    }
}

/// Operators of label matchers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// What follows a selector or a subquery.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Modifiers {
    /// `offset 5m`, `offset -5m`.
    pub offset: Option<Offset>,
    /// `@ 123`, `@ start()`, `@ end()`.
    pub at: Option<AtModifier>,
    /// `anchored` or `smoothed` (behind a feature flag).
    pub extended: Option<Extended>,
    /// `@` was written before `offset`.
    pub at_first: bool,
}

/// `offset [-]window`.
#[derive(Debug, Clone, PartialEq)]
pub struct Offset {
    /// Written with a minus sign.
    pub negative: bool,
    /// How far.
    pub window: Window,
}

/// The instant that an `@` names.
#[derive(Debug, Clone, PartialEq)]
pub enum AtModifier {
    /// Unix time in seconds, with its text.
    Timestamp(NumberLiteral),
    /// `start()`
    Start,
    /// `end()`
    End,
}

/// How the edges of a range are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// `anchored`
    Anchored,
    /// `smoothed`
    Smoothed,
}

/// A length of time in a range, offset or step.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// What was written.
    pub kind: WindowKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of lengths of time.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowKind {
    /// `5m`, with its text, which is printed again.
    Literal(Duration, SmolStr),
    /// `$window` or `{{.window}}`: filled in by the rule compiler.
    Placeholder(SmolStr),
    /// A duration expression such as `5m * 2` or `step()` (behind a feature flag).
    Expr(Box<Expr>),
}

/// `selector[range]`.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSelector {
    /// What is selected; its modifiers are printed after the range.
    pub selector: VectorSelector,
    /// Place of the selector without range and modifiers.
    pub selector_span: Span,
    /// How far back.
    pub range: Window,
}

/// `expr[range:step]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    /// What is evaluated.
    pub expr: Expr,
    /// How far back.
    pub range: Window,
    /// How often; the global evaluation interval when absent.
    pub step: Option<Window>,
    /// `offset`, `@`.
    pub modifiers: Modifiers,
}

/// `func(args)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Name of the function.
    pub func: Ident,
    /// Arguments.
    pub args: Vec<Expr>,
}

/// `op by (labels) (param, expr)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// `sum`, `count`, `topk`, …
    pub op: Ident,
    /// `by (…)` or `without (…)`.
    pub grouping: Option<Grouping>,
    /// First argument of `topk`, `quantile`, `count_values`, …
    pub param: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
}

/// `by (…)` or `without (…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// `without` (true) or `by` (false).
    pub without: bool,
    /// The labels in written order.
    pub labels: Vec<Ident>,
    /// Written after the argument, `sum(a) by (b)`.
    pub after: bool,
}
