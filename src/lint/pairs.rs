//! Alerts that cannot work for this objective, or that go nowhere.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::burn::{self, FAST_INTERVAL, Pair};
use crate::diagnostic::{Diagnostic, codes::alert};
use crate::duration::Duration;
use crate::slo::{Basis, PairSpec, Severity, Slo};
use crate::source::{Located, SourceSpan};

/// A window has to hold this many scrapes: one may be late, and one may fail.
const SCRAPES: u64 = 4;
/// A window has to hold this many evaluations.
const EVALUATIONS: u64 = 2;

/// ALR001 to ALR005: pairs of windows that their author wrote.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for spec in slo.alerting.pairs.iter().flatten() {
        let found = short_not_shorter(spec)
            .or_else(|| too_short(slo, spec))
            .or_else(|| too_long(slo, spec));
        findings.extend(found);
        if slo.alerting.basis.value == Basis::BurnRate {
            let pair = burn::own_pair(&spec.value, slo.period.value.nominal());
            findings.extend(never_fires(slo, spec, &pair).or_else(|| fires_on_target(spec, &pair)));
        }
    }
    for rule in &slo.alerting.budget_left {
        if rule.below >= Decimal::ONE_HUNDRED {
            findings.push(
                Diagnostic::at(
                    &alert::FIRES_ON_TARGET,
                    rule.at,
                    "this alert fires with the first bad event: the budget left is below 100 % then",
                )
                .with_help("alert below 50 %, or less"),
            );
        }
    }
}

fn never_fires(slo: &Slo, spec: &Located<PairSpec>, pair: &Pair) -> Option<Diagnostic> {
    let objective = slo.objective.value;
    let budget = objective.budget();
    if pair.can_fire(budget) {
        return None;
    }
    let reachable = burn::lowest_reachable_objective(pair.factor);
    let errors = percent(pair.threshold(budget));
    let most = Decimal::ONE_HUNDRED / budget * Decimal::from(pair.long.millis())
        / Decimal::from(slo.period.value.nominal().millis());
    Some(
        Diagnostic::at(
            &alert::NEVER_FIRES,
            spec.at,
            format!(
                "this pair can never fire: at an objective of {objective} % it asks for {errors} % errors"
            ),
        )
        .with_secondary(slo.objective.at, "the objective")
        .with_help(format!(
            "it can from an objective above {reachable} % on, or with `budget` up to {}",
            most.round_dp_with_strategy(2, RoundingStrategy::ToZero).normalize()
        )),
    )
}

fn fires_on_target(spec: &Located<PairSpec>, pair: &Pair) -> Option<Diagnostic> {
    if pair.factor >= Decimal::ONE {
        return None;
    }
    Some(
        Diagnostic::at(
            &alert::FIRES_ON_TARGET,
            spec.at,
            format!(
                "this pair fires while the objective is met: it starts at {} times the errors \
                 that are allowed",
                pair.factor
            ),
        )
        .with_help("raise `budget`, or take a shorter long window"),
    )
}

fn short_not_shorter(spec: &Located<PairSpec>) -> Option<Diagnostic> {
    let PairSpec { long, short, .. } = spec.value;
    if short < long {
        return None;
    }
    Some(
        Diagnostic::at(
            &alert::SHORT_NOT_SHORTER,
            spec.at,
            format!("the short window ({short}) must be shorter than the long one ({long})"),
        )
        .with_help(format!(
            "a twelfth is usual: `short: {}`",
            (long / 12).max(Duration::from_mins(5))
        )),
    )
}

fn too_short(slo: &Slo, spec: &Located<PairSpec>) -> Option<Diagnostic> {
    let evaluations = FAST_INTERVAL * EVALUATIONS;
    let scrapes = slo
        .scrape()
        .map_or(Duration::ZERO, |scrape| scrape * SCRAPES);
    let least = evaluations.max(scrapes);
    let short = spec.value.short;
    if short >= least {
        return None;
    }
    let why = if scrapes > evaluations {
        format!("fewer than {SCRAPES} scrapes")
    } else {
        format!("fewer than {EVALUATIONS} evaluations")
    };
    Some(
        Diagnostic::at(
            &alert::WINDOW_TOO_SHORT,
            spec.at,
            format!("the short window ({short}) holds {why}"),
        )
        .with_help(format!("write at least `short: {least}`")),
    )
}

