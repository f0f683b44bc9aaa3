//! Where a history is written to, so that an interrupted run can go on where it stopped.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::slo::SloId;

/// From when to when, in milliseconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First instant.
    pub since: i64,
    /// Last instant.
    pub until: i64,
}

/// What was written of an SLO.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Number of series.
    pub series: u64,
    /// Number of samples.
    pub samples: u64,
    /// First and last instant with a sample, in milliseconds.
    pub range: Option<(i64, i64)>,
    /// When its raw metrics begin, in milliseconds.
    pub begins: Option<i64>,
    /// Whether the server had recorded some of it already.
    pub is_partly_there: bool,
    /// Why nothing was written.
    pub note: Option<Note>,
}

/// Why nothing was written of an SLO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// There are no raw metrics.
    NoData,
    /// It cannot be computed.
    Failed(String),
}

/// Where a history goes.
pub trait Output {
    /// What was written of an SLO before, by an interrupted run.
    fn known(&self, slo: &SloId) -> Option<&Written>;
    /// Where to write.
    fn writer(&mut self) -> &mut dyn Write;
    /// All of an SLO is written.
    fn done(&mut self, slo: &SloId, written: &Written) -> io::Result<()>;
}

/// An output that cannot be gone on with.
pub struct Pipe<'a>(pub &'a mut dyn Write);

impl Output for Pipe<'_> {
    fn known(&self, _slo: &SloId) -> Option<&Written> {
        None
    }

    fn writer(&mut self) -> &mut dyn Write {
        self.0
    }

    fn done(&mut self, _slo: &SloId, _written: &Written) -> io::Result<()> {
        Ok(())
    }
}

/// The first line of a state.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    /// Of everything that decides what is written.
    fingerprint: String,
    span: Span,
}

/// A line of a state for each SLO.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    slo: String,
    /// Length of the file after it.
    bytes: u64,
    written: Written,
}

/// A file that appears when it is complete. Until then it is `FILE.partial`, and
/// `FILE.state` tells how far it came.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    partial: BufWriter<File>,
    state: File,
    known: HashMap<String, Written>,
}

/// How a file was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Nothing was there.
    Anew,
    /// With what an interrupted run left, of so many SLOs.
    Again(usize),
    /// Something else was left by an interrupted run, and is given up.
    Instead,
}

impl Journal {
    /// Opens what an interrupted run has left, if it was asked for the same, and answers
    /// over which span it goes. `is_still_good` judges that span.
    pub fn open(
        path: &Path,
        fingerprint: &str,
        span: Span,
        is_still_good: impl Fn(Span) -> bool,
    ) -> io::Result<(Self, Span, Begun)> {
        let left = read_state(&beside(path, "state"));
        let is_left = left.is_some();
        let usable = left
            .filter(|(header, _)| header.fingerprint == fingerprint && is_still_good(header.span));
        if let Some((header, entries)) = usable
            && let Some(journal) = Self::resume(path, &entries)?
        {
            return Ok((journal, header.span, Begun::Again(entries.len())));
        }
        let mut state = File::create(beside(path, "state"))?;
        let header = Header {
            fingerprint: fingerprint.to_owned(),
            span,
        };
        line(&mut state, &header)?;
        let partial = File::create(beside(path, "partial"))?;
        let begun = if is_left { Begun::Instead } else { Begun::Anew };
        let journal = Self {
            path: path.to_owned(),
            partial: BufWriter::new(partial),
            state,
            known: HashMap::new(),
        };
        Ok((journal, span, begun))
    }

    /// What was written after the last SLO that is complete is cut off.
    fn resume(path: &Path, entries: &[Entry]) -> io::Result<Option<Self>> {
        let open = OpenOptions::new().write(true).open(beside(path, "partial"));
        let Ok(mut partial) = open else {
            return Ok(None);
        };
        let bytes = entries.last().map_or(0, |entry| entry.bytes);
        if partial.metadata()?.len() < bytes {
            return Ok(None);
        }
        partial.set_len(bytes)?;
        partial.seek(SeekFrom::End(0))?;
        rewrite_tail(&beside(path, "state"))?;
        let state = OpenOptions::new()
            .append(true)
            .open(beside(path, "state"))?;
        let known = entries.iter();
        let known = known.map(|entry| (entry.slo.clone(), entry.written.clone()));
        Ok(Some(Self {
            path: path.to_owned(),
            partial: BufWriter::new(partial),
            state,
            known: known.collect(),
        }))
    }

    /// The file is complete: it gets its name, and how many bytes it has is answered.
    pub fn finish(mut self) -> io::Result<u64> {
        self.partial.flush()?;
        self.partial.get_ref().sync_all()?;
        let length = self.partial.get_ref().metadata()?.len();
        fs::rename(beside(&self.path, "partial"), &self.path)?;
        fs::remove_file(beside(&self.path, "state"))?;
        Ok(length)
    }
}

impl Output for Journal {
    fn known(&self, slo: &SloId) -> Option<&Written> {
        self.known.get(&slo.to_string())
    }

    fn writer(&mut self) -> &mut dyn Write {
        &mut self.partial
    }

    /// The state never tells of more than is in the file.
    fn done(&mut self, slo: &SloId, written: &Written) -> io::Result<()> {
        self.partial.flush()?;
        let bytes = self.partial.stream_position()?;
        let entry = Entry {
            slo: slo.to_string(),
            bytes,
            written: written.clone(),
        };
        line(&mut self.state, &entry)
    }
}

fn line(file: &mut File, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(value)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

/// What a state says; `None` where it is no state. A last line without an end was being
/// written when the run ended.
fn read_state(path: &Path) -> Option<(Header, Vec<Entry>)> {
    let mut lines = BufReader::new(File::open(path).ok()?).lines();
    let header = serde_json::from_str(&lines.next()?.ok()?).ok()?;
    let entries = lines.map_while(|line| serde_json::from_str(&line.ok()?).ok());
    Some((header, entries.collect()))
}

/// Cuts off a last line that was not written to its end.
fn rewrite_tail(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = end.map_or(0, |end| end + 1);
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))
}

/// `FILE.partial`, `FILE.state`
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
