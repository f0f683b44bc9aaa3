//! RUL005: too slow. RUL006: not evaluated.

use super::form::seconds;
use super::{ServerState, full_name};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::RuleGroup;
use crate::promql::ast::{BinaryOp, Expr, MatchOp};
use crate::promql::{build, print};
use crate::slo::Slo;

/// Share of its interval that a group may take.
const SLOW: f64 = 0.5;
/// Intervals that may pass between two evaluations.
const LATE: f64 = 3.0;
/// Intervals that may pass before the first evaluation. Prometheus spreads its groups
/// over their interval, so that the first comes up to one after the start.
const FIRST: f64 = 2.0;

pub(super) fn check(slo: &Slo, group: &RuleGroup, state: &ServerState, findings: &mut Findings) {
    if group.interval <= 0.0 || group.rules.is_empty() {
        return;
    }
    if group.evaluation_time >= group.interval * SLOW {
        findings.push(slo, slow(group));
    }
    if let Some(message) = not_evaluated(group, state) {
        let time = build::call("time", Vec::new());
        let last = metric(
            "prometheus_rule_group_last_evaluation_timestamp_seconds",
            group,
        );
        let finding = Diagnostic::new(&codes::NOT_EVALUATED, message)
            .with_help(
                "nothing is recorded and no alert can fire meanwhile; look at the load and at \
                 the log of Prometheus, or of the ruler, and restart it if it hangs",
            )
            .with_query(print(&build::binary(BinaryOp::Sub, time, last)));
        findings.push(slo, finding);
    }
}

fn slow(group: &RuleGroup) -> Diagnostic {
    let (took, interval) = (group.evaluation_time, seconds(group.interval));
    let message = if took > group.interval {
        format!(
            "evaluating `{}` takes {took:.1} s, longer than its interval of {interval}: \
             evaluations are skipped",
            group.name
        )
    } else {
        let share = took / group.interval * 100.0;
        format!(
            "evaluating `{}` takes {took:.1} s, {share:.0} % of its interval of {interval}",
            group.name
        )
    };
    Diagnostic::new(&codes::SLOW, message)
        .with_help(
            "narrow the selectors of the SLI to fewer series, or give the server more room; \
             `prometheus_rule_group_iterations_missed_total` counts what was skipped",
        )
        .with_query(print(&metric(
            "prometheus_rule_group_last_duration_seconds",
            group,
        )))
}

fn not_evaluated(group: &RuleGroup, state: &ServerState) -> Option<String> {
    let interval = seconds(group.interval);
    if let Some(last) = group.last_evaluation {
        let age = state.now - last;
        return (age > group.interval * LATE).then(|| {
            format!(
                "`{}` was last evaluated {} ago; it should be every {interval}",
                group.name,
                seconds(age.round())
            )
        });
    }
    // A group that has just been loaded waits for its turn.
    let since = state.start_time?.max(state.last_reload.unwrap_or_default());
    let age = state.now - since;
    (age > group.interval * FIRST).then(|| {
        format!(
            "`{}` has never been evaluated, and was loaded {} ago; it should be every {interval}",
            group.name,
            seconds(age.round())
        )
    })
}

fn metric(name: &str, group: &RuleGroup) -> Expr {
    let group = build::matcher("rule_group", MatchOp::Equal, full_name(group));
    build::selector(name, vec![group])
}
