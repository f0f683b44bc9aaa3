//! SLIs that look at gauges: bad and total are numbers of series at each evaluation.

use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr, ExprKind, MatchOp};
use crate::promql::build::{
    aggregate, binary, call, expr, matcher, number, range, string, vector_selector,
};
use crate::rules::series::{SEEN, own, own_expr};
use crate::rules::tree::{div, or_zero, sub, time};
use crate::slo::{ComparisonOp, Freshness, Missing, Sli, Slo, Threshold, Unit};

use super::first_of;

/// How long a group of a threshold with `missing: bad|good` is remembered.
const REMEMBERED: Duration = Duration::from_days(1);

/// Whether a group that is missing still counts.
pub(super) fn counts_missing(slo: &Slo) -> bool {
    remembered(slo).is_some()
}

fn remembered(slo: &Slo) -> Option<Duration> {
    match &slo.sli.value {
        Sli::Freshness(
            Freshness::Timestamp { seen_within, .. } | Freshness::Age { seen_within, .. },
        ) => Some(*seen_within),
        Sli::Threshold(Threshold { missing, .. }) if *missing != Missing::Unmeasured => {
            Some(REMEMBERED)
        }
        _ => None,
    }
}

/// Series that are really there.
pub(super) fn present(slo: &Slo) -> Option<Expr> {
    let measured = match &slo.sli.value {
        Sli::Probe(query) => query.expr.clone(),
        Sli::Threshold(sli) => sli.expr.expr.clone(),
        Sli::Freshness(Freshness::Timestamp { timestamp, .. }) => timestamp.expr.clone(),
        Sli::Freshness(Freshness::Age { age, .. }) => age.expr.clone(),
        _ => return None,
    };
    Some(aggregate("count", slo.group_labels(), measured))
}

/// Series that should be there: those that are, those that were, those that are expected.
pub(super) fn total(slo: &Slo) -> Option<Expr> {
    let Some(remembered) = remembered(slo) else {
        return present(slo);
    };
    let groups = || slo.group_labels();
    let now = aggregate("sum", groups(), own_expr(&slo.id, SEEN));
    let before = aggregate(
        "sum",
        groups(),
        call(
            "last_over_time",
            vec![range(own(&slo.id, SEEN), remembered)],
        ),
    );
    first_of([now, before].into_iter().chain(expected(slo)))
}

/// Series that are bad: out of bounds, or missing.
pub(super) fn bad(slo: &Slo, total: Expr) -> Option<Expr> {
    let groups = || slo.group_labels();
    let (found, missing) = match &slo.sli.value {
        Sli::Probe(query) => (
            count_where(slo, query.expr.clone(), BinaryOp::Eq, "0"),
            Missing::Unmeasured,
        ),
        Sli::Freshness(Freshness::Timestamp {
            timestamp,
            unit,
            max_age,
            ..
        }) => {
            let written = match unit {
                Unit::Seconds => timestamp.expr.clone(),
                Unit::Milliseconds => div(timestamp.expr.clone(), number("1000")),
            };
            let bound = Unit::Seconds.of(max_age.value);
            (
                count_where(slo, sub(time(), written), BinaryOp::Gt, &bound),
                Missing::Bad,
            )
        }
        Sli::Freshness(Freshness::Age {
            age, unit, max_age, ..
        }) => {
            let bound = unit.of(max_age.value);
            (
                count_where(slo, age.expr.clone(), BinaryOp::Gt, &bound),
                Missing::Bad,
            )
        }
        Sli::Threshold(sli) => {
            // Counting the good ones makes NaN bad: it is in no bound.
            let good = count_where(
                slo,
                sli.expr.expr.clone(),
                operator(sli.good.value.op),
                &sli.good.value.value,
            );
            let present = present_again(slo, &total, sli.missing);
            (sub(present.clone(), or_zero(good, present)), sli.missing)
        }
        _ => return None,
    };
    Some(match missing {
        Missing::Unmeasured => or_zero(found, total),
        Missing::Bad | Missing::Good => {
            let there = aggregate("sum", groups(), own_expr(&slo.id, SEEN));
            let gone = if missing == Missing::Bad {
                total
            } else {
                crate::rules::tree::mul(number("0"), total)
            };
            first_of([or_zero(found, there), gone])?
        }
    })
}

fn present_again(slo: &Slo, total: &Expr, missing: Missing) -> Expr {
    match missing {
        Missing::Unmeasured => total.clone(),
        Missing::Bad | Missing::Good => {
            aggregate("sum", slo.group_labels(), own_expr(&slo.id, SEEN))
        }
    }
}

fn count_where(slo: &Slo, measured: Expr, op: BinaryOp, bound: &(impl ToString + ?Sized)) -> Expr {
    let compared = binary(op, measured, signed(&bound.to_string()));
    aggregate("count", slo.group_labels(), compared)
}

fn signed(text: &str) -> Expr {
    match text.strip_prefix('-') {
        Some(positive) => expr(ExprKind::Unary(
            crate::promql::ast::UnaryOp::Minus,
            Box::new(number(positive)),
        )),
        None => number(text),
    }
}

const fn operator(op: ComparisonOp) -> BinaryOp {
    match op {
        ComparisonOp::Less => BinaryOp::Lt,
        ComparisonOp::LessOrEqual => BinaryOp::Le,
        ComparisonOp::Greater => BinaryOp::Gt,
        ComparisonOp::GreaterOrEqual => BinaryOp::Ge,
        ComparisonOp::Equal => BinaryOp::Eq,
        ComparisonOp::NotEqual => BinaryOp::Ne,
    }
}

/// One series for every group that is expected, where all labels of a group are listed.
fn expected(slo: &Slo) -> Vec<Expr> {
    if slo.group_by.is_empty() {
        // A threshold that counts missing values is measured even if it was never there.
        let always = matches!(slo.sli.value, Sli::Threshold(_));
        return if always {
            vec![call("vector", vec![number("1")])]
        } else {
            Vec::new()
        };
    }
    super::super::groups::combinations(slo)
        .into_iter()
        .filter(|group| group.len() == slo.group_by.len())
        .map(|group| {
            group.into_iter().fold(
                call("vector", vec![number("1")]),
                |series, (label, value)| {
                    // `$` would name a capture of the regex.
                    let value = value.replace('$', "$$");
                    let text = |text: &str| expr(ExprKind::String(string(text)));
                    call(
                        "label_replace",
                        vec![series, text(label), text(&value), text(""), text("")],
                    )
                },
            )
        })
        .collect()
}

/// A selector of a recorded series of one group.
pub(in crate::rules) fn of_group(slo: &Slo, name: &str, group: &[(&str, &str)]) -> Expr {
    let mut matchers = own(&slo.id, name).matchers;
    matchers.extend(
        group
            .iter()
            .map(|(label, value)| matcher(*label, MatchOp::Equal, *value)),
    );
    expr(ExprKind::Selector(vector_selector(name, matchers)))
}
