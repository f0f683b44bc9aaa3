//! Where answers are kept, so that an interrupted run can go on.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::backtest::Cache;
use crate::budget::Span;

/// An interrupted run is gone on with for this long: later, its end is too long ago, and what
/// was asked may have changed.
const GOOD_FOR: Duration = Duration::from_secs(12 * 3600);

/// A folder that is there until the run has ended well.
pub(super) struct Kept {
    pub(super) cache: Cache,
    /// The stretch that is replayed.
    pub(super) span: Span,
    /// Whether an interrupted run has left answers.
    pub(super) is_resumed: bool,
}

/// What is gone on with.
#[derive(Serialize, Deserialize)]
struct Began {
    start: i64,
    end: i64,
}

impl Kept {
    /// Opens what an interrupted run of the same command has left. Nothing is kept where the
    /// user has no folder for it.
    pub(super) fn open(
        folder: Option<&Path>,
        told_by: &[String],
        span: Span,
        is_now: bool,
    ) -> io::Result<Option<Self>> {
        let Some(folder) = folder.map(Path::to_owned).or_else(of_user) else {
            return Ok(None);
        };
        let folder = folder.join("backtest");
        clean(&folder);
        let mut hasher = DefaultHasher::new();
        (env!("CARGO_PKG_VERSION"), told_by).hash(&mut hasher);
        let folder = folder.join(format!("{:016x}", hasher.finish()));
        let cache = Cache::new(folder.clone())?;
        // Where nothing was answered yet, there is nothing that an old end is good for.
        let began = read(&folder.join("span.json")).filter(|_| !cache.is_empty());
        let is_resumed = began.is_some();
        // The end moves on with the time, unless it was given.
        let span = began.filter(|_| is_now).unwrap_or(span);
        if !is_resumed {
            private(&folder)?;
            let began = Began {
                start: span.start,
                end: span.end,
            };
            let text = serde_json::to_vec(&began)?;
            let file = tempfile::NamedTempFile::new_in(&folder)?;
            fs::write(file.path(), text)?;
            file.persist(folder.join("span.json"))?;
        }
        Ok(Some(Self {
            cache,
            span,
            is_resumed,
        }))
    }
}

/// Where programs of a user keep what they can do without.
fn of_user() -> Option<PathBuf> {
    let named = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let base = named("XDG_CACHE_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .or_else(|| named("LOCALAPPDATA"))?;
    Some(base.join("slosmith"))
}

fn read(path: &Path) -> Option<Span> {
    let began: Began = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    Some(Span {
        start: began.start,
        end: began.end,
    })
}

/// Removes what runs have left that nobody went on with.
fn clean(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let began = fs::metadata(entry.path().join("span.json")).and_then(|file| file.modified());
        let is_old = began.is_ok_and(|began| {
            let age = SystemTime::now().duration_since(began);
            age.is_ok_and(|age| age > GOOD_FOR)
        });
        if is_old {
            // It is tried again by the next run.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Metrics are nobody else's business.
#[cfg(unix)]
fn private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn private(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_gone_on_with_over_the_same_stretch() {
        let folder = tempfile::tempdir().unwrap();
        let open = |command: &str, end: i64, is_now: bool| {
            let span = Span { start: 0, end };
            let told_by = [command.to_owned()];
            let kept = Kept::open(Some(folder.path()), &told_by, span, is_now).unwrap();
            let kept = kept.unwrap();
            (kept.is_resumed, kept.span.end)
        };
        assert_eq!(open("one", 300, true), (false, 300));
        // Nothing was answered yet.
        assert_eq!(open("one", 600, true), (false, 600));
        let folders = fs::read_dir(folder.path().join("backtest")).unwrap();
        let run = folders.last().unwrap().unwrap().path();
        fs::write(run.join("x.answer"), "").unwrap();
        assert_eq!(open("one", 800, true), (true, 600));
        assert_eq!(open("one", 900, false), (true, 900));
        assert_eq!(open("other", 600, true), (false, 600));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&run).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
