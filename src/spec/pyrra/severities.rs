//! The label `severity` of Pyrra's alerts: four tiers and missing data, which leave here
//! as pages and tickets.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};

use super::goal::Goal;
use super::keys::{self, Map};
use crate::burn;
use crate::diagnostic::{Diagnostic, codes::import};
use crate::slo::Severity;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// From the fastest to the slowest, with Pyrra's defaults.
const TIERS: [(&str, &str); 4] = [
    ("fastBurn", "critical"),
    ("mediumBurn", "critical"),
    ("slowBurn", "warning"),
    ("longTermBurn", "warning"),
];
const ABSENT: (&str, &str) = ("absent", "critical");

/// A value of the label.
struct Value {
    text: String,
    at: Option<SourceSpan>,
    node: Option<Arc<Node>>,
}

/// The values of all alerts.
pub(super) struct Written {
    at: Option<SourceSpan>,
    tiers: [Value; 4],
    absent: Value,
}

/// Parts of `alerts` in the native format.
pub(super) struct Severities {
    pub(super) page: Arc<Node>,
    pub(super) ticket: Arc<Node>,
    /// The severity of the alert on missing data, unless it is the default.
    pub(super) no_data: Option<Arc<Node>>,
    pub(super) pairs: Option<Arc<Node>>,
}

pub(super) fn read(alerting: Option<&Map<'_>>, decoder: &mut Decoder<'_>) -> Written {
    let map = alerting.and_then(|map| map.inner("severities", &keys::SEVERITIES, decoder));
    let value = |(key, default): (&str, &str)| {
        let entry = map.as_ref().and_then(|(_, map)| map.text(key, decoder));
        Value::new(entry, default)
    };
    Written {
        at: map.as_ref().map(|(entry, _)| entry.key_at),
        tiers: TIERS.map(value),
        absent: value(ABSENT),
    }
}

impl Value {
    fn new(entry: Option<Entry>, default: &str) -> Self {
        let text = entry.as_ref().and_then(|entry| entry.value.as_scalar());
        Self {
            text: text.map_or_else(|| default.to_owned(), |scalar| scalar.text.clone()),
            at: entry.as_ref().map(|entry| entry.value.at),
            node: entry.map(|entry| entry.value),
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// `{severity: …}`
    fn route(&self, at: SourceSpan) -> Arc<Node> {
        let at = self.at.unwrap_or(at);
        let written = self.node.clone();
        let severity = written.unwrap_or_else(|| make::text(self.text.clone(), at));
        make::map(at).put("severity", at, severity).done()
    }
}

impl Written {
    /// Pages have the value of the fastest tier. Tickets have that of the slow one, or
    /// of another where the slow one has the value of pages.
    fn ticket(&self) -> &Value {
        let [page, medium, slow, long] = &self.tiers;
        let others = [slow, long, medium];
        others
            .into_iter()
            .find(|tier| !tier.is(page))
            .unwrap_or(slow)
    }

    /// Where `at` stands for what is not written.
    pub(super) fn translate(
        &self,
        at: SourceSpan,
        goal: &Goal,
        misses: bool,
        decoder: &mut Decoder<'_>,
    ) -> Severities {
        let (page, ticket) = (&self.tiers[0], self.ticket());
        let mut leaves = burn::SEVERITIES;
        for (tier, leaves) in self.tiers.iter().zip(&mut leaves) {
            *leaves = self.nearest(tier, *leaves, at, decoder);
        }
        let no_data = misses
            .then(|| self.nearest(&self.absent, Severity::Ticket, at, decoder))
            .filter(|severity| *severity != Severity::Ticket);
        let own_at = self.absent.at.unwrap_or(at);
        Severities {
            page: page.route(at),
            ticket: ticket.route(at),
            no_data: no_data.map(|severity| make::plain(severity.name(), own_at)),
            pairs: (leaves != burn::SEVERITIES)
                .then(|| pairs(leaves, self.at.unwrap_or(at), goal))
                .flatten(),
        }
    }

    /// Whom an alert with this value tells; `usual` where both have it, or none.
    fn nearest(
        &self,
        value: &Value,
        usual: Severity,
        at: SourceSpan,
        decoder: &mut Decoder<'_>,
    ) -> Severity {
        let of = |severity| match severity {
            Severity::Page => &self.tiers[0],
            Severity::Ticket => self.ticket(),
        };
        let other = match usual {
            Severity::Page => Severity::Ticket,
            Severity::Ticket => Severity::Page,
        };
        if value.is(of(usual)) {
            return usual;
        }
        if value.is(of(other)) {
            return other;
        }
        let (page, ticket) = (&of(Severity::Page).text, &of(Severity::Ticket).text);
        decoder.push(
            Diagnostic::at(
                &import::READ_AS,
                value.at.or(self.at).unwrap_or(at),
                format!(
                    "alerts have two severities here, `{page}` and `{ticket}`: `{}` is read as `{}`",
                    value.text,
                    of(usual).text
                ),
            )
            .with_help(format!("write `{page}` or `{ticket}`")),
        );
        usual
    }
}

/// The pairs of the period with other severities than usual.
fn pairs(severities: [Severity; 4], at: SourceSpan, goal: &Goal) -> Option<Arc<Node>> {
    let numbers = goal.numbers?;
    let budget = numbers.objective.budget();
    let fitted = burn::fitted(severities, numbers.period, budget, None);
    let pairs = fitted.iter().map(|pair| {
        // Enough digits for the factor to come out as it is.
        let spent = (pair.budget_spent(numbers.period) * Decimal::ONE_HUNDRED)
            .round_dp_with_strategy(6, RoundingStrategy::ToZero);
        let entry = |text: String| make::plain(text, at);
        make::map(at)
            .put("severity", at, entry(pair.severity.name().to_owned()))
            .put("long", at, entry(pair.long.single_unit()))
            .put("short", at, entry(pair.short.single_unit()))
            .put("budget", at, entry(spent.normalize().to_string()))
            .done()
    });
    Some(make::seq(pairs.collect(), at))
}
