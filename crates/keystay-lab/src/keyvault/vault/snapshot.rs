//! The state of all vaults, to be kept in a file and brought back.
//!
//! **A snapshot holds every private key in the clear** (PKCS#8, base64). It is test material, like everything in the lab.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::{Map, Value, json, to_value};
use uuid::Uuid;

use super::{
    inventory::DeletedVault,
    properties::VaultProperties,
    resource::VaultResource,
    vaults::{Vault, Vaults},
};
use crate::{
    authorization::{Records, Role},
    keyvault::{
        Throttling,
        access::{ClaimsChallenge, ClientNetwork, Scope},
        audit::SettingsByResource,
        objects::{BackupKey, Objects},
    },
    resource_manager::Resources,
};

#[derive(Deserialize)]
struct Snapshot {
    /// Missing in states of labs that made no backups.
    backup_key: Option<BackupKey>,
    vaults: BTreeMap<String, VaultSnapshot>,
    #[serde(default)]
    deleted_vaults: BTreeMap<String, DeletedSnapshot>,
    #[serde(default)]
    resources: Resources,
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
struct DeletedSnapshot {
    at: i64,
    vault: VaultSnapshot,
}

#[derive(Deserialize)]
struct OwnAssignment {
    principal: Uuid,
    role: Role,
    scope: Scope,
}

impl VaultSnapshot {
    fn restore(self, host: &str, vaults: &Vaults) -> Vault {
        let bare = || VaultResource::new(VaultProperties::new(self.tenant_id.unwrap_or_default()));
        let backup_key = Arc::clone(&vaults.backup_key.read());
        Vault {
            objects: RwLock::new(self.objects),
            issuance_secs: RwLock::new(self.issuance_secs),
            ..Vault::new(host, self.resource.unwrap_or_else(bare), vaults.ids.clone(), backup_key)
        }
    }
}

impl Vault {
    fn snapshot(&self) -> serde_json::Result<Value> {
        Ok(json!({
            "resource": to_value(&*self.resource())?,
            "issuance_secs": *self.issuance_secs.read(),
            "objects": to_value(&*self.objects.read())?,
        }))
    }
}

impl Vaults {
    /// The present state: every vault with its objects and private keys, all role assignments, all settings. Times are Unix
    /// seconds.
    pub(crate) fn export(&self) -> serde_json::Result<Value> {
        let mut vaults = Map::new();
        for (host, vault) in &*self.by_host.read() {
            vaults.insert(host.clone(), vault.snapshot()?);
        }
        let mut deleted = Map::new();
        for (host, gone) in &*self.deleted.read() {
            deleted.insert(host.clone(), json!({ "at": gone.at, "vault": gone.vault.snapshot()? }));
        }
        Ok(json!({
            "backup_key": to_value(&**self.backup_key.read())?,
            "vaults": vaults,
            "deleted_vaults": deleted,
            "resources": to_value(&*self.resources.read())?,
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
        if let Some(backup_key) = snapshot.backup_key {
            *self.backup_key.write() = Arc::new(backup_key);
        }
        self.authorization.replace(snapshot.authorization);
        self.audit.settings.replace(snapshot.diagnostic_settings);
        self.challenges.replace(snapshot.claims_challenges);
        self.throttle.set(snapshot.throttling);
        *self.resources.write() = snapshot.resources;
        *self.client_network.write() = snapshot.client_network;
        let mut own = Vec::new();
        let mut vaults = HashMap::new();
        for (host, mut stored) in snapshot.vaults {
            own.extend(stored.assignments.drain(..).map(|assignment| (host.clone(), assignment)));
            let vault = stored.restore(&host, self);
            vaults.insert(vault.host.clone(), Arc::new(vault));
        }
        *self.by_host.write() = vaults;
        let deleted = snapshot.deleted_vaults.into_iter().map(|(host, DeletedSnapshot { at, vault })| {
            let vault = Arc::new(vault.restore(&host, self));
            (host, DeletedVault { vault, at })
        });
        *self.deleted.write() = deleted.collect();
        for (host, OwnAssignment { principal, role, scope }) in own {
            // those labs knew only the reader of vaults, by this name
            let role = if role == Role::ResourceReader { Role::Reader } else { role };
            self.assign_role(&host, principal, &role, &scope);
        }
        Ok(())
    }
}
