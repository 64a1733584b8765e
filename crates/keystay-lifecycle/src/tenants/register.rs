//! Customers: put on record, looked up, forgotten.

use std::time::Duration;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::{Secret, Tenant};
use rusqlite::{OptionalExtension, params_from_iter};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Tenants,
    error::{TenantsError, Trouble},
    record::{HistoryLine, RecordId, TenantRecord, TenantState},
    rows::{self, COLUMNS},
};

/// Live links of one customer; the oldest makes room.
const INVITATIONS: i64 = 10;

/// A link for a customer's administrator. Whoever has the secret may begin in the customer's name.
#[derive(Debug)]
pub struct Invitation {
    /// What the link holds. Only its hash is in the database.
    pub secret: Secret,
    /// When it stops working.
    pub expires: OffsetDateTime,
    /// Whom it is for.
    pub record: TenantRecord,
}

/// Which records are meant. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Those in one of these states; all when empty.
    pub states: Vec<TenantState>,
    /// Those whose customer or tenant holds this text, without regard to the case of ASCII letters.
    pub holding: Option<String>,
    /// Those last checked before this moment, or never.
    pub checked_before: Option<OffsetDateTime>,
}

impl Tenants {
    /// Puts a customer on record if it is not yet, and makes a link that is good for `life`.
    ///
    /// With `expected` the link is for that tenant alone; without, for the tenant the record names, or for any.
    pub fn invite(
        &self,
        customer: &str,
        expected: Option<&Tenant>,
        life: Duration,
    ) -> Result<Invitation, TenantsError> {
        let customer = customers_name(customer)?;
        let (secret, hash) = new_secret()?;
        self.write(|transaction, now| {
            let mut record = match rows::one(transaction, "customer = ?1", customer)? {
                Some(record) => record,
                None => rows::insert(transaction, now, customer, TenantState::Invited)?,
            };
            if let Some(expected) = expected {
                if let Some(is) = record.tenant
                    && expected.as_uuid().is_some_and(|asked| asked != is)
                {
                    return Err(other_tenant(&record, is, expected).into());
                }
                if let Some(asked) = expected.as_uuid()
                    && let Some(other) = rows::one(transaction, "tenant = ?1", asked.to_string())?
                    && other.id != record.id
                {
                    return Err(TenantsError::Taken { tenant: asked, customer: other.customer }.into());
                }
                record.expected = Some(expected.to_string());
            }
            if record.state == TenantState::Declined {
                (record.state, record.since) = (TenantState::Invited, rows::at(now));
            }
            rows::save(transaction, &record)?;
            let expires = now.saturating_add(seconds(life));
            transaction.execute("DELETE FROM invitations WHERE expires <= ?1", [now])?;
            transaction.execute(
                "DELETE FROM invitations WHERE hash IN (SELECT hash FROM invitations WHERE record = ?1 \
                 ORDER BY made DESC, rowid DESC LIMIT -1 OFFSET ?2)",
                (record.id.0, INVITATIONS - 1),
            )?;
            transaction.execute(
                "INSERT INTO invitations (hash, record, made, expires) VALUES (?1, ?2, ?3, ?4)",
                (hash.as_slice(), record.id.0, now, expires),
            )?;
            let until = rows::at(expires);
            let words = match &record.expected {
                Some(expected) => format!("a link was made, for tenant {expected} alone"),
                None => "a link was made, for any tenant".to_owned(),
            };
            rows::tell(transaction, now, record.id, record.state, &words)?;
            Ok(Invitation { secret, expires: until, record })
        })
    }

    /// Whom a link is for. None when it is unknown, too old, or its customer was forgotten.
    pub fn invited(&self, secret: &str) -> Result<Option<TenantRecord>, TenantsError> {
        let hash = hash_of(secret);
        let now = self.now();
        self.read(|connection| {
            let found: Option<i64> = connection
                .query_row(
                    "SELECT record FROM invitations WHERE hash = ?1 AND expires > ?2",
                    (hash.as_slice(), now),
                    |row| row.get(0),
                )
                .optional()?;
            found.map(|id| rows::by_number(connection, RecordId(id))).transpose()
        })
    }

