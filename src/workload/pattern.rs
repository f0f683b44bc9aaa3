//! Texts that match a regular expression.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// More examples than this are of no use.
const MOST: usize = 8;
/// More repetitions than this are not written out.
const MOST_REPETITIONS: u32 = 64;

/// This many compiled patterns are kept.
const MOST_COMPILED: usize = 256;

thread_local! {
    /// Specs repeat a few patterns, and compiling one takes longer than all that is
    /// done with it.
    static COMPILED: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// Whether the whole text matches; false when the pattern is none.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    let matches = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return matches(regex);
        }
        if compiled.len() >= MOST_COMPILED {
            compiled.clear();
        }
        matches(
            compiled
                .entry(pattern.to_owned())
                .or_insert_with(|| anchored(pattern)),
        )
    })
}

/// The pattern as Prometheus reads it: anchored on both sides.
fn anchored(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?s:{pattern})$")).ok()
}

/// A few texts that match, the plainest first; none when the pattern is empty or
/// too odd.
pub(super) fn examples(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Vec::new();
    };
    let mut texts = of(&hir);
    texts.retain(|text| is_match(pattern, text));
    texts
}

fn of(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => class_members(class),
        HirKind::Repetition(repetition) => repeated(
            &repetition.sub,
            repetition.min,
            repetition.max.unwrap_or(u32::MAX),
        ),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Concat(parts) => parts.iter().fold(vec![String::new()], |texts, part| {
            let more = of(part);
            let mut joined = Vec::new();
            for text in &texts {
                joined.extend(more.iter().map(|more| format!("{text}{more}")));
            }
            joined.truncate(MOST);
            joined
        }),
        HirKind::Alternation(branches) => {
            let mut all: Vec<String> = branches.iter().flat_map(of).collect();
            all.truncate(MOST);
            all
        }
    }
}

/// The fewest repetitions, and one more where that is allowed.
fn repeated(sub: &Hir, min: u32, max: u32) -> Vec<String> {
    let texts = of(sub);
    if min > MOST_REPETITIONS {
        return Vec::new();
    }
    let counts = [min, min.saturating_add(1)];
    // A text is better than none, so that `.*` is not empty.
    let counts = if min == 0 { [1, 0] } else { counts };
    let mut all = Vec::new();
    for count in counts.into_iter().filter(|count| *count <= max) {
        all.extend(texts.iter().map(|text| text.repeat(count as usize)));
    }
    all.dedup();
    all.truncate(MOST);
    all
}

/// Letters and digits where the class has some.
fn class_members(class: &Class) -> Vec<String> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (char::from(range.start()), char::from(range.end())))
            .collect(),
    };
    let holds = |c: char| ranges.iter().any(|(start, end)| *start <= c && c <= *end);
    let plain = [
        '0', '3', '1', '2', 'a', 'b', 'x', 'A', 'B', '-', '_', '/', '.',
    ];
    let mut members: Vec<String> = plain
        .into_iter()
        .filter(|c| holds(*c))
        .take(3)
        .map(String::from)
        .collect();
    if members.is_empty() {
        members.extend(ranges.first().map(|(start, _)| start.to_string()));
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_texts_that_match() {
        for (pattern, first) in [
            ("5..", "500"),
            ("/api/v1/query(_range)?", "/api/v1/query_range"),
            ("eu|us", "eu"),
            ("[a-c]+\\.example\\.com", "a.example.com"),
            ("(?i)get", "GET"),
            (".*", "0"),
            ("x{3}", "xxx"),
            ("", ""),
        ] {
            let texts = examples(pattern);
            assert!(
                texts.iter().all(|text| is_match(pattern, text)),
                "{pattern}"
            );
            assert_eq!(texts.first().map(String::as_str), Some(first), "{pattern}");
        }
        assert_eq!(examples("("), Vec::<String>::new());
        assert_eq!(examples("x{1000}"), Vec::<String>::new());
    }
}
