//! SLO plugins: chains of the group and of the SLO. Those of Sloth itself have a
//! counterpart here, or need none.

use std::sync::Arc;

use super::alerting::Alerts;
use super::exhausted;
use super::keys::{
    CHAIN, CHAINED, CONFIG, ID, INFO_LABELS, Key, LABELS, METRIC_NAME, Map, OVERRIDE_PREVIOUS,
    PLUGIN_CHAIN, Reader,
};
use crate::diagnostic::{Code, Diagnostic, codes::import};
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// Bad events in the long window that stand for the correction by the denominator.
const FEW_EVENTS: &str = "5";
/// What makes alerts; without it there are none.
const ALERT_RULES: &str = "core/alert_rules/v1";

/// The plugins that work on an SLO.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    plugins: Vec<Plugin>,
    /// Whether Sloth's own plugins are only there when the chain names them.
    replaces_own: bool,
}

#[derive(Debug, Clone)]
struct Plugin {
    /// With its place.
    id: Arc<Node>,
    /// Without `sloth.dev/`, where it is one of Sloth's.
    name: Option<String>,
    config: Option<Entry>,
}

/// What plugins add to an SLO.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// Labels of the SLO.
    pub(super) labels: Vec<Entry>,
    pub(super) min_bad_events: Option<Arc<Node>>,
    pub(super) left: Vec<Arc<Node>>,
}

impl Extras {
    /// Alerts on what is left of the budget.
    pub(super) fn budget_left(&self) -> Option<Arc<Node>> {
        let first = self.left.first()?;
        Some(make::seq(self.left.clone(), first.at))
    }
}

impl Chain {
    /// The chain under a key of a group or an SLO.
    pub(super) fn read(of: &Map<'_>, key: Key, reader: &mut Reader<'_, '_>) -> Self {
        let Some((_, map)) = reader.inner(of, key, &PLUGIN_CHAIN) else {
            return Self::default();
        };
        let replaces_own = reader.is_true(&map, OVERRIDE_PREVIOUS);
        let chain = if replaces_own {
            reader.required(&map, CHAIN)
        } else {
            reader.get(&map, CHAIN)
        };
        let items = chain.map_or(&[][..], |entry| reader.items(entry));
        Self {
            plugins: items
                .iter()
                .filter_map(|item| Plugin::read(item, reader))
                .collect(),
            replaces_own,
        }
    }

    /// This chain of a group with that of an SLO behind it.
    pub(super) fn then(&self, slo: Self) -> Self {
        let mut all = if slo.replaces_own {
            Self::default()
        } else {
            self.clone()
        };
        all.plugins.extend(slo.plugins);
        all.replaces_own |= slo.replaces_own;
        all
    }

    /// Whether Sloth makes no alerts with it.
    pub(super) fn is_silent(&self) -> bool {
        let makes = |plugin: &Plugin| plugin.name.as_deref() == Some(ALERT_RULES);
        self.replaces_own && !self.plugins.iter().any(makes)
    }

    /// What the plugins add; `counts` says whether the SLI counts events.
    pub(super) fn extras(
        &self,
        alerts: &Alerts,
        counts: bool,
        reader: &mut Reader<'_, '_>,
    ) -> Extras {
        let mut extras = Extras::default();
        for plugin in &self.plugins {
            plugin.apply(alerts, counts, &mut extras, reader);
        }
        extras
    }
}

impl Plugin {
    fn read(node: &Arc<Node>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let map = reader.map(node, &CHAINED)?;
        let id = Arc::clone(&reader.required(&map, ID)?.value);
        let name = id
            .as_scalar()
            .and_then(|scalar| scalar.text.strip_prefix("sloth.dev/"))
            .map(str::to_owned);
        Some(Self {
            id,
            name,
            config: reader.get(&map, CONFIG).cloned(),
        })
    }

    fn say(&self, code: &'static Code, message: &str, help: &str, reader: &mut Reader<'_, '_>) {
        reader
            .decoder
            .push(Diagnostic::at(code, self.id.at, message).with_help(help));
    }

