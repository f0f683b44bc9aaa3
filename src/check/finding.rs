use crate::diagnostic::Diagnostic;
use crate::slo::{Slo, SloId};

/// A finding and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The SLO; `None` when it is about the server as a whole.
    pub slo: Option<SloId>,
    /// What was found.
    pub diagnostic: Diagnostic,
}

/// What a check has found so far.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    all: Vec<Finding>,
    notes: Vec<String>,
}

impl Findings {
    /// Adds one about an SLO. Without a place of its own it points at the SLO's name.
    pub fn push(&mut self, slo: &Slo, mut diagnostic: Diagnostic) {
        if diagnostic.primary.is_none() {
            diagnostic = diagnostic.with_primary(slo.name_at, "");
        }
        self.all.push(Finding {
            slo: Some(slo.id.clone()),
            diagnostic,
        });
    }

    /// Adds one about the server as a whole.
    pub fn push_general(&mut self, diagnostic: Diagnostic) {
        self.all.push(Finding {
            slo: None,
            diagnostic,
        });
    }

    /// Says what could not be looked at, and why that is no fault: once each.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Adds what was found elsewhere.
    pub fn append(&mut self, other: Self) {
        self.all.extend(other.all);
        for note in other.notes {
            self.note(note);
        }
    }

    /// Everything so far.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.all.iter()
    }

    /// Findings and notes.
    pub fn into_parts(self) -> (Vec<Finding>, Vec<String>) {
        (self.all, self.notes)
    }
}
