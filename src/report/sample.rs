//! One outcome with everything that is hard to show.

use crate::check::{AlertStanding, Burn, Finding, Origin, Outcome, PromiseStanding};
use crate::check::{Standing, Verdict};
use crate::diagnostic::{Diagnostic, codes};
use crate::duration::Duration;
use crate::prometheus::Labels;
use crate::slo::{Objective, Severity, SloId};
use crate::source::{SourceId, SourceSpan, Sources, Span};

const SPEC: &str = "\
apiVersion: slosmith/v1
service: billing
slos:
- name: invoice-api
  objective: 99.9
  sli: {events: {total: http_requests_total, bad_where: 'code=~\"5..\"'}}
- name: invoice-mails-are-delivered-within-a-minute-of-the-order
  objective: 99
- name: exports
  objective: 99.95
- name: logins
  objective: 99.999999
";

/// The sample, sorted as a check sorts it.
pub(super) fn outcome() -> (Outcome, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("slo-specs/billing.yaml", SPEC);
    let mut outcome = Outcome {
        looked_at: 4,
        url: "https://prometheus.example/a".to_owned(),
        server: "Prometheus 2.42.0".to_owned(),
        at: 1_790_000_000.0,
        standings: standings(file),
        findings: findings(file),
        notes: vec!["this server has no rules API, so <b>rules</b> were not compared".to_owned()],
        accepted: 1,
        requests: 47,
        samples: 1_249_000,
        seconds: 3.12,
    };
    outcome.sort();
    (outcome, sources)
}

fn standings(file: SourceId) -> Vec<Standing> {
    let exports = "exports";
    let logins = "logins";
    let mails = "invoice-mails-are-delivered-within-a-minute-of-the-order";
    vec![
        Standing {
            group: labels(&[("region", "eu")]),
            budget_left: Some(0.876),
            error_ratio: Some(0.000_124),
            burn: burn(&[Some(0.4), Some(0.31), Some(0.0), Some(0.04)]),
            ..standing(file, "invoice-api", "99.9", Verdict::Ok)
        },
        Standing {
            group: labels(&[("region", "us|<script>alert(`1`)</script>@ops \\| #1")]),
            budget_left: Some(-0.35),
            reasons: vec![
                "The error budget is spent: 1,350 bad events of 1,000.".to_owned(),
                "It burns 14.4 times as fast as it may, says \"<b>@ops</b>\" | `x`.".to_owned(),
                "A third reason.".to_owned(),
            ],
            promise: Some(PromiseStanding {
                objective: objective("99.5"),
                period: "month (Europe/Berlin)".to_owned(),
                left: Some(0.620_000_000_1),
            }),
            burn: burn(&[Some(14.42), Some(6.0), Some(1_000.0), None]),
            alerts: vec![
                alert("SLOErrorBudgetBurn", Severity::Page, true, true),
                alert("Esc\u{1b}[31m|", Severity::Ticket, true, false),
            ],
            ..standing(file, "invoice-api", "99.9", Verdict::Breached)
        },
        Standing {
            place: labels(&[("cluster", "日本")]),
            owner: None,
            reasons: vec!["No data: the server says \"bad\u{1b}[2Jthing\u{202e}\".".to_owned()],
            origin: Origin::Nothing,
            budget_left: None,
            error_ratio: Some(f64::NAN),
            coverage: None,
            burn: burn(&[None, None, None, None]),
            ..standing(file, mails, "99", Verdict::Unknown)
        },
        Standing {
            origin: Origin::Raw,
            budget_left: Some(0.000_4),
            exhausted_in: Some(273_600.0),
            coverage: Some(0.123_4),
            reasons: vec!["Little of the budget is left.".to_owned()],
            burn: burn(&[Some(2.0), Some(f64::INFINITY), Some(99.0), Some(0.9)]),
            alerts: vec![alert("SLOBudgetLow", Severity::Ticket, false, true)],
            ..standing(file, exports, "99.95", Verdict::AtRisk)
        },
        Standing {
            error_ratio: Some(-0.0),
            promise: Some(PromiseStanding {
                objective: objective("99.5"),
                period: "30d".to_owned(),
                left: Some(-0.0),
            }),
            coverage: Some(0.999_9),
            burn: burn(&[Some(0.0)]),
            ..standing(file, logins, "99.99999999999999999", Verdict::Ok)
        },
    ]
}

fn findings(file: SourceId) -> Vec<Finding> {
    let about = |name: &str, diagnostic| Finding {
        slo: Some(id(name)),
        diagnostic,
    };
    let unreachable = Diagnostic::new(&codes::server::PARTIAL_DATA, "a store did not answer]]>")
        .with_help("look at the\nstores");
    let missing = Diagnostic::at(
        &codes::series::NO_SUCH_METRIC,
        at(file, "http_requests_total"),
        "no series is called `http_requests_total`",
    )
    .with_help("did you mean `http_request_total`?")
    .with_secondary(at(file, "invoice-api"), "needed by this SLO")
    .with_query("count(http_requests_total{job=~\"a|b\"})");
    let seldom = Diagnostic::at(
        &codes::series::GAPS,
        at(file, "exports"),
        "gaps @ops \u{1b}[31m<b>",
    );
    let lost = Diagnostic::at(
        &codes::series::VANISHED,
        at(file, "invoice-mails"),
        "the series were last seen 3d ago",
    );
    vec![
        Finding {
            slo: None,
            diagnostic: unreachable,
        },
        about("invoice-api", missing.clone()),
        about("invoice-api", missing),
        about("exports", seldom),
        about(
            "invoice-mails-are-delivered-within-a-minute-of-the-order",
            lost,
        ),
    ]
}

fn standing(file: SourceId, name: &str, percent: &str, verdict: Verdict) -> Standing {
    Standing {
        slo: id(name),
        owner: Some("payments-team".to_owned()),
        at: at(file, name),
        group: Labels::new(),
        place: Labels::new(),
        verdict,
        reasons: Vec::new(),
        objective: objective(percent),
        period: "30d".to_owned(),
        promise: None,
        budget_left: Some(1.0),
        error_ratio: Some(0.0),
        coverage: Some(1.0),
        origin: Origin::Recorded,
        burn: Vec::new(),
        exhausted_in: None,
        alerts: Vec::new(),
    }
}

fn id(name: &str) -> SloId {
    SloId {
        service: "billing".to_owned(),
        name: name.to_owned(),
    }
}

fn at(file: SourceId, text: &str) -> SourceSpan {
    let start = SPEC.find(text).unwrap();
    SourceSpan::new(file, Span::new(start, start + text.len()))
}

fn labels(labels: &[(&str, &str)]) -> Labels {
    let labels = labels.iter();
    labels
        .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
        .collect()
}

fn objective(percent: &str) -> Objective {
    Objective::from_percent(percent.parse().unwrap()).unwrap()
}

fn burn(rates: &[Option<f64>]) -> Vec<Burn> {
    let windows = ["1h", "6h", "1d", "3d"].map(|window| Duration::parse(window).unwrap());
    let rates = windows.into_iter().zip(rates);
    rates
        .map(|(window, rate)| Burn {
            window,
            is_long: true,
            rate: *rate,
        })
        .collect()
}

fn alert(name: &str, severity: Severity, expected: bool, firing: bool) -> AlertStanding {
    AlertStanding {
        name: name.to_owned(),
        severity,
        expected,
        firing,
    }
}
