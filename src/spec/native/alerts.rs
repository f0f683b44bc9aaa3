//! Alerting, from shape to model.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::shape;
use crate::duration::Duration;
use crate::slo::{Alerting, Basis, BudgetLeft, NoData, PairSpec, PromiseAtRisk, Route, Severity};
use crate::source::{Located, SourceSpan};
use crate::spec::decode::OffOr;

/// Percent of the promise's budget below which it is at risk.
const PROMISE_AT_RISK_BELOW: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
/// How long data may stay away.
const NO_DATA_AFTER: Duration = Duration::from_mins(10);

/// `at` is the place of what was not written: the SLO's name.
pub(super) fn convert(
    alerts: Option<shape::Alerts>,
    has_promise: bool,
    at: SourceSpan,
) -> Alerting {
    let text = |text: &str| Located::new(text.to_owned(), at);
    let Some(alerts) = alerts else {
        return Alerting {
            name: text(Alerting::BURN),
            page: Some(default_route(Severity::Page, at)),
            ticket: Some(default_route(Severity::Ticket, at)),
            pairs: None,
            basis: Located::new(Basis::BurnRate, at),
            min_bad_events: None,
            no_data: Some(no_data(None, at)),
            budget_left: Vec::new(),
            promise_at_risk: has_promise.then(|| promise_at_risk(None, at)),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            runbook_url: None,
        };
    };
    let route = |written: Option<OffOr<shape::Route>>, severity| {
        OffOr::resolve(
            written,
            || Some(default_route(severity, at)),
            |route| self::route(route, severity, at),
        )
    };
    Alerting {
        name: alerts.name.unwrap_or_else(|| text(Alerting::BURN)),
        page: route(alerts.page, Severity::Page),
        ticket: route(alerts.ticket, Severity::Ticket),
        pairs: alerts
            .pairs
            .map(|pairs| pairs.into_iter().map(pair).collect()),
        basis: alerts
            .on
            .unwrap_or_else(|| Located::new(Basis::BurnRate, at)),
        min_bad_events: OffOr::resolve(alerts.min_bad_events, || None, |events| events),
        no_data: OffOr::resolve(
            alerts.no_data,
            || Some(no_data(None, at)),
            |written| no_data(Some(written), at),
        ),
        budget_left: OffOr::resolve(alerts.budget_left, || None, budget_left).unwrap_or_default(),
        promise_at_risk: OffOr::resolve(
            alerts.promise_at_risk,
            || Some(promise_at_risk(None, at)),
            |written| promise_at_risk(Some(written), at),
        )
        .filter(|_| has_promise),
        labels: alerts.labels.unwrap_or_default().values,
        annotations: alerts.annotations.unwrap_or_default().values,
        runbook_url: alerts.runbook_url,
    }
}

fn default_route(severity: Severity, at: SourceSpan) -> Route {
    Route {
        severity: Located::new(severity.name().to_owned(), at),
        severity_written: false,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
    }
}

fn route(written: shape::Route, severity: Severity, at: SourceSpan) -> Route {
    Route {
        severity_written: written.severity.is_some(),
        severity: written
            .severity
            .unwrap_or_else(|| Located::new(severity.name().to_owned(), at)),
        labels: written.labels.unwrap_or_default().values,
        annotations: written.annotations.unwrap_or_default().values,
    }
}

fn pair(pair: Located<shape::Pair>) -> Located<PairSpec> {
    let at = pair.value.at;
    Located::new(
        PairSpec {
            severity: pair.value.severity,
            long: pair.value.long,
            short: pair.value.short,
            budget: pair.value.budget.0,
        },
        at,
    )
}

fn no_data(written: Option<shape::NoData>, at: SourceSpan) -> NoData {
    let (after, severity, name) = written.map_or((None, None, None), |written| {
        (written.after, written.severity, written.name)
    });
    NoData {
        after: after.unwrap_or(NO_DATA_AFTER),
        severity,
        name: name.unwrap_or_else(|| Located::new(Alerting::NO_DATA.to_owned(), at)),
    }
}

fn budget_left(written: Vec<Located<shape::BudgetLeft>>) -> Vec<BudgetLeft> {
    written
        .into_iter()
        .map(|item| BudgetLeft {
            below: item.value.below.0,
            severity: item.value.severity.unwrap_or(Severity::Ticket),
            name: item
                .value
                .name
                .unwrap_or_else(|| Located::new(Alerting::BUDGET_LOW.to_owned(), item.value.at)),
            at: item.value.at,
        })
        .collect()
}

fn promise_at_risk(written: Option<shape::PromiseAtRisk>, at: SourceSpan) -> PromiseAtRisk {
    let (below, severity, name) = written.map_or((None, None, None), |written| {
        (written.below, written.severity, written.name)
    });
    PromiseAtRisk {
        below: below.map_or(PROMISE_AT_RISK_BELOW, |below| below.0),
        severity: severity.unwrap_or(Severity::Ticket),
        name: name.unwrap_or_else(|| Located::new(Alerting::PROMISE_AT_RISK.to_owned(), at)),
    }
}
