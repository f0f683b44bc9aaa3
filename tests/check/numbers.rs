//! The numbers that a check shows, beside what truly happened.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::{DAY, MINUTE, seconds, unix_now};
use crate::outcome::{Outcome, Standing};
use crate::raw::Played;
use crate::world::World;

/// What a series says about events: how much of its growth is bad, and how much of it
/// counts at all.
type Weights = fn(&Played) -> (f64, f64);

/// An SLO on events, its error budget, and what tells bad from good.
struct Events {
    title: &'static str,
    budget: f64,
    weights: Weights,
}

const EVENTS: [Events; 10] = [
    on("bad-where", 0.001, |raw| by_code(raw, "web_requests_total")),
    on("good-where", 0.001, |raw| {
        by_code(raw, "web_requests_total")
    }),
    on("bad", 0.001, calls),
    on("good", 0.001, calls),
    on("expression", 0.001, calls),
    on("latency", 0.01, slow),
    on("satisfaction", 0.05, unhappy),
    on("read-freshness", 0.01, old),
    on("grouped region=eu", 0.001, |raw| in_region(raw, "eu")),
    on("grouped region=us", 0.001, |raw| in_region(raw, "us")),
];

const fn on(title: &'static str, budget: f64, weights: Weights) -> Events {
    Events {
        title,
        budget,
        weights,
    }
}

fn one_if(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn by_code(raw: &Played, name: &str) -> (f64, f64) {
    let counts = one_if(raw.name() == name);
    (counts * one_if(raw.label("code") == "500"), counts)
}

fn in_region(raw: &Played, region: &str) -> (f64, f64) {
    let (bad, total) = by_code(raw, "shop_requests_total");
    let counts = one_if(raw.label("region") == region);
    (bad * counts, total * counts)
}

fn calls(raw: &Played) -> (f64, f64) {
    match raw.name() {
        "web_calls_total" => (0.0, 1.0),
        "web_failures_total" => (1.0, 0.0),
        _ => (0.0, 0.0),
    }
}

fn slow(raw: &Played) -> (f64, f64) {
    match (raw.name(), raw.label("le")) {
        ("web_duration_seconds_count", _) => (1.0, 1.0),
        ("web_duration_seconds_bucket", "0.4") => (-1.0, 0.0),
        _ => (0.0, 0.0),
    }
}

fn unhappy(raw: &Played) -> (f64, f64) {
    match (raw.name(), raw.label("le")) {
        ("web_duration_seconds_count", _) => (1.0, 1.0),
        ("web_duration_seconds_bucket", "0.4") => (-0.2, 0.0),
        ("web_duration_seconds_bucket", "1") => (-0.8, 0.0),
        _ => (0.0, 0.0),
    }
}

fn old(raw: &Played) -> (f64, f64) {
    match (raw.name(), raw.label("le")) {
        ("view_age_seconds_count", _) => (1.0, 1.0),
        ("view_age_seconds_bucket", "7200") => (-1.0, 0.0),
        _ => (0.0, 0.0),
    }
}

impl World {
    /// Bad and all events of a span.
    fn events(&self, weights: Weights, span: (f64, f64)) -> (f64, f64) {
        let bad = self.growth(|raw| weights(raw).0, span);
        (bad, self.growth(|raw| weights(raw).1, span))
    }
}

/// Every number of the healthy set.
pub(crate) async fn are_exact(world: &World, outcome: &Outcome, zone: &str) {
    let standing = |title: &str| outcome.standing("healthy", title);
    let mut misses = Misses::default();
    for events in &EVENTS {
        let standing = standing(events.title);
        over_the_period(world, events, standing, &mut misses).await;
        over_windows(world, events, standing, &mut misses).await;
    }
    misses.are_few();
    let web: Weights = |raw| by_code(raw, "web_requests_total");
    of_the_month(world, standing("month"), web, zone).await;
    let promise = standing("good-where").promise.as_ref().unwrap();
    let spent = spent_of_the_month(world, web, zone, seconds(unix_now())) / 0.005;
    is_near(
        "promise of the month",
        promise.left,
        1.0 - spent,
        slack_of_the_month(zone) * spent,
    );
    let ratio = standing("bad-where").error_ratio.unwrap();
    let promise = standing("bad-where").promise.as_ref().unwrap();
    is_near("promise", promise.left, 1.0 - ratio / 0.005, 1e-6);
    of_time(world, outcome);
    for standing in &outcome.slos {
        assert_eq!(standing.origin, "recorded", "{standing:?}");
        is_near(&standing.title(), standing.coverage, 1.0, 0.002);
    }
}

/// How far off numbers are, as shares of what they may be: nineteen in twenty are within
/// their bars, and none is far outside.
#[derive(Default)]
struct Misses(Vec<(String, f64)>);

impl Misses {
    fn add(&mut self, what: &str, found: Option<f64>, exact: f64, bar: f64) {
        let off = (found.unwrap_or(f64::NAN) - exact).abs() / bar;
        self.0.push((what.to_owned(), off));
    }

    fn are_few(&self) {
        let within = |bar: f64| self.0.iter().filter(|(_, off)| *off <= bar).count();
        let all = self.0.len();
        assert!(within(1.0) >= all - all.div_ceil(20), "{:?}", self.0);
        assert_eq!(within(3.0), all, "{:?}", self.0);
    }
}

async fn over_the_period(world: &World, events: &Events, standing: &Standing, misses: &mut Misses) {
    let title = events.title;
    let at = world.recorded_at(&series("period", title)).await;
    let (bad, total) = world.events(events.weights, (at - seconds(30 * DAY), at));
    let exact = bad / total;
    misses.add(title, standing.error_ratio, exact, 0.001 * exact);
    let spent = exact / events.budget;
    misses.add(title, standing.budget_left, 1.0 - spent, 0.001 * spent);
}

/// Windows of hours hold too few errors to say more of them.
async fn over_windows(world: &World, events: &Events, standing: &Standing, misses: &mut Misses) {
    for (window, days, bar) in [("1d", 1, 0.006), ("3d", 3, 0.003)] {
        let at = world.recorded_at(&series(window, events.title)).await;
        let (bad, total) = world.events(events.weights, (at - seconds(days * DAY), at));
        let exact = bad / total / events.budget;
        let what = format!("{} over {window}", events.title);
        misses.add(&what, standing.burn(window), exact, bar * exact);
    }
}

fn series(window: &str, title: &str) -> String {
    let slo = title.split(' ').next().unwrap();
    format!("slo:error_ratio:{window}{{service=\"healthy\",slo=\"{slo}\"}}")
}

/// A zone in which the month is neither about to begin nor just begun.
pub(crate) fn quiet_zone() -> &'static str {
    let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
    let now = seconds(unix_now());
    let since = |zone: &&str| (now - month(zone, now).0).min(month(zone, now).1 - now);
    zones
        .into_iter()
        .max_by(|a, b| since(a).total_cmp(&since(b)))
        .unwrap()
}

