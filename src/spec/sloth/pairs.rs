//! Pairs of windows: those of a catalogue, and those of Sloth that can never fire.
//!
//! Sloth writes every pair, also one that asks for more errors than there can be. Here
//! such a pair asks for what an outage has, as the pairs that follow from the period do.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};

use super::alerting::Alerts;
use super::windows::{Windows, built_in};
use crate::burn::{self, Pair};
use crate::diagnostic::{Diagnostic, codes::import};
use crate::duration::Duration;
use crate::slo::{Objective, PairSpec};
use crate::source::{Located, SourceSpan};
use crate::spec::decode::Decoder;
use crate::spec::make;
use crate::spec::node::Node;

/// What the pairs of an SLO depend on.
pub(super) struct Goal {
    pub(super) objective: Objective,
    pub(super) objective_at: SourceSpan,
    pub(super) period: Duration,
}

/// `pairs` in the native format; nothing where those that follow from the period are as good.
pub(super) fn translate(
    windows: &Windows,
    goal: &Goal,
    alerts: &Alerts,
    decoder: &mut Decoder<'_>,
) -> Option<Arc<Node>> {
    let own = windows.own(goal.period);
    let written: Vec<Located<PairSpec>> = match own {
        Some(own) => own.to_vec(),
        None => built_in(goal.period)?
            .map(|pair| Located::new(pair, goal.objective_at))
            .to_vec(),
    };
    let heard = written
        .iter()
        .filter(|pair| alerts.has(pair.value.severity));
    let budget = goal.objective.budget();
    let cap = burn::factor_cap(budget);
    let mut kept: Vec<(Pair, &Located<PairSpec>)> = Vec::new();
    for spec in heard {
        let mut pair = burn::own_pair(&spec.value, goal.period);
        let is_dead = !pair.can_fire(budget);
        let asked = pair;
        if is_dead {
            pair.factor = cap;
        }
        // A longer window at the same factor fires later than the shorter one.
        let first = kept.iter().map(|(other, _)| other).find(|other| {
            is_dead && other.severity == pair.severity && other.factor <= pair.factor
        });
        if is_dead {
            warn(&asked, first, goal, own.map(|_| spec.at), decoder);
        }
        if first.is_none() {
            kept.push((pair, spec));
        }
    }
    let nodes = kept
        .into_iter()
        .map(|(pair, spec)| node(&pair, spec, goal))
        .collect::<Vec<_>>();
    let at = nodes.first()?.at;
    own.map(|_| make::seq(nodes, at))
}

fn node(pair: &Pair, spec: &Located<PairSpec>, goal: &Goal) -> Arc<Node> {
    let at = spec.at;
    let budget = if pair.can_fire(goal.objective.budget())
        && burn::own_pair(&spec.value, goal.period).factor == pair.factor
    {
        spec.value.budget
    } else {
        (pair.budget_spent(goal.period) * Decimal::ONE_HUNDRED)
            .round_dp_with_strategy(3, RoundingStrategy::ToZero)
    };
    make::map(at)
        .put("severity", at, make::plain(pair.severity.name(), at))
        .put("long", at, make::plain(pair.long.single_unit(), at))
        .put("short", at, make::plain(pair.short.single_unit(), at))
        .put(
            "budget",
            at,
            make::plain(budget.normalize().to_string(), at),
        )
        .done()
}

/// Says what Sloth would write, and what is written instead: the same windows at what
/// can happen, or nothing, where `first` fires before it.
fn warn(
    dead: &Pair,
    first: Option<&Pair>,
    goal: &Goal,
    written_at: Option<SourceSpan>,
    decoder: &mut Decoder<'_>,
) {
    let budget = goal.objective.budget();
    let over = |pair: &Pair| {
        let (long, short) = (pair.long.single_unit(), pair.short.single_unit());
        format!("{} over {long} and {short}", pair.severity.name())
    };
    let message = format!(
        "Sloth's {} can never fire at an objective of {} %: it asks for {} % errors",
        over(dead),
        goal.objective,
        percent(dead.threshold(budget)),
    );
    let instead = match first {
        Some(first) => format!("here it is left out, since the {} comes first", over(first)),
        None => format!(
            "here it fires at {} % errors instead",
            percent(burn::factor_cap(budget) * budget)
        ),
    };
    let reachable = burn::lowest_reachable_objective(dead.factor);
    let mut finding = Diagnostic::at(&import::NEVER_FIRES, goal.objective_at, message).with_help(
        format!("it can from an objective above {reachable} % on; {instead}"),
    );
    if let Some(at) = written_at {
        finding = finding.with_secondary(at, "the windows");
    }
    decoder.push(finding);
}

fn percent(ratio: Decimal) -> Decimal {
    (ratio * Decimal::ONE_HUNDRED).round_dp(2).normalize()
}
