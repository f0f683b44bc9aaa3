//! The history of everything that rules record, computed from the raw metrics of a live
//! server in one run.
//!
//! | module | is |
//! |---|---|
//! | `plan`, `node` | what is asked of the server, and what is computed from it |
//! | `ask` | one question, within the limits of the server |
//! | `taken` | what the server has recorded already |
//! | `grid`, `evaluate`, `operator`, `function`, `over_time` | the rest of a rule, as Prometheus would evaluate it |
//! | `journal` | a file that an interrupted run goes on with |

mod ask;
mod evaluate;
mod function;
mod grid;
mod journal;
mod node;
mod operator;
mod over_time;
mod plan;
mod run;
mod taken;

pub use journal::{Begun, Journal, Note, Output, Pipe, Span, Written};
pub use run::{Outcome, Run, Stopped, needed, run};
