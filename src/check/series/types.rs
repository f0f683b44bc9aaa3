//! What exporters say that a metric is.

use std::collections::{BTreeMap, BTreeSet};

use super::reads::{Form, Part, Read};
use super::survey::Survey;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, MetadataOfAll};

/// Up to so many metrics are asked about one by one; the answer about all of a server
/// can be large.
const FEW: usize = 8;

/// The histogram or summary that a series belongs to, by its name.
pub(super) fn family(name: &str) -> &str {
    let parts = ["_bucket", "_count", "_sum"];
    parts
        .iter()
        .find_map(|part| name.strip_suffix(part))
        .unwrap_or(name)
}

/// Asks about the metrics of all selectors.
pub(super) async fn fetch(
    survey: &mut Survey<'_, '_>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let names: BTreeSet<&str> = survey
        .reads
        .iter()
        .flat_map(|(read, _)| spellings(read.name()))
        .collect();
    let client = survey.cx.client;
    let families: BTreeSet<&str> = names.iter().map(|name| family(name)).collect();
    let answer = if families.len() <= FEW {
        let asked = names.iter().map(|name| client.metadata(Some(name)));
        let answers = futures_util::future::join_all(asked).await;
        let merged: Result<Vec<MetadataOfAll>, Error> = answers.into_iter().collect();
        merged.map(|answers| answers.into_iter().flatten().collect())
    } else {
        client.metadata(None).await
    };
    match answer {
        Err(error) if error.is_closed_api() => {
            findings.note("this server has no metadata API, or refuses it: types of metrics were not looked at");
        }
        Err(error) => return Err(error),
        Ok(all) => {
            let wanted = all
                .into_iter()
                .filter(|(name, _)| names.contains(name.as_str()));
            let kinds: BTreeMap<String, BTreeSet<String>> = wanted
                .map(|(name, known)| (name, known.into_iter().map(|one| one.kind).collect()))
                .collect();
            let is_summary =
                |kinds: &BTreeSet<String>| kinds.len() == 1 && kinds.contains("summary");
            let summaries = kinds.iter().filter(|(_, kinds)| is_summary(kinds));
            survey.summaries = summaries.map(|(name, _)| name.clone()).collect();
            survey.kinds = kinds;
        }
    }
    Ok(())
}

/// The names under which metadata may know a series: `OpenMetrics` leaves `_total` out.
fn spellings(name: &str) -> impl Iterator<Item = &str> {
    let names = [
        name,
        family(name),
        name.strip_suffix("_total").unwrap_or(name),
    ];
    let distinct: BTreeSet<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    distinct.into_iter()
}

/// SER005 and SER007.
pub(super) fn check(survey: &Survey<'_, '_>, findings: &mut Findings) {
    for slo in &survey.cx.slos {
        let mut told = BTreeSet::new();
        for (read, _) in survey.reads_by(slo) {
            let wrong = wrong_type(survey, read).filter(|_| told.insert(read.name_at));
            if let Some(finding) = wrong {
                findings.push(slo, finding);
            }
        }
        let rival = survey
            .reads_by(slo)
            .find(|(read, index)| read.part == Part::Rival && survey.subjects[*index].is_present());
        if let Some((rival, _)) = rival
            && !survey.dead.contains(&slo.id)
        {
            findings.push(slo, two_histograms(rival));
        }
    }
}

fn wrong_type(survey: &Survey<'_, '_>, read: &Read<'_>) -> Option<Diagnostic> {
    let name = read.name();
    let is_part = family(name) != name;
    let kinds: BTreeSet<&str> = spellings(name)
        .filter_map(|name| survey.kinds.get(name))
        .flatten()
        .map(String::as_str)
        .collect();
    if kinds.is_empty() || kinds.iter().any(|kind| fits(read, is_part, kind)) {
        return None;
    }
    let kind = kinds.into_iter().collect::<Vec<_>>().join(" or ");
    let shown = family(name);
    let (found, help) = match (read.part, read.form) {
        (Part::Buckets | Part::Count, _) => (
            format!("`{shown}` is a {kind}, not a histogram"),
            "measure it as a histogram, or count what is slow where it is measured",
        ),
        (_, Form::Counter) => (
            format!("`{name}` is a {kind}: what rises and falls has no rate"),
            "count with a counter, or hold the gauge to a bound with `threshold`",
        ),
        _ => (
            format!("`{name}` is a {kind}: its value says how much there was since a restart"),
            "take its `rate`, or name a gauge",
        ),
    };
    let message = format!("by its metadata {found}");
    Some(
        Diagnostic::at(&series::WRONG_TYPE, read.name_at, message)
            .with_help(help)
            .with_query(
                survey
                    .cx
                    .scope
                    .query(&crate::promql::build::selector(name, Vec::new())),
            ),
    )
}

/// Whether a metric of this kind can be read in this way.
fn fits(read: &Read<'_>, is_part: bool, kind: &str) -> bool {
    match (read.part, read.form) {
        (Part::Rival, _) | (_, Form::Any) => true,
        _ if ["", "unknown", "untyped"].contains(&kind) => true,
        (Part::Buckets | Part::Count, _) => ["histogram", "gaugehistogram"].contains(&kind),
        (_, Form::Counter) => {
            kind == "counter" || kind == "histogram" || (kind == "summary" && is_part)
        }
        // The quantiles of a summary are gauges.
        (_, Form::Gauge) => {
            let is_value = ["gauge", "info", "stateset"].contains(&kind);
            is_value || (kind == "summary" && !is_part)
        }
    }
}

fn two_histograms(rival: &Read<'_>) -> Diagnostic {
    let (read, other) = if rival.name().ends_with("_bucket") {
        ("native", "classic")
    } else {
        ("classic", "native")
    };
    Diagnostic::at(
        &series::TWO_HISTOGRAMS,
        rival.name_at,
        format!("the histogram is stored twice, classic and native; the {read} one is read"),
    )
    .with_help(format!(
        "keep one of them, or accept this finding while you move to the {other} one"
    ))
    .with_query(format!("count({})", super::survey::text(&rival.selector)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_families() {
        assert_eq!(family("a_seconds_bucket"), "a_seconds");
        assert_eq!(family("a_total"), "a_total");
        let spelt: Vec<_> = spellings("a_total").collect();
        assert_eq!(spelt, ["a", "a_total"]);
    }
}
