//! Keys of Sloth's maps: the same ones in two spellings.

use std::sync::Arc;

use crate::diagnostic::codes::spec;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::make;
use crate::spec::node::{Entry, Node};

/// The keys that are spelt in two ways.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) slo_plugins: &'static str,
    /// An SLO's own chain of plugins.
    pub(super) plugins: &'static str,
    pub(super) override_previous: &'static str,
    pub(super) error_query: &'static str,
    pub(super) total_query: &'static str,
    pub(super) error_ratio_query: &'static str,
    pub(super) page_alert: &'static str,
    pub(super) ticket_alert: &'static str,
}

/// `prometheus/v1`
pub(super) const SNAKE: Keys = Keys {
    slo_plugins: "slo_plugins",
    plugins: "plugins",
    override_previous: "overridePrevious",
    error_query: "error_query",
    total_query: "total_query",
    error_ratio_query: "error_ratio_query",
    page_alert: "page_alert",
    ticket_alert: "ticket_alert",
};

/// `sloth.slok.dev/v1`
pub(super) const CAMEL: Keys = Keys {
    slo_plugins: "sloPlugins",
    plugins: "plugins",
    override_previous: "overridePrevious",
    error_query: "errorQuery",
    total_query: "totalQuery",
    error_ratio_query: "errorRatioQuery",
    page_alert: "pageAlert",
    ticket_alert: "ticketAlert",
};

/// Keys of a document of `prometheus/v1`.
pub(super) const DOCUMENT: [&str; 5] = ["version", "service", "labels", "slo_plugins", "slos"];
/// Keys of the `spec` of a resource.
pub(super) const SPEC: [&str; 4] = ["service", "labels", "sloPlugins", "slos"];

impl Keys {
    pub(super) const fn slo(&self) -> [&'static str; 7] {
        let plugins = self.plugins;
        [
            "name",
            "description",
            "objective",
            "labels",
            plugins,
            "sli",
            "alerting",
        ]
    }
}

/// A map whose keys are known; those that are not have been reported.
pub(super) struct Map<'n> {
    fields: Fields<'n>,
    what: &'static str,
}

impl<'n> Map<'n> {
    /// `None` when it is no map; that is reported.
    pub(super) fn read(
        node: &'n Node,
        what: &'static str,
        keys: &[&'static str],
        decoder: &mut Decoder<'_>,
    ) -> Option<Self> {
        let fields = Fields::new(node, what, keys, &[], decoder)?;
        Some(Self { fields, what })
    }

    /// The place that stands for the map.
    pub(super) const fn at(&self) -> SourceSpan {
        self.fields.at
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.fields.node.get(key)
    }

    /// The value, unless nothing was written.
    pub(super) fn get(&self, key: &str) -> Option<&'n Arc<Node>> {
        let value = &self.entry(key)?.value;
        (!value.is_null()).then_some(value)
    }

    /// The value; that it is missing is reported.
    pub(super) fn required(&self, key: &str, decoder: &mut Decoder<'_>) -> Option<&'n Arc<Node>> {
        let value = self.get(key);
        if value.is_none() {
            let what = self.what;
            let at = self.entry(key).map_or(self.at(), |entry| entry.key_at);
            decoder.error_with_help(
                &spec::MISSING_KEY,
                at,
                format!("{what} needs the key `{key}`"),
                format!("add `{key}: …`"),
            );
        }
        value
    }

    /// The only one of these keys that is there; that it is not is reported.
    pub(super) fn exactly_one(
        &self,
        keys: &[&str],
        decoder: &mut Decoder<'_>,
    ) -> Option<&'n Entry> {
        self.fields.exactly_one(self.what, keys, decoder)
    }

    /// Where the key stands, or what stands for it.
    pub(super) fn key_at(&self, key: &str) -> SourceSpan {
        self.entry(key).map_or(self.at(), |entry| entry.key_at)
    }
}

/// A value as Sloth reads it: it makes a text of whatever stands where a text belongs,
/// and a number of a quoted one.
pub(super) fn coerced(key: &str, entry: &Entry, decoder: &Decoder<'_>) -> Arc<Node> {
    let Some(scalar) = entry.value.as_scalar().filter(|scalar| !scalar.is_null()) else {
        return Arc::clone(&entry.value);
    };
    if key == "objective" {
        return make::plain(scalar.text.trim(), entry.value.at);
    }
    make::as_text(&entry.value, decoder.sources).unwrap_or_else(|| Arc::clone(&entry.value))
}
