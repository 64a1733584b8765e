//! The records as JSON and CSV, out and in.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use keystay::Tenant;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    Tenants,
    error::{TenantsError, Trouble},
    record::{HistoryLine, RefusalNote, TenantRecord, TenantState},
    register::customers_name,
    rows,
};

/// The version of the JSON document.
const VERSION: u32 = 1;

/// How many records an import touched.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Imported {
    /// Customers that are new on record.
    pub added: usize,
    /// Customers about whom something changed.
    pub changed: usize,
    /// Customers about whom all was known.
    pub unchanged: usize,
}

/// What a document says about one customer. Checked: every value can be put on record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where in the document it stands, in words.
    place: String,
    customer: String,
    tenant: Option<Uuid>,
    expected: Option<Tenant>,
    state: Option<TenantState>,
    since: Option<OffsetDateTime>,
    checked: Option<OffsetDateTime>,
    roles: Option<Vec<String>>,
    missing: Option<Vec<String>>,
    extra: Option<Vec<String>>,
    refusal: Option<RefusalNote>,
}

#[derive(Serialize)]
struct WithHistory<'a> {
    #[serde(flatten)]
    record: &'a TenantRecord,
    history: Vec<HistoryLine>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tenants: Vec<WithHistory<'a>>,
}

/// Every column of a CSV document; lists have spaces between their words.
#[derive(Serialize)]
struct Line<'a> {
    customer: &'a str,
    tenant: Option<Uuid>,
    expected: Option<&'a str>,
    claimed: Option<Uuid>,
    state: TenantState,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    invited: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    checked: Option<OffsetDateTime>,
    roles: String,
    missing: String,
    extra: String,
    refusal_code: Option<&'a str>,
    refusal: Option<&'a str>,
}

/// Writes records with their history: `{"version": 1, "tenants": [...]}`.
pub fn write_json(tenants: &Tenants, records: &[TenantRecord]) -> Result<String, TenantsError> {
    let with_history = |record| Ok(WithHistory { record, history: tenants.history(record.id)? });
    let document =
        Document { version: VERSION, tenants: records.iter().map(with_history).collect::<Result<_, TenantsError>>()? };
    serde_json::to_string_pretty(&document).map_err(|error| mistakes([error.to_string()]))
}

/// Writes records without their history, one a line (RFC 4180).
pub fn write_csv(records: &[TenantRecord], to: impl io::Write) -> Result<(), io::Error> {
    let mut writer = csv::Writer::from_writer(to);
    for record in records {
        let refusal = record.refusal.as_ref();
        writer.serialize(Line {
            customer: &record.customer,
            tenant: record.tenant,
            expected: record.expected.as_deref(),
            claimed: record.claimed,
            state: record.state,
            since: record.since,
            invited: record.invited,
            checked: record.checked,
            roles: record.roles.join(" "),
            missing: record.missing.join(" "),
            extra: record.extra.join(" "),
            refusal_code: refusal.map(|note| note.code.as_str()),
            refusal: refusal.map(|note| note.words.as_str()),
        })?;
    }
    writer.flush()
}

/// Reads what [`write_json`] writes, or a bare list of objects. `customer` or `tenant` must be there, all else may.
pub fn read_json(text: &str) -> Result<Vec<Entry>, TenantsError> {
    let document: Value = serde_json::from_str(text).map_err(|error| mistakes([format!("it is no JSON: {error}")]))?;
    let list = match &document {
        Value::Object(object) => {
            if let Some(version) = object.get("version")
                && version.as_u64() != Some(VERSION.into())
            {
                return Err(mistakes([format!("its version is {version}; this keystay reads version {VERSION}")]));
            }
            object.get("tenants")
        }
        other => Some(other),
    };
    let Some(Value::Array(list)) = list else {
        return Err(mistakes(["it is neither a list nor an object with a list `tenants`".to_owned()]));
    };
    let fields = |(number, value): (usize, &Value)| {
        let place = format!("tenant {}", number + 1);
        let fields = RawEntry::deserialize(value).map_err(|error| format!("{place}: {error}"));
        (place, fields)
    };
    checked(list.iter().enumerate().map(fields))
}

/// Reads what [`write_csv`] writes, or any CSV whose first line names columns among which is `customer` or `tenant`.
/// Columns with other names are passed over.
pub fn read_csv(from: impl io::Read) -> Result<Vec<Entry>, TenantsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(from);
    let headers = reader.headers().map_err(|error| mistakes([error.to_string()]))?;
    if !headers.iter().any(|name| name == "customer" || name == "tenant") {
        return Err(mistakes(["its first line names no column `customer` or `tenant`".to_owned()]));
    }
    let rows: Vec<_> = reader
        .deserialize::<BTreeMap<String, String>>()
        .enumerate()
        .map(|(number, row)| {
            let place = format!("line {}", number + 2);
            let fields = row.map(|row| RawEntry::of_columns(&row)).map_err(|error| format!("{place}: {error}"));
            (place, fields)
        })
        .collect();
    checked(rows.into_iter())
}

/// What a document may say, before it is checked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawEntry {
    customer: Option<String>,
    tenant: Option<String>,
    expected: Option<String>,
    state: Option<String>,
    since: Option<String>,
    checked: Option<String>,
    roles: Option<Vec<String>>,
    missing: Option<Vec<String>>,
    extra: Option<Vec<String>>,
    refusal: Option<RefusalNote>,
}

impl RawEntry {
    fn of_columns(row: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| row.get(name).filter(|text| !text.is_empty()).cloned();
        let list = |name: &str| row.get(name).map(|text| text.split_whitespace().map(str::to_owned).collect());
        let refusal = match (text("refusal_code"), text("refusal")) {
            (Some(code), Some(words)) => Some(RefusalNote { code, words }),
            _ => None,
        };
        Self {
            customer: text("customer"),
            tenant: text("tenant"),
            expected: text("expected"),
            state: text("state"),
            since: text("since"),
            checked: text("checked"),
            roles: list("roles"),
            missing: list("missing"),
            extra: list("extra"),
            refusal,
        }
    }

