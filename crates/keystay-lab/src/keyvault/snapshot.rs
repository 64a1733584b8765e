//! The state of all vaults, to be kept in a file and brought back.
//!
//! **A snapshot holds every private key in the clear** (PKCS#8, base64). It is test material, like everything in the lab.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::{Map, Value, json, to_value};
use uuid::Uuid;

use super::{
    Throttling,
    access::Scope,
    audit::SettingsByResource,
    backup_key::BackupKey,
    claims_challenge::ClaimsChallenge,
    network_rules::ClientNetwork,
    objects::Objects,
    properties::VaultProperties,
    resource::VaultResource,
    vaults::{Vault, Vaults},
};
use crate::authorization::{Records, Role};

#[derive(Deserialize)]
struct Snapshot {
    /// Missing in states of labs that made no backups.
    backup_key: Option<BackupKey>,
    vaults: BTreeMap<String, VaultSnapshot>,
    #[serde(default)]
    authorization: Records,
    #[serde(default)]
    diagnostic_settings: SettingsByResource,
    #[serde(default)]
    claims_challenges: Vec<ClaimsChallenge>,
    #[serde(default)]
    throttling: Throttling,
    #[serde(default)]
    client_network: ClientNetwork,
}

#[derive(Deserialize)]
struct VaultSnapshot {
    /// Missing in states of labs that knew only the tenant of a vault.
    resource: Option<VaultResource>,
    tenant_id: Option<Uuid>,
    issuance_secs: i64,
    /// In states of labs that kept a vault's roles with the vault.
    #[serde(default)]
    assignments: Vec<OwnAssignment>,
    objects: Objects,
}

#[derive(Deserialize)]
struct OwnAssignment {
    principal: Uuid,
    role: Role,
    scope: Scope,
}

impl VaultSnapshot {
    fn resource(&self) -> VaultResource {
        let bare = || VaultResource::new(VaultProperties::new(self.tenant_id.unwrap_or_default()));
        self.resource.clone().unwrap_or_else(bare)
    }
}

impl Vaults {
    /// The present state: every vault with its objects and private keys, all role assignments, all settings. Times are Unix
    /// seconds.
    pub(crate) fn export(&self) -> serde_json::Result<Value> {
        let mut vaults = Map::new();
        for (host, vault) in &*self.by_host.read() {
            let snapshot = json!({
                "resource": to_value(&*vault.resource())?,
                "issuance_secs": *vault.issuance_secs.read(),
                "objects": to_value(&*vault.objects.read())?,
            });
            vaults.insert(host.clone(), snapshot);
        }
        Ok(json!({
            "backup_key": to_value(&**self.backup_key.read())?,
            "vaults": vaults,
            "authorization": to_value(self.authorization.records())?,
            "diagnostic_settings": to_value(self.audit.settings.all())?,
            "claims_challenges": to_value(self.challenges.all())?,
            "throttling": to_value(self.throttle.limits())?,
            "client_network": to_value(&*self.client_network.read())?,
        }))
    }

    /// Replaces all vaults and settings by those of a snapshot. When it cannot be read, nothing changes.
    pub(crate) fn import(&self, snapshot: Value) -> serde_json::Result<()> {
        let snapshot: Snapshot = serde_json::from_value(snapshot)?;
        let backup_key = snapshot.backup_key.map_or_else(|| Arc::clone(&self.backup_key.read()), Arc::new);
        self.authorization.replace(snapshot.authorization);
        self.audit.settings.replace(snapshot.diagnostic_settings);
        self.challenges.replace(snapshot.claims_challenges);
        self.throttle.set(snapshot.throttling);
        *self.client_network.write() = snapshot.client_network;
        let mut own = Vec::new();
        let mut vaults = Vec::new();
        for (host, stored) in snapshot.vaults {
            let resource = stored.resource();
            own.extend(stored.assignments.into_iter().map(|assignment| (host.clone(), assignment)));
            let vault = Vault {
                objects: RwLock::new(stored.objects),
                issuance_secs: RwLock::new(stored.issuance_secs),
                ..Vault::new(&host, resource, self.ids.clone(), Arc::clone(&backup_key))
            };
            vaults.push((vault.host.clone(), Arc::new(vault)));
        }
        *self.by_host.write() = vaults.into_iter().collect();
        *self.backup_key.write() = backup_key;
        for (host, OwnAssignment { principal, role, scope }) in own {
            self.assign_role(&host, principal, &role, &scope);
        }
        Ok(())
    }
}
