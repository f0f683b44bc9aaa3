//! Compiles declarative SLO specs into Prometheus rules that are proven to work.
//!
//! Data flows one way: `spec` → `slo` (the model) → `rules` → `output`.
//!
//! | stage | is |
//! |---|---|
//! | `source`, `diagnostic` | texts, places in them, and what is said about them |
//! | `promql` | expressions as trees |
//! | `spec` | from YAML to the model |
//! | `slo` | the model |
//! | `burn` | the mathematics of burn rates |
//! | `lint` | what is wrong with an SLO although it can be read |
//! | `rules` | from the model to recording and alerting rules |
//! | `workload` | raw series that a model would be measured on |
//! | `output` | rules and their unit tests as files |
//! | `convert` | specs in another format, with their comments |
//! | `budget` | what was measured over time, and what it means for the error budget |
//! | `prometheus` | the HTTP API, promtool, a server of one's own |
//! | `replay` | rules over the past, as Prometheus would have evaluated them |
//! | `backfill` | history of recorded series |
//! | `progress` | how far a long run is |
//! | `scope` | what narrows every question |
//! | `measure` | what was measured of SLOs over time, recorded or raw |
//! | `review` | what product managers read, as data |
//! | `whatif` | what a change would do to a budget |
//! | `gate` | what the policies of many SLOs decide together |
//! | `check` | what a live Prometheus says about rules, series, values and burn |
//! | `report` | how people and programs read that |
//! | `cli` | arguments, inputs, exit codes |
//!
//! Up to `output` nothing reads or writes files but `output::directory` and `cli`.

pub mod backfill;
pub mod budget;
pub mod burn;
pub mod check;
pub mod cli;
pub mod convert;
pub mod diagnostic;
pub mod duration;
pub mod gate;
pub mod lint;
pub mod measure;
pub mod output;
pub mod parallel;
pub mod progress;
pub mod prometheus;
pub mod promql;
pub(crate) mod replay;
pub mod report;
pub mod review;
pub mod rules;
pub mod scope;
pub mod slo;
pub mod source;
pub mod spec;
pub(crate) mod suggest;
#[cfg(test)]
pub(crate) mod testing;
pub mod whatif;
pub(crate) mod words;
pub mod workload;
