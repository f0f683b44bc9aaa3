//! Catalogues of alert windows: which pairs the SLOs of a period get.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::keys::Map;
use crate::burn;
use crate::diagnostic::{Diagnostic, codes::import};
use crate::duration::Duration;
use crate::slo::{PairSpec, Severity};
use crate::source::SourceSpan;
use crate::spec::decode::{Decode, Decoder, UnknownKeys};
use crate::spec::make;
use crate::spec::node::Node;
use crate::spec::values::Percent;

/// The period of an SLO when the run names none.
const DEFAULT_PERIOD: Duration = Duration::from_days(30);

/// Catalogues of alert windows, by the period they are for.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    by_period: BTreeMap<Duration, Catalogue>,
}

#[derive(Debug)]
struct Catalogue {
    /// Where its period is written.
    at: SourceSpan,
    pairs: Vec<Window>,
}

/// A pair of windows and where its values are written.
#[derive(Debug)]
struct Window {
    spec: PairSpec,
    at: SourceSpan,
    long: Arc<Node>,
    short: Arc<Node>,
    budget: Arc<Node>,
}

/// The pairs that Sloth has built in, for 30 and for 28 days.
const BUILT_IN: [PairSpec; 4] = [
    built_in(Severity::Page, 60, 5, 2),
    built_in(Severity::Page, 6 * 60, 30, 5),
    built_in(Severity::Ticket, 24 * 60, 2 * 60, 10),
    built_in(Severity::Ticket, 3 * 24 * 60, 6 * 60, 10),
];

const fn built_in(severity: Severity, long: u64, short: u64, budget: u32) -> PairSpec {
    PairSpec {
        severity,
        long: Duration::from_mins(long),
        short: Duration::from_mins(short),
        budget: Decimal::from_parts(budget, 0, 0, false, 0),
    }
}

impl Windows {
    /// Takes up an `AlertWindows` document.
    pub(crate) fn add(&mut self, document: &Arc<Node>, decoder: &mut Decoder<'_>) {
        decoder.unknown_keys = UnknownKeys::Warning;
        let read = catalogue(document, decoder);
        decoder.unknown_keys = UnknownKeys::Error;
        let Some((period, catalogue)) = read else {
            return;
        };
        let Some(first) = self.by_period.get(&period) else {
            self.by_period.insert(period, catalogue);
            return;
        };
        let specs = |catalogue: &Catalogue| -> Vec<PairSpec> {
            catalogue.pairs.iter().map(|pair| pair.spec).collect()
        };
        if specs(first) != specs(&catalogue) {
            decoder.push(
                Diagnostic::new(
                    &import::CONFLICTING_WINDOWS,
                    format!("two catalogues of alert windows for {period} differ"),
                )
                .with_primary(catalogue.at, "second here")
                .with_secondary(first.at, "first here")
                .with_help("keep one of them"),
            );
        }
    }

