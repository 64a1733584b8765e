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
    objects::Objects,
    properties::VaultProperties,
    resource::VaultResource,
    vaults::{Vault, Vaults},
};

#[derive(Deserialize)]
struct Snapshot {
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
        Ok(json!({ "vaults": vaults }))
    }

    /// Replaces all vaults by those of a snapshot. When it cannot be read, nothing changes.
    pub(crate) fn import(&self, snapshot: Value) -> serde_json::Result<()> {
        let snapshot: Snapshot = serde_json::from_value(snapshot)?;
        let vaults = snapshot.vaults.into_iter().map(|(host, stored)| {
            let resource = stored.resource();
            let vault = Vault {
                assignments: RwLock::new(stored.assignments),
                objects: RwLock::new(stored.objects),
                issuance_secs: RwLock::new(stored.issuance_secs),
                ..Vault::new(&host, resource, self.ids.clone())
            };
            (vault.host.clone(), Arc::new(vault))
        });
        *self.by_host.write() = vaults.collect();
        Ok(())
    }
}
