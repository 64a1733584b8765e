//! The vaults as resources: what Resource Manager finds, changes, deletes and brings back.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;
use uuid::Uuid;

use super::{
    resource::VaultResource,
    vaults::{Vault, Vaults},
};
use crate::keyvault::access::Scope;

/// Deleted vaults by host name.
pub(super) type DeletedVaults = RwLock<HashMap<String, DeletedVault>>;

/// A vault that can still be recovered, with all its objects.
pub(super) struct DeletedVault {
    pub(super) vault: Arc<Vault>,
    /// Unix seconds.
    pub(super) at: i64,
}

impl DeletedVault {
    fn purged_at(&self) -> i64 {
        let days = self.vault.resource().properties.soft_delete_retention_in_days;
        self.at + i64::from(days) * SECONDS_PER_DAY
    }
}

/// A deleted vault as Resource Manager shows it; times are Unix seconds.
pub(crate) struct DeletedResource {
    pub(crate) host: String,
    pub(crate) resource: Arc<VaultResource>,
    pub(crate) deleted_at: i64,
    pub(crate) purged_at: i64,
}

impl Vaults {
    /// The vaults of a subscription with their host names, in the order of the names. Managed HSMs are resources of another type.
    pub(crate) fn resources_of(&self, subscription: Uuid) -> Vec<(String, Arc<VaultResource>)> {
        let by_host = self.by_host.read();
        let vaults = by_host.iter().filter(|(_, vault)| !vault.is_managed_hsm());
        let mut own: Vec<_> = vaults
            .map(|(host, vault)| (host.clone(), vault.resource()))
            .filter(|(_, resource)| resource.subscription == subscription)
            .collect();
        own.sort_by(|(one, _), (other, _)| one.cmp(other));
        own
    }

    /// A vault by host name.
    pub(crate) fn resource(&self, host: &str) -> Option<Arc<VaultResource>> {
        self.vault(host).ok().map(|vault| vault.resource())
    }

    /// Changes a vault as a resource.
    pub(crate) fn change_resource(&self, host: &str, resource: VaultResource) {
        if let Ok(vault) = self.vault(host) {
            vault.change(|own| *own = resource);
        }
    }

    /// Deletes a vault, to be recovered until its retention is over. Its role assignments are gone for good, as at the service.
    pub(crate) fn delete_vault(&self, host: &str) {
        let Some((host, vault)) = self.by_host.write().remove_entry(host) else { return };
        let place = Scope::Vault.resolve(&vault.resource(), &host);
        self.authorization.revoke_all(|assignment| place.contains(&assignment.scope));
        self.deleted.write().insert(host, DeletedVault { vault, at: self.clock.unix() });
    }

    /// The deleted vaults of a subscription.
    pub(crate) fn deleted_of(&self, subscription: Uuid) -> Vec<DeletedResource> {
        self.forget_expired();
        let deleted = self.deleted.read();
        let mut own: Vec<_> = deleted
            .iter()
            .map(|(host, deleted)| DeletedResource {
                host: host.clone(),
                resource: deleted.vault.resource(),
                deleted_at: deleted.at,
                purged_at: deleted.purged_at(),
            })
            .filter(|deleted| deleted.resource.subscription == subscription)
            .collect();
        own.sort_by(|one, other| one.host.cmp(&other.host));
        own
    }

    /// Whether a deleted vault still holds this host name.
    pub(crate) fn is_deleted(&self, host: &str) -> bool {
        self.forget_expired();
        self.deleted.read().contains_key(host)
    }

    /// Brings a deleted vault back with all its objects; says whether there was one.
    pub(crate) fn recover_vault(&self, host: &str) -> bool {
        self.forget_expired();
        let Some((host, deleted)) = self.deleted.write().remove_entry(host) else { return false };
        self.by_host.write().insert(host, deleted.vault);
        true
    }

    /// Removes a deleted vault for good.
    pub(crate) fn purge_vault(&self, host: &str) {
        self.deleted.write().remove(host);
    }

    fn forget_expired(&self) {
        let now = self.clock.unix();
        self.deleted.write().retain(|_, deleted| now < deleted.purged_at());
    }
}

const SECONDS_PER_DAY: i64 = 86_400;
