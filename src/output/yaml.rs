//! How text is written as YAML, so that readers of YAML 1.1 and 1.2 agree on it.

use serde::{Serialize, Serializer};
use serde_yaml::LitStr;

/// Longest expression, in characters, that stays on the line of its key.
const LINE: usize = 80;

/// A text as a YAML scalar: several lines as a literal block where that keeps
/// every character, everything else plain or quoted as it needs to be.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A block at the end of a group would take blank lines that follow as its
        // own, and one that starts with a blank needs an indentation indicator.
        let block = self.0.contains('\n')
            && !self.0.starts_with(char::is_whitespace)
            && !self.0.ends_with(char::is_whitespace);
        if block {
            LitStr(self.0).serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

/// An expression: on the line of its key when it is short and needs no quotes
/// there, otherwise as a literal block, exactly as it is laid out.
pub(super) struct Expression(pub(super) String);

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fits_plain() {
            self.0.serialize(serializer)
        } else {
            LitStr(&self.0).serialize(serializer)
        }
    }
}

impl Expression {
    fn fits_plain(&self) -> bool {
        self.0.len() <= LINE
            && self
                .0
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
            && !self.0.contains(['\n', '#'])
            && !self.0.contains(": ")
            && !self.0.ends_with(':')
    }
}

/// One YAML document, without a marker. The options switch off folding, which
/// would break long texts at blanks.
pub(super) fn to_string(value: &impl Serialize) -> String {
    let options = serde_yaml::ser_options! {
        compact_list_indent: false,
        prefer_block_scalars: false,
        min_fold_chars: 0,
        folded_wrap_chars: usize::MAX,
    };
    let mut text = String::new();
    match serde_yaml::to_fmt_writer_with_options(&mut text, value, options) {
        Ok(()) => {
            // The blank line after the last group.
            text.truncate(text.trim_end().len());
            text.push('\n');
            text
        }
        // Maps with text keys, sequences and text are all that is ever written,
        // and writing to a string does not fail.
        Err(error) => unreachable!("plain data did not serialize: {error}"),
    }
}
