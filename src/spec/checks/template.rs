//! Templates of Prometheus in labels and annotations of alerts: enough of Go's
//! syntax to catch what Prometheus would refuse to load.

use crate::diagnostic::codes::slo as codes;
use crate::slo::Slo;
use crate::source::Located;
use crate::spec::decode::Decoder;
use crate::suggest::closest;

/// Functions of Prometheus 2.42 and of Go's text/template.
const FUNCTIONS: [&str; 51] = [
    "and",
    "args",
    "call",
    "eq",
    "externalURL",
    "first",
    "ge",
    "graphLink",
    "gt",
    "html",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "index",
    "js",
    "label",
    "le",
    "len",
    "lt",
    "match",
    "ne",
    "not",
    "or",
    "parseDuration",
    "pathPrefix",
    "print",
    "printf",
    "println",
    "query",
    "reReplaceAll",
    "safeHtml",
    "slice",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "tmpl",
    "toLower",
    "toTime",
    "toUpper",
    "urlquery",
    "value",
    "true",
    "false",
    "nil",
    "break",
    "continue",
];
/// Words that open a block which `end` closes.
const OPENING: [&str; 5] = ["if", "range", "with", "block", "define"];
/// Variables that Prometheus defines.
const VARIABLES: [&str; 4] = ["labels", "externalLabels", "externalURL", "value"];

pub(super) fn check(slo: &Slo, decoder: &mut Decoder<'_>) {
    let alerting = &slo.alerting;
    let routes = [&alerting.page, &alerting.ticket].into_iter().flatten();
    let texts = routes
        .flat_map(|route| route.labels.values().chain(route.annotations.values()))
        .chain(alerting.labels.values())
        .chain(alerting.annotations.values());
    for text in texts {
        if let Err((message, help)) = parse(&text.value) {
            report(text, message, help, decoder);
        }
    }
}

fn report(text: &Located<String>, message: String, help: String, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &codes::TEMPLATE,
        text.at,
        format!("not a template: {message}"),
        help,
    );
}

/// What is wrong, and how to mend it.
type Problem = (String, String);

/// Checks actions, blocks, functions and variables.
fn parse(text: &str) -> Result<(), Problem> {
    let mut rest = text;
    let mut blocks: Vec<String> = Vec::new();
    let mut variables: Vec<String> = VARIABLES.map(str::to_owned).to_vec();
    while let Some(start) = rest.find("{{") {
        let inner = &rest[start + 2..];
        let end = action_end(inner)?;
        let action = inner[..end].trim();
        let action = action.strip_prefix("- ").unwrap_or(action);
        let action = action.strip_suffix(" -").unwrap_or(action);
        self::action(action.trim(), &mut blocks, &mut variables)?;
        rest = &inner[end + 2..];
    }
    match blocks.pop() {
        None => Ok(()),
        Some(block) => Err((
            format!("`{{{{ {block} }}}}` has no `{{{{ end }}}}`"),
            "close it with `{{ end }}`".to_owned(),
        )),
    }
}

