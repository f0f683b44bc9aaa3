//! What tells bad events from good ones.

use super::population::same_family;
use super::queries::narrowing;
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::Matcher;
use crate::promql::{inspect, print};
use crate::slo::{Events, MatcherList, Query, Sli, Slo, Split};
use crate::source::TextMap;

/// SLI007: the distinguishing label kept in `group_by`. SLI013: a split that
/// takes nothing. SLI014: a split that takes everything.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    if let Some((list, key)) = narrowing(&slo.sli.value) {
        if matches!(slo.sli.value, Sli::Events(_)) {
            let matchers: Vec<_> = list.matchers.iter().collect();
            findings.extend(kept(slo, &matchers, &list.map, key));
        }
        if let Some(selector) = base(&slo.sli.value) {
            findings.extend(decides_nothing(list, selector, key));
        }
    }
    if let Sli::Events(events) = &slo.sli.value
        && let Some((part, key)) = counted(&events.split)
    {
        let identical = identical(events, part, key);
        if identical.is_none() {
            kept_by_selector(slo, &events.total, part, key, findings);
        }
        findings.extend(identical);
    }
}

/// What is counted apart from the total, with its key.
fn counted(split: &Split) -> Option<(&Query, &'static str)> {
    match split {
        Split::Bad(part) => Some((part, "bad")),
        Split::Good(part) => Some((part, "good")),
        Split::BadWhere(_) | Split::GoodWhere(_) => None,
    }
}

/// The expression whose selectors the matchers are added to.
fn base(sli: &Sli) -> Option<&Query> {
    match sli {
        Sli::Events(events) => Some(&events.total),
        Sli::Latency(sli) => Some(&sli.histogram.selector),
        Sli::Satisfaction(sli) => Some(&sli.histogram.selector),
        _ => None,
    }
}

/// Where all that tells events apart is also in `group_by`, a group has events of one kind only.
fn kept(slo: &Slo, telling: &[&Matcher], map: &TextMap, key: &str) -> Option<Diagnostic> {
    let group = |matcher: &Matcher| {
        slo.group_by
            .iter()
            .find(|label| label.value == matcher.label.name)
    };
    if !telling.iter().all(|matcher| group(matcher).is_some()) {
        return None;
    }
    let matcher = telling.first()?;
    let label = group(matcher)?;
    Some(
        Diagnostic::at(
            &sli::SPLIT_BY_GROUP,
            map.locate(matcher.span),
            format!(
                "`{}` tells the events of `{key}` from the others, and the SLO is grouped by it: \
                 every group is all bad or all good",
                label.value
            ),
        )
        .with_secondary(label.at, "grouped by it here")
        .with_help(format!("take `{}` out of `group_by`", label.value)),
    )
}

/// The same where `bad` or `good` selects the metric of the total more narrowly.
fn kept_by_selector(
    slo: &Slo,
    total: &Query,
    part: &Query,
    key: &str,
    findings: &mut Vec<Diagnostic>,
) {
    let whole = inspect::selectors(&total.expr);
    for narrow in inspect::selectors(&part.expr) {
        let Some(wide) = whole.iter().find(|wide| same_family(&narrow, wide)) else {
            continue;
        };
        let is_shared = |matcher: &&Matcher| {
            let mut others = wide.selector.matchers.iter();
            matcher.label.name == "le" || others.any(|other| inspect::same(matcher, other))
        };
        let telling: Vec<_> = narrow
            .selector
            .matchers
            .iter()
            .filter(|matcher| !is_shared(matcher))
            .collect();
        findings.extend(kept(slo, &telling, &part.map, key));
    }
}

fn decides_nothing(list: &MatcherList, base: &Query, key: &str) -> Option<Diagnostic> {
    let selectors = inspect::selectors(&base.expr);
    let [used] = selectors.as_slice() else {
        return None;
    };
    let all = &used.selector.matchers;
    for matcher in &list.matchers {
        let against = all.iter().find(|other| {
            other.label.name == matcher.label.name && inspect::contradict(matcher, other)
        });
        if let Some(other) = against {
            return Some(
                Diagnostic::at(
                    &sli::SPLIT_TAKES_NOTHING,
                    list.map.locate(matcher.span),
                    format!("`{key}` never matches: the selector it narrows excludes it"),
                )
                .with_secondary(base.locate(other.span), "no value meets both")
                .with_help("correct one of them"),
            );
        }
    }
    let redundant = list
        .matchers
        .iter()
        .all(|matcher| all.iter().any(|other| inspect::same(matcher, other)));
    redundant.then(|| {
        Diagnostic::at(
            &sli::SPLIT_TAKES_ALL,
            list.map.at(),
            format!("`{key}` matches every event: the selector it narrows says the same"),
        )
        .with_secondary(base.locate(used.span), "the selector")
        .with_help("take these matchers out of the selector")
    })
}

fn identical(events: &Events, part: &Query, key: &str) -> Option<Diagnostic> {
    if print(&events.total.expr) != print(&part.expr) {
        return None;
    }
    let effect = match events.split {
        Split::Good(_) => "no event is ever bad",
        _ => "every event is bad",
    };
    Some(
        Diagnostic::at(
            &sli::SPLIT_TAKES_ALL,
            part.map.at(),
            format!("`{key}` counts the same as `total`: {effect}"),
        )
        .with_secondary(events.total.map.at(), "the total")
        .with_help("add the matcher that tells bad from good, or use `bad_where`"),
    )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, event, event_where, grouped};

    #[test]
    fn finds_the_distinguishing_label_in_the_groups() {
        let bad = r#"code=~"5..""#;
        let slo = event_where("x_total", bad);
        assert_eq!(
            codes(&grouped(&["code"], slo.clone())),
            [r#"SLI007 code=~"5..""#]
        );
        assert!(codes(&grouped(&["region"], slo)).is_empty());
        let slo = event_where("x_total", r#"code=~"5..", region!="test""#);
        assert!(codes(&grouped(&["region"], slo)).is_empty());
        let slo = event("x_total{a=\"b\"}", "x_total{a=\"b\",code=\"500\"}");
        assert_eq!(
            codes(&grouped(&["code"], slo.clone())),
            [r#"SLI007 code="500""#]
        );
        assert!(codes(&grouped(&["a"], slo)).is_empty());
    }

    #[test]
    fn finds_splits_that_take_nothing() {
        assert_eq!(
            codes(&event_where("x_total{code=\"200\"}", r#"code=~"5..""#)),
            [r#"SLI013 code=~"5..""#]
        );
        assert!(codes(&event_where("x_total{code!~\"4..\"}", r#"code=~"5..""#)).is_empty());
    }

    #[test]
    fn finds_splits_that_take_everything() {
        assert_eq!(
            codes(&event_where("x_total{code=~\"5..\"}", r#"code=~"5..""#)),
            [r#"SLI014 'code=~"5.."'"#]
        );
        assert_eq!(codes(&event("x_total", "x_total")), ["SLI014 'x_total'"]);
        assert!(codes(&event("x_total", "x_errors_total")).is_empty());
    }
}
