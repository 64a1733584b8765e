//! Soft delete: what is deleted can be recovered for a while, or purged.

use serde::{Deserialize, Serialize};

use super::attributes::RECOVERABLE_DAYS;

/// A deleted object with the moment it was deleted, in Unix seconds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Deleted<T> {
    pub(super) object: T,
    pub(super) at: i64,
}

/// The three members a deleted object has beyond its own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedView {
    recovery_id: String,
    deleted_date: i64,
    scheduled_purge_date: i64,
}

impl<T> Deleted<T> {
    /// `recovery_id` is the address under which the object can be recovered.
    pub(super) fn view(&self, recovery_id: String) -> DeletedView {
        DeletedView { recovery_id, deleted_date: self.at, scheduled_purge_date: self.purged_at() }
    }

    /// Whether the object still exists at `now`: the service purges it by itself when the retention is over.
    pub(super) fn remains(&self, now: i64) -> bool {
        now < self.purged_at()
    }

    fn purged_at(&self) -> i64 {
        self.at + RECOVERABLE_DAYS * SECONDS_PER_DAY
    }
}

const SECONDS_PER_DAY: i64 = 86_400;
