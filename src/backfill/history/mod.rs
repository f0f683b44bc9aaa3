//! The history of everything that rules record, computed from the raw metrics of a live
//! server in one run.
//!
//! | module | is |
//! |---|---|
//! | `run` | SLO after SLO: ask, compute, write |
//! | `taken` | what the server has recorded already |
//! | `journal` | a file that an interrupted run goes on with |

mod journal;
mod run;
mod taken;

pub use journal::{Begun, Journal, Note, Output, Pipe, Span, Written};
pub use run::{Outcome, Run, Stopped, needed, run};
