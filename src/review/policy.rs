//! What a policy decides, in words.

use jiff::tz::TimeZone;

use super::model::PolicyReview;
use super::moment::{Clock, day, of_period};
use crate::budget::{self, ENOUGH_COVERAGE, Facts, Incident, Reason, Ruling, Thaw, Track};
use crate::slo::{Decision, Override, Slo, Subject};
use crate::words;

/// Share of the budget from which the largest incident is worth a word.
const NOTABLE_INCIDENT: f64 = 0.1;
/// Share of the period below which its coverage is.
const NOTABLE_COVERAGE: f64 = 0.95;
/// Shares of a budget that are nothing.
const NOTHING: f64 = 1e-9;

/// What the policy of an SLO decides about one group at an instant (Unix seconds), and why;
/// instants are those of `zone`.
pub fn policy_review(slo: &Slo, track: &Track, at: i64, zone: &TimeZone) -> PolicyReview {
    let facts = Facts::new(slo, track, at);
    let ruling = budget::rule(slo, &facts);
    let thaw = budget::thaw(slo, track, at, &ruling);
    Words {
        slo,
        facts: &facts,
        clock: Clock::new(zone, at),
    }
    .review(&ruling, thaw, valid_override(slo, at))
}

/// The override of the policy, if it still holds at an instant (Unix seconds).
pub(crate) fn valid_override(slo: &Slo, at: i64) -> Option<&Override> {
    let at = jiff::Timestamp::from_second(at).ok()?;
    let today = at.to_zoned(TimeZone::UTC).date();
    let overridden = slo.overridden.as_ref();
    overridden.filter(|overridden| overridden.holds_on(today))
}

/// Says what was decided about one group of an SLO.
pub(crate) struct Words<'a> {
    pub(crate) slo: &'a Slo,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) clock: Clock,
}

