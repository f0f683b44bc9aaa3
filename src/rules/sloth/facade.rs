//! `slo:sli_error:ratio_rate<window>`: the error ratios under Sloth's names.

use std::sync::Arc;

use super::{WINDOW, error_ratio, labels, record, without_native};
use crate::burn::LONGEST_FAST_WINDOW;
use crate::duration::Duration;
use crate::promql::ast::Expr;
use crate::rules::alerts::LATE;
use crate::rules::series::{self, PERIOD_RATIO, own_expr, own_over};
use crate::rules::{Context, Rule};

/// Every window of the alerts, then the period.
pub(super) fn rules(cx: &Context<'_>) -> Vec<Rule> {
    let labels = labels(cx);
    let ratio = |window: Duration, native: Expr| {
        let mut labels = labels.clone();
        labels.insert(WINDOW.to_owned(), window.canonical());
        record(
            &error_ratio(window),
            without_native(native),
            Arc::new(labels),
        )
    };
    let period = cx.slo.period.value.nominal();
    let mut rules: Vec<Rule> = cx
        .windows()
        .into_iter()
        .filter(|window| *window != period)
        .map(|window| ratio(window, native(cx, window)))
        .collect();
    let native = own_over("last_over_time", &cx.slo.id, PERIOD_RATIO, LATE);
    rules.push(ratio(period, native));
    rules
}

/// What the native rules have recorded of a window.
fn native(cx: &Context<'_>, window: Duration) -> Expr {
    let name = series::error_ratio(window);
    if window <= LONGEST_FAST_WINDOW {
        own_expr(&cx.slo.id, name)
    } else {
        own_over("last_over_time", &cx.slo.id, name, LATE)
    }
}
