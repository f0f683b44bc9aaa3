//! What generated rules mean, in a real Prometheus.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "measured numbers, with --nocapture")]

mod alerts;
mod cost;
mod history;
mod lab;
mod native;
mod remote_write;
mod truth;
mod workload;
