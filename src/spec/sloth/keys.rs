//! Sloth's two formats say the same with keys that are spelt differently:
//! `page_alert` in `prometheus/v1`, `pageAlert` in the Kubernetes resource. What
//! there is to read is said once, here, in both spellings.

use std::sync::Arc;

use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::node::{Entry, Kind, Node, Scalar};
use crate::spec::{fields, make};

/// How the keys of a document are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// `error_query`
    Snake,
    /// `errorQuery`
    Camel,
}

/// A key in both spellings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    snake: &'static str,
    camel: &'static str,
}

impl Key {
    /// A key that is the same in both.
    const fn same(name: &'static str) -> Self {
        Self {
            snake: name,
            camel: name,
        }
    }

    const fn new(snake: &'static str, camel: &'static str) -> Self {
        Self { snake, camel }
    }

    /// As it is written in a document.
    pub(super) const fn spelt(self, spelling: Spelling) -> &'static str {
        match spelling {
            Spelling::Snake => self.snake,
            Spelling::Camel => self.camel,
        }
    }
}

/// A map: what it is called in findings, and its keys.
#[derive(Debug)]
pub(super) struct Shape {
    what: &'static str,
    keys: &'static [Key],
}

pub(super) const VERSION: Key = Key::same("version");
pub(super) const SPEC: Key = Key::same("spec");
pub(super) const SERVICE: Key = Key::same("service");
pub(super) const LABELS: Key = Key::same("labels");
pub(super) const ANNOTATIONS: Key = Key::same("annotations");
pub(super) const SLOS: Key = Key::same("slos");
pub(super) const SLO_PLUGINS: Key = Key::new("slo_plugins", "sloPlugins");
pub(super) const PLUGINS: Key = Key::same("plugins");
pub(super) const NAME: Key = Key::same("name");
pub(super) const DESCRIPTION: Key = Key::same("description");
pub(super) const OBJECTIVE: Key = Key::same("objective");
pub(super) const SLI: Key = Key::same("sli");
pub(super) const EVENTS: Key = Key::same("events");
pub(super) const RAW: Key = Key::same("raw");
pub(super) const PLUGIN: Key = Key::same("plugin");
pub(super) const ERROR_QUERY: Key = Key::new("error_query", "errorQuery");
pub(super) const TOTAL_QUERY: Key = Key::new("total_query", "totalQuery");
pub(super) const ERROR_RATIO_QUERY: Key = Key::new("error_ratio_query", "errorRatioQuery");
pub(super) const ALERTING: Key = Key::same("alerting");
pub(super) const PAGE_ALERT: Key = Key::new("page_alert", "pageAlert");
pub(super) const TICKET_ALERT: Key = Key::new("ticket_alert", "ticketAlert");
pub(super) const DISABLE: Key = Key::same("disable");
pub(super) const FOR: Key = Key::same("for");
pub(super) const ID: Key = Key::same("id");
pub(super) const CONFIG: Key = Key::same("config");
pub(super) const OVERRIDE_PREVIOUS: Key = Key::same("overridePrevious");
pub(super) const CHAIN: Key = Key::same("chain");

