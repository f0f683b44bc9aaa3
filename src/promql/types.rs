//! Checks that every part of an expression has a type that fits.

use super::ast::{Aggregate, BinaryExpr, BinaryOp, Call, Expr, ExprKind};
use super::error::{ErrorKind, ParseError};
use super::functions::{Function, ValueType, aggregation_parameter, function, table};
use super::print::symbol;
use crate::source::Span;

/// The type of a well-formed expression.
pub fn value_type(expr: &Expr) -> ValueType {
    match &expr.kind {
        ExprKind::Number(_) => ValueType::Scalar,
        ExprKind::String(_) => ValueType::String,
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => value_type(inner),
        // Long chains lean to the left, so the right side is asked first.
        ExprKind::Binary(binary)
            if value_type(&binary.rhs) == ValueType::Scalar
                && value_type(&binary.lhs) == ValueType::Scalar =>
        {
            ValueType::Scalar
        }
        ExprKind::Binary(_) | ExprKind::Selector(_) | ExprKind::Aggregate(_) => ValueType::Vector,
        ExprKind::Range(_) | ExprKind::Subquery(_) => ValueType::Matrix,
        ExprKind::Call(call) => {
            function(&call.func.name).map_or(ValueType::Vector, |function| function.returns())
        }
    }
}

fn error(span: Span, message: String) -> ParseError {
    ParseError::new(ErrorKind::Type, span, message)
}

/// Fails unless `expr` has the type `expected`.
fn expect(expr: &Expr, expected: ValueType, context: &str) -> Result<(), ParseError> {
    let found = value_type(expr);
    if found == expected {
        return Ok(());
    }
    let error = error(
        expr.span,
        format!(
            "expected {} in {context}, found {}",
            expected.described(),
            found.described()
        ),
    );
    Err(match (expected, found) {
        (ValueType::Matrix, ValueType::Vector) => {
            error.with_help("add a range such as `[5m]` or `[$window]`")
        }
        (ValueType::Vector, ValueType::Matrix) => {
            error.with_help("put a function such as `rate(…)` around it, or drop the range")
        }
        (ValueType::Vector, ValueType::Scalar) => {
            error.with_help("`vector(…)` makes an instant vector of a number")
        }
        (ValueType::Scalar, ValueType::Vector) => {
            error.with_help("`scalar(…)` makes a number of a single series")
        }
        _ => error,
    })
}

pub(super) fn unary(inner: &Expr) -> Result<(), ParseError> {
    match value_type(inner) {
        ValueType::Scalar | ValueType::Vector => Ok(()),
        found => Err(error(
            inner.span,
            format!(
                "a sign needs a scalar or an instant vector, found {}",
                found.described()
            ),
        )),
    }
}

pub(super) const fn is_set(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
}

/// Whether an operator compares two values.
pub const fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Gt | BinaryOp::Lt | BinaryOp::Ge | BinaryOp::Le
    )
}

pub(super) fn binary(binary: &BinaryExpr, span: Span) -> Result<(), ParseError> {
    let op = symbol(binary.op);
    let (left, right) = (value_type(&binary.lhs), value_type(&binary.rhs));
    for (side, found) in [(&binary.lhs, left), (&binary.rhs, right)] {
        if !matches!(found, ValueType::Scalar | ValueType::Vector) {
            return Err(error(
                side.span,
                format!(
                    "`{op}` needs scalars or instant vectors on both sides, found {}",
                    found.described()
                ),
            ));
        }
    }
    let scalars = [left, right]
        .iter()
        .filter(|found| **found == ValueType::Scalar)
        .count();
    if binary.return_bool && !is_comparison(binary.op) {
        return Err(error(
            span,
            format!("`bool` only stands after a comparison, not after `{op}`"),
        ));
    }
    if is_comparison(binary.op) && scalars == 2 && !binary.return_bool {
        return Err(error(span, "comparing two scalars needs `bool`".to_owned())
            .with_help(format!("write `{op} bool`")));
    }
    if is_set(binary.op) && scalars > 0 {
        let scalar = match left {
            ValueType::Scalar => binary.lhs.span,
            _ => binary.rhs.span,
        };
        return Err(error(
            scalar,
            format!("`{op}` joins sets of series; it takes no scalar"),
        )
        .with_help("`vector(…)` makes an instant vector of a number"));
    }
    matching(binary, scalars, span)
}

