//! Everything that can be wrong, each with a service of its own, on one server.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::cases;
use crate::clock::{DAY, HOUR, MINUTE, seconds, unix_now};
use crate::formats;
use crate::numbers::is_near;
use crate::outcome::{Outcome, outcome};
use crate::raw::Played;
use crate::world::{Setup, World};

/// A job of which the only target does not answer: nobody listens on this port.
const STOPPED: &str = "- {job_name: ser004, static_configs: [{targets: ['127.0.0.1:1'], labels: {instance: 'ser004:80'}}]}\n";

#[tokio::test]
async fn every_trouble_gives_its_codes_and_no_others() {
    let mut cases: Vec<Case> = cases::verdicts::cases();
    cases.extend(cases::rules::cases());
    cases.extend(cases::values::cases());
    cases.extend(cases::series::cases());
    let setup = Setup {
        jobs: STOPPED,
        ..Setup::default()
    };
    let world = World::new(&mut cases, &setup).await;
    let (found, run) = outcome(&world, &[]);
    found.is_as_expected(&cases, &["RUL003", "RUL007"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    alerts_are_told(&found);
    numbers_are_true(&world, &found);
    whole_periods_only_when_asked(&world);
    formats::all_forms(&world);
    formats::parts(&world);
    formats::ends(&world);
    formats::from_elsewhere(&world);
}

fn alerts_are_told(found: &Outcome) {
    for (service, expected, firing) in [
        ("calm", "", ""),
        (
            "burning",
            "SLOErrorBudgetBurn page",
            "SLOErrorBudgetBurn page",
        ),
        ("low", "SLOBudgetLow ticket", "SLOBudgetLow ticket"),
        ("fir001", "SLOErrorBudgetBurn page", ""),
        ("fir002", "", "SLOErrorBudgetBurn page"),
    ] {
        let standing = found.standing(service, "api");
        let told = [
            standing.alerts(|alert| alert.expected).join(", "),
            standing.alerts(|alert| alert.firing).join(", "),
        ];
        assert_eq!(told, [expected, firing], "{service}");
    }
}

fn numbers_are_true(world: &World, found: &Outcome) {
    let now = seconds(unix_now());
    let ratio = |job: &str, span: f64| {
        let is_of = |raw: &Played| raw.name() == format!("{job}_requests_total");
        let bad = |raw: &Played| f64::from(u8::from(is_of(raw) && raw.label("code") == "500"));
        let all = |raw: &Played| f64::from(u8::from(is_of(raw)));
        let span = (now - span, now);
        world.growth(bad, span) / world.growth(all, span)
    };
    for (service, origin) in [("calm", "recorded"), ("gone", "recorded"), ("fresh", "raw")] {
        let standing = found.standing(service, "api");
        let exact = ratio(service, seconds(7 * DAY));
        assert_eq!(standing.origin, origin, "{service}");
        is_near(service, standing.error_ratio, exact, 0.005 * exact);
        let spent = exact / 0.001;
        is_near(service, standing.budget_left, 1.0 - spent, 0.005 * spent);
    }
    let burning = found.standing("burning", "api");
    for (window, span) in [("30m", HOUR / 2), ("5m", 5 * MINUTE), ("3h", 3 * HOUR)] {
        let exact = ratio("burning", seconds(span)) / 0.001;
        is_near(window, burning.burn(window), exact, 0.25 * exact);
    }
}

fn whole_periods_only_when_asked(world: &World) {
    let select = ["--select", "service=val002"];
    let (found, _) = outcome(world, &[&select[..], &["--deep"]].concat());
    assert_eq!(
        found.says()["val002"].codes,
        BTreeSet::from(["VAL002".to_owned()])
    );
}
