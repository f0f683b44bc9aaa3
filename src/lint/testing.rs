//! SLOs to lint, read from specs as people write them.

use crate::diagnostic::Diagnostics;
use crate::duration::Duration;
use crate::slo::Slo;
use crate::source::{Located, Sources};
use crate::spec;

/// An SLO and the text it was read from.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) slo: Slo,
    pub(super) sources: Sources,
}

/// The SLO of a spec whose `slos` has this one item.
pub(super) fn case(item: &str) -> Case {
    let mut sources = Sources::default();
    let text = format!("apiVersion: slosmith/v1\nservice: s\nslos:\n  - {item}\n");
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slo = spec::load(&sources, &[id], &mut diagnostics).pop();
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
    Case {
        slo: slo.unwrap(),
        sources,
    }
}

fn of_sli(sli: &str) -> Case {
    case(&format!("{{name: n, objective: 99, sli: {sli}}}"))
}

/// Bad events among all.
pub(super) fn event(total: &str, bad: &str) -> Case {
    of_sli(&format!("{{events: {{total: '{total}', bad: '{bad}'}}}}"))
}

/// Events of which those with these matchers are bad.
pub(super) fn event_where(total: &str, bad_where: &str) -> Case {
    of_sli(&format!(
        "{{events: {{total: '{total}', bad_where: '{bad_where}'}}}}"
    ))
}

/// A threshold.
pub(super) fn gauge(expr: &str) -> Case {
    of_sli(&format!("{{threshold: {{expr: '{expr}', good: '<= 5'}}}}"))
}

/// An error ratio.
pub(super) fn ratio(expr: &str) -> Case {
    of_sli(&format!("{{ratio: {{error_ratio: '{expr}'}}}}"))
}

/// A latency.
pub(super) fn latency(histogram: &str) -> Case {
    of_sli(&format!(
        "{{latency: {{histogram: '{histogram}', threshold: 1s}}}}"
    ))
}

/// The same, grouped.
pub(super) fn grouped(labels: &[&str], mut case: Case) -> Case {
    let at = case.slo.name_at;
    case.slo.group_by = labels
        .iter()
        .map(|label| Located::new((*label).to_owned(), at))
        .collect();
    case
}

/// The same, with a known scrape interval.
pub(super) fn scraped_every(interval: Duration, mut case: Case) -> Case {
    case.slo.scrape_interval = Some(Located::new(interval, case.slo.name_at));
    case
}

/// Code and text of every finding, in order of place.
pub(super) fn codes(case: &Case) -> Vec<String> {
    let mut all = Diagnostics::default();
    all.extend(super::check(&case.slo, &case.sources, jiff::civil::date(2026, 1, 1)).findings);
    all.sorted()
        .into_iter()
        .map(|found| {
            let at = found.primary.as_ref().unwrap().at;
            let text = &case.sources.get(at.source).text;
            format!("{} {}", found.code.id, &text[at.span.start..at.span.end])
        })
        .collect()
}