fn matching(binary: &BinaryExpr, scalars: usize, span: Span) -> Result<(), ParseError> {
    let Some(matching) = &binary.matching else {
        return Ok(());
    };
    let op = symbol(binary.op);
    if scalars > 0 {
        return Err(error(
            span,
            "labels can only be matched between two instant vectors".to_owned(),
        ));
    }
    if is_set(binary.op) && matching.group.is_some() {
        return Err(error(
            span,
            format!("`{op}` takes no `group_left` or `group_right`"),
        ));
    }
    if is_set(binary.op) && !matching.fill.is_empty() {
        return Err(error(span, format!("`{op}` takes no `fill`")));
    }
    let twice = matching
        .group
        .iter()
        .flat_map(|group| &group.include)
        .find(|label| {
            matching.on
                && matching
                    .labels
                    .iter()
                    .any(|matched| matched.name == label.name)
        });
    if let Some(label) = twice {
        return Err(error(
            label.span,
            format!(
                "label `{}` stands in `on` and in the grouping; once is enough",
                label.name
            ),
        ));
    }
    Ok(())
}

pub(super) fn aggregate(aggregate: &Aggregate, span: Span) -> Result<(), ParseError> {
    let op = &aggregate.op.name;
    match (aggregation_parameter(op), &aggregate.param) {
        (Some(expected), Some(param)) => {
            expect(param, expected, &format!("the parameter of `{op}`"))?;
        }
        (Some(_), None) => {
            return Err(error(
                span,
                format!("`{op}` needs a parameter: `{op}(parameter, expression)`"),
            ));
        }
        (None, Some(_)) => {
            return Err(error(
                aggregate.expr.span,
                format!("`{op}` takes one expression, found two"),
            )
            .with_help(format!("take one of them out, or add them: `{op}(a + b)`")));
        }
        (None, None) => {}
    }
    expect(
        &aggregate.expr,
        ValueType::Vector,
        &format!("the aggregation `{op}`"),
    )
}

pub(super) fn call(call: &Call, span: Span) -> Result<(), ParseError> {
    let name = &call.func.name;
    let Some(function) = function(name) else {
        let most = 2 + name.len() / 8;
        let close = table()
            .filter(|known| known.name.len().abs_diff(name.len()) <= most)
            .map(|known| {
                // `rat` is an unfinished `rate` rather than a `rad`.
                let unfinished = known.name.starts_with(name.as_str());
                let distance = strsim::damerau_levenshtein(known.name, name);
                (distance, !unfinished, known.name)
            })
            .min()
            .filter(|(distance, ..)| *distance <= most);
        let error = ParseError::new(
            ErrorKind::UnknownFunction,
            call.func.span,
            format!("Prometheus has no function `{name}`"),
        );
        return Err(match close {
            Some((.., known)) => error.with_help(format!("did you mean `{known}`?")),
            None => error.with_help(
                "functions of MetricsQL and LogQL are not PromQL; \
                 https://prometheus.io/docs/prometheus/latest/querying/functions/ lists what is",
            ),
        });
    };
    let (fewest, most) = function.arity();
    let found = call.args.len();
    if found < fewest || most.is_some_and(|most| found > most) {
        let expected = match most {
            Some(most) if most == fewest => fewest.to_string(),
            Some(most) => format!("{fewest} to {most}"),
            None => format!("at least {fewest}"),
        };
        return Err(error(
            span,
            format!("`{name}` takes {expected} arguments, found {found}"),
        ));
    }
    for (index, arg) in call.args.iter().enumerate() {
        expect(
            arg,
            function.argument(index),
            &format!("argument {} of `{name}`", index + 1),
        )?;
    }
    info_argument(&function, call)
}

/// `info` takes its second argument as a list of matchers.
fn info_argument(function: &Function, call: &Call) -> Result<(), ParseError> {
    match call.args.get(1) {
        Some(arg) if function.name == "info" && !matches!(arg.kind, ExprKind::Selector(_)) => {
            Err(error(
                arg.span,
                "the second argument of `info` is a bare selector of labels".to_owned(),
            ))
        }
        _ => Ok(()),
    }
}
