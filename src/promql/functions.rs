//! The functions and aggregations that Prometheus has.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// One number.
    Scalar,
    /// An instant vector.
    Vector,
    /// A range vector.
    Matrix,
    /// A text.
    String,
}

impl ValueType {
    /// As Prometheus calls it, with its article.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Matrix => "a range vector",
            Self::String => "a string",
        }
    }
}

/// A function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Types of the arguments: `v`ector, `m`atrix, `s`calar, s`t`ring.
    arguments: &'static str,
    /// How many of the last arguments may be left out.
    optional: usize,
    /// The last argument may be repeated.
    repeated: bool,
    /// Only with `--enable-feature=promql-experimental-functions`.
    pub experimental: bool,
}

/// Name, arguments (`?` after optional ones, `*` after a repeated one, `!` for experimental).
const TABLE: &str = "
abs v;absent v;absent_over_time m;acos v;acosh v;asin v;asinh v;atan v;atanh v;avg_over_time m;ceil v;changes m;
clamp vss;clamp_max vs;clamp_min vs;cos v;cosh v;count_over_time m;day_of_month v?;day_of_week v?;day_of_year v?;
days_in_month v?;deg v;delta m;deriv m;double_exponential_smoothing mss!;end !;exp v;first_over_time m!;floor v;
histogram_avg v;histogram_count v;histogram_fraction ssv;histogram_quantile sv;histogram_quantiles vts*!;
histogram_stddev v;histogram_stdvar v;histogram_sum v;hour v?;idelta m;increase m;info vv?!;irate m;label_join vttt*;
label_replace vtttt;last_over_time m;ln v;log10 v;log2 v;mad_over_time m!;max_over_time m;max_of ss!;min_of ss!;
min_over_time m;minute v?;month v?;pi ;predict_linear ms;present_over_time m;quantile_over_time sm;rad v;range !;
rate m;resets m;round vs?;scalar v;sgn v;sin v;sinh v;sort v;sort_by_label vt*!;sort_by_label_desc vt*!;sort_desc v;
sqrt v;start !;start_timestamp v!;stddev_over_time m;stdvar_over_time m;step !;sum_over_time m;tan v;tanh v;time ;timestamp v;
ts_of_first_over_time m!;ts_of_last_over_time m!;ts_of_max_over_time m!;ts_of_min_over_time m!;vector s;year v?";

/// Aggregations, with the type of their parameter (`-` for none, `!` for experimental).
const AGGREGATIONS: [(&str, &str); 14] = [
    ("avg", "-"),
    ("bottomk", "s"),
    ("count", "-"),
    ("count_values", "t"),
    ("group", "-"),
    ("limit_ratio", "s!"),
    ("limitk", "s!"),
    ("max", "-"),
    ("min", "-"),
    ("quantile", "s"),
    ("stddev", "-"),
    ("stdvar", "-"),
    ("sum", "-"),
    ("topk", "s"),
];

/// The function with this name.
pub fn function(name: &str) -> Option<Function> {
    static BY_NAME: LazyLock<HashMap<&str, Function>> =
        LazyLock::new(|| table().map(|function| (function.name, function)).collect());
    BY_NAME.get(name).copied()
}

/// All functions.
pub fn table() -> impl Iterator<Item = Function> {
    TABLE.split(';').filter_map(|entry| {
        let (name, signature) = entry.trim_matches('\n').split_once(' ')?;
        Some(Function {
            name,
            arguments: signature.trim_end_matches(['?', '*', '!']),
            optional: signature.matches('?').count() + usize::from(signature.contains('*')),
            repeated: signature.contains('*'),
            experimental: signature.contains('!'),
        })
    })
}

impl Function {
    /// The fewest and the most arguments; `None` for no upper bound.
    pub fn arity(&self) -> (usize, Option<usize>) {
        let most = self.arguments.len();
        (most - self.optional, (!self.repeated).then_some(most))
    }

    /// The type of the argument at an index.
    pub fn argument(&self, index: usize) -> ValueType {
        let last = self.arguments.len().saturating_sub(1);
        match self.arguments.as_bytes().get(index.min(last)) {
            Some(b'v') => ValueType::Vector,
            Some(b'm') => ValueType::Matrix,
            Some(b't') => ValueType::String,
            _ => ValueType::Scalar,
        }
    }

    /// What it returns.
    pub fn returns(&self) -> ValueType {
        match self.name {
            "scalar" | "time" | "pi" | "start" | "end" | "step" | "range" | "max_of" | "min_of" => {
                ValueType::Scalar
            }
            _ => ValueType::Vector,
        }
    }
}

/// Whether this is an aggregation, in any case.
pub fn is_aggregation(name: &str) -> bool {
    aggregation(name).is_some()
}

/// The type of an aggregation's parameter, if it takes one.
pub fn aggregation_parameter(name: &str) -> Option<ValueType> {
    match aggregation(name)?.as_bytes().first()? {
        b's' => Some(ValueType::Scalar),
        b't' => Some(ValueType::String),
        _ => None,
    }
}

/// Whether an aggregation is experimental.
pub fn is_experimental_aggregation(name: &str) -> bool {
    aggregation(name).is_some_and(|signature| signature.ends_with('!'))
}

fn aggregation(name: &str) -> Option<&'static str> {
    AGGREGATIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, signature)| *signature)
}
