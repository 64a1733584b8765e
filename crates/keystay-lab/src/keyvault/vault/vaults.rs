//! All vaults of the lab, by host name.

use std::{collections::HashMap, num::NonZero, sync::Arc, thread};

use axum::Router;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Semaphore;

use super::{inventory::DeletedVaults, properties::VaultProperties, resource::VaultResource};
use crate::{
    LabClock,
    authorization::Authorization,
    bearer::TokenCheck,
    ids::Ids,
    keyvault::{
        access::{ClaimsChallenges, ClientNetwork, Scope},
        audit::AuditLog,
        objects::{BackupKey, Objects},
        throttling::Throttle,
        wire::{VaultError, handler},
    },
    resource_manager::Resources,
};

/// Every vault of the lab.
pub(crate) struct Vaults {
    pub(in crate::keyvault) clock: LabClock,
    pub(in crate::keyvault) ids: Ids,
    pub(in crate::keyvault) tokens: Arc<dyn TokenCheck>,
    pub(crate) authorization: Authorization,
    pub(crate) throttle: Throttle,
    pub(crate) audit: AuditLog,
    pub(crate) challenges: ClaimsChallenges,
    /// Where all callers come from.
    pub(crate) client_network: RwLock<ClientNetwork>,
    /// What the subscriptions hold beside vaults.
    pub(crate) resources: RwLock<Resources>,
    pub(in crate::keyvault) backup_key: RwLock<Arc<BackupKey>>,
    pub(super) by_host: RwLock<HashMap<String, Arc<Vault>>>,
    pub(super) deleted: DeletedVaults,
    /// Places for work that takes long. Callers who order a thousand keys at once wait for each other, and nobody else does.
    pub(in crate::keyvault) workshop: Arc<Semaphore>,
}

/// One vault. Readers of its objects do not wait for each other, and nothing is signed under a lock.
pub(in crate::keyvault) struct Vault {
    pub(in crate::keyvault) host: String,
    /// How the vault is set up. A request works with the setting of the moment it came in.
    pub(in crate::keyvault) resource: RwLock<Arc<VaultResource>>,
    pub(in crate::keyvault) ids: Ids,
    pub(in crate::keyvault) backup_key: Arc<BackupKey>,
    pub(in crate::keyvault) objects: RwLock<Objects>,
    /// How long issuing a certificate takes, in seconds of lab time.
    pub(in crate::keyvault) issuance_secs: RwLock<i64>,
    /// Held by the one request that does what is due.
    pub(in crate::keyvault) settling: Mutex<()>,
}

impl Vaults {
    /// No vaults yet. `tokens` says whom a bearer token speaks for, `authorization` who has which role.
    pub(crate) fn new(
        clock: LabClock,
        ids: Ids,
        tokens: Arc<dyn TokenCheck>,
        authorization: Authorization,
    ) -> Arc<Self> {
        let workshop = Arc::new(Semaphore::new(thread::available_parallelism().map_or(1, NonZero::get)));
        Arc::new(Self {
            clock,
            ids,
            tokens,
            backup_key: RwLock::new(Arc::new(BackupKey::fresh())),
            authorization,
            throttle: Throttle::default(),
            audit: AuditLog::default(),
            challenges: ClaimsChallenges::default(),
            client_network: RwLock::default(),
            resources: RwLock::default(),
            by_host: RwLock::default(),
            deleted: DeletedVaults::default(),
            workshop,
        })
    }

    /// Adds an empty vault in which nobody has a role. `host` is the full host name, for example `harborvault.vault.azure.net`;
    /// a vault of the same host is replaced.
    pub(crate) fn create_vault(&self, host: &str, resource: VaultResource) {
        let vault = Vault::new(host, resource, self.ids.clone(), self.backup_key.read().clone());
        let place = Scope::Vault.resolve(&vault.resource(), &vault.host);
        self.authorization.revoke_all(|assignment| place.contains(&assignment.scope));
        self.by_host.write().insert(vault.host.clone(), Arc::new(vault));
    }

    /// How a vault is set up.
    pub(crate) fn properties(&self, host: &str) -> Result<VaultProperties, VaultError> {
        Ok(self.vault(host)?.resource().properties.clone())
    }

    /// Changes how a vault is set up. The next request finds it so.
    pub(crate) fn configure(&self, host: &str, change: impl FnOnce(&mut VaultProperties)) -> Result<(), VaultError> {
        self.vault(host)?.change(|resource| change(&mut resource.properties));
        Ok(())
    }

    /// The data plane of all vaults. Each request carries the vault's host in a [`RequestHost`](crate::request_host::RequestHost)
    /// extension.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        handler::router(Arc::clone(self))
    }

    /// The vault of a host name; a port is ignored.
    pub(in crate::keyvault) fn vault(&self, host: &str) -> Result<Arc<Vault>, VaultError> {
        self.by_host
            .read()
            .get(&normal_host(host))
            .cloned()
            .ok_or_else(|| VaultError::missing("VaultNotFound", format!("The lab has no vault at {host}.")))
    }
}

impl Vault {
    pub(in crate::keyvault) fn new(host: &str, resource: VaultResource, ids: Ids, backup_key: Arc<BackupKey>) -> Self {
        Self {
            host: normal_host(host),
            resource: RwLock::new(Arc::new(resource)),
            ids,
            backup_key,
            objects: RwLock::default(),
            issuance_secs: RwLock::default(),
            settling: Mutex::default(),
        }
    }

    /// How the vault is set up now.
    pub(in crate::keyvault) fn resource(&self) -> Arc<VaultResource> {
        Arc::clone(&self.resource.read())
    }

    pub(in crate::keyvault) fn change(&self, change: impl FnOnce(&mut VaultResource)) {
        change(Arc::make_mut(&mut self.resource.write()));
    }

    /// A fresh id of 32 hexadecimal digits, as versions and operations have.
    pub(in crate::keyvault) fn fresh_id(&self) -> String {
        self.ids.fresh().simple().to_string()
    }

    /// The vault's own name, without the service's domain.
    pub(in crate::keyvault) fn name(&self) -> &str {
        self.host.split('.').next().unwrap_or_default()
    }

    /// Managed HSMs hold keys only and have a resource of their own.
    pub(in crate::keyvault) fn is_managed_hsm(&self) -> bool {
        self.host.ends_with(".managedhsm.azure.net")
    }
}

fn normal_host(host: &str) -> String {
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}
