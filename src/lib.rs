//! Compiles declarative SLO specs into Prometheus rules that are proven to work.
//!
//! Data flows one way: `spec` → `slo` (the model) → `rules` → `output`. The
//! library does no I/O of its own accord; `cli` does.

pub mod backfill;
pub mod burn;
pub mod cli;
pub mod diagnostic;
pub mod duration;
pub mod lint;
pub mod output;
pub mod parallel;
pub mod prometheus;
pub mod promql;
pub mod rules;
pub mod slo;
pub mod source;
pub mod spec;
pub mod workload;
