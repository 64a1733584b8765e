//! What can go wrong with the tenants database, in words for whoever keeps it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use uuid::Uuid;

/// Why the tenants database did not do what it was asked. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantsError {
    /// Another process holds the lock.
    #[error("another process keeps the tenants database `{path}` locked; nothing was changed, try again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The name is taken by, or cannot be that of, a customer.
    #[error("`{customer}` cannot be used as a customer's name: {reason}")]
    Customer {
        /// The name, shortened.
        customer: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file is damaged.
    #[error("the tenants database `{path}` is damaged: put a copy in its place, or export what can be read")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else SQLite refuses.
    #[error("the tenants database `{path}` cannot be used")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite or the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A document that is to be imported has mistakes. All of them are told.
    #[error("the document has {}: {}", count(.mistakes), .mistakes.join("; "))]
    Document {
        /// Each with its place.
        mistakes: Vec<String>,
    },
    /// The file belongs to another program.
    #[error("`{path}` is no tenants database of keystay; it was left as it is")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// No room to write.
    #[error("the tenants database `{path}` cannot grow: the disk is full, or a limit is reached; nothing was changed")]
    Full {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file was written by a later version of keystay.
    #[error(
        "the tenants database `{path}` was written by a newer keystay (schema {found}; this one knows {known}): use that \
         version; the file was left as it is"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// The customer is another tenant already.
    #[error("customer `{customer}` is tenant `{is}` already, not `{asked}`: forget it first if that has changed")]
    OtherTenant {
        /// The customer.
        customer: String,
        /// The tenant on record.
        is: String,
        /// The tenant that was asked for.
        asked: String,
    },
    /// The system gave no random bytes.
    #[error("the system has no randomness to give")]
    Randomness,
    /// The tenant is another customer's.
    #[error("tenant `{tenant}` is that of customer `{customer}`")]
    Taken {
        /// The tenant.
        tenant: Uuid,
        /// Whose it is.
        customer: String,
    },
    /// Too many tries at once.
    #[error("customer `{customer}` has begun {count} times within an hour; wait, or make a new link later")]
    TooMany {
        /// The customer.
        customer: String,
        /// How many.
        count: u32,
    },
    /// Not on record.
    #[error("no customer and no tenant `{name}` is on record")]
    Unknown {
        /// What was asked for.
        name: String,
    },
}

fn count(mistakes: &[String]) -> String {
    match mistakes.len() {
        1 => "one mistake".to_owned(),
        count => format!("{count} mistakes"),
    }
}

/// Why a piece of work on the database ended: SQLite's word, or ours.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    Said(TenantsError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<TenantsError> for Trouble {
    fn from(error: TenantsError) -> Self {
        Self::Said(error)
    }
}

impl Trouble {
    pub(super) fn at(self, path: &Path) -> TenantsError {
        let error = match self {
            Self::Said(error) => return error,
            Self::Sqlite(error) => error,
        };
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => TenantsError::Busy { path },
            Some(ErrorCode::NotADatabase) => TenantsError::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => TenantsError::Damaged { path, source: error.into() },
            // a limit on the size of files is told as a failed write (setrlimit(2), `EFBIG`)
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => TenantsError::Full { path, source: error.into() },
            _ => TenantsError::Database { path, source: error.into() },
        }
    }
}
