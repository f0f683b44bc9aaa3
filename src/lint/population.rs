//! Numerator and denominator that count different populations.

use super::queries::{Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::{BinaryExpr, BinaryOp, Expr, ExprKind, Matcher};
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
        // Gauges are divided by what they are not a part of.
        if written.role == Role::Gauge {
            continue;
        }
        inspect::walk(&written.query.expr, &mut |node, path| {
            if let Some(binary) = division(node)
                && value_type(&binary.rhs) == ValueType::Vector
                && path.up().all(|above| division(above).is_none())
            {
                let whole = inspect::selectors(&binary.rhs);
                let parts = inspect::selectors(&binary.lhs);
                compare((written, &parts), (written, &whole), findings);
            }
        });
    }
}

fn division(expr: &Expr) -> Option<&BinaryExpr> {
    match &expr.kind {
        ExprKind::Binary(binary) if binary.op == BinaryOp::Div => Some(binary),
        _ => None,
    }
}

type Side<'a> = (&'a Written<'a>, &'a [SelectorUse<'a>]);

/// Every part has to lie within one of the selectors of the whole, one of the
/// same metric if there is one.
fn compare((part, parts): Side<'_>, (total, whole): Side<'_>, findings: &mut Vec<Diagnostic>) {
    for narrow in parts {
        let has_family = whole.iter().any(|wide| same_family(narrow, wide));
        let candidates = whole
            .iter()
            .filter(|wide| !has_family || same_family(narrow, wide));
        let differences: Option<Vec<_>> = candidates
            .map(|wide| Some((wide, difference(narrow, wide)?)))
            .collect();
        if let Some((wide, found)) = differences.and_then(|all| all.into_iter().next()) {
            let here = found.part.map_or(narrow.span, |matcher| matcher.span);
            let there = found.whole.map_or(wide.span, |matcher| matcher.span);
            findings.push(
                part.finding(&sli::POPULATIONS_DIFFER, here, found.message)
                    .with_secondary(total.query.locate(there), "the total")
                    .with_help(
                        "select the same events on both sides; \
                         only what tells bad from good may differ",
                    ),
            );
        }
    }
}

/// How a part is not a part of the whole.
struct Difference<'a> {
    message: String,
    part: Option<&'a Matcher>,
    whole: Option<&'a Matcher>,
}

fn difference<'a>(narrow: &SelectorUse<'a>, wide: &SelectorUse<'a>) -> Option<Difference<'a>> {
    relevant(wide)
        .find_map(|matcher| outside(narrow, wide, matcher))
        .or_else(|| restricted_alone(narrow, wide))
        .or_else(|| other_time(narrow, wide))
}

/// The part does not keep to a restriction of the whole.
fn outside<'a>(
    narrow: &SelectorUse<'a>,
    wide: &SelectorUse<'a>,
    restriction: &'a Matcher,
) -> Option<Difference<'a>> {
    let label = restriction.label.name.as_str();
    let family = same_family(narrow, wide);
    let is_origin = ORIGIN.contains(&label);
    let mut on_label = relevant(narrow)
        .filter(|matcher| matcher.label.name == label)
        .peekable();
    if on_label.peek().is_none() {
        return (family || is_origin).then(|| Difference {
            message: format!("`{label}` is not restricted here as it is in the total"),
            part: None,
            whole: Some(restriction),
        });
    }
    let other = on_label.find(|matcher| {
        if family {
            inspect::implies(matcher, restriction) == Some(false)
        } else {
            (is_origin || SHARED.contains(&label)) && inspect::contradict(matcher, restriction)
        }
    })?;
    Some(Difference {
        message: format!("this selects other values of `{label}` than the total"),
        part: Some(other),
        whole: Some(restriction),
    })
}

/// The part comes from some places only, the whole from all.
fn restricted_alone<'a>(
    narrow: &SelectorUse<'a>,
    wide: &SelectorUse<'a>,
) -> Option<Difference<'a>> {
    let matcher = relevant(narrow).find(|matcher| {
        let label = matcher.label.name.as_str();
        ORIGIN.contains(&label) && relevant(wide).all(|other| other.label.name != label)
    })?;
    let label = &matcher.label.name;
    Some(Difference {
        message: format!("`{label}` is restricted here, and not in the total"),
        part: Some(matcher),
        whole: None,
    })
}

fn other_time<'a>(narrow: &SelectorUse<'a>, wide: &SelectorUse<'a>) -> Option<Difference<'a>> {
    let [here, there] = [narrow, wide].map(|used| {
        let offset = used.selector.modifiers.offset.as_ref();
        offset.map(|offset| (offset.negative, &offset.window.kind))
    });
    (here != there).then(|| Difference {
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
    use crate::lint::testing::{codes, event, gauge, ratio};

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
    fn takes_gauges_in_relation_to_others() {
        let lag = r#"sum(lag{job="a"}) / sum(capacity{job="b"})"#;
        assert!(codes(&gauge(lag)).is_empty());
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
