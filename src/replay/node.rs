//! The parts of an expression that are evaluated here, and what is asked for the rest.

use std::sync::Arc;

use regex::Regex;

use super::over_time::Over;
use crate::prometheus::Labels;
use crate::promql::ast::{BinaryOp, Matcher};

/// Rules in an order in which each reads only what comes before it, and what is asked.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) rules: Vec<Planned>,
    pub(crate) questions: Vec<Question>,
    /// Expressions that nothing records, such as those of alerts.
    pub(crate) looks: Vec<Look>,
}

/// An expression that nothing records.
#[derive(Debug)]
pub(crate) struct Look {
    /// Milliseconds between its evaluations.
    pub(crate) interval: i64,
    pub(crate) node: Node,
    /// The rules whose series it reads.
    pub(crate) reads: Vec<usize>,
    /// The questions whose answers it reads.
    pub(crate) asks: Vec<usize>,
}

/// A recording rule.
#[derive(Debug)]
pub(crate) struct Planned {
    /// Which of the recording rules of the files it is.
    pub(crate) source: usize,
    /// Name of the series.
    pub(crate) record: String,
    /// Labels it gets.
    pub(crate) labels: Arc<Labels>,
    /// Milliseconds between its evaluations.
    pub(crate) interval: i64,
    pub(crate) node: Node,
    /// The rules whose series it reads.
    pub(crate) reads: Vec<usize>,
    /// The questions whose answers it reads.
    pub(crate) asks: Vec<usize>,
}

/// A query and how often it is evaluated, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) query: String,
    pub(crate) step: i64,
}

/// A part of an expression that is evaluated here.
#[derive(Debug)]
pub(crate) enum Node {
    Number(f64),
    Time,
    /// The answer to a question.
    Raw {
        question: usize,
        is_scalar: bool,
    },
    /// What a rule has recorded.
    Recorded(Read),
    OverTime {
        over: Over,
        of: Range,
    },
    Binary(Box<Binary>),
    Negative(Box<Node>),
    Aggregate {
        op: AggregateOp,
        grouping: Grouping,
        of: Box<Node>,
    },
    Function {
        function: Function,
        of: Box<Node>,
    },
}

/// A read of a recorded series.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) rule: usize,
    /// Those that the labels of the rule do not meet by themselves.
    pub(crate) matchers: Vec<Matcher>,
    /// So many milliseconds before.
    pub(crate) offset: i64,
    /// `@ end()`: at the instant at which the rule is evaluated, wherever it stands.
    pub(crate) is_at_end: bool,
}

/// A range of values.
#[derive(Debug)]
pub(crate) enum Range {
    Recorded {
        read: Read,
        range: i64,
    },
    Subquery {
        of: Box<Node>,
        range: i64,
        step: i64,
    },
}

/// An operator and its operands.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) op: BinaryOp,
    pub(crate) returns_bool: bool,
    /// `on` (true) or `ignoring` these labels.
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) lhs: Node,
    pub(crate) rhs: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateOp {
    Sum,
    Average,
    Least,
    Greatest,
    Count,
    Group,
}

#[derive(Debug)]
pub(crate) struct Grouping {
    /// `without` (true) or `by` these labels.
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Function {
    Vector,
    Scalar,
    AtLeast(f64),
    AtMost(f64),
    Date(DatePart),
    /// 1, with these labels, where there is nothing.
    Absent(Arc<Labels>),
    LabelReplace {
        target: String,
        replacement: String,
        source: String,
        pattern: Regex,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatePart {
    Year,
    Month,
    DayOfYear,
    DayOfMonth,
    DayOfWeek,
    DaysInMonth,
}

impl DatePart {
    /// By the name of its function.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "year" => Self::Year,
            "month" => Self::Month,
            "day_of_year" => Self::DayOfYear,
            "day_of_month" => Self::DayOfMonth,
            "day_of_week" => Self::DayOfWeek,
            "days_in_month" => Self::DaysInMonth,
            _ => return None,
        })
    }
}
