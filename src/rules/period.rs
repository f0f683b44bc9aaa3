//! The period: sums of tiles, coverage, and what is left of a budget.

use crate::burn::SLOW_INTERVAL;
use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr, ExprKind};
use crate::promql::build::{
    aggregate_without, at_end, binary, binary_on, call, expr, number, range, string, subquery,
};
use crate::slo::{Calendar, Period, SloId};

use super::calendar::{self, Names};
use super::series::{own, own_expr, own_over};
use super::tree::{add, at_most_one, div, just_below, mul, or, sub};

/// A label that exists only within an expression.
const PART: &str = "__part";

/// Where a period starts and how it is summed.
pub(super) struct Span<'a> {
    /// The SLO whose period it is.
    pub(super) id: &'a SloId,
    pub(super) period: &'a Period,
    pub(super) names: Names,
}

/// The sum of two parts of which either may be missing: for a while after its
/// metrics are gone, or in the first hour of a period.
fn joined(one: Expr, other: Expr) -> Expr {
    let text = |text: &str| expr(ExprKind::String(string(text)));
    // A label that no metric has keeps the second part apart, until they are summed.
    let apart = call(
        "label_replace",
        vec![other, text(PART), text("rest"), text(""), text("")],
    );
    aggregate_without("sum", [PART], or(one, apart))
}

impl Span<'_> {
    /// `sum_over_time` or `count_over_time` of a component's tiles over the period.
    pub(super) fn over(&self, func: &str, component: &SloId, tiles: &str) -> Expr {
        match self.period {
            Period::Rolling(length) => own_over(func, component, tiles, *length),
            Period::Calendar(calendar) => self.since_start(func, component, tiles, calendar),
        }
    }

    /// Tiles since the start: whole hours, then what came after the last one.
    /// Steps of a subquery are aligned to the clock; `@ end()` reads the start
    /// that this evaluation recorded.
    fn since_start(&self, func: &str, component: &SloId, tiles: &str, calendar: &Calendar) -> Expr {
        let step = calendar::step(&calendar.time_zone);
        let start = at_end(own(self.id, self.names.start));
        let last = at_end(own(self.id, self.names.last_step));
        let whole = call(func, vec![range(own(component, tiles), just_below(step))]);
        let step_start = sub(super::tree::time(), number(&step.secs()));
        let in_period = binary(BinaryOp::Le, start, step_start);
        let longest = Duration::from_days(calendar.unit.longest_days()) + Duration::from_hours(1);
        let hours = call(
            "sum_over_time",
            vec![subquery(
                binary_on(BinaryOp::And, [], whole, in_period),
                longest,
                step,
            )],
        );
        let after = binary(BinaryOp::Lt, last, super::tree::time());
        let tail = call(
            func,
            vec![subquery(
                binary_on(BinaryOp::And, [], own_expr(component, tiles), after),
                step,
                SLOW_INTERVAL,
            )],
        );
        joined(hours, tail)
    }

    /// Share of the period, or of what has passed of it, for which there are tiles.
    pub(super) fn coverage(&self, component: &SloId, tiles: &str) -> Expr {
        let count = self.over("count_over_time", component, tiles);
        let expected = match self.period {
            Period::Rolling(length) => number(&(length.millis() / SLOW_INTERVAL.millis())),
            Period::Calendar(_) => call(
                "scalar",
                vec![call(
                    "clamp_min",
                    vec![
                        div(
                            sub(super::tree::time(), own_expr(self.id, self.names.start)),
                            number(&SLOW_INTERVAL.secs()),
                        ),
                        number("1"),
                    ],
                )],
            ),
        };
        at_most_one(div(count, expected))
    }

    /// Total events of the whole period in tiles: those so far, and what is
    /// still to come at the average rate of one nominal period. Without it one
    /// bad hour on the first of the month would spend the month.
    pub(super) fn projected_total(&self, so_far: Expr, tiles: &str) -> Expr {
        let Period::Calendar(_) = self.period else {
            return so_far;
        };
        let average = own_over("avg_over_time", self.id, tiles, self.period.nominal());
        let tiles_left = div(self.seconds_left(), number(&SLOW_INTERVAL.secs()));
        add(so_far, mul(average, tiles_left))
    }

    /// Share of a calendar period that has passed, 0–1.
    pub(super) fn elapsed(&self) -> Option<Expr> {
        matches!(self.period, Period::Calendar(_)).then(|| {
            let length = call("scalar", vec![own_expr(self.id, self.names.length)]);
            sub(number("1"), div(self.seconds_left(), length))
        })
    }

    /// By the clock of the zone, on which a period has whole days. Until a change of the
    /// clock that is still to come, this is an hour too much or too little.
    fn seconds_left(&self) -> Expr {
        let end = add(
            own_expr(self.id, self.names.clock_start),
            own_expr(self.id, self.names.length),
        );
        let left = sub(end, own_expr(self.id, self.names.clock));
        call("scalar", vec![call("clamp_min", vec![left, number("0")])])
    }
}
