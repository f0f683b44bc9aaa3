//! What a track and the alerts of a version mean for its budget.

use std::collections::BTreeMap;

use crate::budget::{
    self, ENOUGH_COVERAGE, Facts, Goal, Point, Span, Standing, TILE, Track, calendar_periods,
    float, standing, standing_over,
};
use crate::rules::AlarmKind;
use crate::slo::{Decision, Slo};

use super::model::{Cost, Fired, Group, Incident, Period, Planned, Promise, seconds};

/// What spends less than this share of the budget is next to nothing: it is no incident, and
/// nothing to be alerted for.
pub const NEXT_TO_NOTHING: f64 = 0.01;
/// An hour, in seconds: what a policy decides is looked at this often, and an alert may come
/// so long after what it is about.
const HOUR: i64 = 3600;
/// Points of a budget over time, about.
const POINTS: i64 = 360;

/// What became of the budget of a group. Alerts are those of the version; what they cost is
/// written into those of this group.
pub(super) fn group(slo: &Slo, track: &Track, span: Span, alerts: &mut [Fired]) -> Group {
    let goal = Goal::objective(slo);
    let course = Course::of(track, &goal, span);
    let found = budget::incidents(track, goal.budget, span, 0.0);
    for alert in alerts.iter_mut() {
        if alert.kind == AlarmKind::BurnRate && alert.labels == track.group {
            alert.cost = cost(track, &goal, &found, alert, span);
        }
    }
    let about = |alert: &&Fired| alert.kind == AlarmKind::BurnRate && alert.labels == track.group;
    let alerts: Vec<&Fired> = alerts.iter().filter(about).collect();
    let incidents = found.iter();
    let incidents = incidents.map(|found| incident(slo, track, &goal, found, &alerts));
    Group {
        labels: track.group.clone(),
        overall: standing_over(track, &goal, span, span.end),
        within: course.within,
        periods: periods(track, &goal, span),
        worst: course.worst,
        timeline: timeline(track, &goal, span),
        promise: promise(slo, track, span),
        policy: policy(slo, track, span),
        incidents: incidents
            .filter(|incident| incident.spent.is_none_or(|spent| spent >= NEXT_TO_NOTHING))
            .collect(),
    }
}

/// A budget over time.
struct Course {
    within: Option<f64>,
    worst: Option<Standing>,
}

impl Course {
    fn of(track: &Track, goal: &Goal, span: Span) -> Self {
        let (mut kept, mut known) = (0, 0);
        let mut worst: Option<Standing> = None;
        for tile in track.each(span) {
            let standing = standing(track, goal, tile.end);
            let Some(spent) = standing.spent.filter(|_| standing.is_known()) else {
                continue;
            };
            known += 1;
            kept += i64::from(spent <= 1.0);
            let is_worse = worst
                .as_ref()
                .is_none_or(|worst| worst.spent.unwrap_or(0.0) < spent);
            if is_worse && matches!(goal.period, crate::slo::Period::Rolling(_)) {
                worst = Some(standing);
            }
        }
        if matches!(goal.period, crate::slo::Period::Calendar(_)) {
            let periods = periods(track, goal, span).into_iter();
            let known = periods.map(|period| period.standing);
            let known = known.filter(Standing::is_known);
            worst = known.max_by(|one, other| {
                let spent = |standing: &Standing| standing.spent.unwrap_or(0.0);
                spent(one).total_cmp(&spent(other))
            });
        }
        Self {
            within: (known > 0).then(|| float(kept) / float(known)),
            worst,
        }
    }
}

/// Calendar periods one after the other; of a rolling one those whole ones that end with the
/// stretch, one at least.
pub(super) fn periods(track: &Track, goal: &Goal, span: Span) -> Vec<Period> {
    match &goal.period {
        crate::slo::Period::Calendar(calendar) => {
            let periods = calendar_periods(calendar, span).into_iter();
            let periods = periods.map(|period| Period {
                span: period,
                standing: standing_over(track, goal, period, span.end),
                is_over: period.end <= span.end,
            });
            periods.collect()
        }
        crate::slo::Period::Rolling(length) => {
            let length = seconds(*length).max(TILE);
            let whole = (span.seconds() / length).max(1);
            let periods = (0..whole).rev().map(|before| {
                let span = Span::before(span.end - before * length, length);
                Period {
                    span,
                    standing: standing_over(track, goal, span, span.end),
                    is_over: true,
                }
            });
            periods.collect()
        }
    }
}