    fn check(self, place: String) -> Result<Entry, String> {
        let wrong = |words: &dyn std::fmt::Display| format!("{place}: {words}");
        let tenant: Option<Tenant> = self.tenant.map(|text| text.parse()).transpose().map_err(|error| wrong(&error))?;
        let expected: Option<Tenant> =
            self.expected.map(|text| text.parse()).transpose().map_err(|error| wrong(&error))?;
        // a domain says which tenant is meant, not which one it is
        let (tenant, expected) = match tenant {
            Some(name) => (name.as_uuid(), expected.or(Some(name))),
            None => (None, expected),
        };
        let customer = match (self.customer, &expected) {
            (Some(customer), _) => customers_name(&customer).map(str::to_owned).map_err(|error| wrong(&error))?,
            (None, Some(expected)) => expected.to_string(),
            (None, None) => return Err(wrong(&"neither `customer` nor `tenant` is given")),
        };
        let moment = |name: &str, text: Option<String>| {
            text.map(|text| OffsetDateTime::parse(&text, &Rfc3339))
                .transpose()
                .map_err(|_| wrong(&format_args!("`{name}` is no moment such as `2026-11-24T00:00:00Z`")))
        };
        let state = self.state.map(|text| text.parse::<TenantState>()).transpose().map_err(|error| wrong(&error))?;
        if state == Some(TenantState::Verified) && tenant.is_none() {
            return Err(wrong(&"it is `verified`, but its tenant's id is not given"));
        }
        Ok(Entry {
            customer,
            tenant,
            expected,
            state,
            since: moment("since", self.since)?,
            checked: moment("checked", self.checked)?,
            roles: self.roles,
            missing: self.missing,
            extra: self.extra,
            refusal: self.refusal,
            place,
        })
    }
}

fn checked(raw: impl Iterator<Item = (String, Result<RawEntry, String>)>) -> Result<Vec<Entry>, TenantsError> {
    let mut entries = Vec::new();
    let mut wrong = Vec::new();
    let (mut customers, mut tenants) = (BTreeSet::new(), BTreeSet::new());
    for (place, fields) in raw {
        match fields.and_then(|fields| fields.check(place)) {
            Ok(entry) => {
                if !customers.insert(entry.customer.clone()) {
                    wrong.push(format!("{}: customer `{}` is there twice", entry.place, entry.customer));
                }
                if let Some(tenant) = entry.tenant
                    && !tenants.insert(tenant)
                {
                    wrong.push(format!("{}: tenant {tenant} is there twice", entry.place));
                }
                entries.push(entry);
            }
            Err(words) => wrong.push(words),
        }
    }
    if wrong.is_empty() { Ok(entries) } else { Err(mistakes(wrong)) }
}

fn mistakes(words: impl IntoIterator<Item = String>) -> TenantsError {
    TenantsError::Document { mistakes: words.into_iter().collect() }
}

impl Tenants {
    /// Puts all entries on record, or none. What an entry does not say is left as it is; a customer without a state is
    /// `invited` until it is checked.
    pub fn import(&self, entries: &[Entry]) -> Result<Imported, TenantsError> {
        self.write(|transaction, now| {
            let mut done = Imported::default();
            let mut wrong = Vec::new();
            for entry in entries {
                let known = rows::one(transaction, "customer = ?1", &entry.customer)?;
                if let Some(tenant) = entry.tenant
                    && let Some(other) = rows::one(transaction, "tenant = ?1", tenant.to_string())?
                    && other.customer != entry.customer
                {
                    wrong.push(format!("{}: tenant {tenant} is that of customer `{}`", entry.place, other.customer));
                    continue;
                }
                if let (Some(is), Some(tenant)) = (known.as_ref().and_then(|record| record.tenant), entry.tenant)
                    && is != tenant
                {
                    wrong.push(format!("{}: customer `{}` is tenant {is} already", entry.place, entry.customer));
                    continue;
                }
                let before = match &known {
                    Some(record) => record.clone(),
                    None => rows::insert(transaction, now, &entry.customer, TenantState::Invited)?,
                };
                let after = entry.onto(before.clone(), rows::at(now));
                if known.is_some() && after == before {
                    done.unchanged += 1;
                    continue;
                }
                *(if known.is_some() { &mut done.changed } else { &mut done.added }) += 1;
                rows::save(transaction, &after)?;
                rows::tell(transaction, now, after.id, after.state, "imported")?;
            }
            if wrong.is_empty() { Ok(done) } else { Err(Trouble::Said(mistakes(wrong))) }
        })
    }
}

impl Entry {
    fn onto(&self, mut record: TenantRecord, now: OffsetDateTime) -> TenantRecord {
        if self.tenant.is_some() {
            (record.tenant, record.claimed) = (self.tenant, None);
        }
        if let Some(expected) = &self.expected {
            record.expected = Some(expected.to_string());
        }
        if let Some(state) = self.state
            && state != record.state
        {
            (record.state, record.since) = (state, self.since.unwrap_or(now));
        } else if let Some(since) = self.since {
            record.since = since;
        }
        record.checked = self.checked.or(record.checked);
        for (list, given) in
            [(&mut record.roles, &self.roles), (&mut record.missing, &self.missing), (&mut record.extra, &self.extra)]
        {
            if let Some(given) = given {
                list.clone_from(given);
            }
        }
        if self.refusal.is_some() {
            record.refusal.clone_from(&self.refusal);
        }
        record
    }
}
