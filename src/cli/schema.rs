use std::io::Write;

use super::{Exit, Streams};

/// Prints the JSON Schema of specs, for editors
///
/// Save it, and name it in a spec's first line:
/// `# yaml-language-server: $schema=slosmith.schema.json`
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(streams: &mut Streams) -> anyhow::Result<Exit> {
    let schema = serde_json::to_string_pretty(&crate::spec::json_schema())?;
    writeln!(streams.out, "{schema}")?;
    Ok(Exit::AllWell)
}
