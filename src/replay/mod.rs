//! Rules over the past, as Prometheus would have evaluated them: what reads raw metrics is
//! asked of a server, everything else is computed here.
//!
//! | module | is |
//! |---|---|
//! | `planner`, `plan`, `node` | what is asked of the server, and what is computed from it |
//! | `ask` | one question, within the limits of the server |
//! | `reach` | how far into the past it is needed |
//! | `grid`, `evaluate`, `operator`, `function`, `over_time` | the rest of a rule |

mod ask;
mod evaluate;
mod function;
mod grid;
mod node;
mod operator;
mod over_time;
mod plan;
mod planner;
mod reach;

pub(crate) use ask::{ask, is_left_open};
pub(crate) use evaluate::{Evaluator, seconds};
#[cfg(test)]
pub(crate) use grid::ABSENT;
pub(crate) use grid::{Column, Grid, Table, is_absent};
pub(crate) use node::{Plan, Planned, Question};
pub(crate) use plan::millis;
#[cfg(test)]
pub(crate) use planner::Added;
pub(crate) use planner::{Planner, plan};
pub(crate) use reach::Reach;
