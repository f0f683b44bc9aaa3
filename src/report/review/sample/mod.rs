//! Reviews to be looked at: one as a product manager gets it, and one with everything that
//! is hard to show.

mod hostile;

pub(super) use hostile::{NASTY, hostile};

use std::collections::BTreeMap;

use crate::budget::{Point, Span};
use crate::measure::Origin;
use crate::prometheus::Labels;
use crate::review::{
    Attribution, Band, Counts, DowntimeReview, GoalReview, Happiness, HappinessPoint, Held,
    IncidentReview, PolicyReview, Previous, Review, Rollup, SloReview, ValueShare,
};
use crate::slo::{Decision, SloId};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// 2026-10-21T06:00:00Z
const AT: i64 = 1_792_562_400;
/// 2026-09-30T22:00:00Z: midnight in Berlin.
const MONTH: i64 = 1_790_805_600;

/// A review without anything hostile.
pub(super) fn plain() -> Review {
    let slos = vec![
        invoice_api(),
        invoice_freshness(),
        regional("us", 0.81),
        regional("eu", 0.93),
        pages(),
        search(),
    ];
    Review {
        at: AT,
        period: "the last 30 days".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        server: "https://prometheus.example".to_owned(),
        headlines: vec![
            "Customers saw 0.14 % of invoice requests fail; we allow 0.1 %, we promised 0.5 %: \
             the budget is overspent, the promise is kept so far."
                .to_owned(),
            "Customers saw invoices older than two hours in 0.4 % of the time; we allow 0.5 %, \
             we promised 1 %."
                .to_owned(),
            "Nobody knows how search did: there is data for 12 % of the time only.".to_owned(),
        ],
        rollups: rollups(),
        notes: vec![
            "search/index-age: the series `search_index_age_seconds` was not found before \
             17 Oct 2026."
                .to_owned(),
        ],
        slos,
    }
}

fn rollups() -> Vec<Rollup> {
    let counts = |[all, held, missed, unknown, promise_broken, freeze, slow]: [usize; 7]| Counts {
        all,
        held,
        missed,
        unknown,
        promise_broken,
        freeze,
        slow,
    };
    let row = |value: &str, numbers| (value.to_owned(), counts(numbers));
    vec![
        Rollup {
            label: "owner".to_owned(),
            rows: BTreeMap::from([
                row("", [1, 0, 0, 1, 0, 0, 0]),
                row("payments-team", [2, 1, 1, 0, 0, 1, 1]),
                row("shop-team", [3, 3, 0, 0, 0, 0, 0]),
            ]),
        },
        Rollup {
            label: "tier".to_owned(),
            rows: BTreeMap::from([
                row("1", [5, 4, 1, 0, 0, 1, 1]),
                row("2", [1, 0, 0, 1, 0, 0, 0]),
            ]),
        },
    ]
}

