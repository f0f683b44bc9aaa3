//! Alert policies, conditions and notification targets.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::get;
use super::objects::Objects;
use super::target::{Target, decimal};
use super::window::{self, Window};
use crate::burn::BASE_WINDOW;
use crate::diagnostic::codes::import;
use crate::duration::Duration;
use crate::slo::Severity;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;

/// Words for alerts that somebody has to act on now.
const PAGES: [&str; 9] = [
    "page",
    "critical",
    "crit",
    "high",
    "emergency",
    "urgent",
    "p1",
    "sev1",
    "1",
];
/// A short window is this part of the long one.
const SHORT: u64 = 12;

/// All alerts of an SLO.
#[derive(Debug, Clone)]
pub(super) struct Alerts {
    at: SourceSpan,
    conditions: Vec<Condition>,
    no_data: bool,
    /// Names of notification targets.
    targets: Vec<String>,
}

/// A condition on the burn rate.
#[derive(Debug, Clone)]
struct Condition {
    at: SourceSpan,
    severity: Severity,
    word: Arc<Node>,
    threshold: Decimal,
    threshold_at: SourceSpan,
    lookback: Duration,
    lookback_at: SourceSpan,
    /// Percent of the budget spent in one window, where the period is known.
    budget: Option<Decimal>,
}

