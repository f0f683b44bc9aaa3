use super::*;
use crate::budget::{Join, Part, TILE};
use crate::prometheus::Labels;
use crate::testing::slos;

fn unix(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn now() -> i64 {
    unix("2026-11-26T12:00:00Z")
}

fn slo(period: &str, policy: &str) -> Slo {
    slos(&format!(
        "- {{name: web, objective: 99.9, period: {period}, policy: [{policy}], \
         sli: {{events: {{total: a_total, bad: b_total}}}}}}"
    ))
    .remove(0)
}

/// Sixty days of a thousand events per tile, of which some are bad.
fn track(bad: impl Fn(i64) -> f64) -> Track {
    let tiles = 60 * 288;
    let first_end = now() - (tiles - 1) * TILE;
    let bad: Vec<f64> = (0..tiles)
        .map(|tile| bad(first_end + tile * TILE))
        .collect();
    let total = bad
        .iter()
        .map(|bad| if bad.is_nan() { *bad } else { 1000.0 });
    let parts = [Part {
        total: total.collect(),
        bad,
    }];
    Track::new(Labels::new(), first_end, Join::Part(0), &parts, &[], 0)
}

fn within(at: i64, from: &str, to: &str) -> bool {
    at > unix(from) && at <= unix(to)
}

/// 7,000 bad events on 14 November, and what there is besides.
fn incident(more: impl Fn(i64) -> f64) -> Track {
    track(|at| {
        if within(at, "2026-11-14T10:05:00Z", "2026-11-14T10:40:00Z") {
            1000.0
        } else {
            more(at)
        }
    })
}

/// Nothing is measured before an instant.
fn since(from: &str, bad: f64) -> impl Fn(i64) -> f64 {
    let from = unix(from);
    move |at| if at > from { bad } else { f64::NAN }
}

fn said(slo: &Slo, track: &Track, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap();
    let review = policy_review(slo, track, now(), &zone);
    let decision = review.decision.map_or("unknown", Decision::name);
    let mut lines = vec![format!("{decision}: {}", review.reason), review.meaning];
    lines.extend(review.overridden);
    lines.extend(review.thaw);
    lines.join("\n  ")
}

#[test]
fn sentences() {
    let freeze = "{when: 'budget <= 0%', do: freeze}";
    let overridden = "{do: ship, reason: Why not?, by: us, until: 2026-12-01}";
    let burning = |at| if at > now() - 3600 { 5.0 } else { 0.0 };
    let all = [
        said(&slo("30d", freeze), &track(|_| 0.0), "UTC"),
        said(
            &slo("30d", "{when: 'budget < 25%', do: slow, say: Careful.}"),
            &incident(|_| 0.0),
            "Europe/Berlin",
        ),
        said(
            &slo("30d", &format!("{freeze}, {overridden}")),
            &incident(|_| 0.3),
            "UTC",
        ),
        said(
            &slo("{calendar: month, time_zone: Europe/Berlin}", freeze),
            &incident(|_| 0.3),
            "Europe/Berlin",
        ),
        said(
            &slo("30d", freeze),
            &incident(since("2026-11-26T00:00:00Z", 0.0)),
            "UTC",
        ),
        said(
            &slo("30d", freeze),
            &incident(since("2026-11-20T00:00:00Z", 5.0)),
            "UTC",
        ),
        said(&slo("30d", freeze), &track(|_| f64::NAN), "UTC"),
        said(
            &slo(
                "30d",
                "{when: 'budget < 50%', do: slow}, {when: 'burn(7d) > 1', do: freeze}",
            ),
            &incident(|at| {
                if at > unix("2026-11-20T12:00:00Z") {
                    f64::NAN
                } else {
                    0.0
                }
            }),
            "UTC",
        ),
        said(
            &slo(
                "30d",
                "{when: 'burn(7d) > 0.1', do: slow}, {when: 'exhausted_in < 30d', do: slow}",
            ),
            &track(burning),
            "UTC",
        ),
        said(
            &slo(
                "30d",
                "{when: 'incident > 20%', do: freeze}, {when: 'coverage < 95%', do: freeze}",
            ),
            &incident(since("2026-11-01T00:00:00Z", 0.0)),
            "UTC",
        ),
        said(
            &slo("30d", "{when: 'incident > 0%', do: slow}"),
            &track(burning),
            "UTC",
        ),
        said(
            &slo("{calendar: week}", "{when: 'exhausted_in < 2h', do: slow}"),
            &incident(|at| {
                if at > now() - 1800 {
                    f64::NAN
                } else if at > now() - 7200 {
                    40.0
                } else {
                    0.0
                }
            }),
            "UTC",
        ),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_thaw_is_an_instant_as_well() {
    let review = policy_review(
        &slo("30d", "{when: 'budget < 25%', do: slow}"),
        &incident(|_| 0.0),
        now(),
        &TimeZone::UTC,
    );
    // One tile less is 6,000 events.
    assert_eq!(review.thaws_at, Some(unix("2026-12-14T10:10:00Z")));
}
