//! The courses of events that an SLO is put through.

use rust_decimal::prelude::ToPrimitive;

use super::subject::Subject;
use super::{Pace, RATE};
use crate::burn::Pair;
use crate::duration::Duration;
use crate::slo::Severity;
use crate::workload::{Grain, Load, Phase};

/// How far below a threshold "just below" is.
const JUST_BELOW: f64 = 0.95;
/// How far above it "just above" is.
const JUST_ABOVE: f64 = 1.1;
/// Errors that stay below the next higher threshold by this much.
const BELOW_THE_NEXT: f64 = 0.97;
/// So few errors that no slice is bad, but some, which is when good slices come close to it.
const NO_BAD_SLICE: f64 = 1e-9;

/// What a test is about. Tests of a file come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// Outages after healthy windows, one for each pair.
    Outages,
    /// From the first sample on, errors just below the lowest threshold of an alert.
    Below(Severity),
    /// From the first sample on, slices that are just good enough.
    BelowTarget,
    /// From the first sample on, nothing works.
    Fresh,
    /// No traffic, then a group that is gone, then nothing.
    Gaps,
}

impl Kind {
    pub(super) fn title(self) -> String {
        match self {
            Self::Outages => "after healthy windows each alert fires in the outage it is for, in \
                 time and not before, and resets"
                .to_owned(),
            Self::Below(severity) => format!(
                "just below the threshold of a {} nothing happens",
                severity.name()
            ),
            Self::BelowTarget => "slices that just reach their target are good".to_owned(),
            Self::Fresh => "an outage without a single good event is seen".to_owned(),
            Self::Gaps => "no traffic raises nothing, missing data does".to_owned(),
        }
    }
}

/// A course of events: phases for every group.
pub(super) struct Scenario {
    pub(super) kind: Kind,
    pub(super) groups: Vec<Vec<Phase>>,
}

impl Scenario {
    fn new(kind: Kind, subject: &Subject<'_>, phases: Vec<Phase>) -> Self {
        Self {
            kind,
            groups: vec![phases; subject.workload.groups.len()],
        }
    }

    pub(super) fn length(&self) -> Duration {
        let lengths = self.groups.iter().map(|phases| total(phases));
        lengths.max().unwrap_or(Duration::ZERO)
    }
}

fn total(phases: &[Phase]) -> Duration {
    phases
        .iter()
        .fold(Duration::ZERO, |sum, phase| sum + phase.length)
}

/// All scenarios of an SLO at one pace.
pub(super) fn all(subject: &Subject<'_>, pace: Pace) -> Vec<Scenario> {
    let pairs = subject.pairs_at(pace);
    let writer = Writer { subject, pace };
    let mut scenarios = Vec::new();
    if !pairs.is_empty() {
        scenarios.push(Scenario::new(
            Kind::Outages,
            subject,
            writer.outages(&pairs),
        ));
        if subject.workload.grain == Grain::Exact {
            for severity in [Severity::Page, Severity::Ticket] {
                let last = pairs.iter().rfind(|pair| pair.severity == severity);
                scenarios.extend(
                    last.map(|pair| {
                        Scenario::new(Kind::Below(severity), subject, writer.below(pair))
                    }),
                );
            }
        }
    }
    if let (Grain::Spans(_), Pace::Fast) = (subject.workload.grain, pace) {
        let length = settled(&pairs) + writer.slack() + subject.behind;
        let phases = vec![writer.phase(length, NO_BAD_SLICE)];
        scenarios.push(Scenario::new(Kind::BelowTarget, subject, phases));
    }
    if pace == Pace::Fast {
        scenarios.push(Scenario::new(Kind::Fresh, subject, writer.fresh(&pairs)));
        scenarios.push(Scenario {
            kind: Kind::Gaps,
            groups: writer.gaps(),
        });
    }
    scenarios
}

/// When there is data enough for a first alert.
fn settled(pairs: &[Pair]) -> Duration {
    let halves = pairs.iter().map(|pair| pair.long / 2);
    halves.min().unwrap_or(Duration::ZERO)
}

struct Writer<'w> {
    subject: &'w Subject<'w>,
    pace: Pace,
}

