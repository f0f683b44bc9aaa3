//! What product managers read: whether customers were served well, what is left of the
//! budget, who spent it, and what to do. `report` shows it.
//!
//! | module | is |
//! |---|---|
//! | `model` | the page, as data |
//! | `when` | which period is reported |
//! | `build` | from what was measured to what is said of an SLO |
//! | `sentence` | the sentences that matter |
//! | `policy` | what the policy decides, in words |
//! | `moment` | instants in words |
//! | `attribution` | which label values spent the budget |
//! | `scale` | the anchored scale over time |
//! | `overview` | headlines and roll-ups |

mod attribution;
mod build;
mod model;
pub(crate) mod moment;
mod overview;
pub(crate) mod policy;
mod scale;
mod sentence;
mod when;

pub use model::{
    Attribution, Band, Counts, DowntimeReview, GoalReview, Happiness, HappinessPoint, Held,
    IncidentReview, PolicyReview, Previous, Review, Rollup, SloReview, ValueShare,
};
pub use policy::policy_review;
pub use when::{Named, Which};

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::budget::Span;
use crate::measure::{self, Measured};
use crate::progress::Progress;
use crate::prometheus::{Client, Error};
use crate::rules::Catalogue;
use crate::scope::Scope;
use crate::slo::Slo;
use build::Subject;

/// SLOs that are measured at once.
const TOGETHER: usize = 25;

/// By which labels the budget is attributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Those that the series have and that have a handful of values.
    Found,
    /// These.
    Labels(Vec<String>),
}

/// What is reported.
pub struct Request<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs that are reported.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components.
    pub all: &'a Catalogue<'a>,
    /// What narrows every question.
    pub scope: &'a Scope,
    /// As of when, in Unix seconds; the end of a tile.
    pub at: i64,
    /// Which period.
    pub which: &'a Which,
    /// The zone of periods that have none of their own, and of instants that are shown.
    pub time_zone: String,
    /// The same, loaded.
    pub zone: TimeZone,
    /// By which labels the budget is attributed.
    pub by: By,
    /// Told how many SLOs are measured.
    pub progress: &'p dyn Progress,
}

/// The last end of a tile up to an instant, in Unix seconds.
pub const fn aligned(at: i64) -> i64 {
    when::aligned(at)
}

/// The zone of all calendar periods of these SLOs, if it is one and the same.
pub fn common_zone(slos: &[&Slo]) -> Option<String> {
    when::common_zone(slos.iter().map(|slo| &slo.period.value))
}

/// Measures and judges; an error is one of the server, not of an SLO.
pub async fn review(request: &Request<'_, '_>) -> Result<Review, Error> {
    let mut notes = Vec::new();
    let mut slos = Vec::new();
    let subjects: Vec<Subject<'_>> = request
        .slos
        .iter()
        .filter_map(|slo| {
            let subject = Subject::new(slo, request);
            subject
                .map_err(|reason| notes.push(format!("{}: {reason}.", slo.id)))
                .ok()
        })
        .collect();
    // What was measured of an SLO takes much memory, and is of no use once it is said.
    for subjects in by_span(request, &subjects)
        .iter()
        .flat_map(|(span, subjects)| subjects.chunks(TOGETHER).map(|subjects| (*span, subjects)))
    {
        let (span, subjects) = subjects;
        for (subject, measured) in measure(request, span, subjects).await? {
            if let Some(reason) = &measured.failed {
                notes.push(format!(
                    "{}: the server cannot evaluate the definition of the SLI: {reason}",
                    subject.slo.id
                ));
            }
            slos.extend(one(request, subject, &measured, &mut notes).await?);
        }
    }
    Ok(overview::page(request, slos, notes))
}

/// All groups of an SLO.
async fn one(
    request: &Request<'_, '_>,
    subject: &Subject<'_>,
    measured: &Measured<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<SloReview>, Error> {
    let tracks = &measured.tracks;
    let mut reviews: Vec<SloReview> = tracks
        .iter()
        .map(|track| build::review(request, subject, measured, track))
        .collect();
    attribution::attribute(request, subject.slo, tracks, &mut reviews, notes).await?;
    if let Some(scale) = scale::Asked::ask(request, subject, notes).await? {
        for (track, review) in tracks.iter().zip(&mut reviews) {
            review.happiness = Some(scale.of(track));
        }
    }
    Ok(reviews)
}

fn by_span<'s, 'a>(
    request: &Request<'_, '_>,
    subjects: &'s [Subject<'a>],
) -> BTreeMap<Span, Vec<&'s Subject<'a>>> {
    let mut by_span: BTreeMap<Span, Vec<&'s Subject<'a>>> = BTreeMap::new();
    for subject in subjects {
        let span = subject.span(request.at);
        by_span.entry(span).or_default().push(subject);
    }
    by_span
}

/// Measures SLOs that need the same stretch of time together.
async fn measure<'s, 'a>(
    request: &Request<'a, '_>,
    span: Span,
    subjects: &[&'s Subject<'a>],
) -> Result<Vec<(&'s Subject<'a>, Measured<'a>)>, Error> {
    let asked = measure::Request {
        client: request.client,
        slos: subjects.iter().map(|subject| subject.slo).collect(),
        all: request.all,
        scope: request.scope,
        span,
        progress: request.progress,
    };
    let measured = measure::measure(&asked).await?;
    Ok(subjects.iter().copied().zip(measured).collect())
}
