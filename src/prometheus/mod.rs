//! The HTTP API of Prometheus, and a Prometheus of one's own for as long as it is
//! needed. Knows nothing of SLOs.

mod answer;
mod client;
mod error;
pub mod programs;
pub mod promtool;
mod server;

pub use answer::{
    Answer, Labels, LoadedAlert, LoadedRule, RuleGroup, RuleKind, Sample, Series, Stats,
};
pub use client::{Client, Settings};
pub use error::Error;
pub use server::{Server, StartError};