fn invoice_api() -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    let incidents = vec![
        incident(AT - 9 * DAY - 5 * HOUR, 3 * HOUR + 1_500, 0.82, 820.0, 41.3),
        incident(AT - 2 * DAY, 55 * 60, 0.31, 310.0, 22.0),
        IncidentReview {
            is_open: true,
            ..incident(AT - 40 * 60, 40 * 60, 0.14, 140.0, 9.6)
        },
    ];
    SloReview {
        description: Some("Invoice pages and their downloads answer without an error.".to_owned()),
        runbook_url: Some("https://runbooks.example/billing?a=1&b=2".to_owned()),
        sentence: "Customers saw 0.14 % of invoice requests fail; we allow 0.1 %, we promised \
                   0.5 %."
            .to_owned(),
        held: Held::Missed,
        unit: Some("requests"),
        objective: GoalReview {
            held: Held::Missed,
            error_ratio: Some(0.001_4),
            left: Some(-0.4),
            bad: Some(1_400.0),
            total: Some(1_000_000.0),
            allowed: Some(1_000.0),
            ..goal("99.9", "over 30d", span)
        },
        promise: Some(GoalReview {
            held: Held::Held,
            error_ratio: Some(0.001_8),
            left: Some(0.64),
            bad: Some(1_270.0),
            total: Some(705_000.0),
            allowed: Some(5_200.0),
            ends: MONTH + 31 * DAY,
            ..goal(
                "99.5",
                "per month (Europe/Berlin)",
                Span {
                    start: MONTH,
                    end: AT,
                },
            )
        }),
        buffer: Some(
            "Between our objective and the promise there are 0.4 % of the requests: this month \
             3,930 more may fail before customers are let down."
                .to_owned(),
        ),
        timeline: falling(span, &incidents, 1.0 - 0.13),
        spent_by: vec![
            attribution(
                "route",
                &[("/invoices/{id}", 0.71), ("/invoices", 0.2), ("", 0.09)],
                1.4,
                0,
            ),
            attribution(
                "version",
                &[("2.41.0", 0.88), ("2.40.3", 0.1), ("2.40.2", 0.02)],
                1.4,
                4,
            ),
        ],
        incidents,
        more_incidents: 2,
        policy: PolicyReview {
            decision: Some(Decision::Freeze),
            reason: "The budget is overspent by 40 %.".to_owned(),
            meaning: "Only work that makes invoices more reliable: the roadmap waits, the \
                      reliability backlog comes first."
                .to_owned(),
            overridden: None,
            thaw: Some(
                "If nothing more goes wrong, the freeze ends on 11 Nov 2026, 04:25; then it is \
                 slow down."
                    .to_owned(),
            ),
            thaws_at: Some(AT + 21 * DAY),
        },
        origin: Origin::Mixed,
        ..slo("billing", "invoice-api", "payments-team")
    }
}

fn invoice_freshness() -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    let incidents = vec![
        incident(AT - 20 * DAY, 2 * HOUR + 300, 0.58, 7_500.0, 200.0),
        incident(AT - 6 * DAY, 40 * 60, 0.19, 2_400.0, 200.0),
    ];
    let mut timeline = falling(span, &incidents, 0.97);
    for point in timeline.iter_mut().skip(300).take(40) {
        point.left = None;
    }
    SloReview {
        sentence: "Customers saw invoices older than two hours in 0.4 % of the time; we allow \
                   0.5 %, we promised 1 %."
            .to_owned(),
        kind: "freshness",
        unit: None,
        objective: GoalReview {
            held: Held::Held,
            error_ratio: Some(0.004),
            left: Some(0.2),
            bad: Some(10_368.0),
            total: Some(2_535_000.0),
            allowed: Some(12_960.0),
            coverage: Some(0.944),
            excluded: 2 * HOUR,
            ..goal("99.5", "over 30d", span)
        },
        promise: Some(GoalReview {
            held: Held::Held,
            error_ratio: Some(0.004),
            left: Some(0.6),
            bad: Some(10_368.0),
            total: Some(2_535_000.0),
            allowed: Some(25_920.0),
            coverage: Some(0.944),
            excluded: 2 * HOUR,
            ..goal("99", "over 30d", span)
        }),
        buffer: Some(
            "4 hours 19 minutes more may go wrong before customers are let down.".to_owned(),
        ),
        timeline,
        incidents,
        spent_by: vec![attribution(
            "tenant",
            &[("acme", 0.6), ("globex", 0.4)],
            0.8,
            0,
        )],
        policy: PolicyReview {
            decision: Some(Decision::Slow),
            reason: "Less than a quarter of the budget is left: 20 %.".to_owned(),
            meaning: "Features go on with less risk: half of the time is for the reliability \
                      backlog."
                .to_owned(),
            overridden: Some(
                "The policy says freeze; the head of product decided otherwise until 1 Nov 2026: \
                 \"the new tax rates must go out\"."
                    .to_owned(),
            ),
            thaw: Some("If nothing more goes wrong, it is ship on 31 Oct 2026, 08:05.".to_owned()),
            thaws_at: Some(AT + 10 * DAY),
        },
        downtime: vec![
            downtime(
                AT - 12 * DAY,
                2 * HOUR,
                Some("Move to the new database"),
                false,
            ),
            downtime(AT - 3 * DAY, HOUR / 2, None, true),
        ],
        ..slo("billing", "invoice-freshness", "payments-team")
    }
}

