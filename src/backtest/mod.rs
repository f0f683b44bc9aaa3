//! What would have become of budgets and alerts, had an SLO been there before.
//!
//! Everything is computed from raw metrics: rules and alerts are evaluated as Prometheus
//! would have evaluated them, minute by minute, for the specs as they are, for a baseline,
//! and for other objectives. What versions have in common is asked and evaluated once.
//!
//! | module | is |
//! |---|---|
//! | `run` | SLO after SLO: ask, evaluate, judge |
//! | `cache` | answers of an interrupted run |
//! | `past` | what the rules would have recorded |
//! | `runs`, `fired` | when alerts would have fired, and why |
//! | `tracks`, `judge` | budgets, periods, incidents, what alerts have cost |
//! | `suggest` | which objective the data supports |
//! | `compare` | what a change does |
//! | `model` | what is found |

mod cache;
mod compare;
mod fired;
mod judge;
pub mod model;
mod past;
mod run;
mod runs;
mod suggest;
mod tracks;

pub use cache::Cache;
pub use compare::{Change, Count, Unmeasured, change};
pub use judge::NEXT_TO_NOTHING;
pub use model::Backtest;
pub use run::{Run, World, run};
