//! What bad and total are when they are evaluated as their author wrote them.

use std::collections::BTreeSet;

use super::reads::{Part, expressions, gauge};
use super::survey::{Survey, first};
use super::{groups, missing, operators, words};
use crate::check::{Asked, Findings};
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::{Error, Sample};
use crate::promql::ast::{BinaryOp, Expr};
use crate::promql::build::{aggregate, binary, number};
use crate::rules::{Unguarded, unguarded};
use crate::slo::{Sli, Slo, SloId};
use crate::source::SourceSpan;

/// The window: long enough not to depend on single scrapes.
const WINDOW: Duration = Duration::from_hours(1);
/// Relative excess of bad events that extrapolation explains.
const EXCESS: f64 = 0.01;
/// Events in the window that it explains.
const EXCESS_EVENTS: f64 = 5.0;
/// What rounding explains.
const ROUNDING: f64 = 1e-6;

/// What an SLO measures, and what came of it.
pub(super) struct Measured<'a> {
    pub(super) slo: &'a Slo,
    pub(super) exprs: Unguarded,
    total: Asked,
    part: Option<Asked>,
    /// Values of a gauge that are no number.
    strange: Option<Asked>,
}

/// SER008, SER009, SER010, SER013, SER021, SER022; tells which SLOs make no sense.
pub(super) async fn check<'a>(
    survey: &Survey<'_, 'a>,
    findings: &mut Findings,
) -> Result<BTreeSet<&'a SloId>, Error> {
    let mut wrong = BTreeSet::new();
    let measured = measure(survey).await?;
    let mut sensible = Vec::new();
    for measured in measured.iter().filter(|measured| !measured.is_late()) {
        let slo = measured.slo;
        if let Some(finding) = senseless(survey, measured).await? {
            findings.push(slo, finding);
            wrong.insert(&slo.id);
        } else if groups::check(survey, measured, findings).await? {
            sensible.push(measured);
        } else {
            wrong.insert(&slo.id);
        }
    }
    missing::check(survey, &sensible, findings).await?;
    Ok(wrong)
}

async fn senseless(
    survey: &Survey<'_, '_>,
    measured: &Measured<'_>,
) -> Result<Option<Diagnostic>, Error> {
    let slo = measured.slo;
    if let Some((error, expr)) = measured.error() {
        let query = survey.cx.scope.query(expr);
        return Ok(Some(operators::refused(survey, slo, error, query).await?));
    }
    if measured.is_empty()
        && let Some(finding) = operators::without_match(survey, slo).await?
    {
        return Ok(Some(finding));
    }
    Ok(
        not_a_number(survey, measured).or_else(|| match slo.sli.value {
            Sli::Ratio(_) => out_of_range(survey, measured),
            Sli::Events(_) => exceeds(survey, measured),
            _ => None,
        }),
    )
}

async fn measure<'a>(survey: &Survey<'_, 'a>) -> Result<Vec<Measured<'a>>, Error> {
    let mut exprs = Vec::new();
    let mut asked = Vec::new();
    for slo in survey.live() {
        let Some(all) = unguarded(slo, WINDOW) else {
            continue;
        };
        let strange = gauge(slo).map(|query| strange(query.expr.clone()));
        exprs.push(all.total.clone());
        exprs.extend(all.part.clone());
        exprs.extend(strange.clone());
        asked.push((slo, all, strange.is_some()));
    }
    let mut answers = survey.ask_exprs(&exprs).await?.into_iter();
    let mut next = |wanted: bool| if wanted { answers.next() } else { None };
    let mut measured = Vec::with_capacity(asked.len());
    for (slo, exprs, has_strange) in asked {
        let Some(total) = next(true) else { break };
        measured.push(Measured {
            slo,
            total,
            part: next(exprs.part.is_some()),
            strange: next(has_strange),
            exprs,
        });
    }
    Ok(measured)
}

/// How many values are NaN or infinite: only those, less themselves, are not 0.
fn strange(expr: Expr) -> Expr {
    let nothing = binary(BinaryOp::Sub, expr.clone(), expr);
    aggregate("count", [], binary(BinaryOp::Ne, nothing, number("0")))
}

impl Measured<'_> {
    /// What the server does not evaluate.
    fn error(&self) -> Option<(&Error, &Expr)> {
        if let Err(error) = &self.total {
            return Some((error, &self.exprs.total));
        }
        let error = self.part.as_ref()?.as_ref().err()?;
        Some((error, self.exprs.part.as_ref()?))
    }

    /// Whether the server did not answer in time: it may have been asked too much at once.
    fn is_late(&self) -> bool {
        self.error().is_some_and(|(error, _)| error.is_late())
    }

    pub(super) fn total(&self) -> &[Sample] {
        self.total.as_ref().map_or(&[], Vec::as_slice)
    }

    pub(super) fn part(&self) -> &[Sample] {
        let part = self.part.as_ref().and_then(|asked| asked.as_ref().ok());
        part.map_or(&[], Vec::as_slice)
    }

    fn is_empty(&self) -> bool {
        self.total().is_empty() || (self.part.is_some() && self.part().is_empty())
    }
}

