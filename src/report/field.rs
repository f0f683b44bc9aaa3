use super::summary;
use crate::check::{AlertStanding, Origin, Standing};
use crate::words::{self, NO_DATA};

/// What the tables for people say about each standing, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Verdict,
    Slo,
    Objective,
    BudgetLeft,
    PromiseLeft,
    Burn,
    GoneIn,
    Coverage,
    Alerts,
}

impl Field {
    const ALL: [Self; 9] = [
        Self::Verdict,
        Self::Slo,
        Self::Objective,
        Self::BudgetLeft,
        Self::PromiseLeft,
        Self::Burn,
        Self::GoneIn,
        Self::Coverage,
        Self::Alerts,
    ];

    /// Those about which there is something to say.
    pub(super) fn used(standings: &[Standing]) -> Vec<Self> {
        let says = |field: &Self| standings.iter().any(|s| !field.text(s).is_empty());
        Self::ALL.into_iter().filter(says).collect()
    }

    pub(super) const fn head(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Slo => "slo",
            Self::Objective => "objective",
            Self::BudgetLeft => "budget left",
            Self::PromiseLeft => "promise left",
            Self::Burn => "burn rate",
            Self::GoneIn => "gone in",
            Self::Coverage => "coverage",
            Self::Alerts => "alerts",
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::BudgetLeft | Self::PromiseLeft | Self::GoneIn | Self::Coverage
        )
    }

    /// One line, empty when there is nothing to say. May hold text of others.
    pub(super) fn text(self, standing: &Standing) -> String {
        match self {
            Self::Verdict => summary::word(standing.verdict).to_owned(),
            Self::Slo => title(standing),
            Self::Objective => format!("{} % / {}", standing.objective, standing.period),
            Self::BudgetLeft => words::percent(standing.budget_left),
            Self::PromiseLeft => {
                let promise = standing.promise.as_ref();
                promise.map_or_else(String::new, |promise| words::percent(promise.left))
            }
            Self::Burn => {
                let burn = burn(standing).into_iter();
                let burn = burn.map(|(window, rate)| format!("{window} {rate}"));
                burn.collect::<Vec<_>>().join(", ")
            }
            Self::GoneIn => gone_in(standing),
            Self::Coverage => words::percent(standing.coverage),
            Self::Alerts => {
                let alerts = alerts(standing);
                let alerts = alerts.map(|(alert, state)| format!("{} {state}", alert.name));
                alerts.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// Service and SLO with the labels that tell its rows apart.
fn title(standing: &Standing) -> String {
    format!("{}{}", standing.slo, labels(standing))
}

/// ` region=eu cluster=a`: the labels that tell the rows of an SLO apart.
pub(super) fn labels(standing: &Standing) -> String {
    let labels = standing.group.iter().chain(&standing.place);
    let labels: Vec<_> = labels
        .map(|(label, value)| format!(" {label}={}", cut(value)))
        .collect();
    labels.concat()
}

/// Characters of a label's value that a row has room for.
const MOST: usize = 40;

fn cut(value: &str) -> String {
    let is_cut = value.chars().nth(MOST).is_some();
    let end = is_cut.then_some('…');
    value.chars().take(MOST).chain(end).collect()
}

/// Long windows and burn rates.
pub(super) fn burn(standing: &Standing) -> Vec<(String, String)> {
    let burn = standing.burn.iter().filter(|burn| burn.is_long);
    burn.map(|burn| (words::window(burn.window), words::rate(burn.rate)))
        .collect()
}

/// What stands where people look for when the budget is gone, once it is.
const GONE: &str = "gone";

/// When the budget is gone; empty when it is not going to be.
fn gone_in(standing: &Standing) -> String {
    let is_gone = standing.budget_left.is_some_and(|left| left <= 0.0);
    match standing.exhausted_in {
        _ if is_gone => GONE.to_owned(),
        Some(seconds) if seconds.is_finite() => words::span(seconds),
        _ => String::new(),
    }
}

/// The alerts of which there is something to say, and what: `(page) firing`.
pub(super) fn alerts(standing: &Standing) -> impl Iterator<Item = (&AlertStanding, String)> {
    standing.alerts.iter().filter_map(|alert| {
        let state = match (alert.expected, alert.firing) {
            (true, true) => "firing",
            (true, false) => "should fire",
            (false, true) => "should not fire",
            (false, false) => return None,
        };
        Some((alert, format!("({}) {state}", alert.severity.name())))
    })
}

/// Whether an alert does not do what it should.
pub(super) fn is_amiss(standing: &Standing) -> bool {
    let mut alerts = standing.alerts.iter();
    alerts.any(|alert| alert.expected != alert.firing)
}

/// Whether any number comes from the raw metrics, which has to be said.
pub(super) fn any_raw(standings: &[Standing]) -> bool {
    standings.iter().any(is_raw)
}

pub(super) fn is_raw(standing: &Standing) -> bool {
    standing.origin == Origin::Raw
}

/// What the mark on a number means.
pub(super) const RAW: &str = "from the raw metrics: the rules have not recorded enough yet";

/// Everything about a standing in one sentence, where there is no table.
pub(super) fn facts(standing: &Standing) -> String {
    let mut parts = vec![Field::Objective.text(standing)];
    for field in [Field::BudgetLeft, Field::PromiseLeft, Field::Coverage] {
        let text = field.text(standing);
        if !text.is_empty() && text != NO_DATA {
            parts.push(format!("{} {text}", field.head()));
        }
    }
    if standing.error_ratio.is_some() {
        parts.push(format!(
            "error ratio {}",
            words::ratio(standing.error_ratio)
        ));
    }
    for field in [Field::Burn, Field::GoneIn, Field::Alerts] {
        let text = field.text(standing);
        if !text.is_empty() && text != GONE {
            parts.push(format!("{} {text}", field.head()));
        }
    }
    parts.join("; ")
}
