use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::select::Selector;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, codes::spec as codes};
use crate::lint;
use crate::parallel;
use crate::slo::Slo;
use crate::source::{SourceId, SourceSpan, Sources, Span};
use crate::spec::{self, Outline};

/// The largest file that is read, in bytes; a spec of 10,000 SLOs has about 10 MB.
const MAX_BYTES: u64 = 16 << 20;
/// How standard input is called in findings.
pub(super) const STDIN: &str = "<stdin>";

/// Which specs a command reads, and which of their SLOs it looks at.
#[derive(Debug, Clone, clap::Args)]
pub struct SpecArgs {
    /// Spec files, directories (searched for *.yaml and *.yml), or `-` for standard input
    #[arg(value_name = "SPECS", default_value = "slo-specs")]
    pub specs: Vec<PathBuf>,

    /// Only these SLOs: service=x,owner=y,slo=z. Different keys must all hold, values of one key are alternatives
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub select: Vec<Selector>,

    /// What is said about specs of other tools
    #[command(flatten)]
    pub foreign: ForeignArgs,
}

/// What is said about specs of other tools.
#[derive(Debug, Clone, clap::Args)]
pub struct ForeignArgs {
    /// Files or directories with Sloth's catalogues of alert windows, for Sloth specs
    #[arg(long, value_name = "PATH")]
    pub alert_windows: Vec<PathBuf>,

    /// The period of the SLOs in Sloth specs, which cannot name one themselves
    #[arg(long, value_name = "DURATION")]
    pub default_slo_period: Option<String>,
}

impl SpecArgs {
    /// Whether nothing is left out: no SLO by selection, and no file of a directory.
    pub fn is_everything(&self) -> bool {
        self.select.is_empty() && self.specs.iter().all(|path| path.is_dir())
    }
}

/// Everything that a command needs to know about the specs.
#[derive(Debug, Default)]
pub struct Specs {
    /// The texts.
    pub sources: Sources,
    /// All SLOs that could be read, whether selected or not: references lead to any of them.
    pub slos: Vec<Slo>,
    /// Indices in `slos` of those that were selected.
    pub selected: Vec<usize>,
    /// All SLOs that were met, those with errors included.
    pub outlines: Vec<Outline>,
    /// What is wrong with any of them, whether selected or not.
    pub diagnostics: Diagnostics,
    /// How many findings the selected SLOs accept.
    pub accepted: usize,
    select: Vec<Selector>,
}

impl ForeignArgs {
    /// The texts that these arguments name.
    pub(super) fn options(
        &self,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> spec::Options {
        spec::Options {
            windows: read(&self.alert_windows, sources, diagnostics),
            default_period: self
                .default_slo_period
                .as_ref()
                .map(|period| sources.add("--default-slo-period", period.clone())),
            ..spec::Options::default()
        }
    }
}

impl Specs {
    /// Reads and checks everything; fails only when a selection names what does not exist.
    pub fn load(args: &SpecArgs) -> anyhow::Result<Self> {
        Self::load_as(args, false)
    }

    /// Like [`Self::load`]; with `strict`, `OpenSLO` documents get the verdict of the
    /// `OpenSLO` SDK and no other.
    pub fn load_as(args: &SpecArgs, strict: bool) -> anyhow::Result<Self> {
        let mut specs = Self::of(args);
        let ids = read(&args.specs, &mut specs.sources, &mut specs.diagnostics);
        specs.load_read(&ids, args, strict);
        super::select::check(&specs.select, &specs.outlines)?;
        Ok(specs)
    }

    /// Reads specs that others are compared with, by name and content where they are in no
    /// file. What is selected need not be among them.
    pub(super) fn load_other(args: &SpecArgs, texts: Option<Vec<(String, Vec<u8>)>>) -> Self {
        let mut specs = Self::of(args);
        let (sources, diagnostics) = (&mut specs.sources, &mut specs.diagnostics);
        let ids = match texts {
            Some(texts) => take_up(texts, sources, diagnostics),
            None => read(&args.specs, sources, diagnostics),
        };
        specs.load_read(&ids, args, false);
        specs
    }

    fn of(args: &SpecArgs) -> Self {
        Self {
            select: args.select.clone(),
            ..Self::default()
        }
    }

