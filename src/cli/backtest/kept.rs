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
    /// Opens what an interrupted run of the same command has left, and answers over which
    /// stretch that goes. Nothing is kept where the user has no folder for it.
    pub(super) fn open(
        folder: Option<&Path>,
        told_by: &[String],
        span: Span,
        is_now: bool,
    ) -> io::Result<(Option<Self>, Span)> {
        let Some(folder) = folder.map(Path::to_owned).or_else(of_user) else {
            return Ok((None, span));
        };
        let folder = folder.join("backtest");
        clean(&folder);
        let mut hasher = DefaultHasher::new();
        (env!("CARGO_PKG_VERSION"), told_by).hash(&mut hasher);
        let folder = folder.join(format!("{:016x}", hasher.finish()));
        let began = read(&folder.join("span.json"));
        let cache = Cache::new(folder.clone())?;
        let is_begun = began.is_some();
        let is_resumed = is_begun && !cache.is_empty();
        // The end moves on with the time, unless it was given.
        let span = began.filter(|_| is_now).unwrap_or(span);
        if !is_begun {
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
        Ok((Some(Self { cache, is_resumed }), span))
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
