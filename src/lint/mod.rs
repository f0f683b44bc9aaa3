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

#[cfg(test)]
mod tests {
    use super::testing::{Case, case, codes};
    use crate::diagnostic::Code;
    use crate::diagnostic::codes::{alert, promql, sli, slo};

    /// The YAML blocks of a section of a page.
    fn blocks<'a>(code: &'a Code, heading: &str) -> Vec<&'a str> {
        let (_, section) = code.explanation.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let fenced = section.split("```yaml\n").skip(1);
        fenced
            .map(|rest| rest.split("```").next().unwrap())
            .collect()
    }

    /// An SLO of which a page shows some keys.
    fn slo_with(block: &str) -> Case {
        let mut item = "name: n\n".to_owned();
        for (key, default) in [("objective", "99"), ("sli", "{probe: {metric: up}}")] {
            if !block.lines().any(|line| line.starts_with(key)) {
                item += &format!("{key}: {default}\n");
            }
        }
        item += block;
        case(&item.replace('\n', "\n    "))
    }

    #[test]
    fn examples_of_pages_say_the_truth() {
        let about_acceptance = [&slo::ACCEPTANCE_EXPIRED, &slo::ACCEPTANCE_UNUSED];
        let server = [&promql::NEEDS_FLAG, &promql::NEEDS_VERSION];
        let all = sli::FAMILY.iter().chain(alert::FAMILY).copied();
        for code in all.chain(about_acceptance).chain(server) {
            for block in blocks(code, "## Example") {
                let found = codes(&slo_with(block));
                assert!(
                    found.iter().any(|line| line.starts_with(code.id)),
                    "{block}{found:?}"
                );
            }
            // An acceptance alone is not needed by anything.
            for block in blocks(code, "## Instead") {
                let found = codes(&slo_with(block));
                let unused = |line: &String| line.starts_with(slo::ACCEPTANCE_UNUSED.id);
                assert!(found.iter().all(unused), "{}: {block}{found:?}", code.id);
            }
        }
    }
}
