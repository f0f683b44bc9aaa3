//! Scalars: plain where readers of YAML 1.1 and 1.2 agree that they are what they are,
//! in quotes otherwise.

use super::Place;
use crate::output::yaml;
use crate::spec::node::{Kind, Node, Scalar};

/// What stands around a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    Block,
    Flow,
}

/// A text of several lines as a literal block.
pub(super) struct Block<'n> {
    /// `|` or `|-`, after a blank.
    pub(super) header: &'static str,
    /// Without the line end at its end.
    pub(super) text: &'n str,
}

/// The text of a scalar as a literal block, when it has several lines and a block keeps
/// every character of them.
pub(super) fn block(node: &Node) -> Option<Block<'_>> {
    let Kind::Scalar(scalar) = &node.kind else {
        return None;
    };
    let (header, text) = match scalar.text.strip_suffix('\n') {
        Some(text) => (" |", text),
        None => (" |-", scalar.text.as_str()),
    };
    let several = scalar.text.contains('\n') && !text.is_empty();
    (several && yaml::fits_block(text)).then_some(Block { header, text })
}

/// A key of a block.
pub(super) fn key(key: &str) -> String {
    if yaml::is_plain(key) && !key.contains(':') {
        key.to_owned()
    } else {
        yaml::double_quoted(key)
    }
}

/// A key between braces.
pub(super) fn flow_key(key: &str) -> String {
    if yaml::is_plain(key) && key.chars().all(is_word) {
        key.to_owned()
    } else {
        yaml::double_quoted(key)
    }
}

/// A scalar on one line.
pub(super) fn line(scalar: &Scalar, place: Place, around: Around) -> String {
    let text = scalar.text.as_str();
    if is_as_written(scalar, place) || is_safe(text, scalar.is_plain(), place, around) {
        text.to_owned()
    } else {
        quoted(text, place)
    }
}

/// A number, a boolean, nothing, or `off` where that is a word of the format: what would
/// be something else in quotes.
fn is_as_written(scalar: &Scalar, place: Place) -> bool {
    let off = place.switch && matches!(&*scalar.text, "off" | "Off" | "OFF");
    let nothing = scalar.is_null() && !scalar.text.is_empty();
    scalar.is_plain() && (off || nothing || scalar.as_bool().is_some() || scalar.is_number())
        || (scalar.is_null() && scalar.text.is_empty())
}

/// Whether a text may stand without quotes.
fn is_safe(text: &str, was_plain: bool, place: Place, around: Around) -> bool {
    let simple = text.chars().all(is_word);
    if is_duration(text) || (was_plain && simple && is_time(text)) {
        return true;
    }
    if !is_plain(text) {
        return false;
    }
    match around {
        _ if place.expression => text.chars().all(|c| is_word(c) || "_() *".contains(c)),
        Around::Flow => simple && !text.contains(':'),
        Around::Block => true,
    }
}

/// Whether a text is a plain scalar beyond doubt. Letters and dashes of all the world are
/// as good as those of ASCII.
fn is_plain(text: &str) -> bool {
    let letter = |c: char| c.is_alphabetic() || matches!(c, '\u{2010}'..='\u{2026}');
    let ascii = |c: char| if !c.is_ascii() && letter(c) { 'a' } else { c };
    yaml::is_plain(text) || yaml::is_plain(&text.chars().map(ascii).collect::<String>())
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':')
}

/// `30d`, `1h30m`: digits with units, which no reader takes for a number.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let units = ["ms", "s", "m", "h", "d", "w", "y"];
        let after = &rest[digits..];
        let Some(unit) = units.iter().find(|unit| after.starts_with(*unit)) else {
            return false;
        };
        if digits == 0 {
            return false;
        }
        rest = &after[unit.len()..];
    }
    !text.is_empty()
}

/// A date or a time, which was written without quotes.
fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
}

/// Single quotes for expressions and for what has double quotes in it, double quotes for
/// other texts.
fn quoted(text: &str, place: Place) -> String {
    let one_line = yaml::fits_block(text) && !text.contains(['\n', '\t']);
    // `good: "<= 60"` is no expression.
    let expression = place.expression && !text.starts_with(['<', '>', '=', '!']);
    let single = expression || text.contains(['"', '\\']);
    if one_line && single && (!text.contains('\'') || text.contains(['"', '\\'])) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        yaml::double_quoted(text)
    }
}