fn regional(region: &str, left: f64) -> SloReview {
    let span = Span {
        start: MONTH,
        end: AT,
    };
    let incidents = vec![incident(
        AT - 11 * DAY,
        35 * 60,
        1.0 - left - 0.02,
        44.0,
        12.0,
    )];
    SloReview {
        group: Labels::from([("region".to_owned(), region.to_owned())]),
        sentence: format!(
            "Customers in {region} saw 0.0019 % of logins fail; we allow 0.01 % a month."
        ),
        objective: GoalReview {
            held: Held::Held,
            error_ratio: Some(0.000_019),
            left: Some(left),
            bad: Some(44.4),
            total: Some(2_337_000.0),
            allowed: Some(345.0),
            ends: MONTH + 31 * DAY,
            ..goal("99.99", "per month (Europe/Berlin)", span)
        },
        previous: None,
        timeline: falling(span, &incidents, left + 0.02),
        incidents,
        ..slo("checkout", "login", "shop-team")
    }
}

fn pages() -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    let band = |name: &str, bounds: &str, pain, share| Band {
        name: name.to_owned(),
        bounds: bounds.to_owned(),
        pain,
        share: Some(share),
    };
    let bands = vec![
        band("satisfied", "up to 1s", 0.0, 0.951),
        band("annoying", "1s to 3s", 0.25, 0.034),
        band("painful", "3s to 8s", 0.6, 0.011),
        band("unusable", "over 8s", 1.0, 0.003_1),
        band("failed", "failed", 1.0, 0.000_9),
    ];
    SloReview {
        sentence: "Customers waited so long that 1.9 % of their happiness was lost; we allow 3 %."
            .to_owned(),
        kind: "satisfaction",
        unit: Some("requests"),
        objective: GoalReview {
            held: Held::Held,
            error_ratio: Some(0.019),
            left: Some(0.366),
            bad: Some(212_000.0),
            total: Some(11_150_000.0),
            allowed: Some(334_500.0),
            ..goal("97", "over 30d", span)
        },
        timeline: falling(span, &[], 0.366),
        happiness: Some(Happiness {
            points: (0..360).map(|step| feeling(span, step)).collect(),
            index: Some(0.981),
            previous: Some(0.975),
            bands,
        }),
        ..slo("checkout", "product-pages", "shop-team")
    }
}

fn feeling(span: Span, step: i64) -> HappinessPoint {
    let at = span.start + (step + 1) * 2 * HOUR;
    if (200..215).contains(&step) {
        return HappinessPoint {
            at,
            shares: Vec::new(),
            index: None,
        };
    }
    let slow = if (90..110).contains(&step) { 4.0 } else { 1.0 };
    let wave = 1.0 + 0.4 * noise(step) + 0.5 * f64::from(u8::from(step % 12 < 5));
    let shares = [0.03, 0.009, 0.002_5, 0.000_8].map(|share| share * slow * wave);
    let pain = [0.25, 0.6, 1.0, 1.0];
    let index = 1.0 - shares.iter().zip(pain).map(|(a, b)| a * b).sum::<f64>();
    let satisfied = 1.0 - shares.iter().sum::<f64>();
    HappinessPoint {
        at,
        shares: std::iter::once(satisfied).chain(shares).collect(),
        index: Some(index),
    }
}

fn search() -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    let mut timeline = falling(span, &[], 0.98);
    let measured = AT - 4 * DAY;
    for point in timeline.iter_mut().filter(|point| point.at < measured) {
        point.left = None;
    }
    SloReview {
        owner: None,
        labels: labels(&[("tier", "2")]),
        sentence: "Nobody knows how fresh the index was: there is data for 12 % of the time only."
            .to_owned(),
        held: Held::Unknown,
        unit: None,
        objective: GoalReview {
            held: Held::Unknown,
            error_ratio: Some(0.000_000_4),
            left: Some(0.999),
            bad: Some(0.4),
            total: Some(311_000.0),
            allowed: Some(25_920.0),
            coverage: Some(0.12),
            ..goal("99", "over 30d", span)
        },
        previous: None,
        timeline,
        policy: PolicyReview {
            decision: None,
            reason: "There is data for 12 % of the time; half is needed to decide.".to_owned(),
            meaning: "Make sure that it is measured.".to_owned(),
            ..policy()
        },
        origin: Origin::Raw,
        ..slo("search", "index-age", "")
    }
}

