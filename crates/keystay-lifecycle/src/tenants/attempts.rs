//! One way of one browser to Entra and back: begun once, spent once.

use std::time::Duration;

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::Secret;
use rusqlite::{OptionalExtension, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Tenants,
    error::TenantsError,
    record::RecordId,
    register::{hash_of, new_secret, seconds},
    rows,
};

/// Attempts of one customer within an hour. A person needs two or three; a program that goes on is stopped.
const MOST: u32 = 30;
const HOUR: i64 = 3600;
/// For so long the outcome can be looked at.
const KEPT: i64 = 24 * HOUR;

/// An attempt that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Its name, in addresses and in the parameter `state`. No secret.
    pub id: String,
    /// What its browser keeps in a cookie. Only its hash is in the database.
    pub browser: Secret,
    /// When it can no longer be spent.
    pub expires: OffsetDateTime,
}

/// What became of an attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Its name.
    pub id: String,
    /// Whose it is.
    pub record: RecordId,
    /// Whether its browser has come back.
    pub spent: bool,
    /// The tenant its browser said it comes from.
    pub claimed: Option<Uuid>,
    /// How often a token was asked for since.
    pub tries: u32,
    /// The stable name of how it ended, once it has.
    pub outcome: Option<String>,
    /// How it ended, or how it goes, for the operator.
    pub words: Option<String>,
}

/// Why an attempt cannot be spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotSpent {
    /// It was spent before.
    Spent,
    /// It is too old.
    Expired,
    /// Another browser began it. It is still good for that one.
    OtherBrowser,
    /// There is no such attempt: it was cleared away, or its customer forgotten.
    Unknown,
}

impl Tenants {
    /// Begins an attempt, good for `life`. [`TenantsError::TooMany`] when the customer has begun 30 within an hour.
    pub fn begin(&self, record: RecordId, life: Duration) -> Result<Begun, TenantsError> {
        let mut name = [0; 16];
        rand::fill(&mut name).map_err(|_| TenantsError::Randomness)?;
        let id = BASE64_URL_SAFE_NO_PAD.encode(name);
        let (browser, hash) = new_secret()?;
        self.write(|transaction, now| {
            let customer = rows::by_number(transaction, record)?.customer;
            let count: u32 = transaction.query_row(
                "SELECT count(*) FROM attempts WHERE record = ?1 AND begun > ?2",
                (record.0, now - HOUR),
                |row| row.get(0),
            )?;
            if count >= MOST {
                return Err(TenantsError::TooMany { customer, count }.into());
            }
            let expires = now.saturating_add(seconds(life));
            transaction.execute("DELETE FROM attempts WHERE begun <= ?1", [now - KEPT])?;
            transaction.execute(
                "INSERT INTO attempts (id, record, browser, begun, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                (&id, record.0, hash.as_slice(), now, expires),
            )?;
            Ok(Begun { id, browser, expires: rows::at(expires) })
        })
    }

    /// Spends an attempt of this record by the browser that began it. Of any number of callers, in any number of
    /// processes, one succeeds; whoever is refused has changed nothing.
    pub fn spend(
        &self,
        id: &str,
        record: RecordId,
        browser: &str,
        claimed: Option<Uuid>,
    ) -> Result<Result<(), NotSpent>, TenantsError> {
        let hash = hash_of(browser);
        self.write(|transaction, now| {
            let changed = transaction.execute(
                "UPDATE attempts SET spent = ?4, claimed = ?5 \
                 WHERE id = ?1 AND record = ?2 AND browser = ?3 AND spent IS NULL AND expires > ?4",
                (id, record.0, hash.as_slice(), now, claimed.map(|tenant| tenant.to_string())),
            )?;
            if changed == 1 {
                return Ok(Ok(()));
            }
            let found: Option<(Vec<u8>, Option<i64>)> = transaction
                .query_row("SELECT browser, spent FROM attempts WHERE id = ?1 AND record = ?2", (id, record.0), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            Ok(Err(match found {
                None => NotSpent::Unknown,
                Some((began, _)) if began != hash => NotSpent::OtherBrowser,
                Some((_, Some(_))) => NotSpent::Spent,
                Some((_, None)) => NotSpent::Expired,
            }))
        })
    }

    /// An attempt, for the browser that began it.
    pub fn attempt(&self, id: &str, browser: &str) -> Result<Option<Attempt>, TenantsError> {
        let hash = hash_of(browser);
        self.read(|connection| {
            Ok(connection
                .query_row("SELECT * FROM attempts WHERE id = ?1 AND browser = ?2", (id, hash.as_slice()), attempt)
                .optional()?)
        })
    }

    /// Attempts that were spent and have not ended: a process died between the two.
    pub fn unfinished(&self) -> Result<Vec<Attempt>, TenantsError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare("SELECT * FROM attempts WHERE spent IS NOT NULL AND outcome IS NULL ORDER BY spent")?;
            Ok(statement.query_map([], attempt)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that a token was asked for again, and why that is not the end.
    pub fn tried(&self, id: &str, words: &str) -> Result<(), TenantsError> {
        self.write(|transaction, _| {
            transaction.execute("UPDATE attempts SET tries = tries + 1, words = ?2 WHERE id = ?1", (id, words))?;
            Ok(())
        })
    }

    /// Ends an attempt. `outcome` is a stable name.
    pub fn finish(&self, id: &str, outcome: &str, words: &str) -> Result<(), TenantsError> {
        self.write(|transaction, _| {
            transaction.execute("UPDATE attempts SET outcome = ?2, words = ?3 WHERE id = ?1", (id, outcome, words))?;
            Ok(())
        })
    }
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let claimed: Option<String> = row.get("claimed")?;
    Ok(Attempt {
        id: row.get("id")?,
        record: RecordId(row.get("record")?),
        spent: row.get::<_, Option<i64>>("spent")?.is_some(),
        claimed: claimed.and_then(|text| text.parse().ok()),
        tries: row.get("tries")?,
        outcome: row.get("outcome")?,
        words: row.get("words")?,
    })
}
