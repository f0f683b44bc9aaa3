//! Which label values spent the budget.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{Attribution, IncidentReview, SloReview, ValueShare};
use super::{By, Request};
use crate::budget::{Span, Track, float};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels};
use crate::promql::ast::{ExprKind, Modifiers};
use crate::promql::{build, inspect, print};
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

/// Adds to the reviews of all groups of an SLO which label values spent the budget of the
/// period and of its costliest incidents; for a composite, which component did.
pub(super) async fn attribute(
    request: &Request<'_, '_>,
    slo: &Slo,
    tracks: &[Track],
    reviews: &mut [SloReview],
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let is_bad = |review: &SloReview| review.objective.bad.is_some_and(|bad| bad > 0.0);
    if !reviews.iter().any(is_bad) {
        return Ok(());
    }
    if matches!(slo.sli.value, Sli::Composite(_)) {
        for (track, review) in tracks.iter().zip(reviews.iter_mut()) {
            of_composite(request, slo, track, review);
        }
    } else {
        let mut asker = Asker::new(request, slo);
        let labels = asker.labels(reviews).await?;
        for (track, review) in tracks.iter().zip(reviews.iter_mut()) {
            if is_bad(review) {
                asker.attribute(&labels, track, review).await?;
            }
        }
        asker.tell(&labels, reviews, notes);
    }
    for review in reviews {
        let spent = review.objective.left.map(|left| 1.0 - left);
        budgets(&mut review.spent_by, spent);
        for incident in &mut review.incidents {
            budgets(&mut incident.spent_by, Some(incident.share));
        }
    }
    Ok(())
}

fn budgets(all: &mut [Attribution], spent: Option<f64>) {
    for value in all.iter_mut().flat_map(|by| &mut by.values) {
        value.budget = spent.map(|spent| spent * value.share);
    }
}

/// By what each component adds to the error ratio of the whole.
fn of_composite(request: &Request<'_, '_>, slo: &Slo, track: &Track, review: &mut SloReview) {
    let ids = rules::components(slo, request.all);
    let of = |span: Span| {
        let added = track.contributions(span)?;
        let parts = ids.iter().map(ToString::to_string).zip(added);
        attribution("component", parts.collect())
    };
    review.spent_by = of(review.objective.span).into_iter().collect();
    for incident in &mut review.incidents {
        incident.spent_by = of(incident.span).into_iter().collect();
    }
}

/// Bad events of a stretch by the groups and values of a label, or why nobody knows.
type Growth = Result<Vec<(Labels, f64)>, String>;

/// Asks about one SLO; all its groups are in one answer.
struct Asker<'r, 'a, 'p> {
    request: &'r Request<'a, 'p>,
    slo: &'r Slo,
    answers: HashMap<(String, Span), Growth>,
}

impl<'r, 'a, 'p> Asker<'r, 'a, 'p> {
    fn new(request: &'r Request<'a, 'p>, slo: &'r Slo) -> Self {
        Self {
            request,
            slo,
            answers: HashMap::new(),
        }
    }