fn slo(service: &str, name: &str, owner: &str) -> SloReview {
    let span = Span::before(AT, 30 * DAY);
    SloReview {
        id: SloId {
            service: service.to_owned(),
            name: name.to_owned(),
        },
        group: Labels::new(),
        owner: Some(owner.to_owned()),
        labels: labels(&[("tier", "1")]),
        description: None,
        kind: "events",
        runbook_url: None,
        sentence: String::new(),
        held: Held::Held,
        unit: Some("requests"),
        objective: goal("99.9", "over 30d", span),
        promise: None,
        buffer: None,
        previous: Some(Previous {
            span: Span::before(span.start, 30 * DAY),
            error_ratio: Some(0.000_8),
            left: Some(0.2),
            coverage: Some(0.998),
        }),
        timeline: Vec::new(),
        incidents: Vec::new(),
        more_incidents: 0,
        spent_by: Vec::new(),
        happiness: None,
        policy: policy(),
        origin: Origin::Recorded,
        downtime: Vec::new(),
    }
}

fn policy() -> PolicyReview {
    PolicyReview {
        decision: Some(Decision::Ship),
        reason: "Nothing stands in the way.".to_owned(),
        meaning: "Features go on as planned.".to_owned(),
        overridden: None,
        thaw: None,
        thaws_at: None,
    }
}

fn goal(percent: &str, period: &str, span: Span) -> GoalReview {
    GoalReview {
        percent: percent.parse().unwrap(),
        held: Held::Held,
        period: period.to_owned(),
        span,
        ends: span.end,
        error_ratio: Some(0.0),
        left: Some(1.0),
        bad: Some(0.0),
        total: Some(1_000.0),
        allowed: Some(1.0),
        coverage: Some(1.0),
        excluded: 0,
    }
}

fn incident(start: i64, seconds: i64, share: f64, bad: f64, peak_burn: f64) -> IncidentReview {
    let end = start + seconds;
    IncidentReview {
        span: Span { start, end },
        is_open: false,
        share,
        bad,
        total: bad * 24.0,
        peak_burn,
        spent_by: vec![attribution(
            "route",
            &[("/invoices/{id}", 0.9), ("", 0.1)],
            share,
            0,
        )],
    }
}

fn attribution(label: &str, values: &[(&str, f64)], spent: f64, more: usize) -> Attribution {
    let value = |(value, share): &(&str, f64)| ValueShare {
        value: (*value).to_owned(),
        share: *share,
        budget: Some(share * spent),
    };
    Attribution {
        label: label.to_owned(),
        values: values.iter().map(value).collect(),
        more,
    }
}

fn downtime(start: i64, seconds: i64, reason: Option<&str>, is_counted: bool) -> DowntimeReview {
    let end = start + seconds;
    DowntimeReview {
        span: Span { start, end },
        reason: reason.map(str::to_owned),
        is_counted,
    }
}

fn labels(labels: &[(&str, &str)]) -> Labels {
    let owned = |(label, value): &(&str, &str)| ((*label).to_owned(), (*value).to_owned());
    labels.iter().map(owned).collect()
}

/// A budget that incidents spend, and a little noise; it ends without them at `end`.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn falling(span: Span, incidents: &[IncidentReview], end: f64) -> Vec<Point> {
    let steps = 720;
    let point = |step: i64| {
        let at = span.start + span.seconds() * step / steps;
        let past = |incident: &IncidentReview| {
            let passed = (at - incident.span.start).max(0) as f64;
            incident.share * (passed / incident.span.seconds() as f64).min(1.0)
        };
        let slow = (1.0 - end) * step as f64 / steps as f64;
        let left = 1.0 - slow - incidents.iter().map(past).sum::<f64>();
        Point {
            at,
            left: Some(left),
        }
    };
    (0..=steps).map(point).collect()
}

/// Between -1 and 1, the same in every run.
fn noise(step: i64) -> f64 {
    let mixed = step.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let byte = u8::try_from((mixed >> 40) & 0xff).unwrap_or(0);
    f64::from(byte) / 127.5 - 1.0
}
