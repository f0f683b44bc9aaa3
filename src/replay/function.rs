//! Functions and aggregations.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::evaluate::{Ambiguous, Value};
use super::grid::{ABSENT, Column, is_absent};
use super::node::{AggregateOp, DatePart, Function, Grouping};
use super::operator::distinct;
use crate::prometheus::Labels;

/// The value of a function at every of `count` instants.
pub(crate) fn call(function: &Function, of: Value, count: usize) -> Result<Value, Ambiguous> {
    Ok(match (function, of) {
        (Function::Vector, Value::Scalar(values)) => Value::Vector(vec![Column {
            labels: Arc::default(),
            values,
        }]),
        (Function::Scalar, Value::Vector(columns)) => Value::Scalar(scalar(&columns, count)),
        (Function::AtLeast(bound), of) => map(of, |value| value.max(*bound)),
        (Function::AtMost(bound), of) => map(of, |value| value.min(*bound)),
        (Function::Date(part), of) => map(of, |value| date_part(*part, value)),
        (Function::Absent(labels), Value::Vector(columns)) => Value::Vector(vec![Column {
            labels: Arc::clone(labels),
            values: absent(&columns, count),
        }]),
        (Function::LabelReplace { .. }, Value::Vector(columns)) => {
            let replaced = columns.into_iter().map(|column| Column {
                labels: label_replace(function, column.labels),
                values: column.values,
            });
            Value::Vector(distinct(replaced)?)
        }
        (
            Function::Vector
            | Function::Scalar
            | Function::Absent(_)
            | Function::LabelReplace { .. },
            of,
        ) => of,
    })
}

/// The value of the only series, NaN where there is none or more than one.
fn scalar(columns: &[Column], count: usize) -> Vec<f64> {
    let at = |index: usize| {
        let values = columns.iter().map(|column| column.values[index]);
        let mut present = values.filter(|value| !is_absent(*value));
        let first = present.next();
        first
            .filter(|_| present.next().is_none())
            .unwrap_or(f64::NAN)
    };
    (0..count).map(at).collect()
}

/// 1 where no series has a value.
fn absent(columns: &[Column], count: usize) -> Vec<f64> {
    let at = |index: usize| {
        let mut values = columns.iter().map(|column| column.values[index]);
        if values.all(is_absent) { 1.0 } else { ABSENT }
    };
    (0..count).map(at).collect()
}

fn map(of: Value, f: impl Fn(f64) -> f64) -> Value {
    let apply = |values: Vec<f64>| {
        let values = values.into_iter();
        let values = values.map(|value| {
            if is_absent(value) || value.is_nan() {
                value
            } else {
                f(value)
            }
        });
        values.collect()
    };
    match of {
        Value::Scalar(values) => Value::Scalar(apply(values)),
        Value::Vector(columns) => {
            let columns = columns.into_iter().map(|column| Column {
                labels: column.labels,
                values: apply(column.values),
            });
            Value::Vector(columns.collect())
        }
    }
}

/// A part of the date in UTC that Unix seconds fall on.
#[expect(
    clippy::cast_possible_truncation,
    reason = "fractions of a second have no date"
)]
fn date_part(part: DatePart, seconds: f64) -> f64 {
    let date = Timestamp::from_second(seconds as i64)
        .map_or(Date::ZERO, |at| at.to_zoned(TimeZone::UTC).date());
    match part {
        DatePart::Year => f64::from(date.year()),
        DatePart::Month => f64::from(date.month()),
        DatePart::DayOfYear => f64::from(date.day_of_year()),
        DatePart::DayOfMonth => f64::from(date.day()),
        DatePart::DayOfWeek => f64::from(date.weekday().to_sunday_zero_offset()),
        DatePart::DaysInMonth => f64::from(date.days_in_month()),
    }
}

fn label_replace(function: &Function, labels: Arc<Labels>) -> Arc<Labels> {
    let Function::LabelReplace {
        target,
        replacement,
        source,
        pattern,
    } = function
    else {
        return labels;
    };
    let value = labels.get(source).map_or("", String::as_str);
    let Some(found) = pattern.captures(value) else {
        return labels;
    };
    let mut text = String::new();
    found.expand(replacement, &mut text);
    let mut labels = labels.as_ref().clone();
    if text.is_empty() {
        labels.remove(target);
    } else {
        labels.insert(target.clone(), text);
    }
    Arc::new(labels)
}

/// An aggregation at every instant.
pub(crate) fn aggregate(op: AggregateOp, grouping: &Grouping, of: Value) -> Value {
    let Value::Vector(columns) = of else {
        return of;
    };
    let mut groups: HashMap<Labels, Vec<&Column>> = HashMap::new();
    for column in &columns {
        let group = group(grouping, &column.labels);
        groups.entry(group).or_default().push(column);
    }
    let mut aggregated: Vec<Column> = groups
        .into_iter()
        .map(|(labels, columns)| Column {
            labels: Arc::new(labels),
            values: together(op, &columns),
        })
        .collect();
    aggregated.sort_by(|one, other| one.labels.cmp(&other.labels));
    Value::Vector(aggregated)
}

fn group(grouping: &Grouping, labels: &Labels) -> Labels {
    let is_named = |label: &String| grouping.labels.contains(label);
    let is_kept = |label: &String| {
        if grouping.without {
            label != "__name__" && !is_named(label)
        } else {
            is_named(label)
        }
    };
    let kept = labels.iter().filter(|(label, _)| is_kept(label));
    kept.map(|(label, value)| (label.clone(), value.clone()))
        .collect()
}

fn together(op: AggregateOp, columns: &[&Column]) -> Vec<f64> {
    let length = columns.first().map_or(0, |column| column.values.len());
    let at = |index: usize| {
        let values = columns.iter().map(|column| column.values[index]);
        let present = values.filter(|value| !is_absent(*value));
        let (count, result) = present.fold((0.0, ABSENT), |(count, result), value| {
            let result = if count == 0.0 {
                value
            } else {
                match op {
                    AggregateOp::Sum | AggregateOp::Average => result + value,
                    // A number wins over NaN.
                    AggregateOp::Least => result.min(value),
                    AggregateOp::Greatest => result.max(value),
                    AggregateOp::Count | AggregateOp::Group => value,
                }
            };
            (count + 1.0, result)
        });
        match op {
            _ if count == 0.0 => ABSENT,
            AggregateOp::Count => count,
            AggregateOp::Group => 1.0,
            AggregateOp::Average => result / count,
            _ => result,
        }
    };
    (0..length).map(at).collect()
}
