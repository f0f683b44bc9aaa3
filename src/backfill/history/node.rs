//! The parts of an expression that are evaluated here, and what is asked for the rest.

use std::sync::Arc;

use regex::Regex;

use super::over_time::Over;
use crate::prometheus::Labels;
use crate::promql::ast::{BinaryOp, Matcher};

/// Rules in an order in which each reads only what comes before it, and what is asked.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) rules: Vec<Planned>,
    pub(super) questions: Vec<Question>,
}

/// A recording rule.
#[derive(Debug)]
pub(super) struct Planned {
    /// Which of the recording rules of the files it is.
    pub(super) source: usize,
    /// Name of the series.
    pub(super) record: String,
    /// Labels it gets.
    pub(super) labels: Arc<Labels>,
    /// Milliseconds between its evaluations.
    pub(super) interval: i64,
    pub(super) node: Node,
    /// The rules whose series it reads.
    pub(super) reads: Vec<usize>,
    /// The questions whose answers it reads.
    pub(super) asks: Vec<usize>,
}

/// A query and how often it is evaluated, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) query: String,
    pub(super) step: i64,
}

/// A part of an expression that is evaluated here.
#[derive(Debug)]
pub(super) enum Node {
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
pub(super) struct Read {
    pub(super) rule: usize,
    /// Those that the labels of the rule do not meet by themselves.
    pub(super) matchers: Vec<Matcher>,
    /// `@ end()`: at the instant at which the rule is evaluated, wherever it stands.
    pub(super) is_at_end: bool,
}

/// A range of values.
#[derive(Debug)]
pub(super) enum Range {
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
pub(super) struct Binary {
    pub(super) op: BinaryOp,
    pub(super) returns_bool: bool,
    /// `on` (true) or `ignoring` these labels.
    pub(super) on: bool,
    pub(super) labels: Vec<String>,
    pub(super) lhs: Node,
    pub(super) rhs: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AggregateOp {
    Sum,
    Average,
    Least,
    Greatest,
    Count,
    Group,
}

#[derive(Debug)]
pub(super) struct Grouping {
    /// `without` (true) or `by` these labels.
    pub(super) without: bool,
    pub(super) labels: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Function {
    Vector,
    Scalar,
    AtLeast(f64),
    AtMost(f64),
    Date(DatePart),
    LabelReplace {
        target: String,
        replacement: String,
        source: String,
        pattern: Regex,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    Month,
    DayOfYear,
    DayOfMonth,
    DayOfWeek,
    DaysInMonth,
}

impl DatePart {
    /// By the name of its function.
    pub(super) fn named(name: &str) -> Option<Self> {
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
