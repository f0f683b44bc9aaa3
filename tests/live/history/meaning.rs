//! What a recorded series says, worked out from the counts, and how far off it may be.

use jiff::Timestamp;
use jiff::civil::Time;
use slosmith::duration::Duration;

use super::{START, UNKNOWN_SCRAPES};
use crate::lab::Rule;
use crate::truth::Truth;
use crate::workload::{DAY, HOUR, seconds};

/// Seconds between tiles.
const TILE: f64 = 300.0;
/// As in the spec.
const OBJECTIVE: f64 = 0.999;
const PROMISE: f64 = 0.995;

/// What a recorded series says about which stretch of time.
pub(super) enum Meaning {
    /// Bad over all events.
    Ratio(Span),
    /// What is left of a budget, as a ratio of all events.
    Remaining(f64, Span),
    Coverage(Span),
}

#[derive(Clone, Copy)]
pub(super) enum Span {
    Window(u64),
    Calendar(Unit),
}

#[derive(Clone, Copy)]
pub(super) enum Unit {
    Week,
    Month,
    Quarter,
}

impl Unit {
    /// As it is called in a spec, and the zone in which it is tried.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Week => ("week", "America/New_York"),
            Self::Month => ("month", "Europe/Berlin"),
            // Half an hour off.
            Self::Quarter => ("quarter", "Asia/Kolkata"),
        }
    }

    const fn nominal(self) -> u64 {
        match self {
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
            Self::Quarter => 90 * DAY,
        }
    }

    /// Start of the one that is running, and seconds that are left of it by the clock on
    /// the wall: a change of the clock that is still to come does not count.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "seconds of this century"
    )]
    fn running(self, at: f64) -> (f64, f64) {
        let zone = self.words().1;
        let now = Timestamp::from_second(at as i64)
            .unwrap()
            .in_tz(zone)
            .unwrap();
        let (first, length) = match self {
            Self::Week => {
                let days = now.weekday().to_monday_zero_offset();
                let monday = now.checked_sub(jiff::Span::new().days(days)).unwrap();
                (monday, jiff::Span::new().weeks(1))
            }
            Self::Month => (now.first_of_month().unwrap(), jiff::Span::new().months(1)),
            Self::Quarter => {
                let month = (now.month() - 1) / 3 * 3 + 1;
                let first = now.with().day(1).month(month).build().unwrap();
                (first, jiff::Span::new().months(3))
            }
        };
        let start = first.with().time(Time::midnight()).build().unwrap();
        let end = start.datetime().checked_add(length).unwrap();
        let left = now.datetime().duration_until(end);
        (start.timestamp().as_second() as f64, left.as_secs_f64())
    }
}

impl Span {
    /// Where it begins when it is looked at, in Unix seconds.
    pub(super) fn start(self, at: f64) -> f64 {
        match self {
            Self::Window(length) => at - seconds(length),
            Self::Calendar(unit) => unit.running(at).0,
        }
    }
}

pub(super) fn meaning(rule: &Rule) -> Option<Meaning> {
    let slo = rule.labels.get("slo")?.as_str();
    let rolling = Span::Window(30 * DAY);
    let (period, promised) = match slo {
        "night-by-week" => (Span::Calendar(Unit::Week), Span::Calendar(Unit::Week)),
        "night-by-month" => (Span::Calendar(Unit::Month), Span::Calendar(Unit::Month)),
        "night-by-quarter" => (Span::Calendar(Unit::Quarter), Span::Calendar(Unit::Quarter)),
        "night-promised" => (rolling, Span::Calendar(Unit::Month)),
        _ => (rolling, rolling),
    };
    let name = rule.record.as_deref()?;
    Some(match name {
        "slo:budget_remaining:ratio" => Meaning::Remaining(1.0 - OBJECTIVE, period),
        "slo:promise_remaining:ratio" => Meaning::Remaining(1.0 - PROMISE, promised),
        "slo:coverage:ratio" => Meaning::Coverage(period),
        "slo:error_ratio:period" => Meaning::Ratio(period),
        "slo:error_ratio:promise_period" => Meaning::Ratio(promised),
        _ => {
            let window = Duration::parse(name.strip_prefix("slo:error_ratio:")?).unwrap();
            Meaning::Ratio(Span::Window(window.secs()))
        }
    })
}

impl Meaning {
    pub(super) fn exact(&self, truth: &Truth, at: f64) -> f64 {
        match self {
            Self::Ratio(span) => {
                let (bad, total) = truth.counts(span.start(at), at);
                seconds(bad) / seconds(total)
            }
            Self::Remaining(budget, span) => {
                let (bad, total) = truth.counts(span.start(at), at);
                let total = seconds(total) + self.to_come(truth, at);
                1.0 - seconds(bad) / (budget * total)
            }
            Self::Coverage(span) => {
                let from = span.start(at);
                (truth.tiles(from, at) * TILE / (at - from)).min(1.0)
            }
        }
    }

    /// Events of the rest of a calendar period, at the mean rate of one such period
    /// before now, or of as much of it as there is.
    fn to_come(&self, truth: &Truth, at: f64) -> f64 {
        let Span::Calendar(unit) = self.span() else {
            return 0.0;
        };
        let from = (at - seconds(unit.nominal())).max(seconds(START));
        let usual = seconds(truth.counts(from, at).1) / (at - from);
        usual * unit.running(at).1
    }

    pub(super) const fn span(&self) -> Span {
        match self {
            Self::Ratio(span) | Self::Remaining(_, span) | Self::Coverage(span) => *span,
        }
    }

    /// How far off it is, and how far it may be. Relative; of a budget, what is spent
    /// counts, for near zero what is left has no meaningful relative error.
    pub(super) fn error(&self, recorded: f64, exact: f64) -> f64 {
        match self {
            Self::Ratio(_) => recorded / exact - 1.0,
            Self::Remaining(..) => (1.0 - recorded) / (1.0 - exact) - 1.0,
            Self::Coverage(_) => recorded - exact,
        }
    }

    /// How far off 95 % of the values may be, for a stretch of this many seconds.
    pub(super) fn bar(&self, slo: &str, length: f64) -> Option<f64> {
        let days = length / seconds(DAY);
        let [month, three_days, day] = match slo {
            "sparse" => [Some(0.02), None, None],
            UNKNOWN_SCRAPES => [0.002, 0.006, 0.015].map(Some),
            // New series lose what happens before their first scrape.
            "pods" => [None; 3],
            _ => [0.001, 0.003, 0.006].map(Some),
        };
        match self {
            // One tile: ranges are closed up to Prometheus 2.
            Self::Coverage(_) => Some(1.001 * TILE / length),
            _ if days > 29.0 => month,
            _ if days >= 3.0 => three_days,
            _ if days >= 1.0 => day,
            _ => None,
        }
    }

    /// How far off all values together may be. Within hours there are too few errors to
    /// ask more of a single value than that it be right in the long run.
    pub(super) fn bias_bar(&self, length: f64) -> f64 {
        match self {
            Self::Ratio(_) if length < seconds(HOUR) => 0.15,
            _ => 0.03,
        }
    }
}
