use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use super::{Change, Survey, shown};
use crate::diagnostic::{Diagnostic, codes::output as codes};

/// What was done to the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Files that are new or have new contents.
    pub changed: usize,
    /// Files that were deleted.
    pub deleted: usize,
}

/// `3 changed, 1 deleted`.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changed", self.changed)?;
        if self.deleted > 0 {
            write!(f, ", {} deleted", self.deleted)?;
        }
        Ok(())
    }
}

/// Makes the directory hold the plan: all changes, or none.
///
/// Every text is written beside its place first; only when all are on disk are
/// they moved there and what is left over is deleted. When even that fails
/// half-way, what was done is undone.
pub fn write(survey: &Survey) -> Result<Written, Vec<Diagnostic>> {
    write_with(survey, &|_, _| Ok(()))
}

/// Makes changes to files that are no directory of ours, such as specs that are converted
/// in place: all changes, or none. Files that are replaced keep their permissions.
pub fn replace(changes: Vec<Change>) -> Result<Written, Vec<Diagnostic>> {
    replace_with(changes, &|_, _| Ok(()))
}

pub(super) fn replace_with(
    changes: Vec<Change>,
    permit: Permit<'_>,
) -> Result<Written, Vec<Diagnostic>> {
    let mut writing = Writing::new(Path::new(""), permit);
    writing.keep_permissions = true;
    let staged = changes.into_iter().map(|change| writing.stage(change));
    let staged = staged.collect();
    writing.finish(staged)
}

/// The steps of writing at which something can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A directory is made.
    Directory,
    /// A text is written beside its place.
    Stage,
    /// It is moved there.
    Replace,
    /// A file that is left over is deleted.
    Delete,
}

/// Is asked before every step whether it may be done, so that tests can let any of them fail.
type Permit<'p> = &'p (dyn Fn(Step, &Path) -> io::Result<()> + Sync);

pub(super) fn write_with(survey: &Survey, permit: Permit<'_>) -> Result<Written, Vec<Diagnostic>> {
    let writing = Writing::new(survey.root, permit);
    match survey.changes(|change| writing.stage(change)) {
        Ok(staged) => writing.finish(staged),
        Err(findings) => {
            writing.undo();
            Err(findings)
        }
    }
}

struct Writing<'w> {
    root: &'w Path,
    permit: Permit<'w>,
    /// A file that is replaced passes its permissions on.
    keep_permissions: bool,
    /// Directories that were made, the outer before the inner.
    directories: Mutex<Vec<PathBuf>>,
    /// Places that were changed, and what was there before.
    done: Vec<(PathBuf, Option<Vec<u8>>)>,
}

/// A change that is ready to be made.
struct Staged {
    path: String,
    old: Option<Vec<u8>>,
    /// The new text; `None` when the file is to be deleted.
    new: Option<NamedTempFile>,
}

type Stages = Vec<Result<Staged, Box<Diagnostic>>>;

impl<'w> Writing<'w> {
    fn new(root: &'w Path, permit: Permit<'w>) -> Self {
        Self {
            root,
            permit,
            keep_permissions: false,
            directories: Mutex::default(),
            done: Vec::new(),
        }
    }

    /// Makes the changes that are ready; undoes all when one is not, or cannot be made.
    fn finish(mut self, staged: Stages) -> Result<Written, Vec<Diagnostic>> {
        let result = self.run(staged);
        if result.is_err() {
            self.undo();
        }
        result
    }

    fn run(&mut self, staged: Stages) -> Result<Written, Vec<Diagnostic>> {
        let staged = staged
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|finding| vec![*finding])?;
        let mut parents = BTreeSet::new();
        let mut written = Written::default();
        for Staged { path, old, new } in staged {
            let place = self.root.join(&path);
            let result = if let Some(temporary) = new {
                written.changed += 1;
                self.replace(&place, temporary)
            } else {
                written.deleted += 1;
                self.delete(&place)
            };
            result.map_err(|error| vec![self.failed("write", &path, &error)])?;
            parents.extend(place.parent().map(Path::to_owned));
            self.done.push((place, old));
        }
        sync_directories(&parents);
        Ok(written)
    }

    fn stage(&self, change: Change) -> Result<Staged, Box<Diagnostic>> {
        let Change { path, old, new } = change;
        let place = self.root.join(&path);
        let stage = |text: String| {
            let parent = place.parent().unwrap_or(self.root);
            self.make_directory(parent)?;
            (self.permit)(Step::Stage, &place)?;
            let temporary = stage(parent, text.as_bytes())?;
            if self.keep_permissions && old.is_some() {
                fs::set_permissions(temporary.path(), fs::metadata(&place)?.permissions())?;
            }
            Ok(temporary)
        };
        let new = new
            .map(stage)
            .transpose()
            .map_err(|error| Box::new(self.failed("write", &path, &error)))?;
        Ok(Staged { path, old, new })
    }

    fn replace(&self, place: &Path, temporary: NamedTempFile) -> io::Result<()> {
        (self.permit)(Step::Replace, place)?;
        temporary.persist(place)?;
        Ok(())
    }

    fn delete(&self, place: &Path) -> io::Result<()> {
        (self.permit)(Step::Delete, place)?;
        match fs::remove_file(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Makes a directory and those above it, and remembers which were missing.
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_directory(parent)?;
        }
        (self.permit)(Step::Directory, path)?;
        match fs::create_dir(path) {
            // Somebody else was faster; then it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let mut made = self
                    .directories
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                made.push(path.to_owned());
                Ok(())
            }
        }
    }

    /// Puts back what was there, as far as the failing disk lets us.
    fn undo(&self) {
        for (place, old) in self.done.iter().rev() {
            let _ = match (old, place.parent()) {
                (Some(old), Some(parent)) => stage(parent, old)
                    .and_then(|temporary| temporary.persist(place).map_err(io::Error::from))
                    .map(drop),
                _ => fs::remove_file(place),
            };
        }
        let made = self
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The inner before the outer, whichever thread made them.
        let made: BTreeSet<_> = made.iter().collect();
        for directory in made.into_iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }

    fn failed(&self, verb: &str, path: &str, error: &io::Error) -> Diagnostic {
        Diagnostic::new(
            &codes::WRITE_FAILED,
            format!("cannot {verb} {}: {error}", shown(self.root, path)),
        )
        .with_help("nothing was changed; run the command again when the cause is gone")
    }
}

/// Makes the renames durable. Not every file system can, and nothing is lost by
/// it but the last run after a loss of power.
fn sync_directories(directories: &BTreeSet<PathBuf>) {
    for directory in directories {
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
}

/// Writes a text to a temporary file in the directory of its place, so that it
/// can be renamed onto it, and waits until it is on disk. It vanishes when dropped.
fn stage(parent: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".slosmith-").suffix(".tmp");
    // Temporary files are private by default, but Prometheus has to read this one.
    #[cfg(unix)]
    let permissions = <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions);
    let mut temporary = builder.tempfile_in(parent)?;
    temporary.write_all(contents)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}
