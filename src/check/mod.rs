//! Asks a live Prometheus whether the rules are there, whether the SLIs behind them are
//! sound, and what burns right now.
//!
//! Data flows from questions to findings and standings; how people read them is the
//! business of `report`.

mod batch;
mod finding;
mod firing;
mod outcome;
mod period;
mod raw;
mod recorded;
pub mod rules;
mod run;
pub mod series;
pub mod server;
mod standing;
mod values;

pub use crate::scope::Scope;
pub use batch::{Asked, ask, ask_all};
pub use finding::{Finding, Findings};
pub use outcome::{AlertStanding, Burn, Origin, Outcome, PromiseStanding, Standing, Verdict};
pub use run::{Part, Request, run};

use std::cell::Cell;

use crate::progress::Progress;
use crate::prometheus::Client;
use crate::rules::Catalogue;
use crate::slo::Slo;

/// What every part of a check works with.
pub struct Context<'a> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs that are looked at, sorted by id.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components.
    pub all: Catalogue<'a>,
    /// What narrows every question.
    pub scope: Scope,
    /// The instant that is asked about, in Unix seconds.
    pub now: f64,
    /// Questions so far that were not answered in time.
    pub unanswered: Cell<usize>,
    /// Told how much of a part is done.
    pub progress: &'a dyn Progress,
}