    /// The pairs to be written for an SLO; `None` leaves them to the native defaults.
    ///
    /// A pair that could never fire at the objective is left out. That is reported, for
    /// Sloth would write an alert that never fires.
    pub(super) fn pairs(
        &self,
        slo: &Map<'_>,
        period: Option<&Arc<Node>>,
        decoder: &mut Decoder<'_>,
    ) -> Option<Arc<Node>> {
        let period = match period {
            // What is wrong with it is reported by the native reader.
            Some(node) => Duration::parse(&node.as_scalar()?.text).ok()?,
            None => DEFAULT_PERIOD,
        };
        let objective = slo.get("objective")?;
        let percent: Decimal = objective.as_scalar()?.text.trim().parse().ok()?;
        let budget = (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED;
        if budget <= Decimal::ZERO || budget >= Decimal::ONE {
            return None;
        }
        let Some(catalogue) = self.by_period.get(&period) else {
            let built_in: &[PairSpec] = match period {
                _ if period == DEFAULT_PERIOD => &BUILT_IN,
                _ if period == Duration::from_days(28) => &BUILT_IN,
                _ => &[],
            };
            for pair in built_in.iter().filter(|pair| is_dead(pair, period, budget)) {
                dead(pair, period, objective.at, decoder);
            }
            return None;
        };
        let (dead_pairs, alive): (Vec<_>, Vec<_>) = catalogue
            .pairs
            .iter()
            .partition(|pair| is_dead(&pair.spec, period, budget));
        for pair in dead_pairs {
            dead(&pair.spec, period, objective.at, decoder);
        }
        let has = |severity| alive.iter().any(|pair| pair.spec.severity == severity);
        let items = alive.iter().map(|pair| pair.node()).collect();
        // A severity that lost all of its pairs gets those that fit the objective.
        (has(Severity::Page) && has(Severity::Ticket)).then(|| make::seq(items, catalogue.at))
    }
}

impl Window {
    fn node(&self) -> Arc<Node> {
        make::map(self.at)
            .put(
                "severity",
                self.at,
                make::plain(self.spec.severity.name(), self.at),
            )
            .put("long", self.long.at, Arc::clone(&self.long))
            .put("short", self.short.at, Arc::clone(&self.short))
            .put("budget", self.budget.at, Arc::clone(&self.budget))
            .done()
    }
}

fn is_dead(pair: &PairSpec, period: Duration, budget: Decimal) -> bool {
    !burn::own_pair(pair, period).can_fire(budget)
}

fn dead(pair: &PairSpec, period: Duration, at: SourceSpan, decoder: &mut Decoder<'_>) {
    let factor = burn::own_pair(pair, period).factor;
    decoder.error_with_help(
        &import::NEVER_FIRES,
        at,
        format!(
            "Sloth's {} over {} and {} can never fire at this objective: it asks for {factor} \
             times the error budget; it is left out or replaced by one that can",
            pair.severity.name(),
            pair.long.single_unit(),
            pair.short.single_unit(),
        ),
        format!(
            "it could fire above {} %; `slosmith generate --table` shows the pairs in use",
            burn::lowest_reachable_objective(factor)
        ),
    );
}

fn catalogue(document: &Arc<Node>, decoder: &mut Decoder<'_>) -> Option<(Duration, Catalogue)> {
    let keys = ["apiVersion", "kind", "metadata", "spec"];
    let map = Map::read(document, "a catalogue of alert windows", &keys, decoder)?;
    let keys = ["sloPeriod", "page", "ticket"];
    let spec = Map::read(map.required("spec", decoder)?, "`spec`", &keys, decoder)?;
    let period = spec.required("sloPeriod", decoder);
    let length = period.and_then(|node| Duration::decode(node, decoder));
    let mut pairs = Vec::new();
    for (key, severity) in [("page", Severity::Page), ("ticket", Severity::Ticket)] {
        let quick_and_slow = spec
            .required(key, decoder)
            .and_then(|node| Map::read(node, "windows", &["quick", "slow"], decoder));
        for speed in ["quick", "slow"] {
            let window = quick_and_slow.as_ref().and_then(|map| {
                let node = map.required(speed, decoder)?;
                window(node, severity, length, decoder)
            });
            pairs.extend(window);
        }
    }
    (pairs.len() == BUILT_IN.len()).then_some((
        length?,
        Catalogue {
            at: period?.at,
            pairs,
        },
    ))
}

fn window(
    node: &Arc<Node>,
    severity: Severity,
    period: Option<Duration>,
    decoder: &mut Decoder<'_>,
) -> Option<Window> {
    let keys = ["errorBudgetPercent", "shortWindow", "longWindow"];
    let map = Map::read(node, "a window", &keys, decoder)?;
    let budget = map.required("errorBudgetPercent", decoder);
    let short = map.required("shortWindow", decoder);
    let long = map.required("longWindow", decoder);
    let percent = budget.and_then(|node| Percent::decode(node, decoder));
    let short_length = short.and_then(|node| Duration::decode(node, decoder));
    let long_length = long.and_then(|node| Duration::decode(node, decoder));
    let spec = PairSpec {
        severity,
        long: long_length?,
        short: short_length?,
        budget: percent?.0,
    };
    let mut in_order = |shorter: Duration, longer: Option<Duration>, at, what: &str| {
        if longer.is_some_and(|longer| shorter >= longer) {
            decoder.error_with_help(
                &import::CONFLICTING_WINDOWS,
                at,
                what.to_owned(),
                "a short window lies within the long one, and that within the period",
            );
        }
    };
    in_order(
        spec.short,
        long_length,
        short?.at,
        "the short window is not shorter than the long one",
    );
    in_order(
        spec.long,
        period,
        long?.at,
        "the long window is not shorter than the period",
    );
    Some(Window {
        spec,
        at: map.at(),
        long: Arc::clone(long?),
        short: Arc::clone(short?),
        budget: Arc::clone(budget?),
    })
}
