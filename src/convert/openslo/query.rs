//! SLIs as expressions that anybody can evaluate over any window.

use crate::duration::Duration;
use crate::promql::ast::{Expr, ExprKind, Window, WindowKind};
use crate::promql::print;
use crate::promql::rewrite::{transform, with_window};
use crate::rules::{self, Catalogue};
use crate::slo::{Budgeting, ComparisonOp, Query, Sli, Slo, Split};

/// What stands for the window in the queries of `OpenSLO` files.
const WINDOW: &str = "{{.window}}";
/// Stands for the window while expressions are made; nobody writes such a length.
const STAND_IN: Duration = Duration::from_millis(14_400_007);

/// What `OpenSLO` measures.
pub(super) enum Measure {
    /// Bad or good events among all, from counters.
    Counts {
        /// Whether the numerator is bad or good.
        bad: bool,
        part: String,
        total: String,
    },
    /// An error ratio.
    Ratio(String),
    /// A value that is compared with a bound, as `op` and `value`.
    Threshold(String, &'static str, String),
}

/// The measure of an SLO; `None` when no query says it.
pub(super) fn measure(slo: &Slo, all: &Catalogue<'_>) -> Option<Measure> {
    match &slo.sli.value {
        Sli::Events(events) => match &events.split {
            Split::Bad(part) | Split::Good(part)
                if has_window(part) && has_window(&events.total) =>
            {
                Some(Measure::Counts {
                    bad: matches!(events.split, Split::Bad(_)),
                    part: with_placeholder(&with_window(&part.expr, STAND_IN))?,
                    total: with_placeholder(&with_window(&events.total.expr, STAND_IN))?,
                })
            }
            _ => counts(slo, all),
        },
        Sli::Threshold(threshold) => {
            let comparison = threshold.good.value;
            let Some(op) = operator(comparison.op) else {
                return counts(slo, all);
            };
            let value = comparison.value.normalize().to_string();
            Some(Measure::Threshold(print(&threshold.expr.expr), op, value))
        }
        Sli::Ratio(ratio) => {
            let expr = with_window(&ratio.error_ratio.expr, STAND_IN);
            with_placeholder(&expr).map(Measure::Ratio)
        }
        Sli::Composite(_) => {
            let expr = rules::direct_ratio(slo, all, STAND_IN)?;
            with_placeholder(&expr).map(Measure::Ratio)
        }
        _ => counts(slo, all),
    }
}

/// Bad and total as the rules compute them from the raw metrics; their ratio where there
/// are no counters behind them.
fn counts(slo: &Slo, all: &Catalogue<'_>) -> Option<Measure> {
    let by_events = Slo {
        budgeting: Budgeting::Events,
        ..slo.clone()
    };
    if !slo.sli.value.counts_events() {
        let ratio = rules::direct_ratio(&by_events, all, STAND_IN)?;
        return with_placeholder(&ratio).map(Measure::Ratio);
    }
    let direct = rules::direct(&by_events, STAND_IN)?;
    Some(Measure::Counts {
        bad: true,
        part: with_placeholder(&direct.bad)?,
        total: with_placeholder(&direct.total)?,
    })
}

const fn operator(op: ComparisonOp) -> Option<&'static str> {
    match op {
        ComparisonOp::Less => Some("lt"),
        ComparisonOp::LessOrEqual => Some("lte"),
        ComparisonOp::Greater => Some("gt"),
        ComparisonOp::GreaterOrEqual => Some("gte"),
        ComparisonOp::Equal | ComparisonOp::NotEqual => None,
    }
}

fn has_window(query: &Query) -> bool {
    let text = print(&query.expr);
    print(&with_window(&query.expr, STAND_IN)) != text
}

/// The expression with a placeholder for the stand-in; `None` when a length of time
/// depends on the window in another way.
fn with_placeholder(expr: &Expr) -> Option<String> {
    let put = |window: &mut Window| {
        if matches!(window.kind, WindowKind::Literal(length, _) if length == STAND_IN) {
            window.kind = WindowKind::Placeholder(WINDOW.into());
        }
    };
    let expr = transform(expr, &mut |node| match &mut node.kind {
        ExprKind::Range(range) => put(&mut range.range),
        ExprKind::Subquery(subquery) => put(&mut subquery.range),
        _ => {}
    });
    let text = print(&expr);
    (!text.contains(&STAND_IN.to_string())).then_some(text)
}
