//! SLOs put together from others: their error ratio per window comes straight
//! from what the components recorded.

use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{aggregate, binary_bool, chain, number};
use crate::slo::{Composite, Sli, Slo, SloId};

use super::Catalogue;
use super::tree::{mul, or, or_zero, ratio, sub};

/// Sums of one SLO over a window: bad and total, with the labels it recorded.
pub(super) struct Sums {
    pub(super) bad: Expr,
    pub(super) total: Expr,
}

/// The error ratio of a composite, given the sums of each component. An idle
/// component counts as good, one without data leaves the whole without a value.
pub(super) fn error_ratio(
    slo: &Slo,
    all: &Catalogue<'_>,
    sums: &impl Fn(&SloId) -> Sums,
) -> Option<Expr> {
    let groups: Vec<&str> = slo.group_labels().collect();
    of(&slo.sli.value, &slo.id, &groups, all, sums)
}

fn of(
    sli: &Sli,
    id: &SloId,
    groups: &[&str],
    all: &Catalogue<'_>,
    sums: &impl Fn(&SloId) -> Sums,
) -> Option<Expr> {
    let component = |id: &SloId| {
        let slo = all.get(id)?;
        of(&slo.sli.value, id, groups, all, sums)
    };
    let Sli::Composite(composite) = sli else {
        let Sums { bad, total } = sums(id);
        let summed = |expr| aggregate("sum", groups.iter().copied(), expr);
        return Some(or_zero(
            ratio(summed(bad), summed(total.clone())),
            summed(total),
        ));
    };
    match composite {
        Composite::Every(steps) => {
            let good: Option<Vec<_>> = steps
                .iter()
                .map(|step| Some(sub(number("1"), component(&step.value)?)))
                .collect();
            Some(sub(number("1"), chain(BinaryOp::Mul, good?)?))
        }
        Composite::Weighted(parts) => {
            let weighted: Option<Vec<_>> = parts
                .iter()
                .map(|part| {
                    Some(mul(
                        number(&part.weight.value.normalize()),
                        component(&part.slo.value)?,
                    ))
                })
                .collect();
            chain(BinaryOp::Add, weighted?)
        }
    }
}

/// The components that measure something, in order, each once.
pub(super) fn leaves<'a>(slo: &'a Slo, all: &Catalogue<'a>) -> Vec<&'a SloId> {
    let mut found = Vec::new();
    collect(slo, all, &mut found);
    found
}

fn collect<'a>(slo: &'a Slo, all: &Catalogue<'a>, found: &mut Vec<&'a SloId>) {
    let Sli::Composite(composite) = &slo.sli.value else {
        if !found.contains(&&slo.id) {
            found.push(&slo.id);
        }
        return;
    };
    for component in composite.components() {
        if let Some(slo) = all.get(&component.value) {
            collect(slo, all, found);
        }
    }
}

/// The least of the components' values; 0 where one of them has none.
pub(super) fn least(slo: &Slo, values: Vec<Expr>) -> Option<Expr> {
    let groups = || slo.group_labels();
    let count = values.len();
    let all = values.into_iter().reduce(or)?;
    let complete = binary_bool(
        BinaryOp::Eq,
        aggregate("count", groups(), all.clone()),
        number(&count),
    );
    Some(mul(aggregate("min", groups(), all), complete))
}
