//! The generated directory: what belongs into it as pure data, how that differs
//! from what is on disk, and how the one becomes the other.
//!
//! Only files with our header are ever replaced or deleted, symbolic links are
//! never followed, and either everything is written or nothing.

mod survey;
mod write;

pub use survey::Survey;
pub use write::{Written, replace, write};

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path};

use similar::TextDiff;

use crate::diagnostic::{Diagnostic, codes::output as codes};

/// Below these the directory is ours: files with our header that are not planned
/// are left over.
const MANAGED: [&str; 2] = ["rules", "tests"];

/// The files that belong into a generated directory: relative path, with `/`, to
/// text. Texts are made when they are needed, on any thread, and not kept.
#[derive(Default)]
pub struct Plan<'p> {
    files: BTreeMap<String, Text<'p>>,
}

type Text<'p> = Box<dyn Fn() -> String + Send + Sync + 'p>;

impl<'p> Plan<'p> {
    /// Adds a file; fails when its path would lead out of the directory.
    pub fn add(
        &mut self,
        path: impl Into<String>,
        text: impl Fn() -> String + Send + Sync + 'p,
    ) -> Result<(), Box<Diagnostic>> {
        let path = path.into();
        if !stays_inside(&path) {
            return Err(Box::new(
                Diagnostic::new(
                    &codes::PATH_OUTSIDE,
                    format!("{path:?} is no path inside the output directory"),
                )
                .with_help("name the service without `/`, `\\` and leading dots"),
            ));
        }
        self.files.insert(path, Box::new(text));
        Ok(())
    }

    /// The paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

impl fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.paths()).finish()
    }
}

fn stays_inside(path: &str) -> bool {
    let plain = !path.is_empty() && !path.contains(['\\', ':']) && !path.contains(char::is_control);
    plain
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
        && Path::new(path)
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
}

/// Where the rules of a service are written.
pub fn rules_path(service: &str) -> String {
    format!("rules/{service}.yaml")
}

/// Where the rule unit tests of a service are written.
pub fn tests_path(service: &str) -> String {
    format!("tests/{service}.yaml")
}

/// Where its rule unit tests of long windows are written.
pub fn slow_tests_path(service: &str) -> String {
    format!("tests/slow/{service}.yaml")
}

/// What is done with files of ours that no spec stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOvers {
    /// They are deleted.
    Delete,
    /// They stay: only some of the specs were looked at.
    Keep,
}

/// A difference between plan and disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Relative path, with `/`.
    pub path: String,
    /// What is there, if anything; begins with our header.
    pub old: Option<Vec<u8>>,
    /// What belongs there; `None` when the file is left over.
    pub new: Option<String>,
}

impl Change {
    /// The finding that `--check` reports.
    pub fn finding(&self, root: &Path) -> Diagnostic {
        let path = shown(root, &self.path);
        let message = match (&self.old, &self.new) {
            (_, None) => format!("{path} is left over: no spec stands behind it"),
            (None, Some(_)) => format!("{path} is missing"),
            (Some(_), Some(_)) => format!("{path} differs from what its specs compile to"),
        };
        Diagnostic::new(&codes::STALE_OUTPUT, message)
            .with_help("run the same command without `--check`, and commit what it writes")
    }

    /// From what is on disk to what belongs there, as a unified diff.
    pub fn diff(&self, root: &Path) -> String {
        let path = shown(root, &self.path);
        let old = String::from_utf8_lossy(self.old.as_deref().unwrap_or_default());
        let from = self.old.as_ref().map_or("/dev/null", |_| path.as_str());
        let to = self.new.as_ref().map_or("/dev/null", |_| path.as_str());
        TextDiff::from_lines(old.as_ref(), self.new.as_deref().unwrap_or_default())
            .unified_diff()
            .header(from, to)
            .to_string()
    }
}

/// A path below the output directory as people are told it.
fn shown(root: &Path, path: &str) -> String {
    root.join(path).display().to_string()
}

#[cfg(test)]
mod tests;
