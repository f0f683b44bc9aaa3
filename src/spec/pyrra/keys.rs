//! The keys of a `ServiceLevelObjective`. Unknown ones are errors: Pyrra parses strictly.

use std::sync::Arc;

use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::fields::Fields;
use crate::spec::make;
use crate::spec::node::{Entry, Kind, Node};

/// A map: what it is called in findings, and its keys.
pub(super) struct Shape {
    what: &'static str,
    keys: &'static [&'static str],
}

/// The resource; `status` is written by Pyrra itself.
pub(super) const RESOURCE: Shape = Shape {
    what: "a ServiceLevelObjective",
    keys: &["apiVersion", "kind", "metadata", "spec", "status"],
};
/// What Kubernetes keeps of every object; only the first four say something about the SLO.
pub(super) const METADATA: Shape = Shape {
    what: "`metadata`",
    keys: &[
        "name",
        "namespace",
        "labels",
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    ],
};
pub(super) const SPEC: Shape = Shape {
    what: "`spec`",
    keys: &[
        "target",
        "window",
        "description",
        "indicator",
        "alerting",
        "partial_response_strategy",
        "performanceOverAccuracy",
        "ruleOutput",
    ],
};
pub(super) const RULE_OUTPUT: Shape = Shape {
    what: "`ruleOutput`",
    keys: &[
        "shortRulesLabels",
        "longRulesLabels",
        "enableDescriptionAsLabel",
    ],
};
pub(super) const INDICATOR: Shape = Shape {
    what: "`indicator`",
    keys: &["ratio", "latency", "latencyNative", "bool_gauge"],
};
pub(super) const RATIO: Shape = Shape {
    what: "`ratio`",
    keys: &["errors", "total", "grouping"],
};
pub(super) const LATENCY: Shape = Shape {
    what: "`latency`",
    keys: &["success", "total", "grouping"],
};
pub(super) const LATENCY_NATIVE: Shape = Shape {
    what: "`latencyNative`",
    keys: &["total", "latency", "grouping"],
};
pub(super) const BOOL_GAUGE: Shape = Shape {
    what: "`bool_gauge`",
    keys: &["metric", "grouping"],
};
pub(super) const METRIC: Shape = Shape {
    what: "this",
    keys: &["metric"],
};
pub(super) const ALERTING: Shape = Shape {
    what: "`alerting`",
    keys: &[
        "disabled",
        "burnrates",
        "absent",
        "name",
        "absentName",
        "severities",
    ],
};
pub(super) const SEVERITIES: Shape = Shape {
    what: "`severities`",
    keys: &[
        "absent",
        "fastBurn",
        "mediumBurn",
        "slowBurn",
        "longTermBurn",
    ],
};

/// A map that is being read.
pub(super) struct Map<'n> {
    fields: Fields<'n>,
    what: &'static str,
}

/// Reports unknown keys; `None` when it is no map at all.
pub(super) fn map<'n>(node: &'n Node, shape: &Shape, decoder: &mut Decoder<'_>) -> Option<Map<'n>> {
    let fields = Fields::new(node, shape.what, shape.keys, &[], decoder)?;
    Some(Map {
        fields,
        what: shape.what,
    })
}

impl<'n> Map<'n> {
    /// A place that stands for the map.
    pub(super) const fn at(&self) -> SourceSpan {
        self.fields.at
    }

    /// The value of a key; nothing is as good as no key, as in Go.
    pub(super) fn get(&self, key: &str) -> Option<&'n Entry> {
        let found = self.fields.node.get(key);
        found.filter(|entry| !entry.value.is_null())
    }

    /// The value of a key that must be there.
    pub(super) fn required(&self, key: &str, decoder: &mut Decoder<'_>) -> Option<&'n Entry> {
        let found = self.get(key);
        if found.is_none() {
            self.fields.missing(key, self.what, decoder);
        }
        found
    }

    /// The map under a key, if there is one.
    pub(super) fn inner(
        &self,
        key: &str,
        shape: &Shape,
        decoder: &mut Decoder<'_>,
    ) -> Option<(&'n Entry, Map<'n>)> {
        let entry = self.get(key)?;
        Some((entry, map(&entry.value, shape, decoder)?))
    }

    /// The only one of all keys of the shape; reports when there is none, or another.
    pub(super) fn only(&self, shape: &Shape, decoder: &mut Decoder<'_>) -> Option<&'n Entry> {
        self.fields.exactly_one(self.what, shape.keys, decoder)
    }

    /// A boolean.
    pub(super) fn is(&self, key: &str, default: bool, decoder: &mut Decoder<'_>) -> bool {
        let Some(entry) = self.get(key) else {
            return default;
        };
        let word = entry.value.as_scalar().filter(|scalar| scalar.is_plain());
        match word
            .map_or("", |scalar| &scalar.text)
            .to_lowercase()
            .as_str()
        {
            "true" | "yes" | "on" | "y" => true,
            "false" | "no" | "off" | "n" => false,
            _ => {
                let help = Some("write `true` or `false`".to_owned());
                decoder.wrong_type(&entry.value, "true or false", help);
                default
            }
        }
    }

    /// A text that says something; an empty one is as good as none, as in Go.
    pub(super) fn text(&self, key: &str, decoder: &Decoder<'_>) -> Option<Entry> {
        let entry = self.get(key)?;
        let is_blank = |node: &Node| {
            let text = node.as_scalar().map(|scalar| scalar.text.trim());
            text.is_some_and(str::is_empty)
        };
        (!is_blank(&entry.value)).then(|| as_text(entry, decoder))
    }

    /// Names and texts: labels or annotations.
    pub(super) fn texts(&self, key: &str, decoder: &mut Decoder<'_>) -> Vec<Entry> {
        let Some(entry) = self.get(key) else {
            return Vec::new();
        };
        let Kind::Map(entries) = &entry.value.kind else {
            let help = Some("write `name: value`".to_owned());
            decoder.wrong_type(&entry.value, "a map from names to texts", help);
            return Vec::new();
        };
        let texts = entries.iter().map(|entry| as_text(entry, decoder));
        texts.collect()
    }
}

/// With a text as value: Pyrra takes numbers and booleans for texts where it expects one.
fn as_text(entry: &Entry, decoder: &Decoder<'_>) -> Entry {
    let scalar = entry.value.as_scalar();
    let is_other = scalar.is_some_and(|scalar| scalar.is_number() || scalar.as_bool().is_some());
    let made = is_other.then(|| make::as_text(&entry.value, decoder.sources));
    Entry {
        value: made.flatten().unwrap_or_else(|| Arc::clone(&entry.value)),
        ..entry.clone()
    }
}
