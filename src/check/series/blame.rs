//! Which matcher is to blame that a selector matches nothing, and what was meant.

use crate::promql::ast::{MatchOp, Matcher};
use crate::promql::inspect;
use crate::suggest::closest;

/// What was found by leaving matchers out.
#[derive(Debug, Clone, Default)]
pub(super) struct Trial {
    /// Whether something matches without this one.
    pub(super) without: Vec<bool>,
    /// Whether something matches this one alone.
    pub(super) alone: Vec<bool>,
}

/// Who is to blame, by index.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Each of these matches no series of the metric, whatever the others say.
    Each(Vec<usize>),
    /// This one matches nothing of what the others leave.
    One(usize),
    /// Each matches something, but these together nothing.
    Together(Vec<usize>),
}

/// Decides it.
pub(super) fn blame(trial: &Trial) -> Blame {
    let those = |list: &[bool], is: bool| -> Vec<usize> {
        let hits = list.iter().enumerate().filter(|(_, hit)| **hit == is);
        hits.map(|(index, _)| index).collect()
    };
    let impossible = those(&trial.alone, false);
    if !impossible.is_empty() {
        return Blame::Each(impossible);
    }
    match those(&trial.without, true).as_slice() {
        [one] => Blame::One(*one),
        [] => Blame::Together((0..trial.without.len()).collect()),
        several => Blame::Together(several.to_vec()),
    }
}

/// What was probably meant by a matcher that matches none of the values that its label
/// has; `None` when it may just not have happened yet.
pub(super) fn meant(matcher: &Matcher, values: &[String]) -> Option<String> {
    let label = &matcher.label.name;
    let is_equal = matcher.op == MatchOp::Equal;
    if !is_equal && matcher.op != MatchOp::Regex {
        return None;
    }
    let written = matcher.value.value.as_str();
    if let Some(class) = status_class(written, is_equal)
        && values.iter().any(|value| is_status(value))
    {
        return Some(format!("{label}=~\"{class}..\""));
    }
    if is_equal {
        if is_met(written, values) && written.contains(|c: char| !c.is_alphanumeric()) {
            return Some(format!("{label}=~\"{written}\""));
        }
    } else if let Some(anchored) = unanchored(written, values) {
        return Some(format!("{label}=~\"{anchored}\""));
    }
    let words = inspect::values(matcher)?;
    let slip = words.iter().find_map(|word| {
        // One number is no slip for another.
        let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        let candidates = values.iter().map(String::as_str);
        closest(word, candidates).filter(|_| !is_number)
    })?;
    Some(format!("{label}=\"{slip}\""))
}

/// The values, those that are most like the written one first.
pub(super) fn nearest_first(written: &str, mut values: Vec<String>) -> Vec<String> {
    values.sort_by_cached_key(|value| {
        let distance = strsim::damerau_levenshtein(&written.to_lowercase(), &value.to_lowercase());
        (distance, value.clone())
    });
    values
}

/// The first digit of a class of HTTP statuses: `5`, `5xx`, and with `=` also `5..`.
fn status_class(written: &str, is_equal: bool) -> Option<char> {
    let mut rest = written.chars();
    let class = rest.next().filter(|c| ('1'..='5').contains(c))?;
    let rest = rest.as_str().to_ascii_lowercase();
    let is_class = ["", "x", "xx"].contains(&rest.as_str())
        || (is_equal && ["..", ".*", ".+", "*"].contains(&rest.as_str()));
    is_class.then_some(class)
}

fn is_status(value: &str) -> bool {
    value.len() == 3 && value.starts_with(['1', '2', '3', '4', '5']) && is_digits(value)
}

fn is_digits(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_digit())
}

/// Whether a text matches one of the values as a regular expression.
fn is_met(pattern: &str, values: &[String]) -> bool {
    let whole = regex::Regex::new(&format!("^(?s:{pattern})$"));
    whole.is_ok_and(|whole| values.iter().any(|value| whole.is_match(value)))
}

/// The same regular expression with what it needs to match a part of the values.
fn unanchored(pattern: &str, values: &[String]) -> Option<String> {
    let after = format!("{pattern}.*");
    if is_met(&format!("(?:{pattern}).*"), values) {
        return Some(if pattern.contains('|') {
            format!("({pattern}).*")
        } else {
            after
        });
    }
    // Digits within a number mean nothing.
    if is_digits(pattern) {
        return None;
    }
    is_met(&format!(".*(?:{pattern}).*"), values).then(|| format!(".*({pattern}).*"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse_matchers;

    fn trial(without: &[bool], alone: &[bool]) -> Blame {
        blame(&Trial {
            without: without.to_vec(),
            alone: alone.to_vec(),
        })
    }

    #[test]
    fn blames_what_matches_nothing_alone_then_what_helps_when_dropped() {
        assert_eq!(trial(&[false, true], &[true, false]), Blame::Each(vec![1]));
        assert_eq!(
            trial(&[false, false], &[false, false]),
            Blame::Each(vec![0, 1])
        );
        assert_eq!(trial(&[false, true], &[true, true]), Blame::One(1));
        assert_eq!(
            trial(&[true, true], &[true, true]),
            Blame::Together(vec![0, 1])
        );
        assert_eq!(
            trial(&[false, true, true], &[true, true, true]),
            Blame::Together(vec![1, 2])
        );
        assert_eq!(
            trial(&[false; 3], &[true; 3]),
            Blame::Together(vec![0, 1, 2])
        );
    }

    fn guess(matcher: &str, values: &[&str]) -> Option<String> {
        let matcher = parse_matchers(matcher).unwrap().remove(0);
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        meant(&matcher, &values)
    }

    #[test]
    fn guesses_what_was_meant() {
        for (matcher, values, expected) in [
            (r#"code=~"5""#, &["200", "500"][..], r#"code=~"5..""#),
            (r#"code="5xx""#, &["200"], r#"code=~"5..""#),
            (r#"code="5..""#, &["200"], r#"code=~"5..""#),
            (r#"result=~"err""#, &["ok", "error"], r#"result=~"err.*""#),
            (
                r#"result=~"err|fail""#,
                &["ok", "failed"],
                r#"result=~"(err|fail).*""#,
            ),
            (r#"path=~"/pay""#, &["/v1/pay/x"], r#"path=~".*(/pay).*""#),
            (r#"result="errror""#, &["ok", "error"], r#"result="error""#),
            (r#"result="Error""#, &["ok", "error"], r#"result="error""#),
            (r#"path="/pay/.*""#, &["/pay/1"], r#"path=~"/pay/.*""#),
        ] {
            assert_eq!(
                guess(matcher, values).as_deref(),
                Some(expected),
                "{matcher}"
            );
        }
    }

    #[test]
    fn leaves_alone_what_may_still_come() {
        for (matcher, values) in [
            (r#"code=~"5..""#, &["200", "404"][..]),
            (r#"code="500""#, &["200", "503"]),
            (r#"code=~"50[03]""#, &["200", "501"]),
            (r#"result="failed""#, &["ok"]),
            (r#"code!~"2..""#, &["200"]),
            (r#"grpc_code="Internal""#, &["OK", "NotFound"]),
            (r#"exit=~"1""#, &["0"]),
        ] {
            assert_eq!(guess(matcher, values), None, "{matcher}");
        }
    }

    #[test]
    fn puts_the_nearest_first() {
        let values = ["alpha", "bill", "billing"].map(str::to_owned).to_vec();
        assert_eq!(
            nearest_first("bilings", values),
            ["billing", "bill", "alpha"]
        );
    }
}
