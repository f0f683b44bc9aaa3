//! Every number of the page equals what was counted.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use slosmith::review::{Attribution, By, Held, Request, Review, SloReview, Which, review};
use slosmith::rules::Catalogue;
use slosmith::scope::Scope;
use slosmith::slo::Slo;

use crate::cases::{self, SPEC, outage, stale, traffic, trouble};
use crate::past::{DAY, HOUR, MINUTE, Stretch, now};
use crate::world::World;

pub(crate) fn slos(spec: &str) -> Vec<Slo> {
    let mut sources = slosmith::source::Sources::default();
    let id = sources.add("spec.yaml", spec.to_owned());
    let mut findings = slosmith::diagnostic::Diagnostics::default();
    let slos = slosmith::spec::load_all(&sources, &[id], &mut findings).slos;
    assert!(!findings.has_errors());
    slos
}

/// The page as of an instant.
pub(crate) async fn page(world: &World, which: Which, at: i64) -> Review {
    let slos = slos(SPEC);
    let all: Catalogue<'_> = slos.iter().map(|slo| (&slo.id, slo)).collect();
    let client = world.client();
    let request = Request {
        client: &client,
        slos: slos.iter().collect(),
        all: &all,
        scope: &Scope::default(),
        at,
        which: &which,
        time_zone: "UTC".to_owned(),
        zone: TimeZone::UTC,
        by: By::Found,
        progress: &(),
    };
    review(&request).await.unwrap()
}

/// The section of an SLO, and of a group of it.
pub(crate) fn section<'r>(review: &'r Review, name: &str, group: &str) -> &'r SloReview {
    let is_it =
        |slo: &&SloReview| slo.id.name == name && slo.group.values().all(|value| value == group);
    review.slos.iter().find(is_it).unwrap()
}

pub(crate) fn is_near(what: &str, found: Option<f64>, exact: f64) {
    let found = found.unwrap_or_else(|| panic!("{what}: nothing"));
    let bound = 1e-6 * exact.abs().max(1e-6);
    assert!(
        (found - exact).abs() <= bound,
        "{what}: {found} is not {exact}"
    );
}

/// Bad and all requests, of a route or of both.
pub(crate) fn requests(world: &World, route: Option<&str>, span: Stretch) -> (f64, f64) {
    let label = |raw: &crate::past::Raw, name: &str| {
        let mut labels = raw.labels.iter();
        labels
            .find(|(own, _)| *own == name)
            .map_or("", |(_, value)| value)
    };
    let of = |raw: &crate::past::Raw| route.is_none_or(|route| label(raw, "route") == route);
    let bad = |raw: &crate::past::Raw| of(raw) && label(raw, "code") == "500";
    (
        world.growth("requests_total", bad, span),
        world.growth("requests_total", of, span),
    )
}

fn shares(by: &[Attribution], label: &str) -> BTreeMap<String, f64> {
    let by = by.iter().find(|by| by.label == label).unwrap();
    let values = by.values.iter();
    values
        .map(|value| (value.value.clone(), value.share))
        .collect()
}

#[tokio::test]
async fn every_number_is_what_was_counted() {
    let world = World::new(SPEC, cases::raw()).await;
    let review = page(&world, Which::Own, now()).await;
    counted(&world, &review);
    incidents(&world, &review);
    attributed(&world, &review);
    planned(&world, &review);
    groups(&world, &review);
    happiness(&review);
    time(&review);
    journey(&world, &review);
    nothing(&review);
    overview(&review);
    crate::periods::all(&world).await;
    crate::commands::all(&world);
}

fn counted(world: &World, review: &Review) {
    let api = section(review, "api", "");
    let (bad, total) = requests(world, None, (now() - 30 * DAY, now()));
    let allowed = total * 0.001;
    is_near("bad", api.objective.bad, bad);
    is_near("total", api.objective.total, total);
    is_near("allowed", api.objective.allowed, allowed);
    is_near("ratio", api.objective.error_ratio, bad / total);
    is_near("left", api.objective.left, 1.0 - bad / allowed);
    is_near("coverage", api.objective.coverage, 1.0);
    let promise = api.promise.as_ref().unwrap();
    is_near("promise", promise.left, 1.0 - bad / (total * 0.005));
    let before = api.previous.as_ref().unwrap();
    let (bad, total) = requests(world, None, (now() - 60 * DAY, now() - 30 * DAY));
    is_near("before", before.error_ratio, bad / total);
    is_near("left before", before.left, 1.0 - bad / (total * 0.001));
    // The line of the chart: each point is the budget of its own last thirty days.
    let first = api.timeline.first().unwrap();
    assert_eq!(first.at, now() - 30 * DAY);
    is_near("first point", first.left, before.left.unwrap());
    is_near(
        "last point",
        api.timeline.last().unwrap().left,
        api.objective.left.unwrap(),
    );
    for point in api.timeline.iter().step_by(29) {
        let (bad, total) = requests(world, None, (point.at - 30 * DAY, point.at));
        is_near("point", point.left, 1.0 - bad / (total * 0.001));
    }
}

