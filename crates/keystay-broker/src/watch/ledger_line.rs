//! A line of the ledger, as the journal holds it between lines of other kinds.

use serde::Deserialize;
use time::OffsetDateTime;

use super::KeyName;

/// One line about a signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LedgerLine {
    /// When.
    pub time: OffsetDateTime,
    /// What.
    pub event: LedgerEvent,
    /// The id of the request to the vault.
    pub correlation_id: String,
    /// With which key.
    pub key: KeyName,
}

/// What the ledger knows about a signature.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerEvent {
    /// The vault is about to be asked.
    #[serde(rename = "sign-begins")]
    Begins,
    /// It has signed.
    Signed,
    /// It has not.
    #[serde(rename = "sign-failed")]
    Failed,
}

#[derive(Deserialize)]
struct Line {
    #[serde(with = "time::serde::rfc3339")]
    time: OffsetDateTime,
    event: LedgerEvent,
    correlation_id: String,
    key: String,
}

impl LedgerLine {
    /// Reads a line of the journal. None when it is about something else, about a key in a file, or cut short.
    pub fn read(line: &str) -> Option<Self> {
        let Line { time, event, correlation_id, key } = serde_json::from_str(line).ok()?;
        Some(Self { time, event, correlation_id: correlation_id.to_ascii_lowercase(), key: KeyName::of(&key)? })
    }
}
