//! What label matchers let pass.

use regex_syntax::hir::literal::Extractor;

use crate::promql::ast::{MatchOp, Matcher};

/// Whether a matcher lets a value pass; `None` where its regular expression cannot be read.
pub fn accepts(matcher: &Matcher, value: &str) -> Option<bool> {
    let pattern = &matcher.value.value;
    let whole_matches = || {
        let whole = regex::Regex::new(&format!("^(?s:{pattern})$")).ok()?;
        Some(whole.is_match(value))
    };
    match matcher.op {
        MatchOp::Equal => Some(value == pattern),
        MatchOp::NotEqual => Some(value != pattern),
        MatchOp::Regex => whole_matches(),
        MatchOp::NotRegex => whole_matches().map(|found| !found),
    }
}

/// The values that a matcher lets pass (those that it stops, for `!=` and
/// `!~`), if there are only a few.
pub fn values(matcher: &Matcher) -> Option<Vec<String>> {
    let pattern = &matcher.value.value;
    if matches!(matcher.op, MatchOp::Equal | MatchOp::NotEqual) {
        return Some(vec![pattern.to_string()]);
    }
    let hir = regex_syntax::parse(pattern).ok()?;
    let found = Extractor::new().extract(&hir);
    if !found.is_exact() {
        return None;
    }
    found
        .literals()?
        .iter()
        .map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok())
        .collect()
}

/// Whether everything that `narrow` lets pass also passes `wide`, both being
/// about the same label; `None` where that cannot be told.
pub fn implies(narrow: &Matcher, wide: &Matcher) -> Option<bool> {
    if same(narrow, wide) {
        return Some(true);
    }
    if contradict(narrow, wide) {
        return Some(false);
    }
    passed(narrow)?
        .iter()
        .map(|value| accepts(wide, value))
        .try_fold(true, |all, one| Some(all && one?))
}

/// Whether nothing passes both; both are about the same label. Only what is certain.
pub fn contradict(a: &Matcher, b: &Matcher) -> bool {
    let opposite = match a.op {
        MatchOp::Equal => MatchOp::NotEqual,
        MatchOp::NotEqual => MatchOp::Equal,
        MatchOp::Regex => MatchOp::NotRegex,
        MatchOp::NotRegex => MatchOp::Regex,
    };
    if b.op == opposite && a.value.value == b.value.value {
        return true;
    }
    let none_passes = |from: &Matcher, to: &Matcher| {
        passed(from)
            .is_some_and(|values| values.iter().all(|value| accepts(to, value) == Some(false)))
    };
    none_passes(a, b) || none_passes(b, a)
}

/// Whether two matchers say the same in the same words.
pub fn same(a: &Matcher, b: &Matcher) -> bool {
    a.label.name == b.label.name && a.op == b.op && a.value.value == b.value.value
}

fn passed(matcher: &Matcher) -> Option<Vec<String>> {
    match matcher.op {
        MatchOp::Equal | MatchOp::Regex => values(matcher),
        MatchOp::NotEqual | MatchOp::NotRegex => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse_matchers;

    fn one(text: &str) -> Matcher {
        parse_matchers(text).unwrap().remove(0)
    }

    #[test]
    fn lists_values_where_there_are_few() {
        for (text, expected) in [
            (r#"a="b""#, Some(vec!["b"])),
            (r#"a=~"b|c""#, Some(vec!["b", "c"])),
            (r#"a=~"50[03]""#, Some(vec!["500", "503"])),
            (r#"a=~"5..""#, None),
            (r#"a=~".*""#, None),
            (r#"a=~"5+""#, None),
        ] {
            let found = values(&one(text));
            let expected = expected.map(|list| list.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn compares_matchers() {
        for (a, b, implied, contradictory) in [
            (r#"a="b""#, r#"a="b""#, Some(true), false),
            (r#"a="b""#, r#"a="c""#, Some(false), true),
            (r#"a="500""#, r#"a=~"5..""#, Some(true), false),
            (r#"a=~"5..""#, r#"a="500""#, None, false),
            (r#"a=~"5..""#, r#"a="200""#, Some(false), true),
            (r#"a=~"5..""#, r#"a!~"5..""#, Some(false), true),
            (r#"a=~"429|500""#, r#"a!~"4..""#, Some(false), false),
            (r#"a=~"5..""#, r#"a!~"4..""#, None, false),
            (r#"a!="b""#, r#"a="b""#, Some(false), true),
        ] {
            assert_eq!(implies(&one(a), &one(b)), implied, "{a} {b}");
            assert_eq!(contradict(&one(a), &one(b)), contradictory, "{a} {b}");
        }
    }
}
