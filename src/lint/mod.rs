//! Findings about a valid model that can be known without a server: expressions
//! that do not measure what they should, alerts that cannot work.
//!
//! One file per finding or small family. A lint gets an SLO and pushes what it
//! finds; it decides nothing about severity (fixed per code) or acceptance
//! (see [`acceptance`]).

pub mod acceptance;
mod comparison;
mod counter;
mod gauge;
mod histogram;
mod labels;
mod overridden;
mod pairs;
mod population;
mod queries;
mod range;
mod ratio;
mod server;
mod split;
mod status;
#[cfg(test)]
mod testing;
mod window;
mod zero;

use jiff::civil::Date;

use crate::diagnostic::Diagnostic;
use crate::slo::Slo;
use crate::source::Sources;

/// What was found in an SLO.
#[derive(Debug, Default)]
pub struct Linted {
    /// What is left after those that the spec accepts.
    pub findings: Vec<Diagnostic>,
    /// How many findings the spec accepts.
    pub accepted: usize,
}

type Lint = fn(&Slo, &mut Vec<Diagnostic>);

const LINTS: [Lint; 15] = [
    histogram::check,
    window::check,
    counter::check,
    gauge::check,
    range::check,
    ratio::check,
    labels::check,
    zero::check,
    population::check,
    split::check,
    status::check,
    comparison::check,
    server::check,
    pairs::check,
    pairs::routes,
];

/// Everything that can be known of one SLO alone. `today` decides which
/// acceptances and overrides have expired; `sources` are the texts that the SLO was read from.
pub fn check(slo: &Slo, sources: &Sources, today: Date) -> Linted {
    let mut found = Vec::new();
    for lint in LINTS {
        lint(slo, &mut found);
    }
    overridden::check(slo, today, &mut found);
    let mut linted = acceptance::apply(slo, found, today);
    for finding in &mut linted.findings {
        finding.add_heading(slo.at, slo.name_at, "in this SLO", sources);
    }
    linted
}