fn timeline(track: &Track, goal: &Goal, span: Span) -> Vec<Point> {
    let step = span.seconds() / POINTS / HOUR * HOUR;
    budget::timeline(track, goal, span, step.max(HOUR))
}

fn promise(slo: &Slo, track: &Track, span: Span) -> Option<Promise> {
    let objective = slo.promise.as_ref()?.objective.value;
    let course = Course::of(track, &Goal::promise(slo)?, span);
    Some(Promise {
        objective,
        within: course.within,
        worst: course.worst,
    })
}

/// For how long each decision held, looked at once an hour.
fn policy(slo: &Slo, track: &Track, span: Span) -> BTreeMap<Decision, i64> {
    let mut held = BTreeMap::new();
    let mut at = span.start + HOUR;
    while at <= span.end {
        let facts = Facts::new(slo, track, at);
        if let Some(decision) = budget::rule(slo, &facts).decision {
            *held.entry(decision).or_insert(0) += HOUR;
        }
        at += HOUR;
    }
    held
}

fn incident(
    slo: &Slo,
    track: &Track,
    goal: &Goal,
    found: &budget::Incident,
    alerts: &[&Fired],
) -> Incident {
    let allowed = standing(track, goal, found.span.end).allowed;
    let was_alerted = alerts.iter().any(|alert| {
        alert.start <= found.span.end + HOUR && alert.end.is_none_or(|end| end > found.span.start)
    });
    let planned = planned(slo, found.span);
    Incident {
        span: found.span,
        events: found.events,
        spent: allowed.map(|allowed| found.share(allowed)),
        peak_burn: found.peak_burn,
        is_open: found.is_open,
        was_alerted,
        in_downtime: planned.iter().any(|planned| !planned.excluded),
    }
}

/// What the incident that an alert is about has cost. Where there is none, as after many
/// small ones, it is about its longest window.
fn cost(
    track: &Track,
    goal: &Goal,
    incidents: &[budget::Incident],
    alert: &Fired,
    span: Span,
) -> Option<Cost> {
    let at = alert.start.div_euclid(TILE) * TILE;
    let ends = alert.end.unwrap_or(span.end);
    let is_about = |incident: &&budget::Incident| {
        incident.span.start < alert.start && incident.span.end + HOUR >= alert.start
    };
    let window = alert.pairs.iter().map(|pair| seconds(pair.long)).max();
    let about = incidents.iter().rev().find(is_about).map_or_else(
        || Span {
            start: at - window.unwrap_or(HOUR),
            end: ends,
        },
        |incident| incident.span,
    );
    let standing = standing(track, goal, at);
    let allowed = standing.allowed.filter(|allowed| *allowed > 0.0)?;
    let spent = |span| track.events(span).map_or(0.0, |events| events.bad) / allowed;
    // It began within a tile, of which it is not known when its events were.
    let tile = Span::before(at + TILE, TILE);
    let begun = spent(tile) * float(alert.start - at) / float(TILE);
    let later = Span {
        start: at,
        end: about.end.max(at),
    };
    let was_gone = standing.spent.is_some_and(|spent| spent >= 1.0);
    let gone = || {
        let mut tiles = track.each(later);
        tiles.find(|tile| {
            let standing = budget::standing(track, goal, tile.end);
            standing.spent.is_some_and(|spent| spent >= 1.0)
        })
    };
    let is_seen = !alert.began_before;
    Some(Cost {
        before: is_seen.then(|| spent(Span { end: at, ..about }) + begun),
        whole: spent(Span {
            end: later.end,
            ..about
        })
        .max(begun),
        gone_after: gone()
            .filter(|_| is_seen && !was_gone)
            .map(|tile| tile.end - alert.start),
        was_gone: is_seen.then_some(was_gone),
    })
}

