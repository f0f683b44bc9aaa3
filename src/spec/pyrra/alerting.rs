//! Alerting: names, severities, what is off; and alerts of Pyrra that never fire.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::Aim;
use crate::burn;
use crate::diagnostic::codes::import;
use crate::duration::Duration;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::make;
use crate::spec::node::{Entry, Node, Scalar};

/// One of Pyrra's alerts: its key under `severities`, its default severity, its factor,
/// and the native pair in its place.
struct Tier {
    key: &'static str,
    default: &'static str,
    factor: Decimal,
    long: &'static str,
    short: &'static str,
    budget: &'static str,
}

const TIERS: [Tier; 4] = [
    tier("fastBurn", "critical", 14, "1h", "5m", "2"),
    tier("mediumBurn", "critical", 7, "6h", "30m", "5"),
    tier("slowBurn", "warning", 2, "1d", "2h", "10"),
    tier("longTermBurn", "warning", 1, "3d", "6h", "10"),
];

const fn tier(
    key: &'static str,
    default: &'static str,
    factor: u32,
    long: &'static str,
    short: &'static str,
    budget: &'static str,
) -> Tier {
    Tier {
        key,
        default,
        factor: Decimal::from_parts(factor, 0, 0, false, 0),
        long,
        short,
        budget,
    }
}

/// The default severity of the alert on missing data.
const ABSENT: &str = "critical";
/// Pyrra rounds its shortest window, the 8,064th part, to a minute: below this it is none.
const SHORTEST_WINDOW: Duration = Duration::from_secs(8064 * 30);

/// The alerts of an SLO, to which annotations are added.
pub(super) struct Alerts {
    map: make::Map,
    at: SourceSpan,
}

impl Alerts {
    pub(super) fn annotated(
        self,
        annotations: Option<Arc<Node>>,
        runbook_url: Option<Arc<Node>>,
    ) -> make::Map {
        self.map
            .put_some("annotations", self.at, annotations)
            .put_some("runbook_url", self.at, runbook_url)
    }
}

pub(super) fn translate(
    alerting: Option<&Entry>,
    aim: &Aim,
    head: SourceSpan,
    decoder: &mut Decoder<'_>,
) -> Alerts {
    const KEYS: [&str; 6] = [
        "disabled",
        "burnrates",
        "absent",
        "name",
        "absentName",
        "severities",
    ];
    let node = alerting
        .map(|entry| &entry.value)
        .filter(|node| !node.is_null());
    let known =
        node.is_none_or(|node| Fields::new(node, "`alerting`", &KEYS, &[], decoder).is_some());
    let node = node.filter(|_| known);
    let at = node.map_or(head, |node| node.head());
    let get = |key: &str| node.and_then(|node| super::value(node, key));
    let disabled = flag(node, "disabled", false, decoder);
    let burn_rates = flag(node, "burnrates", true, decoder) && !disabled;
    let absent = flag(node, "absent", true, decoder) && !disabled;
    let severities = Severities::read(node, at, decoder);

    let mut map = make::map(at).put_some("name", at, get("name").filter(|_| burn_rates));
    let off = || make::plain("off", at);
    if burn_rates {
        never_fires(aim, decoder);
        map = severities.routes(map, decoder);
    } else {
        map = map.put("page", at, off()).put("ticket", at, off());
    }
    let no_data = if absent {
        severities.no_data(get("absentName"), decoder)
    } else {
        Some(off())
    };
    Alerts {
        map: map.put_some("no_data", at, no_data),
        at,
    }
}

fn flag(node: Option<&Arc<Node>>, key: &str, default: bool, decoder: &mut Decoder<'_>) -> bool {
    let Some(value) = node.and_then(|node| super::value(node, key)) else {
        return default;
    };
    value
        .as_scalar()
        .and_then(Scalar::as_bool)
        .unwrap_or_else(|| {
            decoder.wrong_type(&value, "`true` or `false`", None);
            default
        })
}

/// What the alerts are to be labelled with.
struct Severities {
    at: SourceSpan,
    absent: Arc<Node>,
    tiers: [Arc<Node>; 4],
}

