//! Operators between values, as Prometheus defines them.

use std::collections::HashMap;
use std::sync::Arc;

use super::evaluate::{Ambiguous, Value};
use super::grid::{ABSENT, Column, is_absent};
use super::node::Binary;
use super::plan::is_set;
use crate::prometheus::Labels;
use crate::promql::ast::BinaryOp;
use crate::promql::is_comparison;

/// `lhs op rhs` at every instant.
pub(crate) fn binary(binary: &Binary, lhs: Value, rhs: Value) -> Result<Value, Ambiguous> {
    Ok(match (lhs, rhs) {
        (Value::Scalar(lhs), Value::Scalar(rhs)) => Value::Scalar(zip(&lhs, &rhs, |lhs, rhs| {
            // Between scalars a comparison is always 0 or 1.
            of_numbers(binary.op, true, lhs, rhs, lhs)
        })),
        (Value::Vector(columns), Value::Scalar(numbers)) => {
            with_numbers(columns, &numbers, |value, number| {
                of_numbers(binary.op, binary.returns_bool, value, number, value)
            })
        }
        (Value::Scalar(numbers), Value::Vector(columns)) => {
            with_numbers(columns, &numbers, |value, number| {
                of_numbers(binary.op, binary.returns_bool, number, value, value)
            })
        }
        (Value::Vector(lhs), Value::Vector(rhs)) if is_set(binary.op) => {
            Value::Vector(of_sets(binary, lhs, &rhs)?)
        }
        (Value::Vector(lhs), Value::Vector(rhs)) => Value::Vector(of_vectors(binary, lhs, rhs)?),
    })
}

/// `-value`
pub(crate) fn negative(value: Value) -> Value {
    let minus = |values: Vec<f64>| {
        let values = values.into_iter();
        let values = values.map(|value| if is_absent(value) { ABSENT } else { -value });
        values.collect()
    };
    match value {
        Value::Scalar(values) => Value::Scalar(minus(values)),
        Value::Vector(columns) => {
            let columns = columns.into_iter().map(|column| Column {
                labels: column.labels,
                values: minus(column.values),
            });
            Value::Vector(columns.collect())
        }
    }
}

/// Columns of which no two have the same labels: those that have are one series, unless
/// they have values at the same instant.
pub(crate) fn distinct(
    columns: impl IntoIterator<Item = Column>,
) -> Result<Vec<Column>, Ambiguous> {
    let mut places: HashMap<Arc<Labels>, usize> = HashMap::new();
    let mut found: Vec<Column> = Vec::new();
    for column in columns {
        let next = found.len();
        let place = *places.entry(Arc::clone(&column.labels)).or_insert(next);
        if place == next {
            found.push(column);
        } else {
            join(&mut found[place].values, &column.values)?;
        }
    }
    Ok(found)
}

fn join(values: &mut [f64], others: &[f64]) -> Result<(), Ambiguous> {
    for (value, other) in values.iter_mut().zip(others) {
        match (is_absent(*value), is_absent(*other)) {
            (false, false) => return Err(Ambiguous),
            (true, false) => *value = *other,
            (_, true) => {}
        }
    }
    Ok(())
}

fn zip(lhs: &[f64], rhs: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let pairs = lhs.iter().zip(rhs);
    let values = pairs.map(|(lhs, rhs)| {
        if is_absent(*lhs) || is_absent(*rhs) {
            ABSENT
        } else {
            f(*lhs, *rhs)
        }
    });
    values.collect()
}

fn with_numbers(columns: Vec<Column>, numbers: &[f64], f: impl Fn(f64, f64) -> f64) -> Value {
    let columns = columns.into_iter().map(|column| Column {
        values: zip(&column.values, numbers, &f),
        labels: column.labels,
    });
    Value::Vector(columns.collect())
}