/// First and last second of the month, there.
#[expect(clippy::cast_possible_truncation, reason = "seconds of this century")]
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn month(zone: &str, now: f64) -> (f64, f64) {
    let zone = TimeZone::get(zone).unwrap();
    let now = Timestamp::from_second(now as i64).unwrap();
    let today = now.to_zoned(zone.clone()).date();
    let unix = |date: jiff::civil::Date| {
        let midnight = date.to_zoned(zone.clone()).unwrap();
        midnight.timestamp().as_second() as f64
    };
    let next = today.last_of_month().tomorrow().unwrap();
    (unix(today.first_of_month()), unix(next))
}

async fn of_the_month(world: &World, standing: &Standing, web: Weights, zone: &str) {
    let at = world.recorded_at(&series("period", "month")).await;
    let (bad, total) = world.events(web, (month(zone, at).0, at));
    let exact = bad / total;
    is_near("month", standing.error_ratio, exact, 0.006 * exact);
    let spent = spent_of_the_month(world, web, zone, at) / 0.001;
    let slack = slack_of_the_month(zone) * spent;
    is_near("month", standing.budget_left, 1.0 - spent, slack);
}

/// How far off, relatively, what a month has spent may be: at its start nobody knows how
/// many events it will have.
fn slack_of_the_month(zone: &str) -> f64 {
    let now = seconds(unix_now());
    0.03 + 0.5 * seconds(DAY) / (now - month(zone, now).0)
}

/// Bad events so far as a share of all that the month will have: every day has as many.
fn spent_of_the_month(world: &World, web: Weights, zone: &str, at: f64) -> f64 {
    let (start, end) = month(zone, at);
    let (bad, _) = world.events(web, (start, at));
    let (_, of_ten_days) = world.events(web, (at - seconds(10 * DAY), at));
    bad / (of_ten_days * (end - start) / seconds(10 * DAY))
}

/// What has no events is measured by the minute, and ends are not sharp.
fn of_time(world: &World, outcome: &Outcome) {
    let minutes = seconds(30 * DAY / MINUTE);
    let standing = |title: &str| outcome.standing("healthy", title);
    let failed = (40.0 + 2.0 * 40.0) / (3.0 * minutes);
    for (title, exact) in [
        ("probe", failed),
        ("threshold", 60.0 / minutes),
        ("freshness", 150.0 / minutes),
    ] {
        is_near(title, standing(title).error_ratio, exact, 0.04 * exact);
    }
    // Six or seven slices of five minutes, twice.
    let slices = 13.0 * 5.0 / minutes;
    let slack = 0.09 * slices;
    is_near("slices", standing("slices").error_ratio, slices, slack);
    let ratio = |title: &str| standing(title).error_ratio.unwrap();
    let composite = 1.0 - (1.0 - ratio("bad")) * (1.0 - ratio("latency"));
    is_near(
        "composite",
        standing("composite").error_ratio,
        composite,
        0.001 * composite,
    );
    let of_time = by_the_clock(world);
    is_near(
        "ratio",
        standing("ratio").error_ratio,
        of_time,
        0.02 * of_time,
    );
}

/// The mean of what the ratio was in every five minutes.
fn by_the_clock(world: &World) -> f64 {
    let now = world.now();
    let tiles = (now - 30 * DAY..now).step_by(300);
    let ratios: Vec<f64> = tiles
        .map(|start| {
            let (bad, total) = world.events(calls, (seconds(start), seconds(start + 300)));
            bad / total
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let count = ratios.len() as f64;
    ratios.iter().sum::<f64>() / count
}

impl Standing {
    pub(crate) fn burn(&self, window: &str) -> Option<f64> {
        let mut burn = self.burn.iter();
        burn.find(|burn| burn.window == window)?.rate
    }
}

/// Fails when a number is not there, or further off than that.
pub(crate) fn is_near(what: &str, found: Option<f64>, exact: f64, slack: f64) {
    let found = found.unwrap_or(f64::NAN);
    assert!(
        (found - exact).abs() <= slack,
        "{what}: {found} is shown, {exact} is true, {slack} may be between them"
    );
}
