//! How text is written as YAML, so that readers of YAML 1.1 and 1.2 agree on it.
//!
//! A great many rules are written, in very few shapes: they go straight into one
//! text. Whatever is not obviously a plain scalar is left to the YAML library.

use serde::Serialize;
use serde_yaml::DoubleQuoted;

use crate::promql::push_blanks;

/// Longest expression, in characters, that stays on the line of its key.
const LINE: usize = 80;
/// Plain scalars of letters that some reader takes for something else than text.
const WORDS: [&str; 11] = [
    "null", "true", "false", "nan", "inf", "yes", "no", "on", "off", "y", "n",
];

/// A YAML document that is being written, in block style.
pub(super) struct Yaml {
    text: String,
    indent: usize,
    /// The next key is the first of an item of a list.
    item: bool,
}

impl Yaml {
    /// What is written after `head`, which ends with a newline, `indent` blanks deep.
    pub(super) const fn after(head: String, indent: usize) -> Self {
        Self {
            text: head,
            indent,
            item: false,
        }
    }

    /// All that was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// `key: value`; several lines as a literal block where that keeps every
    /// character, everything else plain or quoted as it needs to be.
    pub(super) fn entry(&mut self, key: &str, value: &str) {
        self.key(key);
        if value.contains('\n') && fits_block(value) {
            self.block(value);
        } else {
            self.scalar(value);
        }
    }

    /// `key: expression`: on the line of its key when it is short and needs no
    /// quotes there, otherwise as a literal block, exactly as it is laid out.
    pub(super) fn expression(&mut self, key: &str, value: &str) {
        self.key(key);
        if fits_line(value) || !fits_block(value) {
            self.scalar(value);
        } else {
            self.block(value);
        }
    }

    /// `key:` with entries below it.
    pub(super) fn map(&mut self, key: &str, entries: impl FnOnce(&mut Self)) {
        self.key(key);
        self.text.push('\n');
        self.nested(entries);
    }

    /// `key:` with texts below it; nothing when there are none.
    pub(super) fn texts<'a>(
        &mut self,
        key: &str,
        texts: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) {
        let mut texts = texts.into_iter().peekable();
        if texts.peek().is_some() {
            self.map(key, |yaml| {
                texts.for_each(|(key, value)| yaml.entry(key, value));
            });
        }
    }

    /// `key: []`
    pub(super) fn no_items(&mut self, key: &str) {
        self.key(key);
        self.text.push_str(" []\n");
    }

    /// An item of a list; writes at least one entry.
    pub(super) fn item(&mut self, entries: impl FnOnce(&mut Self)) {
        self.item = true;
        self.nested(entries);
    }

    /// A blank line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 2;
        write(self);
        self.indent -= 2;
    }

    fn key(&mut self, key: &str) {
        if std::mem::take(&mut self.item) {
            self.blanks(self.indent - 2);
            self.text.push_str("- ");
        } else {
            self.blanks(self.indent);
        }
        if is_plain(key) && !key.contains(':') {
            self.text.push_str(key);
        } else {
            self.text.push_str(&double_quoted(key));
        }
        self.text.push(':');
    }

    fn scalar(&mut self, value: &str) {
        self.text.push(' ');
        if is_plain(value) {
            self.text.push_str(value);
        } else {
            self.text.push_str(&by_library(&value));
        }
        self.text.push('\n');
    }

    fn block(&mut self, value: &str) {
        self.text.push_str(" |-\n");
        for line in value.split('\n') {
            if !line.is_empty() {
                self.blanks(self.indent + 2);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn blanks(&mut self, count: usize) {
        push_blanks(&mut self.text, count);
    }
}

/// Whether a text is a plain scalar beyond doubt. Many others are plain as well.
pub(crate) fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        let ends = matches!((before, byte), (b':', b' ') | (b' ', b'#'));
        if ends || !matches!(byte, b' '..=b'~') {
            return false;
        }
        before = byte;
    }
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
        && !matches!(before, b' ' | b':')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a literal block holds a text as it is.
pub(crate) fn fits_block(text: &str) -> bool {
    let plain = |b: &u8| matches!(b, b' '..=b'~' | b'\n' | b'\t');
    // A block at the end of a group would take blank lines that follow as its
    // own, and one that starts with a blank needs an indentation indicator.
    !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && (text.as_bytes().iter().all(plain)
            || text.chars().all(|c| match c {
                '\n' | '\t' => true,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
                c => !c.is_control(),
            }))
}

fn fits_line(expression: &str) -> bool {
    expression.len() <= LINE
        && expression.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
        && !expression.contains(['\n', '#'])
        && !expression.contains(": ")
        && !expression.ends_with(':')
}

/// A text between double quotes.
pub(crate) fn double_quoted(text: &str) -> String {
    by_library(&DoubleQuoted(text))
}

/// A scalar as the YAML library writes it in one line.
fn by_library(value: &impl Serialize) -> String {
    let options = serde_yaml::ser_options! {
        prefer_block_scalars: false,
    };
    let mut text = String::new();
    match serde_yaml::to_fmt_writer_with_options(&mut text, value, options) {
        Ok(()) => {
            text.truncate(text.trim_end_matches('\n').len());
            text
        }
        // Only texts are written, and writing to a string does not fail.
        Err(error) => unreachable!("a text did not serialize: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_plain_beyond_doubt_is_so_for_the_library(
            text in "[ -~]{0,12}|[a-zA-Z(][ -~]{0,12}|(?i:null|true|false|nan|inf|yes|no|on|off|y|n)"
        ) {
            if is_plain(&text) {
                prop_assert_eq!(by_library(&text), text);
            }
        }

        #[test]
        fn any_text_comes_back(key in "\\PC{0,8}", value in "(?s:.{0,20})|(\\PC{0,9}[ \n]){0,5}\\PC{0,9}") {
            let expected = BTreeMap::from([(key, value)]);
            let mut yaml = Yaml::after(String::new(), 0);
            for (key, value) in &expected {
                yaml.entry(key, value);
            }
            let text = yaml.into_text();
            let read: BTreeMap<String, String> = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(read, expected, "{}", text);
        }
    }
}
