use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::{Change, shown};
use crate::diagnostic::{Diagnostic, codes::output as codes};

/// Makes the changes in the directory `root`: all of them, or none.
///
/// Every text is written beside its place first; only when all are on disk are
/// they moved there and what is left over is deleted. When even that fails
/// half-way, what was done is undone.
pub fn write(root: &Path, changes: &[Change]) -> Result<(), Box<Diagnostic>> {
    write_with(root, changes, &mut |_, _| Ok(()))
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
type Permit<'p> = &'p mut dyn FnMut(Step, &Path) -> io::Result<()>;

pub(super) fn write_with(
    root: &Path,
    changes: &[Change],
    permit: Permit<'_>,
) -> Result<(), Box<Diagnostic>> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut writing = Writing {
        root,
        permit,
        directories: Vec::new(),
        done: Vec::new(),
    };
    writing.run(changes).inspect_err(|_| writing.undo(changes))
}

struct Writing<'w> {
    root: &'w Path,
    permit: Permit<'w>,
    /// Directories that were made, the outer before the inner.
    directories: Vec<PathBuf>,
    /// Indices of changes that were made.
    done: Vec<usize>,
}

impl Writing<'_> {
    fn run(&mut self, changes: &[Change]) -> Result<(), Box<Diagnostic>> {
        let mut staged = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            if let Some(text) = change.new {
                let temporary = self
                    .stage(&change.path, text)
                    .map_err(|error| Box::new(self.failed("write", &change.path, &error)))?;
                staged.push((index, temporary));
            }
        }
        for (index, temporary) in staged {
            let path = &changes[index].path;
            self.replace(path, temporary)
                .map_err(|error| Box::new(self.failed("write", path, &error)))?;
            self.done.push(index);
        }
        for (index, change) in changes.iter().enumerate() {
            if change.new.is_none() {
                self.delete(&change.path)
                    .map_err(|error| Box::new(self.failed("delete", &change.path, &error)))?;
                self.done.push(index);
            }
        }
        self.sync_directories(changes);
        Ok(())
    }

    fn stage(&mut self, path: &str, text: &str) -> io::Result<NamedTempFile> {
        let place = self.root.join(path);
        let parent = place.parent().unwrap_or(self.root);
        self.make_directory(parent)?;
        (self.permit)(Step::Stage, &place)?;
        stage(parent, text.as_bytes())
    }

    fn replace(&mut self, path: &str, temporary: NamedTempFile) -> io::Result<()> {
        let place = self.root.join(path);
        (self.permit)(Step::Replace, &place)?;
        temporary.persist(&place)?;
        Ok(())
    }

    fn delete(&mut self, path: &str) -> io::Result<()> {
        let place = self.root.join(path);
        (self.permit)(Step::Delete, &place)?;
        match fs::remove_file(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Makes a directory and those above it, and remembers which were missing.
    fn make_directory(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_directory(parent)?;
        }
        (self.permit)(Step::Directory, path)?;
        match fs::create_dir(path) {
            // Another process was faster; then it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                self.directories.push(path.to_owned());
                Ok(())
            }
        }
    }

    /// Makes the renames durable. Not every file system can, and nothing is lost
    /// by it but the last run after a loss of power.
    fn sync_directories(&self, changes: &[Change]) {
        let mut parents: Vec<PathBuf> = changes
            .iter()
            .filter_map(|change| Some(self.root.join(&change.path).parent()?.to_owned()))
            .collect();
        parents.dedup();
        for parent in parents {
            let _ = File::open(parent).and_then(|directory| directory.sync_all());
        }
    }

    /// Puts back what was there, as far as the failing disk lets us.
    fn undo(&self, changes: &[Change]) {
        for index in self.done.iter().rev() {
            let change = &changes[*index];
            let place = self.root.join(&change.path);
            let _ = match (&change.old, place.parent()) {
                (Some(old), Some(parent)) => stage(parent, old)
                    .and_then(|temporary| temporary.persist(&place).map_err(io::Error::from))
                    .map(drop),
                _ => fs::remove_file(&place),
            };
        }
        for directory in self.directories.iter().rev() {
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
