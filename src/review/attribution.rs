//! Which label values spent the budget.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::model::{Attribution, SloReview, ValueShare};
use super::{By, Request};
use crate::budget::{Span, TILE, Track, float};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::ExprKind;
use crate::promql::build;
use crate::promql::inspect;
use crate::promql::print;
use crate::rules;
use crate::slo::{Sli, Slo};
use crate::source::{Located, SourceSpan};

/// Values that are told at most.
const TOLD: usize = 10;
/// Labels that are looked at where nobody says which.
const LABELS: usize = 3;
/// Values of such a label: one tells nothing, and more are names of single things.
const VALUES: std::ops::RangeInclusive<usize> = 2..=50;
/// Incidents that are attributed, and the share of the budget (0–1) from which they are.
const INCIDENTS: usize = 3;
const WORTH_ASKING: f64 = 0.05;
/// The stretch, in seconds, that one evaluation reads: the raw metrics of a month are too
/// many for one.
const PIECE: i64 = 86_400;

/// Labels that say where something ran, not what it was about.
const PLACES: [&str; 12] = [
    "__name__",
    "le",
    "instance",
    "pod",
    "pod_name",
    "container",
    "container_id",
    "host",
    "hostname",
    "node",
    "endpoint_ip",
    "replica",
];
/// Labels that say most about what to do, in this order; others follow by name.
const TELLING: [&str; 16] = [
    "route",
    "path",
    "handler",
    "endpoint",
    "url",
    "operation",
    "method",
    "version",
    "release",
    "tenant",
    "customer",
    "region",
    "zone",
    "code",
    "status",
    "reason",
];

/// Adds to a review which label values spent the budget of its period and of its costliest
/// incidents; for a composite, which component did.
pub(super) async fn attribute(
    request: &Request<'_, '_>,
    slo: &Slo,
    track: &Track,
    review: &mut SloReview,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let span = review.objective.span;
    if matches!(slo.sli.value, Sli::Composite(_)) {
        let of = |span| components(request, slo, track, span);
        review.spent_by = of(span).into_iter().collect();
        for incident in &mut review.incidents {
            incident.spent_by = of(incident.span).into_iter().collect();
        }
    } else {
        let labels = labels(request, slo, span).await?;
        for label in &labels {
            let found = by_label(request, slo, (label, span), &track.group).await?;
            match found {
                Ok(found) => review.spent_by.extend(found),
                Err(reason) => notes.push(format!(
                    "{}: who spent the budget by `{label}` could not be asked: {reason}",
                    slo.id
                )),
            }
        }
        let known: Vec<String> = review.spent_by.iter().map(|by| by.label.clone()).collect();
        let worth = review.incidents.iter_mut().take(INCIDENTS);
        for incident in worth.filter(|incident| incident.share >= WORTH_ASKING) {
            for label in &known {
                let asked = (label.as_str(), incident.span);
                let found = by_label(request, slo, asked, &track.group).await?;
                incident.spent_by.extend(found.ok().flatten());
            }
        }
    }
    let spent = review.objective.left.map(|left| 1.0 - left);
    budgets(&mut review.spent_by, spent);
    for incident in &mut review.incidents {
        budgets(&mut incident.spent_by, Some(incident.share));
    }
    Ok(())
}

fn budgets(all: &mut [Attribution], spent: Option<f64>) {
    for value in all.iter_mut().flat_map(|by| &mut by.values) {
        value.budget = spent.map(|spent| spent * value.share);
    }
}

/// The error ratios of the components, as shares of their sum.
fn components(
    request: &Request<'_, '_>,
    slo: &Slo,
    track: &Track,
    span: Span,
) -> Option<Attribution> {
    let ids = rules::components(slo, request.all);
    let ratios = track.part_ratios(span).into_iter();
    let parts = ids.into_iter().zip(ratios);
    let parts = parts.filter_map(|(id, ratio)| Some((id.to_string(), ratio?)));
    attribution("component", parts.collect())
}

/// The labels to attribute by: those that were asked for, or those that the bad events of
/// the period have and that tell something.
async fn labels(request: &Request<'_, '_>, slo: &Slo, span: Span) -> Result<Vec<String>, Error> {
    let own = |label: &str| slo.group_labels().any(|own| own == label);
    if let By::Labels(labels) = &request.by {
        return Ok(labels.iter().filter(|label| !own(label)).cloned().collect());
    }
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for series in series(request, slo, span).await? {
        for (label, value) in series {
            if !PLACES.contains(&label.as_str()) && !own(&label) {
                values.entry(label).or_default().insert(value);
            }
        }
    }
    let rank = |label: &str| TELLING.iter().position(|telling| *telling == label);
    let mut found: Vec<String> = values
        .into_iter()
        .filter(|(_, values)| VALUES.contains(&values.len()))
        .map(|(label, _)| label)
        .collect();
    found.sort_by_key(|label| (rank(label).unwrap_or(TELLING.len()), label.clone()));
    found.truncate(LABELS);
    Ok(found)
}