    /// The records that are meant, by the customers' names.
    pub fn list(&self, selection: &Selection) -> Result<Vec<TenantRecord>, TenantsError> {
        let mut sql = format!("SELECT {COLUMNS} FROM tenants WHERE 1");
        let mut values: Vec<String> = Vec::new();
        if !selection.states.is_empty() {
            let places = vec!["?"; selection.states.len()].join(", ");
            sql.push_str(" AND state IN (");
            sql.push_str(&places);
            sql.push(')');
            values.extend(selection.states.iter().map(|state| state.code().to_owned()));
        }
        if let Some(text) = &selection.holding {
            const HOLDS: &str = " AND (instr(lower(customer), lower(?)) OR instr(ifnull(tenant, ''), lower(?)) \
                 OR instr(ifnull(expected, ''), lower(?)))";
            sql.push_str(HOLDS);
            values.extend([text.clone(), text.clone(), text.clone()]);
        }
        if let Some(before) = selection.checked_before {
            sql.push_str(" AND ifnull(checked, 0) < CAST(? AS INTEGER)");
            values.push(before.unix_timestamp().to_string());
        }
        sql.push_str(" ORDER BY customer COLLATE NOCASE, id");
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let records = statement.query_map(params_from_iter(values), rows::record)?;
            Ok(records.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A record by its customer's name or its tenant: the one shown, or the only one named or claimed.
    pub fn find(&self, name: &str) -> Result<TenantRecord, TenantsError> {
        self.read(|connection| find(connection, name))
    }

    /// A record by its number. [`TenantsError::Unknown`] when it was forgotten since.
    pub fn get(&self, id: RecordId) -> Result<TenantRecord, TenantsError> {
        self.read(|connection| rows::by_number(connection, id))
    }

    /// What happened to a record, the newest last; at most 200 lines are kept.
    pub fn history(&self, id: RecordId) -> Result<Vec<HistoryLine>, TenantsError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT at, state, words FROM history WHERE record = ?1 ORDER BY id")?;
            let lines = statement.query_map([id.0], rows::line)?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Removes a record with its history and its links. The consent in the tenant is not touched: that is the customer's.
    pub fn forget(&self, name: &str) -> Result<TenantRecord, TenantsError> {
        self.write(|transaction, _| {
            let record = find(transaction, name)?;
            transaction.execute("DELETE FROM tenants WHERE id = ?1", [record.id.0])?;
            Ok(record)
        })
    }

    /// Takes the operator's word that the tenant a browser came back with is this customer's.
    pub fn confirm(&self, name: &str) -> Result<TenantRecord, TenantsError> {
        self.write(|transaction, now| {
            let mut record = find(transaction, name)?;
            let Some(claimed) = record.claimed else { return Ok(record) };
            if let Some(other) = rows::one(transaction, "tenant = ?1", claimed.to_string())? {
                return Err(TenantsError::Taken { tenant: claimed, customer: other.customer }.into());
            }
            (record.tenant, record.claimed) = (Some(claimed), None);
            record.expected = Some(claimed.to_string());
            if record.state == TenantState::Consented {
                (record.state, record.since) = (TenantState::Verified, rows::at(now));
            }
            rows::save(transaction, &record)?;
            rows::tell(transaction, now, record.id, record.state, &format!("the operator confirmed tenant {claimed}"))?;
            Ok(record)
        })
    }
}

fn find(connection: &rusqlite::Connection, name: &str) -> Result<TenantRecord, Trouble> {
    if let Some(record) = rows::one(connection, "customer = ?1", name)? {
        return Ok(record);
    }
    let unknown = || TenantsError::Unknown { name: name.chars().take(100).collect() };
    let tenant = name.parse::<Tenant>().map_err(|_| unknown())?.to_string();
    if let Some(record) = rows::one(connection, "tenant = ?1", &tenant)? {
        return Ok(record);
    }
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE expected = ?1 OR claimed = ?1 LIMIT 2");
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query_map([&tenant], rows::record)?.collect::<rusqlite::Result<Vec<_>>>()?;
    match (found.pop(), found.pop()) {
        (Some(record), None) => Ok(record),
        _ => Err(unknown().into()),
    }
}

pub(super) fn other_tenant(record: &TenantRecord, is: Uuid, asked: &Tenant) -> TenantsError {
    TenantsError::OtherTenant { customer: record.customer.clone(), is: is.to_string(), asked: asked.to_string() }
}

/// A customer's name, if it is one: it is shown to people, in lists and on pages.
pub(super) fn customers_name(text: &str) -> Result<&str, TenantsError> {
    const LONGEST: usize = 200;
    let name = text.trim();
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.chars().count() > LONGEST {
        "it is longer than 200 characters"
    } else if name.chars().any(|letter| letter.is_control() || is_invisible(letter)) {
        "it holds characters that cannot be seen"
    } else {
        return Ok(name);
    };
    let shown = text.chars().take(60).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    Err(TenantsError::Customer { customer: shown, reason })
}

/// Marks that turn the direction of text, and joints without width: a name with them can look like another one.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// 256 random bits as a text that fits into an address or a cookie, and their hash.
pub(super) fn new_secret() -> Result<(Secret, Vec<u8>), TenantsError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| TenantsError::Randomness)?;
    let secret = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let hash = hash_of(secret.expose());
    Ok((secret, hash))
}

/// What is kept of a secret.
pub(super) fn hash_of(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

pub(super) fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}
