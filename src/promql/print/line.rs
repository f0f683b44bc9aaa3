//! What is written in one line.

use super::{POSTFIX, UNARY, needs_parens, precedence, symbol, unary};
use crate::promql::ast::{
    Aggregate, AtModifier, BinaryExpr, BinaryOp, Expr, ExprKind, Extended, FillSide, Grouping,
    Ident, MatchOp, Matcher, Modifiers, Offset, Subquery, VectorMatching, VectorSelector, Window,
    WindowKind,
};
use crate::promql::build::quote;

/// A line at the end of a text, of limited length.
pub(super) struct Line<'t> {
    text: &'t mut String,
    /// Where it begins.
    start: usize,
    /// How many characters have room in it.
    room: usize,
}

/// The line is too long; what was written of it is of no use.
pub(super) struct TooLong;

pub(super) type Fits = Result<(), TooLong>;

impl<'t> Line<'t> {
    /// A line of at most `room` characters.
    pub(super) const fn new(text: &'t mut String, room: usize) -> Self {
        let start = text.len();
        Self { text, start, room }
    }

    fn put(&mut self, text: &str) -> Fits {
        self.text.push_str(text);
        let fits = self.text.len() - self.start <= self.room;
        // No text has more characters than bytes, so that few lines are counted.
        if fits || self.text[self.start..].chars().count() <= self.room {
            Ok(())
        } else {
            Err(TooLong)
        }
    }

