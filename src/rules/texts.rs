//! What alerts say. Values are Go templates, so everything from a spec that is
//! not meant as one is made literal.

use std::collections::BTreeMap;

use crate::promql::build::quote;
use crate::slo::{Route, Slo};

/// Text that Prometheus' template engine prints as it is.
pub(super) fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

/// `billing/invoice-api`, with the groups that an alert is about.
pub(super) fn title(slo: &Slo) -> String {
    let groups: Vec<_> = slo
        .group_labels()
        .map(|label| format!("{label}={{{{ $labels.{label} }}}}"))
        .collect();
    if groups.is_empty() {
        slo.id.to_string()
    } else {
        format!("{} ({})", slo.id, groups.join(", "))
    }
}

/// Annotations of a burn-rate alert. Its value is the burn rate.
pub(super) fn burn(slo: &Slo) -> (String, String) {
    let summary = format!(
        "{} burns its error budget {{{{ $value | humanize }}}} times as fast as the objective allows",
        title(slo)
    );
    let description = format!(
        "{}The objective is {} % {}. {}",
        said(slo),
        slo.objective.value,
        literal(&slo.period.value.phrase()),
        gone_in(slo),
    );
    (summary, description)
}

/// When the rest of the budget is gone: what remains, times the period, over the burn rate.
fn gone_in(slo: &Slo) -> String {
    let groups: Vec<_> = slo
        .group_labels()
        .map(|label| format!(",{label}=%q"))
        .collect();
    let groups = groups.concat();
    let query = format!(
        "last_over_time(slo:budget_remaining:ratio{{service=\"{}\",slo=\"{}\"{groups}}}[12m]) * {} / %g",
        slo.id.service,
        slo.id.name,
        slo.period.value.nominal().secs(),
    );
    let arguments: Vec<_> = slo
        .group_labels()
        .map(|label| format!(" $labels.{label}"))
        .collect();
    let arguments = arguments.concat();
    format!(
        "{{{{ with printf {}{arguments} $value | query }}}}{{{{ with . | first | value }}}}\
         {{{{ if gt . 0.0 }}}}At this pace the rest of the budget is gone in {{{{ . | humanizeDuration }}}}.\
         {{{{ else }}}}The budget is gone already.{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}",
        quote(&query)
    )
}

fn said(slo: &Slo) -> String {
    match slo.description.as_deref().map(str::trim) {
        None | Some("") => String::new(),
        Some(text) => format!("{} ", literal(text)),
    }
}

/// Summary and description with the runbook and what the spec adds or replaces.
pub(super) fn annotations(
    slo: &Slo,
    route: Option<&Route>,
    (summary, description): (String, String),
) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([
        ("summary".to_owned(), summary),
        ("description".to_owned(), description),
    ]);
    if let Some(url) = &slo.alerting.runbook_url {
        all.insert("runbook_url".to_owned(), literal(&url.value));
    }
    let written = slo
        .alerting
        .annotations
        .iter()
        .chain(route.into_iter().flat_map(|route| &route.annotations));
    all.extend(written.map(|(name, text)| (name.clone(), text.value.clone())));
    all
}

/// Labels of an alert: the spec's own are literal, those under `alerts` are templates.
pub(super) fn labels(
    slo: &Slo,
    route: &Route,
    extra: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut all: BTreeMap<_, _> = extra
        .iter()
        .map(|(name, text)| (name.clone(), literal(text)))
        .collect();
    all.extend(
        slo.labels
            .iter()
            .map(|(name, text)| (name.clone(), literal(&text.value))),
    );
    if let Some(owner) = &slo.owner {
        all.insert("owner".to_owned(), literal(&owner.value));
    }
    let templates = slo.alerting.labels.iter().chain(&route.labels);
    all.extend(templates.map(|(name, text)| (name.clone(), text.value.clone())));
    all.insert("severity".to_owned(), literal(&route.severity.value));
    // The series carry both as well; said here, a router can be read off the rule file.
    all.insert("service".to_owned(), slo.id.service.clone());
    all.insert("slo".to_owned(), slo.id.name.clone());
    all
}

/// Annotations of the alert on missing data: on a group, or on the SLO as a
/// whole, which has no labels of groups.
pub(super) fn no_data(slo: &Slo) -> (String, String) {
    let groups: Vec<_> = slo
        .group_labels()
        .map(|label| format!("{{{{ with $labels.{label} }}}} ({label}={{{{ . }}}}){{{{ end }}}}"))
        .collect();
    (
        format!("{}{} has no data", slo.id, groups.concat()),
        format!(
            "{}Nothing has been measured for this SLO, so nobody knows whether it is met: unmeasured time is not good time. \
             See whether the targets are scraped, and whether the metrics of its SLI still exist under the names in the spec.",
            said(slo)
        ),
    )
}

/// Annotations of an alert on what is left of a budget. Its value is the share that is left.
pub(super) fn budget_left(slo: &Slo, what: &str, below: &str) -> (String, String) {
    (
        format!(
            "{} has {{{{ $value | humanizePercentage }}}} of {what} left",
            title(slo)
        ),
        match below {
            "0" => format!("{}More than {what} is spent.", said(slo)),
            _ => format!("{}Less than {below} % of {what} is left.", said(slo)),
        },
    )
}