/// The file of `prometheus/v1`.
pub(super) const FILE: Shape = Shape {
    what: "a Sloth spec",
    keys: &[VERSION, SERVICE, LABELS, SLO_PLUGINS, SLOS],
};
/// The Kubernetes resource around the spec.
pub(super) const RESOURCE: Shape = Shape {
    what: "a PrometheusServiceLevel",
    keys: &[
        Key::same("apiVersion"),
        Key::same("kind"),
        Key::same("metadata"),
        SPEC,
        Key::same("status"),
    ],
};
/// The spec of the Kubernetes resource.
pub(super) const GROUP: Shape = Shape {
    what: "`spec`",
    keys: &[SERVICE, LABELS, SLO_PLUGINS, SLOS],
};
pub(super) const SLO: Shape = Shape {
    what: "an SLO",
    keys: &[NAME, DESCRIPTION, OBJECTIVE, LABELS, PLUGINS, SLI, ALERTING],
};
pub(super) const SLI_KINDS: Shape = Shape {
    what: "`sli`",
    keys: &[EVENTS, RAW, PLUGIN],
};
pub(super) const EVENTS_SLI: Shape = Shape {
    what: "`events`",
    keys: &[ERROR_QUERY, TOTAL_QUERY],
};
pub(super) const RAW_SLI: Shape = Shape {
    what: "`raw`",
    keys: &[ERROR_RATIO_QUERY],
};
pub(super) const PLUGIN_SLI: Shape = Shape {
    what: "`plugin`",
    keys: &[ID, Key::same("options")],
};
pub(super) const ALERTS: Shape = Shape {
    what: "`alerting`",
    keys: &[NAME, LABELS, ANNOTATIONS, PAGE_ALERT, TICKET_ALERT],
};
/// `for` is read by a plugin.
pub(super) const ROUTE: Shape = Shape {
    what: "an alert",
    keys: &[DISABLE, LABELS, ANNOTATIONS, FOR],
};
pub(super) const PLUGIN_CHAIN: Shape = Shape {
    what: "a plugin chain",
    keys: &[OVERRIDE_PREVIOUS, CHAIN],
};
pub(super) const CHAINED: Shape = Shape {
    what: "a plugin",
    keys: &[ID, CONFIG, Key::same("priority")],
};

pub(super) const LEFT_THRESHOLD: Key = Key::same("threshold");
pub(super) const LEFT_NAME: Key = Key::same("alert_name");
pub(super) const LEFT_LABELS: Key = Key::same("alert_labels");
pub(super) const LEFT_SELECTOR: Key = Key::same("selector_labels");
/// Config of `error_budget_exhausted_alert`.
pub(super) const BUDGET_EXHAUSTED: Shape = Shape {
    what: "the config of this plugin",
    keys: &[
        LEFT_THRESHOLD,
        FOR,
        LEFT_NAME,
        LEFT_LABELS,
        LEFT_SELECTOR,
        ANNOTATIONS,
    ],
};
pub(super) const METRIC_NAME: Key = Key::same("metricName");
/// Config of `info_labels`.
pub(super) const INFO_LABELS: Shape = Shape {
    what: "the config of this plugin",
    keys: &[LABELS, METRIC_NAME],
};

/// A map that is being read.
pub(super) struct Map<'n> {
    fields: Fields<'n>,
    what: &'static str,
}

/// Reads a document in its spelling.
pub(super) struct Reader<'r, 'a> {
    pub(super) spelling: Spelling,
    pub(super) decoder: &'r mut Decoder<'a>,
}