    /// Items with a comma between them.
    fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T) -> Fits,
    ) -> Fits {
        for (index, next) in items.into_iter().enumerate() {
            if index > 0 {
                self.put(", ")?;
            }
            item(self, next)?;
        }
        Ok(())
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Fits {
        match &expr.kind {
            ExprKind::Number(number) => self.put(&number.text),
            ExprKind::String(string) => self.put(&string.text),
            ExprKind::Paren(inner) => self.enclosed(inner),
            ExprKind::Unary(op, inner) => {
                self.put(unary(*op))?;
                self.operand(inner, UNARY, false)
            }
            ExprKind::Binary(binary) => {
                let power = precedence(binary.op);
                self.operand(&binary.lhs, power, binary.op == BinaryOp::Pow)?;
                self.put(" ")?;
                self.operator(binary)?;
                self.put(" ")?;
                self.operand(&binary.rhs, power, binary.op != BinaryOp::Pow)
            }
            ExprKind::Selector(selector) => {
                self.selector(selector)?;
                self.modifiers(&selector.modifiers)
            }
            ExprKind::Range(range) => {
                self.selector(&range.selector)?;
                self.put("[")?;
                self.window(&range.range)?;
                self.put("]")?;
                self.modifiers(&range.selector.modifiers)
            }
            ExprKind::Subquery(subquery) => {
                self.operand(&subquery.expr, POSTFIX, false)?;
                self.subquery_suffix(subquery)
            }
            ExprKind::Call(call) => {
                self.put(&call.func.name)?;
                self.arguments(&call.args)
            }
            ExprKind::Aggregate(aggregate) => {
                self.aggregate_head(aggregate)?;
                self.arguments(aggregate.param.iter().chain([&aggregate.expr]))?;
                self.aggregate_tail(aggregate)
            }
        }
    }

    /// `(expr)`
    pub(super) fn enclosed(&mut self, expr: &Expr) -> Fits {
        self.arguments([expr])
    }

    fn arguments<'a>(&mut self, args: impl IntoIterator<Item = &'a Expr>) -> Fits {
        self.put("(")?;
        self.list(args, Self::expr)?;
        self.put(")")
    }

    fn operand(&mut self, expr: &Expr, power: u8, strict: bool) -> Fits {
        if needs_parens(expr, power, strict) {
            self.enclosed(expr)
        } else {
            self.expr(expr)
        }
    }

    /// The operator with everything that belongs to it.
    pub(super) fn operator(&mut self, binary: &BinaryExpr) -> Fits {
        self.put(symbol(binary.op))?;
        if binary.return_bool {
            self.put(" bool")?;
        }
        binary
            .matching
            .as_ref()
            .map_or(Ok(()), |matching| self.vector_matching(matching))
    }

    fn vector_matching(&mut self, matching: &VectorMatching) -> Fits {
        // `ignoring ()` says nothing, but `group_left` needs one of both before it.
        if matching.on || !matching.labels.is_empty() || matching.group.is_some() {
            self.put(if matching.on { " on " } else { " ignoring " })?;
            self.labels(&matching.labels)?;
        }
        if let Some(group) = &matching.group {
            self.put(if group.left {
                " group_left "
            } else {
                " group_right "
            })?;
            self.labels(&group.include)?;
        }
        for (side, value) in &matching.fill {
            self.put(match side {
                FillSide::Both => " fill ",
                FillSide::Left => " fill_left ",
                FillSide::Right => " fill_right ",
            })?;
            self.enclosed(value)?;
        }
        Ok(())
    }

    /// What stands before the arguments.
    pub(super) fn aggregate_head(&mut self, aggregate: &Aggregate) -> Fits {
        self.put(&aggregate.op.name)?;
        match &aggregate.grouping {
            Some(by) if !by.after => {
                self.put(" ")?;
                self.grouping(by)?;
                self.put(" ")
            }
            _ => Ok(()),
        }
    }

    /// What stands behind the arguments.
    pub(super) fn aggregate_tail(&mut self, aggregate: &Aggregate) -> Fits {
        match &aggregate.grouping {
            Some(by) if by.after => {
                self.put(" ")?;
                self.grouping(by)
            }
            _ => Ok(()),
        }
    }

    fn grouping(&mut self, grouping: &Grouping) -> Fits {
        self.put(if grouping.without { "without " } else { "by " })?;
        self.labels(&grouping.labels)
    }

    fn labels(&mut self, labels: &[Ident]) -> Fits {
        self.put("(")?;
        self.list(labels, |line, label| line.name(&label.name))?;
        self.put(")")
    }

    /// A label as it is, or quoted where it is not an identifier.
    fn name(&mut self, name: &str) -> Fits {
        if is_identifier(name, false) {
            self.put(name)
        } else {
            self.put(&quote(name))
        }
    }

    /// A selector without its modifiers.
    fn selector(&mut self, selector: &VectorSelector) -> Fits {
        let metric = selector.name.as_ref().map(|metric| &*metric.name);
        let (before, within) = match metric {
            Some(metric) if is_identifier(metric, true) => (Some(metric), None),
            within => (None, within),
        };
        if let Some(metric) = before {
            self.put(metric)?;
            if selector.matchers.is_empty() {
                return Ok(());
            }
        }
        self.put("{")?;
        if let Some(metric) = within {
            self.put(&quote(metric))?;
            if !selector.matchers.is_empty() {
                self.put(", ")?;
            }
        }
        self.list(&selector.matchers, Self::matcher)?;
        self.put("}")
    }

    fn matcher(&mut self, matcher: &Matcher) -> Fits {
        self.name(&matcher.label.name)?;
        self.put(match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        })?;
        self.put(&matcher.value.text)
    }

    /// `[range:step]` and what follows it.
    pub(super) fn subquery_suffix(&mut self, subquery: &Subquery) -> Fits {
        self.put("[")?;
        self.window(&subquery.range)?;
        self.put(":")?;
        if let Some(step) = &subquery.step {
            self.window(step)?;
        }
        self.put("]")?;
        self.modifiers(&subquery.modifiers)
    }

    fn modifiers(&mut self, modifiers: &Modifiers) -> Fits {
        match modifiers.extended {
            None => {}
            Some(Extended::Anchored) => self.put(" anchored")?,
            Some(Extended::Smoothed) => self.put(" smoothed")?,
        }
        if modifiers.at_first {
            self.at(modifiers.at.as_ref())?;
            self.offset(modifiers.offset.as_ref())
        } else {
            self.offset(modifiers.offset.as_ref())?;
            self.at(modifiers.at.as_ref())
        }
    }

    fn offset(&mut self, offset: Option<&Offset>) -> Fits {
        let Some(offset) = offset else { return Ok(()) };
        self.put(if offset.negative {
            " offset -"
        } else {
            " offset "
        })?;
        self.window(&offset.window)
    }

    fn at(&mut self, at: Option<&AtModifier>) -> Fits {
        match at {
            None => Ok(()),
            Some(AtModifier::Timestamp(number)) => {
                self.put(" @ ")?;
                self.put(&number.text)
            }
            Some(AtModifier::Start) => self.put(" @ start()"),
            Some(AtModifier::End) => self.put(" @ end()"),
        }
    }

    fn window(&mut self, window: &Window) -> Fits {
        match &window.kind {
            WindowKind::Literal(_, text) | WindowKind::Placeholder(text) => self.put(text),
            WindowKind::Expr(expr) => self.expr(expr),
        }
    }
}

fn is_identifier(name: &str, colons: bool) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || (colons && b == b':');
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit())
}
