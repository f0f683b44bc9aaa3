//! Overrides of the policy that no longer hold.

use jiff::civil::Date;

use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::slo::Slo;

/// An override holds up to and including its last day.
pub(super) fn check(slo: &Slo, today: Date, found: &mut Vec<Diagnostic>) {
    let Some(overridden) = &slo.overridden else {
        return;
    };
    if overridden.holds_on(today) {
        return;
    }
    found.push(
        Diagnostic::at(
            &codes::OVERRIDE_EXPIRED,
            overridden.until.at,
            format!(
                "`{}` was decided until {}, which is over: the policy decides again",
                overridden.decision.name(),
                overridden.until.value
            ),
        )
        .with_help("take the override out of `policy`, or set a new date"),
    );
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::lint::testing::case;

    #[test]
    fn holds_up_to_its_last_day() {
        let case = case(
            "{name: n, objective: 99, sli: {probe: {metric: up}}, \
             policy: [{do: ship, reason: a risk, by: us, until: 2026-03-01}]}",
        );
        let found = |today| {
            let linted = crate::lint::check(&case.slo, &case.sources, today);
            let codes = linted.findings.iter().map(|found| found.code.id);
            codes.collect::<Vec<_>>()
        };
        assert_eq!(found(date(2026, 3, 1)), Vec::<&str>::new());
        assert_eq!(found(date(2026, 3, 2)), ["SLO030"]);
    }
}
