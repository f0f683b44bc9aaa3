//! A raw error ratio that is in truth bad events over all events.
//!
//! Sloth divides anew over each of its windows, so that a ratio of counters weighs
//! events there. Recorded as one number every five minutes it would weigh time
//! instead: so it is taken apart, where that surely means the same.

use crate::promql::ast::{BinaryExpr, BinaryOp, Expr, ExprKind, RangeSelector};
use crate::promql::equivalent;
use crate::promql::inspect::{Labels, bare, is_placeholder, labels};
use crate::source::Span;

/// Where in the text the two counts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) part: Part,
    pub(super) total: Span,
}

/// What is set against the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Bad(Span),
    Good(Span),
}

/// The counts that a ratio is made of: `bad / total`, `1 - good / total`,
/// `(total - good) / total`.
pub(super) fn split(expr: &Expr) -> Option<Split> {
    let binary = plain(expr)?;
    if binary.op == BinaryOp::Sub && is_number(&binary.lhs, 1.0) {
        let (good, total) = counts(plain(&binary.rhs)?)?;
        return Some(Split {
            part: Part::Good(good.span),
            total: total.span,
        });
    }
    let (bad, total) = counts(binary)?;
    let good = plain(bad).filter(|difference| {
        difference.op == BinaryOp::Sub && equivalent(bare(&difference.lhs), total)
    });
    let part = match good {
        // A total without good events must not lose its bad ones.
        Some(difference) => Part::Good(bare(&difference.rhs).span),
        None => Part::Bad(bad.span),
    };
    Some(Split {
        part,
        total: total.span,
    })
}

/// Both sides of a division, when both count events and are summed to the same labels.
fn counts(division: &BinaryExpr) -> Option<(&Expr, &Expr)> {
    let part = bare(&division.lhs);
    let total = positive(&division.rhs);
    let is_count = division.op == BinaryOp::Div
        && division.matching.is_none()
        && count(total, false)? == count(part, true)?
        && matches!(labels(total), Labels::Only(_))
        && labels(total) == labels(part);
    is_count.then_some((part, total))
}

/// Without the `> 0` that keeps NaN away: the rules divide by positive totals anyway.
fn positive(expr: &Expr) -> &Expr {
    match plain(expr) {
        Some(binary)
            if binary.op == BinaryOp::Gt && !binary.return_bool && is_number(&binary.rhs, 0.0) =>
        {
            bare(&binary.lhs)
        }
        _ => bare(expr),
    }
}

/// How events are counted; both sides must do it in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    PerSecond,
    InWindow,
}

/// Whether an expression is made of sums of counters over the window and nothing else.
fn count(expr: &Expr, may_be_filled: bool) -> Option<Count> {
    match &expr.kind {
        ExprKind::Paren(inner) => count(inner, may_be_filled),
        ExprKind::Aggregate(sum) if sum.op.name.eq_ignore_ascii_case("sum") => {
            count(&sum.expr, may_be_filled)
        }
        ExprKind::Call(call) => match &call.args[..] {
            [
                Expr {
                    kind: ExprKind::Range(range),
                    ..
                },
            ] if is_whole_window(range) => match call.func.name.as_str() {
                "rate" => Some(Count::PerSecond),
                "increase" => Some(Count::InWindow),
                _ => None,
            },
            _ => None,
        },
        ExprKind::Binary(binary) => match binary.op {
            BinaryOp::Add | BinaryOp::Sub if binary.matching.is_none() => {
                let first = count(&binary.lhs, may_be_filled)?;
                (count(&binary.rhs, may_be_filled)? == first).then_some(first)
            }
            BinaryOp::Or if may_be_filled && is_zero_fill(binary) => count(&binary.lhs, true),
            _ => None,
        },
        _ => None,
    }
}

/// `[$window]`, seen from now.
fn is_whole_window(range: &RangeSelector) -> bool {
    let modifiers = &range.selector.modifiers;
    is_placeholder(&range.range) && modifiers.offset.is_none() && modifiers.at.is_none()
}

