//! Findings about a valid model that can be known without a server: expressions
//! that do not measure what they should, alerts that cannot work.
//!
//! One file per finding or small family. A lint gets an SLO and pushes what it
//! finds; it decides nothing about severity (fixed per code) or acceptance
//! (see [`accept`]).

mod accept;
mod comparison;
mod counter;
mod gauge;
mod labels;
mod pairs;
mod population;
mod queries;
mod range;
mod ratio;
mod server;
mod shape;
mod split;
mod status;
#[cfg(test)]
mod testing;
mod window;
mod zero;

use jiff::civil::Date;

use crate::diagnostic::{Diagnostic, Severity};
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

/// About expressions that have the shape that the rules need.
const EXPRESSIONS: [Lint; 12] = [
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
];

const ALERTS: [Lint; 2] = [pairs::check, pairs::routes];

/// Everything that can be known of one SLO alone. `today` decides which
/// acceptances have expired; `sources` are the texts that the SLO was read from.
pub fn check(slo: &Slo, sources: &Sources, today: Date) -> Linted {
    let mut found = Vec::new();
    shape::check(slo, &mut found);
    let is_well_shaped = found
        .iter()
        .all(|finding| finding.code.severity == Severity::Warning);
    let expressions = EXPRESSIONS.iter().filter(|_| is_well_shaped);
    for lint in expressions.chain(&ALERTS) {
        lint(slo, &mut found);
    }
    let mut linted = accept::apply(slo, found, today);
    for finding in &mut linted.findings {
        finding.add_heading(slo.at, slo.name_at, "in this SLO", sources);
    }
    linted
}
