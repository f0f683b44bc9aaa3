use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::{Exit, Streams};
use crate::spec::is_name;

/// Writes a commented first spec
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The service; `-` for one called `my-service`, to standard output
    #[arg(default_value = "my-service")]
    service: String,

    /// File to write, or `-` for standard output [default: slo-specs/<SERVICE>.yaml]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is written; `SERVICE` is replaced.
const TEMPLATE: &str = include_str!("init.yaml");

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let to_stdout = args.service == "-" || args.output.as_deref() == Some(Path::new("-"));
    let service = match args.service.as_str() {
        "-" => "my-service",
        service => service,
    };
    if !is_name(service) {
        bail!(
            "`{service}` cannot name a service: letters, digits, `-`, `_` and `.`, \
             with a letter or digit at both ends, at most 63"
        );
    }
    let text = TEMPLATE.replace("SERVICE", service);
    if to_stdout {
        streams.out.write_all(text.as_bytes())?;
        return Ok(Exit::AllWell);
    }
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| Path::new("slo-specs").join(format!("{service}.yaml")));
    write_new(&path, &text)?;
    writeln!(
        streams.err,
        "wrote {0}; next: edit it, then `slosmith validate {0}`",
        path.display()
    )?;
    Ok(Exit::AllWell)
}

/// Never overwrites.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot create `{}`", directory.display()))?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write `{}`", path.display())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("`{}` exists already; nothing was written", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot write `{}`", path.display())),
    }
}