/// The offset of the `}}` that ends an action; those in strings do not count.
fn action_end(text: &str) -> Result<usize, Problem> {
    if let Some(comment) = text
        .strip_prefix("/*")
        .or_else(|| text.strip_prefix("- /*"))
    {
        let begin = text.len() - comment.len();
        return comment
            .find("*/")
            .and_then(|end| Some(begin + end + text[begin + end..].find("}}")?))
            .ok_or_else(|| {
                (
                    "a comment is not closed".to_owned(),
                    "close it with `*/}}`".to_owned(),
                )
            });
    }
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((offset, c)) = chars.next() {
        match (quote, c) {
            (None, '}') if text[offset..].starts_with("}}") => return Ok(offset),
            (None, '"' | '`' | '\'') => quote = Some(c),
            (Some('"' | '\''), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    Err((
        if quote.is_some() {
            "a string within `{{` is not closed".to_owned()
        } else {
            "`{{` is not closed".to_owned()
        },
        "a template looks like `{{ $labels.region }}`; a literal brace is `{{ \"{{\" }}`"
            .to_owned(),
    ))
}

/// One action without its braces.
fn action(
    text: &str,
    blocks: &mut Vec<String>,
    variables: &mut Vec<String>,
) -> Result<(), Problem> {
    if text.starts_with("/*") {
        return Ok(());
    }
    let words = words(text);
    let Some(first) = words.first() else {
        return Err((
            "an empty action `{{ }}`".to_owned(),
            "write what is to stand there, such as `{{ $value }}`".to_owned(),
        ));
    };
    let body = match first.as_str() {
        "end" => {
            return blocks.pop().map(|_| ()).ok_or_else(|| {
                (
                    "`{{ end }}` without a block".to_owned(),
                    "remove it".to_owned(),
                )
            });
        }
        "else" => {
            if blocks.is_empty() {
                return Err((
                    "`{{ else }}` without a block".to_owned(),
                    "open one before it: `{{ if … }}`".to_owned(),
                ));
            }
            match words.get(1).map(String::as_str) {
                Some("if" | "with") => &words[2..],
                _ => &words[1..],
            }
        }
        word if OPENING.contains(&word) => {
            blocks.push(text.to_owned());
            &words[1..]
        }
        "template" => &words[1..],
        _ => &words[..],
    };
    // `$x := …` declares what later actions may use.
    for pair in words.windows(2) {
        if let [name, sign] = pair
            && (sign == ":=" || sign == ",")
            && let Some(name) = name.strip_prefix('$')
        {
            variables.push(name.to_owned());
        }
    }
    if let Some(at) = words.iter().position(|word| word == ":=")
        && let Some(name) = at
            .checked_sub(1)
            .and_then(|before| words[before].strip_prefix('$'))
    {
        variables.push(name.to_owned());
    }
    body.iter().try_for_each(|word| known(word, variables))
}

/// Whether a function or variable exists.
fn known(word: &str, variables: &[String]) -> Result<(), Problem> {
    if let Some(variable) = word.strip_prefix('$') {
        let name = variable.split('.').next().unwrap_or_default();
        if name.is_empty() || variables.iter().any(|known| known == name) {
            return Ok(());
        }
        let help = closest(name, variables.iter().map(String::as_str)).map_or_else(
            || "labels are in `$labels`, the value in `$value`".to_owned(),
            |near| format!("did you mean `${near}`?"),
        );
        return Err((format!("there is no variable `${name}`"), help));
    }
    if !word.starts_with(|c: char| c.is_alphabetic() || c == '_') || FUNCTIONS.contains(&word) {
        return Ok(());
    }
    let help = closest(word, FUNCTIONS).map(|near| format!("did you mean `{near}`?"));
    Err((
        format!("there is no function `{word}`"),
        help.unwrap_or_else(|| {
            "labels are written `{{ $labels.name }}`, the value `{{ $value }}`".to_owned()
        }),
    ))
}

/// Splits an action into names, variables, and signs; strings and numbers are left out.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '`' | '\'' => {
                let mut escaped = false;
                for next in chars.by_ref() {
                    if next == c && !escaped {
                        break;
                    }
                    escaped = next == '\\' && !escaped && c != '`';
                }
                // A string keeps its place, so that `{{ "x" }}` is not empty.
                words.push("\"\"".to_owned());
            }
            ':' if chars.peek() == Some(&'=') => {
                chars.next();
                words.push(":=".to_owned());
            }
            ',' => words.push(",".to_owned()),
            c if c.is_alphanumeric() || "$._".contains(c) => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| c.is_alphanumeric() || "._".contains(*c)) {
                    word.push(next);
                }
                words.push(word);
            }
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_prometheus_takes() {
        for text in [
            "plain",
            "{{ $labels.region }} at {{ $value | humanizePercentage }}",
            "{{- if gt $value 0.5 -}} a {{ else if lt .Value 1.0 }} b {{ else }} c {{ end }}",
            "{{ with query \"up{job='}}'}\" }}{{ . | first | value }}{{ end }}",
            "{{ range $i, $x := query \"up\" }}{{ $x.Labels.a }}{{ end }}",
            "{{ $a := 1 }}{{ $a }}",
            "{{/* } a comment */}}",
            "{{ `}}` }}",
            "{{ printf \"%.2f\" $value }} }}",
            "{{ \"{{\" }}",
            "{{ $externalLabels.cluster }}",
        ] {
            assert_eq!(parse(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_prometheus_refuses() {
        let problems = [
            "{{ $labels.region }",
            "{{ \"a }}",
            "{{ }}",
            "{{ if $value }} a",
            "a {{ end }}",
            "{{ else }}",
            "{{ humanise $value }}",
            "{{ $label.region }}",
            "{{ labels.region }}",
            "{{ region }}",
        ]
        .map(|text| parse(text).unwrap_err().0)
        .join("\n");
        insta::assert_snapshot!(problems);
    }
}
