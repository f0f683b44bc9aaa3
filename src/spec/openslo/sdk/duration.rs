//! Durations such as `28d`, read as loosely as the SDK reads them: `+1d`, `1 h` and
//! `5m x` pass, and any word is a unit until the rules look at it.

/// A number and what follows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shorthand {
    pub(super) value: i64,
    pub(super) unit: String,
}

/// A duration; nothing when the SDK cannot read it.
pub(super) fn parse(text: &str) -> Option<Shorthand> {
    if text.is_empty() {
        return Some(Shorthand::default());
    }
    let text = skip_blanks(text)?;
    let signed = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = signed.len()
        - signed
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let (number, rest) = text.split_at(text.len() - signed.len() + digits);
    let value = number.parse().ok()?;
    let unit: String = skip_blanks(rest)?
        .chars()
        .take_while(|c| !c.is_whitespace())
        .collect();
    (!unit.is_empty()).then_some(Shorthand { value, unit })
}

/// Behind blanks; a new line is none of them.
fn skip_blanks(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    (!rest.starts_with('\n')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_sdk_reads() {
        for (text, expected) in [
            ("", Some((0, ""))),
            ("1 h", Some((1, "h"))),
            ("+1d", Some((1, "d"))),
            ("007d", Some((7, "d"))),
            ("1h30m", Some((1, "h30m"))),
            (" 5m", Some((5, "m"))),
            ("5m x", Some((5, "m"))),
            ("5m\n", Some((5, "m"))),
            ("-5m", Some((-5, "m"))),
            ("1_0m", Some((1, "_0m"))),
            ("0x5m", Some((0, "x5m"))),
            ("1.5h", Some((1, ".5h"))),
            ("5\u{a0}m", Some((5, "m"))),
            ("5", None),
            ("h", None),
            ("5 ", None),
            ("- 5m", None),
            ("+-5m", None),
            ("1\nh", None),
            ("5\r\nm", None),
            ("\u{ff11}m", None),
            ("99999999999999999999d", None),
        ] {
            let found = parse(text);
            let found = found
                .as_ref()
                .map(|found| (found.value, found.unit.as_str()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