impl Words<'_> {
    pub(crate) fn review(
        &self,
        ruling: &Ruling,
        thaw: Option<Thaw>,
        overridden: Option<&Override>,
    ) -> PolicyReview {
        let decision = overridden.map_or(ruling.decision, |one| Some(one.decision));
        PolicyReview {
            decision,
            reason: self.reason(ruling),
            meaning: meaning(ruling, decision, overridden.is_some()),
            overridden: overridden.map(|overridden| self::overridden(overridden, ruling)),
            thaw: thaw
                .zip(ruling.decision)
                .map(|(thaw, now)| self.thaw(thaw, now)),
            thaws_at: thaw.map(|thaw| thaw.at),
        }
    }

    /// Why the policy decides so, a sentence.
    fn reason(&self, ruling: &Ruling) -> String {
        let mut parts = match ruling.decision {
            Some(_) if ruling.reasons.is_empty() => vec![self.left()],
            Some(_) => self.because(ruling),
            None => self.unknown(ruling),
        };
        let says = |subject| {
            let said = ruling.reasons.iter().chain(&ruling.unknown);
            said.map(|reason| reason.condition.subject)
                .any(|said| said == subject)
        };
        let is_fine = ruling.decision == Some(Decision::Ship);
        if !is_fine && !says(Subject::Incident) {
            let is_notable = self.facts.value(Subject::Incident).low >= NOTABLE_INCIDENT;
            let largest = self.facts.largest_incident().filter(|_| is_notable);
            let largest = largest.map(|(one, _)| format!("the largest {}", self.incident(&one)));
            parts.extend(largest);
        }
        let coverage = self.facts.standing.coverage.unwrap_or(1.0);
        if (ENOUGH_COVERAGE..NOTABLE_COVERAGE).contains(&coverage) && !says(Subject::Coverage) {
            parts.push(format!(
                "{} of the time is measured",
                words::percent(Some(coverage))
            ));
        }
        if self.facts.standing.excluded > 0 {
            parts.push(format!(
                "planned downtime of {} does not count",
                words::span(seconds(self.facts.standing.excluded))
            ));
        }
        let mut sentence = capital(&parts.join("; "));
        sentence.push('.');
        sentence
    }

    fn because(&self, ruling: &Ruling) -> Vec<String> {
        let limit = if ruling.is_default {
            "default policy"
        } else {
            "policy"
        };
        let reasons = ruling.reasons.iter();
        reasons
            .map(|reason| format!("{} ({limit}: {})", self.clause(reason), reason.condition))
            .collect()
    }

    /// What is known of the subject of a condition.
    fn clause(&self, reason: &Reason) -> String {
        let budget = self.budget();
        let percent = |share: f64| words::percent(Some(share));
        let value = reason.value;
        match (reason.condition.subject, value.exact()) {
            (Subject::Budget, Some(left)) if left > NOTHING => {
                format!("{} of {budget} is left", percent(left))
            }
            (Subject::Budget, Some(left)) => {
                format!("{} of {budget} is spent", percent(1.0 - left))
            }
            (Subject::Budget, None) => {
                let limit = if value.high < 1.0 {
                    format!(
                        "at least {} of {budget} is spent",
                        percent(1.0 - value.high)
                    )
                } else {
                    format!("at most {} of {budget} is spent", percent(1.0 - value.low))
                };
                format!("{limit}, although {}", self.measured(reason))
            }
            (Subject::Burn(window), Some(burn)) => format!(
                "over {} the budget burns at {} of what is allowed",
                last(&words::window(window)),
                percent(burn)
            ),
            (Subject::Burn(window), None) => format!(
                "over {} the budget burns at {} of what is allowed or more, although {}",
                last(&words::window(window)),
                percent(value.low),
                self.measured(reason)
            ),
            (Subject::ExhaustedIn, Some(seconds)) if seconds <= 0.0 => format!("{budget} is gone"),
            (Subject::ExhaustedIn, Some(seconds)) if seconds.is_finite() => format!(
                "at the pace of the last hour {budget} is gone in {}",
                words::span(seconds)
            ),
            (Subject::ExhaustedIn, _) => {
                format!("at the pace of the last hour {budget} will not be used up")
            }
            (Subject::Incident, _) => match self.facts.largest_incident() {
                Some((incident, _)) => format!("one {}", self.incident(&incident)),
                None => "there was no incident".to_owned(),
            },
            (Subject::Coverage, Some(0.0)) => format!("nothing of {} is measured", self.time()),
            (Subject::Coverage, coverage) => {
                format!(
                    "{} of {} is measured",
                    words::percent(coverage),
                    self.time()
                )
            }
        }
    }

    /// `incident, 14 November 10:05–10:40, spent 63 % of the budget`
    fn incident(&self, largest: &Incident) -> String {
        let share = self.facts.value(Subject::Incident);
        let least = if share.exact().is_some() {
            ""
        } else {
            "at least "
        };
        let share = format!("{least}{}", words::percent(Some(share.low)));
        if largest.is_open {
            let since = self.clock.minute(largest.span.start);
            format!("incident, since {since} and perhaps not over, has spent {share} of the budget")
        } else {
            let when = self.clock.span(largest.span);
            format!("incident, {when}, spent {share} of the budget")
        }
    }

    /// What is left of the budget, where nothing else is to be said.
    fn left(&self) -> String {
        let known = self.facts.value(Subject::Budget);
        let budget = self.budget();
        match known.exact() {
            Some(left) if left > NOTHING => {
                format!("{} of {budget} is left", words::percent(Some(left)))
            }
            Some(left) => format!("{} of {budget} is spent", words::percent(Some(1.0 - left))),
            None => "nothing in its policy stands in the way".to_owned(),
        }
    }

    /// Which rules cannot be judged, and why.
    fn unknown(&self, ruling: &Ruling) -> Vec<String> {
        let mut parts: Vec<(Vec<String>, String)> = Vec::new();
        for reason in &ruling.unknown {
            let condition = format!("{} ({})", reason.condition, reason.decision.name());
            let why = self.measured(reason);
            match parts.iter_mut().find(|(_, known)| *known == why) {
                Some((conditions, _)) => conditions.push(condition),
                None => parts.push((vec![condition], why)),
            }
        }
        let parts = parts.into_iter();
        let mut parts: Vec<_> = parts
            .map(|(conditions, why)| {
                let verb = if conditions.len() == 1 {
                    "holds"
                } else {
                    "hold"
                };
                let conditions = conditions.join(" or ");
                format!("nobody can tell whether {conditions} {verb}, since {why}")
            })
            .collect();
        if ruling.at_least > Decision::Ship {
            let known = self.because(ruling).join("; ");
            parts.push(format!("at least {}: {known}", ruling.at_least.name()));
        }
        parts
    }

    /// `only 7 % of the last 30d is measured`
    fn measured(&self, reason: &Reason) -> String {
        let time = match reason.condition.subject {
            Subject::Burn(window) => last(&words::window(window)),
            Subject::ExhaustedIn if self.is_measured() => "the last hour".to_owned(),
            _ => self.time(),
        };
        if reason.coverage <= 0.0 {
            format!("nothing of {time} is measured")
        } else {
            let share = words::percent(Some(reason.coverage));
            format!("only {share} of {time} is measured")
        }
    }

    fn is_measured(&self) -> bool {
        self.facts.standing.coverage.unwrap_or(1.0) >= ENOUGH_COVERAGE
    }

    fn thaw(&self, thaw: Thaw, now: Decision) -> String {
        let end = self.clock.instant(thaw.at);
        let now = match now {
            Decision::Freeze => "freeze",
            Decision::Slow | Decision::Ship => "slow-down",
        };
        let then = match thaw.decision {
            Decision::Ship => String::new(),
            other => format!(" and becomes {}", other.name()),
        };
        format!("If nothing more goes wrong, the {now} ends on {end}{then}.")
    }

    /// `the error budget over 30d`
    fn budget(&self) -> String {
        let period = of_period(&self.slo.period.value, self.facts.standing.span);
        format!("the error budget {period}")
    }

    /// `the last 30d`, `November 2026`
    fn time(&self) -> String {
        let period = of_period(&self.slo.period.value, self.facts.standing.span);
        match period.split_once(' ') {
            Some(("over", length)) => last(length),
            Some((_, name)) => name.to_owned(),
            None => period,
        }
    }
}

