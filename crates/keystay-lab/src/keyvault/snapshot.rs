//! The state of all vaults, to be kept in a file and brought back.
//!
//! **A snapshot holds every private key in the clear** (PKCS#8, base64). It is test material, like everything in the lab.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::{Map, Value, json, to_value};
use uuid::Uuid;

use super::{
    access::Assignment,
    backup_key::BackupKey,
    objects::Objects,
    properties::VaultProperties,
    resource::VaultResource,
    vaults::{Vault, Vaults},
};

#[derive(Deserialize)]
struct Snapshot {
    /// Missing in states of labs that made no backups.
    backup_key: Option<BackupKey>,
    vaults: BTreeMap<String, VaultSnapshot>,
}

#[derive(Deserialize)]
struct VaultSnapshot {
    /// Missing in states of labs that knew only the tenant of a vault.
    resource: Option<VaultResource>,
    tenant_id: Option<Uuid>,
    issuance_secs: i64,
    assignments: Vec<Assignment>,
    objects: Objects,
}

impl VaultSnapshot {
    fn resource(&self) -> VaultResource {
        let bare = || VaultResource::new(VaultProperties::new(self.tenant_id.unwrap_or_default()));
        self.resource.clone().unwrap_or_else(bare)
    }
}

impl Vaults {
    /// The present state: every vault with its objects, private keys and role assignments. Times are Unix seconds.
    pub(crate) fn export(&self) -> serde_json::Result<Value> {
        let mut vaults = Map::new();
        for (host, vault) in &*self.by_host.read() {
            let snapshot = json!({
                "resource": to_value(&*vault.resource())?,
                "issuance_secs": *vault.issuance_secs.read(),
                "assignments": to_value(&*vault.assignments.read())?,
                "objects": to_value(&*vault.objects.read())?,
            });
            vaults.insert(host.clone(), snapshot);
        }
        Ok(json!({ "backup_key": to_value(&**self.backup_key.read())?, "vaults": vaults }))
    }

    /// Replaces all vaults by those of a snapshot. When it cannot be read, nothing changes.
    pub(crate) fn import(&self, snapshot: Value) -> serde_json::Result<()> {
        let snapshot: Snapshot = serde_json::from_value(snapshot)?;
        let backup_key = snapshot.backup_key.map_or_else(|| Arc::clone(&self.backup_key.read()), Arc::new);
        let vaults = snapshot.vaults.into_iter().map(|(host, stored)| {
            let resource = stored.resource();
            let vault = Vault {
                assignments: RwLock::new(stored.assignments),
                objects: RwLock::new(stored.objects),
                issuance_secs: RwLock::new(stored.issuance_secs),
                ..Vault::new(&host, resource, self.ids.clone(), Arc::clone(&backup_key))
            };
            (vault.host.clone(), Arc::new(vault))
        });
        *self.by_host.write() = vaults.collect();
        *self.backup_key.write() = backup_key;
        Ok(())
    }
}
