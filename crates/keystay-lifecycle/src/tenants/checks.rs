//! What a look at a tenant found, and what it makes of the record.

use keystay::Tenant;
use rusqlite::Transaction;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Tenants,
    error::{TenantsError, Trouble},
    record::{RecordId, RefusalNote, TenantRecord, TenantState},
    register::other_tenant,
    rows,
};

/// What a look at a tenant found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Check {
    /// A token was had.
    Token {
        /// The tenant that issued it, as the token says.
        tenant: Uuid,
        /// Its permissions.
        roles: Vec<String>,
        /// Those that are needed and not among them.
        missing: Vec<String>,
        /// Those that are among them and not needed.
        extra: Vec<String>,
    },
    /// None was had.
    Refused {
        /// Why.
        note: RefusalNote,
        /// What that says about the tenant.
        meaning: Meaning,
    },
}

/// What a refusal says about the tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Meaning {
    /// The app has no way into the tenant: not consented, disabled, or there is no such tenant.
    NotThere,
    /// The app is there, and permissions are missing.
    RolesMissing,
    /// Nothing: the network, the service or the vendor's own side failed.
    Nothing,
}

/// Who says that the tenant is this customer's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Belonging {
    /// The operator, who named it; or it was shown before.
    Known,
    /// A browser's word alone, which may be a lie (Microsoft identity platform, "Admin consent", parameter `tenant`).
    Claimed,
}

impl Tenants {
    /// Puts on record what was found. [`TenantsError::Taken`] when the tenant is another customer's,
    /// [`TenantsError::OtherTenant`] when this customer is another tenant; nothing is changed then.
    pub fn checked(&self, id: RecordId, check: &Check, belonging: Belonging) -> Result<TenantRecord, TenantsError> {
        self.write(|transaction, now| {
            let before = rows::by_number(transaction, id)?;
            let (record, words) = after(transaction, &before, check, belonging, rows::at(now))?;
            rows::save(transaction, &record)?;
            if record.state != before.state || record.missing != before.missing || record.tenant != before.tenant {
                rows::tell(transaction, now, id, record.state, &words)?;
            }
            Ok(record)
        })
    }

    /// Puts on record that an administrator declined. A tenant that is in stays in: a second visit changes nothing there.
    pub fn declined(&self, id: RecordId) -> Result<TenantRecord, TenantsError> {
        self.write(|transaction, now| {
            let mut record = rows::by_number(transaction, id)?;
            if matches!(record.state, TenantState::Invited | TenantState::Gone) {
                (record.state, record.since) = (TenantState::Declined, rows::at(now));
                rows::save(transaction, &record)?;
            }
            rows::tell(transaction, now, id, record.state, "an administrator declined")?;
            Ok(record)
        })
    }

    /// Adds a line to the history of a record, and changes nothing else.
    pub fn tell(&self, id: RecordId, words: &str) -> Result<(), TenantsError> {
        self.write(|transaction, now| {
            let record = rows::by_number(transaction, id)?;
            rows::tell(transaction, now, id, record.state, words)
        })
    }
}

/// The record after a look, and the words for its history.
fn after(
    transaction: &Transaction<'_>,
    before: &TenantRecord,
    check: &Check,
    belonging: Belonging,
    now: OffsetDateTime,
) -> Result<(TenantRecord, String), Trouble> {
    let mut record = before.clone();
    let words = match check {
        Check::Token { tenant, roles, missing, extra } => {
            belongs(transaction, &mut record, *tenant, belonging)?;
            record.roles.clone_from(roles);
            record.missing.clone_from(missing);
            record.extra.clone_from(extra);
            record.refusal = None;
            record.checked = Some(now);
            if missing.is_empty() {
                record.state = if record.tenant.is_some() { TenantState::Verified } else { TenantState::Consented };
                format!("a token of tenant {tenant} has every permission")
            } else {
                record.state = TenantState::MissingRoles;
                format!("a token of tenant {tenant} lacks {}", missing.join(", "))
            }
        }
        Check::Refused { note, meaning } => {
            record.refusal = Some(note.clone());
            let was_in = !matches!(before.state, TenantState::Invited | TenantState::Declined);
            match meaning {
                Meaning::NotThere if was_in => record.state = TenantState::Gone,
                Meaning::RolesMissing if was_in => record.state = TenantState::MissingRoles,
                _ => {}
            }
            if *meaning != Meaning::Nothing {
                record.checked = Some(now);
            }
            note.words.clone()
        }
    };
    if record.state != before.state {
        record.since = now;
    }
    Ok((record, words))
}

/// Notes whose the tenant is, unless the record or another one says otherwise.
fn belongs(
    transaction: &Transaction<'_>,
    record: &mut TenantRecord,
    tenant: Uuid,
    belonging: Belonging,
) -> Result<(), Trouble> {
    if let Some(is) = record.tenant {
        return if is == tenant { Ok(()) } else { Err(other_tenant(record, is, &Tenant::from(tenant)).into()) };
    }
    if let Some(other) = rows::one(transaction, "tenant = ?1", tenant.to_string())? {
        return Err(TenantsError::Taken { tenant, customer: other.customer }.into());
    }
    match belonging {
        Belonging::Known => (record.tenant, record.claimed) = (Some(tenant), None),
        Belonging::Claimed => record.claimed = Some(tenant),
    }
    Ok(())
}
