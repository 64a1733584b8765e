//! Between rows and records.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, types::Type};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    error::{TenantsError, Trouble},
    record::{HistoryLine, RecordId, RefusalNote, TenantRecord, TenantState},
};

pub(super) const COLUMNS: &str = "id, customer, tenant, expected, claimed, state, since, invited, checked, roles, \
     missing, extra, refusal_code, refusal";
/// Lines of history kept for each record; the oldest go first.
const LINES: i64 = 200;

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<TenantRecord> {
    let refusal = match (row.get("refusal_code")?, row.get("refusal")?) {
        (Some(code), Some(words)) => Some(RefusalNote { code, words }),
        _ => None,
    };
    Ok(TenantRecord {
        id: RecordId(row.get("id")?),
        customer: row.get("customer")?,
        tenant: optional_id(row, "tenant")?,
        expected: row.get("expected")?,
        claimed: optional_id(row, "claimed")?,
        state: state(row)?,
        since: moment(row, "since")?,
        invited: moment(row, "invited")?,
        checked: row.get::<_, Option<i64>>("checked")?.map(at),
        roles: list(row, "roles")?,
        missing: list(row, "missing")?,
        extra: list(row, "extra")?,
        refusal,
    })
}

pub(super) fn line(row: &Row<'_>) -> rusqlite::Result<HistoryLine> {
    Ok(HistoryLine { at: moment(row, "at")?, state: state(row)?, words: row.get("words")? })
}

/// Writes everything but the number and the customer's name.
pub(super) fn save(transaction: &Transaction<'_>, record: &TenantRecord) -> Result<(), Trouble> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string());
    let refusal = record.refusal.as_ref();
    transaction
        .prepare_cached(
            "UPDATE tenants SET tenant = ?2, expected = ?3, claimed = ?4, state = ?5, since = ?6, checked = ?7, \
             roles = ?8, missing = ?9, extra = ?10, refusal_code = ?11, refusal = ?12 WHERE id = ?1",
        )?
        .execute(rusqlite::params![
            record.id.0,
            text(record.tenant),
            record.expected,
            text(record.claimed),
            record.state.code(),
            record.since.unix_timestamp(),
            record.checked.map(OffsetDateTime::unix_timestamp),
            json!(record.roles).to_string(),
            json!(record.missing).to_string(),
            json!(record.extra).to_string(),
            refusal.map(|note| note.code.as_str()),
            refusal.map(|note| note.words.as_str()),
        ])?;
    Ok(())
}

/// Puts a new customer on record.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    now: i64,
    customer: &str,
    state: TenantState,
) -> Result<TenantRecord, Trouble> {
    transaction
        .prepare_cached("INSERT INTO tenants (customer, state, since, invited) VALUES (?1, ?2, ?3, ?3)")?
        .execute((customer, state.code(), now))?;
    by_number(transaction, RecordId(transaction.last_insert_rowid()))
}

pub(super) fn by_number(connection: &Connection, id: RecordId) -> Result<TenantRecord, Trouble> {
    one(connection, "id = ?1", id.0)?.ok_or_else(|| TenantsError::Unknown { name: format!("number {}", id.0) }.into())
}

/// The record with this in that column. `condition` is our own words.
pub(super) fn one(
    connection: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<TenantRecord>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE {condition}");
    Ok(connection.prepare_cached(&sql)?.query_row([value], record).optional()?)
}

/// Adds a line to the history of a record.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    now: i64,
    id: RecordId,
    state: TenantState,
    words: &str,
) -> Result<(), Trouble> {
    transaction.prepare_cached("INSERT INTO history (record, at, state, words) VALUES (?1, ?2, ?3, ?4)")?.execute((
        id.0,
        now,
        state.code(),
        words,
    ))?;
    transaction
        .prepare_cached(
            "DELETE FROM history WHERE record = ?1 AND id <= \
             (SELECT id FROM history WHERE record = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute((id.0, LINES))?;
    Ok(())
}

pub(super) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<OffsetDateTime> {
    row.get(column).map(at)
}

fn state(row: &Row<'_>) -> rusqlite::Result<TenantState> {
    row.get::<_, String>("state")?.parse().map_err(unreadable)
}

fn optional_id(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Uuid>> {
    row.get::<_, Option<String>>(column)?.map(|text| text.parse().map_err(unreadable)).transpose()
}

fn list(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(unreadable)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}
