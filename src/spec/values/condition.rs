use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::number::parse_decimal;
use crate::diagnostic::{Diagnostic, codes::slo};
use crate::duration::Duration;
use crate::slo::{Comparison, ComparisonOp, Condition, Subject};
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::Node;
use crate::suggest::{closest, one_of};

/// Longer ones first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, ComparisonOp); 6] = [
    ("<=", ComparisonOp::LessOrEqual),
    (">=", ComparisonOp::GreaterOrEqual),
    ("==", ComparisonOp::Equal),
    ("!=", ComparisonOp::NotEqual),
    ("<", ComparisonOp::Less),
    (">", ComparisonOp::Greater),
];

/// Splits off the operator that `text` begins with.
fn operator(text: &str) -> Option<(ComparisonOp, &str)> {
    OPERATORS
        .iter()
        .find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?.trim())))
}

/// `<= 60`
impl Decode for Comparison {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let expected = "a comparison such as \"<= 60\"";
        let text = decoder.text(node, expected)?.trim();
        let comparison = operator(text).and_then(|(op, value)| {
            let value = parse_decimal(value)?.normalize();
            Some(Self { op, value })
        });
        if comparison.is_none() {
            decoder.error_with_help(
                &slo::CONDITION,
                node.at,
                format!("expected {expected}, found `{text}`"),
                "one of <, <=, >, >=, ==, != and a number",
            );
        }
        comparison
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "pattern": "^(<=|>=|==|!=|<|>)\\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"})
    }
}

const SUBJECTS: [&str; 5] = ["budget", "burn", "exhausted_in", "incident", "coverage"];

