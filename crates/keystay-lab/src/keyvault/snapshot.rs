//! The state of all vaults, to be kept in a file and brought back.
//!
//! **A snapshot holds every private key in the clear** (PKCS#8, base64). It is test material, like everything in the lab.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::RwLock;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    access::Assignment,
    objects::Objects,
    vaults::{Vault, Vaults},
};

/// What [`Vaults::export`] wrote, read back: every vault with its objects, private keys and role assignments.
#[derive(Deserialize)]
pub(crate) struct VaultsSnapshot {
    vaults: BTreeMap<String, VaultSnapshot>,
}

#[derive(Deserialize)]
struct VaultSnapshot {
    tenant_id: Uuid,
    issuance_secs: i64,
    assignments: Vec<Assignment>,
    objects: Objects,
}

impl Vaults {
    /// The present state as JSON; times are Unix seconds.
    pub(crate) fn export(&self) -> serde_json::Result<serde_json::Value> {
        let mut vaults = serde_json::Map::new();
        for (host, vault) in &*self.by_host.read() {
            let snapshot = serde_json::json!({
                "tenant_id": vault.tenant_id,
                "issuance_secs": *vault.issuance_secs.read(),
                "assignments": serde_json::to_value(&*vault.assignments.read())?,
                "objects": serde_json::to_value(&*vault.objects.read())?,
            });
            vaults.insert(host.clone(), snapshot);
        }
        Ok(serde_json::json!({ "vaults": vaults }))
    }

    /// Replaces all vaults by those of a snapshot.
    pub(crate) fn import(&self, snapshot: VaultsSnapshot) {
        let vaults = snapshot.vaults.into_iter().map(|(host, stored)| {
            let vault = Vault {
                assignments: RwLock::new(stored.assignments),
                objects: RwLock::new(stored.objects),
                issuance_secs: RwLock::new(stored.issuance_secs),
                ..Vault::new(&host, stored.tenant_id)
            };
            (vault.host.clone(), Arc::new(vault))
        });
        *self.by_host.write() = vaults.collect();
    }
}