/// Alerts exist only where a policy asks for them.
pub(super) fn translate(
    spec: &Node,
    window: Option<&Window>,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Alerts {
    let mut alerts = Alerts::none(get::key_at(spec, "alertPolicies"));
    for item in get::items(spec, "alertPolicies", decoder).unwrap_or_default() {
        if item.is_null() {
            continue;
        }
        let policy = if item.as_scalar().is_some() {
            objects.find("AlertPolicy", item, decoder)
        } else if let Some(reference) = get::value(item, "alertPolicyRef") {
            objects.find("AlertPolicy", reference, decoder)
        } else {
            Some(item)
        };
        if let Some(policy) = policy.and_then(|policy| get::value(policy, "spec")) {
            alerts.add(policy, window, objects, decoder);
        }
    }
    alerts
}

impl Alerts {
    pub(super) const fn none(at: SourceSpan) -> Self {
        Self {
            at,
            conditions: Vec::new(),
            no_data: false,
            targets: Vec::new(),
        }
    }

    fn add(
        &mut self,
        policy: &Node,
        window: Option<&Window>,
        objects: &Objects,
        decoder: &mut Decoder<'_>,
    ) {
        self.no_data |= get::flag(policy, "alertWhenNoData");
        if get::flag(policy, "alertWhenResolved") {
            decoder.error_with_help(
                &import::NOT_CARRIED_OVER,
                get::key_at(policy, "alertWhenResolved"),
                "there is no alert when the budget stops burning",
                "Alertmanager sends resolved notifications: `send_resolved` of its receivers",
            );
        }
        self.add_targets(policy, objects, decoder);
        let breaching = get::flag(policy, "alertWhenBreaching");
        for item in get::items(policy, "conditions", decoder).unwrap_or_default() {
            let object = match get::value(item, "conditionRef") {
                Some(reference) => objects.find("AlertCondition", reference, decoder),
                None => Some(item),
            };
            let spec = object.and_then(|object| get::value(object, "spec"));
            let condition = spec.and_then(|spec| condition(spec, window, decoder));
            self.conditions.extend(condition.filter(|_| breaching));
        }
        if !breaching {
            decoder.error_with_help(
                &import::READ_AS,
                get::key_at(policy, "alertWhenBreaching"),
                "without `alertWhenBreaching: true` the conditions of this policy never alert",
                "add `alertWhenBreaching: true`",
            );
        }
    }

    fn add_targets(&mut self, policy: &Node, objects: &Objects, decoder: &mut Decoder<'_>) {
        for item in get::items(policy, "notificationTargets", decoder).unwrap_or_default() {
            let name = match get::value(item, "targetRef") {
                Some(reference) => {
                    objects.find_if_there("AlertNotificationTarget", reference, decoder);
                    get::scalar(reference)
                }
                None => get::value(item, "metadata").and_then(|node| get::text(node, "name")),
            };
            if let Some(name) = name
                && !self.targets.iter().any(|known| known == name)
            {
                self.targets.push(name.to_owned());
            }
        }
    }

    /// The native value for an objective.
    pub(super) fn node(&self, target: Option<&Target>, decoder: &mut Decoder<'_>) -> Arc<Node> {
        let at = self.at;
        let off = || make::plain("off", at);
        let mut map = make::map(at)
            .put(
                "page",
                at,
                self.route(Severity::Page, decoder).unwrap_or_else(off),
            )
            .put(
                "ticket",
                at,
                self.route(Severity::Ticket, decoder).unwrap_or_else(off),
            );
        if !self.conditions.is_empty() {
            map = map.put_some("pairs", at, self.pairs(target, decoder));
        }
        if self.no_data {
            return map.done();
        }
        map.put("no_data", at, off()).done()
    }

    /// How alerts of a severity leave; `None` when there is none.
    fn route(&self, severity: Severity, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
        let mut words = self
            .conditions
            .iter()
            .filter(|one| one.severity == severity);
        let first = words.next()?;
        let text = get::scalar(&first.word);
        if let Some(other) = words.find(|one| get::scalar(&one.word) != text) {
            decoder.error_with_help(
                &import::READ_AS,
                other.word.at,
                format!(
                    "alerts leave as pages and as tickets; this one leaves with the severity `{}`",
                    text.unwrap_or_default()
                ),
                "use one word for what somebody has to act on now, and one for the rest",
            );
        }
        let at = first.word.at;
        let targets = (!self.targets.is_empty()).then(|| {
            let names = make::text(self.targets.join(","), at);
            make::map(at).put("notification_target", at, names).done()
        });
        let word = make::as_text(&first.word, decoder.sources);
        Some(
            make::map(at)
                .put(
                    "severity",
                    at,
                    word.unwrap_or_else(|| Arc::clone(&first.word)),
                )
                .put_some("labels", at, targets)
                .done(),
        )
    }

    /// The conditions as pairs; `None`, which means the usual ones, when one of them
    /// could not work.
    fn pairs(&self, target: Option<&Target>, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
        let mut pairs = Vec::new();
        let mut all = true;
        for condition in &self.conditions {
            match condition.trouble(target) {
                Some(why) => {
                    all = false;
                    decoder.error_with_help(
                        &import::READ_AS,
                        condition.at,
                        format!("{why}; the usual pairs of windows are used instead"),
                        "for instance threshold 14.4 over 1h and 6 over 6h; \
                         `slosmith generate --table` shows the pairs in use",
                    );
                }
                None => pairs.extend(condition.pair()),
            }
        }
        all.then(|| make::seq(pairs, self.at))
    }
}

impl Condition {
    fn short(&self) -> Duration {
        let minutes = self.lookback.millis() / 60_000 / SHORT;
        BASE_WINDOW.max(Duration::from_mins(minutes))
    }

    /// Why it cannot be a pair of windows.
    fn trouble(&self, target: Option<&Target>) -> Option<&'static str> {
        let errors = target.map(|target| {
            let budget = (Decimal::ONE_HUNDRED - target.percent) / Decimal::ONE_HUNDRED;
            budget.checked_mul(self.threshold).unwrap_or(Decimal::MAX)
        });
        let spent = self.budget.unwrap_or(Decimal::ONE_HUNDRED);
        if self.short() >= self.lookback {
            Some("this window is too short for an alert")
        } else if errors.is_some_and(|errors| errors >= Decimal::ONE) {
            Some("this condition can never hold: it asks for more than 100 % errors")
        } else if self.threshold < Decimal::ONE {
            Some("this condition holds while the objective is met")
        } else if spent >= Decimal::ONE_HUNDRED {
            Some("this condition holds only when the whole budget is gone")
        } else {
            None
        }
    }

    fn pair(&self) -> Option<Arc<Node>> {
        let at = self.lookback_at;
        let budget = self.budget?.normalize().to_string();
        Some(
            make::map(self.at)
                .put(
                    "severity",
                    self.at,
                    make::plain(self.severity.name(), self.at),
                )
                .put("long", at, make::plain(self.lookback.single_unit(), at))
                .put("short", at, make::plain(self.short().single_unit(), at))
                .put(
                    "budget",
                    self.threshold_at,
                    make::plain(budget, self.threshold_at),
                )
                .done(),
        )
    }
}