impl Writer<'_> {
    /// Every length is a multiple of this.
    fn unit(&self) -> Duration {
        let step = self.pace.step();
        match self.subject.workload.grain {
            Grain::Spans(length) => length.max(step),
            Grain::Exact | Grain::Samples => step,
        }
    }

    fn phase(&self, length: Duration, errors: f64) -> Phase {
        self.at(RATE, length, errors)
    }

    fn at(&self, rate: f64, length: Duration, errors: f64) -> Phase {
        Phase::traffic(self.rounded(length), rate, errors)
    }

    /// Rounded up to whole units.
    fn rounded(&self, length: Duration) -> Duration {
        let unit = self.unit();
        unit * length.millis().div_ceil(unit.millis().max(1)).max(1)
    }

    fn threshold(&self, pair: &Pair) -> f64 {
        pair.threshold(self.subject.budget())
            .to_f64()
            .unwrap_or(1.0)
    }

    /// A healthy long window and an outage for every pair, and time to reset.
    ///
    /// Outages come with more traffic each, where that is possible: what was before
    /// counts less then, so that they need not last as long.
    fn outages(&self, pairs: &[Pair]) -> Vec<Phase> {
        let mut phases = Vec::new();
        let mut rate = RATE;
        for (nth, pair) in pairs.iter().enumerate() {
            phases.push(self.at(rate, pair.long + self.slack(), 0.0));
            match self.subject.workload.grain {
                Grain::Exact => {
                    let rise = if nth > 0 && self.subject.weighted {
                        self.pace.rise()
                    } else {
                        1.0
                    };
                    rate *= rise;
                    phases.push(self.steady(pairs, nth, rate, rise));
                }
                Grain::Samples | Grain::Spans(_) => {
                    phases.extend(self.bursts(pairs, nth));
                }
            }
        }
        if let Some(last) = pairs.last() {
            let errors = match phases.last().map(|phase| phase.load) {
                Some(Load::Traffic { errors, .. }) => errors,
                _ => 1.0,
            };
            let timing = self.pace.timing();
            let reset = timing.reset(last, self.subject.budget(), errors);
            phases.push(self.at(rate, reset + self.slack() + self.subject.behind, 0.0));
        }
        phases
    }

    /// What the rules' lag takes at each end.
    fn slack(&self) -> Duration {
        self.pace.step() * 5 + Duration::from_mins(10)
    }

    /// Errors at which only the nth pair fires, until it does. `rise` is how many times
    /// more traffic there is than before.
    fn steady(&self, pairs: &[Pair], nth: usize, rate: f64, rise: f64) -> Phase {
        let pair = &pairs[nth];
        let threshold = self.threshold(pair);
        let above = (threshold * JUST_ABOVE).min(f64::midpoint(1.0, threshold));
        let errors = match nth
            .checked_sub(1)
            .map(|higher| self.threshold(&pairs[higher]))
        {
            Some(higher) => (higher * BELOW_THE_NEXT).max(above),
            None => above.max(self.before_the_next(pairs)).min(1.0),
        };
        // Of a window W, t: errors · rise · t / (rise · t + W − t) = threshold.
        let share = threshold / (rise * (errors - threshold) + threshold);
        let fires = whole_seconds(pair.long.as_secs_f64() * share);
        self.at(rate, fires + self.slack() * 2, errors)
    }

    /// Errors at which the first pair fires and resets before there is enough data
    /// for the second.
    fn before_the_next(&self, pairs: &[Pair]) -> f64 {
        let [first, second, ..] = pairs else {
            return 0.0;
        };
        let used = first.long + first.short + self.slack() * 4;
        let room = (second.long / 2).millis().saturating_sub(used.millis());
        if room == 0 {
            return 0.0;
        }
        let share = Duration::from_millis(room).as_secs_f64() / first.long.as_secs_f64();
        self.threshold(first) / share
    }

    /// Total outages, each too short for the pair before, that together are too much
    /// for the nth.
    fn bursts(&self, pairs: &[Pair], nth: usize) -> Vec<Phase> {
        let pair = &pairs[nth];
        let unit = self.unit();
        let needed = pair.long.as_secs_f64() * self.threshold(pair);
        let whole = || {
            let more = self.slack() + self.subject.behind;
            vec![self.phase(whole_seconds(needed) + more, 1.0)]
        };
        let Some(higher) = nth.checked_sub(1).map(|higher| &pairs[higher]) else {
            return whole();
        };
        let bearable = higher.long.as_secs_f64() * self.threshold(higher) * 0.85;
        let units = whole_seconds(bearable).millis() / unit.millis().max(1);
        if units == 0 {
            return whole();
        }
        let burst = unit * units;
        let pause = self.rounded(higher.long + self.slack());
        let count = whole_seconds(needed).millis() / burst.millis() + 2;
        if ((burst + pause) * count).millis() > pair.long.millis() {
            return whole();
        }
        let mut phases = Vec::new();
        for index in 0..count {
            if index > 0 {
                phases.push(self.phase(pause, 0.0));
            }
            phases.push(self.phase(burst, 1.0));
        }
        phases
    }

    /// Just below a pair, until there is data enough for it.
    fn below(&self, pair: &Pair) -> Vec<Phase> {
        let errors = self.threshold(pair) * JUST_BELOW;
        vec![self.phase(pair.long / 2 + self.slack(), errors)]
    }

    /// Nothing but errors, until there is data enough for a first alert; then it must reset.
    fn fresh(&self, pairs: &[Pair]) -> Vec<Phase> {
        let length = settled(pairs) + self.slack() + self.subject.behind;
        let mut phases = vec![self.phase(length.max(Duration::from_mins(15)), 1.0)];
        if let Some(first) = pairs.first() {
            let reset = self.pace.timing().reset(first, self.subject.budget(), 1.0);
            phases.push(self.phase(reset + self.slack() + self.subject.behind, 0.0));
        }
        phases
    }

    /// Healthy, idle, and then gone: the first group before the others.
    fn gaps(&self) -> Vec<Vec<Phase>> {
        let groups = self.subject.workload.groups.len();
        let after = self
            .subject
            .slo
            .alerting
            .no_data
            .as_ref()
            .map_or(Duration::ZERO, |no_data| no_data.after);
        let healthy = settled(&self.subject.pairs_at(self.pace)) + self.slack();
        let gone = self.rounded(after + self.slack() + self.subject.behind);
        let traffic = if self.subject.idles { 0.0 } else { RATE };
        let idle = self.rounded(after + self.slack());
        let mut start = vec![self.phase(healthy, 0.0)];
        start.push(Phase::traffic(idle, traffic, 0.0));
        start.push(self.phase(self.slack(), 0.0));
        (0..groups)
            .map(|group| {
                let mut phases = start.clone();
                if groups > 1 {
                    phases.push(if group == 0 {
                        Phase::vanished(gone)
                    } else {
                        self.phase(gone, 0.0)
                    });
                }
                phases.push(Phase::vanished(gone));
                phases
            })
            .collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and windows are short"
)]
fn whole_seconds(seconds: f64) -> Duration {
    Duration::from_secs(seconds.ceil() as u64)
}