fn last(length: &str) -> String {
    format!("the last {length}")
}

/// What a decision means for the split between roadmap and reliability backlog: what the
/// spec says of it, or what it usually means.
fn meaning(ruling: &Ruling, decision: Option<Decision>, is_overridden: bool) -> String {
    let mut said: Vec<&str> = Vec::new();
    for say in ruling
        .reasons
        .iter()
        .filter_map(|reason| reason.say.as_deref())
    {
        if !said.contains(&say) {
            said.push(say);
        }
    }
    if !is_overridden && decision.is_some() && !said.is_empty() {
        return said.join(" ");
    }
    match decision {
        Some(Decision::Ship) => "The roadmap goes on as planned.",
        Some(Decision::Slow) => {
            "The roadmap goes on with less risk; the reliability backlog comes first where both \
             compete."
        }
        Some(Decision::Freeze) => {
            "The roadmap waits: only fixes ship, and the team works on the reliability backlog."
        }
        None => "Nobody knows whether customers are served well: measuring it comes first.",
    }
    .to_owned()
}

fn overridden(overridden: &Override, ruling: &Ruling) -> String {
    let policy = ruling.decision.map_or("unknown", Decision::name);
    format!(
        "Overridden by {} until {}: {} By its policy it would be {policy}.",
        overridden.by,
        day(overridden.until.value),
        sentence(&overridden.reason),
    )
}

/// A text with a full stop, unless it has its own end.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{text}{end}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

#[expect(clippy::cast_precision_loss, reason = "seconds of some years")]
const fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
