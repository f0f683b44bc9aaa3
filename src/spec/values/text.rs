use std::marker::PhantomData;

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, codes::slo, codes::spec};
use crate::slo::SloId;
use crate::source::SourceSpan;
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::Node;

/// Any text that says something.
impl Decode for String {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        decoder.text(node, "a text").map(str::to_owned)
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "minLength": 1})
    }
}

/// What a budget counts that is not sliced: the word `events`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventsWord;

impl Decode for EventsWord {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let expected = "`events` or `slices` with their length and target";
        let text = decoder.text(node, expected)?;
        if text == "events" {
            return Some(Self);
        }
        decoder.error_with_help(
            &spec::INVALID_VALUE,
            node.at,
            format!("expected {expected}, found `{text}`"),
            "write `events`, or `{slices: {length: 5m, target: 95}}`",
        );
        None
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"enum": ["events"]})
    }
}

/// The name of a service or an SLO: goes into labels, group names and file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) String);

const NAME_PATTERN: &str = "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
const NAME_LENGTH: usize = 63;

impl Decode for Name {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "a name")?.to_owned();
        check_name(&text, node.at, decoder).then_some(Self(text))
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "pattern": NAME_PATTERN, "maxLength": NAME_LENGTH})
    }
}

/// Whether `text` can name a service or an SLO.
pub(crate) fn is_name(text: &str) -> bool {
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    text.len() <= NAME_LENGTH
        && outer(bytes.first())
        && outer(bytes.last())
        && bytes.iter().all(inner)
}

/// Whether `text` is a name; reports why not.
fn check_name(text: &str, at: SourceSpan, decoder: &mut Decoder<'_>) -> bool {
    if is_name(text) {
        return true;
    }
    let message = if text.len() > NAME_LENGTH {
        let length = text.chars().count();
        format!("this name has {length} characters; at most {NAME_LENGTH} fit")
    } else {
        format!(
            "`{text}` is not a name: letters, digits, `-`, `_` and `.`, \
             with a letter or digit at both ends"
        )
    };
    let name = mend(text).unwrap_or_else(|| "invoice-api".to_owned());
    decoder.push(
        Diagnostic::at(&slo::BAD_NAME, at, message).with_help(format!("for instance `{name}`")),
    );
    false
}

/// A name much like `text`.
fn mend(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let words: Vec<&str> = text
        .split(|c| !fits(c))
        .filter(|word| !word.is_empty())
        .collect();
    let mended: String = words.join("-").chars().take(NAME_LENGTH).collect();
    let mended = mended.trim_matches(['-', '_', '.']);
    (!mended.is_empty()).then(|| mended.to_owned())
}

/// Another SLO: `service/name`.
pub(crate) type Reference = SloId;

impl Decode for SloId {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "an SLO as `service/name`")?.to_owned();
        let Some((service, name)) = text.split_once('/') else {
            decoder.error_with_help(
                &slo::UNKNOWN_REFERENCE,
                node.at,
                format!("expected an SLO as `service/name`, found `{text}`"),
                format!("write the service before it: `…/{text}`"),
            );
            return None;
        };
        Some(Self {
            service: service.to_owned(),
            name: name.to_owned(),
        })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "pattern": "^[^/]+/[^/]+$"})
    }
}

/// A value that is read later, when defaults have been put under it.
#[derive(Debug, Clone)]
pub(crate) struct Deferred<T> {
    pub(crate) node: Node,
    of: PhantomData<T>,
}

impl<T> Deferred<T> {
    pub(crate) fn new(node: &Node) -> Self {
        Self {
            node: node.clone(),
            of: PhantomData,
        }
    }
}

impl<T: Decode> Decode for Deferred<T> {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        if node.is_null() {
            // Reports that there is nothing.
            T::decode(node, decoder)?;
        }
        Some(Self::new(node))
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }
}
