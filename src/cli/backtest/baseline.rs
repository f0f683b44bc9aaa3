//! What the specs are compared with: other files, or a revision.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use anyhow::{Context, bail};

use crate::cli::{SpecArgs, Specs};

/// How a revision is told from a path.
const GIT: &str = "git:";
/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// `--baseline`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Baseline {
    /// Files or directories.
    Path(PathBuf),
    /// The same paths in a revision.
    Revision(String),
}

impl FromStr for Baseline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(revision) = text.strip_prefix(GIT) else {
            return Ok(Self::Path(PathBuf::from(text)));
        };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(
                "name a revision after `git:`, such as `git:main` or `git:HEAD~1`".to_owned(),
            );
        }
        Ok(Self::Revision(revision.to_owned()))
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Revision(revision) => write!(f, "{GIT}{revision}"),
        }
    }
}

impl Baseline {
    /// Reads the specs, of which those are selected that the arguments select.
    pub(super) fn load(&self, args: &SpecArgs) -> anyhow::Result<Specs> {
        match self {
            Self::Path(path) => {
                let args = SpecArgs {
                    specs: vec![path.clone()],
                    ..args.clone()
                };
                Ok(Specs::load_other(&args, None))
            }
            Self::Revision(revision) => {
                let texts =
                    texts(revision, &args.specs).with_context(|| format!("--baseline {self}"))?;
                Ok(Specs::load_other(args, Some(texts)))
            }
        }
    }
}

/// A file of a revision.
struct Entry {
    /// Id of its content.
    object: String,
    /// From the root of the repository.
    path: String,
    /// How long its content is, in bytes.
    size: u64,
}

/// The spec files of a revision at these paths, by what they are called in findings.
fn texts(revision: &str, paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        bail!("standard input has no revisions: name spec files or directories");
    }
    let commit = commit(revision)?;
    let place = Place::here()?;
    let mut entries: Vec<Entry> = Vec::new();
    for path in paths {
        // A file that was named is a spec, whatever its name.
        let found = listed(&commit, path)?;
        let named = place.named(path);
        let is_wanted = |entry: &Entry| path.is_file() || is_spec(&entry.path, &named);
        for entry in found.into_iter().filter(is_wanted) {
            if entries.iter().all(|known| known.path != entry.path) {
                entries.push(entry);
            }
        }
    }
    if entries.is_empty() {
        bail!("there are no specs at these paths in that revision; name another revision");
    }
    let mut sizes = entries.iter();
    if let Some(entry) = sizes.find(|entry| entry.size > MAX_BYTES) {
        bail!(
            "{} is larger than the {} MiB that are read",
            entry.path,
            MAX_BYTES >> 20
        );
    }
    let contents = contents(&entries)?;
    let names = entries.into_iter();
    let names = names.map(|entry| format!("{GIT}{revision}:{}", entry.path));
    Ok(names.zip(contents).collect())
}

/// The commit that a revision means.
fn commit(revision: &str) -> anyhow::Result<String> {
    let peeled = format!("{revision}^{{commit}}");
    let found = git(
        &["rev-parse", "--verify", "--end-of-options", &peeled],
        None,
    )?;
    let text = String::from_utf8_lossy(&found);
    // Older versions of git repeat the option.
    let commit = text.lines().last().unwrap_or_default().trim();
    Ok(commit.to_owned())
}

/// The files of a commit at or below a path.
fn listed(commit: &str, path: &Path) -> anyhow::Result<Vec<Entry>> {
    let path = path.to_str().context("a path is not UTF-8 text")?;
    let listed = git(
        &[
            "ls-tree",
            "-r",
            "-l",
            "-z",
            "--full-name",
            commit,
            "--",
            path,
        ],
        None,
    )?;
    let mut entries = Vec::new();
    for line in listed.split(|byte| *byte == 0).filter(|l| !l.is_empty()) {
        let line = str::from_utf8(line).context("the name of a file is not UTF-8 text")?;
        let parsed = line.split_once('\t').and_then(|(about, path)| {
            let mut about = about.split_ascii_whitespace();
            let (mode, kind) = (about.next()?, about.next()?);
            Some((mode, kind, about.next()?, about.next()?, path))
        });
        let (mode, kind, object, size, path) = parsed.context("git says something unexpected")?;
        // Neither links nor modules have a spec as their content.
        if kind == "blob" && mode != "120000" {
            entries.push(Entry {
                object: object.to_owned(),
                path: path.to_owned(),
                size: size.parse().context("git says something unexpected")?,
            });
        }
    }
    Ok(entries)
}

