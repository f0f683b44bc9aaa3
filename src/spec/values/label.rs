use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::diagnostic::codes::slo;
use crate::source::{Located, SourceSpan};
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::{Kind, Node};

const PATTERN: &str = "^[a-zA-Z_][a-zA-Z0-9_]*$";

/// The name of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelName(pub(crate) String);

/// Whether a label may have this name; reports why not.
fn check(name: &str, at: SourceSpan, decoder: &mut Decoder<'_>) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let message = if name.starts_with("__") {
        "names that begin with `__` belong to Prometheus itself"
    } else if name == "alertname" {
        "`alertname` is set by Prometheus; an alert's name is `alerts.name`"
    } else if name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
        || !name.chars().all(word)
    {
        "it takes letters, digits and `_`, and no digit first"
    } else {
        return true;
    };
    decoder.error_with_help(
        &slo::INVALID_LABEL,
        at,
        format!("`{name}` cannot be the name of a label: {message}"),
        format!("for instance `{}`", mend(name)),
    );
    false
}

/// A name for a label much like `name`.
fn mend(name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mended: String = name.chars().map(word).collect();
    match mended.trim_matches('_') {
        "" | "alertname" => "team".to_owned(),
        digit if digit.starts_with(|c: char| c.is_ascii_digit()) => format!("_{digit}"),
        mended => mended.to_owned(),
    }
}

impl Decode for LabelName {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let name = decoder.text(node, "the name of a label")?.to_owned();
        check(&name, node.at, decoder).then_some(Self(name))
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "pattern": PATTERN})
    }
}

/// Names and texts; `at` of a value is the value's place, `key_at` its name's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    pub(crate) values: BTreeMap<String, Located<String>>,
    pub(crate) keys: BTreeMap<String, SourceSpan>,
}

impl Decode for Labels {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut labels = Self::default();
        for (name, at, value) in entries::<Located<String>>(node, decoder)? {
            labels.keys.insert(name.clone(), at);
            labels.values.insert(name, value);
        }
        Some(labels)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        map_schema(String::schema(definitions))
    }
}

/// Labels and the values that are expected of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    pub(crate) values: BTreeMap<String, Vec<Located<String>>>,
    pub(crate) keys: BTreeMap<String, SourceSpan>,
}

impl Decode for Groups {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut groups = Self::default();
        for (name, at, values) in entries::<Vec<Located<String>>>(node, decoder)? {
            groups.keys.insert(name.clone(), at);
            groups.values.insert(name, values);
        }
        Some(groups)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        map_schema(Vec::<String>::schema(definitions))
    }
}

/// The entries of a map from label names to `T` that are in order.
fn entries<T: Decode>(
    node: &Node,
    decoder: &mut Decoder<'_>,
) -> Option<Vec<(String, SourceSpan, T)>> {
    let Kind::Map(entries) = &node.kind else {
        let help = "write `name: value`".to_owned();
        decoder.wrong_type(node, "a map from label names to values", Some(help));
        return None;
    };
    let mut found = Vec::new();
    for entry in entries {
        if check(&entry.key, entry.key_at, decoder)
            && let Some(value) = T::decode(&entry.value, decoder)
        {
            found.push((entry.key.to_string(), entry.key_at, value));
        }
    }
    Some(found)
}

fn map_schema(values: Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": {"pattern": PATTERN},
        "additionalProperties": values,
    })
}