    /// The labels to attribute by: those that were asked for, or those that the bad events
    /// of the period have and that tell something.
    async fn labels(&self, reviews: &[SloReview]) -> Result<Vec<String>, Error> {
        let own = |label: &str| self.slo.group_labels().any(|own| own == label);
        if let By::Labels(labels) = &self.request.by {
            return Ok(labels.iter().filter(|label| !own(label)).cloned().collect());
        }
        // The last day tells most labels; who spent much may be gone by then.
        let incidents = reviews.iter().flat_map(worth_asking);
        let incidents = incidents.map(|incident| incident.span);
        let period = reviews.first().map(|review| review.objective.span);
        let last_day = period.map(|span| span.overlap(Span::before(span.end, PIECE)));
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for span in last_day.into_iter().chain(incidents.take(INCIDENTS)) {
            for (label, value) in self.series(span).await?.into_iter().flatten() {
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

    /// The raw series of bad events.
    async fn series(&self, span: Span) -> Result<Vec<Labels>, Error> {
        let Some(direct) = rules::direct(self.slo, Duration::from_mins(5)) else {
            return Ok(Vec::new());
        };
        let selectors: BTreeSet<String> = inspect::selectors(&direct.bad)
            .iter()
            .map(|used| {
                let mut selector = self.request.scope.selector(used.selector);
                selector.modifiers = Modifiers::default();
                print(&build::expr(ExprKind::Selector(selector)))
            })
            .collect();
        let selectors: Vec<&str> = selectors.iter().map(String::as_str).collect();
        if selectors.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.request.client;
        let found = client.series(&selectors, float(span.start), float(span.end));
        match found.await {
            Ok(found) => Ok(found),
            Err(error) if error.is_closed_api() || why(&error).is_some() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn attribute(
        &mut self,
        labels: &[String],
        track: &Track,
        review: &mut SloReview,
    ) -> Result<(), Error> {
        for label in labels {
            let found = self.by_label(label, review.objective.span, track).await?;
            // That all bad events have what makes them bad tells nothing.
            let is_telling = |by: &Attribution| by.values.len() > 1 || !self.is_matched(label);
            let is_wanted = |by: &Attribution| self.request.by != By::Found || is_telling(by);
            review.spent_by.extend(found.filter(is_wanted));
        }
        let share = |incident: &IncidentReview| incident.share >= WORTH_ASKING;
        let worth = review.incidents.iter_mut().take(INCIDENTS);
        for incident in worth.filter(|incident| share(incident)) {
            for by in &review.spent_by {
                let found = self.by_label(&by.label, incident.span, track).await?;
                incident.spent_by.extend(found);
            }
        }
        Ok(())
    }

    /// Whether bad events are told by the label.
    fn is_matched(&self, label: &str) -> bool {
        let direct = rules::direct(self.slo, Duration::from_mins(5));
        direct.is_some_and(|direct| {
            let selectors = inspect::selectors(&direct.bad);
            let mut matchers = selectors.iter().flat_map(|used| &used.selector.matchers);
            matchers.any(|matcher| matcher.label.name == label)
        })
    }

    /// The bad events of a stretch of one group by a label, planned downtime left out.
    async fn by_label(
        &mut self,
        label: &str,
        span: Span,
        track: &Track,
    ) -> Result<Option<Attribution>, Error> {
        let mut values: BTreeMap<String, f64> = BTreeMap::new();
        for piece in track.included(span).into_iter().flat_map(pieces) {
            let Ok(growth) = self.growth(label, piece).await? else {
                return Ok(None);
            };
            for (labels, bad) in growth {
                let is_here = track.group.iter().all(|(k, v)| labels.get(k) == Some(v));
                if is_here && bad.is_finite() && *bad > 0.0 {
                    let value = labels.get(label).cloned().unwrap_or_default();
                    *values.entry(value).or_default() += bad;
                }
            }
        }
        // An expression that sums the label away tells nothing of it.
        if values.keys().all(String::is_empty) {
            return Ok(None);
        }
        Ok(attribution(label, values.into_iter().collect()))
    }

    async fn growth(&mut self, label: &str, piece: Span) -> Result<&Growth, Error> {
        let key = (label.to_owned(), piece);
        if !self.answers.contains_key(&key) {
            let answer = growth(self.request, &split(self.slo, label), piece).await;
            let answer = match answer {
                Ok(answer) => Ok(answer),
                Err(error) => Err(why(&error).ok_or(error)?),
            };
            self.answers.insert(key.clone(), answer);
        }
        // It was put there just now.
        Ok(self.answers.entry(key).or_insert_with(|| Ok(Vec::new())))
    }

    /// Says what could not be found out.
    fn tell(&self, labels: &[String], reviews: &[SloReview], notes: &mut Vec<String>) {
        for label in labels {
            let answers = self.answers.iter().filter(|((asked, _), _)| asked == label);
            let failed = answers.filter_map(|(_, answer)| answer.as_ref().err());
            if let Some(reason) = failed.min() {
                notes.push(format!(
                    "{}: who spent the budget by `{label}` could not be asked: {reason}",
                    self.slo.id
                ));
            } else if self.request.by != By::Found
                && !reviews
                    .iter()
                    .flat_map(|review| &review.spent_by)
                    .any(|by| by.label == *label)
            {
                notes.push(format!(
                    "{}: no bad events have the label `{label}`.",
                    self.slo.id
                ));
            }
        }
    }
}

/// What a server says that cannot answer this question, though others.
pub(super) fn why(error: &Error) -> Option<String> {
    match error {
        Error::Execution { message } | Error::BadQuery { message, .. } => Some(message.clone()),
        error if error.is_late() || error.is_too_much() => Some(error.to_string()),
        _ => None,
    }
}

/// The incidents that are attributed.
fn worth_asking(review: &SloReview) -> impl Iterator<Item = &IncidentReview> {
    let first = review.incidents.iter().take(INCIDENTS);
    first.filter(|incident| incident.share >= WORTH_ASKING)
}

/// Parts of a stretch that one evaluation can read, the last one first.
fn pieces(span: Span) -> impl Iterator<Item = Span> {
    let ends = (0..).map(move |index| span.end - index * PIECE);
    let ends = ends.take_while(move |end| *end > span.start);
    ends.map(move |end| span.overlap(Span::before(end, PIECE)))
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

/// Bad events of a stretch.
async fn growth(
    request: &Request<'_, '_>,
    slo: &Slo,
    span: Span,
) -> Result<Vec<(Labels, f64)>, Error> {
    let window = Duration::from_secs(span.seconds().unsigned_abs());
    let Some(direct) = rules::direct(slo, window) else {
        return Ok(Vec::new());
    };
    let query = request.scope.query(&direct.bad);
    let answer = request.client.query(&query, float(span.end)).await?;
    let events = |rate: f64| rate * float(span.seconds());
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
