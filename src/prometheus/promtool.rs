//! Makes blocks of a Prometheus database with promtool.

use std::io;
use std::path::Path;

use tokio::process::Command;

/// Longest block, so that a month becomes a few and not hundreds. Rules are
/// evaluated over a block in one query, and 11,000 points a minute apart is what
/// Prometheus answers with at most.
const BLOCK: &str = "--max-block-duration=162h";

/// Adds what an OpenMetrics file says to the database in `data`.
pub async fn blocks_from_openmetrics(file: &Path, data: &Path) -> io::Result<()> {
    let mut command = create_blocks();
    command.arg("openmetrics").arg(file).arg(data);
    run(command).await
}

/// Evaluates the recording rules of a file as if the server at `url` had done so from
/// `start` to `end`, in Unix seconds, and adds what they record to `data`, both below
/// `folder`. Only what the server has already is seen, not what is being added.
///
/// The moments of evaluation depend on the names of groups and of the file, which is
/// why it is given as seen from the folder.
pub async fn blocks_from_rules(
    folder: &Path,
    file: &str,
    data: &str,
    url: &str,
    (start, end): (u64, u64),
) -> io::Result<()> {
    let mut command = create_blocks();
    command
        .current_dir(folder)
        .arg("rules")
        .arg(format!("--url={url}"))
        .arg(format!("--start={start}"))
        .arg(format!("--end={end}"))
        .arg(format!("--output-dir={data}"))
        .arg(file);
    run(command).await
}

fn create_blocks() -> Command {
    let mut command = Command::new("promtool");
    command.args(["tsdb", "create-blocks-from", BLOCK, "--quiet"]);
    command
}

/// What promtool says when it fails is the error.
async fn run(mut command: Command) -> io::Result<()> {
    let output = command.kill_on_drop(true).output().await;
    let output = output
        .map_err(|error| io::Error::new(error.kind(), format!("cannot run promtool: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("promtool: {}", said.trim())))
}