impl Severities {
    fn read(alerting: Option<&Arc<Node>>, at: SourceSpan, decoder: &mut Decoder<'_>) -> Self {
        let node = alerting.and_then(|node| super::value(node, "severities"));
        let keys = [
            "absent",
            TIERS[0].key,
            TIERS[1].key,
            TIERS[2].key,
            TIERS[3].key,
        ];
        let node =
            node.filter(|node| Fields::new(node, "`severities`", &keys, &[], decoder).is_some());
        let at = node.as_ref().map_or(at, |node| node.head());
        let written = |key: &str, default: &str| {
            let written = node.as_ref().and_then(|node| super::value(node, key));
            written.unwrap_or_else(|| make::text(default, at))
        };
        Self {
            at,
            absent: written("absent", ABSENT),
            tiers: TIERS.each_ref().map(|tier| written(tier.key, tier.default)),
        }
    }

    /// Pages get the severity of the fastest burn, tickets that of the first one that
    /// differs. With a third one, or another order, the pairs have to be written.
    fn routes(&self, map: make::Map, decoder: &mut Decoder<'_>) -> make::Map {
        let [fast, medium, slow, long] = &self.tiers;
        let differs = |node: &&Arc<Node>| text(node) != text(fast);
        let other = [slow, medium, long]
            .into_iter()
            .find(differs)
            .unwrap_or(fast);
        let is_page = |node: &Arc<Node>| text(node) == text(fast);
        for (tier, node) in TIERS.iter().zip(&self.tiers) {
            if !is_page(node) && text(node) != text(other) {
                decoder.error_with_help(
                    &import::READ_AS,
                    node.at,
                    format!(
                        "`{}` has a third severity; it leaves as a ticket, with `{}`",
                        tier.key,
                        text(other)
                    ),
                    "use at most two severities, one for pages and one for tickets",
                );
            }
        }
        let usual = is_page(medium) && !is_page(slow) && !is_page(long);
        let map = map
            .put("page", self.at, severity(fast))
            .put("ticket", self.at, severity(other));
        if usual || text(other) == text(fast) {
            return map;
        }
        let pairs = TIERS.iter().zip(&self.tiers).map(|(tier, node)| {
            let at = node.at;
            let route = if is_page(node) { "page" } else { "ticket" };
            make::map(at)
                .put("severity", at, make::plain(route, at))
                .put("long", at, make::plain(tier.long, at))
                .put("short", at, make::plain(tier.short, at))
                .put("budget", at, make::plain(tier.budget, at))
                .done()
        });
        map.put("pairs", self.at, make::seq(pairs.collect(), self.at))
    }

    /// The alert on missing data: by default a ticket.
    fn no_data(&self, name: Option<Arc<Node>>, decoder: &mut Decoder<'_>) -> Option<Arc<Node>> {
        let absent = text(&self.absent);
        let [page, .., ticket] = &self.tiers;
        let is_page = absent == text(page);
        if !is_page && absent != text(ticket) {
            decoder.error_with_help(
                &import::READ_AS,
                self.absent.at,
                "the alert on missing data has a severity of its own; it leaves as a ticket",
                "use the severity of pages or of tickets",
            );
        }
        let at = self.absent.at;
        let severity = is_page.then(|| make::plain("page", at));
        make::map(at)
            .put_some("severity", at, severity)
            .put_some("name", at, name)
            .some()
    }
}

fn text(node: &Node) -> &str {
    node.as_scalar().map_or("", |scalar| &scalar.text)
}

fn severity(node: &Arc<Node>) -> Arc<Node> {
    make::map(node.at)
        .put("severity", node.at, Arc::clone(node))
        .done()
}

/// Pyrra's factors and windows are fixed parts of the window, whatever the target.
fn never_fires(aim: &Aim, decoder: &mut Decoder<'_>) {
    if let Some((node, window)) = &aim.window
        && *window < SHORTEST_WINDOW
    {
        decoder.error_with_help(
            &import::NEVER_FIRES,
            node.at,
            format!("Pyrra's fastest alert can never fire over {window}: its short window is 0s"),
            "the pairs in use here can; `slosmith generate --table` shows them",
        );
    }
    let Some((node, percent)) = &aim.target else {
        return;
    };
    let budget = (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED;
    for tier in TIERS
        .iter()
        .filter(|tier| tier.factor * budget >= Decimal::ONE)
    {
        decoder.error_with_help(
            &import::NEVER_FIRES,
            node.at,
            format!(
                "Pyrra's {} alert can never fire at a target of {percent} %: it asks for {} \
                 times the error budget",
                tier.key, tier.factor
            ),
            format!(
                "it could from {} % on; the pairs in use here can fire",
                burn::lowest_reachable_objective(tier.factor)
            ),
        );
    }
}