/// Where a command runs in a repository.
struct Place {
    /// The root of the repository.
    top: PathBuf,
    /// The working directory, from there.
    prefix: PathBuf,
}

impl Place {
    fn here() -> anyhow::Result<Self> {
        let said = git(&["rev-parse", "--show-toplevel", "--show-prefix"], None)?;
        let said = String::from_utf8_lossy(&said);
        let mut lines = said.lines().map(PathBuf::from);
        Ok(Self {
            top: lines.next().unwrap_or_default(),
            prefix: lines.next().unwrap_or_default(),
        })
    }

    /// A path that was named, from the root of the repository. It need not exist any more.
    fn named(&self, path: &Path) -> PathBuf {
        let path = path
            .strip_prefix(&self.top)
            .map_or_else(|_| self.prefix.join(path), Path::to_owned);
        let mut named = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => {
                    named.pop();
                }
                Component::Normal(part) => named.push(part),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        named
    }
}

/// As in directories that are searched: nothing hidden, but what was named is meant, whatever
/// its name.
fn is_spec(path: &str, named: &Path) -> bool {
    let path = Path::new(path);
    let below = path.strip_prefix(named).unwrap_or(path);
    if below.as_os_str().is_empty() {
        return true;
    }
    let is_hidden = below
        .components()
        .any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
    let extension = path.extension();
    !is_hidden && extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// What the files hold, in their order.
fn contents(entries: &[Entry]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut asked = tempfile::tempfile()?;
    for entry in entries {
        writeln!(asked, "{}", entry.object)?;
    }
    asked.rewind()?;
    let answer = git(&["cat-file", "--batch"], Some(asked))?;
    let mut answer = BufReader::new(answer.as_slice());
    let mut contents = Vec::new();
    for entry in entries {
        let mut head = String::new();
        answer.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next();
        let size: u64 = size
            .and_then(|size| size.parse().ok())
            .with_context(|| format!("git does not have the content of {}", entry.path))?;
        let mut content = vec![0; usize::try_from(size)?];
        answer.read_exact(&mut content)?;
        answer.read_exact(&mut [0])?;
        contents.push(content);
    }
    Ok(contents)
}

/// What the git program answers.
fn git(args: &[&str], input: Option<File>) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new("git");
    command.args(args);
    command.stdin(input.map_or_else(Stdio::null, Stdio::from));
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow::anyhow!(
                "the program `git` is not installed; name a directory with the old specs instead"
            )
        }
        _ => anyhow::Error::new(error).context("cannot run git"),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = crate::diagnostic::untrusted::line(said.trim());
    bail!(
        "git says: {said}\nhelp: run it in the repository of the specs, and name a revision that \
         `git log` knows; a shallow clone has few of them (`git fetch --unshallow`)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_is_what_is_hidden_below_a_path() {
        let place = Place {
            top: PathBuf::from("/repo"),
            prefix: PathBuf::from("deploy"),
        };
        for (path, named) in [
            (".", "deploy"),
            ("./.slo", "deploy/.slo"),
            ("..", ""),
            ("../.slo/", ".slo"),
            ("/repo/.slo", ".slo"),
        ] {
            assert_eq!(place.named(Path::new(path)), Path::new(named), "{path}");
        }
        for (path, named, is_wanted) in [
            (".slo/shop.yaml", ".slo", true),
            (".slo/.old/shop.yaml", ".slo", false),
            (".slo/shop.yaml", "", false),
            ("specs/shop.yml", "", true),
            ("specs/shop.json", "specs", false),
            ("specs/shop.slo", "specs/shop.slo", true),
        ] {
            assert_eq!(is_spec(path, Path::new(named)), is_wanted, "{path} {named}");
        }
    }
}
