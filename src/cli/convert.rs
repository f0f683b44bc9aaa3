//! `convert`: specs of other tools → native specs, native specs → `OpenSLO`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::inputs::{self, STDIN};
use super::{Exit, FailOn, ForeignArgs, Streams};
use crate::convert::{self, Conversion, Converted, What};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, codes::output as codes, render_text};
use crate::output::directory::{Change, Plan, Survey, replace, write};
use crate::source::{SourceId, Sources};
use crate::words::count;

/// Converts specs of other tools for good, with their comments
///
/// Reads every format that `generate` reads. What is written compiles to the same rules,
/// which is checked before anything is written. What could not be carried over is
/// reported.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Spec files, directories (searched for *.yaml and *.yml), or `-` for standard input
    #[arg(value_name = "SPECS", default_value = "slo-specs")]
    specs: Vec<PathBuf>,

    /// The format to write
    #[arg(long, value_enum)]
    to: Target,

    /// Directory to write to, a file for each spec file, or `-` for standard output
    #[arg(short, long, value_name = "DIR", default_value = "-")]
    output: PathBuf,

    /// Replace the spec files themselves: all of them, or none
    #[arg(long, conflicts_with = "output")]
    in_place: bool,

    #[command(flatten)]
    foreign: ForeignArgs,

    /// End with 1 if there is a finding of this severity
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// slosmith/v1
    Native,
    /// openslo/v1; what it has no words for in annotations that slosmith reads back
    Openslo,
}

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let mut sources = Sources::default();
    let mut findings = Diagnostics::default();
    let ids = inputs::read(&args.specs, &mut sources, &mut findings);
    let options = args.foreign.options(&mut sources, &mut findings);
    let conversion = match args.to {
        _ if findings.has_errors() => None,
        Target::Native => convert::to_native(&sources, &ids, &options, &mut findings),
        Target::Openslo => convert::to_openslo(&sources, &ids, &options, &mut findings),
    };
    let text = render_text(&findings, &sources, true);
    streams.err.write_all(text.as_bytes())?;
    let Some(conversion) = conversion else {
        return Ok(Exit::Invalid);
    };
    match args.put(&conversion, &sources, streams)? {
        Ok(place) => {
            report(&conversion, &sources, &place, &findings, streams)?;
            Ok(args.fail_on.apply(&findings, Exit::AllWell))
        }
        Err(in_the_way) => {
            let mut findings = Diagnostics::default();
            findings.extend(in_the_way);
            let text = render_text(&findings, &sources, true);
            streams.err.write_all(text.as_bytes())?;
            Ok(Exit::Invalid)
        }
    }
}

/// Where everything was written, in words, or what is in the way.
type Put = Result<String, Vec<Diagnostic>>;

impl Args {
    /// Writes what was converted where it belongs.
    fn put(
        &self,
        conversion: &Conversion,
        sources: &Sources,
        streams: &mut Streams,
    ) -> anyhow::Result<Put> {
        if self.in_place {
            replace_sources(conversion, sources)
        } else if self.output == Path::new("-") {
            print(conversion, streams)?;
            Ok(Ok(String::new()))
        } else {
            self.fill(conversion, sources)
        }
    }

    /// Writes a file for each spec file below the output directory.
    fn fill(&self, conversion: &Conversion, sources: &Sources) -> anyhow::Result<Put> {
        let mut plan = Plan::default();
        let mut names = Vec::new();
        let mut findings = Vec::new();
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for file in written(conversion) {
            let source = sources.get(file.source).name.as_str();
            let path = self.path_of(source)?;
            if let Some(other) = taken.insert(path.to_lowercase(), source) {
                findings.push(same_path(&path, other, source));
            }
            let added = plan.add(path.clone(), || file.text.clone());
            findings.extend(added.err().map(|finding| *finding));
            names.push((path, file.text.clone()));
        }
        if !findings.is_empty() {
            return Ok(Err(findings));
        }
        verify(conversion, names)?;
        let done = Survey::additions(&self.output, &plan).and_then(|survey| write(&survey));
        Ok(done.map(|_| format!(" → {}", self.output.display())))
    }

