//! Alert policies: routes, pairs of windows, the alert on missing data.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::objective::{self, Target};
use super::read::{Reader, entry, flag, items, value, word, word_at};
use super::window;
use crate::burn::{self, Pair};
use crate::diagnostic::Code;
use crate::diagnostic::codes::import;
use crate::duration::Duration;
use crate::slo::{PairSpec, Severity};
use crate::source::SourceSpan;
use crate::spec::make;
use crate::spec::node::{Kind, Node};

/// Words for the severity of what somebody has to act on now.
const PAGES: [&str; 8] = [
    "page",
    "critical",
    "high",
    "p1",
    "sev1",
    "1",
    "emergency",
    "urgent",
];

/// What the policies of an SLO ask for.
#[derive(Default)]
pub(super) struct Policies {
    conditions: Vec<Condition>,
    no_data: Option<SourceSpan>,
}

/// A burn rate at which to alert.
struct Condition {
    severity: Severity,
    /// Its own word for the severity.
    word: Arc<Node>,
    threshold: Decimal,
    lookback: Duration,
    at: SourceSpan,
    /// Names of the notification targets, and where the policy has them.
    targets: Vec<String>,
    targets_at: SourceSpan,
}

/// Reads all policies of an SLO.
pub(super) fn read(spec: &Node, reader: &mut Reader<'_, '_, '_>) -> Policies {
    let mut policies = Policies::default();
    for item in items(value(spec, &["alertPolicies"])) {
        let reference = match &item.kind {
            // As old specs have it.
            Kind::Scalar(_) => Some(item),
            _ => value(item, &["alertPolicyRef"]),
        };
        let policy = match reference {
            Some(reference) => match reader.resolve(reference, "AlertPolicy", true) {
                Some(object) => object,
                None => continue,
            },
            None => item,
        };
        match value(policy, &["spec"]) {
            Some(policy) => policies.add(policy, reader),
            None => reader.missing(policy.head(), "an alert policy", "spec"),
        }
    }
    policies
}

impl Policies {
    fn add(&mut self, policy: &Node, reader: &mut Reader<'_, '_, '_>) {
        if flag(policy, &["alertWhenNoData"]) == Some(true) {
            self.no_data = entry(policy, "alertWhenNoData").map(|entry| entry.key_at);
        }
        if let Some(resolved) = entry(policy, "alertWhenResolved")
            && flag(policy, &["alertWhenResolved"]) == Some(true)
        {
            reader.not_carried_over(
                resolved.key_at,
                "whether to tell when an alert is over is not decided by rules",
                "set `send_resolved` of the receiver in Alertmanager",
            );
        }
        let targets = targets(policy, reader);
        let targets_at = entry(policy, "notificationTargets").map_or(policy.at, |list| list.key_at);
        let breaching = flag(policy, &["alertWhenBreaching"]) == Some(true);
        let conditions = entry(policy, "conditions");
        if !breaching && let Some(conditions) = conditions {
            let at =
                entry(policy, "alertWhenBreaching").map_or(conditions.key_at, |key| key.key_at);
            reader.read_as(
                at,
                "this policy does not alert when the budget burns: its conditions are left out",
                "write `alertWhenBreaching: true`",
            );
        }
        for item in items(conditions.map(|entry| &entry.value)) {
            let read = condition(item, &targets, targets_at, reader);
            self.conditions.extend(read.filter(|_| breaching));
        }
    }

