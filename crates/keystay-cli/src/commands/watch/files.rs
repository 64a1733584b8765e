//! Files that grow, are moved away and begin anew.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::diagnostics::Failure;

/// How far each file was read, in bytes.
pub(super) type ReadSoFar = BTreeMap<PathBuf, u64>;

/// Reads what is new in files.
pub(super) struct Files(ReadSoFar);

impl Files {
    pub(super) fn new(read: ReadSoFar) -> Self {
        Self(read)
    }

    pub(super) fn read(&self) -> &ReadSoFar {
        &self.0
    }

    /// The lines a file has gained. One that is shorter than it was is another file under its name, and read from its
    /// beginning; a last line without its end is read when it has one.
    pub(super) fn new_lines(&mut self, path: &Path) -> Result<Vec<String>, Failure> {
        let unreadable = |error| unreadable(path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let from = self.0.get(path).copied().filter(|read| *read <= length).unwrap_or(0);
        file.seek(SeekFrom::Start(from)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(length - from).read_to_end(&mut bytes).map_err(unreadable)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.0.insert(path.to_owned(), from + end as u64);
        Ok(String::from_utf8_lossy(&bytes[..end]).lines().map(str::to_owned).collect())
    }

    /// The whole of a file, if it has another length than when it was read last. What was read before is known to the
    /// comparison.
    pub(super) fn if_changed(&mut self, path: &Path) -> Result<Option<String>, Failure> {
        let length = fs::metadata(path).map_err(|error| unreadable(path, error))?.len();
        if self.0.get(path) == Some(&length) {
            return Ok(None);
        }
        let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
        self.0.insert(path.to_owned(), bytes.len() as u64);
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// A file, or all files of a folder and the folders in it (`y=2026/m=11/d=24/h=02/m=00/PT1H.json`), in order.
pub(super) fn all(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| unreadable(path, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        let is_log = entry.extension().is_some_and(|end| ["json", "jsonl", "csv"].iter().any(|own| end == *own));
        if entry.is_dir() || is_log {
            found.extend(all(&entry)?);
        }
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(format_args!("`{}` cannot be read", path.display())).because(error)
}
