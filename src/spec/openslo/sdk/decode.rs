//! From nodes to values as the SDK reads JSON into its types: `null` is nothing, keys
//! match in any case, an unknown key or a value of another type is a violation.

use std::collections::BTreeSet;

use super::scalar::{Plain, resolve};
use super::shape::{Reference, Shape, Struct};
use super::value::{Item, Kind, Value};
use super::{Violation, duration, names};
use crate::source::SourceSpan;
use crate::spec::node::{self, Entry, Node};
use crate::suggest::{all_of, closest, one_of};

/// Reads a document; what cannot be read is reported and missing in the value.
pub(super) struct Reader {
    pub(super) violations: Vec<Violation>,
    /// Where it is, as the SDK writes it.
    path: String,
}

impl Reader {
    pub(super) const fn new() -> Self {
        Self {
            violations: Vec::new(),
            path: String::new(),
        }
    }

    /// A value; `at` stands for what has no short place of its own.
    pub(super) fn value(&mut self, node: &Node, at: SourceSpan, shape: Shape) -> Value {
        if let Shape::Anything = shape {
            self.numbers(node);
            return value(node.at, Kind::Anything, false);
        }
        if node.as_scalar().map(resolve) == Some(Plain::Null) {
            return Value::nothing(at);
        }
        let read = match shape {
            Shape::Struct(of) => self.fields(node, at, of),
            Shape::SomeStruct(of) => self.fields(node, at, of).map(|value| Value {
                is_empty: false,
                ..value
            }),
            Shape::List(of) => self.list(node, at, |reader, item| {
                reader.value(item, item.head(), Shape::Struct(of))
            }),
            Shape::ListOfReferences(Reference { of, .. }) => self.list(node, at, |reader, item| {
                reader.value(item, item.head(), Shape::Struct(of))
            }),
            Shape::Free | Shape::Texts | Shape::TextLists => self.map(node, at, shape),
            _ => self.scalar(node, shape),
        };
        read.unwrap_or_else(|| Value::nothing(at))
    }

    fn fields(&mut self, node: &Node, at: SourceSpan, of: &'static Struct) -> Option<Value> {
        let entries = self.entries(node, "a map")?;
        let known = of.fields();
        let keys: BTreeSet<&'static str> = known.iter().map(|field| field.key).collect();
        let mut fields: Vec<(&'static str, Value)> = Vec::new();
        for entry in in_order(entries) {
            let exact = known.iter().find(|field| *field.key == *entry.key);
            let in_any_case = || {
                let key = entry.key.as_str();
                known
                    .iter()
                    .find(|field| field.key.eq_ignore_ascii_case(key))
            };
            let Some(field) = exact.or_else(in_any_case) else {
                self.unknown(entry, &keys);
                continue;
            };
            let inside = format!(".{}", field.called);
            let read = self.inside(&inside, |reader| {
                reader.value(&entry.value, entry.key_at, field.shape)
            });
            fields.retain(|(key, _)| *key != field.key);
            fields.push((field.key, read));
        }
        let is_empty = fields.iter().all(|(_, value)| value.is_empty);
        Some(value(at, Kind::Struct(fields), is_empty))
    }

    fn list(
        &mut self,
        node: &Node,
        at: SourceSpan,
        mut read: impl FnMut(&mut Self, &Node) -> Value,
    ) -> Option<Value> {
        let node::Kind::Seq(nodes) = &node.kind else {
            self.wrong_type(node, "a list");
            return None;
        };
        let mut items = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            items.push(self.inside(&format!("[{index}]"), |reader| read(reader, node)));
        }
        Some(value(at, Kind::List(items), false))
    }

    fn map(&mut self, node: &Node, at: SourceSpan, shape: Shape) -> Option<Value> {
        let mut items = Vec::new();
        for entry in self.entries(node, "a map")? {
            let text = self.inside(&names::segment(&entry.key), |reader| match shape {
                Shape::Free => {
                    reader.numbers(&entry.value);
                    String::new()
                }
                Shape::TextLists => {
                    reader.texts(&entry.value);
                    String::new()
                }
                _ => {
                    let text = reader.value(&entry.value, entry.key_at, Shape::Text);
                    text.text().to_owned()
                }
            });
            items.push(Item {
                key: entry.key.to_string(),
                at: entry.key_at,
                text,
            });
        }
        Some(value(at, Kind::Map(items), false))
    }

    /// A text or a list of texts.
    fn texts(&mut self, node: &Node) {
        match &node.kind {
            node::Kind::Seq(items) => {
                for item in items {
                    self.value(item, item.at, Shape::Text);
                }
            }
            node::Kind::Map(_) => self.wrong_type(node, "a text or a list of texts"),
            node::Kind::Scalar(_) => {
                self.value(node, node.at, Shape::Text);
            }
        }
    }