    /// As a native spec has it.
    pub(super) fn native(
        &self,
        target: &Target,
        period: Duration,
        at: SourceSpan,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Arc<Node> {
        let route = |severity, reader: &mut Reader<'_, '_, '_>| self.route(severity, at, reader);
        let page = route(Severity::Page, reader);
        let ticket = route(Severity::Ticket, reader);
        let no_data = self.no_data.is_none().then(|| off(at));
        make::map(at)
            .put_some("page", at, page)
            .put_some("ticket", at, ticket)
            .put_some("pairs", at, self.pairs(target, period, reader))
            .put_some("no_data", at, no_data)
            .done()
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Condition> {
        self.conditions
            .iter()
            .filter(move |condition| condition.severity == severity)
    }

    /// How alerts of a severity leave; `None` when that is as usual.
    fn route(
        &self,
        severity: Severity,
        at: SourceSpan,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Option<Arc<Node>> {
        let mut conditions = self.of(severity);
        let Some(first) = conditions.next() else {
            return Some(off(at));
        };
        let text = word(&first.word).unwrap_or_default();
        let mut targets = first.targets.clone();
        for other in conditions {
            let found = word(&other.word).unwrap_or_default();
            if found != text {
                reader.read_as(
                    other.word.at,
                    format!(
                        "all alerts that {} have one severity: read as `{text}`",
                        match severity {
                            Severity::Page => "page somebody",
                            Severity::Ticket => "open a ticket",
                        }
                    ),
                    "write the same severity in all of these conditions",
                );
            }
            for target in &other.targets {
                if !targets.contains(target) {
                    targets.push(target.clone());
                }
            }
        }
        let own = (text != severity.name()).then(|| make::text(text, first.word.at));
        let labels = (!targets.is_empty()).then(|| {
            let at = first.targets_at;
            make::map(at)
                .put("notification_target", at, make::text(targets.join(","), at))
                .done()
        });
        make::map(first.at)
            .put_some("severity", first.word.at, own)
            .put_some("labels", first.targets_at, labels)
            .some()
    }

    /// The windows that the conditions ask for; `None` for those that follow from the period.
    fn pairs(
        &self,
        target: &Target,
        period: Duration,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Option<Arc<Node>> {
        let budget = target.objective.budget();
        let at = self.conditions.first()?.at;
        let mut own = Vec::new();
        let mut replaced: Vec<&Condition> = Vec::new();
        for condition in &self.conditions {
            match condition.pair(period, budget) {
                Ok(pair) => own.push(pair.node(condition.at)),
                Err(refusal) => {
                    refusal.report(condition.at, reader);
                    if !replaced
                        .iter()
                        .any(|other| other.severity == condition.severity)
                    {
                        replaced.push(condition);
                    }
                }
            }
        }
        if own.is_empty() {
            return None;
        }
        let usual = burn::fitted(burn::SEVERITIES, period, budget, None);
        let usual = replaced.iter().flat_map(|condition| {
            let of_severity = usual
                .iter()
                .filter(|pair| pair.severity == condition.severity);
            of_severity.map(|pair| Written::of(pair, period).node(condition.at))
        });
        let nodes: Vec<_> = usual.chain(own).collect();
        Some(make::seq(nodes, at))
    }
}

/// Why a condition cannot be a pair of windows.
struct Refusal {
    code: &'static Code,
    why: String,
}

impl Refusal {
    /// Says it, and what is there instead.
    fn report(self, at: SourceSpan, reader: &mut Reader<'_, '_, '_>) {
        reader.decoder.error_with_help(
            self.code,
            at,
            format!(
                "{}: read as the usual windows for this period and objective",
                self.why
            ),
            "ask for another threshold or lookback window, or take this as it is",
        );
    }
}

fn off(at: SourceSpan) -> Arc<Node> {
    make::plain("off", at)
}

/// A pair of a native spec.
struct Written(PairSpec);

impl Written {
    /// A factor over a long window, as a share of the budget in percent: as short a
    /// number as gives the factor back.
    fn new(
        severity: Severity,
        factor: Decimal,
        long: Duration,
        short: Duration,
        period: Duration,
    ) -> Option<Self> {
        let share = factor
            .checked_mul(Decimal::from(long.millis()))?
            .checked_div(Decimal::from(period.millis()))?
            .checked_mul(Decimal::ONE_HUNDRED)
            .filter(|share| *share <= Decimal::ONE_HUNDRED)?;
        let with = |digits| PairSpec {
            severity,
            long,
            short,
            budget: share.round_dp(digits).normalize(),
        };
        let exact = factor.round_dp(4).normalize();
        let found = (0..=12).map(with).find(|pair| {
            pair.budget > Decimal::ZERO && burn::own_pair(pair, period).factor == exact
        });
        found.map(Self)
    }

    fn of(pair: &Pair, period: Duration) -> Self {
        let exact = Self::new(pair.severity, pair.factor, pair.long, pair.short, period);
        exact.unwrap_or(Self(PairSpec {
            severity: pair.severity,
            long: pair.long,
            short: pair.short,
            budget: pair.budget_spent(period) * Decimal::ONE_HUNDRED,
        }))
    }

    fn node(&self, at: SourceSpan) -> Arc<Node> {
        let pair = &self.0;
        let plain = |text: String| make::plain(text, at);
        make::map(at)
            .put("severity", at, plain(pair.severity.name().to_owned()))
            .put("long", at, plain(pair.long.single_unit()))
            .put("short", at, plain(pair.short.single_unit()))
            .put("budget", at, plain(pair.budget.to_string()))
            .done()
    }
}

impl Condition {
    /// The pair of windows, or why there can be none. What works but may not be wise is
    /// left to the checks that all pairs go through.
    fn pair(&self, period: Duration, budget: Decimal) -> Result<Written, Refusal> {
        let read_as = |why| Refusal {
            code: &import::READ_AS,
            why,
        };
        let (threshold, long) = (self.threshold, self.lookback);
        // Whole minutes, as rules are evaluated.
        let short = Duration::from_mins(long.secs() / 60 / 12).max(Duration::from_mins(5));
        if short >= long {
            let long = long.single_unit();
            return Err(read_as(format!("a window of {long} is too short")));
        }
        if threshold.round_dp(4) <= Decimal::ZERO {
            let why = format!("a burn rate of {threshold} is reached without any error");
            return Err(read_as(why));
        }
        // A factor above this asks for more errors than there are events.
        if threshold
            .checked_mul(budget)
            .is_none_or(|errors| errors >= Decimal::ONE)
        {
            return Err(Refusal {
                code: &import::NEVER_FIRES,
                why: format!("a burn rate of {threshold} is never reached at this objective"),
            });
        }
        Written::new(self.severity, threshold, long, short, period).ok_or_else(|| {
            read_as(format!(
                "a burn rate of {threshold} over {} spends more than the whole budget",
                long.single_unit()
            ))
        })
    }
}

/// A condition that is written here or named.
fn condition(
    item: &Arc<Node>,
    targets: &[String],
    targets_at: SourceSpan,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Condition> {
    let reference = match &item.kind {
        Kind::Scalar(_) => Some(item),
        _ => value(item, &["conditionRef"]),
    };
    let object = match reference {
        Some(reference) => reader.resolve(reference, "AlertCondition", true)?,
        None => item,
    };
    let spec = required(object, "spec", "an alert condition", reader)?;
    let severity = required(spec, "severity", "an alert condition", reader);
    let condition = required(spec, "condition", "an alert condition", reader)?;
    let threshold = required(condition, "threshold", "a condition", reader);
    let lookback = required(condition, "lookbackWindow", "a condition", reader);
    let threshold =
        threshold.and_then(|node| objective::number(node, "a burn rate such as 14.4", reader));
    let lookback = lookback.and_then(|node| self::lookback(node, reader));
    operator(condition, reader);
    waiting(condition, reader);
    let severity = severity?;
    let text = word(severity).unwrap_or_default().to_lowercase();
    Some(Condition {
        severity: if PAGES.contains(&&*text) {
            Severity::Page
        } else {
            Severity::Ticket
        },
        word: Arc::clone(severity),
        threshold: threshold?,
        lookback: lookback?,
        at: condition.head(),
        targets: targets.to_vec(),
        targets_at,
    })
}

fn required<'n>(
    node: &'n Node,
    key: &str,
    what: &str,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<&'n Arc<Node>> {
    let found = value(node, &[key]);
    if found.is_none() {
        reader.missing(node.head(), what, key);
    }
    found
}

fn lookback(node: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Duration> {
    let found = window::duration(node).filter(|duration| *duration > Duration::ZERO);
    if found.is_none() {
        let message = format!("expected a duration such as 1h, found {}", node.describe());
        reader.invalid(
            node.at,
            message,
            "write how far to look back, for instance 1h",
        );
    }
    found
}

/// A budget burns too fast, never too slowly.
fn operator(condition: &Node, reader: &mut Reader<'_, '_, '_>) {
    // Specs before 2025 call it `operator`.
    let op = value(condition, &["op"]).or_else(|| value(condition, &["operator"]));
    let Some(op) = op else { return };
    match word(op).unwrap_or_default() {
        "gt" | "gte" => {}
        "lt" | "lte" => reader.read_as(
            op.at,
            "this alerts while the budget burns slowly: read as `gte`",
            "write `gte`",
        ),
        other => {
            let words = ["gt", "gte", "lt", "lte"];
            reader.decoder.unknown_word(op, other, &words);
        }
    }
}

fn waiting(condition: &Node, reader: &mut Reader<'_, '_, '_>) {
    let Some(after) = value(condition, &["alertAfter"]) else {
        return;
    };
    if window::duration(after) != Some(Duration::ZERO) {
        reader.not_carried_over(
            after.at,
            "alerts do not wait: two windows, a long and a short one, tell what lasts",
            "leave `alertAfter` out, or write 0m",
        );
    }
}

/// The names of the targets of a policy.
fn targets(policy: &Node, reader: &mut Reader<'_, '_, '_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for item in items(value(policy, &["notificationTargets"])) {
        let reference = match &item.kind {
            Kind::Scalar(_) => Some(item),
            _ => value(item, &["targetRef"]),
        };
        let name = match reference {
            Some(reference) => {
                reader.resolve(reference, "AlertNotificationTarget", false);
                word(reference)
            }
            None => word_at(item, &["metadata", "name"]),
        };
        names.extend(name.map(str::to_owned));
    }
    names
}
