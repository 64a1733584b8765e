//! The file: opened, brought to the present schema, and locked for each piece of work.

use std::{
    fmt,
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use keystay::Clock;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::error::{TenantsError, Trouble};

/// `keyt`, by which the file is known as ours (SQLite's `PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x6b65_7974;
/// Each brings a database from the schema before to the next; a file's schema is how many of them it has seen.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];
/// How long a piece of work waits for that of another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// The record of every customer and its tenant: one SQLite file.
///
/// Clones share one connection. Several processes may use the file at once: each piece of work is a transaction, writers
/// take turns, and what was reported done survives the end of the process and of the computer (write-ahead log, synced at
/// each commit). Every function **blocks** for the disk, and up to 10 seconds for another process: call it where
/// blocking is allowed, such as `tokio::task::spawn_blocking`.
#[derive(Clone)]
pub struct Tenants(Arc<Inner>);

struct Inner {
    path: PathBuf,
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Tenants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tenants").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl Tenants {
    /// Opens the file, made for this user alone when there is none. A file of another program, and one of a newer
    /// keystay, are refused and not touched.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, TenantsError> {
        create(path).map_err(|error| TenantsError::Database { path: path.to_owned(), source: error.into() })?;
        let connection = connect(path).map_err(|trouble| trouble.at(path))?;
        Ok(Self(Arc::new(Inner { path: path.to_owned(), connection: Mutex::new(connection), clock })))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The present moment, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let since = self.0.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Reads one consistent picture.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, TenantsError> {
        let mut connection = self.0.connection.lock();
        let picture = || -> Result<T, Trouble> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&transaction)
        };
        picture().map_err(|trouble| trouble.at(&self.0.path))
    }

    /// Changes something, wholly or not at all.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, i64) -> Result<T, Trouble>,
    ) -> Result<T, TenantsError> {
        let mut connection = self.0.connection.lock();
        let change = || -> Result<T, Trouble> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction, self.now())?;
            transaction.commit()?;
            Ok(done)
        };
        change().map_err(|trouble| trouble.at(&self.0.path))
    }

    #[cfg(test)]
    pub(super) fn pragma(&self, text: &str) {
        self.0.connection.lock().query_row(text, [], |_| Ok(())).unwrap();
    }
}

/// For this user alone. SQLite gives the files beside it the same permissions.
fn create(path: &Path) -> io::Result<()> {
    // never opened when it is there already: closing it would drop the locks of this process (fcntl(2))
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn connect(path: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // before anything is written: the file may be somebody else's. As one picture: another process may be making it
    let picture = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    schema(&picture, path)?;
    drop(picture);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    write_ahead(&mut connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // looked at again: another process may have been at it since
    let found = schema(&transaction, path)?;
    for (number, migration) in (1_i64..).zip(MIGRATIONS) {
        if number > found {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
    }
    transaction.commit()?;
    Ok(connection)
}

/// Has readers and a writer not wait for each other. While two processes make the same file, SQLite does not wait by
/// itself here; it does at the beginning of a transaction.
fn write_ahead(connection: &mut Connection) -> rusqlite::Result<()> {
    const TRIES: usize = 100;
    for _ in 1..TRIES {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?.commit()?;
            }
            outcome => return outcome,
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")
}

/// The schema of the file: 0 for an empty one.
fn schema(connection: &Connection, path: &Path) -> Result<i64, Trouble> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (owner, found) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if tables == 0 && owner == 0 && found == 0 {
        return Ok(0);
    }
    if owner != APPLICATION_ID {
        return Err(TenantsError::Foreign { path: path.to_owned() }.into());
    }
    if found > known {
        return Err(TenantsError::Newer { path: path.to_owned(), found, known }.into());
    }
    Ok(found)
}