/// Planned downtime within a stretch.
pub(super) fn planned(slo: &Slo, span: Span) -> Vec<Planned> {
    let all = slo.downtime.iter().map(|downtime| Planned {
        span: Span {
            start: downtime.start.as_second(),
            end: downtime.end.as_second(),
        },
        reason: downtime.reason.clone(),
        excluded: downtime.excluded,
    });
    let within = all.filter(|planned| !planned.span.overlap(span).is_empty());
    within.collect()
}

/// The budget (0–1) that the periods of a track would have needed. Since what is spent is in
/// inverse proportion to the budget, this answers for every objective at once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Need {
    /// Of periods of which enough was measured, running ones included.
    pub(super) known: Option<f64>,
    /// Of others, whatever was not measured of them.
    pub(super) at_least: f64,
    /// Whether any period that is known is over.
    pub(super) is_whole: bool,
}

impl Need {
    /// Of the standings that a budget is judged by: of a rolling period at any time, of
    /// calendar periods at their end, or now.
    pub(super) fn of(track: &Track, goal: &Goal, span: Span) -> Self {
        let mut need = Self::default();
        if matches!(goal.period, crate::slo::Period::Calendar(_)) {
            for period in periods(track, goal, span) {
                need.add(&period.standing, goal, period.is_over);
            }
        } else {
            for tile in track.each(span) {
                need.add(&standing(track, goal, tile.end), goal, true);
            }
        }
        need
    }

    fn add(&mut self, standing: &Standing, goal: &Goal, is_over: bool) {
        let Some(spent) = standing.spent else {
            return;
        };
        let coverage = standing.coverage.unwrap_or(0.0);
        let needed = spent * goal.budget;
        if coverage >= ENOUGH_COVERAGE {
            self.known = Some(self.known.map_or(needed, |known| known.max(needed)));
            self.is_whole |= is_over;
        } else {
            self.at_least = self.at_least.max(needed * coverage);
        }
    }

    /// Whether no period overspends a budget.
    pub(super) fn is_within(&self, budget: f64) -> bool {
        self.known.is_none_or(|needed| needed <= budget) && self.at_least < budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Join, Part};
    use crate::prometheus::Labels;
    use crate::slo::{Calendar, CalendarUnit, Objective};

