use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

use super::{Change, LeftOvers, MANAGED, Plan, shown};
use crate::diagnostic::{Diagnostic, codes::output as codes};
use crate::output::header::is_generated;
use crate::parallel;

/// Longest first line that is looked at to tell whose a file is.
const HEADER_LIMIT: u64 = 256;

/// A directory that was looked at: nothing is in the way of the plan.
#[derive(Debug)]
pub struct Survey<'s> {
    pub(super) root: &'s Path,
    plan: &'s Plan<'s>,
    /// Planned files that are not there.
    missing: BTreeSet<&'s str>,
    /// Files of ours that are not planned, and are to be deleted.
    left_over: Vec<String>,
}

impl<'s> Survey<'s> {
    /// Looks at the directory `root` without changing it. Fails with a finding
    /// for everything that is in the way.
    pub fn new(
        root: &'s Path,
        plan: &'s Plan<'s>,
        left_overs: LeftOvers,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut surveyor = Surveyor::new(root);
        let missing = plan.paths().filter(|path| !surveyor.planned(path));
        let missing = missing.collect();
        let mut left_over = Vec::new();
        if left_overs == LeftOvers::Delete {
            for directory in MANAGED {
                surveyor.left_overs(directory, plan, &mut left_over);
            }
        }
        left_over.sort_unstable();
        if surveyor.findings.is_empty() {
            Ok(Self {
                root,
                plan,
                missing,
                left_over,
            })
        } else {
            Err(surveyor.findings)
        }
    }

    /// Like [`Self::new`] for files without our header: they are added to the directory,
    /// and what is there already is in the way unless it is the same.
    pub fn additions(root: &'s Path, plan: &'s Plan<'s>) -> Result<Self, Vec<Diagnostic>> {
        let mut surveyor = Surveyor::new(root);
        let mut missing = BTreeSet::new();
        for (path, text) in &plan.files {
            if !surveyor.is_there(path) {
                missing.insert(path.as_str());
                continue;
            }
            match fs::read(root.join(path)) {
                Ok(there) if there == text().as_bytes() => {}
                Ok(_) => surveyor.taken(path),
                Err(error) => surveyor.failed(path, &error),
            }
        }
        if surveyor.findings.is_empty() {
            Ok(Self {
                root,
                plan,
                missing,
                left_over: Vec::new(),
            })
        } else {
            Err(surveyor.findings)
        }
    }

    /// What has to change so that the directory holds the plan, and what `work`
    /// makes of it: planned files first, each sorted by path. Works on several
    /// files at the same time.
    pub fn changes<R: Send>(
        &self,
        work: impl Fn(Change) -> R + Sync,
    ) -> Result<Vec<R>, Vec<Diagnostic>> {
        let planned: Vec<_> = self.plan.files.iter().collect();
        let changed = parallel::map(&planned, |(path, text)| {
            Ok(self.change(path, text())?.map(&work))
        });
        let gone = parallel::map(&self.left_over, |path| {
            let change = Change {
                path: path.clone(),
                old: Some(self.read(path)?),
                new: None,
            };
            Ok(Some(work(change)))
        });
        let mut results = Vec::new();
        let mut findings = Vec::new();
        for result in changed.into_iter().chain(gone) {
            match result {
                Ok(result) => results.extend(result),
                Err::<_, Box<_>>(finding) => findings.push(*finding),
            }
        }
        if findings.is_empty() {
            Ok(results)
        } else {
            Err(findings)
        }
    }

    fn change(&self, path: &str, new: String) -> Result<Option<Change>, Box<Diagnostic>> {
        let old = if self.missing.contains(path) {
            None
        } else {
            Some(self.read(path)?)
        };
        if old.as_deref() == Some(new.as_bytes()) {
            return Ok(None);
        }
        Ok(Some(Change {
            path: path.to_owned(),
            old,
            new: Some(new),
        }))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        fs::read(self.root.join(path))
            .map_err(|error| Box::new(unreadable(self.root, path, &error)))
    }
}

/// What a path leads to.
enum Found {
    Nothing,
    Something(FileType),
    /// Could not be told, which was reported.
    Unknown,
}

struct Surveyor<'r> {
    root: &'r Path,
    /// Directories that were looked at: whether they are there and can be used.
    directories: BTreeMap<String, bool>,
    findings: Vec<Diagnostic>,
}

