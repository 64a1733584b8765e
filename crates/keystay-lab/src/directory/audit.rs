//! The audit log of a tenant: who changed what in its directory.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many records a tenant keeps. The service keeps 30 days.
const CAPACITY: usize = 10_000;

/// One change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuditRecord {
    pub(crate) id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// What was done, in the service's words: `Add service principal`.
    pub(crate) activity: String,
    /// The kind of object it was done to: `ApplicationManagement`.
    pub(crate) category: String,
    /// `Add`, `Update`, `Delete`, `Assign`, `Unassign`.
    pub(crate) operation: String,
    pub(crate) initiator: Initiator,
    pub(crate) targets: Vec<AuditTarget>,
    pub(crate) correlation_id: Uuid,
}

/// Who did it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Initiator {
    Person { id: Uuid, user_principal_name: String },
    App { app_id: Option<Uuid>, principal_id: Uuid, display_name: String },
}

/// What it was done to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuditTarget {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    /// `Application`, `ServicePrincipal`, `User`, `Group`, `Policy`.
    pub(crate) kind: String,
    pub(crate) changes: Vec<AuditChange>,
}

/// A property that changed. Values are JSON texts, as the service writes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuditChange {
    pub(crate) property: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

/// The records of a tenant, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AuditLog(VecDeque<AuditRecord>);

impl AuditLog {
    pub(crate) fn add(&mut self, record: AuditRecord) {
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    /// The records, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &AuditRecord> {
        self.0.iter().rev()
    }
}
