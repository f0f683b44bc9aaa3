//! Did you mean …?

/// The candidate that `text` is most likely a slip of the pen for.
pub(crate) fn closest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = text.to_lowercase();
    // No slip in a unit, one in a short word, more in a long one.
    let length = text.chars().count();
    let limit = match length {
        0..=2 => 0,
        _ => (length / 3).clamp(1, 4),
    };
    candidates
        .into_iter()
        // Comparing takes the product of both lengths, and these cannot be near.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(
                &lower.replace('-', "_"),
                &candidate.to_lowercase().replace('-', "_"),
            );
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a`, `a or b`, `a, b or c`, each in backticks.
pub(crate) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    list(words, "or")
}

/// `a`, `a and b`, `a, b and c`, each in backticks.
pub(crate) fn all_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    list(words, "and")
}

fn list<'a>(words: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {conjunction} {last}", rest.join(", "))
        }
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_pen_only() {
        let keys = ["objective", "period", "sli", "name", "group_by"];
        for (text, expected) in [
            ("objectve", Some("objective")),
            ("Objective", Some("objective")),
            ("group-by", Some("group_by")),
            ("slo", Some("sli")),
            ("nmae", Some("name")),
            ("window", None),
            ("us", None),
            ("", None),
        ] {
            assert_eq!(closest(text, keys), expected, "{text}");
        }
    }

    #[test]
    fn lists_in_words() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(all_of(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
