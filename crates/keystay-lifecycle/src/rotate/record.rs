//! What was done, one line of JSON per generation.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use keystay::{ClientId, ObjectId, Pin, Previous};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::RotateError;

/// A rotation that was brought to its end.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The app.
    pub app: String,
    /// The generation of the pin.
    pub generation: u64,
    /// The version that signs, as the pin names it.
    pub certificate: String,
    /// Its SHA-256 thumbprint, base64url.
    #[serde(rename = "x5t#S256")]
    pub thumbprint: String,
    /// When the pin was set.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The version before, which was removed from the app and disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Previous>,
}

impl Record {
    pub(super) fn of(app: ClientId, pin: &Pin, at: OffsetDateTime) -> Self {
        Self {
            at,
            app: app.to_string(),
            generation: pin.generation,
            certificate: pin.certificate.to_string(),
            thumbprint: pin.thumbprint.clone(),
            since: pin.since,
            removed: pin.previous.clone(),
        }
    }

    /// The last generation of this certificate that is on record. A line that was cut off by a crash counts as not written.
    pub(super) fn last(path: &Path, certificate: &ObjectId) -> Result<Option<u64>, RotateError> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|source| RotateError::File { path: path.to_owned(), source })?,
        };
        let ours = format!("{certificate}/");
        let records = text.lines().filter_map(|line| serde_json::from_str::<Self>(line).ok());
        Ok(records.filter(|one| one.certificate.starts_with(&ours)).map(|one| one.generation).max())
    }

    /// Appends the record; it is on the disk when this returns.
    pub(super) fn append(&self, path: &Path) -> io::Result<()> {
        let mut line = Vec::new();
        if ends_within_a_line(path)? {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, self)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(&line)?;
        file.sync_all()
    }
}

fn ends_within_a_line(path: &Path) -> io::Result<bool> {
    let mut text = Vec::new();
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?.read_to_end(&mut text)?,
    };
    Ok(text.last().is_some_and(|last| *last != b'\n'))
}