    fn load_read(&mut self, ids: &[SourceId], args: &SpecArgs, strict: bool) {
        let specs = self;
        if ids.is_empty() && specs.diagnostics.has_errors() {
            return;
        }
        let options = spec::Options {
            strict,
            ..args
                .foreign
                .options(&mut specs.sources, &mut specs.diagnostics)
        };
        let loaded = spec::load_with(&specs.sources, ids, &options, &mut specs.diagnostics);
        specs.slos = loaded.slos;
        specs.outlines = loaded.outlines;
        specs.selected = (0..specs.slos.len())
            .filter(|index| specs.is_selected(&specs.slos[*index]))
            .collect();
        specs.lint(Timestamp::now().to_zoned(TimeZone::UTC).date());
        if let Some(verdict) = loaded.verdict {
            verdict.apply(&specs.sources, &mut specs.diagnostics);
        }
    }

    /// Looks at what the SLOs say; those with errors are no longer selected.
    fn lint(&mut self, today: Date) {
        let linted = parallel::map(&self.slos, |slo| lint::check(slo, &self.sources, today));
        let is_error = |finding: &Diagnostic| finding.code.severity == Severity::Error;
        self.accepted = self
            .selected
            .iter()
            .map(|index| linted[*index].accepted)
            .sum();
        self.selected
            .retain(|index| !linted[*index].findings.iter().any(is_error));
        for linted in linted {
            self.diagnostics.extend(linted.findings);
        }
    }

    fn is_selected(&self, slo: &Slo) -> bool {
        let owner = slo.owner.as_ref().map(|owner| owner.value.as_str());
        super::select::matches(&self.select, &slo.id, owner)
    }

    /// The findings that concern the selected SLOs: those in them, those in
    /// their files but in no SLO, and those that are in no file.
    pub fn findings(&self) -> Diagnostics {
        self.diagnostics.filtered(|finding| {
            self.select.is_empty()
                || finding
                    .primary
                    .as_ref()
                    .is_none_or(|primary| self.concerns(primary.at))
        })
    }

