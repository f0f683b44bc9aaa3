//! Makes blocks of a Prometheus database with promtool.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use tokio::process::Command;

/// Longest block, so that a month becomes a few and not hundreds. Rules are
/// evaluated over a block in one query, and 11,000 points a minute apart is what
/// Prometheus answers with at most.
const BLOCK: &str = "--max-block-duration=162h";

/// Adds what an OpenMetrics file says to the database in `data`.
pub async fn blocks_from_openmetrics(file: &Path, data: &Path) -> io::Result<()> {
    let arguments = [
        OsStr::new("openmetrics"),
        file.as_os_str(),
        data.as_os_str(),
    ];
    create_blocks(&arguments).await
}

/// Runs `promtool tsdb create-blocks-from`; its own words are the error.
pub async fn create_blocks(arguments: &[&OsStr]) -> io::Result<()> {
    let output = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", BLOCK, "--quiet"])
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot run promtool: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("promtool: {}", said.trim())))
}
