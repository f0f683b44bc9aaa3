//! Periods that have ended, and those that run.

use slosmith::review::{Held, Which};

use crate::cases::{long_ago, outage, trouble};
use crate::numbers::{is_near, page, requests, section};
use crate::past::{DAY, HOUR, instant, now};
use crate::world::World;

pub(crate) async fn all(world: &World) {
    running(world).await;
    ended(world).await;
    earlier(world).await;
}

/// Months and quarters of Berlin, as they stand.
async fn running(world: &World) {
    let review = page(world, Which::Own, now()).await;
    let monthly = section(&review, "monthly", "");
    let start = instant("2025-10-31T23:00:00Z");
    let objective = &monthly.objective;
    assert_eq!((objective.span.start, objective.span.end), (start, now()));
    assert_eq!(objective.ends, instant("2025-11-30T23:00:00Z"));
    let (bad, total) = requests(world, None, (start, now()));
    is_near("ratio", objective.error_ratio, bad / total);
    // What is still to come has the traffic of the last thirty days.
    let (_, month) = requests(world, None, (now() - 30 * DAY, now()));
    let left = f64::from(i32::try_from(objective.ends - now()).unwrap());
    let whole = total + month / (30.0 * 86_400.0) * left;
    is_near("left", objective.left, 1.0 - bad / (whole * 0.005));
    let promise = monthly.promise.as_ref().unwrap();
    assert_eq!(promise.span.start, instant("2025-09-30T22:00:00Z"));
    assert_eq!(promise.ends, instant("2025-12-31T23:00:00Z"));
    let quarter = (promise.span.start, now());
    let (bad, total) = requests(world, None, quarter);
    is_near("promise", promise.error_ratio, bad / total);
    let before = monthly.previous.as_ref().unwrap();
    assert_eq!(before.span.start, instant("2025-09-30T22:00:00Z"));
    assert_eq!(before.span.end, start);
}

/// October of Berlin has an hour more.
async fn ended(world: &World) {
    let start = instant("2025-09-30T22:00:00Z");
    let end = instant("2025-10-31T23:00:00Z");
    let (bad, total) = requests(world, None, (start, end));
    for which in ["2025-10", "last"] {
        let review = page(world, which.parse::<Which>().unwrap(), now()).await;
        let monthly = section(&review, "monthly", "");
        let objective = &monthly.objective;
        assert_eq!((objective.span.start, objective.span.end), (start, end));
        assert_eq!((end - start) / HOUR, 31 * 24 + 1);
        assert_eq!(objective.period, "in October 2025");
        is_near("total", objective.total, total);
        is_near("left", objective.left, 1.0 - bad / (total * 0.005));
        is_near(
            "promise",
            monthly.promise.as_ref().unwrap().left,
            1.0 - bad / (total * 0.01),
        );
        let spans: Vec<_> = monthly.incidents.iter().map(|one| one.span.start).collect();
        assert_eq!(spans, [trouble().0]);
        // The budget burns down over the month.
        let line = &monthly.timeline;
        is_near("whole", line.first().unwrap().left, 1.0);
        is_near("end", line.last().unwrap().left, objective.left.unwrap());
        let turns = line.iter().filter(|point| point.left < Some(1.0 - 1e-9));
        assert!(turns.clone().next().unwrap().at > trouble().0);
        // Where a period rolls, months are those of the zone that is shown.
        let api = section(&review, "api", "");
        let month = (
            instant("2025-10-01T00:00:00Z"),
            instant("2025-11-01T00:00:00Z"),
        );
        let (bad, total) = requests(world, None, month);
        is_near("api", api.objective.left, 1.0 - bad / (total * 0.001));
        let before = api.previous.as_ref().unwrap();
        assert_eq!(before.span.start, instant("2025-09-01T00:00:00Z"));
    }
}

/// As of another day.
async fn earlier(world: &World) {
    let at = outage().0 + 20 * 60;
    let review = page(world, Which::Own, at).await;
    let api = section(&review, "api", "");
    let (bad, total) = requests(world, None, (at - 30 * DAY, at));
    is_near("left", api.objective.left, 1.0 - bad / (total * 0.001));
    let open = api.incidents.iter().find(|one| one.is_open).unwrap();
    assert_eq!((open.span.start, open.span.end), (outage().0, at));
    let before = page(world, Which::Own, long_ago().0).await;
    let young = section(&before, "api", "");
    // Three weeks of a month: what was measured is told, and how much of it there is.
    assert!((young.objective.coverage.unwrap() - 21.0 / 30.0).abs() < 0.01);
    assert_eq!(young.held, Held::Held);
}