fn incidents(world: &World, review: &Review) {
    let api = section(review, "api", "");
    let allowed = api.objective.allowed.unwrap();
    let expected = [trouble(), outage()].map(|span| (span, requests(world, None, span).0));
    let mut expected = expected.to_vec();
    expected.sort_by(|one, other| other.1.total_cmp(&one.1));
    let found: Vec<Stretch> = api
        .incidents
        .iter()
        .map(|incident| (incident.span.start, incident.span.end))
        .collect();
    assert_eq!(
        found,
        expected.iter().map(|(span, _)| *span).collect::<Vec<_>>()
    );
    assert_eq!(api.more_incidents, 0);
    for (incident, (_, bad)) in api.incidents.iter().zip(&expected) {
        is_near("bad", Some(incident.bad), *bad);
        is_near("share", Some(incident.share), bad / allowed);
        assert!(!incident.is_open);
    }
    // 150 of 900 requests failed.
    let outage = api
        .incidents
        .iter()
        .find(|one| one.span.start == outage().0);
    is_near(
        "peak",
        outage.map(|one| one.peak_burn),
        150.0 / 900.0 / 0.001,
    );
}

fn attributed(world: &World, review: &Review) {
    let api = section(review, "api", "");
    let period = (now() - 30 * DAY, now());
    let (all, _) = requests(world, None, period);
    let labels: Vec<&str> = api.spent_by.iter().map(|by| by.label.as_str()).collect();
    // The code is the same for all bad events, and so tells nothing.
    assert_eq!(labels, ["route", "version"]);
    for (value, share) in shares(&api.spent_by, "route") {
        let (bad, _) = requests(world, Some(&value), period);
        assert!((share - bad / all).abs() < 0.01, "{value}: {share}");
    }
    let of_outage = api
        .incidents
        .iter()
        .find(|one| one.span.start == outage().0);
    let spent_by = &of_outage.unwrap().spent_by;
    assert_eq!(shares(spent_by, "version"), [("2".to_owned(), 1.0)].into());
    assert_eq!(shares(spent_by, "route"), [("/pay".to_owned(), 1.0)].into());
}

fn planned(world: &World, review: &Review) {
    let planned = section(review, "planned", "");
    let (bad, _) = requests(world, None, trouble());
    is_near("bad", planned.objective.bad, bad);
    // Eight tiles, and the one that reads back to the scrape before it.
    assert_eq!(planned.objective.excluded, 45 * MINUTE);
    is_near("coverage", planned.objective.coverage, 1.0);
    let told: Vec<_> = planned
        .downtime
        .iter()
        .map(|down| (down.span.start, down.reason.as_deref(), down.is_counted))
        .collect();
    assert_eq!(
        told,
        [
            (outage().0, Some("move <of> the data"), false),
            (trouble().0, None, true)
        ]
    );
    assert_eq!(planned.incidents.len(), 1);
    // Who failed in planned downtime spent nothing.
    assert_eq!(
        shares(&planned.spent_by, "version"),
        [("1".to_owned(), 1.0)].into()
    );
    assert_eq!(
        shares(&planned.spent_by, "route"),
        [("/cart".to_owned(), 1.0)].into()
    );
}

fn groups(world: &World, review: &Review) {
    let period = (now() - 30 * DAY, now());
    for route in ["/pay", "/cart"] {
        let group = section(review, "by-route", route);
        let (bad, total) = requests(world, Some(route), period);
        is_near(route, group.objective.left, 1.0 - bad / (total * 0.001));
        let incident = if route == "/pay" { outage() } else { trouble() };
        let found: Vec<_> = group.incidents.iter().map(|one| one.span.start).collect();
        assert_eq!(found, [incident.0], "{route}");
    }
    // Listed in the spec, and never seen.
    let gone = section(review, "by-route", "/gone");
    assert_eq!(gone.held, Held::Unknown);
    assert_eq!(gone.objective.error_ratio, None);
}

