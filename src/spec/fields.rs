//! The keys of a map: which are known, which must be there, which exclude each other.

use super::decode::{Decode, Decoder, UnknownKeys};
use super::node::{Entry, Kind, Node};
use crate::diagnostic::{Diagnostic, codes::spec};
use crate::source::SourceSpan;
use crate::suggest::{all_of, closest, one_of};

/// The entries of a map that is being read.
pub(crate) struct Fields<'n> {
    pub(crate) node: &'n Node,
    pub(crate) at: SourceSpan,
    /// Keys that were probably meant by unknown ones; that they are missing says nothing new.
    meant: Vec<&'n str>,
    /// The same for unknown keys that are no errors, and where these stand.
    perhaps_meant: Vec<(&'n str, SourceSpan)>,
}

impl<'n> Fields<'n> {
    /// Reports keys that are not known; `None` when it is no map at all.
    pub(crate) fn new(
        node: &'n Node,
        what: &str,
        known: &[&'n str],
        misplaced: &[Misplaced],
        decoder: &mut Decoder<'_>,
    ) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            let keys = one_of(known.iter().copied());
            let help = match known {
                [first, ..] if node.as_scalar().is_some() => {
                    format!("write keys and values, such as `{first}: …`")
                }
                _ => "take out the brackets, or the dash before the first key".to_owned(),
            };
            decoder.wrong_type(node, &format!("{what} (a map with {keys})"), Some(help));
            return None;
        };
        let mut meant = Vec::new();
        let mut perhaps_meant = Vec::new();
        for entry in entries {
            if !known.contains(&&*entry.key) {
                let elsewhere = misplaced
                    .iter()
                    .find(|misplaced| misplaced.keys.contains(&&*entry.key));
                let near = match elsewhere {
                    Some(elsewhere) => misplaced_key(entry, what, elsewhere, decoder),
                    None => unknown_key(entry, what, known, decoder),
                };
                match decoder.unknown_keys {
                    UnknownKeys::Error => meant.extend(near),
                    UnknownKeys::Warning => {
                        perhaps_meant.extend(near.map(|key| (key, entry.key_at)));
                    }
                    UnknownKeys::Silent => {}
                }
            }
        }
        Some(Self {
            node,
            at: node.head(),
            meant,
            perhaps_meant,
        })
    }

    pub(crate) fn required<T: Decode>(
        &self,
        key: &str,
        what: &str,
        decoder: &mut Decoder<'_>,
    ) -> Option<T> {
        let Some(entry) = self.node.get(key) else {
            self.missing(key, what, decoder);
            return None;
        };
        // What should be in it was reported where it is.
        if entry.value.is_null() && self.meant.contains(&key) {
            return None;
        }
        T::decode(&entry.value, decoder)
    }

    /// Reports that a key is not there, unless it was probably meant by an unknown one.
    pub(crate) fn missing(&self, key: &str, what: &str, decoder: &mut Decoder<'_>) {
        if self.meant.contains(&key) {
            return;
        }
        let message = format!("{what} needs the key `{key}`");
        let missing = |at| Diagnostic::at(&spec::MISSING_KEY, at, message);
        let misspelt = self.perhaps_meant.iter().find(|(meant, _)| *meant == key);
        decoder.push(match misspelt {
            Some((_, at)) => missing(*at).with_help(format!("write `{key}` here")),
            None => missing(self.at).with_help(format!("add `{key}: …`")),
        });
    }

    pub(crate) fn optional<T: Decode>(&self, key: &str, decoder: &mut Decoder<'_>) -> Option<T> {
        T::decode(&self.node.get(key)?.value, decoder)
    }

    /// Reports when not exactly one of the keys is there.
    pub(crate) fn exactly_one(
        &self,
        what: &str,
        keys: &[&str],
        decoder: &mut Decoder<'_>,
    ) -> Option<&'n Entry> {
        let there: Vec<_> = keys.iter().filter_map(|key| self.node.get(key)).collect();
        match *there {
            [] if keys.iter().any(|key| self.meant.contains(key)) => None,
            [] => {
                let expected = one_of(keys.iter().copied());
                decoder.error_with_help(
                    &spec::MISSING_KEY,
                    self.at,
                    format!("{what} needs one of the keys {expected}"),
                    "add the one that fits",
                );
                None
            }
            [only] => Some(only),
            [first, second, ..] => {
                decoder.push(
                    Diagnostic::new(
                        &spec::CONFLICTING_KEYS,
                        format!(
                            "{what} takes only one of {}, found `{}` and `{}`",
                            one_of(keys.iter().copied()),
                            first.key,
                            second.key
                        ),
                    )
                    .with_primary(second.key_at, "this as well")
                    .with_secondary(first.key_at, "this already")
                    .with_help("keep one of them"),
                );
                None
            }
        }
    }
}

/// Keys that are known, but not at this place.
pub(crate) struct Misplaced {
    pub(crate) keys: &'static [&'static str],
    /// The key of the same map in which they belong, if it is one.
    pub(crate) inside: Option<&'static str>,
    /// How to put them right.
    pub(crate) help: &'static str,
}

/// Reports the key; gives the one in which it belongs.
fn misplaced_key(
    entry: &Entry,
    what: &str,
    elsewhere: &Misplaced,
    decoder: &mut Decoder<'_>,
) -> Option<&'static str> {
    decoder.error_with_help(
        &spec::UNKNOWN_KEY,
        entry.key_at,
        format!("the key `{}` does not belong in {what}", entry.key),
        elsewhere.help,
    );
    elsewhere.inside
}

/// Reports the key; gives the one that was probably meant.
fn unknown_key<'k>(
    entry: &Entry,
    what: &str,
    known: &[&'k str],
    decoder: &mut Decoder<'_>,
) -> Option<&'k str> {
    let meant = closest(&entry.key, known.iter().copied());
    let help = meant.map_or_else(
        || format!("{what} has the keys {}", all_of(known.iter().copied())),
        |key| format!("did you mean `{key}`?"),
    );
    let key = &entry.key;
    match decoder.unknown_keys {
        UnknownKeys::Error => {
            let message = format!("unknown key `{key}` in {what}");
            decoder.error_with_help(&spec::UNKNOWN_KEY, entry.key_at, message, help);
        }
        UnknownKeys::Warning => {
            let message = format!("the key `{key}` in {what} has no effect: there is no such key");
            decoder.error_with_help(&spec::IGNORED_KEY, entry.key_at, message, help);
        }
        UnknownKeys::Silent => {}
    }
    meant
}
