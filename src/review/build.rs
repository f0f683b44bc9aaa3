//! From what was measured to what is said of an SLO.

use rust_decimal::Decimal;

use super::Request;
use super::model::{
    DowntimeReview, GoalReview, Held, IncidentReview, PolicyReview, Previous, SloReview,
};
use super::policy::policy_review;
use super::sentence;
use super::when::{Frame, aligned};
use crate::budget::{
    Goal, Incident, Point, Span, Standing, TILE, Track, burn_down, incidents, standing,
    standing_over, timeline,
};
use crate::measure::Measured;
use crate::slo::{Objective, Period, Slo};

/// Points of a chart at most.
const POINTS: i64 = 400;
/// Share of the budget (0–1) from which a stretch is an incident.
const WORTH_TELLING: f64 = 0.01;
/// Incidents that are told at most.
const TOLD: usize = 10;

/// What is reported of an SLO, and when.
pub(super) struct Subject<'a> {
    pub(super) slo: &'a Slo,
    pub(super) objective: Frame,
    pub(super) promise: Option<Frame>,
}

impl<'a> Subject<'a> {
    /// An error says why there is nothing to report.
    pub(super) fn new(slo: &'a Slo, request: &Request<'_, '_>) -> Result<Self, String> {
        let frame = |period: &Period| {
            let zone = request.time_zone.as_str();
            let frame = request.which.frame(period, zone, request.at);
            let frame = frame.ok_or_else(|| "the calendar has no such period".to_owned())?;
            if frame.span.start >= request.at {
                return Err("the period has not begun".to_owned());
            }
            Ok(frame)
        };
        let objective = frame(&slo.period.value)?;
        let promise = match &slo.promise {
            Some(promise) if *request.which == super::Which::Own => {
                Some(frame(&promise.period.value)?)
            }
            Some(_) => Some(objective.clone()),
            None => None,
        };
        Ok(Self {
            slo,
            objective,
            promise,
        })
    }

    /// What has to be measured: both periods, and the one before, to which the chart of a
    /// rolling budget looks back as well.
    pub(super) fn span(&self, at: i64) -> Span {
        let promised = self.promise.as_ref().map(|frame| frame.span.start);
        let start = [Some(self.objective.previous.start), promised];
        let start = start.into_iter().flatten();
        let end = at.min(self.objective.span.end);
        let own = i64::try_from(self.slo.period.value.nominal().millis() / 1000).unwrap_or(0);
        // The policy looks at the period of the SLO, whichever is reported.
        let start = start.min().unwrap_or(end).min(end - own);
        Span {
            start: aligned(start),
            end: aligned(end),
        }
    }
}

/// A goal with the frame in which it is looked at.
struct View<'a> {
    goal: Goal,
    frame: &'a Frame,
    percent: Decimal,
    is_time: bool,
}

impl View<'_> {
    fn standing(&self, track: &Track, at: i64) -> Standing {
        if self.frame.is_rolling {
            standing(track, &self.goal, at)
        } else {
            standing_over(track, &self.goal, self.frame.span, at)
        }
    }

    fn review(&self, track: &Track, standing: &Standing) -> GoalReview {
        // What gauges count is series over time: what matters is the time.
        let measured = crate::budget::float(standing.span.seconds() - standing.excluded)
            * standing.coverage.unwrap_or(0.0);
        let total = standing.events.map(|events| events.total);
        let scale = match total {
            Some(total) if self.is_time && total > 0.0 => measured / total,
            _ => 1.0,
        };
        let events = track.events(standing.span);
        GoalReview {
            percent: self.percent,
            held: held(standing),
            period: self.frame.phrase.clone(),
            span: standing.span,
            ends: standing.ends,
            error_ratio: standing.error_ratio,
            left: standing.left(),
            bad: events.map(|events| events.bad * scale),
            total: total.map(|total| total * scale),
            allowed: standing.allowed.map(|allowed| allowed * scale),
            coverage: standing.coverage,
            excluded: standing.excluded,
        }
    }

    /// What was left of the budget over the period, in few enough points.
    fn timeline(&self, track: &Track, standing: &Standing) -> Vec<Point> {
        if standing.events.is_none() {
            return Vec::new();
        }
        let step = (standing.span.seconds() / POINTS / TILE + 1) * TILE;
        let mut points = if self.frame.is_rolling {
            timeline(track, &self.goal, standing.span, step)
        } else {
            burn_down(track, &self.goal, self.frame.span, standing.span.end, step)
        };
        for point in &mut points {
            let is_measured = track
                .coverage(Span::before(point.at, step))
                .is_none_or(|coverage| coverage > 0.0);
            if !is_measured {
                point.left = None;
            }
        }
        points
    }
}

