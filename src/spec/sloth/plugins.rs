//! Plugins: Go code, which is not run. What the contributed ones are for is said
//! in native settings.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::keys::{Keys, Map};
use super::labels;
use crate::diagnostic::codes::import;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// Bad events below which nothing fires, in place of Sloth's correction for low traffic.
const MIN_BAD_EVENTS: &str = "5";

/// What plugins ask for.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) labels: Vec<Entry>,
    pub(super) min_bad_events: Option<Arc<Node>>,
    pub(super) budget_left: Option<Arc<Node>>,
}

impl Settings {
    /// What the chains of the document and of an SLO ask for; the latter can drop the former.
    pub(super) fn read(
        document: Option<&Arc<Node>>,
        slo: Option<&Arc<Node>>,
        keys: &'static Keys,
        decoder: &mut Decoder<'_>,
    ) -> Self {
        let own = slo.and_then(|node| Chain::read(node, keys, decoder));
        let above = match &own {
            Some(own) if own.alone => None,
            _ => document.and_then(|node| Chain::read(node, keys, decoder)),
        };
        let mut settings = Self::default();
        for chain in [above, own].into_iter().flatten() {
            for plugin in &chain.plugins {
                settings.take_up(plugin, decoder);
            }
        }
        settings
    }

    fn take_up(&mut self, plugin: &Plugin<'_>, decoder: &mut Decoder<'_>) {
        let at = plugin.at;
        let id = plugin.id.trim_start_matches("sloth.dev/");
        let mut say = |code, message: &str, help: &str| {
            decoder.error_with_help(code, at, format!("`{}` {message}", plugin.id), help);
        };
        match id.rsplit_once('/').map_or(id, |(name, _version)| name) {
            // What these do is done, or shows nothing.
            "core/validate"
            | "core/sli_rules"
            | "core/metadata_rules"
            | "core/alert_rules"
            | "core/debug"
            | "core/noop" => {}
            "contrib/rule_intervals" => say(
                &import::NOT_CARRIED_OVER,
                "sets intervals, which are fixed: alerts every minute, tiles every five",
                "take it out: the numbers rest on these intervals",
            ),
            "contrib/remove_labels" => say(
                &import::NOT_CARRIED_OVER,
                "removes labels from recorded series, which have none to remove",
                "take it out; with `--layout sloth` the labels stay, and editing them breaks nothing",
            ),
            "contrib/validate_victoria_metrics" => say(
                &import::NOT_CARRIED_OVER,
                "checks expressions as MetricsQL; they are checked as PromQL",
                "take it out, and write the expressions in PromQL",
            ),
            "contrib/denominator_corrected_rules" => {
                say(
                    &import::READ_AS,
                    "corrects for low traffic; read as `min_bad_events: 5` for SLIs that count events",
                    "take it out; convert the spec and set `alerts.min_bad_events` to what fits",
                );
                self.min_bad_events = Some(make::plain(MIN_BAD_EVENTS, at));
            }
            "contrib/info_labels" => {
                say(
                    &import::READ_AS,
                    "adds labels to the info series; read as labels of alerts and of the info series",
                    "move them to `labels`",
                );
                let config = plugin.config.and_then(|config| config.get("labels"));
                self.labels.extend(labels::texts(
                    config.map(|entry| &entry.value),
                    "labels",
                    decoder,
                ));
            }
            "contrib/error_budget_exhausted_alert" => self.exhausted(plugin, decoder),
            _ => say(
                &import::UNKNOWN_PLUGIN,
                "is Go code, which is not run",
                "take it out, and say what it is for in native settings: `slosmith convert`, \
                 then `alerts`, `labels` or `policy`",
            ),
        }
    }

    /// An alert on what is left of the budget.
    fn exhausted(&mut self, plugin: &Plugin<'_>, decoder: &mut Decoder<'_>) {
        let at = plugin.at;
        let config = |key: &str| plugin.config.and_then(|config| config.get(key));
        let threshold = config("threshold").and_then(|entry| {
            let ratio: Decimal = entry.value.as_scalar()?.text.trim().parse().ok()?;
            ratio.checked_mul(Decimal::ONE_HUNDRED)
        });
        let asked = threshold.unwrap_or(Decimal::ZERO);
        let below = asked.clamp(Decimal::ONE, Decimal::ONE_HUNDRED).normalize();
        decoder.error_with_help(
            &import::READ_AS,
            at,
            format!(
                "`{}` is read as `budget_left: [{{below: {below}}}]`",
                plugin.id
            ),
            "take it out, and convert the spec to set it yourself",
        );
        for key in ["alert_labels", "annotations", "for", "selector_labels"] {
            if let Some(entry) = config(key) {
                decoder.error_with_help(
                    &import::NOT_CARRIED_OVER,
                    entry.key_at,
                    format!("`{key}` of this alert is not carried over"),
                    "the alert has the labels and annotations of its severity",
                );
            }
        }
        let name = config("alert_name").map(|entry| Arc::clone(&entry.value));
        let rule = make::map(at)
            .put("below", at, make::plain(below.to_string(), at))
            .put_some("name", at, name)
            .done();
        self.budget_left = Some(make::seq(vec![rule], at));
    }
}

/// Plugins of a document or an SLO.
struct Chain<'n> {
    plugins: Vec<Plugin<'n>>,
    /// Those of the document are dropped.
    alone: bool,
}

struct Plugin<'n> {
    id: &'n str,
    at: SourceSpan,
    config: Option<&'n Node>,
}

impl<'n> Chain<'n> {
    fn read(node: &'n Node, keys: &'static Keys, decoder: &mut Decoder<'_>) -> Option<Self> {
        let map = Map::read(node, "plugins", &[keys.override_previous, "chain"], decoder)?;
        let alone = map
            .get(keys.override_previous)
            .and_then(|node| node.as_scalar()?.as_bool())
            .unwrap_or_default();
        let mut plugins = Vec::new();
        if let Some(chain) = map.get("chain") {
            let Kind::Seq(items) = &chain.kind else {
                decoder.wrong_type(chain, "a list of plugins", None);
                return None;
            };
            for item in items {
                plugins.extend(Plugin::read(item, decoder));
            }
        }
        Some(Self { plugins, alone })
    }
}

impl<'n> Plugin<'n> {
    fn read(node: &'n Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let map = Map::read(node, "a plugin", &["id", "config", "priority"], decoder)?;
        let id = map.required("id", decoder)?;
        Some(Self {
            id: decoder.text(id, "the id of a plugin")?,
            at: id.at,
            config: map.get("config").map(|config| &**config),
        })
    }
}
