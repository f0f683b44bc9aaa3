//! Operators whose sides do not find each other, and what a server refuses to evaluate.

use super::ratio::counted;
use super::reads::expressions;
use super::survey::{Survey, value};
use super::words;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::Error;
use crate::promql::ast::{BinaryExpr, BinaryOp, Expr, ExprKind};
use crate::promql::build::number;
use crate::promql::functions::ValueType;
use crate::promql::inspect;
use crate::promql::rewrite::{increase_to_rate, with_window};
use crate::promql::{symbol, value_type};
use crate::slo::{Query, Slo};
use crate::source::SourceSpan;

/// The window that placeholders are filled with.
const WINDOW: Duration = Duration::from_hours(1);
/// Operators that are tried of one SLO.
const TRIED: usize = 12;
/// Series that are looked at to learn labels.
const LOOKED_AT: &str = "5";

/// An operator whose sides both have values.
struct Broken {
    at: SourceSpan,
    op: BinaryOp,
    lhs: Expr,
    rhs: Expr,
    whole: Expr,
    /// What the server says, where it says something.
    error: Option<Error>,
}

/// SER013 when two sides have values and together none; `None` when nothing is known.
pub(super) async fn without_match(
    survey: &Survey<'_, '_>,
    slo: &Slo,
) -> Result<Option<Diagnostic>, Error> {
    let Some(broken) = broken(survey, slo).await? else {
        return Ok(None);
    };
    Ok(Some(no_common_labels(survey, &broken).await?))
}

/// SER013 or SER021 about what the server does not evaluate.
pub(super) async fn refused(
    survey: &Survey<'_, '_>,
    slo: &Slo,
    error: &Error,
    query: String,
) -> Result<Diagnostic, Error> {
    if let Some(broken) = broken(survey, slo).await? {
        return no_common_labels(survey, &broken).await;
    }
    let place = expressions(slo)
        .first()
        .map(|query| query.locate(query.expr.span));
    let place = place.or_else(|| survey.main(slo).map(|(read, _)| read.name_at));
    let text = match error {
        Error::Execution { message } | Error::BadQuery { message, .. } => message.clone(),
        other => other.to_string(),
    };
    Ok(Diagnostic::at(
        &series::CANNOT_BE_EVALUATED,
        place.unwrap_or(slo.name_at),
        format!("the server cannot evaluate this: {text}"),
    )
    .with_help(explained(&text))
    .with_query(query))
}

/// What the words of a server mean.
fn explained(text: &str) -> &'static str {
    let known = [
        (
            "same labelset",
            "two series differ in their name only: name the metric, or sum by a label",
        ),
        (
            "unknown function",
            "this server is too old for the function, or wants a feature flag",
        ),
        (
            "too many samples",
            "narrow the selector, or raise `--query.max-samples`",
        ),
        (
            "within",
            "narrow the selector, or let the rules record a part of it",
        ),
        (
            "many-to-many",
            "sum both sides to the labels that they share",
        ),
    ];
    let found = known.iter().find(|(words, _)| text.contains(words));
    found.map_or(
        "try the expression in the server's own page and correct it",
        |(_, help)| help,
    )
}

/// The innermost operator that is to blame.
async fn broken(survey: &Survey<'_, '_>, slo: &Slo) -> Result<Option<Broken>, Error> {
    let mut tried = Vec::new();
    for query in expressions(slo) {
        operators(query, &mut tried);
    }
    tried.truncate(TRIED);
    let exprs: Vec<Expr> = tried
        .iter()
        .flat_map(|one| [&one.lhs, &one.rhs, &one.whole].map(|expr| counted(expr.clone())))
        .collect();
    let answers = survey.ask_exprs(&exprs).await?;
    for (mut one, answers) in tried.into_iter().zip(answers.chunks(3)) {
        let has_values = |index: usize| value(&answers[index]).is_some();
        if !has_values(0) || !has_values(1) || has_values(2) {
            continue;
        }
        match &answers[2] {
            Ok(_) => return Ok(Some(one)),
            Err(error @ Error::Execution { .. }) => {
                one.error = Some(error.clone());
                return Ok(Some(one));
            }
            Err(_) => {}
        }
    }
    Ok(None)
}

/// Arithmetic between vectors, the innermost first.
fn operators(query: &Query, found: &mut Vec<Broken>) {
    let filled = with_window(&increase_to_rate(&query.expr), WINDOW);
    let mut own = Vec::new();
    inspect::walk(&filled, &mut |node, _| {
        let ExprKind::Binary(binary) = &node.kind else {
            return;
        };
        if is_arithmetic(binary) {
            own.push(Broken {
                at: query.locate(binary.op_span),
                op: binary.op,
                lhs: binary.lhs.clone(),
                rhs: binary.rhs.clone(),
                whole: node.clone(),
                error: None,
            });
        }
    });
    found.extend(own.into_iter().rev());
}

fn is_arithmetic(binary: &BinaryExpr) -> bool {
    let ops = [
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::Div,
        BinaryOp::Mod,
    ];
    let is_vector = |expr: &Expr| value_type(expr) == ValueType::Vector;
    ops.contains(&binary.op) && is_vector(&binary.lhs) && is_vector(&binary.rhs)
}

async fn no_common_labels(survey: &Survey<'_, '_>, broken: &Broken) -> Result<Diagnostic, Error> {
    let few = [&broken.lhs, &broken.rhs].map(|side| topk(side.clone()));
    let answers = survey.ask_exprs(&few).await?;
    let labels: Vec<String> = answers
        .iter()
        .map(|answer| {
            let samples = answer.as_ref().map_or(&[][..], Vec::as_slice);
            let first = samples.first().map(|sample| sample.labels.clone());
            let mut labels = first.unwrap_or_default();
            labels.remove("__name__");
            if labels.is_empty() {
                return "no labels".to_owned();
            }
            let shown: Vec<String> = labels
                .iter()
                .map(|(label, value)| format!("{label}={value}"))
                .collect();
            words::some(shown.iter().map(String::as_str))
        })
        .collect();
    let op = symbol(broken.op);
    let sides = format!("left has {}, right has {}", labels[0], labels[1]);
    let message = match &broken.error {
        Some(Error::Execution { message }) => {
            let words = message.split(';').next_back().unwrap_or(message).trim();
            format!("the two sides of `{op}` do not fit: {words}; {sides}")
        }
        _ => format!("the two sides of `{op}` have no labels in common: {sides}"),
    };
    Ok(
        Diagnostic::at(&series::LABELS_DO_NOT_FIT, broken.at, message)
            .with_help("sum both sides to the same labels, or match with `on (…)`")
            .with_query(survey.cx.scope.query(&broken.whole)),
    )
}

fn topk(expr: Expr) -> Expr {
    let mut few = crate::promql::build::aggregate("topk", [], expr);
    if let ExprKind::Aggregate(aggregate) = &mut few.kind {
        aggregate.param = Some(number(LOOKED_AT));
    }
    few
}