fn condition(spec: &Node, window: Option<&Window>, decoder: &mut Decoder<'_>) -> Option<Condition> {
    let word = get::required(spec, "severity", "an alert condition", decoder);
    let inner = &get::required(spec, "condition", "an alert condition", decoder)?.value;
    if let Some(op) = get::entry(inner, "op").or_else(|| get::entry(inner, "operator")) {
        operator(&op.value, decoder);
    }
    let threshold = get::required(inner, "threshold", "a condition", decoder);
    let lookback = get::required(inner, "lookbackWindow", "a condition", decoder);
    if let Some(after) = get::entry(inner, "alertAfter")
        && !get::scalar(&after.value).is_some_and(|text| text.starts_with('0'))
    {
        decoder.error_with_help(
            &import::NOT_CARRIED_OVER,
            after.key_at,
            "`alertAfter` is not needed: the alert waits for its short window",
            "leave it, or take it out",
        );
    }
    let (word, threshold, lookback) = (word?, threshold?, lookback?);
    let number = decimal(&threshold.value, decoder)?;
    let length = window::shorthand(&lookback.value, decoder)?.length()?;
    let text = get::scalar(&word.value).unwrap_or_default().to_lowercase();
    let is_page = PAGES.contains(&text.trim());
    Some(Condition {
        at: inner.head(),
        severity: if is_page {
            Severity::Page
        } else {
            Severity::Ticket
        },
        word: Arc::clone(&word.value),
        threshold: number,
        threshold_at: threshold.value.at,
        lookback: length,
        lookback_at: lookback.value.at,
        budget: window.and_then(|window| spent(number, length, window.nominal)),
    })
}

/// Percent of the budget that burning `threshold` times too fast spends in `lookback`.
fn spent(threshold: Decimal, lookback: Duration, period: Duration) -> Option<Decimal> {
    let share = Decimal::from(lookback.millis()).checked_mul(Decimal::ONE_HUNDRED)?;
    let share = share.checked_div(Decimal::from(period.millis()))?;
    Some(threshold.checked_mul(share)?.round_dp(6).normalize())
}

/// An alert on a burn rate fires when it is high.
fn operator(op: &Node, decoder: &mut Decoder<'_>) {
    const WORDS: [&str; 4] = ["gt", "gte", "lt", "lte"];
    match get::scalar(op).unwrap_or_default() {
        "gt" | "gte" => {}
        "lt" | "lte" => decoder.error_with_help(
            &import::READ_AS,
            op.at,
            "this would alert while the budget burns slowly, and be silent in an outage; read as `gte`",
            "write `op: gte`",
        ),
        other => decoder.unknown_word(op, other, &WORDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_share_of_the_budget() {
        let spent = |threshold: &str, hours, days| {
            spent(
                threshold.parse().unwrap(),
                Duration::from_hours(hours),
                Duration::from_days(days),
            )
            .unwrap()
            .to_string()
        };
        assert_eq!(spent("14.4", 1, 30), "2");
        assert_eq!(spent("6", 6, 30), "5");
        assert_eq!(spent("1", 72, 28), "10.714286");
    }
}
