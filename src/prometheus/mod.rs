//! The HTTP API of Prometheus, and a Prometheus of one's own for as long as it is
//! needed. Knows nothing of SLOs.
//!
//! | module | is |
//! |---|---|
//! | `client` | one method per question |
//! | `probe` | who answers at a URL, and what is wrong with it |
//! | `patience` | attempts, limits, counters |
//! | `transport`, `tls`, `access` | one request on its way, and trust |
//! | `reply`, `answer`, `loaded`, `error` | what comes back |
//! | `server`, `promtool`, `programs` | a Prometheus of one's own |

mod access;
mod answer;
mod client;
#[cfg(test)]
mod environment_tests;
mod error;
#[cfg(test)]
#[path = "../../tests/support/fake_server.rs"]
mod fake_server;
mod loaded;
mod patience;
mod probe;
pub mod programs;
pub mod promtool;
mod reply;
mod server;
mod tls;
#[cfg(test)]
mod tls_tests;
mod transport;
#[cfg(test)]
mod transport_tests;

pub use access::{Access, AccessError};
pub use answer::{Answer, Labels, Sample, Series, Stats};
pub use client::Client;
pub use error::Error;
pub use loaded::{
    BuildInfo, LoadedAlert, LoadedRule, Metadata, MetadataOfAll, RuleGroup, RuleKind, RuntimeInfo,
    Target,
};
pub use patience::{Settings, Usage};
pub use probe::{Product, ServerInfo};
pub use server::{Server, StartError};