impl<'r> Surveyor<'r> {
    fn new(root: &'r Path) -> Self {
        Self {
            root,
            directories: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Whether a planned file is there; reports what is in its way.
    fn planned(&mut self, path: &str) -> bool {
        if !self.is_there(path) {
            return false;
        }
        match begins_with_header(&self.root.join(path)) {
            Ok(true) => {}
            Ok(false) => self.foreign(path),
            Err(error) => self.failed(path, &error),
        }
        true
    }

    /// Whether a file is there; reports what is in the way of one.
    fn is_there(&mut self, path: &str) -> bool {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !self.directory(parent) {
            return false;
        }
        match self.kind(path) {
            Found::Something(kind) if kind.is_file() => true,
            Found::Something(kind) => {
                self.obstructed(path, kind, "a file");
                false
            }
            Found::Nothing | Found::Unknown => false,
        }
    }

    /// Whether a directory below the root, and all above it, is there and no link.
    /// The root itself may be a link: its user named it.
    fn directory(&mut self, path: &str) -> bool {
        if let Some(known) = self.directories.get(path) {
            return *known;
        }
        let parent = path.rsplit_once('/').map(|(parent, _)| parent);
        let there = if path.is_empty() {
            self.root_directory()
        } else {
            self.directory(parent.unwrap_or("")) && self.usable_directory(path)
        };
        self.directories.insert(path.to_owned(), there);
        there
    }

    fn root_directory(&mut self) -> bool {
        match fs::metadata(self.root) {
            Ok(metadata) if metadata.is_dir() => true,
            Ok(metadata) => {
                self.obstructed("", metadata.file_type(), "a directory");
                false
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link that leads nowhere is something in the way, too.
                if let Ok(metadata) = fs::symlink_metadata(self.root) {
                    self.obstructed("", metadata.file_type(), "a directory");
                }
                false
            }
            Err(error) => {
                self.failed("", &error);
                false
            }
        }
    }

    fn usable_directory(&mut self, path: &str) -> bool {
        match self.kind(path) {
            Found::Something(kind) if kind.is_dir() => true,
            Found::Something(kind) => {
                self.obstructed(path, kind, "a directory");
                false
            }
            Found::Nothing | Found::Unknown => false,
        }
    }

    /// Files of ours below a directory that are not planned.
    fn left_overs(&mut self, directory: &str, plan: &Plan, found: &mut Vec<String>) {
        if !self.directory(directory) {
            return;
        }
        let listing = fs::read_dir(self.root.join(directory))
            .and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for entry in self.io(directory, listing).unwrap_or_default() {
            // What is not text cannot be a name that we gave.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{directory}/{name}");
            let Some(kind) = self.io(&path, entry.file_type()) else {
                continue;
            };
            if kind.is_dir() {
                self.left_overs(&path, plan, found);
            } else if kind.is_file()
                && Path::new(&name).extension().is_some_and(|e| e == "yaml")
                && !plan.files.contains_key(&path)
            {
                match begins_with_header(&self.root.join(&path)) {
                    Ok(true) => found.push(path),
                    Ok(false) => {}
                    // Somebody else's file may be as unreadable as it likes.
                    Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                    Err(error) => self.failed(&path, &error),
                }
            }
        }
    }

    /// What is there, without following links.
    fn kind(&mut self, path: &str) -> Found {
        match fs::symlink_metadata(self.root.join(path)) {
            Ok(metadata) => Found::Something(metadata.file_type()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
            Err(error) => {
                self.failed(path, &error);
                Found::Unknown
            }
        }
    }

    fn io<T>(&mut self, path: &str, result: io::Result<T>) -> Option<T> {
        result.map_err(|error| self.failed(path, &error)).ok()
    }

    fn failed(&mut self, path: &str, error: &io::Error) {
        self.findings.push(unreadable(self.root, path, error));
    }

    fn foreign(&mut self, path: &str) {
        self.findings.push(
            Diagnostic::new(
                &codes::FOREIGN_FILE,
                format!(
                    "{} was not generated by slosmith and is in the way",
                    shown(self.root, path)
                ),
            )
            .with_help("move it away, or generate into another directory with `-o`"),
        );
    }

    fn taken(&mut self, path: &str) {
        self.findings.push(
            Diagnostic::new(
                &codes::FOREIGN_FILE,
                format!(
                    "{} is there already and holds something else",
                    shown(self.root, path)
                ),
            )
            .with_help("move it away, or name another directory with `-o`"),
        );
    }

    fn obstructed(&mut self, path: &str, found: FileType, expected: &str) {
        let found = if found.is_symlink() {
            "a symbolic link"
        } else if found.is_dir() {
            "a directory"
        } else if found.is_file() {
            "a file"
        } else {
            "a device or socket"
        };
        self.findings.push(
            Diagnostic::new(
                &codes::PATH_IN_THE_WAY,
                format!("{} is {found}, expected {expected}", shown(self.root, path)),
            )
            .with_help("remove it, or name another directory with `-o`"),
        );
    }
}

/// Whose file it is, by its first line.
fn begins_with_header(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?
        .take(HEADER_LIMIT)
        .read_to_end(&mut start)?;
    Ok(is_generated(&start))
}

fn unreadable(root: &Path, path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(
        &codes::WRITE_FAILED,
        format!("cannot read {}: {error}", shown(root, path)),
    )
}