    fn concerns(&self, at: SourceSpan) -> bool {
        let is_selected = |outline: &&Outline| {
            super::select::matches(&self.select, &outline.id, outline.owner.as_deref())
        };
        let holds = |outline: &&Outline| {
            outline.at.source == at.source && outline.at.span.contains(at.span)
        };
        match self.outlines.iter().find(holds) {
            Some(outline) => is_selected(&outline),
            None => self
                .outlines
                .iter()
                .filter(is_selected)
                .any(|outline| outline.at.source == at.source),
        }
    }
}

/// Reads all inputs; what cannot be read is reported, the rest goes on.
pub(super) fn read(
    paths: &[PathBuf],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<SourceId> {
    let mut reader = Reader {
        sources,
        diagnostics,
        ids: Vec::new(),
        seen: HashSet::new(),
    };
    for path in paths {
        if path.as_os_str() == "-" {
            if reader.seen.insert(PathBuf::from(STDIN)) {
                reader.content(STDIN, io::stdin().lock());
            }
        } else {
            reader.input(path);
        }
    }
    reader.ids
}

/// Takes up texts that are in no file.
fn take_up(
    texts: Vec<(String, Vec<u8>)>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<SourceId> {
    let mut reader = Reader {
        sources,
        diagnostics,
        ids: Vec::new(),
        seen: HashSet::new(),
    };
    for (name, text) in texts {
        reader.content(&name, text.as_slice());
    }
    reader.ids
}

struct Reader<'a> {
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    ids: Vec<SourceId>,
    /// Real paths of files: one that is reached in two ways is read once.
    seen: HashSet<PathBuf>,
}

impl Reader<'_> {
    /// A file or directory that was named by the user.
    fn input(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let mut files = Vec::new();
                let before = self.diagnostics.count(Severity::Error);
                self.walk(path, &mut Vec::new(), &mut files);
                if files.is_empty() && self.diagnostics.count(Severity::Error) == before {
                    self.report(
                        Diagnostic::new(
                            &codes::NOTHING_FOUND,
                            format!("no *.yaml or *.yml file in `{}`", path.display()),
                        )
                        .with_help("`slosmith init` writes a first spec"),
                    );
                }
                for (file, metadata) in files {
                    self.file(&file, &metadata);
                }
            }
            Ok(metadata) => self.file(path, &metadata),
            Err(error) => self.unreadable(path, &error),
        }
    }

    /// Collects the spec files of a directory, sorted by name.
    fn walk(
        &mut self,
        directory: &Path,
        above: &mut Vec<PathBuf>,
        files: &mut Vec<(PathBuf, Metadata)>,
    ) {
        let real = match fs::canonicalize(directory) {
            Ok(real) => real,
            Err(error) => return self.unreadable(directory, &error),
        };
        if above.contains(&real) {
            return self.report(
                Diagnostic::new(
                    &codes::DIRECTORY_LOOP,
                    format!(
                        "`{}` leads back to a directory that it lies in",
                        directory.display()
                    ),
                )
                .with_help("remove the symbolic link"),
            );
        }
        let listed = fs::read_dir(directory)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        let mut entries: Vec<PathBuf> = match listed {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(directory, &error),
        };
        entries.sort();
        above.push(real);
        for path in entries.into_iter().filter(|path| !is_hidden(path)) {
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.walk(&path, above, files),
                Ok(metadata) if is_yaml(&path) => files.push((path, metadata)),
                Err(error) if is_yaml(&path) => self.unreadable(&path, &error),
                _ => {}
            }
        }
        above.pop();
    }

    fn file(&mut self, path: &Path, metadata: &Metadata) {
        // Opening a pipe would wait for a writer. What the shell or the system put
        // under /dev has one, or is limited by what is read.
        if !metadata.is_file() && !path.starts_with("/dev") {
            let error = io::Error::other("it is neither a file nor a directory");
            return self.unreadable(path, &error);
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(real) {
            return;
        }
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => self.content(&name, file),
            Err(error) => self.unreadable(path, &error),
        }
    }

    /// Takes up a text, of which no more than the limit is read.
    fn content(&mut self, name: &str, reader: impl Read) {
        let mut bytes = Vec::new();
        match reader.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
            Ok(read) if read as u64 > MAX_BYTES => self.report(
                Diagnostic::new(
                    &codes::FILE_TOO_LARGE,
                    format!(
                        "`{name}` is larger than the {} MiB that are read",
                        MAX_BYTES >> 20
                    ),
                )
                .with_help("split it, or name a file that holds specs only"),
            ),
            Ok(_) => match String::from_utf8(bytes) {
                Ok(text) => self.ids.push(self.sources.add(name, text)),
                Err(error) => self.not_utf8(name, &error.into_bytes()),
            },
            Err(error) => self.unreadable(Path::new(name), &error),
        }
    }

    /// Points behind the last character that can be shown.
    fn not_utf8(&mut self, name: &str, bytes: &[u8]) {
        let valid = match str::from_utf8(bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
        let id = self.sources.add(name, text);
        let byte = bytes.get(valid).copied().unwrap_or_default();
        self.report(
            Diagnostic::at(
                &codes::NOT_UTF8,
                SourceSpan::new(id, Span::new(valid, valid)),
                format!("the byte 0x{byte:02X} at offset {valid} is not UTF-8"),
            )
            .with_help("save the file as UTF-8"),
        );
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let (reason, help) = match error.kind() {
            io::ErrorKind::NotFound if path.is_symlink() => (
                "the link leads nowhere".to_owned(),
                "remove the link, or let it lead to a spec",
            ),
            io::ErrorKind::NotFound => (
                "it does not exist".to_owned(),
                "name spec files, directories, or `-` for standard input",
            ),
            io::ErrorKind::PermissionDenied => (
                "permission denied".to_owned(),
                "allow it to be read, or move it away from the specs",
            ),
            _ => (
                error.to_string(),
                "name spec files or directories, and keep other things apart",
            ),
        };
        self.report(
            Diagnostic::new(
                &codes::UNREADABLE,
                format!("cannot read `{}`: {reason}", path.display()),
            )
            .with_help(help),
        );
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::as_encoded_bytes);
    name.is_some_and(|name| name.starts_with(b"."))
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
