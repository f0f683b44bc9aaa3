//! Matchers whose value looks like more than it matches: regular expressions of
//! Prometheus have to match the whole value.

use super::queries::{narrowing, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{MatchOp, Matcher};
use crate::promql::inspect;
use crate::slo::Slo;
use crate::source::SourceSpan;

/// Labels that hold the three digits of an HTTP status.
const STATUS: [&str; 12] = [
    "code",
    "http_code",
    "http_response_code",
    "http_response_status_code",
    "http_status",
    "http_status_code",
    "response_code",
    "response_status",
    "status",
    "status_code",
    "statuscode",
    "http_response_status",
];

/// Metrics whose status label really holds a class.
const CLASSES: [&str; 4] = ["haproxy_", "envoy_", "nginx_vts_", "varnish_"];

/// SLI012: a status class that matches no status. SLI016: a bucket's bound that
/// is spelt otherwise in another version of Prometheus.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    let mut of_classes = false;
    for written in written(&slo.sli.value) {
        for used in inspect::selectors(&written.query.expr) {
            let name = used.name().unwrap_or_default();
            let has_classes = CLASSES.iter().any(|start| name.starts_with(start));
            of_classes |= has_classes;
            for matcher in &used.selector.matchers {
                let at = written.query.locate(matcher.value_span());
                findings.extend(slip(matcher, at).filter(|_| !has_classes));
                findings.extend(bound(matcher, at));
            }
        }
    }
    if let Some((list, _)) = narrowing(&slo.sli.value)
        && !of_classes
    {
        for matcher in &list.matchers {
            findings.extend(slip(matcher, list.map.locate(matcher.value_span())));
        }
    }
}

fn slip(matcher: &Matcher, at: SourceSpan) -> Option<Diagnostic> {
    let label = matcher.label.name.to_ascii_lowercase();
    if !STATUS.contains(&label.as_str()) {
        return None;
    }
    let pattern = &matcher.value.value;
    let classes = classes_of(matcher);
    let class = classes.chars().next()?;
    let regex = matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex);
    let what = if regex {
        "a regular expression has to match the whole value"
    } else {
        "`=` compares texts"
    };
    let any = match classes.len() {
        1 => classes,
        _ => format!("[{classes}]"),
    };
    let op = match matcher.op {
        MatchOp::Equal | MatchOp::Regex => "=~",
        MatchOp::NotEqual | MatchOp::NotRegex => "!~",
    };
    Some(
        Diagnostic::at(
            &sli::STATUS_CLASS,
            at,
            format!("`{pattern}` matches no status such as {class}00: {what}"),
        )
        .with_help(format!("write `{}{op}\"{any}..\"`", matcher.label.name)),
    )
}

/// The digits of the classes that a value means without matching them.
fn classes_of(matcher: &Matcher) -> String {
    let pattern = matcher.value.value.as_str();
    let meant = match matcher.op {
        MatchOp::Regex | MatchOp::NotRegex => match pattern.strip_suffix('*') {
            // `5*` is any number of fives.
            Some(digit) if digit.len() == 1 => vec![digit.to_owned()],
            _ => inspect::values(matcher).unwrap_or_default(),
        },
        MatchOp::Equal | MatchOp::NotEqual => vec![pattern.to_owned()],
    };
    meant.iter().filter_map(|value| class_of(value)).collect()
}

fn class_of(value: &str) -> Option<char> {
    let mut rest = value.chars();
    let class = rest.next().filter(|c| ('1'..='5').contains(c))?;
    let rest = rest.as_str().to_ascii_lowercase();
    ["", "x", "xx", ".", "..", "*", ".*"]
        .contains(&rest.as_str())
        .then_some(class)
}

/// Whole numbers are `1` on Prometheus 2 and `1.0` on Prometheus 3.
fn bound(matcher: &Matcher, at: SourceSpan) -> Option<Diagnostic> {
    let value = &matcher.value.value;
    let number = value.strip_suffix(".0").unwrap_or(value);
    let whole = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    if matcher.label.name != "le" || matcher.op != MatchOp::Equal || !whole {
        return None;
    }
    Some(
        Diagnostic::at(
            &sli::BUCKET_SPELLING,
            at,
            format!("this bucket is called `{number}` on Prometheus 2 and `{number}.0` on 3"),
        )
        .with_help(format!(
            "write `le=~\"{number}(\\\\.0)?\"`, or use the SLI kind `latency`"
        )),
    )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, event_where};

    #[test]
    fn finds_classes_that_match_no_status() {
        for bad in [
            r#"code=~"5""#,
            r#"code=~"5xx""#,
            r#"status=~"4xx|5XX""#,
            r#"code="5..""#,
            r#"code="5xx""#,
            r#"code=~"5*""#,
            r#"code!~"5""#,
        ] {
            let value = &bad[bad.find('"').unwrap()..];
            assert_eq!(
                codes(&event_where("x_total", bad)),
                [format!("SLI012 {value}")]
            );
        }
    }

    #[test]
    fn takes_what_matches_a_status() {
        for bad in [
            r#"code=~"5..""#,
            r#"code=~"5.*""#,
            r#"code="500""#,
            r#"code=~"500|503""#,
            r#"code=~"5[0-9]{2}""#,
            r#"grpc_code=~"5""#,
        ] {
            assert!(codes(&event_where("x_total", bad)).is_empty(), "{bad}");
        }
        assert!(
            codes(&event_where(
                "haproxy_http_responses_total",
                r#"code="5xx""#
            ))
            .is_empty()
        );
    }

    #[test]
    fn finds_bounds_with_two_spellings() {
        let good = |le: &str| event("x_seconds_count", &format!("x_seconds_bucket{{le={le}}}"));
        assert_eq!(codes(&good("\"1\"")), ["SLI016 \"1\""]);
        assert_eq!(codes(&good("\"1.0\"")), ["SLI016 \"1.0\""]);
        assert!(codes(&good("\"0.5\"")).is_empty());
        assert!(codes(&good("\"+Inf\"")).is_empty());
    }
}
