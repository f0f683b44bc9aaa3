//! Names of the recorded series and how rules read them back.

use std::collections::BTreeSet;

use smol_str::{SmolStr, format_smolstr};

use crate::duration::Duration;
use crate::promql::ast::{Expr, MatchOp, Modifiers, VectorSelector};
use crate::promql::build;
use crate::slo::{Slo, SloId};

/// All events, per second, over the last five minutes; recorded every minute.
pub const TOTAL: &str = "slo:total:rate5m";
/// Bad events, per second, over the last five minutes; recorded every minute.
pub const BAD: &str = "slo:bad:rate5m";
/// All events, per second, of one tile; tiles join without gap or overlap.
pub const TOTAL_TILE: &str = "slo:total:tile5m";
/// Bad events, per second, of one tile.
pub const BAD_TILE: &str = "slo:bad:tile5m";
/// Number of series that were really there, for SLIs in which a missing one counts.
pub const SEEN: &str = "slo:seen:count";
/// Series measured at this evaluation, under slices of gauges.
pub const TOTAL_NOW: &str = "slo:total:now";
/// Series found bad at this evaluation, under slices of gauges.
pub const BAD_NOW: &str = "slo:bad:now";
/// Mean rate of all events over the period, for alerts on a share of the budget.
pub const TOTAL_PERIOD_AVG: &str = "slo:total:period_avg";
/// What is left of the error budget, 1 to below 0.
pub const BUDGET_REMAINING: &str = "slo:budget_remaining:ratio";
/// What is left of the promise's error budget, 1 to below 0.
pub const PROMISE_REMAINING: &str = "slo:promise_remaining:ratio";
/// The error ratio over the period of the objective.
pub const PERIOD_RATIO: &str = "slo:error_ratio:period";
/// The error ratio over the period of the promise, where it has one of its own.
pub const PROMISE_PERIOD_RATIO: &str = "slo:error_ratio:promise_period";
/// Share of the period for which there is data, 0 to 1.
pub const COVERAGE: &str = "slo:coverage:ratio";
/// Always 1; what an SLO says is in its labels.
pub const INFO: &str = "slo_info";
/// The objective as a ratio.
pub const OBJECTIVE: &str = "slo_objective_ratio";

/// The error ratio of a window: `slo:error_ratio:1h`.
pub fn error_ratio(window: Duration) -> SmolStr {
    format_smolstr!("slo:error_ratio:{}", window.single_unit())
}

/// The selector of a series that an SLO recorded.
pub fn own(id: &SloId, name: impl Into<SmolStr>) -> VectorSelector {
    build::vector_selector(
        name,
        vec![
            build::matcher("service", MatchOp::Equal, &id.service),
            build::matcher("slo", MatchOp::Equal, &id.name),
        ],
    )
}

/// The same as an expression.
pub fn own_expr(id: &SloId, name: impl Into<SmolStr>) -> Expr {
    build::expr(crate::promql::ast::ExprKind::Selector(own(id, name)))
}

/// `func(name{…}[range])` over a series that an SLO recorded.
pub fn own_over(func: &str, id: &SloId, name: impl Into<SmolStr>, range: Duration) -> Expr {
    build::call(func, vec![build::range(own(id, name), range)])
}

/// `{__name__=~"…",service=~"…"}`: all series of these names that SLOs of these services have.
pub(crate) fn recorded_by(slos: &[&Slo], names: &[SmolStr]) -> VectorSelector {
    let services: BTreeSet<&str> = slos.iter().map(|slo| slo.id.service.as_str()).collect();
    VectorSelector {
        name: None,
        matchers: vec![
            build::matcher("__name__", MatchOp::Regex, names.join("|")),
            build::matcher("service", MatchOp::Regex, any_of(services)),
        ],
        modifiers: Modifiers::default(),
    }
}

/// A regular expression for these names, in which only the dot is special.
pub(crate) fn any_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.replace('.', "\\."))
        .collect();
    names.join("|")
}
