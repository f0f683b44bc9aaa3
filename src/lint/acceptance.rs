//! Findings that a spec accepts, and acceptances that no longer hold.

use jiff::civil::Date;

use super::Linted;
use crate::diagnostic::{Diagnostic, codes, codes::slo as codes_slo};
use crate::slo::{Ignore, Slo};

/// Takes out what the SLO accepts. An acceptance holds up to and including its
/// last day; one that has expired, or that nothing needs, is a finding itself.
pub(super) fn apply(slo: &Slo, found: Vec<Diagnostic>, today: Date) -> Linted {
    let (expired, valid): (Vec<_>, Vec<_>) =
        slo.ignore.iter().partition(|ignore| is_over(ignore, today));
    let mut linted = Linted::default();
    let all = found.len();
    // Of what only a server can tell nobody knows here whether it is needed.
    let is_live = |ignore: &Ignore| {
        codes::find(&ignore.code.value).is_some_and(|code| codes::live().any(|live| live == code))
    };
    let is_needed =
        |ignore: &Ignore| is_live(ignore) || found.iter().any(|finding| covers(ignore, finding));
    let unused: Vec<_> = valid
        .iter()
        .filter(|ignore| !is_needed(ignore))
        .map(|ignore| unused(ignore))
        .collect();
    linted.findings = found
        .into_iter()
        .filter(|finding| !valid.iter().any(|ignore| covers(ignore, finding)))
        .collect();
    linted.accepted = all - linted.findings.len();
    linted.findings.extend(unused);
    linted
        .findings
        .extend(expired.into_iter().filter_map(self::expired));
    linted
}

/// Whether an SLO accepts a finding, and still does today.
pub fn accepts(slo: &Slo, finding: &Diagnostic, today: Date) -> bool {
    let mut valid = slo.ignore.iter().filter(|ignore| !is_over(ignore, today));
    valid.any(|ignore| covers(ignore, finding))
}

fn is_over(ignore: &Ignore, today: Date) -> bool {
    let until = ignore.until.as_ref();
    until.is_some_and(|until| until.value < today)
}

fn covers(ignore: &Ignore, finding: &Diagnostic) -> bool {
    finding.code.acceptable && codes::find(&ignore.code.value) == Some(finding.code)
}

fn expired(ignore: &Ignore) -> Option<Diagnostic> {
    let until = ignore.until.as_ref()?;
    let code = &ignore.code.value;
    Some(
        Diagnostic::at(
            &codes_slo::ACCEPTANCE_EXPIRED,
            until.at,
            format!("{code} was accepted until {}, which is over", until.value),
        )
        .with_help("fix what it is about, or set a new date"),
    )
}

fn unused(ignore: &Ignore) -> Diagnostic {
    let code = &ignore.code.value;
    Diagnostic::at(
        &codes_slo::ACCEPTANCE_UNUSED,
        ignore.code.at,
        format!("there is no finding {code} in this SLO to be accepted"),
    )
    .with_help("take it out of `ignore`")
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use crate::lint::testing::{Case, case};

    fn slo(ignore: &str) -> Case {
        let ignore = match ignore {
            "" => String::new(),
            some => format!(", ignore: [{some}]"),
        };
        case(&format!(
            "{{name: n, objective: 99, sli: {{threshold: {{expr: failures_total, good: '< 1'}}}}{ignore}}}"
        ))
    }

    fn codes(case: &Case, today: Date) -> (Vec<&'static str>, usize) {
        let linted = crate::lint::check(&case.slo, &case.sources, today);
        let mut codes: Vec<_> = linted.findings.iter().map(|found| found.code.id).collect();
        codes.sort_unstable();
        (codes, linted.accepted)
    }

    #[test]
    fn takes_out_what_is_accepted() {
        let today = date(2026, 1, 1);
        assert_eq!(codes(&slo(""), today), (vec!["SLI002"], 0));
        let accepted = slo("{code: SLI002, reason: a gauge in spite of its name}");
        assert_eq!(codes(&accepted, today), (vec![], 1));
        let by_name = slo("{code: counter-without-rate, reason: the same}");
        assert_eq!(codes(&by_name, today), (vec![], 1));
    }

    #[test]
    fn holds_up_to_its_last_day() {
        let dated = slo("{code: SLI002, reason: later, until: 2026-03-01}");
        assert_eq!(codes(&dated, date(2026, 3, 1)), (vec![], 1));
        assert_eq!(
            codes(&dated, date(2026, 3, 2)),
            (vec!["SLI002", "SLO026"], 0)
        );
    }

    #[test]
    fn reports_what_nothing_needs() {
        let unused = slo("{code: SLI002, reason: a gauge}, {code: SLI010, reason: none}");
        assert_eq!(codes(&unused, date(2026, 1, 1)), (vec!["SLO028"], 1));
    }
}