    fn instant(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    /// One event a second in these days, and none of them bad.
    fn steady(start: i64, days: i64) -> Track {
        let tiles = usize::try_from(days * 288).unwrap();
        let part = Part {
            bad: vec![0.0; tiles],
            total: vec![300.0; tiles],
        };
        Track::new(Labels::new(), start + TILE, Join::Part(0), &[part], &[], 0)
    }

    fn goal(period: crate::slo::Period) -> Goal {
        let objective = Objective::from_percent("99".parse().unwrap()).unwrap();
        Goal::new(objective, &period)
    }

    #[test]
    fn weeks_have_the_hours_of_their_clock() {
        let start = instant("2026-03-01T00:00:00Z");
        let track = steady(start, 31);
        let goal = goal(crate::slo::Period::Calendar(Calendar {
            unit: CalendarUnit::Week,
            time_zone: "America/New_York".to_owned(),
        }));
        let span = Span {
            start: start + 3 * 86_400,
            end: instant("2026-03-18T12:00:00Z"),
        };
        let found = periods(&track, &goal, span);
        let hours: Vec<_> = found.iter().map(|one| one.span.seconds() / 3600).collect();
        // Clocks go forward on Sunday, 8 March.
        assert_eq!(hours, [167, 168, 168]);
        assert_eq!(found[0].span.start, instant("2026-03-02T05:00:00Z"));
        assert_eq!(found[0].span.end, instant("2026-03-09T04:00:00Z"));
        let total = |index: usize| found[index].standing.events.unwrap().total;
        assert!((total(0) - 167.0 * 3600.0).abs() < 1e-6);
        assert!(found[0].is_over && found[1].is_over && !found[2].is_over);
        let passed = 2.0 * 86_400.0 + 8.0 * 3600.0;
        assert!((total(2) - passed).abs() < 1e-6, "{}", total(2));
        let allowed = found[2].standing.allowed.unwrap();
        assert!((allowed - 168.0 * 36.0).abs() < 1e-6, "{allowed}");
    }

    /// One of a hundred events fails from the first day of the second month on.
    #[test]
    fn a_running_month_needs_its_budget_too() {
        let start = instant("2026-03-01T00:00:00Z");
        let tiles = |days: usize, value: f64| vec![value; days * 288];
        let part = Part {
            bad: [tiles(31, 0.0), tiles(10, 3.0)].concat(),
            total: tiles(41, 300.0),
        };
        let track = Track::new(Labels::new(), start + TILE, Join::Part(0), &[part], &[], 0);
        let month = goal(crate::slo::Period::Calendar(Calendar {
            unit: CalendarUnit::Month,
            time_zone: "UTC".to_owned(),
        }));
        let span = Span {
            start,
            end: start + 41 * 86_400,
        };
        let need = Need::of(&track, &month, span);
        let third = 0.01 * 10.0 / 30.0;
        assert!((need.known.unwrap() - third).abs() < 1e-6, "{need:?}");
        assert!(need.is_whole);
        assert!(need.is_within(0.005) && !need.is_within(0.003));
        // The same that the table says.
        let course = Course::of(&track, &month, span);
        let spent = course.worst.unwrap().spent.unwrap();
        assert!((spent - need.known.unwrap() / 0.01).abs() < 1e-9, "{spent}");
        // Where no month is over, what the running one needs is known all the same.
        let running = Span {
            start: start + 31 * 86_400,
            ..span
        };
        let need = Need::of(&track, &month, running);
        assert!(need.known.is_some() && !need.is_whole, "{need:?}");
    }

    #[test]
    fn what_fired_before_has_an_unknown_cost() {
        let start = instant("2026-03-01T00:00:00Z");
        let part = Part {
            bad: vec![30.0; 20 * 288],
            total: vec![300.0; 20 * 288],
        };
        let track = Track::new(Labels::new(), start + TILE, Join::Part(0), &[part], &[], 0);
        let week = crate::duration::Duration::from_days(7);
        let goal = goal(crate::slo::Period::Rolling(week));
        let span = Span::before(start + 20 * 86_400, 10 * 86_400);
        let mut alert = Fired {
            name: "SLOErrorBudgetBurn".to_owned(),
            kind: AlarmKind::BurnRate,
            severity: crate::slo::Severity::Page,
            labels: Labels::new(),
            start: span.start,
            end: Some(span.start + 1440),
            began_before: true,
            pairs: Vec::new(),
            almost_entirely: false,
            cost: None,
            in_downtime: false,
        };
        let unknown = cost(&track, &goal, &[], &alert, span).unwrap();
        assert_eq!(unknown.before, None);
        assert_eq!(unknown.gone_after, None);
        assert_eq!(unknown.was_gone, None);
        assert!(unknown.whole > 0.0);
        alert.began_before = false;
        let known = cost(&track, &goal, &[], &alert, span).unwrap();
        assert!(known.before.is_some() && known.was_gone == Some(true));
    }

    #[test]
    fn rolling_periods_end_with_the_replay() {
        let start = instant("2026-03-01T00:00:00Z");
        let track = steady(start, 31);
        let week = crate::duration::Duration::from_days(7);
        let goal = goal(crate::slo::Period::Rolling(week));
        let end = start + 31 * 86_400;
        let span = Span::before(end, 20 * 86_400);
        let found = periods(&track, &goal, span);
        let starts: Vec<_> = found
            .iter()
            .map(|one| (end - one.span.start) / 86_400)
            .collect();
        assert_eq!(starts, [14, 7]);
        // A replay that is shorter than a period has one all the same.
        assert_eq!(periods(&track, &goal, Span::before(end, 86_400)).len(), 1);
    }
}