fn happiness(review: &Review) {
    let happy = section(review, "happy", "");
    let scale = happy.happiness.as_ref().unwrap();
    let scrapes = 30.0 * 1440.0;
    let bad_ones = 40.0;
    let mean = |usual: f64, bad: f64| (usual * (scrapes - bad_ones) + bad * bad_ones) / scrapes;
    let up_to = [0.7, 0.9, 0.95].map(|share: f64| mean(share, share * share));
    let index = 0.2 * up_to[0] + 0.3 * up_to[1] + 0.5 * up_to[2];
    is_near("index", scale.index, index);
    is_near("left", happy.objective.left, 1.0 - (1.0 - index) / 0.05);
    is_near("before", scale.previous, 0.2 * 0.7 + 0.3 * 0.9 + 0.5 * 0.95);
    let exact = [
        up_to[0],
        up_to[1] - up_to[0],
        up_to[2] - up_to[1],
        1.0 - up_to[2],
    ];
    let names: Vec<&str> = scale.bands.iter().map(|band| band.name.as_str()).collect();
    assert_eq!(names, ["satisfied", "annoying", "painful", "brutal"]);
    for (band, exact) in scale.bands.iter().zip(exact) {
        let share = band.share.unwrap();
        assert!((share - exact).abs() < 0.002, "{}: {share}", band.name);
    }
    assert_eq!(scale.bands[2].bounds, "3s to 5s");
    let worst = scale
        .points
        .iter()
        .filter_map(|point| point.index)
        .fold(1.0, f64::min);
    assert!(worst < index && scale.points.len() > 50, "{worst}");
}

fn time(review: &Review) {
    let fresh = section(review, "fresh", "");
    // Stale two hours after the last import, until the first sample after the stop.
    let bad = 3.0 * 60.0;
    let objective = &fresh.objective;
    let measured = 30.0 * 1440.0 - 360.0;
    assert!(
        (objective.bad.unwrap() / 60.0 - bad).abs() < 6.0,
        "{objective:?}"
    );
    assert!((objective.error_ratio.unwrap() - bad / measured).abs() < 0.0002);
    assert!((objective.coverage.unwrap() - measured / (30.0 * 1440.0)).abs() < 0.001);
    assert_eq!(fresh.unit, None);
    let incident = &fresh.incidents[0];
    assert!((incident.span.start - (stale().0 + 2 * HOUR)).abs() <= 5 * MINUTE);
    assert!((incident.span.end - stale().1).abs() <= 5 * MINUTE);
    // Where Prometheus saw nothing, the line has a gap.
    assert!(fresh.timeline.iter().any(|point| point.left.is_none()));
}

fn journey(world: &World, review: &Review) {
    let journey = section(review, "journey", "");
    let [api, fresh] =
        ["api", "fresh"].map(|name| section(review, name, "").objective.error_ratio.unwrap());
    is_near(
        "journey",
        journey.objective.error_ratio,
        1.0 - (1.0 - api) * (1.0 - fresh),
    );
    // Each as much as the journey would be better without it.
    let by = shares(&journey.spent_by, "component");
    let (of_api, of_fresh) = (api * (1.0 - fresh), fresh * (1.0 - api));
    is_near(
        "api",
        by.get("shop/api").copied(),
        of_api / (of_api + of_fresh),
    );
    let spent: f64 = journey.incidents.iter().map(|one| one.share).sum();
    assert!(
        spent <= 1.0 - journey.objective.left.unwrap() + 1e-9,
        "{spent}"
    );
    assert!(journey.incidents.len() >= 2, "{:?}", journey.incidents);
    assert!(requests(world, None, outage()).1 > 40.0 * traffic("/pay"));
}

fn nothing(review: &Review) {
    let there = section(review, "there", "");
    assert_eq!(there.held, Held::Unknown);
    assert_eq!(there.policy.decision, None);
    assert!(there.timeline.is_empty() && there.incidents.is_empty());
    assert_eq!(
        there.sentence,
        "Nobody knows: nothing was measured over 30d."
    );
}

fn overview(review: &Review) {
    let owners = &review.rollups[0];
    let labels: Vec<&str> = review
        .rollups
        .iter()
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(labels, ["owner", "tier"]);
    let team = owners.rows["shop-team"];
    let nobody = owners.rows[""];
    assert_eq!((nobody.all, nobody.unknown), (1, 1));
    assert_eq!(team.all, 9);
    assert_eq!(team.held + team.missed + team.unknown, team.all);
    assert!(
        review.headlines[0].starts_with("shop/"),
        "{:?}",
        review.headlines
    );
}