    /// Where a spec file is written below the output directory: as it lies in the directory
    /// that was named, or under its own name.
    fn path_of(&self, source: &str) -> anyhow::Result<String> {
        if source == STDIN {
            bail!("what comes from standard input has no name below a directory; use `-o -`");
        }
        let source = Path::new(source);
        let inside = self.specs.iter().find_map(|named| {
            let rest = source.strip_prefix(named).ok()?;
            (!rest.as_os_str().is_empty()).then_some(rest)
        });
        let path = inside.or_else(|| source.file_name().map(Path::new));
        let parts = path.into_iter().flat_map(Path::components);
        let parts: Vec<_> = parts
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        Ok(parts.join("/"))
    }
}

/// The files that there is something to write for.
fn written(conversion: &Conversion) -> impl Iterator<Item = &Converted> {
    let referred = |file: &&Converted| matches!(file.what, What::Referred { .. });
    conversion.files.iter().filter(move |file| !referred(file))
}

fn same_path(path: &str, first: &str, second: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::NAME_COLLISION,
        format!("`{first}` and `{second}` would both be written as `{path}`"),
    )
    .with_help("name a directory that holds both, or convert them apart")
}

/// All specs as one stream of documents.
fn print(conversion: &Conversion, streams: &mut Streams) -> anyhow::Result<()> {
    let mut stream = String::new();
    for file in written(conversion) {
        if !stream.is_empty() {
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
            if !file.text.starts_with("---") {
                stream.push_str("---\n");
            }
        }
        stream.push_str(&file.text);
    }
    verify(conversion, vec![("<stdout>".to_owned(), stream.clone())])
        .context("as one stream the specs would mean something else; use `-o DIR`")?;
    streams.plain.write_all(stream.as_bytes())?;
    Ok(())
}

/// Writes every spec over its original.
fn replace_sources(conversion: &Conversion, sources: &Sources) -> anyhow::Result<Put> {
    let mut changes = Vec::new();
    let mut names = Vec::new();
    for file in written(conversion) {
        let source = sources.get(file.source);
        names.push((source.name.clone(), file.text.clone()));
        if source.text == file.text {
            continue;
        }
        // A link goes on leading to what it leads to.
        let real = fs::canonicalize(&source.name);
        let Some(real) = real.ok().filter(|real| real.is_file()) else {
            bail!("`{}` is no file that can be replaced", source.name);
        };
        let Some(path) = real.to_str() else {
            bail!("`{}` has a name that is not UTF-8", source.name);
        };
        changes.push(Change {
            path: path.to_owned(),
            old: Some(source.text.clone().into_bytes()),
            new: Some(file.text.clone()),
        });
    }
    verify(conversion, names)?;
    Ok(replace(changes).map(|_| " in place".to_owned()))
}

/// Fails unless these texts compile to the rules of the originals.
fn verify(conversion: &Conversion, texts: Vec<(String, String)>) -> anyhow::Result<()> {
    let differences = conversion.differences(texts);
    if !differences.is_empty() {
        bail!(
            "nothing was written: what was converted does not compile to the same rules\n{}",
            differences.join("\n")
        );
    }
    Ok(())
}

/// What was done with each file, and the sum.
fn report(
    conversion: &Conversion,
    sources: &Sources,
    place: &str,
    findings: &Diagnostics,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let (mut slos, mut files, mut already) = (0, 0, 0);
    let name = |id: SourceId| sources.get(id).name.escape_debug().to_string();
    for file in &conversion.files {
        let said = match file.what {
            What::Converted {
                slos: here,
                comments,
            } => {
                slos += here;
                files += 1;
                let comments = match comments {
                    0 => String::new(),
                    some => format!(", {} kept", count(some, "comment")),
                };
                format!("{}{comments}", count(here, "SLO"))
            }
            What::Already => {
                already += 1;
                "in this format already".to_owned()
            }
            What::Referred { comments } => {
                let comments = match comments {
                    0 => String::new(),
                    some => format!(", {} stay behind", count(some, "comment")),
                };
                format!("not converted: others refer to it, and no longer need it{comments}")
            }
        };
        writeln!(streams.err, "{}: {said}", name(file.source))?;
    }
    let already = match already {
        0 => String::new(),
        some => format!(", {} in this format already", count(some, "file")),
    };
    writeln!(
        streams.err,
        "{} of {} converted{place}{already}, {}",
        count(slos, "SLO"),
        count(files, "file"),
        count(findings.count(Severity::Warning), "warning"),
    )?;
    Ok(())
}