/// `… or vector(0)`, which fills one series without labels.
fn is_zero_fill(binary: &BinaryExpr) -> bool {
    let is_zero = match &bare(&binary.rhs).kind {
        ExprKind::Call(call) => {
            call.func.name == "vector" && matches!(&call.args[..], [zero] if is_number(zero, 0.0))
        }
        _ => false,
    };
    is_zero && labels(&binary.lhs).is_none()
}

fn plain(expr: &Expr) -> Option<&BinaryExpr> {
    match &bare(expr).kind {
        ExprKind::Binary(binary) => Some(binary),
        _ => None,
    }
}

fn is_number(expr: &Expr, value: f64) -> bool {
    matches!(&bare(expr).kind, ExprKind::Number(number) if (number.value - value).abs() < f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse;

    /// The counts, as `bad / total` or `1 - good / total`.
    fn counts(text: &str) -> Option<String> {
        let split = split(&parse(text).unwrap())?;
        let cut = |span: Span| &text[span.start..span.end];
        let total = cut(split.total);
        Some(match split.part {
            Part::Bad(bad) => format!("{} / {total}", cut(bad)),
            Part::Good(good) => format!("1 - {} / {total}", cut(good)),
        })
    }

    const BAD: &str = r#"sum(rate(x_total{code="5"}[$window]))"#;
    const ALL: &str = "sum(rate(x_total[$window]))";

    #[test]
    fn takes_ratios_of_counts_apart() {
        let plain = Some(format!("{BAD} / {ALL}"));
        for text in [
            format!("{BAD} / {ALL}"),
            format!("(({BAD}) / ({ALL}))"),
            format!("{BAD} # failed\n/\n{ALL} # all\n"),
            format!("{BAD} / ({ALL} > 0)"),
        ] {
            assert_eq!(counts(&text), plain, "{text}");
        }
        let good = Some(format!("1 - {BAD} / {ALL}"));
        for text in [
            format!("1 - {BAD} / {ALL}"),
            format!("1 - ({BAD} / ({ALL} > 0))"),
            format!("({ALL} - {BAD}) / {ALL}"),
        ] {
            assert_eq!(counts(&text), good, "{text}");
        }
        for text in [
            "sum by (a, b) (increase(x[$window])) / sum by (b, a) (increase(y[$window]))",
            "(sum(rate(x[$window])) + sum(rate(y[$window]))) / sum(rate(z[$window]))",
            "(sum(rate(x[$window])) or vector(0)) / sum(rate(z[$window]))",
            "(sum(rate(x[$window])) or on() vector(0)) / sum(rate(z[$window]))",
        ] {
            assert!(counts(text).is_some(), "{text}");
        }
    }

    #[test]
    fn leaves_alone_what_may_mean_something_else() {
        for text in [
            "sum(rate(x[$window])) / on() sum(rate(z[$window]))",
            "sum by (a) (rate(x[$window])) / ignoring(a) group_left sum(rate(z[$window]))",
            "sum by (a) (rate(x[$window])) / sum(rate(z[$window]))",
            "rate(x[$window]) / rate(z[$window])",
            "sum without (a) (rate(x[$window])) / sum without (a) (rate(z[$window]))",
            "sum(rate(x[5m])) / sum(rate(z[$window]))",
            "sum(rate(x[$window] offset 1m)) / sum(rate(z[$window]))",
            "sum(increase(x[$window])) / sum(rate(z[$window]))",
            "avg(rate(x[$window])) / sum(rate(z[$window]))",
            "sum(sum_over_time(x[$window])) / sum(count_over_time(x[$window]))",
            "sum(rate(x[$window])) / (sum(rate(z[$window])) or vector(0))",
            "sum(rate(x[$window])) / sum(rate(z[$window])) > 0",
            "sum(rate(x[$window])) / (sum(rate(z[$window])) > bool 0)",
            "2 - sum(rate(x[$window])) / sum(rate(z[$window]))",
            "sum(rate(x[$window])) / (sum(rate(z[$window])) > 10)",
            "avg_over_time(x[$window])",
        ] {
            assert_eq!(counts(text), None, "{text}");
        }
    }
}
