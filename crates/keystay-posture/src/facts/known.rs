//! What was read, and from where; or why it was not.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::Document;

/// A fact, or the reason why it is missing. A check that needs a missing fact is UNKNOWN, never passed.
pub type Known<T> = Result<Seen<T>, Missing>;

/// A value that was read, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T> Seen<T> {
    /// The same place with another reading of the value.
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Seen<U> {
        Seen { value: read(self.value), place: self.place }
    }
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Which document.
    pub document: Document,
    /// JSON path, RFC 9535, as `$.properties.enablePurgeProtection` or `$.value[3]`.
    pub path: String,
}

impl Place {
    /// A field of what stands here, by its name or a path of names.
    pub(crate) fn field(&self, name: &str) -> Self {
        Self { document: self.document, path: format!("{}.{name}", self.path) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.document, self.path)
    }
}

/// Why a fact is missing. Never holds a value of the document: what was expected may be a secret in disguise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// The document was not collected.
    #[error("{document} was not collected")]
    NotCollected {
        /// Which document.
        document: Document,
    },
    /// The document was asked for and the service said no: usually 403, a missing read right.
    #[error("{document} could not be read: the service refused it ({code})")]
    Refused {
        /// Which document.
        document: Document,
        /// The service's error code, or the HTTP status.
        code: String,
    },
    /// The document was read and does not have the field. Where Azure documents what an absent field means, it is read
    /// as that instead.
    #[error("{document} has no {path}")]
    Absent {
        /// Which document.
        document: Document,
        /// Where the field was looked for.
        path: String,
    },
    /// The document, or a field of it, is not what it should be.
    #[error("{document} is malformed at {path}: expected {expected}, found {found}")]
    Malformed {
        /// Which document.
        document: Document,
        /// Where.
        path: String,
        /// What should stand there.
        expected: &'static str,
        /// What kind of thing stands there.
        found: String,
    },
    /// The document is one page of several and the rest is missing.
    #[error("{document} is only a part: {path} names a next page that was not collected")]
    Incomplete {
        /// Which document.
        document: Document,
        /// Where the next page is named.
        path: String,
    },
}

impl Missing {
    /// The document in question.
    pub fn document(&self) -> Document {
        match self {
            Self::NotCollected { document }
            | Self::Refused { document, .. }
            | Self::Absent { document, .. }
            | Self::Malformed { document, .. }
            | Self::Incomplete { document, .. } => *document,
        }
    }
}
