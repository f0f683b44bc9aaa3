//! Answers that were fetched, kept so that an interrupted run need not ask again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::replay::{Column, Grid, Question, Table};

/// What the names of files with answers end with.
const EXTENSION: &str = "answer";

/// A folder with an answer per file.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// The first line of a file; the values follow, eight bytes each, series after series.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// Whose answer it is.
    server: String,
    query: String,
    /// Milliseconds.
    step: i64,
    since: i64,
    until: i64,
    /// Number of the first instant, and how many there are.
    first: i64,
    count: usize,
    series: Vec<BTreeMap<String, String>>,
}

/// What an answer is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// Tells servers, and tenants of a server, apart.
    pub(super) server: &'a str,
    pub(super) question: &'a Question,
    /// Milliseconds.
    pub(super) span: (i64, i64),
}

impl Cache {
    /// A folder that exists, or will.
    pub fn new(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        !files.map(|file| file.path()).any(|path| {
            path.extension()
                .is_some_and(|extension| extension == EXTENSION)
        })
    }

    /// The run has ended well: its answers are of no more use.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.folder)
    }

    /// An answer from before; one that cannot be read is none.
    pub(super) fn get(&self, about: About<'_>) -> Option<Table> {
        let mut file = BufReader::new(File::open(self.path(about)).ok()?);
        let mut line = String::new();
        file.read_line(&mut line).ok()?;
        let head: Head = serde_json::from_str(&line).ok()?;
        // The name of the file is a hash, which others can have as well.
        let is_same = head.server == about.server
            && head.query == about.question.query
            && head.step == about.question.step
            && (head.since, head.until) == about.span;
        if !is_same {
            return None;
        }
        let mut columns = Vec::new();
        for labels in head.series {
            let mut values = Vec::new();
            for _ in 0..head.count {
                let mut bytes = [0; 8];
                file.read_exact(&mut bytes).ok()?;
                values.push(f64::from_le_bytes(bytes));
            }
            columns.push(Column {
                labels: Arc::new(labels),
                values,
            });
        }
        Some(Table {
            grid: Grid {
                first: head.first,
                step: head.step,
                count: head.count,
            },
            columns,
        })
    }

    /// Keeps an answer. It gets its name when it is complete.
    pub(super) fn put(&self, about: About<'_>, table: &Table) -> io::Result<()> {
        let columns = table.columns.iter();
        let head = Head {
            server: about.server.to_owned(),
            query: about.question.query.clone(),
            step: about.question.step,
            since: about.span.0,
            until: about.span.1,
            first: table.grid.first,
            count: table.grid.count,
            series: columns
                .map(|column| column.labels.as_ref().clone())
                .collect(),
        };
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut writer = BufWriter::new(&file);
        serde_json::to_writer(&mut writer, &head)?;
        writer.write_all(b"\n")?;
        for value in table.columns.iter().flat_map(|column| &column.values) {
            writer.write_all(&value.to_le_bytes())?;
        }
        writer.flush()?;
        drop(writer);
        file.persist(self.path(about))?;
        Ok(())
    }

    fn path(&self, about: About<'_>) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        (about.server, about.question, about.span).hash(&mut hasher);
        let name = format!("{:016x}.{EXTENSION}", hasher.finish());
        Path::new(&self.folder).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: &str) -> Question {
        Question {
            query: query.to_owned(),
            step: 60_000,
        }
    }

    #[test]
    fn only_the_same_question_has_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("answers")).unwrap();
        let asked = question("up");
        let about = About {
            server: "http://one",
            question: &asked,
            span: (0, 120_000),
        };
        let table = Table {
            grid: Grid::between(0, 120_000, 60_000),
            columns: vec![Column {
                labels: Arc::new(BTreeMap::from([("job".to_owned(), "a\nb".to_owned())])),
                values: vec![1.0, crate::replay::ABSENT, f64::NAN],
            }],
        };
        assert!(cache.is_empty());
        cache.put(about, &table).unwrap();
        assert!(!cache.is_empty());
        let found = cache.get(about).unwrap();
        let bits = |table: &Table| -> Vec<u64> {
            let values = table.columns.iter().flat_map(|column| &column.values);
            values.map(|value| value.to_bits()).collect()
        };
        assert_eq!(found.grid, table.grid);
        assert_eq!(bits(&found), bits(&table));
        assert_eq!(found.columns[0].labels, table.columns[0].labels);

        // Under the name of another one it is no answer either.
        let path = cache.path(about);
        let down = question("down");
        let others = [
            About {
                server: "http://two",
                ..about
            },
            About {
                question: &down,
                ..about
            },
            About {
                span: (60_000, 120_000),
                ..about
            },
        ];
        for other in others {
            fs::copy(&path, cache.path(other)).unwrap();
            assert!(cache.get(other).is_none());
        }
        // Nor is a file that was cut off.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(cache.get(about).is_none());
        cache.remove().unwrap();
    }
}