    fn apply(
        &self,
        alerts: &Alerts,
        counts: bool,
        extras: &mut Extras,
        reader: &mut Reader<'_, '_>,
    ) {
        match self.name.as_deref().unwrap_or_default() {
            "core/validate/v1"
            | "core/sli_rules/v1"
            | "core/metadata_rules/v1"
            | ALERT_RULES
            | "core/debug/v1"
            | "core/noop/v1" => {}
            "contrib/error_budget_exhausted_alert/v1" => {
                let config = self.config.as_ref();
                extras
                    .left
                    .push(exhausted::translate(&self.id, config, alerts, reader));
            }
            "contrib/info_labels/v1" => self.info_labels(extras, reader),
            "contrib/denominator_corrected_rules/v1" => self.few_events(counts, extras, reader),
            name => match left_out(name) {
                Some((message, help)) => self.say(&import::NOT_CARRIED_OVER, message, help, reader),
                None => self.unknown(reader),
            },
        }
    }

    fn info_labels(&self, extras: &mut Extras, reader: &mut Reader<'_, '_>) {
        self.say(
            &import::READ_AS,
            "these labels are labels of the SLO: they are on its alerts as well as on `slo_info`",
            "write them under `labels` of the SLO",
            reader,
        );
        let config = self.config.as_ref();
        let Some(map) = config.and_then(|entry| reader.map(&entry.value, &INFO_LABELS)) else {
            return;
        };
        extras.labels.extend(reader.texts(&map, LABELS));
        if let Some(name) = reader.get(&map, METRIC_NAME) {
            reader.decoder.push(
                Diagnostic::at(
                    &import::NOT_CARRIED_OVER,
                    name.key_at,
                    "the series that describes an SLO is always `slo_info`",
                )
                .with_help("leave `metricName` out"),
            );
        }
    }

    fn few_events(&self, counts: bool, extras: &mut Extras, reader: &mut Reader<'_, '_>) {
        if counts {
            extras.min_bad_events = Some(make::plain(FEW_EVENTS, self.id.at));
            return self.say(
                &import::READ_AS,
                "ratios stay as they are with little traffic; alerts want 5 bad events instead",
                "`alerts.min_bad_events` says how many, in a native spec",
                reader,
            );
        }
        self.say(
            &import::NOT_CARRIED_OVER,
            "this SLI counts no events, so there is no traffic to correct for",
            "write it as `events`, or leave the plugin out",
            reader,
        );
    }

    fn unknown(&self, reader: &mut Reader<'_, '_>) {
        let id = self.id.as_scalar().map_or("", |scalar| &scalar.text);
        self.say(
            &import::UNKNOWN_PLUGIN,
            &format!("the plugin `{id}` is Go code, which is not run here"),
            "take it out; what an SLO can say about labels, alerts and budgets has keys of its \
             own in a native spec",
            reader,
        );
    }
}

/// Contributed plugins that nothing here corresponds to: what was found, and what to do.
fn left_out(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "contrib/rule_intervals/v1" => (
            "intervals of rules are fixed: 1m for short windows and alerts, 5m for long windows, \
             since windows are joined from pieces of that length",
            "leave the plugin out",
        ),
        "contrib/remove_labels/v1" => (
            "nothing is removed: recorded series never have the labels of an SLO, \
             except under Sloth's names with `--layout sloth`, where editing them breaks nothing",
            "leave the plugin out",
        ),
        "contrib/validate_victoria_metrics/v1" => (
            "queries are read as PromQL: what only MetricsQL has is an error",
            "write PromQL, which VictoriaMetrics reads as well",
        ),
        "contrib/alert_for/v1" => (
            "burn-rate alerts do not wait: their short window says whether it still burns",
            "leave the plugin out",
        ),
        "contrib/sli_total_amount_rules/v1" => (
            "`slo:sli_total:amount` is not recorded: all events are `slo:total:rate5m`, per second",
            "leave the plugin out, and read that series",
        ),
        _ => return None,
    })
}