impl Reader<'_, '_> {
    /// Reports keys that Sloth does not know; `None` when it is no map at all.
    pub(super) fn map<'n>(&mut self, node: &'n Node, shape: &Shape) -> Option<Map<'n>> {
        let keys = shape.keys.iter().map(|key| key.spelt(self.spelling));
        let known: Vec<&'n str> = keys.collect();
        let fields = fields::Fields::new(node, shape.what, &known, &[], self.decoder)?;
        Some(Map {
            fields,
            what: shape.what,
        })
    }

    /// The value of a key; nothing is as good as no key, as in Go.
    pub(super) fn get<'n>(&self, map: &Map<'n>, key: Key) -> Option<&'n Entry> {
        map.fields
            .node
            .get(key.spelt(self.spelling))
            .filter(|entry| !entry.value.is_null())
    }

    /// The value of a key that must be there.
    pub(super) fn required<'n>(&mut self, map: &Map<'n>, key: Key) -> Option<&'n Entry> {
        let found = self.get(map, key);
        if found.is_none() {
            let spelt = key.spelt(self.spelling);
            map.fields.missing(spelt, map.what, self.decoder);
        }
        found
    }

    /// The one of these keys that is there; reports when it is not exactly one.
    pub(super) fn exactly_one<'n>(&mut self, map: &Map<'n>, keys: &[Key]) -> Option<&'n Entry> {
        let keys: Vec<&str> = keys.iter().map(|key| key.spelt(self.spelling)).collect();
        map.fields.exactly_one(map.what, &keys, self.decoder)
    }

    /// The map under a key, if there is one.
    pub(super) fn inner<'n>(
        &mut self,
        map: &Map<'n>,
        key: Key,
        shape: &Shape,
    ) -> Option<(&'n Entry, Map<'n>)> {
        let entry = self.get(map, key)?;
        Some((entry, self.map(&entry.value, shape)?))
    }

    /// The items of the list under a key; reports when it is none.
    pub(super) fn items<'n>(&mut self, entry: &'n Entry) -> &'n [Arc<Node>] {
        if let Kind::Seq(items) = &entry.value.kind {
            return items;
        }
        let help = "write `- ` before each item".to_owned();
        self.decoder.wrong_type(&entry.value, "a list", Some(help));
        &[]
    }

    /// A text, made of a number or a boolean where Sloth does so.
    pub(super) fn text(&self, entry: &Entry) -> Arc<Node> {
        as_go_text(&entry.value, self)
    }

    /// Labels or annotations: values are texts, whatever they look like.
    pub(super) fn texts(&mut self, map: &Map<'_>, key: Key) -> Vec<Entry> {
        let Some(entry) = self.get(map, key) else {
            return Vec::new();
        };
        let Kind::Map(entries) = &entry.value.kind else {
            let help = "write `name: value`".to_owned();
            let expected = "a map from names to texts";
            self.decoder.wrong_type(&entry.value, expected, Some(help));
            return Vec::new();
        };
        let texts = entries.iter().map(|entry| Entry {
            value: self.text(entry),
            ..entry.clone()
        });
        texts.collect()
    }

    /// Whether a key is set to true.
    pub(super) fn is_true(&mut self, map: &Map<'_>, key: Key) -> bool {
        let Some(entry) = self.get(map, key) else {
            return false;
        };
        let word = entry.value.as_scalar().and_then(go_bool);
        if word.is_none() {
            let help = "write `true`, or leave the key out".to_owned();
            self.decoder
                .wrong_type(&entry.value, "true or false", Some(help));
        }
        word.unwrap_or(false)
    }
}

impl Map<'_> {
    /// A place that stands for the map.
    pub(super) const fn at(&self) -> SourceSpan {
        self.fields.at
    }
}

/// Booleans of YAML 1.1, which Sloth reads.
fn go_bool(scalar: &Scalar) -> Option<bool> {
    if !scalar.is_plain() {
        return None;
    }
    let text = &*scalar.text;
    let is_one_case =
        text.chars().skip(1).all(char::is_lowercase) || text.chars().all(char::is_uppercase);
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" if is_one_case => Some(true),
        "false" | "no" | "off" | "n" if is_one_case => Some(false),
        _ => None,
    }
}

/// What Sloth makes of a scalar that stands where a text is expected: `yes` is
/// `true`, `0.20` is `0.2`.
fn as_go_text(node: &Arc<Node>, reader: &Reader<'_, '_>) -> Arc<Node> {
    let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.is_null()) else {
        return Arc::clone(node);
    };
    let read = match go_bool(scalar) {
        Some(word) => word.to_string(),
        None if scalar.is_plain() && scalar.is_number() => go_number(&scalar.text),
        None => return Arc::clone(node),
    };
    if read == scalar.text {
        let same = make::as_text(node, reader.decoder.sources);
        return same.unwrap_or_else(|| Arc::clone(node));
    }
    make::text(read, node.at)
}

/// A number as Go prints it; as it is where that takes an exponent.
fn go_number(text: &str) -> String {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.to_string();
    }
    match text.parse::<f64>() {
        Ok(number) if number == 0.0 || (1e-4..1e6).contains(&number.abs()) => number.to_string(),
        _ => text.to_owned(),
    }
}