    fn scalar(&mut self, node: &Node, shape: Shape) -> Option<Value> {
        let expected = match shape {
            Shape::Number => "a number",
            Shape::Integer => "a whole number",
            Shape::Bool => "`true` or `false`",
            Shape::Duration(_) | Shape::SomeDuration(_) => "a duration such as `28d`, as a text",
            _ => "a text",
        };
        let scalar = node.as_scalar();
        let kind = match (scalar.map(resolve), shape) {
            (Some(Plain::Number(number)), Shape::Number) if number.is_finite() => {
                Kind::Number(number)
            }
            (Some(Plain::Number(number)), Shape::Integer)
                if number.fract() == 0.0 && number.abs() < 1e15 =>
            {
                Kind::Number(number)
            }
            (Some(Plain::Bool(truth)), Shape::Bool) => Kind::Bool(truth),
            (Some(Plain::Text), Shape::Text | Shape::SomeText) => Kind::Text(scalar?.text.clone()),
            (Some(Plain::Text), Shape::Word(words)) => return self.word(node, words),
            (Some(Plain::Text), Shape::Duration(_) | Shape::SomeDuration(_)) => {
                return self.duration(node, matches!(shape, Shape::SomeDuration(_)));
            }
            _ => {
                self.wrong_type(node, expected);
                return None;
            }
        };
        let is_empty = match &kind {
            Kind::Text(text) => text.is_empty() && !matches!(shape, Shape::SomeText),
            Kind::Number(number) => *number == 0.0 && matches!(shape, Shape::Integer),
            Kind::Bool(truth) => !truth,
            _ => false,
        };
        Some(value(node.at, kind, is_empty))
    }

    fn word(&mut self, node: &Node, words: &'static [&'static str]) -> Option<Value> {
        let text = &node.as_scalar()?.text;
        if words.contains(&text.as_str()) {
            return Some(value(node.at, Kind::Text(text.clone()), false));
        }
        let help = closest(text, words.iter().copied()).map_or_else(
            || format!("write {}", one_of(words.iter().copied())),
            |near| format!("did you mean `{near}`?"),
        );
        self.report(node.at, format!("the SDK knows no `{text}`"), help);
        None
    }

    fn duration(&mut self, node: &Node, is_some: bool) -> Option<Value> {
        let text = &node.as_scalar()?.text;
        let Some(shorthand) = duration::parse(text) else {
            self.report(
                node.at,
                format!("`{text}` is no duration: expected a whole number and a unit"),
                "for instance `28d`".to_owned(),
            );
            return None;
        };
        let is_empty = !is_some && shorthand == duration::Shorthand::default();
        Some(value(node.at, Kind::Duration(shorthand), is_empty))
    }

    /// Whatever is free: only numbers that JSON does not have are refused.
    fn numbers(&mut self, node: &Node) {
        match &node.kind {
            node::Kind::Seq(items) => {
                for item in items {
                    self.numbers(item);
                }
            }
            node::Kind::Map(entries) => {
                for entry in entries {
                    self.numbers(&entry.value);
                }
            }
            node::Kind::Scalar(scalar) => {
                if let Plain::Number(number) = resolve(scalar)
                    && !number.is_finite()
                {
                    self.wrong_type(node, "a number that JSON has");
                }
            }
        }
    }

    fn entries<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Entry]> {
        if let node::Kind::Map(entries) = &node.kind {
            return Some(entries);
        }
        self.wrong_type(node, expected);
        None
    }

    pub(super) fn inside<T>(&mut self, segment: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(segment);
        let read = read(self);
        self.path.truncate(length);
        read
    }

    fn unknown(&mut self, entry: &Entry, known: &BTreeSet<&'static str>) {
        let help = closest(&entry.key, known.iter().copied()).map_or_else(
            || format!("the keys here are {}", all_of(known.iter().copied())),
            |near| format!("did you mean `{near}`?"),
        );
        self.inside(&names::segment(&entry.key), |reader| {
            reader.report(
                entry.key_at,
                format!("the SDK knows no key `{}` here", entry.key),
                help,
            );
        });
    }

    fn wrong_type(&mut self, node: &Node, expected: &str) {
        let is_yes = node.as_scalar().is_some_and(|scalar| {
            matches!(resolve(scalar), Plain::Bool(_)) && scalar.as_bool().is_none()
        });
        let found = match node.as_scalar() {
            Some(scalar) if is_yes => {
                format!("`{}`, which is a boolean in YAML 1.1", scalar.text)
            }
            _ => node.describe(),
        };
        let help = if node.as_scalar().is_some() && expected == "a text" {
            "put it in quotes".to_owned()
        } else {
            format!("write {expected}")
        };
        self.report(
            node.head(),
            format!("expected {expected}, found {found}"),
            help,
        );
    }

    pub(super) fn report(&mut self, at: SourceSpan, message: String, help: String) {
        self.violations.push(Violation {
            at,
            object: String::new(),
            path: self.path.trim_start_matches('.').to_owned(),
            code: super::DECODE,
            message,
            help,
        });
    }
}

const fn value(at: SourceSpan, kind: Kind, is_empty: bool) -> Value {
    Value { at, kind, is_empty }
}

/// The SDK reads the keys of a map sorted, and the last of two that match a field wins.
fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    sorted
}
