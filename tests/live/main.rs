//! What generated rules mean, in a real Prometheus.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod history;
mod lab;
mod truth;
mod workload;
