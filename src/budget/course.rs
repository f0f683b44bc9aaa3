//! How a budget goes on when something changes now.

use super::span::{Span, TILE, period_at};
use super::spent::{Goal, standing};
use super::track::{Events, Track};
use crate::slo::Period;

/// What becomes of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// Whether it is gone already.
    pub is_gone: bool,
    /// Seconds until it is gone; `None` where it is gone already or will not be.
    pub gone_in: Option<i64>,
    /// Share of it that is spent in the end: of a rolling period, when the last of what is
    /// measured today has left it; of a calendar period, when it ends.
    pub spent_in_the_end: Option<f64>,
}

/// What becomes of a budget when, from the end of a track on, everything goes on as it was
/// on average over `like`, and a share `loss` (0–1) of what was good turns bad. Of a rolling
/// period the old leaves as the new comes. Unlike [`super::Forecast`], which takes the last hour.
pub fn course(track: &Track, goal: &Goal, like: Span, loss: f64) -> Course {
    let now = track.span().end;
    let ends = match &goal.period {
        Period::Rolling(length) => {
            now.saturating_add(i64::try_from(length.millis() / 1000).unwrap_or(i64::MAX))
        }
        // What is asked at the very end of a month is asked of the next one.
        Period::Calendar(_) => period_at(&goal.period, now.saturating_add(1)).end,
    };
    let tiles = ends.saturating_sub(now).div_euclid(TILE);
    let future = going_on(track, usize::try_from(tiles).unwrap_or(0), like, loss);
    let spent = |tile: i64| standing(&future, goal, now + tile * TILE).spent;
    let is_gone = spent(0).is_some_and(|spent| spent >= 1.0);
    let gone = |tile: &i64| spent(*tile).is_some_and(|spent| spent >= 1.0);
    Course {
        is_gone,
        gone_in: (1..=tiles)
            .find(gone)
            .filter(|_| !is_gone)
            .map(|tile| tile * TILE),
        spent_in_the_end: spent(tiles),
    }
}

/// A track that goes on as it was on average, but for the loss. What is put together from
/// others has no events that could turn bad: to it the loss is one more step in series.
fn going_on(track: &Track, tiles: usize, like: Span, loss: f64) -> Track {
    if track.is_composite() {
        let longer = track.with_step();
        let step = longer.parts() - 1;
        return longer.continued(tiles, |part| match part {
            part if part == step => Events {
                bad: loss,
                total: 1.0,
            },
            part => longer.mean(part, like),
        });
    }
    track.continued(tiles, |part| {
        let Events { bad, total } = track.mean(part, like);
        let good = (total - bad).clamp(0.0, total) * (1.0 - loss);
        Events {
            bad: total - good,
            total,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Join, Part};
    use crate::duration::Duration;
    use crate::prometheus::Labels;
    use crate::slo::{Calendar, CalendarUnit};

    const DAY: i64 = 86_400;
    const TILES: usize = 288;

    /// Ten days, up to 2026-09-11, of 100 events a tile, of which so many were bad.
    fn track(bad: impl Fn(usize) -> f64, join: Join, parts: usize) -> Track {
        let end = "2026-09-11T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let part = Part {
            bad: (0..10 * TILES).map(bad).collect(),
            total: vec![100.0; 10 * TILES],
        };
        let first_end = end.as_second() - 10 * DAY + TILE;
        Track::new(Labels::new(), first_end, join, &vec![part; parts], &[], 0)
    }

    fn rolling(days: u64) -> Goal {
        Goal {
            budget: 0.01,
            period: Period::Rolling(Duration::from_days(days)),
        }
    }

    fn over(track: &Track, goal: &Goal, loss: f64) -> Course {
        course(track, goal, track.span(), loss)
    }

    #[test]
    fn the_old_leaves_as_the_new_comes() {
        // 0.5 % were bad, 1.5 % will be: the budget of 1 % is spent when half is new.
        let calm = track(|_| 0.5, Join::Part(0), 1);
        let loss = 0.01 / 0.995;
        let course = over(&calm, &rolling(10), loss);
        assert!(!course.is_gone);
        let gone_in = course.gone_in.unwrap();
        assert!((gone_in - 5 * DAY).abs() <= TILE, "{gone_in}");
        assert!(
            (course.spent_in_the_end.unwrap() - 1.5).abs() < 1e-9,
            "{course:?}"
        );
        // Without a change it never is.
        let same = over(&calm, &rolling(10), 0.0);
        assert_eq!(same.gone_in, None);
        assert!((same.spent_in_the_end.unwrap() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_gone_is_gone_already() {
        let worse = track(|_| 2.0, Join::Part(0), 1);
        let course = over(&worse, &rolling(10), 0.5);
        assert!(course.is_gone && course.gone_in.is_none());
        // It comes back where what was bad leaves the period.
        let incident = track(
            |tile| if tile < TILES { 20.0 } else { 0.0 },
            Join::Part(0),
            1,
        );
        let like = Span::before(incident.span().end, 9 * DAY);
        let course = super::course(&incident, &rolling(10), like, 0.0);
        assert!(course.is_gone && course.spent_in_the_end == Some(0.0));
    }

    #[test]
    fn a_month_ends() {
        let month = Goal {
            budget: 0.01,
            period: Period::Calendar(Calendar {
                unit: CalendarUnit::Month,
                time_zone: "UTC".to_owned(),
            }),
        };
        // Ten days at 0.3 % have spent 3 of 30 parts, ten at 2.7 % spend the others.
        let calm = track(|_| 0.3, Join::Part(0), 1);
        let to = |ratio: f64| 1.0 - (1.0 - ratio) / (1.0 - 0.003);
        let gone_in = over(&calm, &month, to(0.027)).gone_in.unwrap();
        assert!((gone_in - 10 * DAY).abs() <= TILE, "{gone_in}");
        let course = over(&calm, &month, to(0.006));
        assert_eq!(course.gone_in, None);
        let spent = course.spent_in_the_end.unwrap();
        assert!(
            (spent - (10.0 * 0.3 + 20.0 * 0.6) / 30.0).abs() < 1e-9,
            "{spent}"
        );
    }

    #[test]
    fn a_composite_has_one_more_step() {
        let part = Join::Part;
        for (join, parts) in [
            (Join::Every(vec![part(0), part(1), part(0)]), 2),
            (Join::Weighted(vec![(0.25, part(0)), (0.75, part(1))]), 2),
            (part(0), 1),
        ] {
            let calm = track(|_| 0.1, join.clone(), parts);
            let now = calm.error_ratio(calm.span()).unwrap();
            let same = over(&calm, &rolling(10), 0.0).spent_in_the_end.unwrap();
            assert!((same - now / 0.01).abs() < 1e-9, "{join:?}: {same}");
            let spent = over(&calm, &rolling(10), 0.002).spent_in_the_end.unwrap();
            let then = 1.0 - (1.0 - now) * (1.0 - 0.002);
            assert!((spent - then / 0.01).abs() < 1e-9, "{join:?}: {spent}");
        }
    }
}
