//! A review with everything that is hard to show.

use std::collections::BTreeMap;

use super::{AT, DAY, HOUR, attribution, downtime, goal, labels, pages, plain, slo};
use crate::budget::{Point, Span};
use crate::measure::Origin;
use crate::review::{
    Band, Counts, GoalReview, Happiness, HappinessPoint, Held, IncidentReview, PolicyReview,
    Previous, Review, Rollup, SloReview,
};
use crate::slo::{Decision, SloId};

/// The same with hostile texts, numbers that are none, and every case there is.
pub(in super::super) fn hostile() -> Review {
    let mut review = plain();
    review.period = "October <2026> & \"more\"".to_owned();
    review.server = "https://prometheus.example/?a=1&b=<x>".to_owned();
    review.headlines.push(NASTY.to_owned());
    review.notes.push(NASTY.to_owned());
    let rows = BTreeMap::from([(NASTY.to_owned(), Counts::default())]);
    review.rollups.push(Rollup {
        label: "ti|er<b>".to_owned(),
        rows,
    });
    review.slos.extend([nothing(), nasty(), nasty(), broken()]);
    review
}

/// What others could have written.
pub(in super::super) const NASTY: &str = "</style><script>alert(\"1\")</script><img src=x onerror='a'>&amp; \
    \u{1b}[31mred\u{7}\u{202e}txt.exe\u{2066}|a|b **bold** [x](javascript:alert(1)) `code` \
    @someone #12 $x$ <https://evil.example>\n# heading\n\n- item\u{0}\u{ffff}";

/// Of which nothing is known at all.
fn nothing() -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    SloReview {
        sentence: "Nobody knows how it did: there is no data.".to_owned(),
        held: Held::Unknown,
        objective: GoalReview {
            held: Held::Unknown,
            error_ratio: None,
            left: None,
            bad: None,
            total: None,
            allowed: None,
            coverage: None,
            ..goal("99", "over 30d", span)
        },
        previous: Some(Previous {
            span,
            error_ratio: None,
            left: None,
            coverage: None,
        }),
        timeline: Vec::new(),
        happiness: Some(Happiness {
            bands: vec![Band {
                name: "satisfied".to_owned(),
                bounds: "up to 1s".to_owned(),
                pain: 0.0,
                share: None,
            }],
            index: None,
            previous: None,
            points: Vec::new(),
        }),
        origin: Origin::Nothing,
        ..slo("silent", "nothing", "payments-team")
    }
}

/// Whose texts all come from somebody who means harm.
fn nasty() -> SloReview {
    let nasty = || NASTY.to_owned();
    let mut slo = SloReview {
        id: SloId {
            service: nasty(),
            name: format!("{NASTY}{}", "very-long".repeat(100)),
        },
        group: labels(&[("a<b>", NASTY), ("empty", "")]),
        owner: Some(nasty()),
        labels: labels(&[("x\"y", NASTY)]),
        description: Some(nasty()),
        runbook_url: Some("javascript:alert('1')".to_owned()),
        sentence: nasty(),
        buffer: Some(nasty()),
        spent_by: vec![attribution("la|bel<i>", &[(NASTY, 0.5), ("", 0.5)], 1.0, 1)],
        policy: PolicyReview {
            decision: Some(Decision::Freeze),
            reason: nasty(),
            meaning: nasty(),
            overridden: Some(nasty()),
            thaw: Some(nasty()),
            thaws_at: Some(i64::MAX),
        },
        downtime: vec![downtime(AT - DAY, HOUR, Some(NASTY), false)],
        ..pages()
    };
    if let Some(happiness) = &mut slo.happiness {
        happiness.bands[0].name = nasty();
        happiness.bands[0].bounds = nasty();
    }
    let incident = slo.incidents.first().cloned();
    slo.incidents = vec![IncidentReview {
        spent_by: slo.spent_by.clone(),
        ..incident.unwrap_or_else(|| incident_of_nothing(AT))
    }];
    slo
}

/// Whose numbers and instants are none.
fn broken() -> SloReview {
    let span = Span {
        start: i64::MIN,
        end: i64::MAX,
    };
    let point = |at, left| Point { at, left };
    SloReview {
        id: SloId {
            service: "weird".to_owned(),
            name: "numbers".to_owned(),
        },
        objective: GoalReview {
            held: Held::Held,
            error_ratio: Some(f64::NAN),
            left: Some(f64::NEG_INFINITY),
            bad: Some(f64::INFINITY),
            total: Some(-1.0),
            allowed: Some(f64::NAN),
            coverage: Some(f64::NAN),
            ends: i64::MAX,
            ..goal("0.0000001", "over 30d", span)
        },
        promise: Some(GoalReview {
            held: Held::Missed,
            error_ratio: Some(1e300),
            left: Some(-1e300),
            ..goal("0", "over 30d", Span { start: AT, end: AT })
        }),
        timeline: vec![
            point(i64::MIN, Some(f64::NAN)),
            point(0, Some(-4.0)),
            point(1, None),
            point(i64::MAX, Some(f64::INFINITY)),
        ],
        incidents: vec![incident_of_nothing(i64::MAX), incident_of_nothing(i64::MIN)],
        happiness: Some(Happiness {
            bands: Vec::new(),
            index: Some(f64::NAN),
            previous: None,
            points: vec![HappinessPoint {
                at: i64::MIN,
                shares: vec![f64::NAN, 2.0],
                index: Some(f64::INFINITY),
            }],
        }),
        ..slo("weird", "numbers", "x")
    }
}

fn incident_of_nothing(at: i64) -> IncidentReview {
    IncidentReview {
        span: Span { start: at, end: at },
        is_open: false,
        share: f64::NAN,
        bad: f64::NAN,
        total: 0.0,
        peak_burn: f64::INFINITY,
        spent_by: Vec::new(),
    }
}
