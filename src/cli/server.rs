//! Arguments that say which Prometheus is asked.

use anyhow::Context as _;

use crate::prometheus::{Access, Client, Settings};

/// Which Prometheus is asked, and how.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArgs {
    /// URL of the Prometheus, up to its path prefix
    #[arg(long, value_name = "URL", env = "PROMETHEUS_URL")]
    prometheus: Option<String>,
}

impl ServerArgs {
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let url = self
            .prometheus
            .as_deref()
            .context("which Prometheus? name it with --prometheus URL or PROMETHEUS_URL")?;
        Ok(Client::new(url, Access::default(), Settings::default())?)
    }
}