/// What is said of one group of an SLO; who spent it is asked later.
pub(super) fn review(
    request: &Request<'_, '_>,
    subject: &Subject<'_>,
    measured: &Measured<'_>,
    track: &Track,
) -> SloReview {
    let slo = subject.slo;
    let view = |goal: Goal, frame, objective: Objective| View {
        goal,
        frame,
        percent: objective.percent(),
        is_time: sentence::unit(slo).is_none(),
    };
    let own = view(
        Goal::objective(slo),
        &subject.objective,
        slo.objective.value,
    );
    let now = own.standing(track, request.at);
    let objective = own.review(track, &now);
    let promise = slo.promise.as_ref().zip(subject.promise.as_ref());
    let promise = promise.and_then(|(promise, frame)| {
        let view = view(Goal::promise(slo)?, frame, promise.objective.value);
        Some(view.review(track, &view.standing(track, request.at)))
    });
    let held = objective.held;
    let is_over = now.span.end < request.at;
    let (told, more_incidents) = told(track, &own.goal, &now);
    SloReview {
        id: slo.id.clone(),
        group: track.group.clone(),
        owner: slo.owner.as_ref().map(|owner| owner.value.clone()),
        labels: slo
            .labels
            .iter()
            .map(|(name, value)| (name.clone(), value.value.clone()))
            .collect(),
        description: slo.description.clone(),
        kind: slo.sli.value.kind(),
        runbook_url: slo
            .alerting
            .runbook_url
            .as_ref()
            .map(|url| url.value.clone()),
        sentence: sentence::sentence(
            slo,
            held,
            (&objective, &subject.objective.said),
            promise
                .as_ref()
                .zip(subject.promise.as_ref())
                .map(|(promise, frame)| (promise, frame.said.as_str())),
        ),
        held,
        unit: sentence::unit(slo),
        buffer: promise
            .as_ref()
            .filter(|promise| promise.held != Held::Unknown)
            .and_then(|promise| sentence::buffer(slo, promise)),
        promise,
        previous: previous(track, &own),
        timeline: own.timeline(track, &now),
        incidents: told
            .iter()
            .map(|incident| incident_review(incident, &now, &objective, is_over))
            .collect(),
        more_incidents,
        spent_by: Vec::new(),
        happiness: None,
        policy: policy(request, slo, track, now.span.end),
        origin: measured.origin,
        downtime: downtime(slo, now.span),
        objective,
    }
}

fn held(standing: &Standing) -> Held {
    match standing.left() {
        Some(left) if standing.is_known() => {
            if left < 0.0 {
                Held::Missed
            } else {
                Held::Held
            }
        }
        _ => Held::Unknown,
    }
}

/// What the policy decides, or decided at the end of a period that is over.
fn policy(request: &Request<'_, '_>, slo: &Slo, track: &Track, at: i64) -> PolicyReview {
    let review = policy_review(slo, track, at, &request.zone);
    if at >= request.at {
        return review;
    }
    PolicyReview {
        reason: format!("At the end of the period: {}", review.reason),
        thaw: None,
        thaws_at: None,
        ..review
    }
}

/// The costliest incidents, and how many more are worth telling.
fn told(track: &Track, goal: &Goal, standing: &Standing) -> (Vec<Incident>, usize) {
    let Some(allowed) = standing.allowed else {
        return (Vec::new(), 0);
    };
    let least = allowed * WORTH_TELLING;
    let mut found = incidents(track, goal.budget, standing.span, least);
    found.sort_by(|one, other| other.events.bad.total_cmp(&one.events.bad));
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    (found, more)
}

fn incident_review(
    incident: &Incident,
    standing: &Standing,
    objective: &GoalReview,
    is_over: bool,
) -> IncidentReview {
    let allowed = standing.allowed.unwrap_or(0.0);
    // In the unit of the objective.
    let scale = match objective.allowed {
        Some(shown) if allowed > 0.0 => shown / allowed,
        _ => 1.0,
    };
    IncidentReview {
        span: incident.span,
        is_open: incident.is_open && !is_over,
        share: incident.share(allowed),
        bad: incident.events.bad * scale,
        total: incident.events.total * scale,
        peak_burn: incident.peak_burn,
        spent_by: Vec::new(),
    }
}

/// The period before, taken as one that has ended.
fn previous(track: &Track, view: &View<'_>) -> Option<Previous> {
    let span = view.frame.previous;
    let standing = standing_over(track, &view.goal, span, span.end);
    standing.events?;
    Some(Previous {
        span,
        error_ratio: standing.error_ratio,
        left: standing.left(),
        coverage: standing.coverage,
    })
}

fn downtime(slo: &Slo, span: Span) -> Vec<DowntimeReview> {
    let all = slo.downtime.iter().map(|downtime| DowntimeReview {
        span: Span {
            start: downtime.start.as_second(),
            end: downtime.end.as_second(),
        },
        reason: downtime.reason.clone(),
        is_counted: !downtime.excluded,
    });
    all.filter(|downtime| !downtime.span.overlap(span).is_empty())
        .collect()
}
