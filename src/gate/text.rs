//! A line for each SLO, and one for all of them.

use super::{Gate, Outcome, Verdict};
use crate::diagnostic::untrusted;

impl Gate<'_> {
    /// The worst first; the last line is the decision of all.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for verdict in &self.verdicts {
            text += &verdict.line();
            text.push('\n');
        }
        let counts = Outcome::ALL.map(|outcome| (self.count(outcome), outcome.name()));
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        let decision = self.outcome().name();
        text + &format!("decision: {decision} ({})\n", counts.join(", "))
    }
}

impl Verdict<'_> {
    /// `service/name label=value`
    pub(super) fn title(&self) -> String {
        let group = self.group.iter();
        let group = group.map(|(label, value)| format!(" {label}={value}"));
        format!("{}{}", self.slo.id, group.collect::<String>())
    }

    fn line(&self) -> String {
        let word = self.outcome.name();
        let mut parts = vec![format!("{word:<8} {}:", self.title())];
        if self.is_assumed {
            parts.push(format!("It is taken for {word}, since it is unknown."));
        }
        parts.extend(self.review.overridden.clone());
        parts.push(self.review.reason.clone());
        parts.extend(self.review.thaw.clone());
        if let Some(failed) = self.failed
            && self.ruling.decision.is_none()
        {
            parts.push(format!("The raw metrics could not be read: {failed}"));
        }
        let says = self
            .ruling
            .reasons
            .iter()
            .any(|reason| reason.say.is_some());
        if says && self.overridden.is_none() && self.outcome > Outcome::Ship {
            parts.push(self.review.meaning.clone());
        }
        // A line for a reader, which none of its parts may break.
        untrusted::query(&parts.join(" "))
    }
}
