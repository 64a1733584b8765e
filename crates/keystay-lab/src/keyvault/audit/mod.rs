//! The audit log of the vaults: what the service would write down, in its own schema.

mod diagnostic_setting;
mod record;

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;

pub(crate) use diagnostic_setting::{DiagnosticSetting, DiagnosticSettings, SettingsByResource};
pub(crate) use record::Event;
pub use record::{AuditIdentity, AuditIdentityClaim, AuditProperties, AuditRecord};

/// The audit log of a lab. Clones share it.
///
/// The service keeps no log of its own: it delivers records where a diagnostic setting of the vault says so. The lab keeps every
/// record, and says of each whether a setting would have delivered it.
#[derive(Clone, Debug, Default)]
pub struct AuditLog {
    records: Arc<Mutex<VecDeque<AuditRecord>>>,
    pub(crate) settings: DiagnosticSettings,
}

impl AuditLog {
    /// The last 20,000 records, oldest first.
    pub fn records(&self) -> Vec<AuditRecord> {
        self.records.lock().iter().cloned().collect()
    }

    /// The records of one vault, by host name, oldest first.
    pub fn records_of(&self, host: &str) -> Vec<AuditRecord> {
        self.records.lock().iter().filter(|record| record.is_of(host)).cloned().collect()
    }

    /// Forgets all records.
    pub fn clear(&self) {
        *self.records.lock() = VecDeque::new();
    }

    pub(crate) fn write(&self, event: Event<'_>) {
        let delivered = self.settings.deliver_audit(&event.resource_id);
        let record = event.into_record(delivered);
        let mut records = self.records.lock();
        if records.len() == CAPACITY {
            records.pop_front();
        }
        records.push_back(record);
    }
}

/// How many records are kept: some hundreds of bytes each.
const CAPACITY: usize = 20_000;

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn the_oldest_record_goes_first() {
        let log = AuditLog::default();
        for number in 0..=CAPACITY {
            log.write(Event {
                at: OffsetDateTime::UNIX_EPOCH,
                host: "harborvault.vault.azure.net",
                resource_id: "/subscriptions/s".into(),
                operation: "KeySign",
                operation_version: "7.4",
                status: StatusCode::OK,
                description: String::new(),
                duration: std::time::Duration::ZERO,
                address: std::net::Ipv4Addr::LOCALHOST.into(),
                correlation_id: number.to_string(),
                caller: None,
                user_principal_name: None,
                client: String::new(),
                uri: String::new(),
                object: String::new(),
            });
        }
        let records = log.records();
        assert_eq!((records.len(), records[0].correlation_id.as_str()), (CAPACITY, "1"));
        assert!(log.records_of("other.vault.azure.net").is_empty());
    }
}