fn too_long(slo: &Slo, spec: &Located<PairSpec>) -> Option<Diagnostic> {
    let period = slo.period.value.nominal();
    let long = spec.value.long;
    if long <= period / 4 {
        return None;
    }
    Some(
        Diagnostic::at(
            &alert::WINDOW_TOO_LONG,
            spec.at,
            format!(
                "the long window ({}) is more than a quarter of the period ({}): \
                 much of the budget is gone before it fires",
                long.single_unit(),
                period.single_unit()
            ),
        )
        .with_help(format!(
            "write at most `long: {}`",
            (period / 4).single_unit()
        )),
    )
}

/// ALR006: alerts of a severity that is off.
pub(super) fn routes(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    let alerting = &slo.alerting;
    let mut report = |severity: Severity, at: SourceSpan| {
        if alerting.route(severity).is_none() {
            let name = severity.name();
            findings.push(
                Diagnostic::at(
                    &alert::GOES_NOWHERE,
                    at,
                    format!("this raises a {name}, but `{name}` is off: no alert comes of it"),
                )
                .with_help(format!("take it out, or turn `{name}` on")),
            );
        }
    };
    for pair in alerting.pairs.iter().flatten() {
        report(pair.value.severity, pair.at);
    }
    for rule in &alerting.budget_left {
        report(rule.severity, rule.at);
    }
    if let Some(severity) = alerting
        .no_data
        .iter()
        .find_map(|rule| rule.severity.as_ref())
    {
        report(severity.value, severity.at);
    }
}

fn percent(ratio: Decimal) -> Decimal {
    (ratio * Decimal::ONE_HUNDRED).round_dp(2).normalize()
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{Case, case, codes};

    fn slo(objective: &str, alerts: &str) -> Case {
        case(&format!(
            "{{name: n, objective: {objective}, scrape_interval: 1m, sli: {{probe: {{metric: up}}}}, alerts: {{{alerts}}}}}"
        ))
    }

    fn pair(objective: &str, pair: &str) -> Vec<String> {
        let found = codes(&slo(objective, &format!("pairs: [{{{pair}}}]")));
        found.iter().map(|line| line[..6].to_owned()).collect()
    }

    #[test]
    fn finds_pairs_that_can_never_fire() {
        let page = "severity: page, long: 1h, short: 5m, budget: 2";
        assert_eq!(pair("93", page), ["ALR001"]);
        assert!(pair("93.1", page).is_empty());
        let on_budget = slo("93", &format!("on: budget, pairs: [{{{page}}}]"));
        assert!(codes(&on_budget).is_empty());
    }

    #[test]
    fn finds_pairs_that_fire_on_target() {
        assert_eq!(
            pair("99", "severity: ticket, long: 3d, short: 6h, budget: 9"),
            ["ALR002"]
        );
        assert!(pair("99", "severity: ticket, long: 3d, short: 6h, budget: 10").is_empty());
        let low = |below| slo("99", &format!("budget_left: [{{below: {below}}}]"));
        assert_eq!(codes(&low("100"))[0][..6], *"ALR002");
        assert!(codes(&low("25")).is_empty());
    }

    #[test]
    fn finds_windows_that_do_not_work() {
        assert_eq!(
            pair("99", "severity: page, long: 1h, short: 1h, budget: 2"),
            ["ALR003"]
        );
        assert_eq!(
            pair("99", "severity: page, long: 1h, short: 3m, budget: 2"),
            ["ALR004"]
        );
        assert!(pair("99", "severity: page, long: 1h, short: 4m, budget: 2").is_empty());
        assert_eq!(
            pair("99", "severity: ticket, long: 8d, short: 12h, budget: 40"),
            ["ALR005"]
        );
    }

    #[test]
    fn finds_alerts_that_go_nowhere() {
        let pairs = "pairs: [{severity: page, long: 1h, short: 5m, budget: 2}]";
        assert_eq!(
            codes(&slo("99", &format!("page: off, {pairs}")))[0][..6],
            *"ALR006"
        );
        assert!(codes(&slo("99", &format!("ticket: off, {pairs}"))).is_empty());
        assert_eq!(
            codes(&slo("99", "page: off, no_data: {severity: page}"))[0][..6],
            *"ALR006"
        );
        assert!(codes(&slo("99", "page: off, no_data: {severity: ticket}")).is_empty());
        assert_eq!(
            codes(&slo("99", "ticket: off, budget_left: [{below: 25}]"))[0][..6],
            *"ALR006"
        );
    }
}