/// `kept` is what a comparison lets pass.
fn of_numbers(op: BinaryOp, returns_bool: bool, lhs: f64, rhs: f64, kept: f64) -> f64 {
    if is_comparison(op) {
        let holds = compare(op, lhs, rhs);
        return match (returns_bool, holds) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            (false, true) => kept,
            (false, false) => ABSENT,
        };
    }
    match op {
        BinaryOp::Add => lhs + rhs,
        BinaryOp::Sub => lhs - rhs,
        BinaryOp::Mul => lhs * rhs,
        BinaryOp::Div => lhs / rhs,
        BinaryOp::Mod => lhs % rhs,
        _ => ABSENT,
    }
}

#[expect(clippy::float_cmp, reason = "as Prometheus does")]
fn compare(op: BinaryOp, lhs: f64, rhs: f64) -> bool {
    match op {
        BinaryOp::Eq => lhs == rhs,
        BinaryOp::Ne => lhs != rhs,
        BinaryOp::Gt => lhs > rhs,
        BinaryOp::Lt => lhs < rhs,
        BinaryOp::Ge => lhs >= rhs,
        BinaryOp::Le => lhs <= rhs,
        _ => false,
    }
}

/// The labels by which the two sides find each other.
fn signature(binary: &Binary, labels: &Labels) -> Labels {
    let is_named = |label: &str| binary.labels.iter().any(|named| named == label);
    let matters = |label: &str| {
        if binary.on {
            is_named(label)
        } else {
            label != "__name__" && !is_named(label)
        }
    };
    let kept = labels.iter().filter(|(label, _)| matters(label));
    kept.map(|(label, value)| (label.clone(), value.clone()))
        .collect()
}

/// By signature: one column, since at each instant there may only be one.
fn by_signature(binary: &Binary, columns: Vec<Column>) -> Result<Vec<Column>, Ambiguous> {
    distinct(columns.into_iter().map(|column| Column {
        labels: Arc::new(signature(binary, &column.labels)),
        values: column.values,
    }))
}

fn of_vectors(
    binary: &Binary,
    lhs: Vec<Column>,
    rhs: Vec<Column>,
) -> Result<Vec<Column>, Ambiguous> {
    // Without `group_left` the result has the labels of the signature.
    let lhs = by_signature(binary, lhs)?;
    let rhs = by_signature(binary, rhs)?;
    let mut others: HashMap<Arc<Labels>, Vec<f64>> = rhs
        .into_iter()
        .map(|column| (column.labels, column.values))
        .collect();
    let matched = lhs.into_iter().filter_map(|column| {
        let rhs = others.remove(&column.labels)?;
        let values = zip(&column.values, &rhs, |lhs, rhs| {
            of_numbers(binary.op, binary.returns_bool, lhs, rhs, lhs)
        });
        Some(Column {
            labels: column.labels,
            values,
        })
    });
    Ok(matched.collect())
}

/// At which instants there is a series, by signature.
fn presence(binary: &Binary, columns: &[Column]) -> HashMap<Labels, Vec<bool>> {
    let mut found: HashMap<Labels, Vec<bool>> = HashMap::new();
    for column in columns {
        let present = found
            .entry(signature(binary, &column.labels))
            .or_insert_with(|| vec![false; column.values.len()]);
        for (present, value) in present.iter_mut().zip(&column.values) {
            *present |= !is_absent(*value);
        }
    }
    found
}

fn of_sets(binary: &Binary, lhs: Vec<Column>, rhs: &[Column]) -> Result<Vec<Column>, Ambiguous> {
    let keep = |column: &Column, others: &HashMap<Labels, Vec<bool>>, wanted: bool| {
        let others = others.get(&signature(binary, &column.labels));
        let values = column.values.iter().enumerate().map(|(index, value)| {
            let is_there = others.is_some_and(|present| present[index]);
            if is_there == wanted { *value } else { ABSENT }
        });
        Column {
            labels: Arc::clone(&column.labels),
            values: values.collect(),
        }
    };
    if binary.op == BinaryOp::Or {
        let left = presence(binary, &lhs);
        let more = rhs.iter().map(|column| keep(column, &left, false));
        return distinct(lhs.into_iter().chain(more));
    }
    let right = presence(binary, rhs);
    let wanted = binary.op == BinaryOp::And;
    Ok(lhs
        .iter()
        .map(|column| keep(column, &right, wanted))
        .collect())
}