/// The place of the first expression of a part.
pub(super) fn place(survey: &Survey<'_, '_>, slo: &Slo, parts: &[Part]) -> SourceSpan {
    let mut reads = survey.reads_by(slo);
    let read = reads.find(|(read, _)| parts.contains(&read.part));
    read.map_or(slo.name_at, |(read, _)| {
        read.split().next().map_or(read.name_at, |(_, at)| at)
    })
}

fn not_a_number(survey: &Survey<'_, '_>, measured: &Measured<'_>) -> Option<Diagnostic> {
    let slo = measured.slo;
    let is_strange = |sample: &&Sample| !sample.value.is_finite();
    let total = measured.total().iter().find(is_strange);
    let part = measured.part().iter().find(is_strange);
    let (value, at, query) = if let Some(total) = total {
        let place = place(survey, slo, &[Part::Whole, Part::Count]);
        (
            total.value,
            place,
            survey.cx.scope.query(&measured.exprs.total),
        )
    } else if let Some(part) = part {
        let place = place(
            survey,
            slo,
            &[Part::Bad, Part::Good, Part::Buckets, Part::Count],
        );
        let query = measured
            .exprs
            .part
            .as_ref()
            .map(|part| survey.cx.scope.query(part));
        (part.value, place, query.unwrap_or_default())
    } else {
        let strange = measured.strange.as_ref()?.as_ref().ok()?;
        first(strange).filter(|count| *count > 0.0)?;
        let query = survey.cx.scope.query(&gauge(slo)?.expr);
        (f64::NAN, place(survey, slo, &[Part::Whole]), query)
    };
    let found = if value.is_nan() { "NaN" } else { "infinity" };
    let at = expressions(slo).first().map_or(at, |query| {
        let whole = query.locate(query.expr.span);
        if expressions(slo).len() == 1 {
            whole
        } else {
            at
        }
    });
    Some(
        Diagnostic::at(
            &series::NOT_A_NUMBER,
            at,
            format!("this has the value {found}: no sum or ratio with it is a number"),
        )
        .with_help("divide by `(… > 0)`, and see which series it comes from")
        .with_query(query),
    )
}

fn out_of_range(survey: &Survey<'_, '_>, measured: &Measured<'_>) -> Option<Diagnostic> {
    let is_out = |sample: &&Sample| sample.value < -ROUNDING || sample.value > 1.0 + ROUNDING;
    let out = measured.total().iter().find(is_out)?;
    let query = *expressions(measured.slo).first()?;
    let value = words::trimmed(&format!("{:.4}", out.value)).to_owned();
    let help = if out.value > 1.0 && out.value <= 100.0 {
        "divide by 100 if it is in percent; else see whether its bad part exceeds the whole"
    } else {
        "an error ratio is bad by total, between 0 and 1"
    };
    Some(
        Diagnostic::at(
            &series::RATIO_OUT_OF_RANGE,
            query.locate(query.expr.span),
            format!("the error ratio is {value}, and not between 0 and 1"),
        )
        .with_help(help)
        .with_query(survey.cx.scope.query(&measured.exprs.total)),
    )
}

fn exceeds(survey: &Survey<'_, '_>, measured: &Measured<'_>) -> Option<Diagnostic> {
    let Sli::Events(events) = &measured.slo.sli.value else {
        return None;
    };
    let too_many = |part: &&Sample| {
        let same = measured
            .total()
            .iter()
            .find(|total| total.labels == part.labels);
        let excess = part.value - same.map_or(0.0, |total| total.value);
        excess > EXCESS * part.value && excess * WINDOW.as_secs_f64() > EXCESS_EVENTS
    };
    // Groups that only one side has are said elsewhere.
    let known = |part: &&Sample| {
        measured
            .total()
            .iter()
            .any(|total| total.labels == part.labels)
    };
    let part = measured.part().iter().filter(known).find(too_many)?;
    let total = measured
        .total()
        .iter()
        .find(|total| total.labels == part.labels)?;
    let word = match events.split {
        crate::slo::Split::Bad(_) | crate::slo::Split::BadWhere(_) => "bad",
        crate::slo::Split::Good(_) | crate::slo::Split::GoodWhere(_) => "good",
    };
    let [part_events, total_events] =
        [part, total].map(|sample| words::number(sample.value * WINDOW.as_secs_f64()));
    let query = binary(
        BinaryOp::Gt,
        measured.exprs.part.clone()?,
        measured.exprs.total.clone(),
    );
    Some(
        Diagnostic::at(
            &series::BAD_EXCEEDS_TOTAL,
            place(survey, measured.slo, &[Part::Bad, Part::Good]),
            format!(
                "{part_events} {word} events within {WINDOW}, but {total_events} in all: \
                 they are not a part of the total"
            ),
        )
        .with_help("count both in the same place, with the same matchers but for what is bad")
        .with_query(survey.cx.scope.query(&query)),
    )
}

/// Counts what an expression yields.
pub(super) fn counted(expr: Expr) -> Expr {
    aggregate("count", [], expr)
}