/// `budget < 25%`
impl Decode for Condition {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder
            .text(node, "a condition such as \"budget < 25%\"")?
            .trim();
        match parse(text) {
            Ok(condition) => Some(condition),
            Err((message, help)) => {
                decoder.push(Diagnostic::at(&slo::CONDITION, node.at, message).with_help(help));
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({
            "type": "string",
            "pattern": "^\\s*(budget|burn\\s*\\(.*\\)|exhausted_in|incident|coverage)\\s*(<=|>=|==|!=|<|>)\\s*.+$",
            "examples": ["budget < 25%", "burn(7d) > 1", "exhausted_in < 5d"],
        })
    }
}

type Problem = (String, String);

fn parse(text: &str) -> Result<Condition, Problem> {
    let word_end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(word_end);
    let (argument, rest) = argument(rest.trim_start())?;
    let subject = subject(word, argument)?;
    let Some((op, value)) = operator(rest.trim_start()) else {
        return Err((
            format!("expected a comparison after `{word}` in `{text}`"),
            "one of <, <=, >, >=, ==, !=: `budget < 25%`".to_owned(),
        ));
    };
    Ok(Condition {
        subject,
        op,
        value: value_of(subject, value)?,
    })
}

/// `(7d)`
fn argument(text: &str) -> Result<(Option<&str>, &str), Problem> {
    let Some(inner) = text.strip_prefix('(') else {
        return Ok((None, text));
    };
    inner
        .split_once(')')
        .map(|(argument, rest)| (Some(argument.trim()), rest))
        .ok_or_else(|| {
            (
                "the parenthesis is not closed".to_owned(),
                "for instance `burn(7d) > 1`".to_owned(),
            )
        })
}

fn subject(word: &str, argument: Option<&str>) -> Result<Subject, Problem> {
    let subject = match (word, argument) {
        ("budget", None) => Subject::Budget,
        ("exhausted_in", None) => Subject::ExhaustedIn,
        ("incident", None) => Subject::Incident,
        ("coverage", None) => Subject::Coverage,
        ("burn", Some(window)) => {
            let window = Duration::parse(window)
                .ok()
                .filter(|window| *window >= Duration::from_mins(5));
            Subject::Burn(window.ok_or_else(|| {
                (
                    "expected a window of at least 5m in `burn(…)`".to_owned(),
                    "for instance `burn(7d) > 1`".to_owned(),
                )
            })?)
        }
        ("burn", None) => {
            return Err((
                "`burn` needs a window".to_owned(),
                "for instance `burn(7d) > 1`".to_owned(),
            ));
        }
        (word, _) if SUBJECTS.contains(&word) => {
            return Err((
                format!("`{word}` takes no argument"),
                format!("write `{word}` alone"),
            ));
        }
        (word, _) => {
            return Err((
                format!("expected {}, found `{word}`", one_of(SUBJECTS)),
                closest(word, SUBJECTS).map_or_else(
                    || "for instance `budget < 25%`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
            ));
        }
    };
    Ok(subject)
}

fn value_of(subject: Subject, text: &str) -> Result<Decimal, Problem> {
    match subject {
        Subject::ExhaustedIn => Duration::parse(text)
            .map(|duration| Decimal::from(duration.millis()) / Decimal::ONE_THOUSAND)
            .map_err(|error| {
                (
                    format!("`{text}`: {error}"),
                    "for instance `exhausted_in < 5d`".to_owned(),
                )
            }),
        Subject::Burn(_) => parse_decimal(text).ok_or_else(|| {
            (
                format!("expected a burn rate, found `{text}`"),
                "a plain number; 1 spends the budget exactly in one period".to_owned(),
            )
        }),
        Subject::Budget | Subject::Incident | Subject::Coverage => share(text),
    }
    .map(|value| value.normalize())
}

/// `25%` or `0.25`; `25` and `1` could mean either.
fn share(text: &str) -> Result<Decimal, Problem> {
    let percent = text.strip_suffix('%').map(str::trim_end);
    let number = parse_decimal(percent.unwrap_or(text)).ok_or_else(|| {
        (
            format!("expected a percentage, found `{text}`"),
            "for instance `25%`".to_owned(),
        )
    })?;
    if percent.is_some() {
        Ok(number / Decimal::ONE_HUNDRED)
    } else if number.abs() < Decimal::ONE {
        Ok(number)
    } else {
        Err((
            format!("expected a percentage, found `{text}` without a sign"),
            format!("write `{text}%`"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_conditions() {
        let day = Duration::from_days(1);
        for (text, subject, op, value) in [
            ("budget < 25%", Subject::Budget, ComparisonOp::Less, "0.25"),
            (
                "budget<=0%",
                Subject::Budget,
                ComparisonOp::LessOrEqual,
                "0",
            ),
            ("budget < 0", Subject::Budget, ComparisonOp::Less, "0"),
            ("budget < -10%", Subject::Budget, ComparisonOp::Less, "-0.1"),
            (
                "burn(7d) > 1.5",
                Subject::Burn(day * 7),
                ComparisonOp::Greater,
                "1.5",
            ),
            (
                "burn ( 1d )>=2",
                Subject::Burn(day),
                ComparisonOp::GreaterOrEqual,
                "2",
            ),
            (
                "exhausted_in < 5d",
                Subject::ExhaustedIn,
                ComparisonOp::Less,
                "432000",
            ),
            (
                "incident > 0.2",
                Subject::Incident,
                ComparisonOp::Greater,
                "0.2",
            ),
            (
                "coverage != 95 %",
                Subject::Coverage,
                ComparisonOp::NotEqual,
                "0.95",
            ),
        ] {
            let value = value.parse().unwrap();
            let condition = Condition { subject, op, value };
            assert_eq!(parse(text), Ok(condition.clone()), "{text}");
            assert_eq!(parse(&condition.to_string()), Ok(condition), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_condition() {
        let problem = |text| parse(text).unwrap_err().0;
        insta::assert_snapshot!(
            [
                "",
                "budget",
                "budgte < 25%",
                "budget < 25",
                "budget < x",
                "budget(1d) < 5%",
                "burn > 1",
                "burn(7 days) > 1",
                "burn(7d > 1",
                "burn(7d) > 5%",
                "exhausted_in < 5",
            ]
            .map(problem)
            .join("\n")
        );
    }
}
