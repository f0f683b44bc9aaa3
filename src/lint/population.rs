//! Numerator and denominator that count different populations.

use super::queries::{Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryOp, ExprKind, Matcher};
use crate::promql::functions::ValueType;
use crate::promql::inspect::{self, SelectorUse};
use crate::promql::value_type;
use crate::slo::Slo;

/// Labels that say where series come from: they tell populations apart, whatever the metric.
const ORIGIN: [&str; 7] = [
    "cluster",
    "env",
    "environment",
    "instance",
    "job",
    "namespace",
    "region",
];

/// Labels that mean the same in most metrics.
const SHARED: [&str; 8] = [
    "app", "handler", "host", "method", "path", "route", "service", "zone",
];

/// SLI006: numerator and denominator select different populations.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    let all = written(&slo.sli.value);
    if let [total, part] = all.as_slice() {
        let whole = inspect::selectors(&total.query.expr);
        let parts = inspect::selectors(&part.query.expr);
        compare((part, &parts), (total, &whole), findings);
    }
    for written in &all {
        inspect::walk(&written.query.expr, &mut |node, _| {
            if let ExprKind::Binary(binary) = &node.kind
                && binary.op == BinaryOp::Div
                && value_type(&binary.rhs) == ValueType::Vector
            {
                let whole = inspect::selectors(&binary.rhs);
                let parts = inspect::selectors(&binary.lhs);
                compare((written, &parts), (written, &whole), findings);
            }
        });
    }
}

type Side<'a> = (&'a Written<'a>, &'a [SelectorUse<'a>]);

/// Every part has to lie within one of the selectors of the whole.
fn compare((part, parts): Side<'_>, (total, whole): Side<'_>, findings: &mut Vec<Diagnostic>) {
    for narrow in parts {
        let family: Vec<_> = whole
            .iter()
            .filter(|wide| same_family(narrow, wide))
            .collect();
        let candidates = if family.is_empty() {
            whole.iter().collect()
        } else {
            family
        };
        let mut differences: Vec<_> = candidates
            .iter()
            .map(|wide| (wide, difference(narrow, wide)))
            .collect();
        if differences.iter().any(|(_, found)| found.is_none()) || differences.is_empty() {
            continue;
        }
        let (wide, Some(found)) = differences.swap_remove(0) else {
            continue;
        };
        findings.push(
            part.finding(
                &sli::POPULATIONS_DIFFER,
                found.part.map_or(narrow.span, |matcher| matcher.span),
                found.message,
            )
            .with_secondary(
                total
                    .query
                    .locate(found.whole.map_or(wide.span, |matcher| matcher.span)),
                "the total",
            )
            .with_help(
                "select the same events on both sides; only what tells bad from good may differ",
            ),
        );
    }
}

/// How a part is not a part of the whole.
struct Difference<'a> {
    message: String,
    part: Option<&'a Matcher>,
    whole: Option<&'a Matcher>,
}

fn difference<'a>(narrow: &SelectorUse<'a>, wide: &SelectorUse<'a>) -> Option<Difference<'a>> {
    let family = same_family(narrow, wide);
    for matcher in relevant(wide) {
        let label = &matcher.label.name;
        let shared = family || ORIGIN.contains(&label.as_str()) || SHARED.contains(&label.as_str());
        let on_label: Vec<_> = relevant(narrow)
            .filter(|other| other.label.name == *label)
            .collect();
        if on_label.is_empty() && (family || ORIGIN.contains(&label.as_str())) {
            return Some(Difference {
                message: format!("`{label}` is not restricted here as it is in the total"),
                part: None,
                whole: Some(matcher),
            });
        }
        let outside = on_label.iter().find(|other| {
            shared
                && if family {
                    inspect::implies(other, matcher) == Some(false)
                } else {
                    inspect::contradict(other, matcher)
                }
        });
        if let Some(other) = outside {
            return Some(Difference {
                message: format!("this selects other values of `{label}` than the total"),
                part: Some(other),
                whole: Some(matcher),
            });
        }
    }
    let only_here = relevant(narrow).find(|matcher| {
        let label = &matcher.label.name;
        ORIGIN.contains(&label.as_str()) && !relevant(wide).any(|other| other.label.name == *label)
    });
    if let Some(matcher) = only_here {
        return Some(Difference {
            message: format!(
                "`{}` is restricted here, and not in the total",
                matcher.label.name
            ),
            part: Some(matcher),
            whole: None,
        });
    }
    let offsets = [narrow, wide].map(|used| {
        let offset = used.selector.modifiers.offset.as_ref();
        offset.map(|offset| (offset.negative, &offset.window.kind))
    });
    (offsets[0] != offsets[1]).then(|| Difference {
        message: "this looks at another time than the total".to_owned(),
        part: None,
        whole: None,
    })
}

/// Matchers that restrict the population; `le` is a bucket's bound.
fn relevant<'a>(used: &SelectorUse<'a>) -> impl Iterator<Item = &'a Matcher> + use<'a> {
    used.selector
        .matchers
        .iter()
        .filter(|matcher| matcher.label.name != "le" && matcher.label.name != "__name__")
}

/// The same metric, or series of the same histogram.
pub(super) fn same_family(a: &SelectorUse<'_>, b: &SelectorUse<'_>) -> bool {
    let base = |used: &SelectorUse<'_>| {
        used.name().map(|name| {
            ["_bucket", "_count", "_sum"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name)
                .to_owned()
        })
    };
    base(a).is_some() && base(a) == base(b)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, ratio};

    #[test]
    fn finds_other_populations() {
        for (total, bad, at) in [
            (
                r#"x_total{job="a"}"#,
                r#"x_total{code="500"}"#,
                r#"x_total{code="500"}"#,
            ),
            (r#"x_total{job="a"}"#, r#"y_total{job="b"}"#, r#"job="b""#),
            (r#"x_total{job="a"}"#, "y_total", "y_total"),
            ("x_total", r#"y_total{namespace="b"}"#, r#"namespace="b""#),
            (
                r#"x_total{code!~"4.."}"#,
                r#"x_total{code=~"429|500"}"#,
                r#"code=~"429|500""#,
            ),
            (
                "x_total",
                r#"x_total{code="500"} offset 5m"#,
                r#"x_total{code="500"} offset 5m"#,
            ),
        ] {
            assert_eq!(
                codes(&event(total, bad)),
                [format!("SLI006 {at}")],
                "{total}"
            );
        }
        assert_eq!(
            codes(&ratio(
                r#"sum(rate(x_total{job="a",code="500"}[$window])) / sum(rate(x_total{job="b"}[$window]))"#
            )),
            [r#"SLI006 job="a""#]
        );
    }

    #[test]
    fn takes_what_only_tells_bad_from_good() {
        for (total, bad) in [
            (r#"x_total{job="a"}"#, r#"x_total{job="a",code=~"5.."}"#),
            (
                r#"x_total{job="a",handler="/"}"#,
                r#"errors_total{job="a"}"#,
            ),
            (r#"x_total{code!~"4.."}"#, r#"x_total{code=~"5.."}"#),
            (r#"x_total{type="request"}"#, r#"y_total{type="error"}"#),
            (
                r#"x_seconds_count{job="a"}"#,
                r#"x_seconds_bucket{job="a",le="0.5"}"#,
            ),
        ] {
            assert!(codes(&event(total, bad)).is_empty(), "{total} {bad}");
        }
        assert!(
            codes(&ratio(
                "1 - sum(rate(good_total[$window])) / (sum(rate(good_total[$window])) + sum(rate(bad_total[$window])))"
            ))
            .is_empty()
        );
    }
}
