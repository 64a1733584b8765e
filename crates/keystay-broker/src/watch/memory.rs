//! What one comparison leaves to the next.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{AuditRecord, KeyName};

/// Everything a watch knows, small enough for a file: some hundred bytes per signature of the last day.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Memory {
    /// The keys of the ledger.
    pub(super) keys: BTreeSet<KeyName>,
    /// Signatures of the ledger by their id.
    pub(super) ours: BTreeMap<String, Ours>,
    /// Records that are judged when the ledger had its time.
    pub(super) waiting: Vec<Waiting>,
    /// Who was met at which key.
    callers: BTreeMap<KeyName, BTreeSet<String>>,
    /// From where our own signatures came, by key.
    addresses: BTreeMap<KeyName, BTreeSet<String>>,
    /// Records of the last day.
    records: BTreeMap<String, OffsetDateTime>,
    /// Alarms that are raised once only.
    pub(super) told: BTreeSet<String>,
    /// Whether it was told that the log is silent.
    pub(super) silent: bool,
    /// What happened before was judged long ago, and is forgotten.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(super) horizon: Option<OffsetDateTime>,
}

/// A signature of ours.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Ours {
    pub(super) key: KeyName,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) time: OffsetDateTime,
    pub(super) signed: bool,
    /// How often the vault's log has it.
    pub(super) seen: u32,
}

/// A record that cannot be judged yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Waiting {
    pub(super) record: AuditRecord,
    /// A signature, or else somebody who looked.
    pub(super) sign: bool,
}

/// How far back a log may be read again without telling the same twice.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

impl Memory {
    /// Whether this record was not taken before.
    pub(super) fn is_new(&mut self, record: &AuditRecord) -> bool {
        self.records.insert(record.fingerprint(), record.time).is_none()
    }

    /// Remembers who signs for us, and from where it first did.
    pub(super) fn learn(&mut self, record: &AuditRecord) {
        let Some(key) = &record.object else { return };
        if let Some(caller) = record.caller() {
            self.callers.entry(key.clone()).or_default().insert(caller);
        }
        if let Some(address) = &record.address {
            let known = self.addresses.entry(key.clone()).or_default();
            if known.is_empty() {
                known.insert(address.clone());
            }
        }
    }

    /// Whether our signatures never came from there before; afterwards it is known.
    pub(super) fn is_new_address(&mut self, record: &AuditRecord, address: &str) -> bool {
        let Some(key) = &record.object else { return false };
        self.addresses.entry(key.clone()).or_default().insert(address.to_owned())
    }

    /// Whether this one was at this key before.
    pub(super) fn knows(&self, record: &AuditRecord, caller: &str) -> bool {
        record.object.as_ref().and_then(|key| self.callers.get(key)).is_some_and(|known| known.contains(caller))
    }

    /// Remembers that this one was at this key.
    pub(super) fn meet(&mut self, record: &AuditRecord, caller: String) {
        if let Some(key) = &record.object {
            self.callers.entry(key.clone()).or_default().insert(caller);
        }
    }

    pub(super) fn forget_before(&mut self, now: OffsetDateTime) {
        let horizon = self.horizon.map_or(now - REMEMBERED, |horizon| horizon.max(now - REMEMBERED));
        self.horizon = Some(horizon);
        self.ours.retain(|_, ours| ours.time >= horizon);
        self.records.retain(|_, time| *time >= horizon);
    }
}