/// The raw series of bad events; one day of them tells their labels.
async fn series(request: &Request<'_, '_>, slo: &Slo, span: Span) -> Result<Vec<Labels>, Error> {
    let Some(direct) = rules::direct(slo, Duration::from_mins(5)) else {
        return Ok(Vec::new());
    };
    let selectors: BTreeSet<String> = inspect::selectors(&direct.bad)
        .iter()
        .map(|used| {
            let mut selector = request.scope.selector(used.selector);
            selector.modifiers = crate::promql::ast::Modifiers::default();
            print(&build::expr(ExprKind::Selector(selector)))
        })
        .collect();
    let selectors: Vec<&str> = selectors.iter().map(String::as_str).collect();
    if selectors.is_empty() {
        return Ok(Vec::new());
    }
    let start = span.start.max(span.end - PIECE);
    let found = request
        .client
        .series(&selectors, float(start), float(span.end));
    match found.await {
        Ok(found) => Ok(found),
        Err(error) if error.is_closed_api() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The bad events of a stretch by a label; the inner error is one of the expression.
async fn by_label(
    request: &Request<'_, '_>,
    slo: &Slo,
    (label, span): (&str, Span),
    group: &Labels,
) -> Result<Result<Option<Attribution>, String>, Error> {
    let split = split(slo, label);
    let piece = PIECE.min(span.seconds() / TILE * TILE);
    if piece <= 0 {
        return Ok(Ok(None));
    }
    let pieces = span.seconds() / piece;
    let rest = span.seconds() - pieces * piece;
    let whole = (0..pieces).map(|index| (span.end - index * piece, piece));
    let first = (rest >= TILE).then_some((span.start + rest, rest));
    let asked = whole.chain(first).map(|(end, length)| {
        let split = &split;
        async move { growth(request, split, end, length).await }
    });
    let answers = match try_join_all(asked).await {
        Ok(answers) => answers,
        Err(Error::Execution { message } | Error::BadQuery { message, .. }) => {
            return Ok(Err(message));
        }
        Err(error) => return Err(error),
    };
    let mut values: BTreeMap<String, f64> = BTreeMap::new();
    for (labels, bad) in answers.into_iter().flatten() {
        let is_here = group.iter().all(|(k, v)| labels.get(k) == Some(v));
        if is_here && bad.is_finite() && bad > 0.0 {
            let value = labels.get(label).cloned().unwrap_or_default();
            *values.entry(value).or_default() += bad;
        }
    }
    // An expression that sums the label away tells nothing of it.
    if values.keys().all(String::is_empty) {
        return Ok(Ok(None));
    }
    Ok(Ok(attribution(label, values.into_iter().collect())))
}

/// The SLO with one more label to group by.
fn split(slo: &Slo, label: &str) -> Slo {
    let mut split = slo.clone();
    let at: SourceSpan = slo.name_at;
    split.group_by.push(Located {
        value: label.to_owned(),
        at,
    });
    split
        .group_by
        .sort_by(|one, other| one.value.cmp(&other.value));
    split.groups.clear();
    split
}

/// Bad events in the seconds before an instant.
async fn growth(
    request: &Request<'_, '_>,
    slo: &Slo,
    end: i64,
    length: i64,
) -> Result<Vec<(Labels, f64)>, Error> {
    let window = Duration::from_secs(length.unsigned_abs());
    let Some(direct) = rules::direct(slo, window) else {
        return Ok(Vec::new());
    };
    let query = request.scope.query(&direct.bad);
    let answer = request.client.query(&query, float(end)).await?;
    let events = |rate: f64| rate * float(length);
    let samples = answer.samples.into_iter();
    Ok(samples
        .map(|sample| (sample.labels, events(sample.value)))
        .collect())
}

/// The costliest values first.
fn attribution(label: &str, mut values: Vec<(String, f64)>) -> Option<Attribution> {
    let sum: f64 = values.iter().map(|(_, bad)| bad).sum();
    if sum <= 0.0 {
        return None;
    }
    values.retain(|(_, bad)| *bad > 0.0);
    values.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let more = values.len().saturating_sub(TOLD);
    values.truncate(TOLD);
    let share = |(value, bad): (String, f64)| ValueShare {
        value,
        share: bad / sum,
        budget: None,
    };
    Some(Attribution {
        label: label.to_owned(),
        values: values.into_iter().map(share).collect(),
        more,
    })
}
