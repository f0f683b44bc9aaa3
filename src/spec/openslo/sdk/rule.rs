//! Rules for the value of one field, with the codes that the SDK gives them.

use super::names;
use super::time;
use super::value::{Item, Kind, Value};
use crate::suggest::one_of;

/// What must hold of a value.
pub(super) enum Rule {
    /// At most so many characters.
    MaxLength(usize),
    /// A name of RFC 1123.
    DnsLabel,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// This word.
    Equal(&'static str),
    AtLeast(f64),
    Above(f64),
    Below(f64),
    AtMost(f64),
    /// Nothing may be there.
    Forbidden,
    /// A list with so many items, no more and no less.
    Items(usize),
    /// A list with at least so many items.
    AtLeastItems(usize),
    /// A map with at least so many keys.
    AtLeastKeys(usize),
    /// `2006-01-02 15:04:05`
    DateTime,
    /// A zone of the IANA database.
    TimeZone,
    /// ASCII letters only.
    Letters,
    /// Something other than blanks.
    NotBlank,
    /// What must hold of every key of a map.
    Keys(KeyRule),
    /// Values of Kubernetes labels.
    LabelValues,
}

/// What must hold of the keys of a map.
#[derive(Clone, Copy)]
pub(super) enum KeyRule {
    Label,
    Annotation,
    Kubernetes,
}

/// What a rule says of a value that breaks it.
pub(super) struct Breach {
    pub(super) code: &'static str,
    /// What was expected, as a sentence about the value.
    pub(super) expected: String,
}

impl Breach {
    pub(super) fn new(code: &'static str, expected: impl Into<String>) -> Self {
        Self {
            code,
            expected: expected.into(),
        }
    }
}

impl Rule {
    /// What is wrong with a value, if anything.
    pub(super) fn breach(&self, value: &Value) -> Option<Breach> {
        let number = match value.kind {
            Kind::Number(number) => number,
            _ => 0.0,
        };
        let text = value.text();
        let (holds, breach) = match self {
            Self::MaxLength(most) => (
                text.chars().count() <= *most,
                Breach::new(
                    "string_max_length",
                    format!("it has at most {most} characters"),
                ),
            ),
            Self::DnsLabel => return dns_label(text),
            Self::OneOf(words) => (
                words.contains(&text),
                Breach::new("one_of", format!("it is {}", one_of(words.iter().copied()))),
            ),
            Self::Equal(word) => (
                text == *word,
                Breach::new("equal_to", format!("it is `{word}`")),
            ),
            Self::AtLeast(least) => (
                number >= *least,
                Breach::new(
                    "greater_than_or_equal_to",
                    format!("it is at least {least}"),
                ),
            ),
            Self::Above(bound) => (
                number > *bound,
                Breach::new("greater_than", format!("it is greater than {bound}")),
            ),
            Self::Below(bound) => (
                number < *bound,
                Breach::new("less_than", format!("it is less than {bound}")),
            ),
            Self::AtMost(most) => (
                number <= *most,
                Breach::new("less_than_or_equal_to", format!("it is at most {most}")),
            ),
            Self::Forbidden => (
                value.is_empty,
                Breach::new("forbidden", "it is left out where a ratio is measured"),
            ),
            Self::Items(number) => (
                value.items().len() == *number,
                Breach::new("slice_length", format!("it has exactly {number} item")),
            ),
            Self::AtLeastItems(least) => (
                value.items().len() >= *least,
                Breach::new("slice_min_length", format!("it has at least {least} item")),
            ),
            Self::AtLeastKeys(least) => (
                items(value).len() >= *least,
                Breach::new("map_min_length", format!("it has at least {least} key")),
            ),
            Self::DateTime => (
                time::is_date_time(text),
                Breach::new("string_date_time", "it looks like `2026-01-31 00:00:00`"),
            ),
            Self::TimeZone => (
                time::is_zone(text),
                Breach::new(
                    "string_time_zone",
                    "it is a time zone of the IANA database such as `Europe/Warsaw`",
                ),
            ),
            Self::Letters => (
                !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic()),
                Breach::new("string_alpha", "it consists of ASCII letters"),
            ),
            Self::NotBlank => (
                !text.trim().is_empty(),
                Breach::new("string_not_empty", "it is more than blanks"),
            ),
            Self::Keys(_) | Self::LabelValues => return None,
        };
        (!holds).then_some(breach)
    }

    /// What is wrong with an entry of a map, if anything.
    pub(super) fn breach_of_item(&self, item: &Item) -> Option<Breach> {
        let (holds, code, expected) = match self {
            Self::Keys(KeyRule::Label) => (
                names::is_label_key(&item.key),
                "string_match_regexp",
                "the key is made of up to 63 letters, digits, `-`, `_` and `.`, and begins and \
                 ends with a letter or digit",
            ),
            Self::Keys(KeyRule::Annotation) => (
                names::is_annotation_key(&item.key),
                "string_match_regexp",
                "the key looks like `name` or `my-domain.org/name`",
            ),
            Self::Keys(KeyRule::Kubernetes) => match names::qualified_name(&item.key) {
                None => return None,
                Some(code) => (
                    false,
                    code,
                    "the key looks like `name` or `my-domain.org/name`",
                ),
            },
            Self::LabelValues => (
                names::is_label_value(&item.text),
                "string_match_regexp",
                "the value is made of up to 63 small letters, digits, `-`, `_` and `.`, and \
                 begins and ends with a letter or digit",
            ),
            _ => return None,
        };
        (!holds).then(|| Breach::new(code, expected))
    }
}

fn dns_label(text: &str) -> Option<Breach> {
    if !(1..=63).contains(&text.chars().count()) {
        let expected = "it has 1 to 63 characters";
        return Some(Breach::new("string_dns_label:string_length", expected));
    }
    let expected = "it is made of small letters, digits and `-`, and begins and ends with a \
                    letter or digit, such as `my-name`";
    let breach = Breach::new("string_dns_label:string_match_regexp", expected);
    (!names::is_dns_label(text)).then_some(breach)
}

/// The entries of a map.
pub(super) fn items(value: &Value) -> &[Item] {
    match &value.kind {
        Kind::Map(items) => items,
        _ => &[],
    }
}
